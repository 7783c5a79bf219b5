"""A page of a pdf → the characters, ruling lines and pictures on it: :class:`Sheet`.

A pdf says where each character is drawn and nothing of words, lines or paragraphs. What is drawn
outside the page, or twice to look bold, is dropped here; characters are made those that a reader
sees.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import hypot

from pdfminer.pdfinterp import PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.utils import Point, Rect

from assistant.reading.formats.pdf_device import MAX_LINES, SLANTED, UNREAD, Device, Drawn, draw
from assistant.reading.formats.pdf_file import Budget

_STRAIGHT = 1.0  # points by which a line may lean
_CUT = 2.0  # of the size: a gap that parts texts in another direction
_SAME = 0.12  # of the size: a character drawn twice no further apart is one, in bold

# Fonts share one shape among characters that look alike, and some programs (Chromium's printing
# is one) note the wrong one: the radical ⼀ for 一. Compatibility forms give most radicals back;
# here are the others (Unicode's table of equivalent unified ideographs, U+2E81–2EF3) and what else
# differs when all characters of GB 2312 are printed in the Noto fonts.
_LOOKALIKES = str.maketrans("⼾㬵―〜∕‵\u2329\u232a", "户胶—～／｀〈〉") | str.maketrans(
    "⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺟⺠⺡⺢⺣⺤⺥⺦⺧⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺴⺵⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉"
    "⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳",
    "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵旡日月歺母民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝"
    "𧾷车辶辶辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟",
)


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character as drawn: from ``x0`` to ``x1`` on the baseline ``y``, in points from the left
    and the top of the page as its text is read; ``size`` is the font's."""

    text: str
    x0: float
    x1: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A ruling line, at ``at`` (from the top or the left) from ``start`` to ``end``."""

    upright: bool
    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is drawn on a page.

    ``aside`` is text in another direction than the rest: a stamp, a watermark; ``hidden`` what is
    drawn without ink. ``count`` says how many characters there are, ``unread`` how many of them
    can't be read or stand for none in Unicode.
    """

    width: float
    height: float
    glyphs: Sequence[Glyph] = field(repr=False)
    rules: Sequence[Rule] = field(repr=False)
    pictures: int
    aside: Sequence[str]
    hidden: Sequence[str]
    count: int
    unread: int


@lru_cache(maxsize=50_000)
def legible(text: str) -> str:
    """What a reader sees: characters for radicals, letters for ligatures, a space for any white
    space, nothing for a control character."""
    out: list[str] = []
    for char in text.translate(_LOOKALIKES):
        code, kind = ord(char), unicodedata.category(char)
        if char.isspace():
            out.append(" ")
        elif kind in ("Cc", "Cf", "Cn") and char != "\u00ad":
            continue
        elif kind == "Cs":
            out.append(UNREAD)
        elif 0x2F00 <= code <= 0x2FD5 or 0xFB00 <= code <= 0xFB06 or 0xF900 <= code <= 0xFAD9:
            out.append(unicodedata.normalize("NFKC", char))
        else:
            out.append(char)
    shown = "".join(out)
    return shown.strip() or shown[:1]


def _turned(point: Point, turn: int, box: Rect) -> Point:
    """A point of the file as it lies when the page is held so that lines running in the direction
    ``turn`` are read: from the left and from the top."""
    x, y = point[0] - box[0], point[1] - box[1]
    width, height = box[2] - box[0], box[3] - box[1]
    if turn == 90:
        return y, x
    if turn == 180:
        return width - x, y
    if turn == 270:
        return height - y, width - x
    return x, height - y


def read_sheet(page: PDFPage, fonts: PDFResourceManager, budget: Budget) -> Sheet:
    """What is drawn on a page. Raises whatever pdfminer.six does, and :class:`TooLargeError`."""
    device = draw(page, fonts, budget)
    drawn = [each for each in device.drawn if _is_inside(each, device.crop)]
    hidden = [each for each in drawn if each.hidden]
    if len(hidden) > len(drawn) / 2:
        hidden = []  # what a character recognition laid over a picture: the page's text
    else:
        drawn = [each for each in drawn if not each.hidden]
    turns = Counter(each.turn for each in drawn if each.turn != SLANTED)
    turn = max(turns, key=lambda each: (turns[each], -each), default=0)
    x0, y0, x1, y1 = device.box
    width, height = (x1 - x0, y1 - y0) if turn in (0, 180) else (y1 - y0, x1 - x0)
    return Sheet(
        width,
        height,
        list(_once(_glyphs(drawn, turn, device.box))),
        list(_rules(device, turn)),
        device.pictures,
        tuple(_strings(each for each in drawn if each.turn != turn)),
        tuple(_strings(hidden)),
        device.lost + sum(not each.text.isspace() for each in drawn),
        device.lost + sum(_is_noise(each.text) for each in drawn),
    )


def _is_inside(drawn: Drawn, box: Rect) -> bool:
    x0, y0, x1, y1 = box
    x, y = (drawn.start[0] + drawn.end[0]) / 2, (drawn.start[1] + drawn.end[1]) / 2
    return x0 <= x <= x1 and y0 <= y <= y1 and drawn.size > 0


def _glyphs(drawn: Iterable[Drawn], turn: int, box: Rect) -> Iterator[Glyph]:
    for each in drawn:
        if each.turn == turn and (text := legible(each.text)):
            x0, y = _turned(each.start, turn, box)
            x1, _ = _turned(each.end, turn, box)
            yield Glyph(text, min(x0, x1), max(x0, x1), y, each.size)


def _once(glyphs: Iterable[Glyph]) -> Iterator[Glyph]:
    """The characters without those drawn once more at the same place."""
    seen: dict[tuple[str, int, int], Glyph] = {}
    for glyph in glyphs:
        step = max(glyph.size * _SAME, 0.1)
        column, row = round(glyph.x0 / step), round(glyph.y / step)
        near = (seen.get((glyph.text, column + i, row + j)) for i in (-1, 0, 1) for j in (-1, 0, 1))
        if glyph.text.isspace() or not any(
            other
            and abs(other.x0 - glyph.x0) <= step
            and abs(other.y - glyph.y) <= step
            and abs(other.size - glyph.size) <= step
            for other in near
        ):
            seen[glyph.text, column, row] = glyph
            yield glyph


def _rules(device: Device, turn: int) -> Iterator[Rule]:
    if len(device.lines) > MAX_LINES:
        return
    for first, last in device.lines:
        (x0, y0), (x1, y1) = (_turned(point, turn, device.box) for point in (first, last))
        if abs(x1 - x0) <= _STRAIGHT < abs(y1 - y0):
            yield Rule(True, (x0 + x1) / 2, min(y0, y1), max(y0, y1))
        elif abs(y1 - y0) <= _STRAIGHT < abs(x1 - x0):
            yield Rule(False, (y0 + y1) / 2, min(x0, x1), max(x0, x1))


def _strings(drawn: Iterable[Drawn]) -> Iterator[str]:
    """Characters as they were drawn one after the other, cut where they do not go on."""
    said, last = "", None
    for each in drawn:
        gap = last and hypot(each.start[0] - last.end[0], each.start[1] - last.end[1])
        if last and gap and gap > _CUT * last.size:
            yield said
            said = ""
        said, last = said + legible(each.text), each
    yield said


def _is_noise(text: str) -> bool:
    return any(char == UNREAD or unicodedata.category(char) in ("Co", "Cc", "Cs") for char in text)
