"""The conversation: what was asked and answered, as one visitor sees it.

In: questions, judgements, a language. Out: :class:`Turn`, kept in the visitor's own session; the
chat's messages are made from them, so a change of language or a judgement shows in all of them.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import urlencode

from assistant.answering import Answer
from assistant.api import Assistant
from assistant.errors import AssistantError, QuestionError
from assistant.page import render
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
    key of one of its words and what fills its gaps."""

    question: str
    limits: Limits = field(default_factory=Limits)
    answer: Answer | None = None
    said: tuple[str, dict[str, str]] | None = None
    judgement: Judgement | None = None

    @property
    def query(self) -> str:
        """The query of the answer's permanent link: the question as it was understood."""
        question = (self.answer and self.answer.understood_as) or self.question.strip()
        return urlencode([("q", question), *self.limits.query()])


Turns = tuple[Turn, ...]


def messages_of(turns: Sequence[Turn], language: str, *, judging: bool = True) -> Messages:
    """The chat's messages: a question's and its answer's for each turn; with ``judging`` answers
    can be judged."""
    messages: Messages = []
    for at, turn in enumerate(turns):
        if turn.question.strip():
            messages.append({"role": "user", "content": render.question_html(turn.question)})
        if turn.answer is not None:
            content = render.answer_html(
                turn.answer,
                at,
                language,
                query=turn.query,
                plain=plain_of(turn.answer, language),
                judging=judging,
                liked=turn.judgement.liked if turn.judgement else None,
            )
        else:
            key, gaps = turn.said or ("failed", {"message": ""})
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

    def ask(self, question: str, turns: Turns, limits: Limits, language: str) -> Turns:
        """The conversation with one more turn; its last one says what came of the question."""
        if turns and turns[-1].answer is None and not turns[-1].question.strip():
            turns = turns[:-1]  # that nothing was asked need not be said for ever
        turn = self._turn(question, answers_of(turns), limits, language)
        return (*turns, turn)[-KEPT:]

    def in_language(self, turns: Turns, language: str) -> Turns:
        """The last turns asked again, so that what stands around the quotes is in ``language``; a
        turn that meanwhile is answered from other clauses stays as it was."""
        said: list[Turn] = []
        for at, turn in enumerate(turns):
            if turn.answer is None or at < len(turns) - _SPOKEN_AGAIN:
                said.append(turn)
                continue
            again = self._turn(turn.question, answers_of(said), turn.limits, language)
            same = again.answer is not None and _cited(again.answer) == _cited(turn.answer)
            said.append(replace(again, judgement=turn.judgement) if same else turn)
        return tuple(said)

    def _turn(
        self, question: str, history: Sequence[Answer], limits: Limits, language: str
    ) -> Turn:
        spoken: Literal["zh", "en"] = "en" if language == "en" else "zh"
        try:
            answer = self._assistant.ask(
                question, history=history, language=spoken, **limits.arguments()
            )
        except QuestionError:
            return Turn(question, limits, said=self._off(question))
        except AssistantError as error:
            return Turn(question, limits, said=("failed", {"message": error.message}))
        except Exception:  # noqa: BLE001 - a bug: the visitor's conversation goes on, its traceback stays here
            _log.exception("A question could not be answered")
            return Turn(question, limits, said=("failed_inside", {}))
        return Turn(question, limits, answer)

    def _off(self, question: str) -> tuple[str, dict[str, str]]:
        limit = self._settings.max_question_chars
        count = len(question.strip())
        if count > limit:
            return "long_question", {"count": f"{count:,}", "limit": f"{limit:,}"}
        return "empty_question", {}


def _cited(answer: Answer) -> tuple[object, ...]:
    return (answer.reason, *(citation.quote for citation in answer.citations))
