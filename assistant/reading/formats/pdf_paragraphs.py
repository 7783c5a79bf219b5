"""Printed lines → which of them go on from the line above: a paragraph broken by the page's width.

A line ends on purpose where the beginning of the next one would still have fitted on it. What that
means for a document (where its columns begin and end, how far its lines stand apart, by how much it
indents a paragraph) is measured on all of its lines: :class:`Measures`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from assistant.reading.formats.pdf_lines import NUMBERED, STOP, Line, is_wide

_SLACK = 0.1  # of the size: what counting in points may be off by
_BETWEEN_WORDS = 0.25  # of the size: room that is left beside a Latin word
_STEP = 0.8  # of the size: less is no indentation
_DEEPEST = 5.0  # of the size: what begins further in is no paragraph's first line
_LEFT_OVER = 4.0  # of the size: what a word processor may leave free in mid-sentence
_OTHER_SIZE = 1.12
_WIDER = 1.25  # of the usual distance between lines, from which a gap parts paragraphs
_TAB = 3.0  # of the size: a gap in a line that a tab stop makes
_CENTRED = 0.6  # of the size, by which a centred line may stand off
_INNER = 2.5  # of the size: a line that begins further in and ends as far from the edge is centred
_FEW, _SUPPORT = 4, 0.05  # lines that prove a column's edge
_JUSTIFIED = 0.2  # share of lines that end at one place, where they are set to one width
_MOST = 0.6  # share of lines that shows what is usual
_SPREAD = 0.85  # share of full lines that end exactly where the column does, if it is justified
_NOTE_SIZE = 0.92
_NOTE = re.compile(
    r"[①-⑳]|\[\d{1,3}\]|[〔［]\d{1,3}[〕］]|\d{1,3}(?![\d.．、年月日%％万亿元个])|[*＊※†]|注\d?[：:]"
)
_ITEM_ENDS = re.compile(rf"{STOP.pattern}|[）)\]】〕]$")  # （责任单位：市商务局）
_LEADER = re.compile(r"(?:[.．。·…‥⋯]\s?){4,}[\s\d()（）\-—]*$|[—\-]{6,}\s*\d*$")


@dataclass(frozen=True, slots=True)
class Placed:
    """A line in its column, which reaches from ``left`` to ``right``."""

    line: Line
    page: int
    left: float
    right: float

    @property
    def start(self) -> float:
        """How far from the column's edge it begins, in characters."""
        return self.before / self.line.size

    @property
    def before(self) -> float:
        """The room to its left, in points."""
        return self.line.x0 - self.left

    @property
    def after(self) -> float:
        """The room to its right, in points."""
        return self.right - self.line.x1

    @property
    def balanced(self) -> bool:
        """Whether it leaves as much room on both sides; so does a line that fills its column."""
        return abs(self.before - self.after) <= _CENTRED * self.line.size

    @property
    def centred(self) -> bool:
        """Whether it stands in the middle of its column, by no accident of an indented line."""
        return self.balanced and self.before > _INNER * self.line.size

    @property
    def spare(self) -> float:
        """How much room it leaves, in points; a centred line leaves it on both sides."""
        return self.before + self.after if self.centred else self.after

    def need(self, above: Placed) -> float:
        """How much room its beginning would have taken at the end of the line above, in points."""
        need = self.line.lead + _SLACK * self.line.size
        if not (is_wide(above.line.text[-1]) and is_wide(self.line.text[0])):
            need += _BETWEEN_WORDS * self.line.size
        return need

    def would_fit(self, above: Placed) -> bool:
        """Whether its beginning would have fitted at the end of the line above."""
        return above.spare >= self.need(above)

    def follows(self, above: Placed) -> bool:
        """Whether it stands below the other in one column."""
        return (self.page, self.line.column, self.line.band) == (
            above.page,
            above.line.column,
            above.line.band,
        ) and self.line.y > above.line.y


@dataclass(frozen=True, slots=True)
class Measures:
    """``pitch`` is the distance from line to line by the size of the type; ``indent`` that of a
    paragraph's first line, ``hang`` that of its other lines, in characters, 0 where there is none.
    ``justified`` says that lines are spread to the width of the column."""

    pitch: dict[int, float]
    indent: float
    hang: float
    justified: bool

    def goes_on(self, paragraph: Sequence[Placed], line: Placed) -> bool:
        """Whether ``line`` belongs to the paragraph whose lines so far are given."""
        first, last = paragraph[0], paragraph[-1]
        size = last.line.size
        if not 1 / _OTHER_SIZE <= line.line.size / size <= _OTHER_SIZE or self._apart(last, line):
            return False
        if max(last.line.hole, line.line.hole) > _TAB * size or _LEADER.search(last.line.text):
            return False
        if last.start > max(_DEEPEST, 0.35 * (last.right - last.left) / size):
            return False
        stopped = STOP.search(last.line.text)
        begins = NUMBERED.match(line.line.text)
        if line.centred and all(each.balanced for each in paragraph):
            # a heading that is broader than the column
            return last.before + last.after < line.need(last) and not (stopped or begins)
        if line.would_fit(last):
            # ended on purpose, or the word processor would not part what the next line begins with
            return bool(
                self.indent
                and abs(line.start) < _STEP
                and last.spare < _LEFT_OVER * size
                and not (stopped or begins or last.centred)
            )
        hangs = len(paragraph) > 1 and paragraph[1].start - first.start > _STEP
        if line.start > _STEP:
            if len(paragraph) == 1 and self._hangs(first, line):
                return True
            if abs(line.start - last.start) >= _STEP / 2:
                return False
            if len(paragraph) == 1 and abs(line.start - self.indent) < _STEP:
                return False
            return hangs or not (begins and _ITEM_ENDS.search(last.line.text))
        if hangs or self.hang:
            return False  # back from where the lines of an item hang
        if self.indent or last.start > _STEP:
            return True
        if stopped and self.justified and last.spare > _SLACK * size:
            return False  # it would have been spread
        return not (begins and _ITEM_ENDS.search(last.line.text))

    def _hangs(self, first: Placed, line: Placed) -> bool:
        """Whether a paragraph's second line hangs: begins where the text behind its number does, or
        where such lines do in this document."""
        behind = (first.line.hang - first.left) / first.line.size
        return any(
            place - first.start > _STEP and abs(line.start - place) < _STEP / 2
            for place in (behind, self.hang)
        )

    def _apart(self, above: Placed, line: Placed) -> bool:
        usual = self.pitch.get(round(line.line.size)) or self.pitch.get(0)
        return bool(usual and line.follows(above) and line.line.y - above.line.y > _WIDER * usual)


def measured(pages: Sequence[Sequence[Placed]]) -> Measures:
    """What is usual in a document with these lines."""
    pitches: dict[int, list[float]] = defaultdict(list)
    firsts: list[float] = []
    others: list[float] = []
    spread = 0
    for page in pages:
        for above, line in pairwise(page):
            if not line.follows(above) or above.line.hole > _TAB * above.line.size:
                continue
            em = line.line.size
            if not 1 / _OTHER_SIZE <= above.line.size / em <= _OTHER_SIZE:
                continue
            if not line.would_fit(above):
                others.append(line.start)
                spread += abs(above.spare) <= _SLACK * em
                pitches[round(em)].append(line.line.y - above.line.y)
            elif above.spare > 2 * em and not line.centred and line.start < _DEEPEST:
                firsts.append(line.start)
    pitch = {em: median(found) for em, found in pitches.items()}
    every = [each for found in pitches.values() for each in found]
    if every:
        pitch[0] = median(every)
    indent, hang = _usual_start(firsts), _usual_start(others)
    return Measures(
        pitch, indent, hang if hang > indent + _STEP else 0.0, spread > _SPREAD * len(others)
    )


def _usual_start(starts: Sequence[float]) -> float:
    """Where most of some lines begin, in characters from the column's edge; 0 at the edge."""
    further = [start for start in starts if start > _STEP]
    return median(further) if len(further) > _MOST * len(starts) else 0.0


def usual_size(lines: Iterable[Line]) -> float:
    """The size in which most of the text is set; 0 where there is none."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return max(sizes, key=lambda size: (sizes[size], size), default=0.0)


def placed(
    pages: Sequence[Sequence[Line]], shapes: Sequence[tuple[int, int]], size: float
) -> list[list[Placed]]:
    """The lines of all pages in their columns. ``shapes`` are the widths and heights of the pages:
    those of one shape are thought to be set alike, unless a page's own lines show otherwise."""
    alike: dict[tuple[object, ...], list[Line]] = defaultdict(list)
    for number, lines in enumerate(pages):
        for line in lines:
            for key in _keys(number, shapes[number], line.column):
                alike[key].append(line)
    edges: dict[tuple[object, ...], tuple[float, float]] = {}
    made: list[list[Placed]] = []
    for number, lines in enumerate(pages):
        made.append([])
        for line in lines:
            best = (0.0, 0.0)
            for i, key in enumerate(_keys(number, shapes[number], line.column)):
                if key not in edges:
                    edges[key] = _edges(alike[key], size, proven=i > 0) or best
                best = edges[key]
            made[-1].append(Placed(line, number, *best))
    return made


def _keys(number: int, shape: tuple[int, int], column: int) -> Iterator[tuple[object, ...]]:
    """What a line shares its column with: all pages of a shape, the odd or even ones (whose inner
    margin is broader), the page alone."""
    yield shape, column
    yield shape, column, number % 2
    yield shape, column, "page", number


def _edges(lines: Sequence[Line], size: float, *, proven: bool) -> tuple[float, float] | None:
    """Where the column of these lines begins and ends. With ``proven``, ``None`` unless many lines
    begin and many end there."""
    text = [line for line in lines if abs(line.size - size) < 0.15 * size] or list(lines)
    lefts = sorted(line.x0 for line in text)
    rights = sorted(line.x1 for line in text)
    enough = max(2, _SUPPORT * len(text))
    left = next((x for x in lefts if _between(lefts, x, x + 0.3 * size) >= enough), lefts[0])
    right = next(
        (x for x in reversed(rights) if _between(rights, x - size, x) >= enough), rights[-1]
    )
    # lines that are set to one width end at one place, which punctuation may hang over
    sharp = max(_FEW, _JUSTIFIED * len(text))
    for x in reversed(rights):
        if x < right - 1.5 * size:
            break
        if _between(rights, x - 0.2 * size, x) >= sharp:
            right = x
            break
    if proven and (
        _between(lefts, left, left + 0.3 * size) < max(_FEW, 0.25 * len(text))
        or _between(rights, right - 0.5 * size, right) < max(_FEW, 0.3 * len(text))
    ):
        return None
    return left, right


def _between(places: Sequence[float], low: float, high: float) -> int:
    """How many of the sorted ``places`` lie between two, these included."""
    return bisect_right(places, high) - bisect_left(places, low)


def split_notes(lines: Sequence[Line], size: float) -> tuple[list[Line], list[Line]]:
    """The lines of a page without its footnotes, and these: at the foot of a column, in smaller
    type than the text above, from the first mark of a note on."""
    text: list[Line] = []
    notes: list[Line] = []
    for column in _columns(lines):
        at = len(column)
        while at and column[at - 1].size <= _NOTE_SIZE * size:
            at -= 1
        while at < len(column) and not _NOTE.match(column[at].text):
            at += 1
        if not at:
            at = len(column)  # a page in small type
        text.extend(column[:at])
        notes.extend(column[at:])
    return text, notes


def _columns(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """The lines by stretches that are read one below the other."""
    stretch: list[Line] = []
    for line in lines:
        if stretch and (line.column, line.band) != (stretch[-1].column, stretch[-1].band):
            yield stretch
            stretch = []
        stretch.append(line)
    if stretch:
        yield stretch


def is_note(text: str) -> bool:
    """Whether a line at a page's foot begins a note."""
    return bool(_NOTE.match(text))
