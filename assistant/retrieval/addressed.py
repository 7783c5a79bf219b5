"""A question that gives an address → that clause: 杭州附件（三）说什么？ 《…》第三十条怎么说？"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.clauses import Clause
from assistant.index.addresses import levels_of, normal_address
from assistant.index.lookup import has_below, names_a_document, rows_of, same_number, sections
from assistant.index.store import Store
from assistant.retrieval.question import Question, place_of
from assistant.text import clean, fold

_N = r"[零〇一二三四五六七八九十百千两\d]+"
_ROUND, _DOT = rf"[（(]{_N}[)）]", r"\d{1,2}[.．](?!\d)"
_NUMBER = re.compile(
    rf"第{_N}条(?:之{_N})?(?:第{_N}[款项])*|{_N}、(?:{_ROUND})*(?:{_DOT})?|(?:{_ROUND})+(?:{_DOT})?|{_DOT}"
)
_GOES_ON = re.compile(rf"[、和与及至到]?(?:{_NUMBER.pattern})")
"""Another number behind one: 一、二、三类企业, 第一条和第二条."""
_ROUNDS = re.compile(_ROUND)
_ARTICLE = re.compile(rf"第({_N})条")
_FEW = 3
"""So many clauses at one address are all answered with; of more, the question has to say which."""
SECTION = 8
"""Of a heading's clauses so many are given."""
_AHEAD = 100
"""Characters before a number that may name its text."""
_BEFORE = re.compile(r"^(?:请问|关于|根据|按照?|依照?|想问一?下?|查一?下|看一?下|[，,。：:\s])+")
_LINKS = re.compile(r"[的里中]+$|[，,。：:\s]+$")


@dataclass(frozen=True, slots=True)
class Addressed:
    """The clauses whose address a question gives, and the question without it (``rest``): mostly
    one, several where a place has several texts with that number (成都第五条) or where it is a
    heading's (嘉兴二、（三）), of which ``cut`` tells that there are more."""

    clauses: tuple[Clause, ...]
    rest: str
    cut: bool = False


def addressed(store: Store, question: str) -> Addressed:
    """What the address in ``question`` leads to; no clauses where there is none, or one that fits
    none. A bare number has to be the only one."""
    question = fold(question)
    match = _NUMBER.search(question)
    if not match:
        return Addressed((), question)
    where = _LINKS.sub(
        "", _BEFORE.sub("", question[max(0, match.start() - _AHEAD) : match.start()])
    )
    number = match.group()
    rows = _rows_at(store, where, number)
    clauses = [store.clause(row) for row in rows[: _FEW + 1]]
    goes_on = _GOES_ON.match(question, match.end())
    if where and not goes_on and (section := _section(store, where, number, clauses)):
        shown = tuple(store.clause(row) for row in section[:SECTION])
        return Addressed(shown, question[match.end() :], cut=len(section) > SECTION)
    if len(clauses) > 1:
        clauses = _of_one_place(clauses, number) if where and not goes_on else []
    return Addressed(tuple(clauses), question[match.end() :] if clauses else question)


def _section(store: Store, where: str, number: str, clauses: Sequence[Clause]) -> list[int]:
    """The rows below a heading with that number, where one text alone has it and no other a clause
    with it."""
    if _ARTICLE.match(number) or _NO_ADDRESS.search(number):
        return []
    found = sections(store, where, number)
    if len(found) != 1:
        return []
    text = store.clause(found[0][0])
    exact = [c for c in clauses if same_number(levels_of(c.address), number)]
    return found[0] if all(_text_of(clause) == _text_of(text) for clause in exact) else []


def _text_of(clause: Clause) -> tuple[str, int]:
    return clause.source, clause.document.start


def _of_one_place(clauses: Sequence[Clause], number: str) -> list[Clause]:
    """The clauses, where each is that number of another text of one place, and they are few; those
    of the same words once."""
    if (
        len(clauses) > _FEW
        or len(set(map(_text_of, clauses))) < len(clauses)
        or len({place_of(clause.document) for clause in clauses}) > 1
        or not all(same_number(levels_of(clause.address), number) for clause in clauses)
    ):
        return []
    return list({clean(clause.text): clause for clause in reversed(clauses)}.values())[::-1]


def missing_address(store: Store, question: Question) -> str:
    """The address that a question of a place or a document gives and that no clause has (杭州附件
    第十六条); nothing where it gives none, or asks for more than what stands there."""
    text = fold(question.text)
    titles = [match.span() for match in _TITLE.finditer(text)]
    match = next(
        (m for m in _NUMBER.finditer(text) if not any(a <= m.start() < b for a, b in titles)), None
    )
    if not match or not (question.held or question.documents) or len(match.group()) < 3:
        return ""
    where = _LINKS.sub("", _BEFORE.sub("", text[: match.start()]))
    after = text[match.end() :]
    if not where or _NO_ADDRESS.search(match.group()) or _NUMBER.match(after):
        return ""
    if any(word in after for word in set(question.words) - _OF_TEXTS):
        return ""
    found = _rows_at(store, where, match.group())
    rounds = list(_ROUNDS.finditer(match.group()))
    if not found and len(rounds) > 1:  # （一）（二）: both, not the one in the other
        found = _rows_at(store, where, match.group()[: rounds[0].end()])
    if found or not names_a_document(store, where) or has_below(store, where, match.group()):
        return ""
    return f"{where}{match.group()}"


def _rows_at(store: Store, where: str, number: str) -> list[int]:
    """The rows at that number of what ``where`` names. 第二十条 is also 20. or 二十、 where a text
    counts so throughout and its clauses are not called 条."""
    rows = rows_of(store, f"{where}{number}")
    if not rows and (article := _ARTICLE.match(number)):
        bare = f"{article[1]}、"
        found = rows_of(store, f"{where}{bare}")
        if len(found) == 1:
            levels = levels_of(store.clause(found[0]).address)
            return found if normal_address(levels) == normal_address(bare) else []
    return rows


_TITLE = re.compile(r"《[^《》]*(?:《[^《》]*》[^《》]*)*》")
_NO_ADDRESS = re.compile(r"\d{3}|\d、")
"""Years （2025） and lists (2023、24年): no text has so many clauses."""
_OF_TEXTS = frozenset(
    "附件|政策|方案|计划|行动计划|实施方案|文件|通知|意见|办法|规定|条例|条款|正文|措施|第|条|款|项|内容"  # noqa: SIM905
    "|写|说|讲|扶持|支持|补贴|奖励".split("|")
)
"""Words that name a text or a part of it."""
