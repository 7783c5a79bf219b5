"""The page's language, and the way in."""

from __future__ import annotations

import gradio as gr

from assistant.page import render
from assistant.page.conversation import Conversation
from assistant.page.examples import examples
from assistant.page.filters import Limits
from assistant.page.handlers.desk import Changes, Desk, command, query_of
from assistant.page.panel import Shown
from assistant.page.visitor import visitor_of
from assistant.page.words import PAGE

_OTHER = {"zh": "en", "en": "zh"}


class Frame:
    """The handlers of what concerns the whole page."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def _library(self, language: str, request: gr.Request) -> Changes:
        """The library's tab, as the visitor may see it."""
        shelves = self._desk.parts.library
        values = shelves.refresh(language, visitor_of(request).may_edit)
        return dict(zip(shelves.outputs, values, strict=True))

    def open_library(self, language: str, request: gr.Request) -> Changes:
        """The library's tab is opened: it shows what the library holds now."""
        return self._library(language, request)

    def rebuilt(self, language: str) -> Changes:
        """The library may be another."""
        return {self._desk.parts.top.header: self._desk.header(language), **self._desk.choices()}

    def switch_language(
        self, language: str, talk: Conversation, shown: Shown, limits: Limits, request: gr.Request
    ) -> Changes:
        """The other language, for the page and for what has been said."""
        new = _OTHER[language]
        self._desk.speaker.in_language(talk, new)
        return {
            **self._worded(new),
            self._desk.parts.talk.chat: gr.update(
                value=self._desk.messages(talk, new),
                label=PAGE[new]["chat"],
                placeholder=PAGE[new]["welcome"],
            ),
            self._desk.parts.source: self._desk.panel.html(shown, talk, new),
            self._desk.parts.limits.chips: render.chips_html(limits, new),
            **self._library(new, request),
        }

    def _worded(self, language: str) -> Changes:
        """All parts with their words in a language."""
        words = PAGE[language]
        top, talk, find, box = (
            self._desk.parts.top,
            self._desk.parts.talk,
            self._desk.parts.find,
            self._desk.parts.limits,
        )
        return {
            self._desk.parts.session.language: language,
            top.header: self._desk.header(language),
            top.language: gr.update(value=words["language"]),
            top.theme: gr.update(value=words["theme"]),
            box.box: gr.update(label=words["filters"]),
            box.regions: gr.update(label=words["filter_places"]),
            box.documents: gr.update(label=words["filter_documents"]),
            box.as_of: gr.update(label=words["filter_day"]),
            talk.tab: gr.update(label=words["tab_chat"]),
            talk.comment_skip: gr.update(value=words["comment_skip"]),
            talk.comment_box: gr.update(
                label=words["comment_up"], submit_btn=words["comment_send"]
            ),
            talk.box: gr.update(
                placeholder=words["ask"], label=words["ask_label"], submit_btn=words["send"]
            ),
            talk.care: render.care_html(language),
            talk.markdown: gr.update(value=words["export_markdown"]),
            talk.docx: gr.update(value=words["export_docx"]),
            talk.new: gr.update(value=words["new"]),
            find.tab: gr.update(label=words["tab_find"]),
            self._desk.parts.library_tab: gr.update(label=words["tab_library"]),
            find.box: gr.update(
                placeholder=words["find"], label=words["find_label"], submit_btn=words["find_go"]
            ),
            find.ranks: gr.update(label=words["find_ranks"]),
            self._desk.parts.bus: command(
                "language",
                language=language,
                copied=words["copied"],
                link=words["link_copied"],
                day=words["filter_day"],
            ),
        }

    def arrive(self, language: str, talk: Conversation, request: gr.Request) -> Changes:
        """The page was opened, perhaps by a permanent link: ``?clause=``, filters (``region``,
        ``document``, ``as_of``), ``lang``; the question of ``?q=`` is asked after it."""
        query = query_of(request)
        wanted = next(iter(query.get("lang", ())), language)
        language = wanted if wanted in PAGE else language
        changes: Changes = {
            **self._desk.choices(),
            **self._worded(language),
            **self._library(language, request),
        }
        names = {source: title for title, source in self._desk.documents()}
        limits = Limits.of_query(query, names)
        if limits:
            changes.update(self._desk.set_limits(limits))
            changes[self._desk.parts.session.limits] = limits
            changes[self._desk.parts.limits.chips] = render.chips_html(limits, language)
        clause = next(iter(query.get("clause", ())), "")
        if clause:
            changes[self._desk.parts.bus]["command"]["open"] = "panel"  # on a phone it lies over
        if clause or (language != self._desk.settings.language and not talk.turns):
            changes.update(self._desk.show(Shown(-1, clause), talk, language))
        # A visitor may have asked before this comes: what was said, and its clauses, are left alone
        changes[self._desk.parts.talk.chat] = gr.update(
            label=PAGE[language]["chat"],
            placeholder=PAGE[language]["welcome"],
            examples=[{"text": text} for text in examples(self._desk.assistant, language)],
        )
        return changes
