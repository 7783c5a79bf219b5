"""The forms in which official texts number their items.

One table, :data:`FORMS`: how a number is printed, how its numeral is read, how it is written when
it is repaired, and its usual rank (GB/T 9704: 一、 above （一） above 1. above （1）; in statutes
编 章 节 条). The rank only breaks ties; what nests is read from the document (:mod:`.series`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from assistant.clauses.numerals import (
    CIRCLED,
    CONFUSED,
    chinese_numeral,
    chinese_value,
    letter_value,
    roman_numeral,
    roman_value,
    sign_value,
)

__all__ = ["FORMS", "Candidate", "NumberForm", "chinese_numeral", "chinese_value", "readings_at"]


def _circled(value: int) -> str:
    return CIRCLED[value - 1] if value <= len(CIRCLED) else f"({value})"


def _letter(value: int) -> str:
    return chr(ord("A") + value - 1)


@dataclass(frozen=True, slots=True, eq=False)
class NumberForm:
    """One way to print a number.

    ``pattern`` matches the whole printed number at a position, its group ``n`` the numeral, whose
    value ``read`` gives; ``damaged`` (or ``None``) what a scan may have made of it. ``heads`` are
    the characters that it may begin with. ``template`` writes the repaired number
    (``Clause.number``), ``cited`` its form in an address, both with what ``write`` makes of the
    value.
    """

    name: str
    rank: int
    heads: str
    pattern: re.Pattern[str]
    read: Callable[[str], int | None]
    write: Callable[[int], str]
    template: str
    cited: str
    damaged: re.Pattern[str] | None = None
    of_statute: bool = False
    """编, 章, 节, 条: a form of statutes; they nest in the order of their ranks only."""
    is_article: bool = False
    """条: the unit that is cited whole, with all that stands below it."""
    depth: int = 0
    """How many numerals a dotted number has: 2 for 1.1, 3 for 1.1.2; 0 for any other form."""

    def value(self, numeral: str) -> int | None:
        """The value of a printed numeral; the spaces in it are taken out first."""
        return self.read(re.sub(r"\s+", "", numeral))

    def render(self, value: int) -> str:
        """The number as it is written when it is whole: ``（三）``, ``一``, ``第三十条``."""
        return self.template.format(self.write(value))

    def cite(self, value: int) -> str:
        """The number as it stands in an address: ``（三）``, ``一、``, ``第三十条``."""
        return self.cited.format(self.write(value))


_CN = "[零〇○一二三四五六七八九十百千两]"
_CN_HEADS = "零〇○一二三四五六七八九十百千两"
_CN_S = rf"(?P<n>{_CN}(?:\s?{_CN})*)"
_DIGITS = "0123456789０１２３４５６７８９"
_AR_S = r"(?P<n>\d{1,3})"
_MIX_S = rf"(?P<n>(?:{_CN}(?:\s?{_CN})*|\d{{1,4}}))"
_WORD = r"[\u4e00-\u9fffA-Za-z“\"《〈「]"
_DOT = "[.．]"


def _mended(numeral: str) -> int | None:
    """The value of a numeral that a scanner may have misread."""
    return chinese_value("".join(CONFUSED.get(char, char) for char in numeral))


def _law(unit: str, rank: int, name: str, *, statute: bool = True) -> NumberForm:
    follows = "" if unit in "款项" else "(?![款项目])"
    return NumberForm(
        name,
        rank,
        "第",
        re.compile(
            rf"第\s*{_MIX_S}\s*{unit}(?:\s*之\s*(?P<sub>{_CN}{{1,2}}))?{follows}[\s\u3000：:]*"
        ),
        _mended,
        chinese_numeral,
        f"第{{}}{unit}",
        f"第{{}}{unit}",
        re.compile(rf"第\s*(?P<n>[\dlI|L]{{1,4}})\s*{unit}[\s\u3000]*"),
        of_statute=statute,
        is_article=unit == "条",
    )


def _english(word: str, rank: int) -> NumberForm:
    return NumberForm(
        word.lower(),
        rank,
        word[0],
        re.compile(rf"{word}\s+(?P<n>\d{{1,3}}|[IVXLC]{{1,7}})(?=[\s.:：—-]|$)[.:：—\-\s]*"),
        lambda numeral: int(numeral) if numeral.isdecimal() else roman_value(numeral),
        str,
        f"{word} {{}}",
        f" {word} {{}}",
        of_statute=True,
        is_article=word == "Article",
    )


def _dotted(depth: int, rank: int) -> NumberForm:
    return NumberForm(
        f"dotted_{depth}",
        rank,
        _DIGITS,
        re.compile(
            rf"(?P<prefix>\d{{1,2}}(?:{_DOT}\d{{1,2}}){{{depth - 2}}}){_DOT}(?P<n>\d{{1,2}})"
            rf"(?!{_DOT}?\d|%|％)(?:{_DOT}|、)?(?:[\s\u3000]+(?=\S)(?!{_MEASURES})|(?={_WORD})(?!{_UNITS}))"
        ),
        chinese_value,
        str,
        "{}",
        "{}",
        depth=depth,
    )


_MEASURES = "(?:万|亿|元|倍|米|吨|公里|平方|美元)"
_UNITS = f"(?:{_MEASURES}|个|家|年|月|日|人|户|分|折|前|以[上下内前]|至|到)"
"""What makes a number an amount, a date or a count, behind white space and without it."""

PART = _law("部分", 0, "part")
BOOK = _law("编", 1, "book")
VOLUME = _law("篇", 2, "volume")
SUBBOOK = _law("分编", 3, "subbook")
CHAPTER = _law("章", 4, "chapter")
SECTION = _law("节", 5, "section")
ARTICLE = _law("条", 6, "article")
PARAGRAPH = _law("款", 7, "paragraph", statute=False)
ITEM = _law("项", 8, "item", statute=False)
EN_CHAPTER, EN_SECTION, EN_ARTICLE = (
    _english(word, rank) for word, rank in (("Chapter", 4), ("Section", 5), ("Article", 6))
)
CN_DUN = NumberForm(
    "cn_dun",
    9,
    _CN_HEADS,
    re.compile(rf"{_CN_S}\s*[、.．，](?!\d)\s*"),
    chinese_value,
    chinese_numeral,
    "{}",
    "{}、",
)
CN_PAREN = NumberForm(
    "cn_paren",
    10,
    "(（〔㈠㈡㈢㈣㈤㈥㈦㈧㈨㈩",
    re.compile(rf"(?:[(（〔]\s*{_CN_S}\s*[)）〕]|(?P<sign>[㈠-㈩]))\s*[、.．]?\s*"),
    chinese_value,
    chinese_numeral,
    "（{}）",
    "（{}）",
    re.compile(r"[(（]\s*(?P<n>[-—－ー])\s*[)）]\s*"),
)
ROMAN = NumberForm(
    "roman",
    11,
    "IVXⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫ",
    re.compile(r"(?P<n>[IVX]{1,5}|[Ⅰ-Ⅻ]+)\s*[、.．](?!\d)\s*|(?P<sign>[Ⅰ-Ⅻ])[\s\u3000]+"),
    roman_value,
    roman_numeral,
    "{}",
    "{}.",
)
UPPER = NumberForm(
    "upper",
    12,
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    re.compile(r"(?P<n>[A-Z])\s*[、.．](?![A-Za-z\d])\s*"),
    letter_value,
    _letter,
    "{}",
    "{}.",
)
AR_BARE = NumberForm(
    "ar_bare",
    13,
    _DIGITS,
    re.compile(rf"(?P<n>\d{{1,2}})[\s\u3000]+(?={_WORD})(?!{_UNITS})"),
    chinese_value,
    str,
    "{}",
    "{}",
)
AR_DOT = NumberForm(
    "ar_dot",
    14,
    _DIGITS + "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛LlI|&",
    # 1.5万元 is an amount, but 3.2024年底前… is item 3
    re.compile(
        rf"{_AR_S}\s*(?:[.．](?!\d)|[、]|[.．](?=(?:19|20)\d\d年))\s*|(?P<sign>[⒈-⒛])[.．、]?\s*"
    ),
    chinese_value,
    str,
    "{}",
    "{}.",
    re.compile(r"(?P<n>[LlI|&])(?:\s*[.．、]|(?=[\u4e00-\u9fff“\"]))\s*"),
)
DOTTED = tuple(_dotted(depth, 13 + depth) for depth in (2, 3, 4))
AR_PAREN = NumberForm(
    "ar_paren",
    18,
    "(（⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇",
    re.compile(rf"(?:[(（]\s*{_AR_S}\s*[)）]|(?P<sign>[⑴-⒇]))\s*[、.．]?\s*"),
    chinese_value,
    str,
    "（{}）",
    "（{}）",
    re.compile(r"[(（]\s*(?P<n>[lIL|])\s*[)）]\s*"),
)
AR_RPAREN = NumberForm(
    "ar_rparen",
    19,
    _DIGITS,
    re.compile(rf"{_AR_S}\s*[)）]\s*"),
    chinese_value,
    str,
    "{}）",
    "{}）",
)
LOWER = NumberForm(
    "lower",
    20,
    "(（abcdefghijklmnopqrstuvwxyz",
    re.compile(r"(?:[(（]\s*)?(?P<n>[a-z])\s*[)）]\s*|(?P<sign>[a-z])\s*[、.．](?![A-Za-z\d])\s*"),
    letter_value,
    lambda value: _letter(value).lower(),
    "{}）",
    "{}）",
)
SIGN = NumberForm(
    "circled",
    21,
    CIRCLED + "❶❷❸❹❺❻❼❽❾❿",
    re.compile(rf"(?P<sign>[{CIRCLED}❶-❿])\s*[、.．]?\s*"),
    sign_value,
    _circled,
    "{}",
    "{}",
)

FORMS = (
    PART, BOOK, VOLUME, SUBBOOK, CHAPTER, EN_CHAPTER, SECTION, EN_SECTION, ARTICLE, EN_ARTICLE,
    PARAGRAPH, ITEM, CN_DUN, CN_PAREN, ROMAN, UPPER, AR_BARE, AR_DOT, *DOTTED, AR_PAREN, AR_RPAREN,
    LOWER, SIGN,
)  # fmt: skip
"""Every form, the highest rank first."""

_REFERS = re.compile(
    r"\s*(?:[的、和与及至到或]|第|规定|所列|所称|之规定|款|项|以上|以下|以内|以外|左右|万|亿|元|%|％|个|家|年|月|日)"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A printed number that may begin an item: ``text[start:end]`` with the space behind it.

    ``begin`` is where the item before ends: ``start``, or the marks of Markdown before it.
    ``prefix`` are the numerals before the last one of a dotted number: (1, 1) of 1.1.2.
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
    prefix: tuple[int, ...] = ()

    @property
    def number(self) -> str:
        return self._before() + self.form.render(self.value) + self._behind()

    @property
    def cited(self) -> str:
        return self._before() + self.form.cite(self.value) + self._behind()

    def _before(self) -> str:
        return "".join(f"{value}." for value in self.prefix)

    def _behind(self) -> str:
        return f"之{chinese_numeral(self.sub)}" if self.sub else ""


_Reading = tuple[NumberForm, bool]
"""A form, and whether its damaged pattern is meant."""


@lru_cache(maxsize=1)
def _by_head() -> dict[str, tuple[_Reading, ...]]:
    """For each character the forms that a number beginning with it may have, whole ones first."""
    table: dict[str, list[_Reading]] = {}
    for damaged in (False, True):
        for form in FORMS:
            if not damaged or form.damaged:
                for char in form.heads:
                    table.setdefault(char, []).append((form, damaged))
    return {char: tuple(readings) for char, readings in table.items()}


@lru_cache(maxsize=1)
def _by_unit() -> dict[str, tuple[_Reading, ...]]:
    """For each unit (编, 章, 条 …) the forms of it: a quick look, since each would be tried."""
    table: dict[str, list[_Reading]] = {}
    for form, damaged in _by_head()["第"]:
        table.setdefault(form.template.removeprefix("第{}"), []).append((form, damaged))
    return {unit: tuple(readings) for unit, readings in table.items()}


_LAW_UNIT = re.compile(rf"第[\s\dlI|L{_CN[1:-1]}]{{1,20}}(部分|分编|[编篇章节条款项])")
HEADS = "".join(_by_head())
"""The characters that a number may begin with."""


def readings_at(
    text: str, position: int, end: int, line: int = 0, begin: int | None = None
) -> Iterator[Candidate]:
    """What the number printed at ``position`` may be, the plainest reading first; none where there
    is no number. ``begin`` is given for a number at a line's start: where the line begins. A
    reference (第三十条的规定) is none."""
    if position >= end:
        return
    readings = _by_head().get(text[position], ())
    if text[position] == "第":
        unit = _LAW_UNIT.match(text, position, end)
        readings = _by_unit().get(unit[1], ()) if unit else ()
    for form, damaged in readings:
        pattern = form.damaged if damaged else form.pattern
        match = pattern.match(text, position, end) if pattern else None
        if not match:
            continue
        groups = match.groupdict()
        sign = groups.get("sign")
        value = (
            (sign_value(sign) or letter_value(sign))
            if sign
            else _mended(groups["n"])
            if damaged
            else form.value(groups["n"])
        )
        if not value:
            continue
        refers = form.heads == "第" and _REFERS.match(text, match.end(), end)
        if refers and not match.group()[-1].isspace():
            continue
        sub = groups.get("sub")
        prefix = groups.get("prefix")
        yield Candidate(
            begin=position if begin is None else begin,
            start=match.start(),
            end=match.end(),
            form=form,
            value=value,
            sub=(chinese_value(sub) or 0) if sub else 0,
            line=line,
            at_line_start=begin is not None,
            damaged=damaged,
            prefix=tuple(map(int, re.split(_DOT, prefix))) if prefix else (),
        )
