"""What answering hands on: :class:`Answer` and its citations."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from assistant.clauses import Clause
from assistant.retrieval import Hit


class Reason(StrEnum):
    """Why an answer is a refusal."""

    FILTER = "filter_matches_nothing"
    PLACE = "place_not_held"
    TOPIC = "topic_not_covered"


@dataclass(frozen=True, slots=True)
class Citation:
    """A clause and the quote in it that answers.

    ``quote == clause.document.text[start:end]``, and it lies inside the clause. ``label`` is the
    clause's address, as it stands beside the quote.
    """

    clause: Clause
    quote: str
    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """A place in a comparison, and what its texts say; ``None`` where they do not (未提及)."""

    region: str
    citation: Citation | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question, or a refusal.

    ``text`` is the whole answer in words, quotes literal and unbroken. ``abstained`` is true for a
    refusal, which has a ``reason``, its ``explanation`` in sentences, no citations, and the
    ``nearest`` hits. ``confidence`` (0 to 1)
    is how sure it is that the best clause is about the question. ``notices`` are warnings (a text
    that has run out); ``understood_as`` is the question that was answered where it is not the one
    that was asked; ``table`` compares places.
    """

    question: str
    text: str
    citations: tuple[Citation, ...]
    abstained: bool
    reason: Reason | None
    confidence: float
    nearest: tuple[Hit, ...] = ()
    notices: tuple[str, ...] = ()
    understood_as: str | None = None
    table: tuple[TableRow, ...] | None = None
    explanation: tuple[str, ...] = ()
