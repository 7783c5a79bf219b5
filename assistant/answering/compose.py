"""The words of an answer: quotes with their addresses, notices, and what is said around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby

from assistant.answering.answer import Citation, Fact, Reason, TableRow
from assistant.answering.repeals import Key, key_of
from assistant.answering.states import Asked
from assistant.answering.words import WORDS
from assistant.clauses import Clause
from assistant.reading import Document, last_year_of
from assistant.retrieval import Hit

_NEAREST_CHARS = 40
_REASONS = {
    Reason.FILTER: "filter",
    Reason.PLACE: "place",
    Reason.DOCUMENT: "document",
    Reason.TOPIC: "topic",
    Reason.NOT_STATED: "not_stated",
    Reason.DAMAGED: "damaged",
    Reason.NO_QUESTION: "no_question",
    Reason.CLAUSE: "clause",
}


def notices(
    citations: Sequence[Citation],
    today: date,
    repealed: Mapping[Key, str],
    language: str,
) -> tuple[str, ...]:
    """A line for each cited document that has run out by ``today``, is not yet in force, was
    repealed, or states no term while the years in its title are over. ``repealed`` maps the keys of
    documents to the names of those that repeal them."""
    words = WORDS[language]
    lines: dict[str, None] = {}
    for citation in citations:
        document = citation.clause.document
        if document.effective_to and document.effective_to < today:
            lines[_dated(words["expired"], document, document.effective_to, today)] = None
        elif document.effective_from and document.effective_from > today:
            lines[_dated(words["not_yet"], document, document.effective_from, today)] = None
        elif document.effective_to is None and _title_is_over(document, today):
            lines[_dated(words["title_over"], document, today, today)] = None
        if by := repealed.get(key_of(document)):
            lines[words["repealed"].format(name=document.name, by=by)] = None
    return tuple(lines)


def _title_is_over(document: Document, today: date) -> bool:
    """Whether the years that the title names (2022-2025) lie before ``today``, and did not when the
    text was issued."""
    last = last_year_of(document.title)
    days = (document.effective_from, document.published, document.signed)
    issued = max((day.year for day in days if day), default=0)
    return last is not None and issued <= last < today.year


def _dated(template: str, document: Document, day: date, today: date) -> str:
    return template.format(name=document.name, day=day.isoformat(), today=today.isoformat())


def answer_text(
    citations: Sequence[Citation],
    lines: Sequence[str],
    understood_as: str | None,
    table: Sequence[TableRow] | None,
    facts: Sequence[Fact],
    language: str,
) -> str:
    """The text of an answer that is none of refusal: notices first, then what the quotes state in
    short, each quote with its address, and the clauses in full; a list of places where there is a
    table."""
    words = WORDS[language]
    blocks = list(lines)
    if understood_as:
        blocks.append(words["understood"].format(question=understood_as))
    if table:
        for row in table:
            said = quoted_with_address([row.citation]) if row.citation else words["not_mentioned"]
            blocks.append(f"{row.region}：{said}")
    else:
        if facts:
            blocks.append("\n".join(fact_line(fact, language) for fact in facts))
        grouped = by_clause(citations)
        blocks.extend(quoted_with_address(some) for some in grouped)
        full = [some[0].clause for some in grouped if not _is_whole(some)]
        if full:
            blocks.append("\n".join([words["full"], *map(full_clause, full)]))
    blocks.append(words["care"])
    return "\n\n".join(blocks)


def by_clause(citations: Sequence[Citation]) -> list[list[Citation]]:
    """The citations, those of one clause together."""
    return [list(some) for _, some in groupby(citations, key=lambda c: c.clause.id)]


def quoted(citation: Citation) -> str:
    """A quote in its quotation marks."""
    return f"“{citation.quote}”"


def quoted_with_address(citations: Sequence[Citation]) -> str:
    """The quotes of one clause, and its address."""
    quotes = "\n".join(map(quoted, citations))
    return f"{quotes}\n——{citations[0].label}"


def full_clause(clause: Clause) -> str:
    """A clause in full, behind its address."""
    return f"{clause.address}\n{clause.text}"


def fact_line(fact: Fact, language: str) -> str:
    """What a clause states in short: 金额：最高200万元."""
    between = "、" if language == "zh" else "; "
    return f"{WORDS[language][fact.kind.value]}：{between.join(fact.values)}"


def _is_whole(citations: Sequence[Citation]) -> bool:
    """Whether the quotes of a clause are all of it."""
    clause = citations[0].clause
    return any(c.start == clause.start and c.end == clause.end for c in citations)


def what_was_asked(asked: Asked | None, language: str) -> str:
    """What a question asks for, in a word or two: 金额或比例."""
    words = WORDS[language]
    if asked is None:
        return words["what"]
    if asked.contact:
        return words["contact"]
    return words["or"].join(words[kind.value] for kind in asked.kinds[:2])


def explanation(
    reason: Reason, missing: Sequence[str], detail: Mapping[str, str], language: str
) -> tuple[str, ...]:
    """Why an answer is a refusal, and which words of the question occur nowhere."""
    words = WORDS[language]
    leaves_out = reason is Reason.FILTER and detail.get("outside")
    template = "filter_outside" if leaves_out else _REASONS[reason]
    sentences = [words[template].format(**detail)]
    if missing:
        sentences.append(words["missing"].format(words="、".join(missing)))
    return tuple(sentences)


def refusal_text(
    said: Sequence[str],
    lines: Sequence[str],
    closest: Citation | None,
    nearest: Sequence[Hit],
    understood_as: str | None,
    language: str,
) -> str:
    """The text of a refusal: notices, its explanation, the sentence that comes closest, and what
    is nearest."""
    words = WORDS[language]
    blocks = list(lines)
    if understood_as:
        blocks.append(words["understood"].format(question=understood_as))
    blocks.extend(said)
    if closest:
        blocks.append(f"{words['closest']}\n{quoted_with_address([closest])}")
    if nearest:
        listed = "\n".join(f"· {near(hit)}" for hit in nearest)
        blocks.append(f"{words['nearest']}\n{listed}")
    return "\n\n".join(blocks)


def near(hit: Hit) -> str:
    """A clause that is merely near: its address and what it is about."""
    return f"{hit.clause.address} {hit.clause.heading[:_NEAREST_CHARS]}".strip()
