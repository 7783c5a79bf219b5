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
from itertools import pairwise
from math import hypot

from pdfminer.pdfcolor import PDFColorSpace
from pdfminer.pdfdevice import PDFTextDevice, PDFTextSeq
from pdfminer.pdffont import PDFFont, PDFUnicodeNotDefined
from pdfminer.pdfinterp import (
    PDFGraphicState,
    PDFPageInterpreter,
    PDFResourceManager,
    PDFTextState,
)
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import PDFStream, stream_value
from pdfminer.utils import (
    Matrix,
    PathSegment,
    Point,
    Rect,
    apply_matrix_norm,
    apply_matrix_pt,
    apply_matrix_rect,
)

from assistant.reading.formats.pdf_file import Budget

_MAX_GLYPHS = 200_000  # on a page; a crowded one has 5,000
_MAX_FIGURES = 20_000
_MAX_RULES = 5_000  # a page with more is a drawing
_MAX_SAVED = 5_000  # graphics states, which nest in each other
_THIN = 3.0  # points: a filled rectangle no thicker than this is a line
_STRAIGHT = 1.0  # points by which a line may lean
_SAME = 0.12  # of the size: a character drawn twice no further apart is one, in bold

UNREAD = "\ufffd"
"""Stands for a character that the font does not name."""

# Fonts share one shape among characters that look alike, and some programs (Chromium's printing
# among them) note the wrong one: the radical ⼀ for 一. Compatibility forms give most radicals back;
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
    """What is drawn on a page. ``aside`` is text in another direction than the rest: a stamp, a
    watermark. ``unread`` counts the characters that can't be read or stand for none in Unicode."""

    width: float
    height: float
    glyphs: Sequence[Glyph] = field(repr=False)
    rules: Sequence[Rule] = field(repr=False)
    pictures: int
    aside: Sequence[str]
    unread: int


@dataclass(slots=True)
class _Drawn:
    """A character in the coordinates of the file, y upwards; ``turn`` is the direction in which its
    line runs, in degrees; -1 for a slanting one."""

    text: str
    start: Point
    end: Point
    size: float
    turn: int
    hidden: bool


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
    return "".join(out)


class _Device(PDFTextDevice):
    """Notes what the interpreter of a page's content draws."""

    ctm: Matrix

    def __init__(self, fonts: PDFResourceManager, budget: Budget) -> None:
        super().__init__(fonts)
        self.budget = budget
        self._figures: list[Matrix] = []
        self._hidden = False
        self.count = 0
        self.drawn: list[_Drawn] = []
        self.lines: list[tuple[Point, Point]] = []
        self.pictures = 0
        self.box: Rect = (0, 0, 0, 0)
        self.crop: Rect = (0, 0, 0, 0)

    def begin_page(self, page: PDFPage, ctm: Matrix) -> None:
        self.box = apply_matrix_rect(ctm, page.mediabox)
        self.crop = apply_matrix_rect(ctm, page.cropbox)

    def begin_figure(self, name: str, bbox: Rect, matrix: Matrix) -> None:
        self.count += 1
        if self.count > _MAX_FIGURES:
            raise self.budget.refuse(f"a page of it has more than {_MAX_FIGURES:,} figures")
        self._figures.append(self.ctm)

    def end_figure(self, name: str) -> None:
        self.ctm = self._figures.pop()

    def render_image(self, name: str, stream: PDFStream) -> None:
        self.pictures += 1

    def render_string(
        self,
        textstate: PDFTextState,
        seq: PDFTextSeq,
        ncs: PDFColorSpace,
        graphicstate: PDFGraphicState,
    ) -> None:
        self._hidden = textstate.render == 3
        super().render_string(textstate, seq, ncs, graphicstate)

    def render_char(
        self,
        matrix: Matrix,
        font: PDFFont,
        fontsize: float,
        scaling: float,
        rise: float,
        cid: int,
        ncs: PDFColorSpace,
        graphicstate: PDFGraphicState,
    ) -> float:
        advance = font.char_width(cid) * fontsize * scaling
        try:
            text = font.to_unichr(cid)
        except PDFUnicodeNotDefined:
            text = UNREAD
        if text:
            if len(self.drawn) >= _MAX_GLYPHS:
                raise self.budget.refuse(f"a page of it has more than {_MAX_GLYPHS:,} characters")
            start = apply_matrix_pt(matrix, (0, rise))
            end = apply_matrix_pt(matrix, (fontsize if font.is_vertical() else advance, rise))
            along = apply_matrix_norm(matrix, (fontsize, 0))
            size = hypot(*apply_matrix_norm(matrix, (0, fontsize)))
            self.drawn.append(_Drawn(text, start, end, size, _turn(along), self._hidden))
        return advance

    def paint_path(
        self,
        graphicstate: PDFGraphicState,
        stroke: bool,
        fill: bool,
        evenodd: bool,
        path: Sequence[PathSegment],
    ) -> None:
        part: list[Point] = []
        for step in path:
            if len(self.lines) > _MAX_RULES:
                return
            if step[0] == "m":
                self._paint(part, stroke)
                part = []
            if step[0] == "h":
                part.extend(part[:1])
            else:
                # a curve leads to no ruling line, but the path goes on from its end
                part.append(apply_matrix_pt(self.ctm, (float(step[-2]), float(step[-1]))))
        self._paint(part, stroke)

    def _paint(self, part: Sequence[Point], stroke: bool) -> None:
        if len(part) < 2:
            return
        x0, x1 = min(x for x, _ in part), max(x for x, _ in part)
        y0, y1 = min(y for _, y in part), max(y for _, y in part)
        if min(x1 - x0, y1 - y0) <= _THIN:
            x, y = (x0 + x1) / 2, (y0 + y1) / 2
            upright = x1 - x0 < y1 - y0
            self.lines.append(((x, y0), (x, y1)) if upright else ((x0, y), (x1, y)))
        elif stroke:
            self.lines.extend(pairwise(part))


class _Interpreter(PDFPageInterpreter):
    """Draws no more than the budget allows, and keeps no more graphics states than a page needs."""

    device: _Device

    def execute(self, streams: Sequence[object]) -> None:
        unpacked: list[PDFStream] = []
        for each in streams:
            stream = stream_value(each)
            data = stream.get_data()
            self.device.budget.draw(len(data))
            unpacked.append(PDFStream({}, data))
            unpacked[-1].objid = stream.objid  # by which drawing in circles is found out
        super().execute(unpacked)

    def do_q(self) -> None:
        if len(self.gstack) < _MAX_SAVED:
            super().do_q()


def _turn(along: Point) -> int:
    x, y = along
    if abs(y) <= 0.05 * abs(x):
        return 0 if x >= 0 else 180
    if abs(x) <= 0.05 * abs(y):
        return 90 if y > 0 else 270
    return -1


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
    budget.new_page()
    device = _Device(fonts, budget)
    _Interpreter(fonts, device).process_page(page)
    drawn = _shown(device)
    turns = Counter(each.turn for each in drawn if each.turn >= 0 and not each.text.isspace())
    turn = max(turns, key=lambda each: (turns[each], -each)) if turns else 0
    box = device.box
    width, height = box[2] - box[0], box[3] - box[1]
    if turn in (90, 270):
        width, height = height, width
    glyphs: list[Glyph] = []
    for each in drawn:
        if each.turn == turn and (text := legible(each.text)):
            x0, y = _turned(each.start, turn, box)
            x1, _ = _turned(each.end, turn, box)
            glyphs.append(Glyph(text, min(x0, x1), max(x0, x1), y, each.size))
    return Sheet(
        width,
        height,
        list(_once(glyphs)),
        list(_rules(device, turn)),
        device.pictures,
        tuple(_aside(each for each in drawn if each.turn != turn)),
        sum(map(_is_noise, (each.text for each in drawn))),
    )


def _shown(device: _Device) -> list[_Drawn]:
    """The characters on the page. Those drawn without ink count where they are most of its text:
    what a character recognition laid over a picture."""
    x0, y0, x1, y1 = device.crop
    inside = [
        each
        for each in device.drawn
        if x0 <= (each.start[0] + each.end[0]) / 2 <= x1
        and y0 <= (each.start[1] + each.end[1]) / 2 <= y1
        and each.size > 0
    ]
    hidden = sum(each.hidden for each in inside)
    if 0 < hidden <= len(inside) / 2:
        inside = [each for each in inside if not each.hidden]
    return inside


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


def _rules(device: _Device, turn: int) -> Iterator[Rule]:
    if len(device.lines) > _MAX_RULES:
        return
    for first, last in device.lines:
        (x0, y0), (x1, y1) = (_turned(point, turn, device.box) for point in (first, last))
        if abs(x1 - x0) <= _STRAIGHT < abs(y1 - y0):
            yield Rule(True, (x0 + x1) / 2, min(y0, y1), max(y0, y1))
        elif abs(y1 - y0) <= _STRAIGHT < abs(x1 - x0):
            yield Rule(False, (y0 + y1) / 2, min(x0, x1), max(x0, x1))


def _aside(drawn: Iterable[_Drawn]) -> Iterator[str]:
    """Text in another direction, cut where it does not go on."""
    said, last = "", None
    for each in drawn:
        text = legible(each.text)
        if (
            last is not None
            and hypot(each.start[0] - last.end[0], each.start[1] - last.end[1]) > 2 * last.size
        ):
            yield said
            said = ""
        said, last = said + text, each
    yield said


def _is_noise(text: str) -> bool:
    return any(char == UNREAD or unicodedata.category(char) in ("Co", "Cc", "Cs") for char in text)
