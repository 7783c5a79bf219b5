"""What a text says of itself, and the words that it was read from."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.reading import Document
from assistant.reading.dates import days_in, last_year_of, parse_day
from assistant.reading.places import nested_places
from tests.conftest import documents_of

IN_FORCE = "第一条　企业应当备案。\n第二条　本办法自2024年1月1日起施行。\n"


def only(text: str) -> Document:
    (document,) = documents_of(text)
    return document


def words(document: Document, field: str) -> list[str]:
    """The words that a field was read from."""
    origin = document.origin(field)
    return [document.text[a:b] for a, b in origin.spans] if origin else []


@pytest.mark.parametrize(
    ("printed", "day"),
    [
        ("2024年11月1日", date(2024, 11, 1)),
        ("2024 年 11 月 1 日", date(2024, 11, 1)),
        ("二〇二四年十一月一日", date(2024, 11, 1)),
        ("二○二三年十二月三十一日", date(2023, 12, 31)),
        ("2024-09-30", date(2024, 9, 30)),
        ("2024年11月31日", None),
        ("二〇二四年十十月一日", None),
    ],
)
def test_days_in_words_and_figures(printed: str, day: date | None) -> None:
    """Each way to print a day; one that there is not is none."""
    assert [found.day for found in days_in(printed)] == ([day] if day else [])
    assert parse_day(printed) == day


@pytest.mark.parametrize(
    ("sentence", "begin", "end"),
    [
        ("本办法自2024年1月1日起施行，有效期至2026年12月31日。", "2024-01-01", "2026-12-31"),
        ("本办法自2024年1月1日起施行，有效期三年。", "2024-01-01", "2026-12-31"),
        ("本办法从2024年1月1日起实施，有效期至2025年底。", "2024-01-01", "2025-12-31"),
        ("本公告执行期限为2023年1月30日至2025年12月31日。", "2023-01-30", "2025-12-31"),
        # terms of other papers, and days of other texts
        (
            "对认定企业实施动态管理，资格有效期为三年。本办法自2024年1月1日起施行。",
            "2024-01-01",
            None,
        ),
        ("执行国家标准的检验报告有效期2年。本办法自2024年1月1日起施行。", "2024-01-01", None),
        ("许可证有效期至2025年12月31日。本办法自2024年1月1日起施行。", "2024-01-01", None),
        ("原办法自2020年1月1日起施行，本办法自2024年1月1日起施行。", "2024-01-01", None),
        ("自2016年1月1日起施行的认定办法不变。本办法自2024年1月1日起施行。", "2024-01-01", None),
        ("本办法自2024年1月1日起施行，有效期两三年。", "2024-01-01", None),
        ("本办法自2024年1月1日起施行，有效期十十年。", "2024-01-01", None),
    ],
)
def test_since_when_and_until_when_a_text_holds(sentence: str, begin: str, end: str | None) -> None:
    """The text's own term, and none that it only speaks of."""
    document = only(f"某市管理办法\n第一条　企业应当备案。\n第二条　{sentence}\n")
    assert document.effective_from == date.fromisoformat(begin)
    assert document.effective_to == (date.fromisoformat(end) if end else None)


def test_a_day_too_far_away_is_none() -> None:
    """A term that leads beyond the calendar breaks nothing."""
    text = "某市管理办法\n第一条　甲。\n第二条　本办法自发布之日起999日后施行。\n某市商务局\n9999年12月31日\n"
    assert only(text).effective_from is None


def test_the_notice_and_what_it_issues_are_of_one_day() -> None:
    """自印发之日起 counts from the notice's day; its issuer is the text's."""
    text = (
        "杭州市商务局关于印发杭州市扶持细则的通知\n杭商〔2024〕1号\n各区：\n现将杭州市扶持细则印发给你们，请遵照执行。\n"
        "杭州市商务局\n2024年2月1日\n杭州市扶持细则\n第一条　甲。\n第二条　本细则自印发之日起施行，有效期二年。\n"
    )
    last = documents_of(text)[-1]
    assert last.title == "杭州市扶持细则"
    assert (last.effective_from, last.effective_to) == (date(2024, 2, 1), date(2026, 1, 31))
    assert last.issuer == "杭州市商务局"


def test_a_pages_record_is_read_and_left_out() -> None:
    """索引号 and the like are no policy; what they say is the document's."""
    text = (
        "索引号：A-12\n发文机关：杭州市商务局\n发文字号：杭商〔2024〕1号\n成文日期：2024年2月1日\n发布日期：2024-02-08\n"
        f"杭州市管理办法\n{IN_FORCE}"
    )
    document = only(text)
    assert (document.issuer, document.number) == ("杭州市商务局", "杭商〔2024〕1号")
    assert (document.signed, document.published) == (date(2024, 2, 1), date(2024, 2, 8))
    assert words(document, "published") == ["2024-02-08"]
    guide = (
        "某市申报指南\n一、基本情况\n服务对象：在杭外贸企业\n有效期：三年\n二、其他\n另行通知。\n"
    )
    assert only(guide).left_out == ()


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("杭州市余杭区扶持办法", ("浙江省", "杭州市", "余杭区")),
        ("浙江省扶持办法", ("浙江省",)),
        ("上海市浦东新区扶持办法", ("上海市", "浦东新区")),
        ("北京市朝阳区扶持办法", ("北京市", "朝阳区")),
        ("朝阳区扶持办法", ("朝阳区",)),
        ("义乌扶持办法", ("浙江省", "金华市", "义乌市")),
        ("扶持办法", ()),
    ],
)
def test_places_lie_in_others(text: str, places: tuple[str, ...]) -> None:
    """A place with those around it; of a name that several places share only itself."""
    assert nested_places(text) == places


def test_the_words_of_each_field() -> None:
    """What is repealed, who explains it, where it is in force: each with its words."""
    document = only(
        "杭州市商务局关于跨境电商的管理办法\n第一条　企业应当备案。\n第二条　本办法由市商务局会同市财政局负责解释。\n"
        "第三条　本办法自2024年1月1日起施行，《杭州市旧办法》（杭商〔2020〕3号）同时废止。\n"
    )
    assert document.explained_by == ("市商务局", "市财政局")
    assert document.repeals == ("杭商〔2020〕3号",)
    assert words(document, "repeals") == ["《杭州市旧办法》（杭商〔2020〕3号）"]
    assert words(document, "effective_from") == ["自2024年1月1日起施行"]
    assert words(document, "region") == ["杭州市"]
    assert document.calls_itself == "办法"


def test_who_signed_is_the_issuer() -> None:
    """A notice whose title names no body is issued by the one above its day; 2023年第4号 is its
    number."""
    document = only(
        "关于延续政策的公告\n2023年第4号\n一、对出口退税。\n二、本公告自发布之日起执行。\n国家税务总局\n2023年1月30日\n"
    )
    assert (document.issuer, document.number) == ("国家税务总局", "2023年第4号")
    assert words(document, "issuer") == ["国家税务总局"]
    assert document.effective_from == date(2023, 1, 30)


@pytest.mark.parametrize(
    ("title", "year"),
    [
        ("行动方案(2022-2025)", 2025),
        ("实施方案（2024—2027年）", 2027),
        ("2021年至2023年行动计划", 2023),
        ("某省“十四五”商务发展规划", 2025),
        ("“十四五”规划和2035年远景目标纲要", 2035),
        ("关于做好“十三五”与“十四五”衔接的若干意见", 2025),
        ("2022年1月至2025年12月行动计划", 2025),
        ("关于延长《行动计划（2021-2023年）》有效期的通知", None),
        ("关于废止2018-2020年行动计划的通知", None),
        ("2021-2023年度扶持资金兑现实施细则", None),
        ("国家税务总局公告2019-2020号", None),
        ("GB 2010-2015标准实施办法", None),
        ("第十三五金交易会管理办法", None),
        ("关于2024年度申报的通知", None),
        ("若干措施（商发〔2023〕15号）", None),
        ("第1210-2025号公告", None),
    ],
)
def test_the_last_year_that_a_title_names(title: str, year: int | None) -> None:
    """The end of a span of years, or of a five-year plan; numbers, single years and the years of
    other texts are none."""
    assert last_year_of(title) == year
