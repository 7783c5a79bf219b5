"""A question that gives an address → that clause: 杭州附件（三）说什么？ 《…》第三十条怎么说？"""

from __future__ import annotations

import re

from assistant.clauses import Clause
from assistant.errors import ClauseNotFoundError
from assistant.index.lookup import find_clause, names_a_document
from assistant.index.store import Store
from assistant.retrieval.question import Question
from assistant.text import fold

_N = r"[零〇一二三四五六七八九十百千两\d]+"
_ROUND, _DOT = rf"[（(]{_N}[)）]", r"\d{1,2}[.．](?!\d)"
_NUMBER = re.compile(
    rf"第{_N}条(?:之{_N})?(?:第{_N}[款项])*|{_N}、(?:{_ROUND})*(?:{_DOT})?|(?:{_ROUND})+(?:{_DOT})?|{_DOT}"
)
_AHEAD = 100
"""Characters before a number that may name its text."""
_BEFORE = re.compile(r"^(?:请问|关于|根据|按照?|依照?|想问一?下?|查一?下|看一?下|[，,。：:\s])+")
_LINKS = re.compile(r"[的里中]+$|[，,。：:\s]+$")


def addressed(store: Store, question: str) -> tuple[Clause, str] | None:
    """The clause whose address stands in ``question``, and the question without it; ``None`` where
    there is no address, or one that fits no clause or several."""
    question = fold(question)
    match = _NUMBER.search(question)
    if not match:
        return None
    where = _LINKS.sub(
        "", _BEFORE.sub("", question[max(0, match.start() - _AHEAD) : match.start()])
    )
    try:
        clause = find_clause(store, f"{where}{match.group()}")
    except ClauseNotFoundError:
        return None
    return (clause, question[match.end() :]) if clause else None


def missing_address(store: Store, question: Question) -> str:
    """The address that a question of a place or a document gives and that no clause has (杭州附件
    第十六条); nothing where it gives none, or asks for more than what stands there."""
    text = fold(question.text)
    match = _NUMBER.search(text)
    if not match or not (question.held or question.documents) or len(match.group()) < 3:
        return ""
    where = _LINKS.sub("", _BEFORE.sub("", text[: match.start()]))
    after = text[match.end() :]
    if any(word in after for word in set(question.words) - _OF_TEXTS):
        return ""
    try:
        found = find_clause(store, f"{where}{match.group()}")
    except ClauseNotFoundError:
        return ""
    return "" if found or not names_a_document(store, where) else f"{where}{match.group()}"


_OF_TEXTS = frozenset(
    "附件|政策|方案|计划|行动计划|实施方案|文件|通知|意见|办法|规定|条例|条款|正文|措施|第|条|款|项|内容"  # noqa: SIM905
    "|写|说|讲|扶持|支持|补贴|奖励".split("|")
)
"""Words that name a text or a part of it."""
