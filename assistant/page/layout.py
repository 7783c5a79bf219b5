"""The page's parts, and where they stand.

In: what they hold at first, and a language. Out: :class:`Parts`, laid out inside the
``gradio.Blocks`` that is open. What happens on them is wired in ``app.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import gradio as gr

from assistant.page import render
from assistant.page.conversation import Conversation
from assistant.page.filters import Limits
from assistant.page.library.tab import LibraryTab
from assistant.page.panel import Shown
from assistant.page.words import PAGE

Choices = Sequence[tuple[str, str]]


def style() -> str:
    """The page's style sheet."""
    return files("assistant.page").joinpath("style.css").read_text("utf-8")


def script() -> str:
    """The page's script."""
    return files("assistant.page").joinpath("page.js").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Contents:
    """What the parts hold at first."""

    header: str
    panel: str
    examples: Sequence[str]
    places: Choices
    documents: Choices


@dataclass(frozen=True, slots=True)
class Session:
    """What the page keeps for each visitor."""

    language: gr.State
    talk: gr.State
    shown: gr.State
    limits: gr.State
    judged: gr.State
    """The turn whose judgement can be commented on."""


@dataclass(frozen=True, slots=True)
class Top:
    """What stands above everything."""

    header: gr.HTML
    theme: gr.Button
    language: gr.Button


@dataclass(frozen=True, slots=True)
class LimitBox:
    """The filters, and the chips that show which are set."""

    chips: gr.HTML
    box: gr.Accordion
    regions: gr.Dropdown
    documents: gr.Dropdown
    as_of: gr.DateTime

    @property
    def inputs(self) -> list[Any]:
        """Where filters are set."""
        return [self.regions, self.documents, self.as_of]


@dataclass(frozen=True, slots=True)
class ChatTab:
    """The conversation and its box."""

    tab: gr.Tab
    chat: gr.Chatbot
    comment: gr.Row
    comment_box: gr.Textbox
    comment_skip: gr.Button
    box: gr.Textbox
    care: gr.HTML
    markdown: gr.Button
    docx: gr.Button
    new: gr.Button


@dataclass(frozen=True, slots=True)
class FindTab:
    """The search and what it finds."""

    tab: gr.Tab
    box: gr.Textbox
    ranks: gr.Checkbox
    found: gr.HTML


@dataclass(frozen=True, slots=True)
class Parts:
    """All of the page."""

    session: Session
    top: Top
    limits: LimitBox
    tabs: gr.Tabs
    talk: ChatTab
    find: FindTab
    library_tab: gr.Tab
    library: LibraryTab
    source: gr.HTML
    bus: gr.HTML
    """Hears what is clicked inside of HTML, and tells the script what to do."""


def lay_out(contents: Contents, language: str, shelves: Callable[[gr.State], LibraryTab]) -> Parts:
    """Lays the page out; ``shelves`` fills the library's tab in the language of that state."""
    session = Session(
        gr.State(language),
        gr.State(Conversation()),
        gr.State(Shown()),
        gr.State(Limits()),
        gr.State(-1),
    )
    top = _top(contents, language)
    with gr.Row(elem_id="main"):
        with gr.Column(scale=5, min_width=320, elem_id="left"):
            limits = _limits(contents, language)
            with gr.Tabs(elem_id="tabs") as tabs:
                talk = _chat_tab(contents, language)
                find = _find_tab(language)
                said = PAGE[language]["tab_library"]
                with gr.Tab(said, id="library", elem_id="tab-library") as tab:
                    library = shelves(session.language)
        with gr.Column(scale=7, min_width=320, elem_id="right"):
            source = gr.HTML(
                contents.panel, elem_id="source", js_on_load=None, apply_default_css=False
            )
    bus = gr.HTML("", elem_id="bus", js_on_load=script(), apply_default_css=False, command={})
    return Parts(session, top, limits, tabs, talk, find, tab, library, source, bus)


def _top(contents: Contents, language: str) -> Top:
    words = PAGE[language]
    with gr.Row(elem_id="top"):
        return Top(
            gr.HTML(contents.header, elem_id="header"),
            gr.Button(words["theme"], size="sm", elem_id="theme", scale=0),
            gr.Button(words["language"], size="sm", elem_id="language", scale=0),
        )


def _limits(contents: Contents, language: str) -> LimitBox:
    words = PAGE[language]
    with gr.Column(elem_id="limits"):
        with gr.Accordion(words["filters"], open=False, elem_id="filters") as box, gr.Row():
            regions = gr.Dropdown(
                contents.places,
                multiselect=True,
                allow_custom_value=True,
                label=words["filter_places"],
                elem_id="places",
            )
            documents = gr.Dropdown(
                contents.documents,
                multiselect=True,
                allow_custom_value=True,  # a link may name what is not there (any more)
                label=words["filter_documents"],
                elem_id="documents",
            )
            as_of = gr.DateTime(
                include_time=False, type="string", label=words["filter_day"], elem_id="as-of"
            )
        chips = gr.HTML("", elem_id="chips")
    return LimitBox(chips, box, regions, documents, as_of)


def _chat_tab(contents: Contents, language: str) -> ChatTab:
    words = PAGE[language]
    with gr.Tab(words["tab_chat"], id="chat", elem_id="tab-chat") as tab:
        chat = gr.Chatbot(
            label=words["chat"],
            elem_id="chat",
            height="60vh",
            show_label=False,
            buttons=[],
            latex_delimiters=[],
            placeholder=words["welcome"],
            examples=[{"text": text} for text in contents.examples],
            feedback_options=None,
            layout="bubble",
            autoscroll=False,  # the script shows the newest answer from its beginning
        )
        with gr.Row(visible=False, elem_id="comment") as comment:
            comment_box = gr.Textbox(
                label=words["comment_up"],
                lines=1,
                max_lines=4,
                max_length=2_000,
                submit_btn=words["comment_send"],
                scale=8,
            )
            comment_skip = gr.Button(words["comment_skip"], size="sm", scale=0)
        box = gr.Textbox(
            placeholder=words["ask"],
            label=words["ask_label"],
            show_label=False,
            lines=1,
            max_lines=5,
            submit_btn=words["send"],
            autofocus=True,
            elem_id="question",
        )
        with gr.Row(elem_id="below"):
            care = gr.HTML(render.care_html(language), elem_id="care")
            markdown = gr.Button(words["export_markdown"], size="sm", scale=0, elem_id="markdown")
            docx = gr.Button(words["export_docx"], size="sm", scale=0, elem_id="docx")
            new = gr.Button(words["new"], size="sm", scale=0, elem_id="new")
    return ChatTab(tab, chat, comment, comment_box, comment_skip, box, care, markdown, docx, new)


def _find_tab(language: str) -> FindTab:
    words = PAGE[language]
    with gr.Tab(words["tab_find"], id="find", elem_id="tab-find") as tab:
        box = gr.Textbox(
            placeholder=words["find"],
            label=words["find_label"],
            show_label=False,
            lines=1,
            max_lines=1,
            submit_btn=words["find_go"],
            elem_id="search",
        )
        ranks = gr.Checkbox(False, label=words["find_ranks"], elem_id="ranks", container=False)
        found = gr.HTML("", elem_id="found", apply_default_css=False)
    return FindTab(tab, box, ranks, found)
