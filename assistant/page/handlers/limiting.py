"""Setting and clearing filters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr

from assistant.page import render
from assistant.page.filters import Limits, day_of, names_of
from assistant.page.handlers.desk import Changes, Desk, data_of, unchanged
from assistant.page.words import PAGE


class Limiting:
    """The handlers of the filters."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def choose_places(self, regions: Any, limits: Limits, language: str) -> Changes:
        """Places were chosen."""
        return self._told(replace(limits, regions=names_of(regions)), language)

    def choose_documents(self, documents: Any, limits: Limits, language: str) -> Changes:
        """Documents were chosen."""
        titles = {source: title for title, source in self._desk.documents()}
        sources = names_of(documents)
        names = tuple(titles.get(source, source) for source in sources)
        return self._told(replace(limits, documents=sources, names=names), language)

    def choose_day(self, as_of: Any, limits: Limits, language: str) -> Changes:
        """A day was set, or is gone; what is no day changes nothing."""
        given = str(as_of or "").strip()
        if given and day_of(given) is None:
            gr.Warning(PAGE[language]["filter_bad_day"].format(value=given[:40]), title="")
            return unchanged()
        return self._told(replace(limits, as_of=day_of(given)), language)

    def unfilter(self, limits: Limits, language: str, event: gr.EventData) -> Changes:
        """A chip's cross was clicked, or all are to go."""
        kind, _, value = str(data_of(event).get("filter") or "").partition(":")
        left = limits.without(kind, value)
        return {**self._desk.set_limits(left), **self._told(left, language)}

    def _told(self, limits: Limits, language: str) -> Changes:
        """Each handler changes what it is about, and no more: events may overtake each other."""
        return {
            self._desk.parts.session.limits: limits,
            self._desk.parts.limits.chips: render.chips_html(limits, language),
        }

    def choices(self) -> Changes:
        """What can be chosen, as the library now is."""
        return self._desk.choices()
