"""A question that leans on the one before → one that stands alone.

「那成都呢？」 asks the last question of another place, 「最高多少？」 about the clause cited last.
Rules, not guesses: a question with a topic of its own is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answering.answer import Answer
from assistant.retrieval.question import Question, Understanding

_LEANS = re.compile(
    r"^(?:那么?|那|还有|另外|换成|如果是|要是|和|以及)|(?:呢|怎么样|如何)[?？。]?$|^(?:它|这个|这条|该|上面|其中)"
)
_MAX_CHARS = 16
_MAX_WORDS = 1


def standing_alone(
    question: Question, history: Sequence[Answer], understanding: Understanding
) -> str | None:
    """The question that ``question`` means behind ``history``; ``None`` where it stands alone."""
    if not history or len(question.text) > _MAX_CHARS:
        return None
    names_place = bool(question.held or question.foreign)
    leans = bool(_LEANS.search(question.text.strip()))
    if len(question.words) > _MAX_WORDS or not (leans or not question.words):
        return None
    if question.words and not leans:
        return None
    last = history[-1]
    before = understanding.read(last.understood_as or last.question)
    if names_place:
        topic = re.sub(r"^的", "", before.topic)
        place = (question.held or question.foreign)[0]
        return f"{place}{topic}" if not question.words else f"{place}{''.join(question.words)}"
    asked = _LEANS.sub("", question.text.strip()).strip("，,？?。 ")
    if last.citations:
        clause = last.citations[0].clause
        subject = clause.heading or before.topic
        place = "".join(before.held[:1])
        return f"{place}{subject}{asked}？"
    return f"{before.text.rstrip('？?。')}，{asked}？"
