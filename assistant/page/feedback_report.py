"""What ``assistant feedback`` prints and writes: judgements as plain data, CSV and gold lines."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.answering import Reason
from assistant.errors import FeedbackError
from assistant.evaluation import Evidence, GoldQuestion, gold_data
from assistant.page.feedback import Context, Judgement
from assistant.text import clean, writable

_BOM = "\ufeff"
"""Excel takes a file without it for one in the system's old encoding."""
_FORMULA = re.compile(r"(^|[;,|\t\r\n])([\s\"']*)(?=[=+\-@＝＋－＠])")
"""Where a spreadsheet could begin to compute: at the start of a cell, and behind whatever some
country's settings take for the end of one."""
_COLUMNS = (
    "time", "liked", "question", "understood_as", "cited", "refused", "confidence", "comment",
    "language", "generation", "visitor", "id",
)  # fmt: skip


def judgement_data(one: Judgement) -> dict[str, Any]:
    """A judgement as plain JSON values."""
    context = one.context
    return {
        **asdict(one),
        "time": one.time.isoformat(),
        "changed": one.changed.isoformat(),
        "context": {
            **asdict(context),
            "as_of": context.as_of.isoformat() if context.as_of else None,
        },
    }


def csv_of(judgements: Iterable[Judgement]) -> str:
    """Judgements as CSV for a spreadsheet program, which must not compute what visitors typed: an
    apostrophe stands before what could begin a formula. ``--json`` has the texts as they are."""
    buffer = io.StringIO()
    buffer.write(_BOM)
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in judgements:
        cells = (
            one.time.isoformat(), "yes" if one.liked else "no", one.question,
            one.understood_as or "", " / ".join(c.label for c in one.citations), one.reason or "",
            f"{one.confidence:.2f}", one.comment, one.language, one.generation, one.visitor, one.id,
        )  # fmt: skip
        writer.writerow([_FORMULA.sub(r"\1\2'", cell) for cell in cells])
    return buffer.getvalue()


def print_judgements(console: Console, judgements: Sequence[Judgement]) -> None:
    """A table of judgements, newest first, and how many were liked."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    for name in ("when", "", "question", "cited first", "comment"):
        table.add_column(name, overflow="fold")
    for one in reversed(judgements):
        first = one.reason or (one.citations[0].label if one.citations else "")
        table.add_row(
            Text(f"{one.time.astimezone():%Y-%m-%d %H:%M}"),
            Text("liked", "green") if one.liked else Text("disliked", "red"),
            Text(clean(one.question)),
            Text(writable(first), "dim"),
            Text(clean(one.comment)),
        )
    if judgements:
        console.print(table)
    liked = sum(one.liked for one in judgements)
    console.print(f"{liked} liked, {len(judgements) - liked} disliked.", markup=False)


def gold_lines(
    judgements: Sequence[Judgement],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What was liked as lines of a gold file, and what was not as lines to be filled in.

    Judgements of the same question, asked with the same filters behind the same questions, count
    together: more likes than dislikes, and the newest answer that was liked gives the evidence, or
    the reason of its refusal. What else is judged is to be filled in: its ``evidence`` is ``null``,
    which ``assistant evaluate`` refuses, with what the newest answer ``cited`` and each comment.
    """
    asked: dict[tuple[str, Context], list[Judgement]] = {}
    for one in judgements:
        if one.reason != Reason.NO_QUESTION:  # a greeting
            asked.setdefault((clean(one.question), one.context), []).append(one)
    liked: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for some in asked.values():
        score = sum(1 if one.liked else -1 for one in some)
        newest = [one for one in some if one.liked == (score > 0)][-1]
        line = _line(newest, some)
        if score > 0:
            liked.append(line)
        else:
            cited = line.pop("evidence")
            line.pop("refusal", None)
            others.append({**line, "evidence": None, "cited": cited})
    return liked, others


def _line(one: Judgement, some: Sequence[Judgement]) -> dict[str, Any]:
    """The gold line of a question with that judgement, and the comments of ``some``."""
    context = one.context
    # a question that leans on others can be asked alone only as it was understood
    alone = one.question if context.history or not one.understood_as else one.understood_as
    evidence = dict.fromkeys(Evidence(c.source, c.quote) for c in one.citations)
    gold = GoldQuestion(
        id=f"feedback-{one.id}",
        question=alone,
        kind="liked" if one.liked else "disliked",
        evidence=() if one.abstained and one.liked else tuple(evidence),
        refusal=Reason(one.reason) if one.liked and one.reason else None,
        history=context.history,
        regions=context.regions,
        documents=context.documents,
        as_of=context.as_of,
    )
    comments = [each.comment for each in some if each.comment]
    return {**gold_data(gold), **({"note": "\n".join(comments)} if comments else {})}


def write_lines(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    """Writes JSON lines to a new file. Raises :class:`FeedbackError`, also where there is one: it
    may have been filled in by hand."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    except FileExistsError as error:
        raise FeedbackError(f"{path} is there already.", "Name a new file.") from error
    except OSError as error:
        raise FeedbackError(
            f"{path} can't be written ({error.strerror or error}).", "Name another file."
        ) from error
