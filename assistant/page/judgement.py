"""What is kept of what somebody thought of an answer: :class:`Judgement`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Context:
    """What a question was asked with: the questions before it, oldest first, and the filters
    (empty: none)."""

    history: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Quoted:
    """A citation as it was shown: the clause's id, address and file, and the words quoted."""

    id: str
    label: str
    source: str
    quote: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody thought of an answer.

    ``time`` is when it was first said, ``changed`` when it last was; ``visitor`` tells those of one
    visitor from another's and says nothing else. ``reason`` is that of a refusal.
    """

    id: str
    time: datetime
    changed: datetime
    visitor: str
    language: str
    generation: str
    question: str
    understood_as: str | None
    context: Context
    answer: str = field(repr=False)
    citations: tuple[Quoted, ...]
    abstained: bool
    reason: str | None
    confidence: float
    liked: bool
    comment: str
