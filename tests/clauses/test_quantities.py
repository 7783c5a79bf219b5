"""Amounts, shares, days and terms in a clause."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.clauses.quantities import Kind, Limit, quantities_in
from tests.conftest import examples

Read = tuple[str, float, str, str]


def read(text: str, kind: Kind) -> list[Read]:
    """The quantities of a kind in ``text``: as printed, value, unit, limit."""
    return [
        (text[one.start : one.end], one.value, one.unit, one.limit.value)
        for one in quantities_in(text, 0, len(text))
        if one.kind is kind
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("给予最高不超过500万元的补助", [("500万元", 5_000_000, "元", "at_most")]),
        ("给予1.5万元以下的补助", [("1.5万元", 15_000, "元", "at_most")]),
        ("年出口额1亿元以上的", [("1亿元", 100_000_000, "元", "at_least")]),
        ("奖励二十万元、三千元", [("二十万元", 200_000, "元", ""), ("三千元", 3_000, "元", "")]),
        ("50万-100万元", [("50万", 500_000, "元", ""), ("100万元", 1_000_000, "元", "")]),
        ("20至30万元", [("20", 200_000, "元", ""), ("30万元", 300_000, "元", "")]),
        ("不低于1,000万元", [("1,000万元", 10_000_000, "元", "at_least")]),
        ("达到100万美元", [("100万美元", 1_000_000, "美元", "at_least")]),
        ("每单0.3元", [("0.3元", 0.3, "元", "")]),
        ("100万元（含）以上", [("100万元", 1_000_000, "元", "at_least")]),
        ("单元、多元、公元", []),
        ("不超过 3 0 万元", []),  # the scan tore the number: better none than a wrong one
    ],
)
def test_amounts(text: str, found: list[Read]) -> None:
    """Amounts with their scale, their currency, and whether they are a limit."""
    assert read(text, Kind.MONEY) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("按30%给予补助", [("30%", 30, "%", "")]),
        ("不超过百分之五十", [("百分之五十", 50, "%", "at_most")]),
        ("提高三成", [("三成", 30, "%", "")]),
        ("千分之五", [("千分之五", 0.5, "%", "")]),
        ("２０％以内", [("２０％", 20, "%", "at_most")]),
        ("完成立项，现成的，一成立就", []),
    ],
)
def test_shares(text: str, found: list[Read]) -> None:
    """Shares in figures and in words, all in per cent."""
    assert read(text, Kind.SHARE) == found


@pytest.mark.parametrize(
    ("text", "day", "deadline"),
    [
        ("自2024年11月1日起施行", date(2024, 11, 1), False),
        ("至2027年12月31日", date(2027, 12, 31), True),
        ("2025年底前建成", date(2025, 12, 31), True),
        ("2024年2月底前", date(2024, 2, 29), True),
        ("二〇二四年三月五日", date(2024, 3, 5), False),
        ("2024-09-30前", date(2024, 9, 30), True),
    ],
)
def test_days(text: str, day: date, deadline: bool) -> None:
    """Days, months and years by their last day, and whether something is due then."""
    (one,) = (q for q in quantities_in(text, 0, len(text)) if q.kind is Kind.DAY)
    assert (one.day, one.deadline) == (day, deadline)


def test_terms() -> None:
    """Lengths of time with their unit; the 2024年 of a date and the 第三年 of an order are none."""
    text = "自受理之日起15个工作日内，运营满1年以上，有效期三年，半年内，第三年，2024年"
    assert read(text, Kind.TERM) == [
        ("15个工作日", 15, "个工作日", ""),
        ("1年", 1, "年", "at_least"),
        ("三年", 3, "年", ""),
        ("半年", 0.5, "年", ""),
    ]


@pytest.mark.fuzz
@settings(max_examples=examples(100), deadline=None)
@given(st.text(alphabet="0123456789.,，万亿元年月日%零一二三十百成分之至-前内以上下 ", max_size=40))
def test_quantities_never_overlap_and_are_where_they_say(text: str) -> None:
    """Whatever is printed, the quantities lie in the text, in order, none inside another."""
    found = quantities_in(text, 0, len(text))
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(one.limit in Limit for one in found)
