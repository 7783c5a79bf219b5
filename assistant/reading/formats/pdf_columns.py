"""Where the columns of a document begin and end: printed lines → :class:`Placed` ones."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from assistant.reading.formats.pdf_lines import Line, is_wide

_SLACK = 0.1  # of the size: what counting in points may be off by
_BETWEEN_WORDS = 0.25  # of the size: room that is left beside a Latin word
_CENTRED = 0.6  # of the size, by which a centred line may stand off
_INNER = 2.5  # of the size: a line that begins further in and ends as far from the edge is centred
_FEW, _SUPPORT = 4, 0.05  # lines that prove a column's edge
_NEAR_EDGE = 6.0  # of the size
_JUSTIFIED = 0.2  # share of lines that end at one place, where they are set to one width


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
                    found = _edges(alike[key], size, proven=i > 0) or best
                    whole = i == line.column == 0
                    edges[key] = _widened(found, shapes[number][0], size) if whole else found
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


def _widened(edges: tuple[float, float], width: int, size: float) -> tuple[float, float]:
    """The column as broad as the page's left margin lets one think, where no line comes near its
    right edge: short lines do not show where it is."""
    left, right = edges
    return left, width - left if right < width - left - _NEAR_EDGE * size else right


def _between(places: Sequence[float], low: float, high: float) -> int:
    """How many of the sorted ``places`` lie between two, these included."""
    return bisect_right(places, high) - bisect_left(places, low)
