"""A page's content → what it draws: :class:`Device`.

The interpreter of pdfminer.six carries out the operators of a page and calls a device for each
character, path and picture; this one notes them, as long as the budget lets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot
from typing import cast

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
from assistant.reading.formats.pdf_fonts import is_blind

MAX_LINES = 5_000
"""Lines on a page; one with more is a drawing, and what follows them is not noted."""
UNREAD = "\ufffd"
"""Stands for a character that the font does not name."""
SLANTED = -1

_MAX_GLYPHS = 200_000  # on a page; a crowded one has 5,000
_MAX_FIGURES = 20_000
_MAX_SAVED = 5_000  # graphics states, which nest in each other
_THIN = 3.0  # points: a filled rectangle no thicker than this is a line
_INVISIBLE = 3  # the text rendering mode without ink


@dataclass(frozen=True, slots=True)
class Drawn:
    """A character in the coordinates of the file, y upwards; ``turn`` is the direction in which its
    line runs, in degrees, or :data:`SLANTED`; ``hidden`` says that it is drawn without ink."""

    text: str
    start: Point
    end: Point
    size: float
    turn: int
    hidden: bool


class Device(PDFTextDevice):
    """What was drawn on a page: characters, lines and the number of pictures. ``box`` is the page,
    ``crop`` the part of it that is shown; ``lost`` counts characters in fonts without codes."""

    ctm: Matrix

    def __init__(self, fonts: PDFResourceManager, budget: Budget) -> None:
        super().__init__(fonts)
        self.budget = budget
        self.drawn: list[Drawn] = []
        self.lines: list[tuple[Point, Point]] = []
        self.pictures = self.lost = 0
        self.box: Rect = (0, 0, 0, 0)
        self.crop: Rect = (0, 0, 0, 0)
        self._figures: list[Matrix] = []
        self._count = 0
        self._hidden = False

    def begin_page(self, page: PDFPage, ctm: Matrix) -> None:
        self.box = apply_matrix_rect(ctm, page.mediabox)
        self.crop = apply_matrix_rect(ctm, page.cropbox)

    def begin_figure(self, name: str, bbox: Rect, matrix: Matrix) -> None:  # noqa: ARG002
        self._count += 1
        if self._count > _MAX_FIGURES:
            raise self.budget.refuse(f"a page of it has more than {_MAX_FIGURES:,} figures")
        self._figures.append(self.ctm)

    def end_figure(self, name: str) -> None:  # noqa: ARG002
        self.ctm = self._figures.pop()

    def render_image(self, name: str, stream: PDFStream) -> None:  # noqa: ARG002
        self.pictures += 1

    def render_string(
        self,
        textstate: PDFTextState,
        seq: PDFTextSeq,
        ncs: PDFColorSpace,
        graphicstate: PDFGraphicState,
    ) -> None:
        self._hidden = textstate.render == _INVISIBLE
        if textstate.font and is_blind(textstate.font):
            self.lost += sum(len(each) // 2 for each in seq if isinstance(each, bytes))
        super().render_string(textstate, seq, ncs, graphicstate)

    def render_char(
        self,
        matrix: Matrix,
        font: PDFFont,
        fontsize: float,
        scaling: float,
        rise: float,
        cid: int,
        ncs: PDFColorSpace,  # noqa: ARG002
        graphicstate: PDFGraphicState,  # noqa: ARG002
    ) -> float:
        advance = font.char_width(cid) * fontsize * scaling
        try:
            text = font.to_unichr(cid)
        except PDFUnicodeNotDefined:
            text = UNREAD
        if text:
            if len(self.drawn) >= _MAX_GLYPHS:
                raise self.budget.refuse(f"a page of it has more than {_MAX_GLYPHS:,} characters")
            width = fontsize if font.is_vertical() else advance
            self.drawn.append(
                Drawn(
                    text,
                    apply_matrix_pt(matrix, (0, rise)),
                    apply_matrix_pt(matrix, (width, rise)),
                    hypot(*apply_matrix_norm(matrix, (0, fontsize))),
                    _turn(apply_matrix_norm(matrix, (fontsize, 0))),
                    self._hidden,
                )
            )
        return advance

    def paint_path(
        self,
        graphicstate: PDFGraphicState,  # noqa: ARG002
        stroke: bool,
        fill: bool,  # noqa: ARG002
        evenodd: bool,  # noqa: ARG002
        path: Sequence[PathSegment],
    ) -> None:
        part: list[Point] = []
        for step in path:
            if len(self.lines) > MAX_LINES:
                return
            if step[0] == "m":
                self._paint(part, stroke)
                part = []
            if step[0] == "h":
                part.extend(part[:1])
            else:
                # a curve is no ruling line, but the path goes on from its end
                part.append(apply_matrix_pt(self.ctm, cast(Point, step[-2:])))
        self._paint(part, stroke)

    def _paint(self, part: Sequence[Point], stroke: bool) -> None:
        """Notes the sides of a path that is stroked, or one that is filled and thin as a line."""
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


def _turn(along: Point) -> int:
    x, y = along
    if abs(y) <= 0.05 * abs(x):
        return 0 if x >= 0 else 180
    if abs(x) <= 0.05 * abs(y):
        return 90 if y > 0 else 270
    return SLANTED


class _Interpreter(PDFPageInterpreter):
    """Carries out no more than the budget allows, and keeps no more graphics states than a page can
    need."""

    device: Device

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


def draw(page: PDFPage, fonts: PDFResourceManager, budget: Budget) -> Device:
    """What a page draws. Raises whatever pdfminer.six does, and :class:`TooLargeError`."""
    budget.new_page()
    device = Device(fonts, budget)
    _Interpreter(fonts, device).process_page(page)
    return device
