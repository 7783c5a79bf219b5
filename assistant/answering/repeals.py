"""Which documents of a library others of it repeal (同时废止)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.index.entry import Entry
from assistant.reading import Document
from assistant.retrieval.filters import holds_since

Key = tuple[str, int]
"""What names a document of a library: its source, and where it begins."""


@dataclass(frozen=True, slots=True)
class Repeal:
    """The document ``key`` is repealed by the one called ``by``, from the day ``since`` on
    (``None``: always)."""

    key: Key
    by: str
    since: date | None


def key_of(document: Document | Entry) -> Key:
    """The key of a document."""
    return document.source, document.start


def repeals_in(entries: Sequence[Entry]) -> tuple[Repeal, ...]:
    """The repeals among a library's documents: by number (杭政办函〔2023〕9号) or by the whole
    title. A text that repeals one of its own title means an older one."""
    by_number = {entry.bare_number: entry for entry in entries if entry.bare_number}
    lengths = sorted({len(number) for number in by_number})
    by_title: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.printed_title:
            by_title[entry.bare_title].append(entry)
    found: dict[tuple[Key, Key], Repeal] = {}
    for entry in entries:
        for named in entry.bare_repeals:
            number = next((n for n in _pieces(named, lengths) if n in by_number), None)
            meant = [by_number[number]] if number else by_title.get(named, ())
            for repealed in meant:
                if key_of(repealed) != key_of(entry) and not _is_newer(repealed, entry):
                    same = repealed.name == entry.name and entry.number
                    name = f"{entry.name}（{entry.number}）" if same else entry.name
                    repeal = Repeal(key_of(repealed), name, holds_since(entry))
                    found.setdefault((key_of(repealed), key_of(entry)), repeal)
    return tuple(found.values())


def _pieces(text: str, lengths: Sequence[int]) -> Iterator[str]:
    """The pieces of ``text`` of those lengths, the longest first."""
    for length in reversed(lengths):
        for at in range(len(text) - length + 1):
            yield text[at : at + length]


def _is_newer(first: Entry, second: Entry) -> bool:
    a, b = holds_since(first), holds_since(second)
    return a is not None and b is not None and a > b


def in_force(repeals: Sequence[Repeal], today: date) -> dict[Key, str]:
    """The key of a repealed document → the name of the one that repeals it, as of ``today``."""
    return {r.key: r.by for r in repeals if r.since is None or r.since <= today}
