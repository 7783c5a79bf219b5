"""The frame of the page: its head, the filters that are set, the line of care."""

from __future__ import annotations

from assistant.page.filters import Limits
from assistant.page.render.markup import escape
from assistant.page.words import PAGE


def header_html(documents: int, clauses: int, language: str) -> str:
    """The page's title and what the library holds."""
    words = PAGE[language]
    subtitle = words["subtitle"].format(documents=documents, clauses=clauses)
    return (
        f'<div class="pa-header"><h1>{escape(words["title"])}</h1><p>{escape(subtitle)}</p></div>'
    )


def chips_html(limits: Limits, language: str) -> str:
    """The filters that are set, each with its cross, and one button that clears all; nothing where
    none is."""
    words = PAGE[language]
    if not limits:
        return ""
    chips: list[str] = []
    for kind, value, said in limits.named():
        shown = words["filter_as_of"].format(day=said) if kind == "as_of" else said
        label = words["filter_remove"].format(value=shown)
        chips.append(
            f'<button type="button" name="unfilter" value="{kind}:{escape(value)}" '
            f'class="pa-chip" aria-label="{escape(label)}">{escape(shown)}'
            '<span aria-hidden="true">✕</span></button>'
        )
    clear = (
        '<button type="button" name="unfilter" value="all:" class="pa-act">'
        f"{escape(words['filter_clear'])}</button>"
    )
    said = escape(words["filter_shown"])
    return f'<div class="pa-chips"><span>{said}</span>{"".join(chips)}{clear}</div>'


def care_html(language: str) -> str:
    """That quotations are no legal advice: said once, below the box."""
    return f'<p class="pa-care">{escape(PAGE[language]["care"])}</p>'
