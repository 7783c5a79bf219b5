"""Asking, judging answers, taking the conversation along."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Literal

import gradio as gr

from assistant.errors import AssistantError
from assistant.page.conversation import Judgement, Turns, answers_of
from assistant.page.export import docx_of, markdown_of
from assistant.page.feedback import Context
from assistant.page.filters import Limits
from assistant.page.handlers.desk import Changes, Desk, command, data_of, whole
from assistant.page.words import PAGE

_TYPES = {
    "md": "text/markdown;charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


class Talk:
    """The handlers of the conversation."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def submit(self, question: str, turns: Turns, limits: Limits, language: str) -> Changes:
        """A question from the box: the conversation with its answer, the panel with the clauses
        that it cites, and the header, since the library may have changed."""
        turns = self._desk.speaker.ask(str(question or ""), turns, limits, language)
        kept = "" if turns[-1].answer is not None else question
        return {self._desk.parts.talk.box: kept, **self._desk.spoken(turns, language)}

    def clear(self, language: str) -> Changes:
        """A new conversation."""
        return self._desk.spoken((), language)

    def rate(
        self, turns: Turns, language: str, request: gr.Request, event: gr.EventData
    ) -> Changes:
        """An answer was judged: it is kept, and a comment may be added."""
        data = data_of(event)
        at = whole(data.get("turn"), -1)
        answer = turns[at].answer if 0 <= at < len(turns) else None
        if answer is None or self._desk.feedback is None:
            return {}
        liked = data.get("liked") is True
        words = PAGE[language]
        judged = turns[at].judgement
        try:
            if judged:
                self._desk.feedback.change(judged.ident, _visitor(request), liked=liked)
                ident = judged.ident
            else:
                ident = self._desk.feedback.record(
                    turns[at].question,
                    answer,
                    liked=liked,
                    comment="",
                    language=language,
                    visitor=_visitor(request),
                    generation=self._desk.assistant.generation,
                    context=_context(turns[:at], turns[at].limits),
                )
        except AssistantError as error:
            raise gr.Error(error.message) from error
        turn = replace(turns[at], judgement=Judgement(liked, ident))
        turns = (*turns[:at], turn, *turns[at + 1 :])
        parts = self._desk.parts
        return {
            parts.session.turns: turns,
            parts.session.judged: at,
            parts.talk.chat: self._desk.messages(turns, language),
            parts.talk.comment: gr.update(visible=True),
            parts.talk.comment_box: gr.update(
                value="", label=words["comment_up" if liked else "comment_down"]
            ),
        }

    def comment(
        self, text: str, judged: int, turns: Turns, language: str, request: gr.Request
    ) -> Changes:
        """A comment on the answer that was judged last."""
        turn = turns[judged] if 0 <= judged < len(turns) else None
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

    def exporter(self, kind: Literal["md", "docx"]) -> Callable[[Turns, str], Changes]:
        """The handler that hands the conversation over as a file of that kind. It goes through the
        page, so that no conversation is left behind in a file on the server."""

        def export(turns: Turns, language: str) -> Changes:
            words = PAGE[language]
            answers = answers_of(turns)
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
    """What tells visitors apart: the name, or else the session."""
    return str(request.username or request.session_hash or "")


def _context(before: Turns, limits: Limits) -> Context:
    """What a question was asked with."""
    asked = tuple(turn.question for turn in before if turn.answer is not None)
    return Context(asked, limits.regions, limits.documents, limits.as_of)
