"""What the splitting hands on: :class:`Clause`, and :class:`Outline` that accounts for the rest."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from assistant.clauses.conditions import Condition, conditions_in
from assistant.clauses.quantities import Quantity, quantities_in
from assistant.reading import Document, LeftOut
from assistant.text import sentences


@dataclass(frozen=True, slots=True)
class Reference:
    """What a clause refers to, in the words ``text[start:end]`` of its document.

    ``document`` is the title of the other text, ``""`` for the clause's own, ``"?"`` for another
    one that is not named in brackets; ``number`` the number of the clause meant (第三条, （十）).
    ``ids`` is the id of that clause, empty where it is not in the library or not sure.
    """

    start: int
    end: int
    document: str
    number: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """The smallest unit that a reader would cite (条款).

    ``text == document.text[start:end]``: as printed, the clause's own number and heading
    included. ``number`` is repaired and normal (``1``, ``（三）``, ``第三十条``, ``""``),
    ``heading`` the clause's own title without it, ``path`` the headings above as printed, outermost
    first; both without the marks of Markdown.
    ``id`` is the same on every machine for the same file.
    """

    id: str
    document: Document = field(repr=False)
    source: str
    number: str
    heading: str
    path: tuple[str, ...]
    address: str
    text: str = field(repr=False)
    start: int
    end: int
    responsible: tuple[str, ...] = ()
    """The bodies that the clause's last bracket names (责任单位), in order."""
    references: tuple[Reference, ...] = ()
    """The clauses that it refers to, in order."""

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """The amounts, shares, days and terms in it, in order; see :mod:`.quantities`."""
        return quantities_in(self.document.text, self.start, self.end)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Whom or what its measures are for, in order; see :mod:`.conditions`."""
        return tuple(conditions_in(self.document.text, self.start, self.end))

    @property
    def page(self) -> int | None:
        """The page on which the clause begins, from 1; ``None`` where the file has no pages."""
        return self.document.page_at(self.start)

    def spans(self) -> Iterator[tuple[int, int]]:
        """The parts of ``[start, end)`` that are policy text: an advert that a website set in the
        middle of a clause stands in ``text``, but is neither indexed nor quoted."""
        at = self.start
        left_out = self.document.left_out  # sorted
        first = bisect_left(left_out, self.start, key=lambda piece: piece.start)
        last = bisect_left(left_out, self.end, key=lambda piece: piece.start)
        for piece in left_out[first:last]:
            if piece.end <= self.end:
                if at < piece.start:
                    yield at, piece.start
                at = max(at, piece.end)
        if at < self.end:
            yield at, self.end

    def sentences(self) -> Iterator[tuple[int, int]]:
        """The sentences of those parts, as spans of the document's text."""
        for start, end in self.spans():
            yield from sentences(self.document.text, start, end)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that is no clause: ``document.text[start:end]``; ``depth`` 0 is the outermost."""

    start: int
    end: int
    depth: int


@dataclass(frozen=True, slots=True)
class Outline:
    """Everything in a document: its clauses, the headings above them, what was left out."""

    document: Document = field(repr=False)
    clauses: tuple[Clause, ...]
    headings: tuple[Heading, ...]
    left_out: tuple[LeftOut, ...]
