"""Finding without asking: the search box, and browsing by document and subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from assistant.api import Assistant
from assistant.errors import AssistantError, QuestionError
from assistant.index.store import Store
from assistant.page import render
from assistant.page.filters import Limits
from assistant.page.render.finding import Topic
from assistant.page.words import PAGE

_FOUND = 20
"""Clauses that a search lists."""
_OF_SUBJECT = 60
"""Clauses of a subject that are listed."""


class Subject(Protocol):
    """What several clauses are about."""

    @property
    def name(self) -> str: ...
    @property
    def rows(self) -> Sequence[int]: ...


class Subjects(Protocol):
    """Finds the subjects of a library."""

    def __call__(self, store: Store) -> Sequence[Subject]: ...


class Finder:
    """Makes what the tab shows."""

    def __init__(self, assistant: Assistant, subjects: Subjects) -> None:
        self._assistant = assistant
        self._subjects = subjects

    def html(self, text: str, limits: Limits, language: str, *, ranks: bool) -> str:
        """The clauses that a search for ``text`` finds within ``limits``; without a text what can
        be browsed."""
        if not text.strip():
            return self.browse(language)
        try:
            hits = self._assistant.retrieve(text, top_k=_FOUND, **limits.arguments())
        except QuestionError:
            return self.browse(language)
        except AssistantError as error:
            said = PAGE[language]["failed"].format(message=error.message)
            return render.said_html(said)
        return render.hits_html(hits, language, ranks=ranks)

    def browse(self, language: str) -> str:
        """The library's documents and subjects."""
        store = self._assistant.snapshot.store
        entries = store.entries
        counts = {row: len(store.rows_of_document(row)) for row in range(len(entries))}
        topics = [Topic(one.name, len(one.rows)) for one in self._subjects(store)]
        return render.browse_html(entries, counts, topics, language)

    def subject(self, name: str, language: str) -> str:
        """The clauses about a subject."""
        store = self._assistant.snapshot.store
        rows = next((one.rows for one in self._subjects(store) if one.name == name), ())
        clauses = [store.clause(row) for row in rows[:_OF_SUBJECT]]
        return render.subject_html(name, clauses, len(rows), language)
