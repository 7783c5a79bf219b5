"""What a search is limited to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from assistant.index.entry import Entry
from assistant.reading import Document, same_place


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is limited to; ``None`` sets no limit.

    ``regions`` are places with or without 市 and 省, or the names that texts give themselves;
    ``documents`` are sources or titles; ``as_of`` leaves out texts that came into force, or were
    published, after that day.
    """

    regions: Collection[str] | None = None
    documents: Collection[str] | None = None
    as_of: date | None = None

    @classmethod
    def of(
        cls,
        regions: Collection[str] | None,
        documents: Collection[str] | None,
        as_of: date | None,
    ) -> Self:
        """The filters of a call: a single name counts as a collection of one, a moment as its
        day."""
        return cls(
            (regions,) if isinstance(regions, str) else regions,
            (documents,) if isinstance(documents, str) else documents,
            as_of.date() if isinstance(as_of, datetime) else as_of,
        )

    def __bool__(self) -> bool:
        return not (self.regions is None and self.documents is None and self.as_of is None)

    def admits(self, document: Document | Entry) -> bool:
        """Whether a document passes."""
        return (
            (self.regions is None or any(in_place(document, n) for n in self.regions))
            and (self.documents is None or any(is_named(document, n) for n in self.documents))
            and (self.as_of is None or not _later(document, self.as_of))
        )


def in_place(document: Document | Entry, name: str) -> bool:
    """Whether a document is of the place ``name``, or of one that lies in it."""
    places = (document.region, *document.places)
    return any(same_place(place, name) for place in places) or name.strip() in document.aliases


def is_named(document: Document | Entry, name: str) -> bool:
    """Whether ``name`` is the source or the title of a document, brackets or not."""
    name = name.strip()
    bare = name.removeprefix("《").removesuffix("》")
    return name == document.name or bare in (document.source, document.title)


def holds_since(document: Document | Entry) -> date | None:
    """The day on which a document came into force, or was published; ``None`` where it does not
    say."""
    return document.effective_from or document.published


def _later(document: Document | Entry, day: date) -> bool:
    begin = holds_since(document)
    return begin is not None and begin > day
