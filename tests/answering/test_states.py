"""Whether a sentence states what is asked, says it vaguely, or is damaged there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.states import Asked, asked_for, is_damaged, is_vague, states
from assistant.retrieval import Kind
from assistant.retrieval.kinds import kinds_of

AMOUNT, SHARE, COUNT = Kind.AMOUNT, Kind.SHARE, Kind.COUNT
WHEN, WHO = Kind.WHEN, Kind.WHO


@pytest.mark.parametrize(
    ("kind", "text", "stated"),
    [
        (AMOUNT, "给予最高200万元的补贴", True),
        (AMOUNT, "给予不超过三百万元的奖励", True),
        (AMOUNT, "给予不超过60%的资金扶持", True),
        (AMOUNT, "补助3000美元", True),
        (AMOUNT, "给予一定比例支持", False),
        (AMOUNT, "给予分档激励", False),
        (AMOUNT, "建设海外仓20个", False),
        (AMOUNT, "自2024年11月1日起施行", False),
        (AMOUNT, "第三条和第四条", False),
        (SHARE, "不超过60%", True),
        (SHARE, "百分之十五", True),
        (SHARE, "按三成补助", True),
        (SHARE, "５０％以内", True),
        (SHARE, "给予200万元", False),
        (SHARE, "现成的方案完成了", False),
        (SHARE, "按实际支出的一定比例", False),
        (COUNT, "建设海外仓20个", True),
        (COUNT, "培育企业一百家以上", True),
        (COUNT, "新增航线两条", True),
        (COUNT, "面积超过3000平方米", True),
        (COUNT, "打造5—8个平台", True),
        (COUNT, "1,200家企业", True),
        (COUNT, "培育一批企业", False),
        (COUNT, "按照第三条执行", False),
        (COUNT, "到2027年实现翻番", False),
        (COUNT, "在5个月内办结", False),
        (COUNT, "打造一个平台", False),
        (COUNT, "在10个工作日内办结", False),
        (WHEN, "自2024年11月1日起施行", True),
        (WHEN, "有效期至2027年12月31日", True),
        (WHEN, "为期三年", True),
        (WHEN, "在5个工作日内办结", True),
        (WHEN, "自印发之日起施行", False),
        (WHEN, "抓紧办理", False),
        (WHO, "由市商务局负责", True),
        (WHO, "责任单位：市商务局", True),
        (WHO, "市税务局、市财政局按职责分工", True),
        (WHO, "报省人民政府批准", True),
        (WHO, "由法定代表人签字", True),
        (WHO, "加强协同推进", False),
        (WHO, "支持企业开展独立站建设", False),
        (WHO, "向银行贷款", False),
        (WHO, "加强企业内部管理", False),
        pytest.param(WHO, "对全部企业进行登记", False),
        (WHO, "全部进行登记", False),
    ],
)
def test_what_a_sentence_states(kind: Kind, text: str, stated: bool) -> None:
    """Amounts, shares, numbers with their measure words, days and terms, and bodies."""
    assert states(Asked((kind,), money=True), text, 0, len(text)) is stated


@pytest.mark.parametrize(
    ("unit", "text", "stated"),
    [
        ("个", "建设20个", True),
        ("个", "培育20家", True),
        ("家", "培育20个企业", True),
        ("平方米", "不少于3000平方米", True),
        ("平方米", "不少于5亩", True),
        ("平方米", "企业20家", False),
        ("家", "3000平方米", False),
        ("公里", "全长30公里", True),
        ("公里", "20家", False),
        ("条", "开通航线6条", True),
        ("户", "服务300户", True),
    ],
)
def test_measure_words_that_stand_for_each_other(unit: str, text: str, stated: bool) -> None:
    """几家 may be answered with 个, but not with 平方米."""
    assert states(Asked((COUNT,), unit), text, 0, len(text)) is stated


def test_only_the_sentence_itself_counts() -> None:
    """What stands before or behind it in the text is not stated by it."""
    text = "给予支持。给予200万元。给予奖励。"
    asked = Asked((AMOUNT,), money=True)
    assert not states(asked, text, 0, 5)
    assert states(asked, text, 5, 13)
    assert not states(asked, text, 13, len(text))


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("咨询电话：0571-85123456", True),
        ("手机13812345678", True),
        ("登录https://example.org办理", True),
        ("地址：文三路 90 号", True),
        ("发送至a@b.cn", True),
        ("由市商务局负责", False),
        ("补贴200万元", False),
    ],
)
def test_how_to_reach_somebody(text: str, stated: bool) -> None:
    """A question for a telephone number is answered by one, or by a site or an address."""
    asked = asked_for(kinds_of("联系电话是多少"), "联系电话是多少")
    assert asked is not None
    assert asked.contact
    assert states(asked, text, 0, len(text)) is stated


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("独立站最高补多少钱", Asked((AMOUNT,), money=True)),
        ("要建几个海外仓", Asked((COUNT,), "个")),
        ("园区要多少平方米", Asked((COUNT,), "平方米")),
        ("谁负责", Asked((WHO,))),
        ("有效期到什么时候", Asked((WHEN,))),
        ("怎么支持独立站", None),
        ("有哪些措施", None),
        ("需要什么条件", None),
        ("独立站", None),
    ],
)
def test_what_a_question_asks_to_be_stated(question: str, expected: Asked | None) -> None:
    """Kinds that a sentence shows; nothing where no sentence could be seen to lack it."""
    assert asked_for(kinds_of(question), question) == expected


@pytest.mark.parametrize(
    ("text", "vague"),
    [
        ("给予一定比例支持", True),
        ("给予一定支持", True),
        ("给予重点扶持", True),
        ("按规定给予奖励", True),
        ("实行分档激励", True),
        ("给予适当补助", True),
        ("给予最高200万元的补贴", False),
        ("由市商务局负责", False),
        ("支持企业建设独立站", False),
    ],
)
def test_what_is_given_without_saying_how_much(text: str, vague: bool) -> None:
    """一定比例 and 适当 say that something is given, and not what."""
    assert is_vague(text) is vague


@pytest.mark.parametrize(
    ("text", "damaged"),
    [
        ("选品中心或线万元", True),
        ("给予万元奖励", True),
        ("提高个百分点", True),
        ("给予□□万元", True),
        ("给予\ufffd支持", True),
        ("给予____元", True),
        ("最高200万元", False),
        ("最高 200 万元", False),
        ("三百万元", False),
        ("几万元", False),
        ("数亿元", False),
        ("每万元产值", False),
        ("（单位：万元）", False),
        ("十余万元", False),
        ("提高3个百分点", False),
        ("万亿元产业", False),
        *(
            (text, False)
            for text in ("培育超亿元企业", "交易额过亿元", "上亿元的园区", "贷款近亿元", "产值破亿元")
        ),
    ],
)  # fmt: skip
def test_numbers_that_are_missing(text: str, damaged: bool) -> None:
    """万元 with no number before it is a number lost; 几万元 and 单位：万元 are none."""
    assert is_damaged(text) is damaged


def test_a_number_missing_before_its_measure_word() -> None:
    """货运航线条。 lacks its number where one is asked for, and only then."""
    asked = Asked((COUNT,), "条")
    assert is_damaged("新增货运航线条。", asked, ["货运", "航线"])
    assert not is_damaged("新增货运航线条。")
    assert not is_damaged("新增货运航线6条。", asked, ["货运", "航线"])
    assert not is_damaged("新增货运航线条。", Asked((WHO,)), ["航线"])
    assert not is_damaged("新增货运航线条件。", asked, ["航线"])


@given(st.text(max_size=80), st.sampled_from([AMOUNT, SHARE, COUNT, WHEN, WHO]))
def test_any_text_is_looked_at(text: str, kind: Kind) -> None:
    """Whatever a sentence holds, it states a thing or does not; a longer text states no less of
    an amount that stands whole in it."""
    asked = Asked((kind,), money=True)
    assert states(asked, text, 0, len(text)) in (True, False)
    assert is_damaged(text, asked, ["补贴"]) in (True, False)
    if kind is AMOUNT:
        assert states(asked, f"{text}。给予200万元。", 0, len(text) + 10)
