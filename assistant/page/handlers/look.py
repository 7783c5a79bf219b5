"""Looking: the source panel, the search, browsing."""

from __future__ import annotations

import gradio as gr

from assistant.page.conversation import Conversation
from assistant.page.filters import Limits
from assistant.page.handlers.desk import Changes, Desk, data_of, whole
from assistant.page.panel import Shown


class Look:
    """The handlers of the source panel and of the search."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def open(self, shown: Shown, talk: Conversation, language: str, event: gr.EventData) -> Changes:
        """A click on a citation, a clause or a document: the document, open there."""
        data = data_of(event)
        document = str(data.get("document") or "")
        clause = str(data.get("clause") or "")
        turn = whole(data.get("turn"), shown.turn)
        now = Shown(turn if talk.turn(turn) else -1, clause, document)
        return self._desk.show(now, talk, language)

    def back(self, shown: Shown, talk: Conversation, language: str) -> Changes:
        """Back from a document to the clauses that the answer cites."""
        return self._desk.show(Shown(shown.turn), talk, language)

    def search(self, text: str, limits: Limits, language: str, ranks: bool) -> Changes:
        """The clauses that a search finds, or what can be browsed."""
        found = self._desk.finder.html(str(text or ""), limits, language, ranks=bool(ranks))
        return {self._desk.parts.find.found: found}

    def browse(self, language: str) -> Changes:
        """Back from a search to what can be browsed."""
        find = self._desk.parts.find
        return {find.box: "", find.found: self._desk.finder.browse(language)}

    def subject(self, language: str, event: gr.EventData) -> Changes:
        """The clauses about a subject."""
        name = str(data_of(event).get("subject") or "")
        return {self._desk.parts.find.found: self._desk.finder.subject(name, language)}
