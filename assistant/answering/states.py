"""Whether a sentence states what is asked: an amount, a share, a number, a day, a body, the way.

Amounts, shares, days and terms are the clause's own quantities (:mod:`assistant.clauses`), so what
is recognised here can also be shown, as printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.clauses import QuantityKind, quantities_in
from assistant.retrieval import Kind

_N = r"(?:\d[\d,.]*|[二三四五六七八九十百千万两]+|[一二三四五六七八九十]+十[一二三四五六七八九]?)"
_MEASURES = (
    "个家名人户位所座处项件种款类台套辆架艘批次场",
    "条",
    "项件条款",
    ("平方米", "平方公里", "平米", "万平", "亩", "公顷"),
    ("公里", "米"),
)
"""Measure words that may stand for each other."""
_BODY = re.compile(
    r"(?:局|厅|署|院|处|领导小组|部门|委员会|委|办公室|办|政府|管委会|海关|法院|检察院|机关|中心|机构"
    r"|主管|银行|分行|协会|(?<![内全])部)"
    r"(?:[、,，）)\]］]|等|要|应|应当|会同|负责|牵头|履行|承担|另行|按照|依法|统筹|组织|制定|研究|加快|责令"
    r"|可以|批准|审|登记|备案|颁发|监督|管理|予以|给予|处|进行|对)"
    r"|由.{2,30}(?:负责|牵头|制定|解释|承担|组织|实施|主管|会同|审|批|认定|指定|任命|依法|予以)"
    r"|(?:责任|牵头|主管|负责)(?:单位|部门|机关)|负责人|法定代表人"
)
_CONTACT = re.compile(
    r"\d{3,4}[-－ ]?\d{7,8}|1\d{10}|https?://|www\.|@|路\s?\d+\s?号|电话[:：]|网址[:：]"
)
_CONTACT_ASKED = re.compile(
    r"电话|热线|网址|哪个网站|邮箱|地址|联系方式|哪个处|哪个科|几号窗口|微信"
)
_WANTED_UNIT = re.compile(
    r"(?:多少|几)\s?(平方米|平米|平方|公里|[个家条项种名人位座所处艘架辆台套场亩户])"
)
_MONEY_ASKED = re.compile(
    r"钱|[万亿]|元|块|补|奖|资助|扶持|贴|费|罚|赔|资金|金额|贷|税|额度|报销|价"
)
_BROKEN = re.compile(
    r"(?<=[^\d零〇一二三四五六七八九十百千万亿两几数多余每超过上近破约达逾/·.,，、单位：:（(\"“\s])"
    r"(?:[万亿]元|[万亿]美元|个百分点)(?!户|贷|店|村|级|以上|以下|产值|GDP|投资)|�|□{2,}|\?{3,}|_{3,}"
)
_VAGUE = re.compile(
    r"一定(?:比例|额度|数额|数量|规模|补|奖|资|支持|的)|相应|适当|若干|一批"
    r"|[给予]予[^，,。；;\d一二三四五六七八九十百]{0,8}(?:支持|扶持|激励|奖励|补助|资助)|按(?:规定|政策)|有关规定|择优|分档"
)
_TIMES = re.compile(rf"{_N}\s?倍|分之|全额|免费|免收|免除|全免|减半|无偿")
"""Amounts without a unit."""
_BEHIND_COLON = re.compile(r"[:：]\s*\d")
"""A number on the line below: 奖励金额，万元："""
_MONEY, _SHARE = frozenset({QuantityKind.MONEY}), frozenset({QuantityKind.SHARE})
_QUANTITIES = {
    Kind.AMOUNT: _MONEY | _SHARE,
    Kind.SHARE: _SHARE,
    Kind.WHEN: frozenset({QuantityKind.DAY, QuantityKind.TERM}),
}
_PROCEDURE = re.compile(
    r"(?:提出|提交|递交|报送|填报|填写)[^。；;]{0,12}(?:申请|申报|材料|资料|表)"
    r"|(?:向|到|由|经|通过|凭|在)[^。；;,，]{2,40}(?:申请|申报|办理|提交|提出|登记|备案|报名|受理)(?!费)"
    r"|(?:材料|资料|凭证|手续|流程|程序|窗口)[^。；;]{0,10}(?:办理|申请|申报|提交|登记|备案)"
    r"|(?:办理|申请|申报|登记|备案)的?(?:手续|流程|程序|材料|时间|指南)"
)
"""How a thing is applied for: where, or with what; that it can be applied for does not count."""
_PROCEDURE_ASKED = re.compile(
    r"(?:怎[么样]|如何|在哪里?|去哪里?|哪里)(?:可以|才能|能|去)?(?:申请|申报|办理|报名|提交|领取|登记)"
    r"|(?:准备|提交|提供|需要|交|带|要)(?:什么|哪些|啥)(?:样的)?(?:材料|资料|手续(?!费)|证明(?=$|[?？，,]))"
    r"|(?:申请|申报|办理)的?(?:流程|步骤|手续(?!费)|材料)|流程(?:是|有|怎|如|[?？]|$)"
)
CHECKED = (Kind.WHO, Kind.WHEN, Kind.SHARE, Kind.AMOUNT, Kind.COUNT)
"""Kinds of question of which a sentence shows whether it answers them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks for that a sentence can be seen to state: some of :data:`CHECKED`, how a
    thing is applied for (``Kind.HOW``), or a way to reach somebody (``contact``). ``unit`` is the
    measure word of what is counted, if the question has one (平方米); ``money`` says that an amount
    of money is meant."""

    kinds: tuple[Kind, ...]
    unit: str = ""
    money: bool = False
    contact: bool = False


def asked_for(kinds: Sequence[Kind], text: str) -> Asked | None:
    """What a question of those ``kinds`` with that ``text`` (folded) asks for; ``None`` where no
    sentence could be seen to lack it."""
    if _CONTACT_ASKED.search(text):
        return Asked((), contact=True)
    checked = tuple(kind for kind in kinds if kind in CHECKED)
    if not checked:
        return Asked((Kind.HOW,)) if _PROCEDURE_ASKED.search(text) else None
    unit = _WANTED_UNIT.search(text) if Kind.COUNT in checked else None
    return Asked(checked, unit.group(1) if unit else "", bool(_MONEY_ASKED.search(text)))


def states(asked: Asked, text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` states a thing of a kind that is asked for."""
    said = text[start:end]
    if asked.contact:
        return bool(_CONTACT.search(said))
    return any(_states_kind(kind, asked, text, start, end) for kind in asked.kinds)


def _states_kind(kind: Kind, asked: Asked, text: str, start: int, end: int) -> bool:
    said = text[start:end]
    if wanted := _QUANTITIES.get(kind):
        found = any(one.kind in wanted for one in quantities_in(text, start, end))
        if kind in (Kind.AMOUNT, Kind.SHARE):
            found = found or bool(_TIMES.search(said) or _BEHIND_COLON.match(text, end - 1))
        return found or (kind is Kind.AMOUNT and not asked.money and _counts("", said))
    if kind is Kind.COUNT:
        return _counts(asked.unit, said)
    if kind is Kind.HOW:
        return bool(_PROCEDURE.search(said))
    return bool(_BODY.search(said))


def _counts(unit: str, said: str) -> bool:
    """Whether ``said`` counts something, by a measure word that may stand for ``unit``."""
    like = [
        measure
        for group in _MEASURES
        if not unit or any(unit.startswith(one) or one.startswith(unit) for one in group)
        for measure in group
    ] or [unit]
    number = rf"(?<![第\d.年]){_N}(?:\s?[-－—~～至]\s?{_N})?[余多]?"
    pattern = rf"{number}\s?(?:{'|'.join(like)})(?![月分]|工作日|自然日)"
    return bool(re.search(pattern, said))


def is_vague(text: str) -> bool:
    """Whether a sentence gives something without saying how much: 给予一定比例支持."""
    return bool(_VAGUE.search(text))


def is_damaged(text: str, asked: Asked | None = None, words: Iterable[str] = ()) -> bool:
    """Whether a number is missing before its unit (选品中心或线万元), or characters are lost. Where
    ``asked`` is for a number, also whether it is missing between one of the question's ``words``
    and the measure word (货运航线条)."""
    if _BROKEN.search(text):
        return True
    if asked is None or Kind.COUNT not in asked.kinds or not asked.unit:
        return False
    return any(
        re.search(rf"{re.escape(word)}{re.escape(asked.unit)}(?=[。；;，,、]|$)", text)
        for word in words
        if len(word) > 1
    )
