"""Dates as official texts print them: 2024年11月1日, 二〇二四年十一月一日, 2024-11-01."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import cn2an

_S = r"[ \u3000]*"
_CN_DIGIT = "[〇○零一二三四五六七八九]"
_CN_NUMBER = "[一二三四五六七八九十]{1,3}"
DAY = (
    rf"(?:\d{{4}}{_S}年{_S}\d{{1,2}}{_S}月{_S}\d{{1,2}}{_S}[日号]"
    rf"|{_CN_DIGIT}{{4}}{_S}年{_S}{_CN_NUMBER}{_S}月{_S}{_CN_NUMBER}{_S}日)"
)
"""A day in words, as a pattern without groups."""
ANY_DAY = rf"(?:{DAY}|(?<!\d)\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}(?!\d))"
"""A day in words or figures."""
_DAY = re.compile(ANY_DAY)
_PARTS = re.compile(rf"\d+|{_CN_DIGIT}{{4}}(?={_S}年)|{_CN_NUMBER}(?={_S}[月日])")


@dataclass(frozen=True, slots=True)
class DayFound:
    """A day and where it is printed: ``text[start:end]``."""

    day: date
    start: int
    end: int


def parse_day(printed: str) -> date | None:
    """The day that ``printed`` names (a match of :data:`ANY_DAY`); ``None`` where there is no such
    day (31 November)."""
    try:
        year, month, day = (_number(part) for part in _PARTS.findall(printed))
        return date(year, month, day)
    except (ValueError, KeyError):  # cn2an raises both
        return None


def days_in(text: str, start: int = 0, end: int | None = None) -> Iterator[DayFound]:
    """The days printed in ``text[start:end]``, in order."""
    for match in _DAY.finditer(text, start, len(text) if end is None else end):
        day = parse_day(match.group())
        if day:
            yield DayFound(day, match.start(), match.end())


_YEAR = r"(?<![\d第])(?:19|20)\d{2}(?!\d)"
_PERIOD = re.compile(
    rf"(?<!GB )(?<!GB/T )(?<!ISO )(?<!公告){_YEAR}\s*年?(?:度|\d{{1,2}}月)?\s*[-—－–~～至到]{{1,2}}"
    rf"\s*({_YEAR})(?!\s*(?:年度(?![)）])|号|标准))"
)
_PLAN = re.compile(
    r"[“\"「](十[二三四五])五[”\"」]|(?<!第)(十[二三四五])五(?=[^金]{0,12}(?:规划|期间|时期))|第(十[二三四五])个五年"
)
_FIVE_YEARS = {"十二": 2015, "十三": 2020, "十四": 2025, "十五": 2030}
"""The last years of the five-year plans (五年规划), the twelfth to the fifteenth."""
_OF_OTHERS = re.compile(r"《[^《》]*》|^关于.{0,6}(?:延长|延续|废止|宣布失效|修改|修订)|兑现|清算")
"""What is said of another text, or of years that are over anyway."""


def last_year_of(title: str) -> int | None:
    """The last year up to which a title says that its text plans (（2023-2025年）, “十四五”);
    ``None`` where it names no such years, or speaks of another text."""
    bare = title.strip().removeprefix("《").removesuffix("》")
    if _OF_OTHERS.search(bare):
        return None
    years = [int(match[1]) for match in _PERIOD.finditer(bare)]
    years += [_FIVE_YEARS[match[1] or match[2] or match[3]] for match in _PLAN.finditer(bare)]
    if not years:
        return None
    return max(years + [int(year) for year in re.findall(rf"{_YEAR}(?=\s*年)", bare)])


def _number(numeral: str) -> int:
    if numeral.isdecimal():
        return int(numeral)
    return int(cn2an.cn2an(numeral.replace("○", "〇").replace("〇", "零"), "smart"))
