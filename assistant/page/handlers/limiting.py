"""Setting and clearing filters."""

from __future__ import annotations

from typing import Any

import gradio as gr

from assistant.page import render
from assistant.page.filters import Limits, day_of
from assistant.page.handlers.desk import Changes, Desk, data_of
from assistant.page.words import PAGE


class Limiting:
    """The handlers of the filters."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def limit(
        self, regions: Any, documents: Any, as_of: Any, limits: Limits, language: str
    ) -> Changes:
        """The filters were changed."""
        titles = {source: title for title, source in self._desk.documents()}
        day = day_of(as_of)
        if str(as_of or "").strip() and day is None:
            gr.Warning(PAGE[language]["filter_bad_day"].format(value=as_of), title="")
            day = limits.as_of
        sources = tuple(map(str, documents or ()))
        new = Limits(
            regions=tuple(map(str, regions or ())),
            documents=sources,
            as_of=day,
            names=tuple(titles.get(source, source) for source in sources),
        )
        return {
            self._desk.parts.session.limits: new,
            self._desk.parts.limits.chips: render.chips_html(new, language),
        }

    def unfilter(self, limits: Limits, event: gr.EventData) -> Changes:
        """A chip's cross was clicked: the boxes lose that value, and tell of it themselves."""
        data = data_of(event)
        kind, _, value = str(data.get("filter") or "").partition(":")
        return self._desk.set_limits(limits.without(kind, value))

    def choices(self) -> Changes:
        """What can be chosen, as the library now is."""
        return self._desk.choices()
