"""Answers → the blocks of an export.

Citations are numbered through the whole conversation, a clause always with the same number; at the
end each cited clause stands in full, with where it comes from and how long it holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from assistant.answering import Answer, Citation, by_clause, fact_line
from assistant.answering.compose import near
from assistant.answering.words import WORDS
from assistant.clauses import Clause
from assistant.page.export.blocks import (
    Block,
    Comparison,
    Entries,
    Heading,
    Line,
    Printed,
    Quote,
    Role,
    Row,
)
from assistant.page.export.words import EXPORT
from assistant.reading import Document
from assistant.retrieval import Kind
from assistant.text import clean

_HEADING_CHARS = 60
"""A longer question is cut in its heading, and stands in full below it."""


def conversation(answers: Sequence[Answer], language: str, day: date) -> Iterator[Block]:
    """The blocks of a whole conversation as of ``day``."""
    words = EXPORT[language]
    yield Heading(0, words["title"])
    yield Line(Role.DAY, words["day"].format(day=day.isoformat()))
    cited = Cited()
    for turn, answer in enumerate(answers, start=1):
        question = answer.question.strip()
        shown = " ".join(question.split())
        if len(shown) > _HEADING_CHARS:
            shown = shown[:_HEADING_CHARS] + "…"
        yield Heading(1, words["turn"].format(turn=turn, question=shown))
        if shown != question:
            yield Line(Role.ASKED, words["asked"].format(question=question))
        yield from answered(answer, cited, language)
    if cited.clauses:
        yield Heading(1, words["cited"])
        for number, clause in enumerate(cited.clauses, start=1):
            yield from _in_full(number, clause, cited.marks(clause), language, day)
    if answers:
        yield Line(Role.CARE, WORDS[language]["care"])


class Cited:
    """The clauses that were cited so far, in order, and what was quoted of them."""

    def __init__(self) -> None:
        self._quotes: dict[tuple[str, str], list[Citation]] = {}

    def number(self, citations: Sequence[Citation]) -> int:
        """The number of the clause of ``citations``, from 1."""
        key = _key(citations[0].clause)
        self._quotes.setdefault(key, []).extend(citations)
        return list(self._quotes).index(key) + 1

    @property
    def clauses(self) -> list[Clause]:
        """The cited clauses in the order of their numbers."""
        return [some[0].clause for some in self._quotes.values()]

    def marks(self, clause: Clause) -> tuple[tuple[int, int], ...]:
        """What was quoted of a clause, as spans of its text that do not overlap."""
        spans: list[tuple[int, int]] = []
        for start, end in sorted({(c.start, c.end) for c in self._quotes[_key(clause)]}):
            start, end = start - clause.start, end - clause.start  # noqa: PLW2901 - now in the clause
            if spans and start <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            else:
                spans.append((start, end))
        return tuple(spans)


def _key(clause: Clause) -> tuple[str, str]:
    """What tells clauses apart: a document may have changed between two questions, and its clause
    with it, whose id is the old one."""
    return clause.id, clause.text


def answered(answer: Answer, cited: Cited, language: str) -> Iterator[Block]:
    """The blocks of one answer, without the clauses in full; ``cited`` numbers its citations."""
    words = WORDS[language]
    if answer.understood_as:
        said = words["understood"].format(question=answer.understood_as)
        yield Line(Role.UNDERSTOOD, said)
    for notice in answer.notices:
        yield Line(Role.NOTICE, notice)
    for fact in answer.facts:
        yield Line(Role.FACT, fact_line(fact, language))
    if answer.abstained:
        yield from _refused(answer, cited, language)
    elif answer.table is not None:
        yield _compared(answer, cited, language)
    else:
        told = any(fact.kind is Kind.WHO for fact in answer.facts)
        for citations in by_clause(answer.citations):
            yield from _quoted(citations, cited, language, with_who=not told)


def _quoted(
    citations: Sequence[Citation], cited: Cited, language: str, *, with_who: bool
) -> Iterator[Block]:
    clause = citations[0].clause
    yield Quote(tuple(citation.quote for citation in citations))
    yield Line(Role.SOURCE, citations[0].label, cited.number(citations))
    quoted = "".join(citation.quote for citation in citations)
    if with_who and not all(body in quoted for body in clause.responsible):
        words = EXPORT[language]
        bodies = words["between"].join(clause.responsible)
        yield Line(Role.ABOUT, words["who"].format(bodies=bodies))


def _refused(answer: Answer, cited: Cited, language: str) -> Iterator[Block]:
    words = WORDS[language]
    for sentence in answer.explanation:
        yield Line(Role.SAID, sentence)
    if answer.closest:
        yield Line(Role.SAID, words["closest"])
        yield from _quoted([answer.closest], cited, language, with_who=False)
    if answer.nearest:
        yield Line(Role.SAID, words["nearest"])
        yield Entries(tuple(near(hit) for hit in answer.nearest))


def _compared(answer: Answer, cited: Cited, language: str) -> Comparison:
    words = EXPORT[language]
    rows = [
        Row(row.region, row.citation.quote, cited.number([row.citation]), row.citation.label)
        if row.citation
        else Row(row.region, WORDS[language]["not_mentioned"])
        for row in answer.table or ()
    ]
    return Comparison((words["place"], words["says"], words["where"]), tuple(rows))


def _in_full(
    number: int, clause: Clause, marks: tuple[tuple[int, int], ...], language: str, day: date
) -> Iterator[Block]:
    words = EXPORT[language]
    document = clause.document
    yield Heading(2, clause.address, number)
    name = document.name + (f"（{document.number}）" if document.number else "")
    about = [words["document"].format(name=name)]
    if document.region:
        about.append(words["region"].format(region=document.region))
    about.append(words["valid"].format(said=validity(document, language, day)))
    if clause.path:
        path = " › ".join(map(clean, clause.path))
        about.append(words["path"].format(path=path))
    source = clause.source
    if clause.page:
        source += words["then"] + words["page"].format(page=clause.page)
    about.append(words["source"].format(source=source))
    yield Line(Role.DETAILS, "\n".join(about))
    yield Printed(clause.text, marks)


def validity(document: Document, language: str, day: date) -> str:
    """Since when and until when a document holds, and whether it does on ``day``."""
    words = EXPORT[language]
    begin, end = document.effective_from, document.effective_to
    said = [words["from"].format(day=begin.isoformat())] if begin else []
    said += [words["to"].format(day=end.isoformat())] if end else []
    state = ""
    if end and end < day:
        state = words["expired"].format(today=day.isoformat())
    elif begin and begin > day:
        state = words["not_yet"].format(today=day.isoformat())
    return (words["then"].join(said) or words["unknown"]) + state
