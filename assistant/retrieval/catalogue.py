"""A library's documents as a search is steered and limited by them: by place, day and name.

Many documents share a place and its names, so these are looked at once for each place; for a
library of twenty thousand documents a question then costs no loop over them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt

from assistant.index.entry import Entry
from assistant.retrieval.filters import Filters, holds_since
from assistant.retrieval.question import place_of

Rows = npt.NDArray[np.int64]
"""Rows of documents, sorted."""


class Catalogue:
    """The entries of a library's documents, in its order."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        alike: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for row, entry in enumerate(entries):
            alike[entry.region, entry.places, entry.aliases].append(row)
        self._alike = list(alike.values())
        """The documents that share their places and names of these."""
        self._group = np.empty(len(entries), np.int64)
        self._of_place: dict[str, list[int]] = defaultdict(list)
        for group, rows in enumerate(self._alike):
            self._group[rows] = group
            for name in place_of(entries[rows[0]]):
                self._of_place[name] += rows
        self._placed = _sorted(self._of_place.values())

    def admitted(self, filters: Filters) -> Rows:
        """The documents that the filters admit."""
        found = np.arange(len(self.entries))
        if filters.documents is not None:
            found = self._called(filters.documents)
        if filters.regions is not None:
            regions = Filters(filters.regions)
            alike = (rows for rows in self._alike if regions.admits(self.entries[rows[0]]))
            found = np.intersect1d(found, _sorted(alike), assume_unique=True)
        if filters.as_of is not None:
            found = found[self._since[found] <= filters.as_of.toordinal()]
        return found

    def places(self, rows: Rows) -> tuple[str, ...]:
        """The names of the places of those documents, in the order of the library."""
        return tuple(dict.fromkeys(chain.from_iterable(self._names(rows))))

    def main_places(self, rows: Rows) -> tuple[str, ...]:
        """The first name of each of these places."""
        return tuple(dict.fromkeys(names[0] for names in self._names(rows) if names))

    def _names(self, rows: Rows) -> list[tuple[str, ...]]:
        _, first = np.unique(self._group[rows], return_index=True)
        return [place_of(self.entries[row]) for row in rows[np.sort(first)].tolist()]

    def steer(self, places: Collection[str]) -> npt.NDArray[np.int8]:
        """For each document 1 if it is of one of ``places``, −1 if of another, 0 if of none; all 0
        without ``places``."""
        steer = np.zeros(len(self.entries), np.int8)
        if places:
            steer[self._placed] = -1
            steer[_sorted(self._of_place.get(place, ()) for place in places)] = 1
        return steer

    def _called(self, names: Collection[str]) -> Rows:
        """The documents of those sources, titles or names."""
        by_name = self._by_name
        called = (
            by_name.get(form, ())
            for name in names
            for form in (name.strip(), name.strip().removeprefix("《").removesuffix("》"))
        )
        named = Filters(documents=names)
        return np.array(
            [row for row in _sorted(called).tolist() if named.admits(self.entries[row])], np.int64
        )

    @cached_property
    def _by_name(self) -> dict[str, list[int]]:
        """The documents by source, title and name."""
        rows: dict[str, list[int]] = defaultdict(list)
        for row, entry in enumerate(self.entries):
            for name in {entry.source, entry.title, entry.name}:
                rows[name].append(row)
        return rows

    @cached_property
    def _since(self) -> Rows:
        """For each document the day since when it holds; 0 where it does not say."""
        days = map(holds_since, self.entries)
        return np.array([day.toordinal() if day else 0 for day in days], np.int64)


def _sorted(some: Iterable[Iterable[int]]) -> Rows:
    """All rows of ``some``, each once."""
    return np.array(sorted(set(chain.from_iterable(some))), np.int64)
