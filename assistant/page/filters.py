"""What a visitor limits questions to: places, documents, a day.

In: what the page's components hold, or the query of a permanent link. Out: :class:`Limits`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

_MOST, _LONGEST = 50, 300
"""Names of one kind, and characters of one, that filters take."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The filters that are set; empty ones set no limit.

    ``documents`` are sources; ``names`` the titles that they are shown by, in the same order.
    """

    regions: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    as_of: date | None = None
    names: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.regions or self.documents or self.as_of)

    def arguments(self) -> dict[str, Any]:
        """As ``Assistant.ask`` and ``Assistant.retrieve`` take them."""
        return {
            "regions": list(self.regions) or None,
            "documents": list(self.documents) or None,
            "as_of": self.as_of,
        }

    def query(self) -> list[tuple[str, str]]:
        """As a permanent link gives them."""
        pairs = [("region", one) for one in self.regions]
        pairs += [("document", one) for one in self.documents]
        return pairs + ([("as_of", self.as_of.isoformat())] if self.as_of else [])

    def named(self) -> Iterator[tuple[str, str, str]]:
        """Each filter: its kind, its value, and how it is shown."""
        for region in self.regions:
            yield "region", region, region
        for at, source in enumerate(self.documents):
            yield "document", source, self.names[at] if at < len(self.names) else source
        if self.as_of:
            yield "as_of", self.as_of.isoformat(), self.as_of.isoformat()

    def without(self, kind: str, value: str) -> Self:
        """Without one of them; all are gone with the kind ``all``."""
        if kind == "region":
            return replace(self, regions=tuple(one for one in self.regions if one != value))
        if kind == "document":
            kept = [
                (source, name)
                for _, source, name in (one for one in self.named() if one[0] == "document")
                if source != value
            ]
            return replace(
                self, documents=tuple(s for s, _ in kept), names=tuple(n for _, n in kept)
            )
        if kind == "as_of":
            return replace(self, as_of=None)
        return replace(self, regions=(), documents=(), names=(), as_of=None)

    @classmethod
    def of_query(cls, query: Mapping[str, Sequence[str]], names: Mapping[str, str]) -> Self:
        """What a permanent link asks for; a day that is none is left out. ``names`` gives the title
        of each source."""
        documents = names_of(query.get("document"))
        return cls(
            regions=names_of(query.get("region")),
            documents=documents,
            as_of=day_of(next(iter(query.get("as_of", ())), "")),
            names=tuple(names.get(source, source) for source in documents),
        )


def names_of(given: Any) -> tuple[str, ...]:
    """The names in a list, as many and as long as anybody needs; over plain HTTP anything may
    come."""
    some = given if isinstance(given, list | tuple) else ()
    return tuple(dict.fromkeys(str(one)[:_LONGEST] for one in some[:_MOST]))


def day_of(text: str | None) -> date | None:
    """The day that ``text`` gives (2025-06-30, 2025/6/30, 2025年6月30日); ``None`` where it gives
    none."""
    cleaned = (text or "").strip()
    for mark in "年月/.":
        cleaned = cleaned.replace(mark, "-")
    parts = cleaned.removesuffix("日").split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    try:
        return date(*map(int, parts))
    except (ValueError, OverflowError):
        return None
