"""The words of an answer: quotes with their addresses, notices, and what is said around them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

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
            said = _quoted(row.citation) if row.citation else words["not_mentioned"]
            blocks.append(f"{row.region}：{said}")
    else:
        blocks.extend(_quoted(citation) for citation in citations)
    blocks.append(words["care"])
    return "\n\n".join(blocks)


def _quoted(citation: Citation) -> str:
    return f"“{citation.quote}”\n——{citation.label}"


def refusal_text(
    reason: Reason,
    nearest: Sequence[Hit],
    missing: Sequence[str],
    detail: dict[str, str],
    understood_as: str | None,
    language: str,
) -> str:
    """The text of a refusal: why, which words found nothing, and what is nearest."""
    words = WORDS[language]
    keys = {Reason.FILTER: "filter", Reason.PLACE: "place", Reason.TOPIC: "topic"}
    blocks = [words[keys[reason]].format(**detail)]
    if understood_as:
        blocks.insert(0, words["understood"].format(question=understood_as))
    if missing:
        blocks.append(words["missing"].format(words="、".join(missing)))
    if nearest:
        listed = "\n".join(f"· {hit.clause.address}{_subject(hit)}" for hit in nearest)
        blocks.append(f"{words['nearest']}\n{listed}")
    return "\n\n".join(blocks)


def _subject(hit: Hit) -> str:
    return f" {hit.clause.heading[:_NEAREST_CHARS]}" if hit.clause.heading else ""
