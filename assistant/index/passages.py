"""Clause → what is indexed for it: one text for the lexical channel, passages for the dense one.

The document's title, its place and the headings go before the clause's text, because a clause
seldom repeats them. A clause longer than a passage gives several; all lead to the clause.
"""

from __future__ import annotations

from assistant.clauses import Clause
from assistant.text import clean, sentences

PASSAGE_RULES = "1"
"""Version of these rules; vectors and tokens made under others are not reused."""

MAX_CHARS = 420
"""Characters of a clause in one passage: with its context below e5's 512 tokens (Chinese text has
1.4 to 1.7 characters a token)."""
_MAX_CONTEXT = 120


def context(clause: Clause) -> str:
    """What stands above a clause: place, title and headings, cut to a length that leaves room."""
    document = clause.document
    above = " ".join((document.region, document.title, *document.aliases, *clause.path))
    return clean(above)[:_MAX_CONTEXT]


def indexed_text(clause: Clause) -> str:
    """The text of a clause as the lexical channel has it."""
    return f"{context(clause)}\n{clean(clause.text)}"


def passages(clause: Clause) -> list[str]:
    """The texts of a clause as the dense channel has them, at least one."""
    above = context(clause)
    return [f"{above} {piece}" for piece in _pieces(clause)]


def _pieces(clause: Clause) -> list[str]:
    """The clause's text in runs of whole sentences of at most :data:`MAX_CHARS`; a longer sentence
    is cut."""
    pieces: list[str] = []
    current = ""
    for start, end in sentences(clause.document.text, clause.start, clause.end):
        sentence = clean(clause.document.text[start:end])
        while sentence:
            room = MAX_CHARS - len(current)
            if current and len(sentence) > room:
                pieces.append(current)
                current = ""
                continue
            current += sentence[:MAX_CHARS]
            sentence = sentence[MAX_CHARS:]
    if current or not pieces:
        pieces.append(current or clean(clause.text))
    return pieces
