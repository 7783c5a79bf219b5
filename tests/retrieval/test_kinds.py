"""What a question asks for, by its words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.retrieval import Kind
from assistant.retrieval.kinds import kind_of, kinds_of

QUESTIONS = {
    Kind.WHO: [
        "谁负责？", "这事归哪个局管", "责任单位是哪几家", "由哪个部门牵头", "该找谁办", "归谁管？",
        "牵头单位是哪家", "哪几个部门负责", "主管部门是哪个", "由谁来解释", "谁出钱",
    ],
    Kind.WHEN: [
        "什么时候开始", "有效期到哪天", "多久能办完", "要几个月", "还能用几年", "截止日期是几号",
        "何时失效", "要多少个工作日", "几月几号施行",
    ],
    Kind.SHARE: ["比例多少", "按百分之几补", "报销几成", "能奖几个点", "贷款利率", "占比", "打几折"],
    Kind.AMOUNT: [
        "补贴多少钱", "最高给多少", "能奖几万", "罚款怎么算", "最多补多少", "封顶多少", "支持多大力度",
        "一年能领多少", "上限呢", "产值目标",
    ],
    Kind.COUNT: [
        "要建几个海外仓", "培育多少家企业", "园区要多少平方米", "开几条航线", "办几场活动", "要多少人",
        "几类企业",
    ],
    Kind.CONDITION: [
        "需要什么条件", "什么样的企业能申请", "有什么门槛", "谁能申请", "怎么才能拿到", "要满足什么",
        "哪类企业可以享受",
    ],
    Kind.HOW: ["怎么申请", "如何办理备案", "申报材料", "走什么流程", "去哪里领"],
    Kind.LIST: ["有哪些措施", "对独立站有什么政策", "列出全部", "有啥好处"],
    Kind.CONTENT: ["怎么规定的", "第三条说的是什么", "讲什么", "什么意思"],
    Kind.YES_NO: ["有补贴吗", "是否支持", "能不能办", "有没有奖励", "支持么？", "算不算"],
    Kind.OTHER: ["独立站", "第三条", "怎么支持独立站", "哪几个城市", "海外仓的补贴"],
}  # fmt: skip
CASES = [(text, kind) for kind, texts in QUESTIONS.items() for text in texts]


@pytest.mark.parametrize(("text", "kind"), CASES)
def test_the_kind_of_a_question(text: str, kind: Kind) -> None:
    """What is asked for first of all is read from the question words."""
    assert kind_of(text) is kind


def test_the_table_is_large_enough() -> None:
    """Every kind is there, and sixty questions at least."""
    assert set(QUESTIONS) == set(Kind)
    assert len(CASES) >= 60


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("谁负责，什么时候截止", {Kind.WHO, Kind.WHEN}),
        ("最高补多少钱，按什么比例", {Kind.AMOUNT, Kind.SHARE}),
        ("补几家，一家最高多少", {Kind.COUNT, Kind.AMOUNT}),
        ("怎么申请，要什么条件", {Kind.HOW, Kind.CONDITION}),
    ],
)
def test_a_question_may_ask_for_several_things(text: str, kinds: set[Kind]) -> None:
    """Each of the things is among its kinds."""
    assert kinds <= set(kinds_of(text))


@pytest.mark.parametrize("text", ["要建几个基地", "培育多少家企业", "多少平方米"])
def test_a_number_of_things_is_no_amount(text: str) -> None:
    """How many are asked for, not how much money."""
    assert Kind.AMOUNT not in kinds_of(text)


@pytest.mark.parametrize("text", ["比例是多少", "有效期是多少年", "要多少个工作日", "费率多少"])
def test_a_share_or_a_term_is_no_amount(text: str) -> None:
    """A question for a share is not answered by a sum of money, nor one for a time."""
    assert Kind.AMOUNT not in kinds_of(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("第几条说的", Kind.OTHER), ("说了什么", Kind.CONTENT)],
)
def test_kinds_that_look_like_others(text: str, kind: Kind) -> None:
    """第几条 no number of lines, 说了什么 no question that yes or no answers."""
    assert kinds_of(text) == (kind,)


@given(st.text(max_size=60))
def test_any_text_has_a_kind(text: str) -> None:
    """At least one kind, none twice, and OTHER only alone."""
    kinds = kinds_of(text)
    assert kinds
    assert len(set(kinds)) == len(kinds)
    assert Kind.OTHER not in kinds or kinds == (Kind.OTHER,)
