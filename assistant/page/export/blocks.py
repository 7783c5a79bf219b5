"""The pieces of an exported conversation, in the order in which a reader meets them.

Every ``text`` is what is to be read, unescaped; line breaks in it are kept. ``number`` is that of a
citation, 〔1〕, counted through the whole conversation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Role(Enum):
    """What a line of the export is."""

    DAY = auto()
    """The day of the export, below the title."""
    ASKED = auto()
    """A question that is too long for a heading, in full."""
    UNDERSTOOD = auto()
    """What a question was taken to be."""
    NOTICE = auto()
    """A warning: a text that has run out, an answer that is unsure."""
    FACT = auto()
    """What the quotes state in short."""
    SAID = auto()
    """A sentence of the program's own: why there is no answer, what follows."""
    SOURCE = auto()
    """Where a quote stands: its number and full address."""
    ABOUT = auto()
    """Who is responsible for what a clause says."""
    DETAILS = auto()
    """Where a clause in full comes from and how long it holds, line by line."""
    CARE = auto()
    """That none of this is legal advice."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 0 is the title of the whole. ``number``: the clause in full that it is the
    heading of."""

    level: int
    text: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph; with a ``number``, the citation's number stands before it."""

    role: Role
    text: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """Sentences of one clause, each word for word."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """A list."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A place in a comparison: what its text says and where; no ``number`` where ``said`` is that
    it does not."""

    place: str
    said: str
    number: int | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A table of places below the names of its three columns."""

    head: tuple[str, str, str]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Printed:
    """A clause in full. ``marks`` are the spans of ``text`` that were quoted, sorted, none inside
    another."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


Block = Heading | Line | Quote | Entries | Comparison | Printed
