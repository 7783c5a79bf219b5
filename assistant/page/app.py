"""The page: what happens on its parts.

In: an open :class:`~assistant.api.Assistant`. Out: a ``gradio.Blocks``. The conversation is kept in
the session's own state; the page shares nothing between its visitors but the assistant. What is
clicked inside of HTML arrives as an event of the component ``bus``, whose script is ``page.js``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from assistant.api import Assistant
from assistant.page.feedback import Feedback
from assistant.page.find import Finder
from assistant.page.handlers import Desk, Frame, Limiting, Look, Talk
from assistant.page.layout import lay_out
from assistant.page.words import PAGE
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


def build(
    assistant: Assistant, settings: Settings, finder: Finder, feedback: Feedback | None
) -> gr.Blocks:
    """The page over an open assistant."""
    desk = Desk(assistant, settings, finder, feedback)
    language = settings.language
    blocks: gr.Blocks = gr.Blocks(
        title=PAGE[language]["title"], analytics_enabled=False, fill_height=True
    )
    with blocks:
        parts = lay_out(desk.contents(language), language, lambda: None)
        desk.over(parts)
        _wire(blocks, desk)
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
    lang, turns, shown, limits = session.language, session.turns, session.shown, session.limits

    def on(event: Callable[..., Any], fn: Callable[..., Any], takes: Any, gives: Any) -> Any:
        return event(fn, takes, gives, **_PRIVATE)

    asked = [talk.box, turns, limits, lang]
    spoken = [turns, shown, talk.chat, talk.comment, parts.source, parts.top.header]
    answered = [talk.box, *spoken]
    talk.box.submit(talking.submit, asked, answered, concurrency_limit=_AT_ONCE, **_PRIVATE)
    on(talk.chat.example_select, _example, None, talk.box).then(
        talking.submit, asked, answered, concurrency_limit=_AT_ONCE, **_PRIVATE
    )
    on(talk.new.click, talking.clear, lang, spoken)

    on(bus.open, looking.open, [shown, turns, lang], [shown, parts.source])
    on(bus.back, looking.back, [shown, turns, lang], [shown, parts.source])

    judged = [turns, session.judged, talk.chat, talk.comment, talk.comment_box]
    on(bus.rate, talking.rate, [turns, lang], judged)
    comment = [talk.comment_box, session.judged, turns, lang]
    on(talk.comment_box.submit, talking.comment, comment, [talk.comment, bus])
    on(talk.comment_skip.click, talking.skip_comment, None, [talk.comment])
    on(talk.markdown.click, talking.exporter("md"), [turns, lang], [bus])
    on(talk.docx.click, talking.exporter("docx"), [turns, lang], [bus])

    limited = [*bounds.inputs, limits, lang]
    for event in (bounds.regions.change, bounds.documents.change, bounds.as_of.change):
        on(event, limiting.limit, limited, [limits, bounds.chips])
    on(bus.unfilter, limiting.unfilter, limits, bounds.inputs)
    on(bounds.box.expand, limiting.choices, None, [bounds.regions, bounds.documents])

    searched = [find.box, limits, lang, find.ranks]
    for event in (find.box.submit, find.ranks.input, find.tab.select):
        on(event, looking.search, searched, [find.found])
    on(bus.browse, looking.browse, lang, [find.box, find.found])
    on(bus.subject, looking.subject, lang, [find.found])

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
        parts.source,
        bus,
        turns,
    ]
    on(
        parts.top.language.click,
        frame.switch_language,
        [lang, turns, shown, limits],
        worded,
    ).then(looking.search, searched, [find.found], **_PRIVATE)
    parts.top.theme.click(None, None, None, js="() => document.paToggleTheme()", **_PRIVATE)
    on(blocks.load, frame.arrive, [lang], [*worded, limits, shown, talk.comment])


def _example(event: gr.SelectData) -> str:
    """An example that was clicked, as the box's text."""
    return str(event.value["text"])
