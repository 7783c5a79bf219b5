"""The documents that a question names by their titles.

《…》 in full or in part, a title without brackets, or, beside a place, the kind of text (嘉兴的实施
方案). A title in brackets that the library has not is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.index.entry import Entry
from assistant.reading import short_name
from assistant.text import bare, fold

_BRACKETED = re.compile(r"《([^《》]{2,80})》")
_LEAST_PART, _LEAST_BARE = 4, 6
_SORT = re.compile(
    r"(?:三年|五年)?行动(?:计划|方案)|实施(?:方案|意见|细则|办法)|(?:若干|扶持|支持)(?:政策|措施)"
    r"|政策措施|管理办法|暂行办法|指导意见|专项规划"
)


@dataclass(frozen=True, slots=True)
class Named:
    """What a question names: the rows of ``documents``, titles that are ``unheld``, and the
    ``rest`` of the question without the titles that were found."""

    documents: tuple[int, ...]
    unheld: tuple[str, ...]
    rest: str


class Titles:
    """The titles of one library's documents."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._rows: dict[str, list[int]] = {}
        self._bare: dict[str, list[int]] = {}
        for row, entry in enumerate(entries):
            self._rows.setdefault(entry.bare_title, []).append(row)
            if entry.printed_title and len(entry.bare_title) >= _LEAST_BARE:
                self._bare.setdefault(entry.bare_title, []).append(row)
        self._lengths = sorted({len(title) for title in self._bare})

    def named(self, question: str) -> Named:
        """The documents that ``question`` (folded) names."""
        found: dict[int, None] = {}
        unheld: list[str] = []
        rest = question
        for match in _BRACKETED.finditer(question):
            rows = self._like(bare(match.group(1)))
            if rows:
                found.update(dict.fromkeys(rows))
                rest = rest.replace(match.group(), "")
            else:
                unheld.append(match.group(1))
        if not found and not unheld:
            found.update(dict.fromkeys(self._in(bare(question))))
        if not found and (sort := _SORT.search(question)):
            rows = [
                row
                for row, entry in enumerate(self._entries)
                if any(place in question for place in _places(entry.region, entry.aliases))
                and sort.group() in _sorts(entry)
            ]
            found.update(dict.fromkeys(rows))
        return Named(tuple(found), tuple(unheld), rest)

    def _in(self, question: str) -> list[int]:
        """The documents whose printed titles stand in ``question``, in the order of the library,
        those of one title together."""
        titles = {
            question[at : at + length]
            for length in self._lengths
            for at in range(len(question) - length + 1)
        }
        found = (self._bare[title] for title in titles if title in self._bare)
        return [row for rows in sorted(found) for row in rows]

    def _like(self, wanted: str) -> list[int]:
        """The documents whose title is ``wanted``; else those whose title holds it."""
        exact = self._rows.get(wanted, [])
        if exact or len(wanted) < _LEAST_PART:
            return exact
        part = [
            title
            for title in self._rows
            if wanted in title or (len(title) >= _LEAST_BARE and title in wanted)
        ] or [
            title for title in self._rows if len(title) >= _LEAST_BARE and _in_order(wanted, title)
        ]
        return sorted(row for title in part for row in self._rows[title])


@lru_cache(maxsize=4_096)
def _places(region: str, aliases: tuple[str, ...]) -> tuple[str, ...]:
    """The names by which a question may call a document's place, folded."""
    return tuple({fold(name) for name in (short_name(region), *aliases) if name})


def _sorts(entry: Entry) -> frozenset[str]:
    """What kinds of text a document is, by its title and by what it calls itself."""
    return frozenset(_SORT.findall(f"{entry.folded_title} {entry.calls_itself}"))


def _in_order(wanted: str, title: str) -> bool:
    """Whether the characters of ``wanted`` stand in ``title`` in that order (a title cited by its
    short form), which a text of a like name has not: at least two thirds as long."""
    if len(wanted) * 3 < len(title) * 2:
        return False
    at = 0
    for char in wanted:
        at = title.find(char, at) + 1
        if at == 0:
            return False
    return True
