"""What the pictures of a library show: amounts by place, and subjects by place.

In: a generation of the index. Out: :class:`Amounts` and :class:`Matrix`, whose numbers are those of
the clauses' own fields. Each is made when it is first looked at, once a generation; of a large
library some documents are looked at, evenly spread, and the picture says so.
"""

from __future__ import annotations

import math
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from assistant.clauses import Clause, Limit, QuantityKind
from assistant.index import Store, Tokenizer
from assistant.page.library.library import Library
from assistant.page.library.subjects import LOOKED_AT, sample_of, subjects_of
from assistant.reading import short_name
from assistant.retrieval import Synonyms

PLACES = 40
"""Places that a picture shows at most: those with the most to show."""
SUBJECTS = 14
_QUICK = 1_000
"""Clauses up to which a picture is made without being waited for."""
_YUAN = "元"


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money that a clause states, in yuan; ``printed`` is how it stands there."""

    value: float
    limit: Limit
    printed: str
    row: int
    clause: str
    """The clause's id."""
    heading: str
    """What the clause is called where it is shown: its heading, or else its number and address."""
    document: str


@dataclass(frozen=True, slots=True)
class PlaceAmounts:
    """The amounts of a place, the smallest first; the place is ``""`` for texts of none."""

    place: str
    amounts: tuple[Amount, ...]


@dataclass(frozen=True, slots=True)
class Amounts:
    """The amounts of a library. ``found`` counts all of them, ``foreign`` those in other
    currencies, which are not among ``places``; ``looked`` of ``clauses`` clauses were looked at."""

    generation: str
    places: tuple[PlaceAmounts, ...]
    silent: tuple[str, ...]
    """Places whose clauses state none."""
    found: int
    places_found: int
    foreign: int
    looked: int
    clauses: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """How many clauses of which place speak of which subject; ``cells`` gives their rows by the
    numbers of place and subject, which count in ``store``."""

    generation: str
    store: Store = field(repr=False)
    places: tuple[str, ...]
    subjects: tuple[str, ...]
    cells: Mapping[tuple[int, int], tuple[int, ...]]
    places_found: int
    looked: int
    clauses: int


class Pictures:
    """The pictures of a library, each made once for a generation. They may be asked for from
    several threads."""

    def __init__(self, library: Library, tokenizer: Tokenizer, synonyms: Synonyms) -> None:
        self._library = library
        self._tokenizer = tokenizer
        self._synonyms = synonyms
        self._making = threading.Lock()
        self._amounts: Amounts | None = None
        self._matrix: Matrix | None = None

    def at_hand(self, picture: Amounts | Matrix | None) -> bool:
        """Whether a picture need not be waited for: it is made, or the library is small."""
        snapshot = self._library.snapshot
        made = picture is not None and picture.generation == snapshot.manifest.generation
        return made or snapshot.manifest.clauses <= _QUICK

    @property
    def amounts_at_hand(self) -> bool:
        """Whether :meth:`amounts` need not be waited for."""
        return self.at_hand(self._amounts)

    @property
    def matrix_at_hand(self) -> bool:
        """Whether :meth:`matrix` need not be waited for."""
        return self.at_hand(self._matrix)

    def amounts(self) -> Amounts:
        """The amounts of the generation that answers."""
        with self._making:
            snapshot = self._library.snapshot
            if not self._amounts or self._amounts.generation != snapshot.manifest.generation:
                self._amounts = amounts_of(snapshot.store, snapshot.manifest.generation)
            return self._amounts

    def matrix(self) -> Matrix:
        """The subjects of the generation that answers."""
        with self._making:
            snapshot = self._library.snapshot
            if not self._matrix or self._matrix.generation != snapshot.manifest.generation:
                self._matrix = matrix_of(
                    snapshot.store, snapshot.manifest.generation, self._tokenizer, self._synonyms
                )
            return self._matrix


def amounts_of(store: Store, generation: str, *, clauses: int = LOOKED_AT) -> Amounts:
    """The amounts that the clauses of a store state; at most about ``clauses`` are looked at."""
    sample = sample_of(store, clauses)
    place_of = _places(store)
    found: dict[str, list[Amount]] = defaultdict(list)
    foreign = 0
    places: dict[str, None] = {}
    for document in sample.documents:
        places[place_of(document)] = None
        for row in store.rows_of_document(document):
            clause = store.clause(row)
            for one in clause.quantities:
                if one.kind is not QuantityKind.MONEY:
                    continue
                if one.unit != _YUAN:
                    foreign += 1
                elif one.value > 0 and math.isfinite(one.value):
                    printed = clause.document.text[one.start : one.end]
                    found[place_of(document)].append(
                        Amount(
                            value=one.value,
                            limit=one.limit,
                            printed="".join(printed.split()),
                            row=row,
                            clause=clause.id,
                            heading=called(clause),
                            document=clause.document.name,
                        )
                    )
    shown = _most({place: len(amounts) for place, amounts in found.items()})
    return Amounts(
        generation=generation,
        places=tuple(
            PlaceAmounts(place, tuple(sorted(found[place], key=lambda one: (one.value, one.row))))
            for place in shown
        ),
        silent=tuple(place for place in places if place and place not in found),
        found=sum(map(len, found.values())),
        places_found=len(found),
        foreign=foreign,
        looked=sample.clauses,
        clauses=len(store),
    )


def matrix_of(
    store: Store,
    generation: str,
    tokenizer: Tokenizer,
    synonyms: Synonyms,
    *,
    clauses: int = LOOKED_AT,
) -> Matrix:
    """The subjects of a store by place; at most about ``clauses`` clauses are looked at."""
    sample = sample_of(store, clauses)
    subjects = subjects_of(store, tokenizer, synonyms=synonyms, limit=SUBJECTS, clauses=clauses)
    place_of = _places(store)
    counts: Counter[str] = Counter()
    for document in sample.documents:
        counts[place_of(document)] += len(store.rows_of_document(document))
    places = _most(counts)
    number = {place: at for at, place in enumerate(places)}
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    for column, subject in enumerate(subjects):
        for row in subject.rows:
            at = number.get(place_of(int(store.clause_document[row])))
            if at is not None:
                cells[at, column].append(row)
    return Matrix(
        generation=generation,
        store=store,
        places=places,
        subjects=tuple(subject.name for subject in subjects),
        cells={cell: tuple(rows) for cell, rows in cells.items()},
        places_found=len(counts),
        looked=sample.clauses,
        clauses=len(store),
    )


def called(clause: Clause) -> str:
    """What a clause is called in a picture: its own title, or else its address."""
    return clause.heading or clause.address


def _places(store: Store) -> Callable[[int], str]:
    """The place of a document: of texts of none the name that they give themselves, or ``""``."""
    entries = store.entries

    def place_of(document: int) -> str:
        entry = entries[document]
        return short_name(entry.region) or "".join(entry.aliases[:1])

    return place_of


def _most(counts: Mapping[str, int]) -> tuple[str, ...]:
    """The places with the most, and among these the one without a name last."""
    best = sorted(counts, key=lambda place: (-counts[place], place))[:PLACES]
    return tuple(sorted(best, key=lambda place: (not place, -counts[place], place)))
