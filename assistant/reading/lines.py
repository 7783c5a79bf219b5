"""Text → logical lines: what the writer meant as one line or paragraph.

Most files break lines where paragraphs end. A scanned or copied text may instead be one endless
line in which the old line breaks are left as single spaces, every 30 or 40 characters; there a
paragraph ends where such a piece stops short of the usual width with a full stop.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_ENDLESS = 1_200  # characters; no paragraph of a policy text is that long without a break
_ALONE, _MOST = 80, 0.8
"""A line of more characters than this that is more than this share of the whole text: a text
without line breaks, in which numbers stand in mid-line."""
_MIN_WRAPS = 15  # pieces of one width that prove that the spaces are old line breaks
_NARROW = re.compile("[\x00-\u10ff\uff61-\uffdc]")
_WRAP = re.compile(r"(?<=[^\s]) (?=[^\s])")
_ENDS = re.compile(r"[。；;！？!?：:][”’」』）)】]*$|[）)】”]$")
_WRAPPED, _MIN_BROKEN, _MIN_MEASURE = 4, 3, 16
"""Lines are broken by a page's width if one in four, and at least three, end without a stop; a full
line has at least 16 characters."""
_STOP = re.compile(r"[。！？；][”’」』）)\]】]*$")


@dataclass(frozen=True, slots=True)
class Line:
    """One logical line: ``text[start:end]`` without the white space around it.

    ``unwrapped`` says that it is an endless line or was cut out of one: numbers of items may stand
    anywhere in it.
    """

    start: int
    end: int
    unwrapped: bool = False


def width(text: str) -> int:
    """Columns that ``text`` takes in print: 2 for a wide character, 1 for any other."""
    return 2 * len(text) - len(_NARROW.findall(text))


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """``[start, end)`` without the white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def logical_lines(text: str, start: int = 0, end: int | None = None) -> list[Line]:
    """The lines of ``text[start:end]`` that hold anything, in order."""
    end = len(text) if end is None else end
    lines: list[Line] = []
    at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        inner_start, inner_end = trim(text, at, stop)
        if inner_start < inner_end:
            if inner_end - inner_start > _ENDLESS:
                lines.extend(_unwrap(text, inner_start, inner_end))
            else:
                alone = inner_end - inner_start > max(_ALONE, _MOST * (end - start))
                lines.append(Line(inner_start, inner_end, unwrapped=alone))
        at = stop + 1
    return lines


def _unwrap(text: str, start: int, end: int) -> Iterator[Line]:
    """The paragraphs of an endless line; the whole line where its spaces are no old breaks."""
    cuts = [start + match.start() for match in _WRAP.finditer(text[start:end])]
    pieces = list(zip([start, *(cut + 1 for cut in cuts)], [*cuts, end], strict=True))
    widths = Counter(width(text[a:b]) // 4 * 4 for a, b in pieces)
    usual, _ = widths.most_common(1)[0]
    near = sum(widths[usual + step] for step in (-4, 0, 4))
    if near < _MIN_WRAPS or usual < 20:
        yield Line(start, end, unwrapped=True)
        return
    begun = start
    for a, b in pieces:
        ends_short = width(text[a:b]) < usual - 4 and _STOP.search(text[a:b])
        if ends_short or b == end:
            yield Line(begun, b, unwrapped=True)
            begun = b + 1


def full_measure(text: str, lines: Sequence[Line]) -> int:
    """The characters of a full line where the lines are broken at one width; 0 where no such width
    shows, as where a paragraph is a line."""
    broken = [
        line.end - line.start for line in lines if not _ENDS.search(text, line.end - 3, line.end)
    ]
    if len(broken) * _WRAPPED < len(lines) or len(broken) < _MIN_BROKEN:
        return 0
    usual, count = Counter(broken).most_common(1)[0]
    return usual if count * 3 > len(broken) and usual >= _MIN_MEASURE else 0
