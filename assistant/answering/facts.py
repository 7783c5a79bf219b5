"""What a quote states, in short: 金额：最高200万元; 责任单位：市商务局.

Taken from the fields of the cited clause, as printed, never re-typed: amounts and shares that are
given (not those that a firm must reach) with those whom they are for, days and terms, and the
bodies of the clause's bracket.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.answering.answer import Citation, Fact
from assistant.clauses import Quantity, QuantityKind
from assistant.retrieval import Kind
from assistant.text import clean

_SHOWN = 6
_LIMIT_WORD = re.compile(
    r"(?:最[高多低长]|不得?(?:超过|低于|少于|高于)|至[多少]|上限为?|封顶)(?:不超过)?"
    r"[^，,。；;、\d一二三四五六七八九十百]{0,14}$"
)
"""A word that limits, and what stands between it and the number: 不超过推广费用25%."""
_GIVEN_BEFORE = re.compile(
    r"(?:给予|予以|奖励|补助|补贴|资助|扶持|支持|贴息|最高|不超过|封顶|罚款|处|赔偿|设立|减免"
    r"|免征)[^。；;]{0,24}$"
)
_GIVEN_AFTER = re.compile(
    r"^\s?(?:的)?(?:给予|予以|进行)?(?:一次性|年度|专项|项目|资金|财政)*(?:奖励|补助|补贴|资助|扶持|支持|罚款|贴息|奖金)"
)
_TO_REACH = re.compile(
    r"(?:^|[^不])(?:超过|达到|满|突破|高于|不低于|不少于|年度|收入|交易额|进口额|规模|面积|总额|资本|投资额|营业额)(?:的|为|在|最高|不超过|不低于){0,2}"
    r"[\d.\s、和或至元万亿美欧港%]*$"
)
_OF_WHOM = re.compile(
    r"(?:以[上下内])?的?[^，。；;,给予奖励补助]{0,8}?(?:企业|项目|单位|个人|机构|平台|公司|贷款|园区)"
    r"(?=[，,。；;]|给予|按|分别|申报|$)"
)
"""Behind a mark that is to be met: 不超过2000万元的小微企业."""
_BEHIND = re.compile(r"\s?(?:以上|以下|以内|之内)")


def facts_of(kinds: Sequence[Kind], citations: Sequence[Citation]) -> tuple[Fact, ...]:
    """What the quotes of the clause that is cited first state of what is asked for."""
    if not citations:
        return ()
    clause = citations[0].clause
    own = [citation for citation in citations if citation.clause.id == clause.id]
    found: list[Fact] = []
    for kind in kinds:
        if kind is Kind.WHO and clause.responsible:
            found.append(Fact(kind, clause.responsible, clause))
        elif kind in _PICKS:
            pick = _PICKS[kind]
            if kind is Kind.AMOUNT and Kind.SHARE in kinds:  # the shares have a line of their own
                pick = _Pick(frozenset({QuantityKind.MONEY}), given=True)
            values = dict.fromkeys(value for c in own for value in _values(pick, c))
            if values:
                found.append(Fact(kind, tuple(values)[:_SHOWN], clause))
    gives = any(fact.kind in (Kind.AMOUNT, Kind.SHARE) for fact in found)
    if gives or Kind.CONDITION in kinds:  # an amount is little worth without its condition
        whom = dict.fromkeys(value for c in own for value in _conditions(c))
        if whom:
            found.append(Fact(Kind.CONDITION, tuple(whom)[:_SHOWN], clause))
    return tuple(found)


def _conditions(citation: Citation) -> Iterator[str]:
    """Those of the clause's conditions that the quote holds whole, as printed."""
    for one in citation.clause.conditions:
        if citation.start <= one.start and one.end <= citation.end:
            yield clean(citation.clause.document.text[one.start : one.end])


@dataclass(frozen=True, slots=True)
class _Pick:
    """The kinds of quantities that a kind of question takes, and whether only what is given."""

    kinds: frozenset[QuantityKind]
    given: bool


_PICKS = {
    Kind.AMOUNT: _Pick(frozenset({QuantityKind.MONEY, QuantityKind.SHARE}), given=True),
    Kind.SHARE: _Pick(frozenset({QuantityKind.SHARE}), given=True),
    Kind.WHEN: _Pick(frozenset({QuantityKind.DAY, QuantityKind.TERM}), given=False),
}


def _values(pick: _Pick, citation: Citation) -> Iterator[str]:
    """The quantities of a quote that answer, as printed, with the words that limit them."""
    text = citation.clause.document.text
    for quantity in citation.clause.quantities:
        inside = citation.start <= quantity.start and quantity.end <= citation.end
        if not inside or quantity.kind not in pick.kinds:
            continue
        if pick.given and not _is_given(text, citation, quantity):
            continue
        before = text[max(citation.start, quantity.start - 24) : quantity.start]
        limit = _LIMIT_WORD.search(before)
        start = quantity.start - (len(before) - limit.start() if limit else 0)
        behind = _BEHIND.match(text, quantity.end, min(citation.end, quantity.end + 4))
        yield clean(text[start : behind.end() if behind else quantity.end])


def _is_given(text: str, citation: Citation, quantity: Quantity) -> bool:
    """Whether a quantity is given to somebody (给予…200万元), not one to reach (超过5000万元)."""
    before = text[max(citation.start, quantity.start - 30) : quantity.start]
    after = text[quantity.end : min(citation.end, quantity.end + 20)]
    if _TO_REACH.search(before) or _OF_WHOM.match(after):
        return False
    return bool(_GIVEN_AFTER.match(after) or _GIVEN_BEFORE.search(before))
