"""Characters on a page → its printed lines in reading order: :class:`Line`.

Characters that stand on one baseline are a line; on a page set in two columns (a newspaper, a
gazette) the left column is read first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from assistant.reading.formats.pdf_glyphs import Glyph

NUMBERED = re.compile(
    r"第\s*[零〇一二三四五六七八九十百千两\d]+\s*[编章节条]|[一二三四五六七八九十]{1,3}\s*[、.．]"
    r"|[(（〔]\s*[一二三四五六七八九十\d]{1,3}\s*[)）〕]|\d{1,3}\s*(?:[.．](?!\d)|[、)）])"
    r"|[①-⑳]|[•●○■□◆◇▪▶★※·*\-–—](?=\s)"
)
"""The number or mark that an item begins with."""

STOP = re.compile(r"(?:[。；：！？;:!?]|(?<=[A-Za-z)])\.)[”’」』）)\]】]*$")
"""The end of a sentence, or of a line that others follow."""

SOFT_HYPHEN = "\u00ad"
"""A hyphen that is there only for the break of a line."""

_ROW = 0.4  # of the size, by which a character may stand above or below the line that it is in
_HOLE = 1.2  # of the size: a gap that parts columns
_SPACE_WIDE, _SPACE_NARROW = 0.6, 0.2  # of the size: a gap that is a space, beside Chinese or not
_VISIBLE = 0.12  # of the size: a space that is drawn but leaves less room is none
_LETTERSPACED = 2.0  # of the size: the most by which all characters of a line are drawn apart
_MIN_PAIRS = 4  # characters beside each other that show how a line is set
_STREWN = 0.6  # share of Chinese characters followed by a space, from which it means nothing
_CLOSING = frozenset("，。、；：？！）》〉」』】〕］｝”’…—～·％%‰℃,.;:?!)]}>")
_MARKS = "“”‘’…·"
_OPENING = frozenset("（《〈「『【〔［｛“‘([{<¥￥$＄")
_BROAD = frozenset("“”‘’—…·①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳")  # in a Chinese font
_WIDE_MARK = 0.7  # of the size


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line. Places are points from the left and the top of the page.

    ``lead`` is the width of what stands at its beginning and can't be broken (a character, a Latin
    word, with the punctuation around it); ``hang`` the place where its text begins behind an item's
    number, or ``x0``; ``hole`` its widest gap. ``column`` is 0 on a page that has one, else 1 or 2;
    ``band`` counts the parts of the page that are read one after the other.
    """

    text: str
    x0: float
    x1: float
    y: float
    size: float
    lead: float
    hang: float
    hole: float
    spaced: bool = False
    """Whether a space is drawn behind its last character."""
    column: int = 0
    band: int = 0


def is_wide(char: str) -> bool:
    """Whether a character is a Chinese one, or Chinese punctuation."""
    return unicodedata.east_asian_width(char) in "WF"


def _broad(glyph: Glyph) -> bool:
    """Whether a character is as broad as a Chinese one; quotation marks and dashes may be."""
    return is_wide(glyph.text[0]) or (
        glyph.text in _BROAD and glyph.x1 - glyph.x0 > _WIDE_MARK * glyph.size
    )


def read_lines(glyphs: Iterable[Glyph], gutter: float | None = None) -> list[Line]:
    """The lines of a page, or of a table's cell, in reading order. ``gutter`` is where a page is
    parted into two columns (:mod:`.pdf_gutter`)."""
    rows = list(baselines(glyphs))
    if gutter is None:
        return [line for row in rows for line in _line(row, 0, 0)]
    lines: list[Line] = []
    band: list[Glyph] = []
    for row in rows:
        if _crosses(row, gutter):
            lines.extend(_halves(band, gutter, len(lines)))
            band = []
            lines.extend(_line(row, 0, len(lines)))
        else:
            band.extend(row)
    lines.extend(_halves(band, gutter, len(lines)))
    return lines


def _halves(glyphs: Sequence[Glyph], gutter: float, band: int) -> Iterator[Line]:
    """The lines left of the gutter and then those right of it: their baselines may differ."""
    for column in (1, 2):
        for row in baselines(g for g in glyphs if (g.x0 < gutter) == (column == 1)):
            yield from _line(row, column, band)


def baselines(glyphs: Iterable[Glyph]) -> Iterator[list[Glyph]]:
    """The characters by baselines, from the top, each row from the left. A raised or lowered small
    character belongs to the line that it stands in."""
    row: list[Glyph] = []
    base = size = 0.0
    for glyph in sorted(glyphs, key=lambda g: (g.y, g.x0)):
        if row and abs(glyph.y - base) > _ROW * max(size, glyph.size):
            yield sorted(row, key=lambda g: g.x0)
            row = []
        if not row or glyph.size > 1.05 * size:
            base, size = glyph.y, glyph.size
        row.append(glyph)
    if row:
        yield sorted(row, key=lambda g: g.x0)


def stretches(row: Sequence[Glyph]) -> Iterator[tuple[float, float]]:
    """From where to where the characters of a row stand with no gap that could part columns."""
    shown = [g for g in row if not g.text.isspace()]
    start = shown[0].x0 if shown else 0.0
    for left, right in pairwise(shown):
        if right.x0 - left.x1 > _HOLE * min(left.size, right.size):
            yield start, left.x1
            start = right.x0
    if shown:
        yield start, shown[-1].x1


def _crosses(row: Sequence[Glyph], at: float) -> bool:
    return any(start < at < end for start, end in stretches(row))


def _line(row: Sequence[Glyph], column: int, band: int) -> Iterator[Line]:
    """The row as a line; nothing where it holds only spaces."""
    shown = [g for g in row if not g.text.isspace()]
    if not shown:
        return
    sizes: dict[float, int] = {}
    for glyph in shown:
        sizes[round(glyph.size, 1)] = sizes.get(round(glyph.size, 1), 0) + len(glyph.text)
    size = max(sizes, key=lambda each: (sizes[each], each))
    text = joined_glyphs(row)
    yield Line(
        text,
        shown[0].x0,
        max(g.x1 for g in shown),
        max((g for g in shown if round(g.size, 1) == size), key=lambda g: g.y).y,
        size,
        _lead(shown),
        _hang(shown, text),
        max((b.x0 - a.x1 for a, b in pairwise(shown)), default=0.0),
        row[-1].text.isspace(),
        column,
        band,
    )


def joined_glyphs(row: Sequence[Glyph]) -> str:
    """The characters of a row as text, with spaces where a reader sees them."""
    shown: list[Glyph] = []
    spaced: list[bool] = []  # whether a space is drawn before the character
    after_space = False
    for glyph in row:
        if glyph.text.isspace():
            after_space = True
        else:
            shown.append(glyph)
            spaced.append(after_space)
            after_space = False
    pairs = list(zip(pairwise(shown), spaced[1:], strict=True))
    beside = [(_broad(a), _broad(b)) for (a, b), _ in pairs]
    apart = {kind: _letterspacing(pairs, beside, kind) for kind in (True, False)}
    chinese = [drawn for (_, drawn), kinds in zip(pairs, beside, strict=True) if all(kinds)]
    strewn = len(chinese) >= _MIN_PAIRS and sum(chinese) > _STREWN * len(chinese)
    out = [shown[0].text] if shown else []
    for ((a, b), drawn), kinds in zip(pairs, beside, strict=True):
        size = min(a.size, b.size)
        gap = b.x0 - a.x1
        gap -= min(apart[kinds[0]], apart[kinds[1]], _LETTERSPACED * size)
        if drawn and not (strewn and all(kinds)):
            space = not any(kinds) or gap > _VISIBLE * size
        else:
            space = gap > (_SPACE_WIDE if any(kinds) else _SPACE_NARROW) * size
        out.append(f" {b.text}" if space else b.text)
    text = "".join(out)
    return text[:-1].replace(SOFT_HYPHEN, "") + text[-1:]


def _letterspacing(
    pairs: Sequence[tuple[tuple[Glyph, Glyph], bool]],
    beside: Sequence[tuple[bool, bool]],
    broad: bool,
) -> float:
    """By how much all Chinese, or all Latin, characters of a line are drawn apart; 0 where too few
    could tell."""
    gaps = [
        b.x0 - a.x1
        for ((a, b), _), kinds in zip(pairs, beside, strict=True)
        if kinds == (broad, broad)
    ]
    enough = len(gaps) >= _MIN_PAIRS or len(gaps) == len(pairs) > 0
    return max(0.0, median(gaps)) if enough else 0.0


def _lead(shown: Sequence[Glyph]) -> float:
    """The width of the beginning of a line that can't be parted."""
    at, last = 0, len(shown) - 1
    while at < last and shown[at].text in _OPENING:
        at += 1
    if not _broad(shown[at]):
        while at < last and not _broad(shown[at + 1]) and _touch(shown[at], shown[at + 1]):
            at += 1
    while at < last and shown[at + 1].text in _CLOSING:
        at += 1
    return shown[at].x1 - shown[0].x0


def _touch(left: Glyph, right: Glyph) -> bool:
    return right.x0 - left.x1 <= _SPACE_NARROW * min(left.size, right.size)


def _hang(shown: Sequence[Glyph], text: str) -> float:
    match = NUMBERED.match(text)
    if match:
        left = len(match.group().replace(" ", ""))
        for glyph in shown:
            if left <= 0:
                return glyph.x0
            left -= len(glyph.text)
    return shown[0].x0


def glued(left: str, right: str, *, spaced: bool = False) -> str:
    """``left`` and what goes on behind it on the next line: Chinese without a space, Latin words
    with one. ``spaced`` says that a space is drawn before the break."""
    if left.endswith(SOFT_HYPHEN):
        return left[:-1] + right
    before, after = left[-1:], right[:1]
    inner = (left.rstrip(_MARKS)[-1:], right.lstrip(_MARKS)[:1])  # marks are of either script
    if any(map(is_wide, filter(None, inner))) or before in "-–—/(" or after in _CLOSING:
        return left + right
    words = before.isalpha() or after.isalpha() or before in ",;:!?)”’"
    return f"{left} {right}" if spaced or words else left + right
