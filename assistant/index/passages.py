"""Clause → what is indexed for it: one text for the lexical channel, passages for the dense one.

A clause seldom repeats what stands above it, so place, title and headings are indexed with it. For
the lexical channel they go before its text. For the dense one the place and the headings go before
and the title behind: titles within a library are much alike, and at its head one draws a vector to
it and away from what the clause says. (``benchmarks/fusion.py`` has the figures.) A clause longer
than a passage gives several; all lead to the clause.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assistant.clauses import Clause
from assistant.reading import short_name
from assistant.text import clean, sentences

PASSAGE_RULES = "1"
"""Version of these rules; vectors and tokens made under others are not reused."""

MAX_CHARS = 420
"""Characters of a clause in one passage: with its context below e5's 512 tokens (Chinese text has
1.4 to 1.7 characters a token)."""
_MAX_ABOVE, _MAX_TITLE = 100, 60


def indexed_text(clause: Clause) -> str:
    """The text of a clause as the lexical channel has it."""
    document = clause.document
    above = (document.region, document.title, *document.aliases, *clause.path)
    return f"{_joined(above)}\n{clean(clause.text)}"


def passages(clause: Clause) -> list[str]:
    """The texts of a clause as the dense channel has them, at least one."""
    document = clause.document
    above = _joined((document.region, *clause.path))[:_MAX_ABOVE]
    title = _without_place(document.title, document.region)[:_MAX_TITLE]
    return [" ".join(filter(None, (above, piece, title))) for piece in _pieces(clause)]


def _joined(parts: Iterable[str]) -> str:
    """The parts that are not empty, clean, a space between them."""
    return " ".join(filter(None, map(clean, parts)))


def _without_place(title: str, region: str) -> str:
    """A title without the place, which stands before it already."""
    if region:
        title = title.replace(region, "").replace(short_name(region), "")
    return clean(title)


def _pieces(clause: Clause) -> Iterator[str]:
    """The clause's text in runs of whole sentences of at most :data:`MAX_CHARS`; a longer sentence
    is cut."""
    current = ""
    for start, end in sentences(clause.document.text, clause.start, clause.end):
        sentence = clean(clause.document.text[start:end])
        if current and len(current) + len(sentence) > MAX_CHARS:
            yield current
            current = ""
        while len(sentence) > MAX_CHARS:
            yield sentence[:MAX_CHARS]
            sentence = sentence[MAX_CHARS:]
        current += sentence
    if current:
        yield current
