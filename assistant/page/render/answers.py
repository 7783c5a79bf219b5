"""Answers → HTML for the chat component.

No piece of HTML here holds an empty line: the component reads messages as Markdown, in which an
empty line would end the HTML.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from assistant.answering import Answer, Citation, by_clause, fact_line
from assistant.page.render.markup import action, chip, escape
from assistant.page.words import PAGE, Words
from assistant.retrieval import Kind


def question_html(question: str) -> str:
    """A question as a chat message; Markdown in it stays as it was typed."""
    return f'<div class="pa-asked">{escape(question.strip())}</div>'


def said_html(text: str) -> str:
    """What the page says itself, instead of an answer."""
    return f'<div class="pa-said" role="status">{escape(text)}</div>'


def answer_html(
    answer: Answer,
    turn: int,
    language: str,
    *,
    query: str = "",
    plain: str = "",
    judging: bool = True,
    liked: bool | None = None,
) -> str:
    """An answer as a chat message; ``turn`` is its place in the conversation, from 0.

    ``query`` is the query of its permanent link, ``plain`` what is copied of it; with ``judging``
    it can be judged, and ``liked`` is how it was.
    """
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
        named = any(fact.kind is Kind.WHO for fact in answer.facts)
        parts.extend(
            _quoted(citations, number, turn, words, responsible=not named)
            for number, citations in enumerate(by_clause(answer.citations), start=1)
        )
    parts.append(_actions(turn, words, query, plain or answer.text, judging, liked))
    return f'<div class="pa-answer">{"".join(parts)}</div>'


def _quoted(
    citations: Sequence[Citation], number: int, turn: int, words: Words, *, responsible: bool
) -> str:
    """The quotes of one clause, who is responsible, and where they stand."""
    clause = citations[0].clause
    quotes = "".join(f"<p>{escape(citation.quote)}</p>" for citation in citations)
    who = ""
    if responsible and clause.responsible:
        said = words["responsible"].format(names="、".join(clause.responsible))
        who = f'<p class="pa-who">{escape(said)}</p>'
    return f'<blockquote class="pa-quote">{quotes}</blockquote>{chip(clause, number, turn)}{who}'


def _table(answer: Answer, turn: int, words: Words) -> str:
    rows: list[str] = []
    number = 0
    for row in answer.table or ():
        if row.citation:
            number += 1
            said = f"<p>{escape(row.citation.quote)}</p>{chip(row.citation.clause, number, turn)}"
        else:
            said = f'<span class="pa-none">{escape(words["not_mentioned"])}</span>'
        rows.append(f'<tr><th scope="row">{escape(row.region)}</th><td>{said}</td></tr>')
    head = (
        f'<tr><th scope="col">{escape(words["table_place"])}</th>'
        f'<th scope="col">{escape(words["table_says"])}</th></tr>'
    )
    return f'<table class="pa-table"><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table>'


def _refusal(answer: Answer, turn: int, words: Words) -> str:
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in answer.explanation)
    chips = "".join(
        f"<li>{chip(hit.clause, number, turn)}</li>"
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


def _actions(
    turn: int, words: Words, query: str, plain: str, judging: bool, liked: bool | None
) -> str:
    """What can be done with an answer; its plain text stands by for the clipboard."""
    # a bare carriage return is a line's end to those who read Markdown
    copied = html.escape("\n".join(plain.splitlines()), quote=True).replace("\n", "&#10;")
    useful = "pa-act pa-on" if liked is True else "pa-act"
    useless = "pa-act pa-on" if liked is False else "pa-act"
    buttons = [action("copy", str(turn), words["copy"])]
    if query:
        buttons.append(action("link", query, words["copy_link"]))
    if judging:
        buttons.append(action("rate", f"{turn}:up", words["useful"], useful))
        buttons.append(action("rate", f"{turn}:down", words["useless"], useless))
    return f'<div class="pa-actions">{"".join(buttons)}<pre class="pa-plain">{copied}</pre></div>'
