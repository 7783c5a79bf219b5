"""The forms in which Chinese official texts number their items.

One table, :data:`FORMS`: how a number is printed, what its value is, how it is written when it is
repaired, and its usual rank (GB/T 9704: 一、 above （一） above 1. above （1）; in statutes 编 章
节 条).
The rank only breaks ties; what really nests is read from the document (:mod:`.series`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "○": 0,
    "两": 2,
}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_CN_DIGITS = "零一二三四五六七八九"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_CONFUSED = {
    "-": "一",
    "—": "一",
    "－": "一",
    "ー": "一",
    "L": "1",
    "l": "1",
    "I": "1",
    "|": "1",
    "&": "8",
}
"""What scanners print for a digit; believed only where the series proves it."""


_MAX_VALUE, _MAX_NUMERAL = 9_999, 9  # 九千九百九十九 has seven characters


def chinese_value(numeral: str) -> int | None:
    """The value of a Chinese numeral below 10,000 (一百零三, 一〇三, 十), or of digits; ``None`` if
    it is no numeral."""
    if len(numeral) > _MAX_NUMERAL:
        return None
    digits = "".join(str(_DIGITS.get(char, char)) for char in numeral)
    if digits.isdecimal():
        return value if (value := int(digits)) <= _MAX_VALUE else None
    total = last = 0
    for char in numeral:
        if char in _DIGITS:
            last = _DIGITS[char]
        elif char in _UNITS:
            total += (last or (1 if char == "十" else 0)) * _UNITS[char]
            last = 0
        else:
            return None
    value = total + last
    return value if 0 < value <= _MAX_VALUE else None


def chinese_numeral(value: int) -> str:
    """The Chinese numeral of ``value``, 1 to 9999 (13 → 十三, 103 → 一百零三)."""
    parts: list[str] = []
    gap = False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, unit)
        if digit:
            if gap and parts:
                parts.append("零")
            parts.append(_CN_DIGITS[digit] + name)
            gap = False
        else:
            gap = True
    numeral = "".join(parts)
    return numeral[1:] if numeral.startswith("一十") else numeral


@dataclass(frozen=True, slots=True)
class NumberForm:
    """One way to print a number.

    ``pattern`` matches the whole printed number at a position, its group ``n`` the numeral;
    ``damaged`` (or ``None``) what a scan may have made of it. ``template`` writes the repaired
    number (``Clause.number``), ``cited`` its form in an address.
    """

    name: str
    rank: int
    chinese: bool
    pattern: re.Pattern[str]
    template: str
    cited: str
    damaged: re.Pattern[str] | None = None

    def value(self, numeral: str) -> int | None:
        """The value of a printed numeral; spaces and a scanner's slips are taken out first."""
        numeral = re.sub(r"\s+", "", numeral)
        if len(numeral) == 1 and numeral in _CIRCLED:
            return _CIRCLED.index(numeral) + 1
        mended = "".join(_CONFUSED.get(char, char) for char in numeral)
        return chinese_value(mended)

    def render(self, value: int) -> str:
        """The number as it is written when it is whole: ``（三）``, ``一``, ``第三十条``."""
        return self._fill(self.template, value)

    def cite(self, value: int) -> str:
        """The number as it stands in an address: ``（三）``, ``一、``, ``第三十条``."""
        return self._fill(self.cited, value)

    def _fill(self, template: str, value: int) -> str:
        if self.name == "circled":
            return _CIRCLED[value - 1] if 1 <= value <= len(_CIRCLED) else f"({value})"
        return template.format(chinese_numeral(value) if self.chinese else value)


_CN = "[零〇○一二三四五六七八九十百千两]"
_CN_S = rf"(?P<n>{_CN}(?:\s?{_CN})*)"
_AR_S = r"(?P<n>\d{1,3})"
_MIX_S = rf"(?P<n>(?:{_CN}(?:\s?{_CN})*|\d{{1,4}}))"


def _law(unit: str, rank: int, name: str) -> NumberForm:
    return NumberForm(
        name,
        rank,
        True,
        re.compile(
            rf"第\s*{_MIX_S}\s*{unit}(?:\s*之\s*(?P<sub>{_CN}{{1,2}}))?(?![款项目])[\s\u3000：:]*"
        ),
        f"第{{}}{unit}",
        f"第{{}}{unit}",
        re.compile(rf"第\s*(?P<n>[\dlI|L]{{1,4}})\s*{unit}[\s\u3000]*"),
    )


BOOK = _law("编", 0, "book")
CHAPTER = _law("章", 1, "chapter")
SECTION = _law("节", 2, "section")
ARTICLE = _law("条", 3, "article")
CN_DUN = NumberForm("cn_dun", 4, True, re.compile(rf"{_CN_S}\s*[、.．，](?!\d)\s*"), "{}", "{}、")
CN_PAREN = NumberForm(
    "cn_paren",
    5,
    True,
    re.compile(rf"[(（〔]\s*{_CN_S}\s*[)）〕]\s*[、.．]?\s*"),
    "（{}）",
    "（{}）",
    re.compile(r"[(（]\s*(?P<n>[-—－ー])\s*[)）]\s*"),
)
AR_DOT = NumberForm(
    "ar_dot",
    6,
    False,
    # 1.5万元 is an amount, but 3.2024年底前… is item 3
    re.compile(rf"{_AR_S}\s*(?:[.．](?!\d)|[、]|[.．](?=(?:19|20)\d\d年))\s*"),
    "{}",
    "{}.",
    re.compile(r"(?P<n>[LlI|&])(?:\s*[.．、]|(?=[\u4e00-\u9fff“\"]))\s*"),
)
AR_PAREN = NumberForm(
    "ar_paren",
    7,
    False,
    re.compile(rf"[(（]\s*{_AR_S}\s*[)）]\s*[、.．]?\s*"),
    "（{}）",
    "（{}）",
    re.compile(r"[(（]\s*(?P<n>[lIL|])\s*[)）]\s*"),
)
AR_RPAREN = NumberForm("ar_rparen", 8, False, re.compile(rf"{_AR_S}\s*[)）]\s*"), "{}）", "{}）")
CIRCLED = NumberForm("circled", 9, False, re.compile(rf"(?P<n>[{_CIRCLED}])\s*[、.．]?\s*"), "", "")

FORMS = (BOOK, CHAPTER, SECTION, ARTICLE, CN_DUN, CN_PAREN, AR_DOT, AR_PAREN, AR_RPAREN, CIRCLED)
"""Every form, the highest rank first."""

_REFERS = re.compile(
    r"\s*(?:[的、和与及至到或]|第|规定|所列|所称|之规定|款|项|以上|以下|以内|以外|左右|万|亿|元|%|％|个|家|年|月|日)"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A printed number that may begin an item: ``text[start:end]`` with the space behind it.

    ``begin`` is where the item before ends: ``start``, or the marks of Markdown before it.
    """

    begin: int
    start: int
    end: int
    form: NumberForm
    value: int
    sub: int
    """第十二条之一 has ``sub`` 1, others 0."""
    line: int
    at_line_start: bool
    damaged: bool

    @property
    def number(self) -> str:
        return self.form.render(self.value) + (f"之{chinese_numeral(self.sub)}" if self.sub else "")

    @property
    def cited(self) -> str:
        return self.form.cite(self.value) + (f"之{chinese_numeral(self.sub)}" if self.sub else "")


def number_at(
    text: str, position: int, end: int, line: int = 0, begin: int | None = None
) -> Candidate | None:
    """The number printed at ``position``, or ``None``. ``begin`` is given for a number at a line's
    start: where the line begins. A reference (第三十条的规定) is none."""
    for damaged in (False, True):
        for form in FORMS:
            pattern = form.damaged if damaged else form.pattern
            match = pattern.match(text, position, end) if pattern else None
            if not match:
                continue
            value = form.value(match["n"])
            if not value:
                continue
            refers = form.rank <= ARTICLE.rank and _REFERS.match(text, match.end(), end)
            if refers and not match.group()[-1].isspace():
                continue
            sub = match.groupdict().get("sub")
            return Candidate(
                begin=position if begin is None else begin,
                start=match.start(),
                end=match.end(),
                form=form,
                value=value,
                sub=(chinese_value(sub) or 0) if sub else 0,
                line=line,
                at_line_start=begin is not None,
                damaged=damaged,
            )
    return None
