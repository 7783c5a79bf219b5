"""Amounts, shares, days and terms in a clause, each with its offsets.

Values are read, never re-typed: an answer shows ``text[start:end]``. Chinese numerals are valued by
``cn2an``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum

import cn2an

from assistant.reading.dates import ANY_DAY, parse_day


class Limit(Enum):
    """Whether a quantity is a limit."""

    NONE = ""
    AT_MOST = "at_most"
    """最高, 不超过, 以下, 以内."""
    AT_LEAST = "at_least"
    """不低于, 不少于, 以上, 起."""


class Kind(Enum):
    """What a quantity measures, and in what unit its value is."""

    MONEY = "money"
    """An amount in ``unit``: 元, 美元, 欧元, 港元, 英镑, 日元."""
    SHARE = "share"
    """Per cent."""
    DAY = "day"
    """A day, in ``day``; of a month or a year that is named without one its last."""
    TERM = "term"
    """A length of time in ``unit``: 年, 个月, 日, 个工作日."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """``text[start:end]`` of a document, with what it says.

    ``value`` is in ``unit``: 元 for 1.5万元 (15,000), ``%`` for 三成 (30), 年 for 三年 (3); for a
    day 0. ``deadline`` says that something is due then (…前, 截至…, …内).
    """

    kind: Kind
    start: int
    end: int
    value: float
    unit: str
    limit: Limit = Limit.NONE
    day: date | None = None
    deadline: bool = False


_S = r"[ \u3000]{0,3}"
_CN = "[零〇一二三四五六七八九十百千万亿两]"
# bounded and begun at a boundary, so that no run of digits or spaces is gone over again and again
_NUMBER = (
    rf"(?:(?<![\d.．])(?<!\d[,，])(?:\d{{1,3}}(?:[,，]\d{{3}}){{1,4}}(?:\.\d{{1,4}})?"
    rf"|\d{{1,12}}(?:{_S}[.．]{_S}\d{{1,6}})?)(?!\d)|(?<!{_CN}){_CN}{{1,12}}(?!{_CN})|半)"
)
_SCALE = r"(?:百万|千万|百亿|千亿|万亿|亿|万|千|百)?"
_CURRENCY = "(?:美元|欧元|港元|港币|英镑|日元|元人民币|人民币|元)"
_RANGE = r"(?:-|－|—|–|~|～|至|到)"
_MONEY = re.compile(
    rf"(?P<low>{_NUMBER}){_S}(?P<low_scale>{_SCALE}){_S}(?:{_CURRENCY}{_S})?{_RANGE}{_S}"
    rf"(?P<high>{_NUMBER}){_S}(?P<scale>{_SCALE}){_S}(?P<unit>{_CURRENCY})"
    rf"|(?P<number>{_NUMBER}){_S}(?P<scale1>{_SCALE}){_S}(?P<unit1>{_CURRENCY})"
    rf"|(?:(?<=奖励)|(?<=补助)|(?<=补贴)|(?<=资助)|(?<=支持)|(?<=最高)|(?<=超过))"
    rf"(?P<bare>{_NUMBER}){_S}(?P<scale2>[百千]?万|亿)(?![\u4e00-\u9fff])"
)
_SHARE = re.compile(
    rf"(?P<number>(?<![\d.．])\d{{1,6}}(?:{_S}[.．]{_S}\d{{1,6}})?){_S}(?P<sign>[%％‰])"
    rf"|(?P<of>百|千|万)分之{_S}(?P<part>{_NUMBER})"
    rf"|(?<![现完促变构组形养生])(?P<tenths>[一二三四五六七八九两])成(?![为立员果效长本交熟就套功品])"
)
_DAY = re.compile(
    rf"(?P<day>{ANY_DAY})"
    rf"|(?P<year>\d{{4}}){_S}年{_S}(?:(?P<month>\d{{1,2}}){_S}月{_S}(?:底|末|份)?|底|末)"
    rf"|(?P<year_only>(?:19|20)\d{{2}}){_S}年(?!{_S}(?:度|第|\d|[〇一二三四五六七八九十]))"
)
_TERM = re.compile(
    rf"(?P<number>{_NUMBER}){_S}(?P<unit>个工作日|个自然日|工作日|自然日|个月|周年|年|日|天|小时)"
    rf"(?!度|第|份|底|末)"
)
_AT_MOST_BEFORE = re.compile(
    r"(?:最高|最长|不(?:得)?(?:超过|高于|多于)|上限(?:为|是)?|至多|封顶|最多|限额(?:为)?"
    r"|低于|小于|不足|不满|未满|未达到?)"
    r"(?:可|给予|达|为|补助|奖励|支持|资助|不超过){0,2}[^\d零一二三四五六七八九十百千万两。；，,]{0,6}$"
)
_AT_MOST_AFTER = re.compile(
    rf"{_S}(?:\([^()]*\)|（[^（）]*）)?{_S}(?:以下|以内|之内|封顶|为限|为上限)"
)
_AT_LEAST_BEFORE = re.compile(
    r"(?:不(?:得)?(?:低于|少于|小于)|至少|(?<!不得)(?<!不)超过?|(?<!未)达到|(?<!不)高于|(?<![不未])满)$"
)
_AT_LEAST_AFTER = re.compile(
    rf"{_S}(?:\([^()]*\)|（[^（）]*）)?{_S}(?:及?以上|起(?!施行|实施|执行|的|算))"
)
_NEGATED = re.compile(r"不(?:得)?超过$")
_DUE_AFTER = re.compile(rf"{_S}(?:之前|以前|前|底前|止|内|之内|以内|为止)")
_DUE_BEFORE = re.compile(r"(?:截至|截止|到|至|于|有效期|在)$")
_NEAR = 24
_TORN = re.compile(r"\d[ \u3000]+$")
_NOT_A_TERM = re.compile(r"(?:\d{4}|第[一二三四五六七八九十\d]*|月[ \u3000]{0,3})$")


def quantities_in(text: str, start: int, end: int) -> tuple[Quantity, ...]:
    """The amounts, shares, days and terms printed in ``text[start:end]``, in order; what is part of
    another (the 11月 of a day) is not listed for itself."""
    found: list[Quantity] = []
    taken: list[tuple[int, int]] = []
    for read in (_money, _shares, _days, _terms):
        for one in read(text, start, end):
            if _TORN.search(text, max(start, one.start - 4), one.start):
                continue  # 不超过 3 0 万元: a scan tore the number apart
            if not any(first < one.end and one.start < last for first, last in taken):
                found.append(one)
        taken.extend((one.start, one.end) for one in found)
    return tuple(sorted(found, key=lambda one: one.start))


def _value(number: str, scale: str = "") -> float | None:
    """The value of a numeral with its scale (1.5 and 万, 三千)."""
    plain = re.sub(r"[\s,，]", "", number).replace("．", ".").replace("〇", "零")
    if plain == "半":
        return 0.5
    try:
        value = float(plain) if plain[0].isdigit() else float(cn2an.cn2an(plain, "smart"))
        return value * (float(cn2an.cn2an(f"一{scale}", "smart")) if scale else 1)
    except (ValueError, KeyError):  # cn2an raises both
        return None


def _limit(text: str, start: int, end: int, at: int, behind: int) -> Limit:
    """Whether what stands beside ``text[start:end]`` makes it a limit."""
    before, after = text[max(at, start - _NEAR) : start], text[end : min(behind, end + _NEAR)]
    if _AT_LEAST_BEFORE.search(before):
        return Limit.AT_LEAST
    if _AT_MOST_BEFORE.search(before) or _AT_MOST_AFTER.match(after) or _NEGATED.search(before):
        return Limit.AT_MOST
    if _AT_LEAST_AFTER.match(after):
        return Limit.AT_LEAST
    return Limit.NONE


def _money(text: str, start: int, end: int) -> Iterator[Quantity]:
    for match in _MONEY.finditer(text, start, end):
        if match["number"]:
            parts = [(match["number"], match["scale1"], *match.span())]
            unit = match["unit1"]
        elif match["bare"]:  # 最高奖励3000万
            parts = [(match["bare"], match["scale2"], *match.span())]
            unit = "元"
        else:
            unit = match["unit"]
            low_end = match.end("low_scale") if match["low_scale"] else match.end("low")
            parts = [
                (match["low"], match["low_scale"] or match["scale"], match.start(), low_end),
                (match["high"], match["scale"], match.start("high"), match.end()),
            ]
        for number, scale, first, last in parts:
            value = _value(number, scale)
            if value is not None:
                plain = {"元人民币": "元", "人民币": "元", "港币": "港元"}.get(unit, unit)
                limit = _limit(text, first, last, start, end)
                yield Quantity(Kind.MONEY, first, last, value, plain, limit)


def _shares(text: str, start: int, end: int) -> Iterator[Quantity]:
    for match in _SHARE.finditer(text, start, end):
        if match["number"]:
            value = _value(match["number"])
            divisor = 10 if match["sign"] == "‰" else 1
        elif match["of"]:
            value = _value(match["part"])
            divisor = {"百": 1, "千": 10, "万": 100}[match["of"]]
        else:
            value, divisor = _value(match["tenths"]), 0
        if value is not None:
            share = value / divisor if divisor else value * 10
            limit = _limit(text, *match.span(), start, end)
            yield Quantity(Kind.SHARE, *match.span(), share, "%", limit)


def _days(text: str, start: int, end: int) -> Iterator[Quantity]:
    for match in _DAY.finditer(text, start, end):
        if match["day"]:
            day = parse_day(match["day"])
        else:
            year = int(match["year"] or match["year_only"])
            day = _last_day(year, int(match["month"]) if match["month"] else 12)
        if day:
            after = text[match.end() : min(end, match.end() + 4)]
            before = text[max(start, match.start() - 4) : match.start()]
            due = bool(_DUE_AFTER.match(after) or _DUE_BEFORE.search(before))
            yield Quantity(Kind.DAY, *match.span(), 0.0, "", day=day, deadline=due)


def _last_day(year: int, month: int) -> date | None:
    try:
        following = date(year + month // 12, month % 12 + 1, 1)
    except ValueError:
        return None
    return date.fromordinal(following.toordinal() - 1)


def _terms(text: str, start: int, end: int) -> Iterator[Quantity]:
    for match in _TERM.finditer(text, start, end):
        before = text[max(start, match.start() - 6) : match.start()]
        unit = {
            "周年": "年",
            "天": "日",
            "工作日": "个工作日",
            "自然日": "日",
            "个自然日": "日",
        }.get(match["unit"], match["unit"])
        value = _value(match["number"])
        bare_year = unit == "年" and (value or 0) >= 1_000
        if value is None or bare_year or _NOT_A_TERM.search(before):
            continue
        limit = _limit(text, *match.span(), start, end)
        due = bool(_DUE_AFTER.match(text[match.end() : min(end, match.end() + 4)]))
        yield Quantity(Kind.TERM, *match.span(), value, unit, limit, deadline=due)
