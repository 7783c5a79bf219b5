"""What is known of a document without its text: the entry of a library's catalogue.

Questions are understood, limited and steered by titles, places and dates. At twenty thousand
documents reading every text for them would take a minute and a gigabyte; the entries are read in
half a second. What is compared is folded when the index is built.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from typing import Any, Self

from assistant.reading import Document, short_name
from assistant.text import bare, fold


@dataclass(frozen=True, slots=True)
class Entry:
    """A document in the catalogue; fields without a word here are those of the document."""

    source: str
    title: str
    part: str
    own_title: bool
    printed_title: bool
    region: str
    number: str
    published: date | None
    effective_from: date | None
    start: int
    places: tuple[str, ...]
    aliases: tuple[str, ...]
    calls_itself: str
    """Folded."""
    folded_title: str
    bare_title: str
    bare_number: str
    bare_repeals: tuple[str, ...]
    """What it repeals, by number or title, bare of spaces and marks."""
    names: tuple[str, ...]
    """What it may be called in an address, folded, the longest first."""

    @classmethod
    def of(cls, document: Document) -> Self:
        """The entry of a document."""
        places = (name for place in document.places for name in (place, short_name(place)))
        names = {
            fold(name)
            for name in (
                *places,
                document.region,
                document.part,
                document.source,
                *document.aliases,
                document.title,
            )
        }
        return cls(
            source=document.source,
            title=document.title,
            part=document.part,
            own_title=document.own_title,
            printed_title=document.printed_title,
            region=document.region,
            number=document.number,
            published=document.published,
            effective_from=document.effective_from,
            start=document.start,
            places=document.places,
            aliases=document.aliases,
            calls_itself=fold(document.calls_itself),
            folded_title=fold(document.title),
            bare_title=bare(document.title),
            bare_number=bare(document.number),
            bare_repeals=tuple(map(bare, document.repeals)),
            names=tuple(sorted(names - {""}, key=lambda name: (-len(name), name))),
        )

    @property
    def name(self) -> str:
        """As :attr:`assistant.reading.Document.name`."""
        return f"《{self.title}》" + ("" if self.own_title else self.part)

    def packed(self) -> str:
        """The entry as the store keeps it."""
        values = [getattr(self, field.name) for field in fields(self)]
        return json.dumps([_plain(value) for value in values], ensure_ascii=False)

    @classmethod
    def unpacked(cls, text: str) -> Self:
        """What :meth:`packed` made; tuples and days that come again are one object."""
        return cls(*_values(json.loads(text)))


_DAYS = frozenset({"published", "effective_from"})
_NAMES = tuple(field.name for field in fields(Entry))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _values(values: list[Any]) -> Iterator[Any]:
    for name, value in zip(_NAMES, values, strict=True):
        if isinstance(value, list):
            yield _shared(tuple(value))
        elif name in _DAYS:
            yield _day(value) if value else None
        else:
            yield value


@lru_cache(maxsize=4_096)
def _shared(value: tuple[str, ...]) -> tuple[str, ...]:
    return value


@lru_cache(maxsize=4_096)
def _day(text: str) -> date:
    return date.fromisoformat(text)
