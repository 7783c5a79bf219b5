"""What the command line shows: answers, the clauses of a file, the state of the index.

``…_data`` gathers plain data (also what ``--json`` prints), ``print_…`` lays it out for a terminal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from assistant.answering import Answer, by_clause, clause_data, document_data, fact_line
from assistant.answering.words import WORDS
from assistant.clauses import Clause, Outline, read_outline
from assistant.errors import NoDocumentsError
from assistant.index import BuildPlan, BuildReport, Tokenizer, fingerprint, rules_of
from assistant.index.generation import check, open_folder
from assistant.index.inventory import changed_files, take_inventory
from assistant.index.manifest import Manifest
from assistant.index.store import Store
from assistant.index.upkeep import GenerationInfo
from assistant.reading import LeftOut, SourceFile, read_file
from assistant.settings import Settings
from assistant.text import clean

_QUOTE = "bold yellow"
_NOTICE = "bold red"


def print_answer(console: Console, answer: Answer, language: str) -> None:
    """An answer: notices, then each cited clause in full, its quotes marked."""
    words = WORDS[language]
    for notice in answer.notices:
        console.print(notice, style=_NOTICE, markup=False)
    if answer.abstained:
        console.print(answer.text, markup=False)
        return
    if answer.understood_as:
        console.print(words["understood"].format(question=answer.understood_as), markup=False)
    for fact in answer.facts:
        console.print(fact_line(fact, language), style="bold", markup=False)
    for number, citations in enumerate(by_clause(answer.citations), start=1):
        clause = citations[0].clause
        body = Text()
        at = clause.start
        for citation in sorted(citations, key=lambda c: c.start):
            body.append(clause.document.text[at : citation.start], "dim")
            body.append(citation.quote, _QUOTE)
            at = citation.end
        body.append(clause.document.text[at : clause.end], "dim")
        console.print(
            Panel(
                body,
                title=Text(f"〔{number}〕{clause.address}", "bold"),
                title_align="left",
                subtitle=Text(_where(clause, citations[0].start), "dim"),
                subtitle_align="right",
                box=box.ROUNDED,
            )
        )
    for row in answer.table or ():
        if row.citation is None:
            console.print(f"{row.region}：{words['not_mentioned']}", markup=False)
    console.print(words["care"], style="dim", markup=False)


def _where(clause: Clause, offset: int) -> str:
    """The file of a clause, and the page on which ``offset`` stands, if it has pages."""
    page = clause.document.page_at(offset)
    return f"{clause.source}, p. {page}" if page else clause.source


def inspect_data(path: Path) -> dict[str, Any]:
    """How a file is read: its documents with their clauses and headings, what is left out, and how
    many characters each of these takes. ``unaccounted`` is always 0."""
    file = read_file(path, empty=True)
    outlines = [read_outline(document) for document in file.documents]
    inside = {piece for outline in outlines for piece in outline.left_out}
    left_out = sorted(inside | set(file.left_out), key=lambda piece: piece.start)
    counts = _account(file, outlines, left_out)
    return {
        "source": file.source,
        "documents": [
            {
                **document_data(outline.document),
                "start": outline.document.start,
                "end": outline.document.end,
                "headings": [
                    {"text": file.text[h.start : h.end], "start": h.start, "end": h.end}
                    for h in outline.headings
                ],
                "clauses": [
                    {key: value for key, value in clause_data(clause).items() if key != "document"}
                    for clause in outline.clauses
                ],
            }
            for outline in outlines
        ],
        "left_out": [
            {"reason": p.reason, "text": file.text[p.start : p.end], "start": p.start, "end": p.end}
            for p in left_out
        ],
        "characters": counts,
    }


def _account(file: SourceFile, outlines: list[Outline], left_out: list[LeftOut]) -> dict[str, int]:
    """Characters (white space aside) in clauses, in headings, left out, and in none of these."""
    marks = bytearray(len(file.text))
    for outline in outlines:
        for heading in outline.headings:
            marks[heading.start : heading.end] = b"h" * (heading.end - heading.start)
        for clause in outline.clauses:
            marks[clause.start : clause.end] = b"c" * (clause.end - clause.start)
    for piece in left_out:
        marks[piece.start : piece.end] = b"l" * (piece.end - piece.start)
    seen = Counter(mark for mark, char in zip(marks, file.text, strict=True) if not char.isspace())
    return {
        "clauses": seen[ord("c")],
        "headings": seen[ord("h")],
        "left_out": seen[ord("l")],
        "unaccounted": seen[0],
    }


def print_inspection(console: Console, data: dict[str, Any]) -> None:
    """The tree of a file's clauses, and what is left out."""
    width = max(40, console.width)
    for document in data["documents"]:
        root = Tree(Text(document["name"], "bold"), guide_style="dim")
        about = [
            document["part"],
            document["region"],
            document["number"],
            _validity(document["effective_from"], document["effective_to"]),
        ]
        root.add(Text(" · ".join(filter(None, about)), "cyan"))
        for label, value in _said_of_itself(document):
            root.add(Text(f"{label}: {value}", "cyan"))
        open_: list[tuple[str, Tree]] = []
        for clause in document["clauses"]:
            path = clause["path"]
            while open_ and [name for name, _ in open_] != path[: len(open_)]:
                open_.pop()
            for heading in path[len(open_) :]:
                parent = open_[-1][1] if open_ else root
                open_.append((heading, parent.add(Text(clean(heading), "bold blue"))))
            parent = open_[-1][1] if open_ else root
            indent = 4 * (len(path) + 1)
            line = Text(no_wrap=True, overflow="ellipsis")
            line.append("" if clause["number"] else "· ", "green")
            line.append(_shown(clause["text"])[: width - indent])
            parent.add(line)
        console.print(root)
    if data["left_out"]:
        console.print(Text("left out", "bold"))
        for piece in data["left_out"]:
            line = Text(f"  {piece['reason']:<11}", "yellow", no_wrap=True, overflow="ellipsis")
            line.append(_shown(piece["text"])[: width - 14], "dim")
            console.print(line, overflow="ellipsis", no_wrap=True)
    counts = data["characters"]
    total = sum(len(document["clauses"]) for document in data["documents"])
    console.print(
        f"{total} clauses; characters: {counts['clauses']} in clauses, {counts['headings']} in "
        f"headings, {counts['left_out']} left out, {counts['unaccounted']} unaccounted for",
        style="dim",
    )


def _said_of_itself(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What else a document says of itself, and which fields NAME.toml says."""
    for label, field in (
        ("issued by", "issuer"),
        ("signed", "signed"),
        ("published", "published"),
        ("repeals", "repeals"),
        ("explained or led by", "explained_by"),
        ("called", "aliases"),
    ):
        value = document[field]
        if value:
            yield label, value if isinstance(value, str) else "、".join(value)
    said = [field for field, origin in document["origins"].items() if origin == "said"]
    if said:
        yield "said by the file beside it", ", ".join(said)


def _shown(text: str) -> str:
    """A text on one line, a wide space where the lines broke."""
    return "\u3000".join(map(clean, text.split("\n")))


def _validity(begin: str | None, end: str | None) -> str:
    return f"{begin or '…'} – {end or '…'}" if begin or end else ""


def status_data(settings: Settings) -> dict[str, Any]:
    """What the index holds, and how it stands to the documents folder and to the settings."""
    folder = open_folder(settings.index)
    manifest = Manifest.read(folder)
    check(folder, manifest)
    store = Store.open(folder / "store.sqlite")
    try:
        known = store.files()
        counts = Counter(int(row) for row in store.clause_document)
        documents = [
            {**document_data(document), "clauses": counts[row]}
            for row, document in enumerate(store.documents())
        ]
    finally:
        store.close()
    rules = rules_of(fingerprint(settings), Tokenizer(settings.cache_dir).fingerprint)
    try:
        changed = changed_files(take_inventory(settings.documents), known, manifest)
    except NoDocumentsError:
        changed = sorted(known)
    return {
        "index": str(settings.index),
        "generation": manifest.generation,
        "created": manifest.created,
        "model": manifest.model,
        "clauses": manifest.clauses,
        "passages": manifest.passages,
        "documents": documents,
        "failed": manifest.failed,
        "changed_files": changed,
        "rules_match": manifest.rules == rules,
        "up_to_date": not changed and manifest.rules == rules,
    }


def print_status(console: Console, data: dict[str, Any]) -> None:
    """The state of the index, and a table of its documents."""
    console.print(
        f"Index {data['index']}, generation {data['generation']} of {data['created']}: "
        f"{data['clauses']} clauses, {data['passages']} passages, encoder {data['model']}",
        markup=False,
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    for name in ("document", "place", "clauses", "valid until"):
        table.add_column(name, justify="right" if name == "clauses" else "left", overflow="fold")
    for document in data["documents"]:
        until = document["effective_to"] or ""
        expired = bool(until) and until < date.today().isoformat()
        table.add_row(
            f"{document['name']}",
            document["region"] or "、".join(document["aliases"]),
            str(document["clauses"]),
            Text(f"{until} (run out)" if expired else until, "red" if expired else ""),
        )
    console.print(table)
    for reason in data["failed"].values():
        console.print(Text(f"Not read: {reason}", "yellow"))
    if data["up_to_date"]:
        console.print("Up to date.", style="green")
    else:
        names = data["changed_files"]
        why = (
            f"{len(names)} file(s) changed: {', '.join(names[:5])}"
            if names
            else "it was made with another encoder or other rules"
        )
        console.print(f"Out of date: {why}. Run: assistant build", style="yellow", markup=False)


def print_report(console: Console, report: BuildReport) -> None:
    """What a build did."""
    for reason in report.rebuilt:
        console.print(
            f"Made anew: {reason.rstrip('.')}.", style="yellow", markup=False, soft_wrap=True
        )
    console.print(
        f"Files: {report.files_added} added, {report.files_changed} changed, "
        f"{report.files_removed} removed, {report.files_unchanged} unchanged",
        markup=False,
    )
    console.print(
        f"Clauses: {report.clauses}; passages: {report.passages_embedded} encoded, "
        f"{report.passages_reused} reused; sentences: {report.sentences_embedded} encoded, "
        f"{report.sentences_reused} reused; {report.seconds:.1f} s; generation {report.generation}",
        markup=False,
        soft_wrap=True,
    )


def in_one_line(report: BuildReport) -> str:
    """What a build did, in short."""
    counts = (
        (report.files_added, "added"),
        (report.files_changed, "changed"),
        (report.files_removed, "removed"),
        (len(report.files_failed), "not read"),
    )
    files = ", ".join(f"{count} {what}" for count, what in counts if count) or "nothing changed"
    return f"Index: {files}; {report.clauses} clauses ({report.seconds:.1f} s)"


class Unread:
    """What a watch says of files that can't be read: each once, as long as the reason stays the
    same. The constructor takes a report whose files have been told of."""

    def __init__(self, told: BuildReport | None = None) -> None:
        self._told = dict(told.files_failed) if told else {}

    def news(self, report: BuildReport) -> list[str]:
        """A line for each file of ``report`` that has not been told of."""
        failed = report.files_failed
        fresh = [why for source, why in failed.items() if self._told.get(source) != why]
        self._told = dict(failed)
        return [f"Not read: {why}" for why in fresh]


_LISTED = 20


def print_plan(console: Console, plan: BuildPlan) -> None:
    """What a build would do."""
    if plan.up_to_date:
        console.print("Up to date: there is nothing to do.", style="green")
    for reason in plan.rebuilds:
        console.print(
            f"Everything is made anew: {reason.rstrip('.')}.",
            style="yellow",
            markup=False,
            soft_wrap=True,
        )
    for what, sources in (
        ("added", plan.files_added),
        ("changed", plan.files_changed),
        ("removed", plan.files_removed),
    ):
        for source in sources[:_LISTED]:
            console.print(f"{what:<8} {source}", markup=False, soft_wrap=True)
        if len(sources) > _LISTED:
            console.print(f"{what:<8} and {len(sources) - _LISTED} more", markup=False)
    if not plan.up_to_date:
        console.print(
            f"{plan.files_unchanged} unchanged. To encode: {plan.passages_to_embed} passages, "
            f"{plan.sentences_to_embed} sentences.",
            markup=False,
        )
    for reason in plan.files_failed.values():
        console.print(f"Not read: {reason}", style="yellow", markup=False, soft_wrap=True)


def print_generations(console: Console, generations: Sequence[GenerationInfo]) -> None:
    """A table of the generations."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    for name in ("generation", "made", "documents", "clauses", "MB", ""):
        right = name in ("documents", "clauses", "MB")
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    for one in generations:
        state = Text("in use", "green") if one.in_use else Text("")
        if one.problem:
            state = Text("damaged", "red")
        made = one.created[:16].replace("T", " ")
        size = f"{one.bytes / 1e6:,.1f}"
        table.add_row(one.id, made, str(one.documents), str(one.clauses), size, state)
    console.print(table)
    for one in generations:
        if one.problem:
            console.print(one.problem, style="red", markup=False, soft_wrap=True)
