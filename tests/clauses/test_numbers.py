"""Printed numbers and their values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.clauses.numbers import FORMS, chinese_numeral, chinese_value, readings_at


@given(st.integers(1, 9999))
def test_numerals_come_back_from_their_value(value: int) -> None:
    """Writing a value and reading it gives the value."""
    assert chinese_value(chinese_numeral(value)) == value


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("十", 10), ("十三", 13), ("二十", 20), ("一百零三", 103), ("一〇三", 103), ("一百一十", 110),
        ("一千零一", 1001), ("两百", 200), ("二○二四", 2024), ("12", 12), ("甲", None), ("", None),
    ],
)  # fmt: skip
def test_numerals_of_statutes_are_read(numeral: str, value: int | None) -> None:
    """All the ways in which statutes write a number."""
    assert chinese_value(numeral) == value


@pytest.mark.parametrize(
    ("printed", "number", "cited"),
    [
        ("一、总体要求", "一", "一、"),
        ("二.主要任务", "二", "二、"),
        ("(三)培育品牌", "（三）", "（三）"),
        ("（ 三 ）培育品牌", "（三）", "（三）"),
        ("1.壮大主体", "1", "1."),
        ("1 .完善平台", "1", "1."),
        ("１．全角", "1", "1."),
        ("10、十项", "10", "10."),
        ("(3 )建设海外仓", "（3）", "（3）"),
        ("4）四", "4）", "4）"),
        ("③三", "③", "③"),
        ("第 三十 条 为了", "第三十条", "第三十条"),
        ("第三十条之一 为了", "第三十条之一", "第三十条之一"),
        ("第12条 为了", "第十二条", "第十二条"),
        ("第一千零一条 为了", "第一千零一条", "第一千零一条"),
        ("第二章 总则", "第二章", "第二章"),
        ("3.2024年底前完成", "3", "3."),
    ],
)
def test_forms_of_numbers(printed: str, number: str, cited: str) -> None:
    """Each form, as printed, repaired, and as it is cited."""
    candidate = next(readings_at(printed, 0, len(printed)))
    assert (candidate.number, candidate.cited) == (number, cited)


@pytest.mark.parametrize(
    "printed",
    [
        "1.5万元以下的",
        "12.31前完成",
        "2024年",
        "第三十条的规定",
        "第一款规定",
        "一般贸易",
        "十大行动",
        "3个以上",
        "20%以上",
    ],
)
def test_what_only_looks_like_a_number(printed: str) -> None:
    """Amounts, dates, references and words begin no item."""
    assert not list(readings_at(printed, 0, len(printed)))


def test_the_table_is_in_order_of_rank() -> None:
    """The forms stand in the order in which they usually nest."""
    assert [form.rank for form in FORMS] == sorted(form.rank for form in FORMS)
