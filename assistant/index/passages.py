"""Clause → what is indexed for it: one text for the lexical channel, passages for the dense one.

A clause seldom repeats what stands above it, so that goes before its text. For the lexical channel
it is place, title and headings. For the dense one it is the headings and what sets the document
apart: its place, or where it has none (a national law) its title. Titles of one subject are much
alike and draw a vector away from what the clause says; ``benchmarks/fusion.py`` has the figures. A
clause longer than a passage gives several; all lead to the clause.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assistant.clauses import Clause
from assistant.reading import Document, short_name
from assistant.text import clean

PASSAGE_RULES = "4"
"""Version of these rules; vectors and tokens made under others are not reused."""

MAX_CHARS = 420
"""Characters of a clause in one passage: with its context below e5's 512 tokens (Chinese text has
1.4 to 1.7 characters a token)."""
_MAX_ABOVE = 120


def indexed_text(clause: Clause) -> str:
    """The text of a clause as the lexical channel has it."""
    document = clause.document
    above = (document.region, document.title, *document.aliases, *clause.path)
    said = _joined(document.text[start:end] for start, end in clause.spans())
    return f"{_joined(above)}\n{said}"


def passages(clause: Clause) -> list[str]:
    """The texts of a clause as the dense channel has them, at least one."""
    document = clause.document
    sets_apart = document.region or (document.title if document.printed_title else "")
    above = _joined((sets_apart, *clause.path))[:_MAX_ABOVE]
    pieces = list(_pieces(clause)) or [clean(clause.text)[:MAX_CHARS]]
    return [f"{above} {piece}" if above else piece for piece in pieces]


def sentences(clause: Clause) -> list[str]:
    """The sentences of a clause, as :class:`~assistant.index.sentences.SentenceVectors` has them:
    bare, because the clause's passages hold what stands above; at least one."""
    text = clause.document.text
    found = [clean(text[start:end])[:MAX_CHARS] for start, end in clause.sentences()]
    return found or [clean(clause.text)[:MAX_CHARS]]


def subject(document: Document) -> str:
    """What a document is about: its title without the place, or how it begins where none is
    printed (its file's name says nothing of it, and may change)."""
    if not document.printed_title:
        return clean(document.text[document.start : document.end][:_MAX_ABOVE])
    title = document.title
    if document.region:
        title = title.replace(document.region, "").replace(short_name(document.region), "")
    return clean(title) or document.title


def _joined(parts: Iterable[str]) -> str:
    """The parts that are not empty, clean, a space between them."""
    return " ".join(filter(None, map(clean, parts)))


def _pieces(clause: Clause) -> Iterator[str]:
    """The clause's text in runs of whole sentences of at most :data:`MAX_CHARS`; a longer sentence
    is cut."""
    current = ""
    for start, end in clause.sentences():
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
