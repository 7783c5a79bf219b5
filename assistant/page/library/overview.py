"""What a library holds, as its readers ask for it: which texts hold, which have run out, what was
left out of each file, and which files could not be read.

In: one generation of the index. Out: an :class:`Overview`. Nothing here reads the text of a
document, so that twenty thousand of them take a second or two, once a generation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from functools import lru_cache

from assistant.answering.repeals import Repeal, in_force, key_of, repeals_in
from assistant.index import Snapshot
from assistant.index.entry import Entry
from assistant.reading import short_name
from assistant.text import fold

SOON = timedelta(days=90)
"""How near the last day of a text is when it runs out soon."""


class State(Enum):
    """Whether a text holds, on the day that is asked about."""

    ENDING = "ending"
    """Its last day is at most :data:`SOON` away."""
    RUN_OUT = "run_out"
    REPEALED = "repealed"
    """Another document of the library says that it no longer holds."""
    UPCOMING = "upcoming"
    """It comes into force later."""
    IN_FORCE = "in_force"
    """It states its last day, which is further away."""
    OPEN = "open"
    """It states no last day."""


@dataclass(frozen=True, slots=True)
class LeftOutCount:
    """How much of a file is not indexed for one ``reason`` (:class:`assistant.reading.LeftOut`)."""

    reason: str
    pieces: int
    characters: int


@dataclass(frozen=True, slots=True)
class FailedFile:
    """A file that is in the folder but not in the index, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A document of the library; ``row`` is its row in the store of that generation."""

    row: int
    source: str
    name: str
    """Its title in brackets; the part follows where the title is not its own."""
    part: str
    place: str
    """The place that it is of, or else the name that it gives itself; ``""`` where it has none."""
    published: date | None
    effective_from: date | None
    effective_to: date | None
    clauses: int
    state: State
    repealed_by: str
    left_out: tuple[LeftOutCount, ...]
    """What its file leaves out; the documents of a file share it."""
    searched: str = field(repr=False)
    """Its names, places and file, folded: what a reader's words are sought in."""


@dataclass(frozen=True, slots=True)
class Overview:
    """A generation of the library on the day ``today``.

    ``documents`` stand in the order in which they want attention: what runs out soon (the next
    first), what has run out (the last first), then the rest by place and title.
    """

    generation: str
    today: date
    files: int
    clauses: int
    documents: tuple[Listed, ...]
    failed: tuple[FailedFile, ...]

    def counts(self) -> Counter[State]:
        """How many documents are in each state."""
        return Counter(document.state for document in self.documents)

    def narrowed(self, text: str = "", state: State | None = None) -> tuple[Listed, ...]:
        """The documents in that state in whose names, place or file each word of ``text`` stands;
        all of them without either."""
        words = [fold(word) for word in text.split()]
        return tuple(
            one
            for one in self.documents
            if (state is None or one.state is state) and all(word in one.searched for word in words)
        )


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a generation holds, whatever the day: read once, and turned into an :class:`Overview`
    for each day that it is looked at."""

    generation: str
    files: int
    clauses: int
    failed: Mapping[str, str]
    entries: Sequence[Entry]
    ends: Sequence[date | None]
    counts: Sequence[int]
    """The number of clauses of each document."""
    left_out: Mapping[str, tuple[LeftOutCount, ...]]
    repeals: Sequence[Repeal]

    @classmethod
    def of(cls, snapshot: Snapshot) -> Holdings:
        """Reads them off an open generation. Raises :class:`IndexDamagedError`."""
        store = snapshot.store
        starts = store.clause_document.starts
        left_out = {
            source: tuple(LeftOutCount(reason, *counts) for reason, counts in reasons.items())
            for source, reasons in store.left_out().items()
        }
        return cls(
            generation=snapshot.manifest.generation,
            files=len(store.files()),
            clauses=snapshot.manifest.clauses,
            failed=snapshot.manifest.failed,
            entries=store.entries,
            ends=store.ends(),
            counts=(starts[1:] - starts[:-1]).tolist(),
            left_out=left_out,
            repeals=repeals_in(store.entries),
        )

    def on(self, today: date) -> Overview:
        """How things stand on that day."""
        repealed = in_force(self.repeals, today)
        found = [
            self._listed(row, entry, repealed.get(key_of(entry), ""), today)
            for row, entry in enumerate(self.entries)
        ]
        return Overview(
            generation=self.generation,
            today=today,
            files=self.files,
            clauses=self.clauses,
            documents=tuple(sorted(found, key=_urgency)),
            failed=tuple(FailedFile(*failure) for failure in sorted(self.failed.items())),
        )

    def _listed(self, row: int, entry: Entry, repealed_by: str, today: date) -> Listed:
        end = self.ends[row]
        place = short_name(entry.region) or "".join(entry.aliases[:1])
        return Listed(
            row=row,
            source=entry.source,
            name=entry.name,
            part=entry.part,
            place=place,
            published=entry.published,
            effective_from=entry.effective_from,
            effective_to=end,
            clauses=self.counts[row],
            state=state_of(entry.effective_from, end, today, repealed=bool(repealed_by)),
            repealed_by=repealed_by,
            left_out=self.left_out.get(entry.source, ()),
            searched="\n".join((*entry.names, entry.bare_number)),
        )


def state_of(
    effective_from: date | None, effective_to: date | None, today: date, *, repealed: bool = False
) -> State:
    """Whether a text with those days holds on the day ``today``; a text holds on its last day."""
    if repealed:
        return State.REPEALED
    if effective_to and effective_to < today:
        return State.RUN_OUT
    if effective_from and effective_from > today:
        return State.UPCOMING
    if effective_to and effective_to - today <= SOON:
        return State.ENDING
    return State.IN_FORCE if effective_to else State.OPEN


@lru_cache(maxsize=4_096)
def _spoken(place: str) -> str:
    """A place as it is spoken, by which places are sorted."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - reads its tables

    return " ".join(lazy_pinyin(place))


def _urgency(one: Listed) -> tuple[int, int, bool, str, str, str, int]:
    """By what documents are sorted: those that run out soon, those that have, then by place and
    title, those of no place last."""
    day = one.effective_to.toordinal() if one.effective_to else 0
    if one.state is State.ENDING:
        group, order = 0, day
    elif one.state is State.RUN_OUT:
        group, order = 1, -day
    else:
        group, order = 2, 0
    return group, order, not one.place, _spoken(one.place), one.name, one.source, one.row
