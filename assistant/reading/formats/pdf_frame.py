"""The lines of all pages → those that are a page's running head, foot or number.

By evidence, not by form alone: what stands outermost at the same height on several pages and says
the same there, or counts up with the pages. The first line of a page's text stands at one height on
all pages too, but says something else each time.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from assistant.reading.formats.pdf_page import Page

_DEPTH = 3  # lines of a head or a foot
_HEIGHT = 3.0  # points by which a head may stand higher or lower from page to page
_SHARE = 0.8  # of the lines outermost at one height, that must be such lines, for all to be
_LARGE = 1.1  # of the text's size: what is larger is a title
_ALIKE = 2  # pages that say the same prove a head
_ZONE = 0.3  # of the page's height, in which heads and feet stand
_DIGITS = re.compile(r"\d+")
_DASH = r"[-–—―─－~～·•]"
_CLEAR = re.compile(
    rf"{_DASH}{{1,3}}(?P<a>\d{{1,4}}){_DASH}{{1,3}}|第(?P<b>\d{{1,4}}|[一二三四五六七八九十百]+)页"
    r"(?:[,，/]?[共总](?:\d{1,4}|[一二三四五六七八九十百]+)页)?|[Pp]age(?P<c>\d{1,4})(?:of\d{1,4})?"
)
_BARE = re.compile(r"[(（\[]?(?P<a>\d{1,4})[)）\]]?|(?P<b>\d{1,4})/(?P<all>\d{1,4})")
_ROMAN = re.compile(r"(?i)[ivxl]{1,7}")
_COUNTED = re.compile(
    r"附[件表录图](?:[#一二三四五六七八九十]{0,3}$|#)|[表图]#|第#[编章节条]|[(（]?#[)）、.．]|(?:案例|样式|格式)#"
)
"""Beginnings that count up from page to page without being the pages' own."""


@dataclass(frozen=True, slots=True)
class _Row:
    """What stands at one height of a page: indices of its lines."""

    page: int
    y: float
    text: str
    indices: tuple[int, ...]
    size: float

    @property
    def key(self) -> str:
        return _DIGITS.sub("#", self.text)


def find_frame(pages: Sequence[Page], size: float) -> list[set[int]]:
    """For each page the indices of the lines that frame it. ``size`` is that of the text."""
    found: list[set[int]] = [set() for _ in pages]
    for at_top in (True, False):
        stacks = [_outermost(number, page, at_top) for number, page in enumerate(pages)]
        for _ in range(_DEPTH):
            taken = set(_proven([stack[0] for stack in stacks if stack], pages, size))
            for number, stack in enumerate(stacks):
                if stack and stack[0] in taken:
                    found[number].update(stack.pop(0).indices)
                else:
                    stack.clear()  # what stands further in is text
    return found


def _outermost(number: int, page: Page, at_top: bool) -> list[_Row]:
    """The rows at the edge of a page, the outermost first; no more than a frame may have."""
    order = sorted(range(len(page.lines)), key=lambda i: page.lines[i].y, reverse=not at_top)
    rows: list[list[int]] = []
    for i in order:
        line = page.lines[i]
        if rows and abs(page.lines[rows[-1][0]].y - line.y) <= _HEIGHT:
            rows[-1].append(i)
        elif len(rows) == _DEPTH:
            break
        else:
            rows.append([i])
    first = min((table.top for table in page.tables), default=page.height)
    last = max((table.bottom for table in page.tables), default=0.0)
    made: list[_Row] = []
    for row in rows:
        lines = [page.lines[i] for i in sorted(row, key=lambda i: page.lines[i].x0)]
        y = lines[0].y
        inside = y > first if at_top else y < last
        zone = y < _ZONE * page.height if at_top else y > (1 - _ZONE) * page.height
        if inside or not zone:
            break
        text = "".join("".join(line.text.split()) for line in lines)
        made.append(_Row(number, y, text, tuple(row), max(line.size for line in lines)))
    return made


def _proven(rows: Sequence[_Row], pages: Sequence[Page], size: float) -> Iterator[_Row]:
    """Those of the outermost rows of the pages that frame them."""
    for group in _by_height(rows, pages):
        numbered = _counting(group, len(pages))
        if len(pages) == 1:
            yield from numbered
            continue
        alike = Counter(row.text for row in group)
        series = _series(group)
        heads = [
            row
            for row in group
            if row.size <= _LARGE * size
            and (alike[row.text] >= _ALIKE or row.key in series)
            and not _COUNTED.match(row.key)
        ]
        proven = {*heads, *numbered}
        yield from proven if len(proven) >= _SHARE * len(group) else numbered


def _by_height(rows: Iterable[_Row], pages: Sequence[Page]) -> Iterator[list[_Row]]:
    """The rows that stand at about one height of pages of one size."""
    sizes: dict[tuple[int, int], list[_Row]] = defaultdict(list)
    for row in rows:
        page = pages[row.page]
        sizes[round(page.width), round(page.height)].append(row)
    for same in sizes.values():
        group: list[_Row] = []
        for row in sorted(same, key=lambda row: row.y):
            if group and row.y - group[-1].y > _HEIGHT:
                yield sorted(group, key=lambda row: row.page)
                group = []
            group.append(row)
        yield sorted(group, key=lambda row: row.page)


def _series(group: Sequence[_Row]) -> set[str]:
    """The texts in which a number counts up with the pages, digits as ``#``."""
    offsets: dict[str, list[set[tuple[int, int]]]] = defaultdict(list)
    for row in group:
        numbers = _DIGITS.findall(row.text)
        offsets[row.key].append({(i, int(n) - row.page) for i, n in enumerate(numbers)})
    return {
        key
        for key, found in offsets.items()
        if len(found) >= _ALIKE and key != "#" and set.intersection(*found)
    }


def _counting(group: Sequence[_Row], pages: int) -> set[_Row]:
    """The rows that are a page's number: in a form that says so, or bare and counting up."""
    numbered = {row for row in group if _CLEAR.fullmatch(row.text)}
    offsets: dict[int, list[_Row]] = defaultdict(list)
    for row in group:
        number = _number(row.text)
        if number is not None:
            offsets[number - row.page].append(row)
            match = _BARE.fullmatch(row.text)
            if match and match["all"] and int(match["all"]) == pages and number == row.page + 1:
                numbered.add(row)
    for rows in offsets.values():
        if len(rows) >= _ALIKE:
            numbered.update(rows)
    return numbered


def _number(text: str) -> int | None:
    match = _BARE.fullmatch(text) or _CLEAR.fullmatch(text)
    if match:
        digits = next((value for value in match.groups()[:3] if value), "")
        return int(digits) if digits.isdecimal() else None
    if _ROMAN.fullmatch(text):
        values = [{"i": 1, "v": 5, "x": 10, "l": 50}[char] for char in text.lower()]
        return sum(
            -value if any(later > value for later in values[i + 1 :]) else value
            for i, value in enumerate(values)
        )
    return None
