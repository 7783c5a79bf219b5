"""Answers and documents → HTML.

Every text of a document, a file's name or a question goes through :func:`html.escape`; nothing of
them ever becomes markup. No piece of HTML here holds an empty line: the chat component reads
messages as Markdown, in which an empty line would end the HTML.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from assistant.answering import Answer, Citation, by_clause, fact_line
from assistant.clauses import Clause, Heading
from assistant.page.words import PAGE
from assistant.reading import Document

_BREAKS = re.compile(r"\s*\n\s*")


def escape(text: str) -> str:
    """``text`` as HTML, line breaks kept."""
    return _BREAKS.sub("<br>", html.escape(text, quote=True))


def question_html(question: str) -> str:
    """A question as a chat message; Markdown in it stays as it was typed."""
    return f'<div class="pa-asked">{escape(question.strip())}</div>'


def answer_html(answer: Answer, turn: int, language: str) -> str:
    """An answer as a chat message; ``turn`` is its place in the conversation, from 0."""
    words = PAGE[language]
    parts = [f'<p class="pa-notice" role="alert">{escape(notice)}</p>' for notice in answer.notices]
    if answer.understood_as:
        said = words["understood"].format(question=answer.understood_as)
        parts.append(f'<p class="pa-understood">{escape(said)}</p>')
    if answer.facts:
        lines = "".join(f"<p>{escape(fact_line(fact, language))}</p>" for fact in answer.facts)
        parts.append(f'<div class="pa-facts">{lines}</div>')
    if answer.abstained:
        parts.append(_refusal(answer, turn, words))
    elif answer.table is not None:
        parts.append(_table(answer, turn, words))
    else:
        parts.extend(
            _quoted(citations, number, turn)
            for number, citations in enumerate(by_clause(answer.citations), start=1)
        )
    return f'<div class="pa-answer">{"".join(parts)}</div>'


def _leads(clause: Clause, turn: int, style: str, inside: str) -> str:
    """A button that opens a clause, whose quotes are those of that ``turn``. Its value carries
    both: of the attributes that could, the chat component's sanitiser leaves only this one."""
    value = f"{escape(clause.id)}:{turn}"
    return f'<button type="button" name="clause" value="{value}" class="{style}">{inside}</button>'


def _chip(clause: Clause, number: int, turn: int) -> str:
    """What leads from an answer to a clause: its number in the answer, and its address."""
    return _leads(clause, turn, "pa-cite", f"<b>〔{number}〕</b>{escape(clause.address)}")


def _quoted(citations: Sequence[Citation], number: int, turn: int) -> str:
    quotes = "".join(f"<p>{escape(citation.quote)}</p>" for citation in citations)
    chip = _chip(citations[0].clause, number, turn)
    return f'<blockquote class="pa-quote">{quotes}</blockquote>{chip}'


def _table(answer: Answer, turn: int, words: Mapping[str, str]) -> str:
    rows: list[str] = []
    number = 0
    for row in answer.table or ():
        if row.citation:
            number += 1
            said = f"<p>{escape(row.citation.quote)}</p>{_chip(row.citation.clause, number, turn)}"
        else:
            said = f'<span class="pa-none">{escape(words["not_mentioned"])}</span>'
        rows.append(f'<tr><th scope="row">{escape(row.region)}</th><td>{said}</td></tr>')
    head = f"<tr><th>{escape(words['table_place'])}</th><th>{escape(words['table_says'])}</th></tr>"
    return f'<table class="pa-table"><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table>'


def _refusal(answer: Answer, turn: int, words: Mapping[str, str]) -> str:
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in answer.explanation)
    chips = "".join(
        f"<li>{_chip(hit.clause, number, turn)}</li>"
        for number, hit in enumerate(answer.nearest, start=1)
    )
    near = f'<p class="pa-near">{escape(words["nearest"])}</p><ol>{chips}</ol>' if chips else ""
    closest = ""
    if answer.closest:
        quote = f"<p>{escape(answer.closest.quote)}</p>"
        closest = (
            f'<p class="pa-near">{escape(words["closest"])}</p>'
            f'<blockquote class="pa-quote">{quote}</blockquote>'
        )
    return f'<div class="pa-refusal">{said}{closest}{near}</div>'


def cards_html(answer: Answer | None, turn: int, language: str, today: date) -> str:
    """The clauses that an answer cites, in full, quotes marked; the nearest ones of a refusal."""
    words = PAGE[language]
    if answer is None:
        return f'<div class="pa-empty"><p>{escape(words["empty"])}</p></div>'
    if answer.abstained:
        title = words["nearest"]
        closest = answer.closest
        groups: list[tuple[Clause, list[Citation]]] = [
            (hit.clause, [closest] if closest and closest.clause.id == hit.clause.id else [])
            for hit in answer.nearest
        ]
    else:
        title = words["cited"]
        groups = [(some[0].clause, some) for some in by_clause(answer.citations)]
    cards = "".join(
        _card(clause, citations, number, turn, words, today)
        for number, (clause, citations) in enumerate(groups, start=1)
    )
    head = _head(f"<h2>{escape(title)}</h2>", words)
    return f'<section class="pa-cards" aria-label="{escape(title)}">{head}{cards}</section>'


def _head(inside: str, words: Mapping[str, str]) -> str:
    label = escape(words["close"])
    close = f'<button type="button" name="close" class="pa-close" aria-label="{label}">✕</button>'
    return f'<header class="pa-head">{inside}{close}</header>'


def _card(
    clause: Clause,
    citations: Sequence[Citation],
    number: int,
    turn: int,
    words: Mapping[str, str],
    today: date,
) -> str:
    page = clause.document.page_at(citations[0].start) if citations else clause.page
    above = "".join(f"<span>{escape(heading)}</span>" for heading in clause.path)
    path = f'<p class="pa-path">{above}</p>' if above else ""
    return (
        f'<article class="pa-card"><h3><b>〔{number}〕</b>{escape(clause.address)}</h3>'
        f"{validity_html(clause.document, words, today, page)}{path}"
        f'<div class="pa-text">{marked(clause, citations)}</div>'
        f"{_leads(clause, turn, 'pa-open', escape(words['open']) + ' →')}</article>"
    )


def validity_html(
    document: Document, words: Mapping[str, str], today: date, page: int | None = None
) -> str:
    """The place of a document, how long it holds, its file, and the page if one is given."""
    badges: list[str] = []
    if document.region:
        badges.append(f"<span>{escape(document.region)}</span>")
    if document.effective_from:
        day = document.effective_from.isoformat()
        badges.append(f"<span>{escape(words['from'].format(day=day))}</span>")
    if document.effective_to:
        day = document.effective_to.isoformat()
        expired = document.effective_to < today
        said = words["expired" if expired else "valid_to"].format(day=day)
        badges.append(f'<span class="{"pa-expired" if expired else ""}">{escape(said)}</span>')
    badges.append(f"<span>{escape(document.source)}</span>")
    if page:
        badges.append(f"<span>{escape(words['page'].format(page=page))}</span>")
    return f'<p class="pa-badges">{"".join(badges)}</p>'


def marked(clause: Clause, citations: Iterable[Citation]) -> str:
    """A clause's text with its quotes in ``<mark>``."""
    text = clause.document.text
    at = clause.start
    parts: list[str] = []
    for start, end in sorted({(c.start, c.end) for c in citations}):
        if start < at:
            continue
        parts.append(f"{escape(text[at:start])}<mark>{escape(text[start:end])}</mark>")
        at = end
    parts.append(escape(text[at : clause.end]))
    return "".join(parts)


def document_html(
    document: Document,
    clauses: Sequence[Clause],
    headings: Sequence[Heading],
    target: Clause,
    citations: Sequence[Citation],
    language: str,
    today: date,
) -> str:
    """A whole document, open at ``target``, whose quotes are marked."""
    words = PAGE[language]
    pieces: list[tuple[int, str]] = [
        (
            heading.start,
            (
                f'<h4 class="pa-heading" data-depth="{heading.depth}">'
                f"{escape(document.text[heading.start : heading.end])}</h4>"
            ),
        )
        for heading in headings
    ]
    for clause in clauses:
        here = clause.id == target.id
        text = marked(clause, citations if here else ())
        state = ' class="pa-clause pa-target" tabindex="-1"' if here else ' class="pa-clause"'
        pieces.append((clause.start, f'<div id="clause-{escape(clause.id)}"{state}>{text}</div>'))
    body = "".join(piece for _, piece in sorted(pieces))
    back = f'<button type="button" name="back" class="pa-back">← {escape(words["back"])}</button>'
    head = _head(back, words)
    return (
        f'<section class="pa-document" aria-label="{escape(document.name)}">{head}'
        f"<h2>{escape(document.name)}</h2>{validity_html(document, words, today)}"
        f'<div class="pa-body">{body}</div></section>'
    )


def header_html(documents: int, clauses: int, language: str) -> str:
    """The page's title and what the library holds."""
    words = PAGE[language]
    subtitle = words["subtitle"].format(documents=documents, clauses=clauses)
    return (
        f'<div class="pa-header"><h1>{escape(words["title"])}</h1><p>{escape(subtitle)}</p></div>'
    )


def care_html(language: str) -> str:
    """That quotations are no legal advice: said once, below the box."""
    return f'<p class="pa-care">{escape(PAGE[language]["care"])}</p>'
