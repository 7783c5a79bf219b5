"""The library tab: its components, and what happens on them.

In: a :class:`~assistant.page.library.Library`. Out: a :class:`LibraryTab`, by which the page's
owner brings it up to date. The uploads go through :mod:`.uploads`, whose routes stand beside the
page.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

import gradio as gr
from starlette.requests import Request

from assistant.api import Assistant
from assistant.errors import AssistantError
from assistant.page.library.figure import amounts_html
from assistant.page.library.library import Library
from assistant.page.library.listing import (
    documents_html,
    editing_html,
    error_html,
    progress_html,
    report_html,
)
from assistant.page.library.matrix import Cell, amounts_listed, matrix_html, subject_listed
from assistant.page.library.overview import State
from assistant.page.library.pictures import Pictures
from assistant.page.library.refusals import RefusedError
from assistant.page.library.words import FIGURE, TAB
from assistant.page.render import escape
from assistant.retrieval import Synonyms
from assistant.settings import Settings

_LOOK_EVERY = 0.25
"""Seconds between two looks at how far a build is."""
_KEPT = 8
"""Lists that are kept as they were shown: two languages, for those who may edit and those who may
not, today and yesterday."""
_MAX_SOUGHT = 200

_log = logging.getLogger(__name__)

MayEdit = Callable[[Request], bool]


@dataclass(frozen=True, slots=True)
class LibraryTab:
    """What the page's owner needs of the tab."""

    outputs: tuple[gr.blocks.Block, ...]
    refresh: Callable[[str, bool], tuple[Any, ...]]
    """``refresh(language, may_edit)``: the new values of ``outputs``, for the page's load, for when
    the tab is opened, and for a change of language."""
    rebuilt: tuple[Any, ...]
    """The events after which the index may be another; ``event.then(…)`` hears of each."""


def style() -> str:
    """The tab's style sheet, which the page takes in."""
    return files("assistant.page.library").joinpath("library.css").read_text("utf-8")


def script() -> str:
    """The tab's script."""
    return files("assistant.page.library").joinpath("library.js").read_text("utf-8")


def add(
    assistant: Assistant,
    settings: Settings,
    library: Library,
    language: gr.State,
    *,
    may_edit: MayEdit,
    upload_limit_mb: int = 20,
) -> LibraryTab:
    """Adds the tab's content to the ``gr.Tab`` that is open; ``language`` holds ``zh`` or ``en``,
    and ``may_edit`` says whether who sends a request may change the library. It shows no control
    that does until :attr:`LibraryTab.refresh` says that the visitor may use it."""
    synonyms = Synonyms.load(settings.synonyms)
    handlers = _Handlers(library, Pictures(library, assistant.tokenizer, synonyms), upload_limit_mb)
    start = settings.language
    words = TAB[start]
    with gr.Column(elem_id="library"), gr.Tabs(elem_id="library-views"):
        with gr.Tab(words["documents"], id="documents") as documents_tab:
            editing = _html(handlers.editing(start, allowed=False), "library-editing")
            rebuild = gr.Button(
                words["rebuild"], visible=False, size="sm", elem_id="library-rebuild"
            )
            status = _html("", "library-status")
            find = gr.Textbox(
                placeholder=words["find"],
                label=words["find_label"],
                show_label=False,
                max_length=_MAX_SOUGHT,
                elem_id="library-find",
            )
            documents = _html(
                handlers.documents("", None, start, allowed=False),
                "library-documents",
                js_on_load=script(),
            )
        with gr.Tab(words["amounts"], id="amounts") as amounts_tab:
            amounts = _html(handlers.amounts(start), "library-amounts")
            amounts_picked = _html("", "library-amounts-picked")
        with gr.Tab(words["subjects"], id="subjects") as subjects_tab:
            subjects = _html(handlers.subjects(start), "library-subjects")
            subjects_picked = _html("", "library-subjects-picked")
    state = gr.State(None)
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

    def allowed(request: gr.Request) -> bool:
        return request.request is not None and may_edit(request.request)

    def narrow(text: str, chosen: str | None, now: str, request: gr.Request) -> str:
        return handlers.documents(text, chosen, now, allowed=allowed(request))

    # not find.input, which in Gradio 6.31 is late by a character or more
    find.change(narrow, [find, state, language], documents, trigger_mode="always_last", **quiet)
    # a list that was asked for before the last words came: the script asks again
    documents.seek(narrow, [find, state, language], documents, **quiet)

    def choose(text: str, now: str, request: gr.Request, event: gr.EventData) -> tuple[str, Any]:
        chosen = str(getattr(event, "state", "")) or None
        return handlers.documents(text, chosen, now, allowed=allowed(request)), chosen

    documents.choose(choose, [find, language], [documents, state], **quiet)

    shown = (documents, amounts, subjects, amounts_picked, subjects_picked)

    async def build(
        text: str, chosen: str | None, now: str, request: gr.Request, *, pressed: bool
    ) -> AsyncIterator[tuple[Any, ...]]:
        still = tuple(gr.skip() for _ in shown)
        if not allowed(request):
            yield (handlers.refused(now), *still)
            return
        going = _Build(library)
        while not going.done:
            yield (progress_html(library.progress, now), *still)
            await asyncio.sleep(_LOOK_EVERY)
        said = await asyncio.to_thread(handlers.outcome, going, now, pressed=pressed)
        listed = await asyncio.to_thread(handlers.documents, text, chosen, now, allowed=True)
        yield (said, listed, handlers.amounts(now), handlers.subjects(now), "", "")

    async def press(
        text: str, chosen: str | None, now: str, request: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        async for shown_now in build(text, chosen, now, request, pressed=True):
            yield shown_now

    async def follow(
        text: str, chosen: str | None, now: str, request: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        async for shown_now in build(text, chosen, now, request, pressed=False):
            yield shown_now

    wanted: dict[str, Any] = {
        "inputs": [find, state, language],
        "outputs": [status, *shown],
        "concurrency_limit": None,  # they share one build, and only look how far it is
        **quiet,
    }
    rebuilt = (
        rebuild.click(press, **wanted),
        # what changes while a build is under way is in the next one
        documents.changed(follow, **wanted, trigger_mode="always_last"),
    )

    def pick(now: str, event: gr.EventData) -> tuple[str, str, str, str]:
        return handlers.picked(
            str(getattr(event, "picture", "")), str(getattr(event, "cell", "")), now
        )

    documents.pick(pick, language, [amounts, amounts_picked, subjects, subjects_picked], **quiet)
    amounts_tab.select(lambda now: handlers.amounts(now, wait=True), language, amounts, **quiet)
    subjects_tab.select(lambda now: handlers.subjects(now, wait=True), language, subjects, **quiet)

    outputs = (
        editing, rebuild, status, find, state, *shown, documents_tab, amounts_tab, subjects_tab
    )  # fmt: skip

    def refresh(now: str, may: bool) -> tuple[Any, ...]:
        said = TAB[now]
        return (
            handlers.editing(now, allowed=may),
            gr.update(value=said["rebuild"], visible=may),
            handlers.broken(now),
            gr.update(placeholder=said["find"], label=said["find_label"]),
            None,
            handlers.documents("", None, now, allowed=may),
            handlers.amounts(now),
            handlers.subjects(now),
            "",
            "",
            *(gr.update(label=said[name]) for name in ("documents", "amounts", "subjects")),
        )

    return LibraryTab(outputs, refresh, rebuilt)


def _html(value: str, elem_id: str, js_on_load: str | None = None) -> gr.HTML:
    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=js_on_load)


class _Build:
    """A build that goes on in a thread of its own."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._thread = threading.Thread(target=self._run, name="rebuild", daemon=True)
        self.report: Any = None
        self.error: AssistantError | None = None
        self._thread.start()

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self.report = self._library.rebuild()
        except AssistantError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - the page says that it failed
            _log.exception("A build failed")
            self.error = AssistantError(f"Internal error: {type(error).__name__}.")


class _Handlers:
    """What the tab shows; each answers with HTML."""

    def __init__(self, library: Library, pictures: Pictures, limit_mb: int) -> None:
        self._library = library
        self._pictures = pictures
        self._limit_mb = limit_mb
        self._kept: dict[tuple[object, ...], str] = {}

    def editing(self, language: str, *, allowed: bool) -> str:
        return editing_html(language, self._limit_mb, may_edit=allowed)

    def refused(self, language: str) -> str:
        said = escape(RefusedError("not_allowed").said(language))
        return f'<p class="pl-done pl-wrong" role="status">{said}</p>'

    def broken(self, language: str) -> str:
        """What the last build broke off with, if it did."""
        return error_html(self._library.error, language) if self._library.error else ""

    def outcome(self, build: _Build, language: str, *, pressed: bool) -> str:
        if build.error:
            return error_html(build.error, language)
        overview = self._library.overview(date.today())
        return report_html(build.report, overview, language, pressed=pressed)

    def documents(self, text: str, chosen: str | None, language: str, *, allowed: bool) -> str:
        """The list; that of the whole library is kept, since everyone asks for it."""
        try:
            overview = self._library.overview(date.today())
            state = State(chosen) if chosen in {one.value for one in State} else None
            whole = not text.strip() and state is None
            key = (overview.generation, overview.today, language, allowed)
            if whole and key in self._kept:
                return self._kept[key]
            shown = documents_html(
                overview,
                overview.narrowed(text[:_MAX_SOUGHT], state),
                self._library.excerpts,
                language,
                sought=text[:_MAX_SOUGHT],
                state=state,
                may_edit=allowed,
            )
        except AssistantError as error:
            return error_html(error, language)
        if whole:
            while len(self._kept) >= _KEPT:
                self._kept.pop(next(iter(self._kept)), None)
            self._kept[key] = shown
        return shown

    def amounts(self, language: str, *, wait: bool = False) -> str:
        """The picture of the amounts; where it would take long, only if it is waited for."""
        if not (wait or self._pictures.amounts_at_hand):
            return _pending(language)
        return amounts_html(self._pictures.amounts(), language)

    def subjects(self, language: str, *, wait: bool = False) -> str:
        """The table of subjects; where it would take long, only if it is waited for."""
        if not (wait or self._pictures.matrix_at_hand):
            return _pending(language)
        return matrix_html(self._pictures.matrix(), language)

    def picked(self, picture: str, cell: str, language: str) -> tuple[Any, Any, Any, Any]:
        """The clauses behind a cell of a picture: both pictures, and both lists."""
        where = Cell.parse(cell)
        skipped = gr.skip()
        if where is None:
            return skipped, skipped, skipped, skipped
        outdated = f'<p class="pl-note">{escape(FIGURE[language]["outdated"])}</p>'
        if picture == "amounts":
            listed = amounts_listed(self._pictures.amounts(), where, language)
            drawn = skipped if listed else self.amounts(language, wait=True)
            return drawn, listed or outdated, skipped, skipped
        listed = subject_listed(self._pictures.matrix(), where, language)
        drawn = skipped if listed else self.subjects(language, wait=True)
        return skipped, skipped, drawn, listed or outdated


def _pending(language: str) -> str:
    return f'<p class="pl-note">{escape(FIGURE[language]["pending"])}</p>'
