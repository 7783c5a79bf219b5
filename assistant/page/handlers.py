"""What happens on the page.

In: what a visitor typed or clicked, and what the session keeps. Out: for each part that changes its
new value. The handlers hold nothing of a visitor.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal

import gradio as gr

from assistant.api import Assistant
from assistant.errors import AssistantError
from assistant.page import render
from assistant.page.conversation import Judgement, Speaker, Turns, answers_of, messages_of
from assistant.page.examples import examples
from assistant.page.export import docx_of, markdown_of
from assistant.page.feedback import Feedback
from assistant.page.filters import Limits, day_of
from assistant.page.find import Finder
from assistant.page.layout import Choices, Contents, Parts
from assistant.page.panel import Panel, Shown
from assistant.page.words import PAGE
from assistant.retrieval import place_of
from assistant.settings import Settings

_CHOICES = 1_000
"""Places and documents that can be chosen from a list."""
_OTHER = {"zh": "en", "en": "zh"}

Changes = dict[Any, Any]


class Library:
    """What the page says of the library as a whole."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def header(self, language: str) -> str:
        manifest = self._assistant.snapshot.manifest
        return render.header_html(manifest.documents, manifest.clauses, language)

    def places(self) -> Choices:
        """The places that have texts, as they are called and as a filter takes them."""
        entries = self._assistant.snapshot.store.entries
        names = dict.fromkeys(place_of(entry)[0] for entry in entries if place_of(entry))
        return [(name, name) for name in names][:_CHOICES]

    def documents(self) -> Choices:
        """The titles and the sources of the documents."""
        entries = self._assistant.snapshot.store.entries
        named: dict[str, str] = {}
        for entry in entries:
            named.setdefault(entry.source, entry.title)
        return [(title, source) for source, title in named.items()][:_CHOICES]


class Handlers:
    """The handlers of the page's events."""

    def __init__(
        self,
        assistant: Assistant,
        settings: Settings,
        finder: Finder,
        feedback: Feedback | None,
    ) -> None:
        self._assistant = assistant
        self._settings = settings
        self._speaker = Speaker(assistant, settings)
        self._panel = Panel(assistant)
        self._finder = finder
        self._feedback = feedback
        self.library = Library(assistant)
        self._parts: Parts | None = None

    def contents(self, language: str) -> Contents:
        """What the page holds at first."""
        return Contents(
            header=self.library.header(language),
            panel=self._panel.html(Shown(), (), language),
            examples=examples(self._assistant, language),
            places=self.library.places(),
            documents=self.library.documents(),
        )

    def over(self, parts: Parts) -> None:
        """Tells it the parts that it changes."""
        self._parts = parts

    @property
    def parts(self) -> Parts:
        """The parts that it changes."""
        assert self._parts is not None, "over() comes first"
        return self._parts

    # the conversation

    def submit(self, question: str, turns: Turns, limits: Limits, language: str) -> Changes:
        """A question from the box: the conversation with its answer, the panel with the clauses
        that it cites, and the header, since the library may have changed."""
        turns = self._speaker.ask(str(question or ""), turns, limits, language)
        kept = "" if turns[-1].answer is not None else question
        return {self.parts.talk.box: kept, **self._spoken(turns, language)}

    def _spoken(self, turns: Turns, language: str) -> Changes:
        parts = self.parts
        shown = Shown(len(turns) - 1)
        return {
            parts.session.turns: turns,
            parts.session.shown: shown,
            parts.talk.chat: messages_of(turns, language),
            parts.talk.comment: gr.update(visible=False),
            parts.source: self._panel.html(shown, turns, language),
            parts.top.header: self.library.header(language),
        }

    def clear(self, language: str) -> Changes:
        """A new conversation."""
        return self._spoken((), language)

    # the source panel

    def open(self, shown: Shown, turns: Turns, language: str, event: gr.EventData) -> Changes:
        """A click on a citation, a clause or a document: the document, open there."""
        data = _data(event)
        document = str(data.get("document") or "")
        clause = str(data.get("clause") or "")
        turn = _whole(data.get("turn"), shown.turn)
        now = Shown(turn if 0 <= turn < len(turns) else -1, clause, document)
        return self._show(now, turns, language)

    def back(self, shown: Shown, turns: Turns, language: str) -> Changes:
        """Back from a document to the clauses that the answer cites."""
        return self._show(Shown(shown.turn), turns, language)

    def _show(self, shown: Shown, turns: Turns, language: str) -> Changes:
        html = self._panel.html(shown, turns, language)
        return {self.parts.session.shown: shown, self.parts.source: html}

    # judgements and exports

    def rate(
        self, turns: Turns, language: str, request: gr.Request, event: gr.EventData
    ) -> Changes:
        """An answer was judged: it is kept, and a comment may be added."""
        data = _data(event)
        at = _whole(data.get("turn"), -1)
        answer = turns[at].answer if 0 <= at < len(turns) else None
        if answer is None or self._feedback is None:
            return {}
        liked = data.get("liked") is True
        words = PAGE[language]
        judged = turns[at].judgement
        try:
            if judged:
                self._feedback.change(judged.ident, liked=liked)
                ident = judged.ident
            else:
                ident = self._feedback.record(
                    turns[at].question,
                    answer,
                    liked=liked,
                    comment="",
                    language=language,
                    visitor=str(request.username or ""),
                    generation=self._assistant.generation,
                )
        except AssistantError as error:
            raise gr.Error(error.message) from error
        turn = replace(turns[at], judgement=Judgement(liked, ident))
        turns = (*turns[:at], turn, *turns[at + 1 :])
        parts = self.parts
        return {
            parts.session.turns: turns,
            parts.session.judged: at,
            parts.talk.chat: messages_of(turns, language),
            parts.talk.comment: gr.update(visible=True),
            parts.talk.comment_box: gr.update(
                value="", label=words["comment_up" if liked else "comment_down"]
            ),
        }

    def comment(self, text: str, judged: int, turns: Turns, language: str) -> Changes:
        """A comment on the answer that was judged last."""
        turn = turns[judged] if 0 <= judged < len(turns) else None
        if turn is None or turn.judgement is None or self._feedback is None:
            return {self.parts.talk.comment: gr.update(visible=False)}
        try:
            self._feedback.change(turn.judgement.ident, comment=str(text or ""))
        except AssistantError as error:
            raise gr.Error(error.message) from error
        return {
            self.parts.talk.comment: gr.update(visible=False),
            self.parts.bus: _command("say", text=PAGE[language]["thanks"]),
        }

    def skip_comment(self) -> Changes:
        """Nothing is to be added."""
        return {self.parts.talk.comment: gr.update(visible=False)}

    def exporter(self, kind: Literal["md", "docx"]) -> Callable[[Turns, str], Changes]:
        """The handler that hands the conversation over as a file of that kind. It goes through the
        page, so that no conversation is left behind in a file on the server."""

        def export(turns: Turns, language: str) -> Changes:
            words = PAGE[language]
            answers = answers_of(turns)
            if not answers:
                return {self.parts.bus: _command("say", text=words["nothing_to_export"])}
            day = date.today()
            data = (
                docx_of(answers, language, day)
                if kind == "docx"
                else markdown_of(answers, language, day).encode()
            )
            return {
                self.parts.bus: _command(
                    "save",
                    name=f"{words['export_name']}-{day.isoformat()}.{kind}",
                    type=_TYPES[kind],
                    data=base64.b64encode(data).decode(),
                )
            }

        return export

    # filters

    def limit(
        self, regions: Any, documents: Any, as_of: Any, limits: Limits, language: str
    ) -> Changes:
        """The filters were changed."""
        titles = {source: title for title, source in self.library.documents()}
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
            self.parts.session.limits: new,
            self.parts.limits.chips: render.chips_html(new, language),
        }

    def unfilter(self, limits: Limits, event: gr.EventData) -> Changes:
        """A chip's cross was clicked: the boxes lose that value, and tell of it themselves."""
        data = _data(event)
        kind, _, value = str(data.get("filter") or "").partition(":")
        return self._set(limits.without(kind, value))

    def _set(self, limits: Limits) -> Changes:
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
            box.regions: gr.update(choices=self.library.places()),
            box.documents: gr.update(choices=self.library.documents()),
        }

    # finding

    def search(self, text: str, limits: Limits, language: str, ranks: bool) -> Changes:
        """The clauses that a search finds, or what can be browsed."""
        found = self._finder.html(str(text or ""), limits, language, ranks=bool(ranks))
        return {self.parts.find.found: found}

    def browse(self, language: str) -> Changes:
        """Back from a search to what can be browsed."""
        find = self.parts.find
        return {find.box: "", find.found: self._finder.browse(language)}

    def subject(self, language: str, event: gr.EventData) -> Changes:
        """The clauses about a subject."""
        name = str(_data(event).get("subject") or "")
        return {self.parts.find.found: self._finder.subject(name, language)}

    # language, and the way in

    def switch_language(self, language: str, turns: Turns, shown: Shown, limits: Limits) -> Changes:
        """The other language, for the page and for what has been said."""
        new = _OTHER[language]
        turns = self._speaker.in_language(turns, new)
        return {
            **self._worded(new),
            self.parts.session.turns: turns,
            self.parts.talk.chat: gr.update(
                value=messages_of(turns, new),
                label=PAGE[new]["chat"],
                placeholder=PAGE[new]["welcome"],
            ),
            self.parts.source: self._panel.html(shown, turns, new),
            self.parts.limits.chips: render.chips_html(limits, new),
        }

    def _worded(self, language: str) -> Changes:
        """All parts with their words in a language."""
        words = PAGE[language]
        top, talk, find, box = (
            self.parts.top,
            self.parts.talk,
            self.parts.find,
            self.parts.limits,
        )
        return {
            self.parts.session.language: language,
            top.header: self.library.header(language),
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
            self.parts.bus: _command(
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
        changes: Changes = {**self.choices(), **self._worded(language)}
        names = {source: title for title, source in self.library.documents()}
        limits = Limits.of_query(query, names)
        if limits:
            changes.update(self._set(limits))
            changes[self.parts.session.limits] = limits
            changes[self.parts.limits.chips] = render.chips_html(limits, language)
        turns: Turns = ()
        question = next(iter(query.get("q", ())), "")
        if question:
            turns = self._speaker.ask(question, turns, limits, language)
        changes.update(self._spoken(turns, language))
        clause = next(iter(query.get("clause", ())), "")
        if clause:
            changes.update(self._show(Shown(-1, clause), turns, language))
        changes[self.parts.talk.chat] = gr.update(
            value=messages_of(turns, language),
            placeholder=PAGE[language]["welcome"],
            examples=[{"text": text} for text in examples(self._assistant, language)],
        )
        return changes


_TYPES = {
    "md": "text/markdown;charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def _command(kind: str, **what: str) -> dict[str, Any]:
    """What the page's script is to do."""
    update: dict[str, Any] = gr.update(command={"kind": kind, **what})
    return update


def _data(event: gr.EventData) -> dict[str, Any]:
    """What an event brought; over plain HTTP anything may come."""
    data = getattr(event, "_data", None)
    return data if isinstance(data, dict) else {}


def _whole(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


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
