"""The words of an answer: quotes with their addresses, notices, and what is said around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby

from assistant.answering.answer import Citation, Reason, TableRow
from assistant.answering.words import WORDS
from assistant.reading import Document
from assistant.retrieval import Hit

_NEAREST_CHARS = 40


def notices(citations: Sequence[Citation], today: date, language: str) -> tuple[str, ...]:
    """A line for each cited document that has run out by ``today`` or is not yet in force."""
    words = WORDS[language]
    lines: dict[str, None] = {}
    for citation in citations:
        document = citation.clause.document
        if document.effective_to and document.effective_to < today:
            lines[_dated(words["expired"], document, document.effective_to, today)] = None
        elif document.effective_from and document.effective_from > today:
            lines[_dated(words["not_yet"], document, document.effective_from, today)] = None
    return tuple(lines)


def _dated(template: str, document: Document, day: date, today: date) -> str:
    return template.format(name=document.name, day=day.isoformat(), today=today.isoformat())


def answer_text(
    citations: Sequence[Citation],
    lines: Sequence[str],
    understood_as: str | None,
    table: Sequence[TableRow] | None,
    language: str,
) -> str:
    """The text of an answer that is none of refusal: notices first, then each quote with its
    address, as a list of places where there is a table."""
    words = WORDS[language]
    blocks = list(lines)
    if understood_as:
        blocks.append(words["understood"].format(question=understood_as))
    if table:
        for row in table:
            said = _quoted([row.citation]) if row.citation else words["not_mentioned"]
            blocks.append(f"{row.region}：{said}")
    else:
        blocks.extend(_quoted(some) for some in by_clause(citations))
    blocks.append(words["care"])
    return "\n\n".join(blocks)


def by_clause(citations: Sequence[Citation]) -> list[list[Citation]]:
    """The citations, those of one clause together."""
    return [list(some) for _, some in groupby(citations, key=lambda c: c.clause.id)]


def quoted(citation: Citation) -> str:
    """A quote in its quotation marks."""
    return f"“{citation.quote}”"


def _quoted(citations: Sequence[Citation]) -> str:
    """The quotes of one clause, and its address."""
    quotes = "\n".join(map(quoted, citations))
    return f"{quotes}\n——{citations[0].label}"


def explanation(
    reason: Reason, missing: Sequence[str], detail: Mapping[str, str], language: str
) -> tuple[str, ...]:
    """Why an answer is a refusal, and which words of the question occur nowhere."""
    words = WORDS[language]
    keys = {Reason.FILTER: "filter", Reason.PLACE: "place", Reason.TOPIC: "topic"}
    sentences = [words[keys[reason]].format(**detail)]
    if missing:
        sentences.append(words["missing"].format(words="、".join(missing)))
    return tuple(sentences)


def refusal_text(
    said: Sequence[str], nearest: Sequence[Hit], understood_as: str | None, language: str
) -> str:
    """The text of a refusal: its explanation, and what is nearest."""
    words = WORDS[language]
    blocks = list(said)
    if understood_as:
        blocks.insert(0, words["understood"].format(question=understood_as))
    if nearest:
        listed = "\n".join(f"· {near(hit)}" for hit in nearest)
        blocks.append(f"{words['nearest']}\n{listed}")
    return "\n\n".join(blocks)


def near(hit: Hit) -> str:
    """A clause that is merely near: its address and what it is about."""
    return f"{hit.clause.address} {hit.clause.heading[:_NEAREST_CHARS]}".strip()
