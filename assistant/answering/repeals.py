"""Which documents of a library others of it repeal (同时废止)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.reading import Document
from assistant.retrieval.filters import holds_since
from assistant.retrieval.titles import bare_title

Key = tuple[str, int]
"""What names a document of a library: its source, and where it begins."""


@dataclass(frozen=True, slots=True)
class Repeal:
    """The document ``key`` is repealed by the one called ``by``, from the day ``since`` on
    (``None``: always)."""

    key: Key
    by: str
    since: date | None


def key_of(document: Document) -> Key:
    """The key of a document."""
    return document.source, document.start


def repeals_in(documents: Sequence[Document]) -> tuple[Repeal, ...]:
    """The repeals among ``documents``: by number (杭政办函〔2023〕9号) or by the whole title. A
    text that repeals one of its own title means an older one."""
    by_number = {bare_title(d.number): d for d in documents if d.number}
    by_title: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        if document.printed_title:
            by_title[bare_title(document.title)].append(document)
    found: dict[tuple[Key, Key], Repeal] = {}
    for document in documents:
        for entry in document.repeals:
            for repealed in _meant(bare_title(entry), by_number, by_title):
                if key_of(repealed) != key_of(document) and not _is_newer(repealed, document):
                    same = repealed.name == document.name and document.number
                    name = f"{document.name}（{document.number}）" if same else document.name
                    repeal = Repeal(key_of(repealed), name, holds_since(document))
                    found.setdefault((key_of(repealed), key_of(document)), repeal)
    return tuple(found.values())


def _meant(
    entry: str, by_number: dict[str, Document], by_title: dict[str, list[Document]]
) -> Iterator[Document]:
    """The documents that an entry of a list of repeals means."""
    number = next((d for n, d in by_number.items() if n in entry), None)
    if number is not None:
        yield number
    else:
        yield from by_title.get(entry, ())


def _is_newer(first: Document, second: Document) -> bool:
    a, b = holds_since(first), holds_since(second)
    return a is not None and b is not None and a > b


def in_force(repeals: Sequence[Repeal], today: date) -> dict[Key, str]:
    """The key of a repealed document → the name of the one that repeals it, as of ``today``."""
    return {r.key: r.by for r in repeals if r.since is None or r.since <= today}
