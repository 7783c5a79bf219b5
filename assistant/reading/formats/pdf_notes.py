"""Footnotes: lines at the foot of a page that would break a paragraph which runs over it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from assistant.reading.formats.pdf_columns import Placed

_SMALLER = 0.92  # of the size of the text
_MARK = re.compile(
    r"[①-⑳]|\[\d{1,3}\]|[〔［]\d{1,3}[〕］]|\d{1,3}(?![\d.．、年月日%％万亿元个])|[*＊※†]|注\d?[：:]"
)


def split_notes(lines: Sequence[Placed], size: float) -> tuple[list[Placed], list[Placed]]:
    """The lines of a page without its footnotes, and these: at the foot of a column, in smaller
    type than the text above (its ``size``), from the first mark of a note on."""
    text: list[Placed] = []
    notes: list[Placed] = []
    for column in _columns(lines):
        at = len(column)
        while at and column[at - 1].line.size <= _SMALLER * size:
            at -= 1
        if not at:
            at = len(column)  # a page in small type
        while at < len(column) and not is_note(column[at]):
            at += 1
        text.extend(column[:at])
        notes.extend(column[at:])
    return text, notes


def is_note(line: Placed) -> bool:
    """Whether a line at a page's foot begins a note."""
    return bool(_MARK.match(line.line.text))


def _columns(lines: Iterable[Placed]) -> Iterator[list[Placed]]:
    """The lines by parts of the page that are read from the top to the bottom."""
    part: list[Placed] = []
    for line in lines:
        if part and not line.follows(part[-1]):
            yield part
            part = []
        part.append(line)
    if part:
        yield part
