"""The conversation: what was asked and answered, as one visitor sees it.

In: questions, judgements, a language. Out: :class:`Turn`, kept in the visitor's own session; the
chat's messages are made from them, so a change of language or a judgement shows in all of them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self
from urllib.parse import urlencode

from assistant.answering import Answer
from assistant.api import Assistant
from assistant.errors import AssistantError, QuestionError
from assistant.page import render
from assistant.page.doors import said
from assistant.page.export import plain_of
from assistant.page.filters import Limits
from assistant.page.words import PAGE
from assistant.settings import Settings

KEPT = 100
"""Turns of a conversation that are kept; the oldest go first."""
_SPOKEN_AGAIN = 20
"""Turns that a change of language puts into the other one."""

_log = logging.getLogger(__name__)

Messages = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Judgement:
    """How an answer was judged, and under which number that is kept."""

    liked: bool
    ident: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A question under its limits, with its answer, or with what the page ``said`` instead: the
    key of one of its words and what fills its gaps. ``ident`` tells it from the other turns."""

    question: str
    limits: Limits = field(default_factory=Limits)
    answer: Answer | None = None
    said: tuple[str, dict[str, str]] | None = None
    judgement: Judgement | None = None
    ident: int = -1

    @property
    def query(self) -> str:
        """The query of the answer's permanent link: the question as it was understood."""
        question = (self.answer and self.answer.understood_as) or self.question.strip()
        return urlencode([("q", question), *self.limits.query()])


Turns = tuple[Turn, ...]


class Conversation:
    """The turns of one visitor. Events of one page may overtake each other: each changes what it
    is about, and what was cleared meanwhile stays cleared."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: Turns = ()
        self._begun = 0
        self._next = 0

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Gradio copies what a session begins with: each has a conversation of its own."""
        return type(self)()

    @property
    def turns(self) -> Turns:
        """The turns so far, oldest first."""
        return self._turns

    @property
    def begun(self) -> int:
        """Which conversation of the visitor's this is."""
        return self._begun

    @property
    def last(self) -> int:
        """The ident of the last turn; −1 where there is none."""
        turns = self._turns
        return turns[-1].ident if turns else -1

    def turn(self, ident: int) -> Turn | None:
        """The turn with that ident."""
        return next((turn for turn in self._turns if turn.ident == ident), None)

    def clear(self) -> None:
        """Begins a new one."""
        with self._lock:
            self._turns = ()
            self._begun += 1

    def add(self, turn: Turn, begun: int) -> None:
        """Adds a turn to the conversation in which it was asked; if that is over, it is dropped."""
        with self._lock:
            if begun != self._begun:
                return
            turns = self._turns
            if turns and turns[-1].answer is None and not turns[-1].question.strip():
                turns = turns[:-1]  # that nothing was asked need not be said for ever
            turn = replace(turn, ident=self._next)
            self._next += 1
            self._turns = (*turns, turn)[-KEPT:]

    def change(self, ident: int, **what: Any) -> None:
        """Changes a turn, if it is still there."""
        with self._lock:
            self._turns = tuple(
                replace(turn, **what) if turn.ident == ident else turn for turn in self._turns
            )


def messages_of(turns: Sequence[Turn], language: str, *, judging: bool = True) -> Messages:
    """The chat's messages: a question's and its answer's for each turn; with ``judging`` answers
    can be judged."""
    messages: Messages = []
    for turn in turns:
        if turn.question.strip():
            messages.append({"role": "user", "content": render.question_html(turn.question)})
        if turn.answer is not None:
            content = render.answer_html(
                turn.answer,
                turn.ident,
                language,
                query=turn.query,
                plain=plain_of(turn.answer, language),
                judging=judging,
                liked=turn.judgement.liked if turn.judgement else None,
            )
        else:
            key, gaps = turn.said or ("failed_inside", {})
            content = render.said_html(PAGE[language][key].format(**gaps))
        messages.append({"role": "assistant", "content": content})
    return messages


def answers_of(turns: Sequence[Turn]) -> list[Answer]:
    """The answers of a conversation, oldest first."""
    return [turn.answer for turn in turns if turn.answer is not None]


class Speaker:
    """Answers questions of conversations. Nothing of a visitor stays in it."""

    def __init__(self, assistant: Assistant, settings: Settings) -> None:
        self._assistant = assistant
        self._settings = settings

    def ask(self, question: str, talk: Conversation, limits: Limits, language: str) -> Turn:
        """Adds a turn to the conversation, which says what came of the question."""
        begun = talk.begun
        question = question.replace("\r\n", "\n").replace("\r", "\n")
        turn = self._turn(question, answers_of(talk.turns), limits, language)
        talk.add(turn, begun)
        return turn

    def in_language(self, talk: Conversation, language: str) -> None:
        """The last turns asked again, so that what stands around the quotes is in ``language``; a
        turn that meanwhile is answered from other clauses stays as it was."""
        history: list[Answer] = []
        turns = talk.turns
        for at, turn in enumerate(turns):
            if turn.answer is None:
                continue
            answer = turn.answer
            if at >= len(turns) - _SPOKEN_AGAIN:
                again = self._turn(turn.question, history, turn.limits, language).answer
                if again is not None and _cited(again) == _cited(answer):
                    answer = again
                    talk.change(turn.ident, answer=again)
            history.append(answer)

    def _turn(
        self, question: str, history: Sequence[Answer], limits: Limits, language: str
    ) -> Turn:
        spoken: Literal["zh", "en"] = "en" if language == "en" else "zh"
        try:
            answer = self._assistant.ask(
                question, history=history, language=spoken, **limits.arguments()
            )
        except QuestionError:
            return Turn(question, limits, said=too_long_or_empty(question, self._settings))
        except AssistantError as error:
            return Turn(question, limits, said=("failed", {"message": said(error)}))
        except Exception:  # noqa: BLE001 - a bug: the visitor's conversation goes on, its traceback stays here
            _log.exception("A question could not be answered")
            return Turn(question, limits, said=("failed_inside", {}))
        return Turn(question, limits, answer)


def too_long_or_empty(question: str, settings: Settings) -> tuple[str, dict[str, str]]:
    """What is said of a question that can't be asked."""
    limit = settings.max_question_chars
    count = len(question.strip())
    if count > limit:
        return "long_question", {"count": f"{count:,}", "limit": f"{limit:,}"}
    return "empty_question", {}


def _cited(answer: Answer) -> tuple[object, ...]:
    return (answer.reason, *(citation.quote for citation in answer.citations))
