"""The pieces that all views are made of: escaped text, marked quotes, badges."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from datetime import date

from assistant.answering import Citation
from assistant.clauses import Clause, Reference
from assistant.page.words import Words
from assistant.reading import Document

_BREAKS = re.compile(r"\s*[\r\n]\s*")


def escape(text: str) -> str:
    """``text`` as HTML, line breaks kept, empty lines not."""
    return _BREAKS.sub("<br>", html.escape(text, quote=True))


def clause_button(clause: Clause, turn: int, style: str, inside: str) -> str:
    """A button that opens a clause, whose quotes are those of that ``turn`` of the conversation
    (−1: of none). Its value carries both: of the attributes that could, the chat component's
    sanitiser leaves only this one."""
    value = f"{escape(clause.id)}:{turn}"
    return f'<button type="button" name="clause" value="{value}" class="{style}">{inside}</button>'


def chip(clause: Clause, number: int, turn: int) -> str:
    """What leads from an answer to a clause: its number in the answer, and its address."""
    return clause_button(
        clause, turn, "pa-cite", f"<b>〔{number}〕</b><span>{escape(clause.address)}</span>"
    )


def action(name: str, value: str, said: str, style: str = "pa-act") -> str:
    """A small button for something that can be done with what stands above it."""
    return (
        f'<button type="button" name="{name}" value="{escape(value)}" class="{style}">'
        f"{escape(said)}</button>"
    )


def validity_html(document: Document, words: Words, today: date, page: int | None = None) -> str:
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


def marked(clause: Clause, citations: Iterable[Citation], *, linked: bool = False) -> str:
    """A clause's text with its quotes in ``<mark>``; ``linked``: the clauses that it refers to are
    links."""
    text = clause.document.text
    links = [one for one in clause.references if one.ids] if linked else []
    at = clause.start
    parts: list[str] = []
    for start, end in sorted({(c.start, c.end) for c in citations}):
        if start < at:
            continue
        parts.append(_linked(text, at, start, links))
        parts.append(f"<mark>{_linked(text, start, end, links)}</mark>")
        at = end
    parts.append(_linked(text, at, clause.end, links))
    return "".join(parts)


def _linked(text: str, start: int, end: int, links: Sequence[Reference]) -> str:
    """``text[start:end]`` with those of ``links`` that lie in it."""
    at = start
    parts: list[str] = []
    for link in links:
        if at <= link.start and link.end <= end:
            parts.append(escape(text[at : link.start]))
            parts.append(
                f'<a class="pa-ref" href="?clause={escape(link.ids[0])}" '
                f'data-open="{escape(link.ids[0])}">{escape(text[link.start : link.end])}</a>'
            )
            at = link.end
    return "".join((*parts, escape(text[at:end])))
