"""Asking, judging answers, taking the conversation along."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import date
from typing import Literal

import gradio as gr

from assistant.errors import AssistantError
from assistant.page.conversation import Conversation, Judgement, Turn, Turns, answers_of
from assistant.page.export import docx_of, markdown_of
from assistant.page.feedback import Context
from assistant.page.filters import Limits
from assistant.page.handlers.desk import Changes, Desk, command, data_of, query_of, unchanged, whole
from assistant.page.visitor import visitor_of
from assistant.page.words import PAGE

_TYPES = {
    "md": "text/markdown;charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

_BEFORE = 10
"""Questions before a judged one that are kept with it."""


class Talk:
    """The handlers of the conversation."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def submit(self, question: str, talk: Conversation, limits: Limits, language: str) -> Changes:
        """A question from the box: the conversation with its answer, the panel with the clauses
        that it cites, and the header, since the library may have changed."""
        turn = self._desk.speaker.ask(str(question or ""), talk, limits, language)
        kept = "" if turn.answer is not None else question
        return {self._desk.parts.talk.box: kept, **self._desk.spoken(talk, language)}

    def submit_link(
        self, talk: Conversation, limits: Limits, language: str, request: gr.Request
    ) -> Changes:
        """The page was opened by a link that asks a question."""
        question = next(iter(query_of(request).get("q", ())), "")
        if not question or talk.turns:
            return unchanged()
        self._desk.speaker.ask(question, talk, limits, language)
        return self._desk.spoken(talk, language)

    def clear(self, talk: Conversation, language: str) -> Changes:
        """A new conversation."""
        talk.clear()
        return self._desk.spoken(talk, language)

    def rate(
        self, talk: Conversation, language: str, request: gr.Request, event: gr.EventData
    ) -> Changes:
        """An answer was judged: it is kept, and a comment may be added."""
        data = data_of(event)
        turn = talk.turn(whole(data.get("turn"), -1))
        if turn is None or turn.answer is None or self._desk.feedback is None:
            return unchanged()
        liked = data.get("liked") is True
        words = PAGE[language]
        try:
            if turn.judgement:
                ident = turn.judgement.ident
                self._desk.feedback.change(ident, _visitor(request), liked=liked)
            else:
                ident = self._desk.feedback.record(
                    turn.question,
                    turn.answer,
                    liked=liked,
                    comment="",
                    language=language,
                    visitor=_visitor(request),
                    generation=self._desk.assistant.generation,
                    context=_context(talk.turns, turn),
                )
        except AssistantError as error:
            raise gr.Error(error.message) from error
        talk.change(turn.ident, judgement=Judgement(liked, ident))
        parts = self._desk.parts
        return {
            parts.session.judged: turn.ident,
            parts.talk.chat: self._desk.messages(talk, language),
            parts.talk.comment: gr.update(visible=True),
            parts.talk.comment_box: gr.update(
                value="", label=words["comment_up" if liked else "comment_down"]
            ),
        }

    def comment(
        self, text: str, judged: int, talk: Conversation, language: str, request: gr.Request
    ) -> Changes:
        """A comment on the answer that was judged last."""
        turn = talk.turn(judged)
        if turn is None or turn.judgement is None or self._desk.feedback is None:
            return self.skip_comment()
        try:
            self._desk.feedback.change(
                turn.judgement.ident, _visitor(request), comment=str(text or "")
            )
        except AssistantError as error:
            raise gr.Error(error.message) from error
        return {
            self._desk.parts.talk.comment: gr.update(visible=False),
            self._desk.parts.bus: command("say", text=PAGE[language]["thanks"]),
        }

    def skip_comment(self) -> Changes:
        """Nothing is to be added."""
        return {self._desk.parts.talk.comment: gr.update(visible=False)}

    def exporter(self, kind: Literal["md", "docx"]) -> Callable[[Conversation, str], Changes]:
        """The handler that hands the conversation over as a file of that kind. It goes through the
        page, so that no conversation is left behind in a file on the server."""

        def export(talk: Conversation, language: str) -> Changes:
            words = PAGE[language]
            answers = answers_of(talk.turns)
            if not answers:
                return {self._desk.parts.bus: command("say", text=words["nothing_to_export"])}
            day = date.today()
            data = (
                docx_of(answers, language, day)
                if kind == "docx"
                else markdown_of(answers, language, day).encode()
            )
            return {
                self._desk.parts.bus: command(
                    "save",
                    name=f"{words['export_name']}-{day.isoformat()}.{kind}",
                    type=_TYPES[kind],
                    data=base64.b64encode(data).decode(),
                )
            }

        return export


def _visitor(request: gr.Request) -> str:
    """What tells visitors apart: the name of who has logged in, or else the session."""
    return visitor_of(request).name or str(request.session_hash or "")


def _context(turns: Turns, judged: Turn) -> Context:
    """What a question was asked with."""
    before = [turn.question for turn in turns if turn.answer and turn.ident < judged.ident]
    limits = judged.limits
    return Context(tuple(before[-_BEFORE:]), limits.regions, limits.documents, limits.as_of)
