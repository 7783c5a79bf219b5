"""What all handlers work with.

In: an assistant, and the parts once they are laid out. Out: new values of the parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from assistant.api import Assistant
from assistant.page import render
from assistant.page.conversation import Conversation, Messages, Speaker, messages_of
from assistant.page.examples import examples
from assistant.page.feedback import Feedback
from assistant.page.filters import Limits
from assistant.page.find import Finder
from assistant.page.layout import Choices, Contents, Parts
from assistant.page.panel import Panel, Shown
from assistant.retrieval import place_of
from assistant.settings import Settings

_CHOICES = 1_000
"""Places and documents that can be chosen from a list."""

Changes = dict[Any, Any]
"""For each part that changes its new value."""


class Desk:
    """The library, the means to speak of it, and the parts of the page. Nothing of a visitor."""

    def __init__(
        self, assistant: Assistant, settings: Settings, finder: Finder, feedback: Feedback | None
    ) -> None:
        self.assistant = assistant
        self.settings = settings
        self.speaker = Speaker(assistant, settings)
        self.panel = Panel(assistant)
        self.finder = finder
        self.feedback = feedback
        self._parts: Parts | None = None

    def over(self, parts: Parts) -> None:
        """Tells it the parts that handlers change."""
        self._parts = parts

    @property
    def parts(self) -> Parts:
        """The parts that handlers change."""
        assert self._parts is not None, "over() comes first"
        return self._parts

    def contents(self, language: str) -> Contents:
        """What the page holds at first."""
        return Contents(
            header=self.header(language),
            panel=self.panel.html(Shown(), Conversation(), language),
            examples=examples(self.assistant, language),
            places=self.places(),
            documents=self.documents(),
        )

    def header(self, language: str) -> str:
        """The page's title and what the library holds."""
        manifest = self.assistant.snapshot.manifest
        return render.header_html(manifest.documents, manifest.clauses, language)

    def places(self) -> Choices:
        """The places that have texts, as they are called and as a filter takes them."""
        entries = self.assistant.snapshot.store.entries
        names = dict.fromkeys(place_of(entry)[0] for entry in entries if place_of(entry))
        return [(name, name) for name in names][:_CHOICES]

    def documents(self) -> Choices:
        """The titles and the sources of the documents."""
        named: dict[str, str] = {}
        for entry in self.assistant.snapshot.store.entries:
            named.setdefault(entry.source, entry.title)
        return [(title, source) for source, title in named.items()][:_CHOICES]

    def messages(self, talk: Conversation, language: str) -> Messages:
        """The conversation as the chat shows it."""
        return messages_of(talk.turns, language, judging=self.feedback is not None)

    def spoken(self, talk: Conversation, language: str) -> Changes:
        """The page after something was said: the conversation, what it cites, the header, since the
        library may have changed."""
        parts = self.parts
        shown = Shown(talk.last)
        return {
            parts.session.shown: shown,
            parts.talk.chat: self.messages(talk, language),
            parts.talk.comment: gr.update(visible=False),
            parts.source: self.panel.html(shown, talk, language),
            parts.top.header: self.header(language),
        }

    def show(self, shown: Shown, talk: Conversation, language: str) -> Changes:
        """The source panel with something else in it."""
        html = self.panel.html(shown, talk, language)
        return {self.parts.session.shown: shown, self.parts.source: html}

    def set_limits(self, limits: Limits) -> Changes:
        """The boxes of the filters with these values."""
        box = self.parts.limits
        return {
            box.regions: gr.update(value=list(limits.regions)),
            box.documents: gr.update(value=list(limits.documents)),
            box.as_of: gr.update(value=limits.as_of.isoformat() if limits.as_of else None),
        }

    def choices(self) -> Changes:
        """What can be chosen, as the library now is."""
        box = self.parts.limits
        return {
            box.regions: gr.update(choices=self.places()),
            box.documents: gr.update(choices=self.documents()),
        }


def command(kind: str, **what: str) -> dict[str, Any]:
    """What the page's script is to do."""
    update: dict[str, Any] = gr.update(command={"kind": kind, **what})
    return update


def unchanged() -> Changes:
    """Nothing on the page changes. An empty dictionary Gradio takes for too few values: it fails
    the event, which shows nowhere but in the log and in the page's own state."""
    nothing: Changes = gr.skip()
    return nothing


def data_of(event: gr.EventData) -> dict[str, Any]:
    """What an event brought; over plain HTTP anything may come."""
    data = getattr(event, "_data", None)
    return data if isinstance(data, dict) else {}


def whole(value: Any, otherwise: int) -> int:
    """``value`` if it is a whole number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def query_of(request: gr.Request) -> dict[str, Sequence[str]]:
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
