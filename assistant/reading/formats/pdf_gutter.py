"""Whether a page is set in two columns, as newspapers and gazettes are, and where they part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from assistant.reading.formats.pdf_glyphs import Glyph
from assistant.reading.formats.pdf_lines import baselines, stretches

_MIN_ROWS, _MIN_SECOND_ROWS = 8, 4  # of the left column and of the right one
_MIN_COLUMN, _MIN_GUTTER, _MAX_WIDTH = 80, 8, 20_000  # points
_MAX_ACROSS = 0.2  # share of a page's lines that may run across both columns: titles
_FULL = 0.8  # of a column's width: a line that fills it


def keeps_gutter(glyphs: Iterable[Glyph], gutter: float) -> bool:
    """Whether a page is set in the columns of another one, proven there: it need not be full."""
    rows = [list(stretches(row)) for row in baselines(glyphs)]
    across = sum(any(a < gutter < b for a, b in row) for row in rows)
    left = any(b < gutter for row in rows for _, b in row)
    right = any(a > gutter for row in rows for a, _ in row)
    return left and right and across <= len(rows) / 2


def find_gutter(glyphs: Iterable[Glyph]) -> float | None:
    """The middle of the white stripe between two columns of text; ``None`` on a page that has one.

    The stripe runs down most of the page with lines on both sides, and they fill their columns: a
    list of names and numbers does not.
    """
    rows = [list(stretches(row)) for row in baselines(glyphs)]
    everything = [stretch for row in rows for stretch in row]
    at = _widest_gap(everything)
    if at is None:
        return None
    left = [(a, b) for a, b in everything if b <= at]
    right = [(a, b) for a, b in everything if a >= at]
    across = sum(any(a < at < b for a, b in row) for row in rows)
    proven = (
        across <= _MAX_ACROSS * len(rows)
        and len(left) >= _MIN_ROWS
        and len(right) >= _MIN_SECOND_ROWS
        and all(map(_is_column, (left, right)))
    )
    return at if proven else None


def _is_column(lines: Sequence[tuple[float, float]]) -> bool:
    """Whether most of the lines fill a column as broad as text is."""
    start, end = min(a for a, _ in lines), max(b for _, b in lines)
    filled = sum(b - a >= _FULL * (end - start) for a, b in lines)
    return end - start >= _MIN_COLUMN and filled >= len(lines) / 2


def _widest_gap(lines: Sequence[tuple[float, float]]) -> float | None:
    """The middle of the broadest stripe around a page's middle that fewest lines cross."""
    if not lines:
        return None
    start, end = min(a for a, _ in lines), max(b for _, b in lines)
    width = int(end - start) + 1
    middle = range(int(width * 0.3), int(width * 0.7))
    if not middle or width > _MAX_WIDTH:
        return None
    cover = [0] * (width + 2)
    for a, b in lines:
        cover[int(a - start)] += 1
        cover[int(b - start) + 1] -= 1
    cover = list(accumulate(cover))
    least = min(cover[i] for i in middle)
    best = max(_runs(i for i in middle if cover[i] == least), key=len)
    return start + (best[0] + best[-1]) / 2 if len(best) >= _MIN_GUTTER else None


def _runs(numbers: Iterable[int]) -> Iterator[list[int]]:
    run: list[int] = []
    for number in numbers:
        if run and number != run[-1] + 1:
            yield run
            run = []
        run.append(number)
    yield run
