"""What answering hands on: :class:`Answer` and its citations."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from assistant.clauses import Clause
from assistant.retrieval import Hit, Kind


class Reason(StrEnum):
    """Why an answer is a refusal."""

    FILTER = "filter_matches_nothing"
    """The limits that were set admit no document."""
    PLACE = "place_not_held"
    """The library has no document of the place that is asked about."""
    DOCUMENT = "document_not_held"
    """The library has not the document that is asked about."""
    TOPIC = "topic_not_covered"
    """No clause is about what is asked."""
    NOT_STATED = "not_stated"
    """A clause is about it, but does not state what is asked: the amount, the day, who."""
    DAMAGED = "text_damaged"
    """A clause is about it, but its text is damaged where it would state it."""
    CLAUSE = "clause_not_found"
    """The library has the document, but no clause of the address that is asked about."""
    NO_QUESTION = "no_question"
    """A greeting or thanks."""


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
class Fact:
    """What a cited clause states of the ``kind`` of thing that is asked for; ``values`` stand in
    it as printed, but for spaces that a scan strewed."""

    kind: Kind
    values: tuple[str, ...]
    clause: Clause


@dataclass(frozen=True, slots=True)
class TableRow:
    """A place in a comparison, and what its texts say; ``None`` where they do not (未提及)."""

    region: str
    citation: Citation | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question, or a refusal.

    ``text`` is the whole answer in words: what the quotes state in short (``facts``), the quotes,
    literal and unbroken, each with its address, and the clauses in full. ``abstained`` is true for
    a refusal, which has a ``reason``, its ``explanation`` in sentences, no citations, and the
    ``nearest`` hits. ``confidence`` (0 to 1)
    is how sure it is that the best clause is about the question. ``notices`` are warnings (a text
    that has run out); ``understood_as`` is the question that was answered where it is not the one
    that was asked; ``table`` compares places. A refusal because a clause does not state what is
    asked, or is damaged there, has that clause first among the ``nearest``, and as ``closest`` the
    sentence of it that speaks of it.
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
    facts: tuple[Fact, ...] = ()
    closest: Citation | None = None
