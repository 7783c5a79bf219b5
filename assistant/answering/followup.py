"""A question that leans on the one before → one that stands alone.

「那成都呢？」 asks the last question of another place, 「谁负责？」 about the clause cited last.
Rules, not guesses: a question with a subject of its own is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answering.answer import Answer
from assistant.clauses import Clause
from assistant.retrieval import Kind, Question
from assistant.retrieval.question import Understanding

_LEANS = re.compile(
    r"^(?:那么?|还有|另外|换成|如果是|要是|它的?|这个|这条|上面|其中)|(?:呢|怎么样|如何)(?=[?？。!！]*$)"
)
_ASKING = frozenset(
    "负责 牵头 主管 责任 单位 责任单位 部门 局 有效期 有效 期限 到期 截止 比例 金额 上限 条件 "  # noqa: SIM905
    "最高 最低".split()
)
"""Words that ask for something without saying of what."""
_MAX_CHARS = 16
_MARKS = "，,？?。!！ "


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a leaning question means: a question that stands alone, and, where it is about the
    clause cited last, that clause."""

    question: str
    about: Clause | None = None


def follow_up(
    question: Question, history: Sequence[Answer], understanding: Understanding
) -> FollowUp | None:
    """What ``question`` means behind ``history``; ``None`` where it stands alone."""
    text = question.text.strip()
    if not history or len(text) > _MAX_CHARS or not _ASKING.issuperset(question.words):
        return None
    last = history[-1]
    before = understanding.read(last.understood_as or last.question)
    places = question.held or question.foreign
    asked = _LEANS.sub("", text).strip(_MARKS)
    if places:
        topic = re.sub("|".join(map(re.escape, before.foreign)) or "(?!)", "", before.topic)
        topic = topic.removeprefix("的").strip(_MARKS)
        return FollowUp(f"{'、'.join(places)}{topic}？")
    if question.kind is Kind.OTHER and not question.words and not _LEANS.search(text):
        return None
    if not last.citations:
        return FollowUp(f"{before.text.strip(_MARKS)}，{asked}？")
    clause = last.citations[0].clause
    subject = clause.heading or before.topic.strip(_MARKS)
    return FollowUp(f"{''.join(before.held[:1])}{subject}，{asked}？", clause)
