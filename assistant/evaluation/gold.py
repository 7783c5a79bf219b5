"""Gold files: questions with the places in the documents that answer them.

In: JSON lines, described in ``docs/evaluation.md``. Out: :class:`GoldQuestion` for each line, and
which clauses of a library hold the evidence.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from assistant.answering import Reason
from assistant.clauses import Clause
from assistant.errors import GoldError

_LINE = 'A line is {"question": …, "evidence": [{"file": …, "quote": …}]}; see docs/evaluation.md.'
_OF_DIALOGUES = ("type", "regions", "documents", "as_of")
"""What may be said once for all turns of a dialogue."""
_REASONS = tuple(reason.value for reason in Reason)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that answer: ``quote`` stands literally in the file ``source``."""

    source: str
    quote: str

    def stands_in(self, clause: Clause) -> bool:
        """Whether the clause holds these words."""
        return clause.source == self.source and self.quote in clause.text


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question with its evidence; without any it can't be answered from the documents.

    ``kind`` groups questions (may be empty). ``refusal`` is the reason that a refusal should give,
    where one is expected. ``history`` are the earlier questions of the dialogue, oldest first;
    ``regions``, ``documents`` and ``as_of`` are the filters that it is asked with (empty: none).
    """

    id: str
    question: str
    kind: str
    evidence: tuple[Evidence, ...]
    refusal: Reason | None = None
    history: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Unfound:
    """Evidence of a question that stands in no clause: the gold or the clauses are wrong.
    ``in_library`` says whether its file is there at all."""

    question: str
    evidence: Evidence
    in_library: bool


def read_gold(path: str | Path) -> list[GoldQuestion]:
    """The questions of a gold file, in its order. A line without an ``id`` has its number as one;
    the turns of a dialogue have its id with their own number behind a dot.

    Raises :class:`GoldError` with the line's number and what is wrong with it.
    """
    path = Path(path)
    try:
        # split at line feeds alone: text in JSON may hold other line separators as they are
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(f"{path} can't be read ({error}).", "Name a JSON lines file.") from error
    questions: list[GoldQuestion] = []
    line_of: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found = list(_questions(json.loads(line), number))
        except json.JSONDecodeError as error:
            raise GoldError(
                f"{path}, line {number}: no JSON ({error.msg} at column {error.colno}).", _LINE
            ) from error
        except (ValueError, RecursionError) as error:
            raise GoldError(f"{path}, line {number}: {error}.", _LINE) from error
        for question in found:
            if question.id in line_of:
                raise GoldError(
                    f"{path}, line {number}: line {line_of[question.id]} has the id "
                    f"{question.id} too.",
                    "Give each question an id of its own, or none.",
                )
            line_of[question.id] = number
            questions.append(question)
    return questions


def read_golds(paths: Sequence[str | Path]) -> list[GoldQuestion]:
    """The questions of several gold files. An id that several of them use is put behind its file's
    name: ``own.jsonl:7``. Raises :class:`GoldError`, also where there is no question at all."""
    files = {Path(path): read_gold(path) for path in paths}
    if len(files) < len(paths):
        twice = next(path for path, n in Counter(map(Path, paths)).items() if n > 1)
        raise GoldError(f"{twice} is named twice.", "Name each gold file once.")
    used = Counter(question.id for questions in files.values() for question in questions)
    found = [
        replace(question, id=f"{path.name}:{question.id}") if used[question.id] > 1 else question
        for path, questions in files.items()
        for question in questions
    ]
    twice_over = [ident for ident, n in Counter(q.id for q in found).items() if n > 1]
    if twice_over:
        raise GoldError(
            f"Two gold files of the same name use the id {twice_over[0]}.", "Rename one of them."
        )
    if not found:
        raise GoldError(f"{', '.join(map(str, files))}: there is no question.", _LINE)
    return found


def gold_data(gold: GoldQuestion) -> dict[str, Any]:
    """A question as its line in a gold file: what :func:`read_gold` reads."""
    return {
        "id": gold.id,
        "question": gold.question,
        "type": gold.kind,
        "evidence": [{"file": one.source, "quote": one.quote} for one in gold.evidence],
        **({"refusal": str(gold.refusal)} if gold.refusal else {}),
        **({"history": list(gold.history)} if gold.history else {}),
        **({"regions": list(gold.regions)} if gold.regions else {}),
        **({"documents": list(gold.documents)} if gold.documents else {}),
        **({"as_of": gold.as_of.isoformat()} if gold.as_of else {}),
    }


def _questions(entry: Any, number: int) -> Iterator[GoldQuestion]:
    """The question that a line says, or those of its turns. Raises :class:`ValueError` with what is
    wrong with it."""
    if not isinstance(entry, dict):
        raise ValueError("the line is no object")  # noqa: TRY004 - told from the others by no one
    if "turns" not in entry:
        yield _question(entry, number)
        return
    beside = [name for name in ("question", "evidence", "refusal", "history") if name in entry]
    if beside:
        raise ValueError(f"{beside[0]} stands beside turns; it belongs into a turn")
    common = {name: entry[name] for name in _OF_DIALOGUES if name in entry}
    turns = _list(entry, "turns", required=True)
    if not turns:
        raise ValueError("turns is empty")
    history: list[str] = []
    for turn_number, turn in enumerate(turns, start=1):
        try:
            if not isinstance(turn, dict):
                raise ValueError(f"{_shown(turn)} is no object")  # noqa: TRY004, TRY301
            ident = f"{_id(entry, number)}.{turn_number}"
            question = _question({**common, **turn, "id": ident, "history": history}, number)
        except ValueError as error:
            raise ValueError(f"turn {turn_number}: {error}") from None
        history.append(question.question)
        yield question


def _id(entry: dict[str, Any], number: int) -> str:
    ident = entry.get("id", number)
    if isinstance(ident, bool) or not isinstance(ident, str | int) or not str(ident).strip():
        raise ValueError(f"id is {_shown(ident)}; expected a text or a number")
    return str(ident).strip()


def _question(entry: dict[str, Any], number: int) -> GoldQuestion:
    evidence = tuple(
        Evidence(_text(one, "file", "evidence"), _text(one, "quote", "evidence"))
        for one in _list(entry, "evidence", required=True)
    )
    refusal = entry.get("refusal")
    if refusal is not None and refusal not in _REASONS:
        raise ValueError(f"refusal is {_shown(refusal)}; expected one of {', '.join(_REASONS)}")
    if refusal is not None and evidence:
        raise ValueError("refusal is for questions without evidence")
    kind = entry.get("type", "")
    if not isinstance(kind, str):
        raise ValueError(f"type is {_shown(kind)}; expected a text")  # noqa: TRY004
    return GoldQuestion(
        id=_id(entry, number),
        question=_text(entry, "question"),
        kind=kind.strip(),
        evidence=evidence,
        refusal=None if refusal is None else Reason(refusal),
        history=_texts(entry, "history"),
        regions=_texts(entry, "regions"),
        documents=_texts(entry, "documents"),
        as_of=_day(entry.get("as_of")),
    )


def _shown(value: object) -> str:
    """A value as it stands in JSON, cut short."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"


def _checked(value: object, name: str) -> str:
    """``value`` if it is a text with something in it."""
    if not isinstance(value, str):
        raise ValueError(f"{name} is {_shown(value)}; expected a text")  # noqa: TRY004
    if not value.strip():
        raise ValueError(f"{name} is empty")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name} is no text that UTF-8 can write") from None
    return value


def _text(entry: Any, name: str, within: str = "") -> str:
    if not isinstance(entry, dict):
        raise ValueError(f"{within} holds {_shown(entry)}; expected an object")  # noqa: TRY004
    full = f"{within}.{name}" if within else name
    if name not in entry:
        raise ValueError(f"{full} is missing")
    return _checked(entry[name], full)


def _list(entry: dict[str, Any], name: str, *, required: bool = False) -> list[Any]:
    value = entry.get(name, None if required else [])
    if name not in entry and required:
        raise ValueError(f"{name} is missing")
    if not isinstance(value, list):
        raise ValueError(f"{name} is {_shown(value)}; expected a list")  # noqa: TRY004
    return value


def _texts(entry: dict[str, Any], name: str) -> tuple[str, ...]:
    return tuple(_checked(value, f"{name}[{i}]") for i, value in enumerate(_list(entry, name)))


def _day(value: object) -> date | None:
    if value is None:
        return None
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        raise ValueError(f"as_of is {_shown(value)}; expected a day like 2026-01-31")
    return day


def clauses_with(
    evidence: Iterable[Evidence], clauses: Iterable[Clause]
) -> dict[Evidence, tuple[str, ...]]:
    """For each piece of evidence the ids of the clauses that hold it, in their order; none where
    it stands in no clause."""
    held: dict[Evidence, list[str]] = {one: [] for one in evidence}
    of_source: dict[str, list[Evidence]] = defaultdict(list)
    for one in held:
        of_source[one.source].append(one)
    for clause in clauses:
        for one in of_source.get(clause.source, ()):
            if one.quote in clause.text:
                held[one].append(clause.id)
    return {one: tuple(ids) for one, ids in held.items()}


def unfound(
    questions: Sequence[GoldQuestion],
    places: Mapping[Evidence, Sequence[str]],
    sources: Iterable[str],
) -> list[Unfound]:
    """The evidence that stands in no clause. ``places`` are those of :func:`clauses_with`,
    ``sources`` the files of the library."""
    held = set(sources)
    return [
        Unfound(question.id, one, one.source in held)
        for question in questions
        for one in question.evidence
        if not places.get(one)
    ]


def missing_evidence(questions: Sequence[GoldQuestion], clauses: Sequence[Clause]) -> list[str]:
    """The ids of questions with evidence that stands in no clause: the gold or the clauses are
    wrong."""
    places = clauses_with((e for q in questions for e in q.evidence), clauses)
    return [q.id for q in questions if any(not places[e] for e in q.evidence)]
