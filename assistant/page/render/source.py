"""Clauses and whole documents → HTML for the source panel."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assistant.answering import Answer, Citation, by_clause
from assistant.clauses import Clause, Heading
from assistant.page.render.markup import clause_button, escape, marked, validity_html
from assistant.page.words import PAGE, Words
from assistant.reading import Document
from assistant.text import clean, fold_width

_MARKS = re.compile(r"[\s()、.]")
_LABEL = 16
"""Characters of a clause without a heading by which the contents name it."""
_SHEET = 40
"""Headings and clauses that are laid out together: of a long document the browser lays out those
sheets that are in view (each clause by itself would cost more than it saves)."""
_LONG_RUN = 100
"""Clauses in a row, without a heading between them, above which the contents fold them by …"""
_FOLD = 50
"""… so many."""
_OPEN_UP_TO = 80
"""Clauses up to which all of a document's contents are unfolded."""


def cards_html(answer: Answer | None, turn: int, language: str, today: date) -> str:
    """The clauses that an answer cites, in full, quotes marked; the nearest ones of a refusal."""
    words = PAGE[language]
    if answer is None or not (answer.citations or answer.nearest):
        empty = f'<div class="pa-empty"><p>{escape(words["empty"])}</p></div>'
        return empty if answer is None else f"{_head('', words)}{empty}"
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


def gone_html(ident: str, hint: str, language: str) -> str:
    """That a clause or document that a link leads to is not in the library, and what is near."""
    words = PAGE[language]
    said = f"{words['clause_gone'].format(ident=ident)}{hint}"
    return f'{_head("", words)}<div class="pa-empty"><p role="alert">{escape(said)}</p></div>'


def _head(inside: str, words: Words) -> str:
    label = escape(words["close"])
    close = f'<button type="button" name="close" class="pa-close" aria-label="{label}">✕</button>'
    return f'<header class="pa-head">{inside}{close}</header>'


def _card(
    clause: Clause,
    citations: Sequence[Citation],
    number: int,
    turn: int,
    words: Words,
    today: date,
) -> str:
    page = clause.document.page_at(citations[0].start) if citations else clause.page
    above = "".join(f"<span>{escape(heading)}</span>" for heading in clause.path)
    path = f'<p class="pa-path">{above}</p>' if above else ""
    return (
        f'<article class="pa-card"><h3><b>〔{number}〕</b>{escape(clause.address)}</h3>'
        f"{validity_html(clause.document, words, today, page)}{path}"
        f'<div class="pa-text">{marked(clause, citations, linked=True)}</div>'
        f"{clause_button(clause, turn, 'pa-open', escape(words['open']) + ' →')}</article>"
    )


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document as HTML in pieces, so that a long one is put into words once: ``pieces[i]`` is the
    heading or clause ``idents[i]`` (``""`` for a heading); ``tree`` is its table of contents."""

    document: Document
    language: str
    idents: tuple[str, ...]
    pieces: tuple[str, ...]
    tree: str

    @classmethod
    def of(
        cls,
        document: Document,
        clauses: Sequence[Clause],
        headings: Sequence[Heading],
        language: str,
    ) -> DocumentView:
        """The view of a document with its clauses, in order, and headings."""
        words = PAGE[language]
        pieces: list[tuple[int, str, str]] = [
            (heading.start, "", _heading(document, heading)) for heading in headings
        ]
        pieces += [(clause.start, clause.id, _clause(clause, words)) for clause in clauses]
        pieces.sort(key=lambda piece: piece[0])
        return cls(
            document,
            language,
            tuple(ident for _, ident, _ in pieces),
            tuple(html for _, _, html in pieces),
            _tree(document, clauses, headings),
        )

    def html(
        self,
        target: Clause | None,
        citations: Sequence[Citation],
        today: date,
        *,
        back: bool = True,
        number: int = 0,
        turn: int = -1,
    ) -> str:
        """The whole document, open at ``target``, whose quotes are marked; ``back`` to the clauses
        that an answer cites, where it is the ``number``-th of those of that ``turn``."""
        words = PAGE[self.language]
        pieces = list(self.pieces)
        if target is not None and target.id in self.idents:
            at = self.idents.index(target.id)
            pieces[at] = _clause(target, words, citations, target=True, number=number, turn=turn)
        name = escape(self.document.name)
        to = escape(words["back"])
        left = f'<button type="button" name="back" class="pa-back">← {to}</button>' if back else ""
        contents = (
            '<button type="button" name="contents" class="pa-back pa-to-tree" '
            f'aria-expanded="false">{escape(words["contents"])}</button>'
        )
        return (
            f'<section class="pa-document" aria-label="{name}">'
            f"{_head(f'<span>{left}{contents}</span>', words)}"
            f"<h2>{name}</h2>{validity_html(self.document, words, today)}"
            f'<div class="pa-body"><nav class="pa-tree" aria-label="{escape(words["contents"])}">'
            f'{self.tree}</nav><div class="pa-pages">{_sheets(pieces)}</div></div></section>'
        )


def _sheets(pieces: Sequence[str]) -> str:
    """The pieces of a document, a long one in sheets."""
    if len(pieces) <= 2 * _SHEET:
        return "".join(pieces)
    return "".join(
        f'<div class="pa-sheet">{"".join(pieces[at : at + _SHEET])}</div>'
        for at in range(0, len(pieces), _SHEET)
    )


def _heading(document: Document, heading: Heading) -> str:
    return (
        f'<h3 class="pa-heading" data-depth="{heading.depth}" id="heading-{heading.start}">'
        f"{escape(document.text[heading.start : heading.end])}</h3>"
    )


def _clause(
    clause: Clause,
    words: Words,
    citations: Sequence[Citation] = (),
    *,
    target: bool = False,
    number: int = 0,
    turn: int = -1,
) -> str:
    """A clause in its document; the one that an answer cites leads back to the answer."""
    ident = escape(clause.id)
    state = ' pa-target" tabindex="-1' if target else ""
    back = ""
    if target and number:
        label = escape(words["to_answer"])
        back = (
            f'<button type="button" name="answer" value="{turn}:{ident}" class="pa-mark-number" '
            f'title="{label}" aria-label="{label} 〔{number}〕">〔{number}〕</button>'
        )
    link = escape(f"{words['link']}：{clause.number or clause.address}")
    return (
        f'<div id="clause-{ident}" class="pa-clause{state}">{back}'
        f"{marked(clause, citations, linked=True)}"
        f'<a class="pa-anchor" href="?clause={ident}" title="{escape(words["link"])}" '
        f'aria-label="{link}">#</a></div>'
    )


def _label(clause: Clause) -> str:
    """What the table of contents calls a clause: number and heading, or how it begins."""
    if clause.heading:
        return f"{clause.number} {clause.heading}".strip()
    line = clean(clause.text)
    begin = line[:_LABEL] + ("…" if len(line) > _LABEL else "")
    printed = _MARKS.sub("", fold_width(line))
    numbered = clause.number and printed.startswith(_MARKS.sub("", fold_width(clause.number)))
    return begin if numbered else f"{clause.number} {begin}".strip()


def _entry(clause: Clause) -> str:
    ident, said = escape(clause.id), escape(_label(clause))
    return f'<li><a href="?clause={ident}" data-jump="clause-{ident}">{said}</a></li>'


def _tree(document: Document, clauses: Sequence[Clause], headings: Sequence[Heading]) -> str:
    """Headings that can be folded, with the clauses below them."""
    unfolded = " open" if len(clauses) <= _OPEN_UP_TO else ""
    starts = [clause.start for clause in clauses]
    parts = ["<ol>"]
    depths: list[int] = []
    at = 0

    def items(until: int) -> None:
        nonlocal at
        run = clauses[at:until]
        step = _FOLD if len(run) > _LONG_RUN else len(run)
        for begin in range(0, len(run), step or 1):
            some = run[begin : begin + step]
            links = "".join(map(_entry, some))
            if len(some) == len(run):
                parts.append(links)
            else:
                said = f"{some[0].number or begin + 1} – {some[-1].number or begin + len(some)}"
                parts.append(
                    f"<li><details><summary>{escape(said)}</summary><ol>{links}</ol></details></li>"
                )
        at = until

    ordered = sorted(headings, key=lambda heading: heading.start)
    for here, heading in enumerate(ordered):
        items(bisect_right(starts, heading.start))
        while depths and depths[-1] >= heading.depth:
            depths.pop()
            parts.append("</ol></details></li>")
        following = ordered[here + 1].start if here + 1 < len(ordered) else None
        holds = at < len(starts) and (following is None or starts[at] < following)
        deeper = here + 1 < len(ordered) and ordered[here + 1].depth > heading.depth
        said = escape(document.text[heading.start : heading.end])
        if holds or deeper:
            depths.append(heading.depth)
            parts.append(
                f'<li><details{unfolded}><summary data-jump="heading-{heading.start}">{said}'
                "</summary><ol>"
            )
        else:  # nothing stands below it: a title, a line of its own
            parts.append(
                f'<li><a href="#heading-{heading.start}" '
                f'data-jump="heading-{heading.start}">{said}</a></li>'
            )
    items(len(clauses))
    parts.append("</ol></details></li>" * len(depths))
    parts.append("</ol>")
    return "".join(parts)
