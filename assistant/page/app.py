"""The page: what happens on its parts.

In: an open :class:`~assistant.api.Assistant`. Out: a ``gradio.Blocks``. The conversation is kept in
the session's own state; the page shares nothing between its visitors but the assistant. What is
clicked inside of HTML arrives as an event of the component ``bus``, whose script is ``page.js``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import gradio as gr

from assistant.api import Assistant
from assistant.page import doors, layout
from assistant.page.feedback import Feedback
from assistant.page.find import Finder
from assistant.page.handlers import Desk, Frame, Limiting, Look, Talk
from assistant.page.layout import lay_out
from assistant.page.library import Library, tab
from assistant.page.library.tab import LibraryTab
from assistant.page.visitor import visitor_of
from assistant.page.words import PAGE
from assistant.retrieval import Synonyms
from assistant.settings import Settings

FONTS = (
    "system-ui",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "sans-serif",
)
"""Fonts that lie on the reader's machine; nothing is fetched."""
_PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_AT_ONCE = 2
"""Questions that are worked on at once."""


def style() -> str:
    """The page's style sheets."""
    return layout.style() + tab.style()


def may_edit(request: Any) -> bool:
    """Whether who sends a request may change the library."""
    return visitor_of(request).may_edit


def build(
    assistant: Assistant,
    settings: Settings,
    library: Library | None = None,
    rebuild: doors.Rebuild | None = None,
) -> doors.Blocks:
    """The page over an open assistant, and the endpoints for programs. ``library`` is what changes
    the documents folder and the index, ``rebuild`` what programs do it by; where they are not given
    they are the page's own."""
    library = library or Library(assistant, settings)
    feedback = Feedback.open(settings.feedback) if settings.feedback else None
    finder = Finder(assistant, settings, Synonyms.load(settings.synonyms))
    desk = Desk(assistant, settings, finder, feedback)
    language = settings.language
    blocks = doors.Blocks(title=PAGE[language]["title"], analytics_enabled=False, fill_height=True)
    with blocks:

        def shelves(now: gr.State) -> LibraryTab:
            return tab.add(
                assistant,
                settings,
                library,
                now,
                may_edit=may_edit,
                upload_limit_mb=settings.upload_limit_mb,
            )

        parts = lay_out(desk.contents(language), language, shelves)
        desk.over(parts)
        _wire(blocks, desk)
        doors.attach(assistant, settings, rebuild or partial(library.rebuild, None))
    return blocks


def _wire(blocks: gr.Blocks, desk: Desk) -> None:
    parts = desk.parts
    talking, looking, limiting, frame = Talk(desk), Look(desk), Limiting(desk), Frame(desk)
    session, talk, find, bounds, bus = (
        parts.session,
        parts.talk,
        parts.find,
        parts.limits,
        parts.bus,
    )
    lang, said, shown, limits = session.language, session.talk, session.shown, session.limits

    def on(event: Callable[..., Any], fn: Callable[..., Any], takes: Any, gives: Any) -> Any:
        """What is done at once, for as many visitors as there are."""
        return event(fn, takes, gives, concurrency_limit=None, **_PRIVATE)

    def ask(event: Callable[..., Any], fn: Callable[..., Any], takes: Any, gives: Any) -> Any:
        """What asks the library; all such events share how many run at once."""
        return event(fn, takes, gives, concurrency_id="ask", concurrency_limit=_AT_ONCE, **_PRIVATE)

    asked = [talk.box, said, limits, lang]
    spoken = [shown, talk.chat, talk.comment, parts.source, parts.top.header]
    answered = [talk.box, *spoken]
    ask(talk.box.submit, talking.submit, asked, answered)
    ask(
        on(talk.chat.example_select, _example, None, talk.box).then, talking.submit, asked, answered
    )
    on(talk.new.click, talking.clear, [said, lang], spoken)

    several: dict[str, Any] = {"trigger_mode": "always_last", "concurrency_limit": None, **_PRIVATE}
    bus.open(looking.open, [shown, said, lang], [shown, parts.source], **several)
    bus.back(looking.back, [shown, said, lang], [shown, parts.source], **several)

    judged = [session.judged, talk.chat, talk.comment, talk.comment_box]
    bus.rate(talking.rate, [said, lang], judged, **{**several, "trigger_mode": "multiple"})
    comment = [talk.comment_box, session.judged, said, lang]
    on(talk.comment_box.submit, talking.comment, comment, [talk.comment, bus])
    on(talk.comment_skip.click, talking.skip_comment, None, [talk.comment])
    on(talk.markdown.click, talking.exporter("md"), [said, lang], [bus])
    on(talk.docx.click, talking.exporter("docx"), [said, lang], [bus])

    limited = [limits, bounds.chips]
    on(bounds.regions.change, limiting.choose_places, [bounds.regions, limits, lang], limited)
    on(
        bounds.documents.change,
        limiting.choose_documents,
        [bounds.documents, limits, lang],
        limited,
    )
    on(bounds.as_of.change, limiting.choose_day, [bounds.as_of, limits, lang], limited)
    bus.unfilter(
        limiting.unfilter,
        [limits, lang],
        [*bounds.inputs, *limited],
        **{**several, "trigger_mode": "multiple"},
    )
    on(bounds.box.expand, limiting.choices, None, [bounds.regions, bounds.documents])

    searched = [find.box, limits, lang, find.ranks]
    for event in (find.box.submit, find.ranks.input, find.tab.select):
        ask(event, looking.search, searched, [find.found])
    on(bus.browse, looking.browse, lang, [find.box, find.found])
    on(bus.subject, looking.subject, lang, [find.found])

    shelves = list(parts.library.outputs)
    on(parts.library_tab.select, frame.open_library, lang, shelves)
    told = [parts.top.header, bounds.regions, bounds.documents]
    for event in parts.library.rebuilt:
        event.then(frame.rebuilt, lang, told, **_PRIVATE)

    worded = [
        lang,
        parts.top.header,
        parts.top.language,
        parts.top.theme,
        bounds.box,
        *bounds.inputs,
        bounds.chips,
        talk.tab,
        talk.chat,
        talk.comment_skip,
        talk.comment_box,
        talk.box,
        talk.care,
        talk.markdown,
        talk.docx,
        talk.new,
        find.tab,
        find.box,
        find.ranks,
        parts.library_tab,
        *parts.library.outputs,
        parts.source,
        bus,
    ]
    switched = ask(
        parts.top.language.click, frame.switch_language, [lang, said, shown, limits], worded
    )
    ask(switched.then, looking.search, searched, [find.found])
    parts.top.theme.click(None, None, None, js="() => document.paToggleTheme()", **_PRIVATE)
    come = on(blocks.load, frame.arrive, [lang, said], [*worded, limits, shown])
    ask(come.then, talking.submit_link, [said, limits, lang], spoken)


def _example(event: gr.SelectData) -> str:
    """An example that was clicked, as the box's text."""
    return str(event.value["text"])
