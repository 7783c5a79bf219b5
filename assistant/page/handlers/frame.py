"""The page's language, and the way in."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr

from assistant.page import render
from assistant.page.conversation import Turns
from assistant.page.examples import examples
from assistant.page.filters import Limits
from assistant.page.handlers.desk import Changes, Desk, command
from assistant.page.panel import Shown
from assistant.page.words import PAGE

_OTHER = {"zh": "en", "en": "zh"}


class Frame:
    """The handlers of what concerns the whole page."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def switch_language(self, language: str, turns: Turns, shown: Shown, limits: Limits) -> Changes:
        """The other language, for the page and for what has been said."""
        new = _OTHER[language]
        turns = self._desk.speaker.in_language(turns, new)
        return {
            **self._worded(new),
            self._desk.parts.session.turns: turns,
            self._desk.parts.talk.chat: gr.update(
                value=self._desk.messages(turns, new),
                label=PAGE[new]["chat"],
                placeholder=PAGE[new]["welcome"],
            ),
            self._desk.parts.source: self._desk.panel.html(shown, turns, new),
            self._desk.parts.limits.chips: render.chips_html(limits, new),
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
            talk.comment_box: gr.update(submit_btn=words["comment_send"]),
            talk.box: gr.update(
                placeholder=words["ask"], label=words["ask_label"], submit_btn=words["send"]
            ),
            talk.care: render.care_html(language),
            talk.markdown: gr.update(value=words["export_markdown"]),
            talk.docx: gr.update(value=words["export_docx"]),
            talk.new: gr.update(value=words["new"]),
            find.tab: gr.update(label=words["tab_find"]),
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

    def arrive(self, language: str, request: gr.Request) -> Changes:
        """The page was opened, perhaps by a permanent link: ``?clause=``, ``?q=``, filters
        (``region``, ``document``, ``as_of``), ``lang``."""
        query = _query(request)
        wanted = next(iter(query.get("lang", ())), language)
        language = wanted if wanted in PAGE else language
        changes: Changes = {**self._desk.choices(), **self._worded(language)}
        names = {source: title for title, source in self._desk.documents()}
        limits = Limits.of_query(query, names)
        if limits:
            changes.update(self._desk.set_limits(limits))
            changes[self._desk.parts.session.limits] = limits
            changes[self._desk.parts.limits.chips] = render.chips_html(limits, language)
        turns: Turns = ()
        question = next(iter(query.get("q", ())), "")
        if question:
            turns = self._desk.speaker.ask(question, turns, limits, language)
        changes.update(self._desk.spoken(turns, language))
        clause = next(iter(query.get("clause", ())), "")
        if clause:
            changes.update(self._desk.show(Shown(-1, clause), turns, language))
        changes[self._desk.parts.talk.chat] = gr.update(
            value=self._desk.messages(turns, language),
            placeholder=PAGE[language]["welcome"],
            examples=[{"text": text} for text in examples(self._desk.assistant, language)],
        )
        return changes


def _query(request: gr.Request) -> dict[str, Sequence[str]]:
    """The query of the page's address."""
    params = getattr(request, "query_params", None)
    if params is None:
        return {}
    if hasattr(params, "multi_items"):
        query: dict[str, list[str]] = {}
        for name, value in params.multi_items():
            query.setdefault(name, []).append(value)
        return dict(query)
    return {name: [str(value)] for name, value in dict(params).items()}
