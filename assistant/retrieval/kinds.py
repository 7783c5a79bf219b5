"""What a question asks for, by its words."""

from __future__ import annotations

import re
from enum import StrEnum


class Kind(StrEnum):
    """What a question asks for. A question may ask for several things."""

    WHO = "who"
    """A responsible body."""
    WHEN = "when"
    """A day, a deadline, a length of time."""
    SHARE = "share"
    """A percentage."""
    AMOUNT = "amount"
    """Money, or a limit."""
    COUNT = "count"
    """How many."""
    CONDITION = "condition"
    """What must be met, and by whom."""
    HOW = "how"
    """A procedure."""
    CONTENT = "content"
    """What a text says."""
    LIST = "list"
    YES_NO = "yes_no"
    OTHER = "other"


_N = r"(?:多少|(?<![哪第])几)"
_UNIT = r"(?:[个家条项种名人位座所处类批次艘架辆台套款]|平方|平米|公里|场)"
_GIVE = r"(?:补|奖|给|拿|贴|报|领|资助|扶持|支持|奖励|补贴|补助|罚|赔|贷|减免|免|返)"
_PATTERNS: tuple[tuple[Kind, str], ...] = (
    (
        Kind.WHO,
        (
            r"谁(?:来|去|在|负责|管|牵头|定|出|批|审|发|说了算|解释|主管)|(?:由|归|找|让|是|要|该)谁"
            rf"|哪[一几个些家]{{0,3}}(?:局|部门|单位|机构|委|办(?![理的备证手]|$|[?？])|科室)|{_N}个?(?:局|部门|单位)"
            r"|(?:责任|主管|负责|牵头|执法|审批|实施|管理)(?:单位|部门|机关|主体)|归.{0,8}管|哪[^，。？?]{0,6}牵头|[由归]哪|哪里管|哪管"
        ),
    ),
    (
        Kind.WHEN,
        (
            r"什么时候|什么时间|啥时候|何时|几月|几号|哪天|哪一天|哪年|哪一年|多久|多长时间|期限|时限|有效期|到期|截止"
            r"|过期|几年|几天|几个月|多少[年天日]|多少个(?:月|工作日)|年限|失效|生效"
        ),
    ),
    (
        Kind.SHARE,
        r"比例|百分之|百分比|百分点|几成|(?:几|多少)个点|[几多]少?点(?=[奖补返])|占比|几折|费率|利率|增速|增长(?:率|多少|几)|多少[%％]",
    ),
    (
        Kind.COUNT,
        rf"{_N}{_UNIT}(?!部门|单位|局|月|工作日|点)|多少(?:企业|公司|园区|基地|平台|品牌|仓|产业带|案例|航线|人)|数量|面积",
    ),
    (
        Kind.AMOUNT,
        (
            rf"多少(?:钱|万|亿|元|块|资金|补贴|补助|奖励|奖金|费用|金额)|{_GIVE}.{{0,6}}?(?:多少|几(?:万|块|元|十|百|千|个?钱))"
            rf"|多少.{{0,4}}{_GIVE}|金额|罚款|(?:最高|最多|最少|至少|最低)|上限|封顶|下限|多大力度|几(?:万|块|元|十万|百万|千|亿)"
            r"|补.{0,3}(?:万|钱)|多少|多大|指标|目标"
        ),
    ),
    (
        Kind.CONDITION,
        (
            r"条件|要求|门槛|资格|什么样的|哪类|哪种|哪些(?:企业|公司|单位|人)|什么(?:企业|公司|单位|人)|谁(?:可以|能|才|有资格)"
            r"|怎[么样]才|如何才|才[能可给算]|符合什么|满足|得先|前提|要(?:达到|做到|满足)|需要(?:达到|具备|满足|什么)"
        ),
    ),
    (
        Kind.HOW,
        r"(?:怎[么样]|如何|在哪|去哪|哪里).{0,3}(?:申请|申报|办理|办|报名|提交|领取|领|注册|登记)|流程|手续|材料|步骤",
    ),
    (Kind.LIST, r"哪些|有什么|有啥|列[出举]|几种|都有"),
    (
        Kind.CONTENT,
        r"说(?:了?什么|的是)|怎[么样](?:说|规定|写|讲|定)|什么(?:规定|内容|意思)|内容|讲什么",
    ),
    (
        Kind.YES_NO,
        r"(?<![什怎这那多])[吗么](?:$|[？?])|有没有|有无|是否|是不是|能不能|可不可以|会不会|要不要|算不算|能否|可否|给不给|行不行|让不让|用不用|管不管",
    ),
)
_COMPILED = tuple((kind, re.compile(pattern)) for kind, pattern in _PATTERNS)


def kinds_of(text: str) -> tuple[Kind, ...]:
    """What ``text`` (folded) asks for, the most telling first; ``OTHER`` alone where its words do
    not say."""
    found = tuple(kind for kind, pattern in _COMPILED if pattern.search(text))
    measured = {Kind.COUNT, Kind.SHARE, Kind.WHEN} & set(found)
    if Kind.AMOUNT in found and measured and not _SURELY_AMOUNT.search(text):
        found = tuple(kind for kind in found if kind is not Kind.AMOUNT)  # 比例是多少
    return found or (Kind.OTHER,)


_SURELY_AMOUNT = re.compile(
    rf"多少(?:钱|万|亿|元|资金|补贴|补助|奖励|奖金|金额)|最[高多低少]|金额|封顶|上限|罚款"
    rf"|{_GIVE}.{{0,4}}?(?:多少(?!个|家|条|项|天|年|工作日)|几(?:万|块|元|十万|百万))"
)


def kind_of(text: str) -> Kind:
    """The most telling of what ``text`` asks for."""
    return kinds_of(text)[0]
