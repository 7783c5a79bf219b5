"""``NAME.toml`` beside a document: what its user knows better than the text says.

    region = "杭州市"                  # holds for every document of the file
    effective_to = 2027-12-31

    [[document]]                       # the first document of the file
    title = "…"

    [[document]]                       # the second
    explained_by = ["杭州市商务局"]

What it says replaces what was read, and is marked as said (:class:`Origin`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from assistant.errors import SidecarError
from assistant.reading.dates import days_in
from assistant.reading.document import Document, Origin, SourceFile
from assistant.reading.places import nested_places

TEXTS = ("title", "issuer", "number", "region")
DAYS = ("signed", "published", "effective_from", "effective_to")
LISTS = ("repeals", "explained_by", "aliases")
FIELDS = (*TEXTS, *DAYS, *LISTS)
"""What it may say."""
_OF_ONE = ("title", "number")
"""What no two documents of a file share: at the top it holds for the first one."""
_EACH = "document"

Said = Mapping[str, Any]
"""Field → value, checked."""


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What the file beside a document says: of all its documents, and of each by its place."""

    all: Said
    each: tuple[Said, ...]

    @classmethod
    def parse(cls, data: bytes, name: str) -> Sidecar:
        """The sidecar in the bytes of the file ``name``. Raises :class:`SidecarError`."""
        try:
            table = tomllib.loads(data.decode("utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SidecarError(
                f"{name}: {error}.", "Correct the file; it is TOML in UTF-8."
            ) from error
        each = table.pop(_EACH, [])
        if not isinstance(each, list) or not all(isinstance(one, dict) for one in each):
            raise SidecarError(
                f"{name}: {_EACH} is no list of tables.", f"Write [[{_EACH}]] above each."
            )
        return cls(_checked(table, name), tuple(_checked(one, name) for one in each))

    def applied(self, file: SourceFile, name: str) -> SourceFile:
        """``file`` with what is said in the place of what was read. Raises :class:`SidecarError`
        where more documents are spoken of than there are."""
        if len(self.each) > len(file.documents):
            raise SidecarError(
                f"{name}: it speaks of {len(self.each)} documents; {file.source} holds "
                f"{len(file.documents)}.",
                f"See them: assistant inspect {file.source}",
            )
        documents: list[Document] = []
        for i, document in enumerate(file.documents):
            said = dict(self.all)
            if i:
                said = {field: value for field, value in said.items() if field not in _OF_ONE}
            said.update(self.each[i] if i < len(self.each) else {})
            documents.append(_corrected(document, said))
        return replace(file, documents=tuple(documents))


def _checked(table: Mapping[str, Any], name: str) -> Said:
    """The fields of a table. Raises :class:`SidecarError` for one that there is not, and for a
    value of another kind."""
    said: dict[str, Any] = {}
    for field, value in table.items():
        if field not in FIELDS:
            raise SidecarError(
                f"{name}: there is no field {field!r}.", f"Fields: {', '.join(FIELDS)}."
            )
        if field in TEXTS and isinstance(value, str):
            said[field] = value.strip()
        elif field in DAYS and (day := _day(value)) is not _NO_DAY:
            said[field] = day
        elif field in LISTS and isinstance(value, str):
            said[field] = (value.strip(),) if value.strip() else ()
        elif (
            field in LISTS
            and isinstance(value, list)
            and all(isinstance(one, str) and one.strip() for one in value)
        ):
            said[field] = tuple(one.strip() for one in value)
        else:
            kind = (
                "a text"
                if field in TEXTS
                else "a day, as 2027-12-31"
                if field in DAYS
                else "a list of texts"
            )
            raise SidecarError(f"{name}: {field} = {value!r} is not {kind}.", "Correct it.")
    if said.get("title") == "":
        raise SidecarError(f"{name}: the title is empty.", "Name one, or leave it out.")
    return said


_NO_DAY = object()


def _day(value: object) -> date | object | None:
    """A day as TOML or as text gives it; ``None`` for ``""``, which says that there is none."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        if not value.strip():
            return None
        found = next(days_in(value), None)
        if found and not value.replace(value[found.start : found.end], "").strip():
            return found.day
    return _NO_DAY


def _corrected(document: Document, said: Said) -> Document:
    if not said:
        return document
    changes: dict[str, Any] = dict(said)
    if "region" in said:
        places = nested_places(said["region"])
        changes["places"] = places or ((said["region"],) if said["region"] else ())
        changes["region"] = places[-1] if places else said["region"]
    if "title" in said:
        changes |= {"own_title": True, "printed_title": True}
    kept = tuple(origin for origin in document.origins if origin.field not in said)
    origins = (*kept, *(Origin(field, said=True) for field in said))
    return replace(
        document, **changes, origins=tuple(sorted(origins, key=lambda origin: origin.field))
    )
