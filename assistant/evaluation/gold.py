"""Gold files: questions with the places in the documents that answer them.

A gold file is JSON lines; each line an object with ``question`` (text) and ``evidence`` (a list of
objects with ``file``, the source of a document, and ``quote``, words that stand in it literally;
empty for a question that the documents do not answer), and optionally ``id``, ``type`` and
``answer``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.clauses import Clause
from assistant.errors import GoldError


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
    """A question with its evidence; without any it can't be answered from the documents."""

    id: str
    question: str
    kind: str
    evidence: tuple[Evidence, ...]


def read_gold(path: str | Path) -> list[GoldQuestion]:
    """The questions of a gold file. Raises :class:`GoldError` with the line's number and what is
    wrong with it."""
    path = Path(path)
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(f"{path} can't be read ({error}).", "Name a JSON lines file.") from error
    questions: list[GoldQuestion] = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                questions.append(_question(json.loads(line), number))
            except (ValueError, KeyError, TypeError) as error:
                raise GoldError(
                    f"{path}, line {number}: {type(error).__name__}: {error}.",
                    'A line is {"question": …, "evidence": [{"file": …, "quote": …}]}.',
                ) from error
    return questions


def _question(entry: Any, number: int) -> GoldQuestion:
    if not isinstance(entry, dict):
        raise TypeError("the line is no object")
    return GoldQuestion(
        id=str(entry.get("id", number)),
        question=str(entry["question"]),
        kind=str(entry.get("type", "")),
        evidence=tuple(Evidence(str(e["file"]), str(e["quote"])) for e in entry["evidence"]),
    )


def missing_evidence(questions: Sequence[GoldQuestion], clauses: Sequence[Clause]) -> list[str]:
    """The ids of questions with evidence that stands in no clause: the gold or the clauses are
    wrong."""
    return [
        question.id
        for question in questions
        if any(not any(e.stands_in(c) for c in clauses) for e in question.evidence)
    ]
