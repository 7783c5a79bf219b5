"""The documents that a question names by their titles.

《…》 in full or in part, a title without brackets, or, beside a place, the kind of text (嘉兴的实施
方案). A title in brackets that the library has not is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.reading import Document, short_name
from assistant.text import fold

_BRACKETED = re.compile(r"《([^《》]{2,80})》")
_NOISE = re.compile(r"[\s\W_]+")
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

    def __init__(self, documents: Sequence[Document]) -> None:
        self._titles = [bare_title(document.title) for document in documents]
        self._sorts = [_sorts(document) for document in documents]
        self._places = [
            tuple({fold(p) for p in (short_name(document.region), *document.aliases) if p})
            for document in documents
        ]
        self._rows: dict[str, list[int]] = {}
        for row, (document, title) in enumerate(zip(documents, self._titles, strict=True)):
            if document.printed_title and len(title) >= _LEAST_BARE:
                self._rows.setdefault(title, []).append(row)

    def named(self, question: str) -> Named:
        """The documents that ``question`` (folded) names."""
        found: dict[int, None] = {}
        unheld: list[str] = []
        rest = question
        for match in _BRACKETED.finditer(question):
            rows = self._like(bare_title(match.group(1)))
            if rows:
                found.update(dict.fromkeys(rows))
                rest = rest.replace(match.group(), "")
            else:
                unheld.append(match.group(1))
        if not found and not unheld:
            bare = bare_title(question)
            for title, rows in self._rows.items():
                if title in bare:
                    found.update(dict.fromkeys(rows))
        if not found and (sort := _SORT.search(question)):
            rows = [
                row
                for row, (sorts, places) in enumerate(zip(self._sorts, self._places, strict=True))
                if sort.group() in sorts and any(place in question for place in places)
            ]
            found.update(dict.fromkeys(rows))
        return Named(tuple(found), tuple(unheld), rest)

    def _like(self, wanted: str) -> list[int]:
        """The documents whose title is ``wanted``; else those whose title holds it."""
        exact = [row for row, title in enumerate(self._titles) if title == wanted]
        if exact or len(wanted) < _LEAST_PART:
            return exact
        part = [
            row
            for row, title in enumerate(self._titles)
            if wanted in title or (len(title) >= _LEAST_BARE and title in wanted)
        ]
        return part or [
            row
            for row, title in enumerate(self._titles)
            if len(title) >= _LEAST_BARE and _in_order(wanted, title)
        ]


def _sorts(document: Document) -> frozenset[str]:
    """What kinds of text a document is, by its title and by what it calls itself."""
    said = f"{fold(document.title)} {fold(document.calls_itself)}"
    return frozenset(_SORT.findall(said))


def bare_title(title: str) -> str:
    """A title without spaces and marks."""
    return _NOISE.sub("", fold(title))


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
