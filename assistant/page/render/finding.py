"""What a search finds, and what can be browsed → HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.clauses import Clause
from assistant.index.entry import Entry
from assistant.page.render.markup import clause_button, escape
from assistant.page.words import PAGE, Words
from assistant.retrieval import Hit
from assistant.retrieval.hit import ADDRESS, DENSE, LEXICAL, RERANKER
from assistant.text import clean

_SHOWN = 120
"""Characters of a clause in a list."""
_DOCUMENTS = 300
"""Documents that are listed; the search finds the others."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject that can be browsed: its name, and how many clauses are about it."""

    name: str
    clauses: int


def _line(clause: Clause) -> str:
    """A clause in a list: its address, which opens it, and how it begins."""
    text = clean(clause.text)
    shown = text[:_SHOWN] + ("…" if len(text) > _SHOWN else "")
    lead = clause_button(clause, -1, "pa-open", escape(clause.address))
    return f"{lead}<p>{escape(shown)}</p>"


def _ranks(hit: Hit, words: Words) -> str:
    """Where each channel saw a clause: why it stands where it stands."""
    said: list[str] = []
    for channel, key, name in (
        (DENSE, "find_rank_dense", "find_dense"),
        (LEXICAL, "find_rank_lexical", "find_lexical"),
    ):
        rank = hit.ranks.get(channel)
        none = words["find_rank_none"].format(channel=words[name])
        said.append(words[key].format(rank=rank) if rank else none)
    if ADDRESS in hit.ranks:
        said.append(words["find_rank_address"])
    if RERANKER in hit.ranks:
        said.append(words["find_rank_reranker"].format(rank=hit.ranks[RERANKER]))
    said.append(words["find_score"].format(score=f"{hit.score:.2f}"))
    return f'<p class="pa-ranks">{escape(" · ".join(said))}</p>'


def hits_html(hits: Sequence[Hit], language: str, *, ranks: bool) -> str:
    """The clauses that a search found, best first; with ``ranks`` why."""
    words = PAGE[language]
    back = _back(words)
    if not hits:
        return f'{back}<p class="pa-near" role="status">{escape(words["find_nothing"])}</p>'
    found = escape(words["find_found"].format(count=len(hits)))
    items = "".join(
        f"<li>{_line(hit.clause)}{_ranks(hit, words) if ranks else ''}</li>" for hit in hits
    )
    return f'{back}<p class="pa-near" role="status">{found}</p><ol class="pa-list">{items}</ol>'


def subject_html(subject: str, clauses: Sequence[Clause], total: int, language: str) -> str:
    """The clauses that are about a subject; ``total`` of them, of which ``clauses`` are shown."""
    words = PAGE[language]
    said = escape(words["browse_subject"].format(subject=subject, count=total))
    items = "".join(f"<li>{_line(clause)}</li>" for clause in clauses)
    more = ""
    if total > len(clauses):
        rest = words["browse_more"].format(count=total - len(clauses))
        more = f'<p class="pa-near">{escape(rest)}</p>'
    return (
        f'{_back(words)}<p class="pa-near" role="status">{said}</p>'
        f'<ol class="pa-list">{items}</ol>{more}'
    )


def _back(words: Words) -> str:
    return (
        '<button type="button" name="browse" value="" class="pa-act">'
        f"← {escape(words['find_back'])}</button>"
    )


def browse_html(
    entries: Sequence[Entry],
    counts: Mapping[int, int],
    topics: Sequence[Topic],
    language: str,
) -> str:
    """What can be browsed: the documents by place, each with its number of clauses
    (``counts[row]``), and the subjects."""
    words = PAGE[language]
    listed = sorted(range(len(entries)), key=lambda row: (entries[row].region, row))[:_DOCUMENTS]
    items = "".join(_entry(entries[row], row, counts[row], words) for row in listed)
    rest = len(entries) - len(listed)
    more = words["browse_more"].format(count=rest) if rest else ""
    subjects = "".join(
        f'<li><button type="button" name="subject" value="{escape(topic.name)}" class="pa-chip">'
        f"{escape(topic.name)}<small>{topic.clauses}</small></button></li>"
        for topic in topics
    )
    by_subject = (
        f'<h3>{escape(words["browse_subjects"])}</h3><ul class="pa-subjects">{subjects}</ul>'
        if topics
        else ""
    )
    return (
        f'<section class="pa-browse" aria-label="{escape(words["browse"])}">{by_subject}'
        f'<h3>{escape(words["browse_documents"])}</h3><ul class="pa-list">{items}</ul>'
        f'<p class="pa-near">{escape(more)}</p></section>'
    )


def _entry(entry: Entry, row: int, clauses: int, words: Words) -> str:
    value = escape(f"{entry.source}#{row}")
    said = " · ".join(
        part for part in (entry.region, words["browse_clauses"].format(count=clauses)) if part
    )
    return (
        f'<li><button type="button" name="document" value="{value}" class="pa-open">'
        f'{escape(entry.name)}</button><p class="pa-ranks">{escape(said)}</p></li>'
    )
