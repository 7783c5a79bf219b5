"""The source panel: the clauses that an answer cites, or a whole document open at one of them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assistant.answering import Answer, Citation, by_clause
from assistant.api import Assistant
from assistant.clauses import Clause
from assistant.errors import ClauseNotFoundError
from assistant.index.store import Store
from assistant.page import render
from assistant.page.conversation import Conversation, Turn
from assistant.page.render import DocumentView
from assistant.page.words import PAGE

_VIEWS = 12
"""Documents whose views are kept."""
_DIGITS = 12
_IDENT = 200
"""Characters of an address that are shown again where there is no such clause."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the panel shows: the clauses of the answer of ``turn`` (−1: of none); or, opened from
    there, the clause ``clause``, or the document ``document`` (``SOURCE#ROW``)."""

    turn: int = -1
    clause: str = ""
    document: str = ""


class Panel:
    """Makes the panel's HTML."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._lock = threading.Lock()
        self._generation = ""
        self._views: OrderedDict[tuple[int, str], DocumentView] = OrderedDict()

    def html(self, shown: Shown, talk: Conversation, language: str) -> str:
        """What ``shown`` says, for a visitor with that conversation."""
        turn = talk.turn(shown.turn) or Turn("")
        day = turn.limits.as_of or date.today()
        if shown.clause:
            return self._clause(shown, turn.answer, language, day)
        if shown.document:
            return self._document(shown, turn.answer, language, day)
        return render.cards_html(turn.answer, shown.turn, language, day)

    def _document(self, shown: Shown, answer: Answer | None, language: str, day: date) -> str:
        store = self._assistant.snapshot.store
        source, _, place = shown.document.rpartition("#")
        row = int(place) if place.isascii() and place.isdigit() and len(place) < _DIGITS else -1
        entries = store.entries
        if not (0 <= row < len(entries) and entries[row].source == source):
            # the library moved on: the first document of that file
            row = next((at for at, one in enumerate(entries) if one.source == source), -1)
        if row < 0:
            return _gone(source or shown.document, language)
        view = self._view(store, row, language)
        return view.html(None, (), day, back=answer is not None)

    def _clause(self, shown: Shown, answer: Answer | None, language: str, day: date) -> str:
        """A click on a citation: the document, open at the clause, the quotes marked."""
        clause = _clause_in(answer, shown.clause)
        if clause is None:
            try:
                clause = self._assistant.clause(shown.clause)
            except ClauseNotFoundError as error:
                return _gone(shown.clause, language, error.remedy)
        quotes = _quotes(answer, clause)
        number = _number(answer, clause)
        store = self._assistant.snapshot.store
        row = store.row_of_id(clause.id)
        if row is None:  # the index moved on and no longer holds it: it is shown alone
            view = DocumentView.of(clause.document, [clause], (), language)
        else:
            view = self._view(store, int(store.clause_document[row]), language)
            if view.document.text != clause.document.text:
                quotes = []  # the file changed since: its offsets are no longer those
                clause = store.clause(row)
        return view.html(
            clause, quotes, day, back=answer is not None, number=number, turn=shown.turn
        )

    def _view(self, store: Store, document: int, language: str) -> DocumentView:
        """The view of a document; those of older generations are forgotten."""
        generation, key = self._assistant.generation, (document, language)
        with self._lock:
            if generation != self._generation:
                self._views.clear()
                self._generation = generation
            if key in self._views:
                self._views.move_to_end(key)
                return self._views[key]
        clauses = [store.clause(row) for row in store.rows_of_document(document)]
        view = DocumentView.of(
            store.document(document), clauses, store.headings(document), language
        )
        with self._lock:
            if generation == self._generation:
                self._views[key] = view
            while len(self._views) > _VIEWS:
                self._views.popitem(last=False)
        return view


def _gone(ident: str, language: str, hint: str = "") -> str:
    shown = ident if len(ident) <= _IDENT else f"{ident[:_IDENT]}…"
    if hint.startswith("Nearest: "):
        near = hint.removeprefix("Nearest: ").rstrip(".")
        hint = PAGE[language]["clause_near"].format(near=near)
    else:
        hint = ""
    return render.gone_html(shown, hint, language)


def _clause_in(answer: Answer | None, ident: str) -> Clause | None:
    """The clause with that id among those that an answer shows."""
    if answer is None:
        return None
    shown = [c.clause for c in answer.citations] + [hit.clause for hit in answer.nearest]
    return next((clause for clause in shown if clause.id == ident), None)


def _quotes(answer: Answer | None, clause: Clause) -> list[Citation]:
    if answer is None:
        return []
    cited = [*answer.citations, *([answer.closest] if answer.closest else [])]
    return [citation for citation in cited if citation.clause.id == clause.id]


def _number(answer: Answer | None, clause: Clause) -> int:
    """The number of a clause in an answer, from 1; 0 where it is none of its clauses."""
    if answer is None:
        return 0
    shown: Sequence[str]
    if answer.abstained:
        shown = [hit.clause.id for hit in answer.nearest]
    elif answer.table is not None:
        shown = [row.citation.clause.id for row in answer.table if row.citation]
    else:
        shown = [some[0].clause.id for some in by_clause(answer.citations)]
    return shown.index(clause.id) + 1 if clause.id in shown else 0
