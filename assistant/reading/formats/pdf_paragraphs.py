"""Printed lines → which of them go on from the line above: a paragraph broken by the page's width.

A line ends on purpose where the beginning of the next one would still have fitted on it. What that
means for a document (how far its lines stand apart, by how much it indents a paragraph, whether it
spreads its lines) is measured on all of its lines: :class:`Measures`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from assistant.reading.formats.pdf_columns import Placed
from assistant.reading.formats.pdf_lines import NUMBERED, STOP

_STEP = 0.8  # of the size: less is no indentation
_SAME_PLACE = 0.4  # of the size
_EXACT = 0.1  # of the size: a line that ends no further from the column's edge ends there
_DEEPEST = 5.0  # of the size: what begins further in is no paragraph's first line
_DEEP = 0.35  # … of the column's width, where that is more
_LEFT_OVER = 4.0  # of the size: what a word processor may leave free in mid-sentence
_OTHER_SIZE = 1.12
_WIDER = 1.25  # of the usual distance between lines, from which a gap parts paragraphs
_TAB = 3.0  # of the size: a gap in a line that a tab stop makes
_MOST = 0.6  # share of lines that shows what is usual
_SPREAD = 0.85  # share of full lines that end exactly where the column does, if it is justified
_ITEM_ENDS = re.compile(rf"{STOP.pattern}|[）)\]】〕]$")  # （责任单位：市商务局）
_LEADER = re.compile(r"(?:[.．。·…‥⋯]\s?){4,}[\s\d()（）\-—]*$|[—\-]{6,}\s*\d*$")


@dataclass(frozen=True, slots=True)
class Measures:
    """What is usual in a document.

    ``pitch`` is the distance from line to line by the size of the type, under 0 that of any;
    ``indent`` how far in a paragraph's first line begins, ``hang`` how far its other lines do, in
    characters, 0 at the column's edge. ``justified`` says that lines are spread to the width of
    the column.
    """

    pitch: dict[int, float]
    indent: float
    hang: float
    justified: bool

    def goes_on(self, paragraph: Sequence[Placed], line: Placed) -> bool:
        """Whether ``line`` belongs to the paragraph whose lines so far are given."""
        last = paragraph[-1]
        if self._parted(last, line):
            return False
        if line.centred and all(each.balanced for each in paragraph):
            # a heading that is broader than the column
            free = last.before + last.after
            return free < line.need(last) and not (_stops(last) or _begins_item(line))
        if line.would_fit(last):
            # it ended on purpose, or the program would not part what the next line begins with
            return (
                self.indent > 0
                and abs(line.start) < _STEP
                and last.spare < _LEFT_OVER * last.line.size
                and not (_stops(last) or _begins_item(line) or last.centred)
            )
        if line.start > _STEP:
            return self._goes_on_indented(paragraph, line)
        hangs = len(paragraph) > 1 and paragraph[1].start - paragraph[0].start > _STEP
        if hangs or self.hang:
            return False  # back from where the lines of an item hang
        if self.indent or last.start > _STEP:
            return True
        if self.justified and _stops(last) and last.spare > _EXACT * last.line.size:
            return False  # it would have been spread
        return not _next_item(last, line)

    def _parted(self, last: Placed, line: Placed) -> bool:
        """Whether a look at the two lines parts them: another type, a gap, a tab stop, leaders, a
        signature at the right."""
        size = last.line.size
        usual = self.pitch.get(round(line.line.size)) or self.pitch.get(0, 0.0)
        gap = line.line.y - last.line.y if line.follows(last) else 0.0
        return bool(
            not 1 / _OTHER_SIZE <= line.line.size / size <= _OTHER_SIZE
            or (usual and gap > _WIDER * usual)
            or max(last.line.hole, line.line.hole) > _TAB * size
            or _LEADER.search(last.line.text)
            or last.start > max(_DEEPEST, _DEEP * (last.right - last.left) / size)
        )

    def _goes_on_indented(self, paragraph: Sequence[Placed], line: Placed) -> bool:
        """Whether an indented line below a full one goes on from it."""
        first, last = paragraph[0], paragraph[-1]
        if len(paragraph) == 1 and self._hangs(first, line):
            return True
        if abs(line.start - last.start) >= _SAME_PLACE:
            return False
        if len(paragraph) == 1 and abs(line.start - self.indent) < _STEP:
            return False  # the first line of the next paragraph
        hangs = len(paragraph) > 1 and last.start - first.start > _STEP
        return hangs or not _next_item(last, line)

    def _hangs(self, first: Placed, line: Placed) -> bool:
        """Whether a paragraph's second line hangs: begins where the text behind its number does, or
        where such lines do in this document."""
        behind = (first.line.hang - first.left) / first.line.size
        return any(
            place - first.start > _STEP and abs(line.start - place) < _SAME_PLACE
            for place in (behind, self.hang)
        )


def _stops(line: Placed) -> bool:
    return bool(STOP.search(line.line.text))


def _begins_item(line: Placed) -> bool:
    return bool(NUMBERED.match(line.line.text))


def _next_item(last: Placed, line: Placed) -> bool:
    """Whether an item begins below a line that may end one. In mid-sentence a line that begins with
    第三十条 goes on from 依照."""
    return _begins_item(line) and bool(_ITEM_ENDS.search(last.line.text))


def measured(pages: Sequence[Sequence[Placed]]) -> Measures:
    """What is usual in a document with these lines."""
    pitches: dict[int, list[float]] = defaultdict(list)
    firsts: list[float] = []
    others: list[float] = []
    exact = 0
    for page in pages:
        for above, line in pairwise(page):
            size = line.line.size
            if (
                not line.follows(above)
                or above.line.hole > _TAB * size
                or not 1 / _OTHER_SIZE <= above.line.size / size <= _OTHER_SIZE
            ):
                continue
            if not line.would_fit(above):
                others.append(line.start)
                exact += abs(above.spare) <= _EXACT * size
                pitches[round(size)].append(line.line.y - above.line.y)
            elif above.spare > 2 * size and not line.centred and line.start < _DEEPEST:
                firsts.append(line.start)
    pitch = {size: median(found) for size, found in pitches.items()}
    if pitches:
        pitch[0] = median(each for found in pitches.values() for each in found)
    indent, hang = _usual_start(firsts), _usual_start(others)
    return Measures(
        pitch,
        indent,
        hang if hang > indent + _STEP else 0.0,
        exact > _SPREAD * len(others),
    )


def _usual_start(starts: Sequence[float]) -> float:
    """Where most of some lines begin, in characters from the column's edge; 0 at the edge."""
    further = [start for start in starts if start > _STEP]
    return median(further) if len(further) > _MOST * len(starts) else 0.0
