"""Finding without asking: the search box, and browsing by document and subject."""

from __future__ import annotations

import threading

from assistant.api import Assistant
from assistant.errors import AssistantError, QuestionError
from assistant.page import render
from assistant.page.conversation import too_long_or_empty
from assistant.page.doors import said
from assistant.page.filters import Limits
from assistant.page.library.subjects import Subject, subjects_of
from assistant.page.render.finding import Topic
from assistant.page.words import PAGE
from assistant.retrieval import Synonyms
from assistant.settings import Settings

_FOUND = 20
"""Clauses that a search lists."""
_OF_SUBJECT = 60
"""Clauses of a subject that are listed."""


class Finder:
    """Makes what the tab shows."""

    def __init__(self, assistant: Assistant, settings: Settings, synonyms: Synonyms) -> None:
        """``synonyms``: words of one meaning are one subject."""
        self._assistant = assistant
        self._settings = settings
        self._synonyms = synonyms
        self._finding = threading.Lock()
        self._found: tuple[str, tuple[Subject, ...]] = ("", ())

    def html(self, text: str, limits: Limits, language: str, *, ranks: bool) -> str:
        """The clauses that a search for ``text`` finds within ``limits``; without a text what can
        be browsed."""
        if not text.strip():
            return self.browse(language)
        try:
            hits = self._assistant.retrieve(text, top_k=_FOUND, **limits.arguments())
        except QuestionError:
            key, gaps = too_long_or_empty(text, self._settings)
            return render.said_html(PAGE[language][key].format(**gaps))
        except AssistantError as error:
            return render.said_html(PAGE[language]["failed"].format(message=said(error)))
        return render.hits_html(hits, language, ranks=ranks)

    def browse(self, language: str) -> str:
        """The library's documents and subjects."""
        store = self._assistant.snapshot.store
        entries = store.entries
        counts = {row: len(store.rows_of_document(row)) for row in range(len(entries))}
        topics = [Topic(one.name, len(one.rows)) for one in self._subjects()]
        return render.browse_html(entries, counts, topics, language)

    def subject(self, name: str, language: str) -> str:
        """The clauses about a subject."""
        store = self._assistant.snapshot.store
        rows = next((one.rows for one in self._subjects() if one.name == name), ())
        clauses = [store.clause(row) for row in rows[:_OF_SUBJECT]]
        return render.subject_html(name, clauses, len(rows), language)

    def _subjects(self) -> tuple[Subject, ...]:
        """The subjects of the generation that answers, found once for each."""
        with self._finding:
            snapshot = self._assistant.snapshot
            generation = snapshot.manifest.generation
            if self._found[0] != generation:
                tokenizer, synonyms = self._assistant.tokenizer, self._synonyms
                found = subjects_of(snapshot.store, tokenizer, synonyms=synonyms)
                self._found = (generation, found)
            return self._found[1]
