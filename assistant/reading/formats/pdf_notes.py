"""Footnotes: lines at the foot of a page that would break a paragraph which runs over it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from assistant.reading.formats.pdf_lines import Line

_SMALLER = 0.92  # of the size of the text
_MARK = re.compile(
    r"[①-⑳]|\[\d{1,3}\]|[〔［]\d{1,3}[〕］]|\d{1,3}(?![\d.．、年月日%％万亿元个])|[*＊※†]|注\d?[：:]"
)


def split_notes(lines: Sequence[Line], size: float) -> tuple[list[Line], list[Line]]:
    """The lines of a page without its footnotes, and these: at the foot of a column, in smaller
    type than the text above (its ``size``), from the first mark of a note on."""
    text: list[Line] = []
    notes: list[Line] = []
    for column in _columns(lines):
        at = len(column)
        while at and column[at - 1].size <= _SMALLER * size:
            at -= 1
        if not at:
            at = len(column)  # a page in small type
        while at < len(column) and not is_note(column[at].text):
            at += 1
        text.extend(column[:at])
        notes.extend(column[at:])
    return text, notes


def is_note(text: str) -> bool:
    """Whether a line at a page's foot begins a note."""
    return bool(_MARK.match(text))


def _columns(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """The lines by parts of the page that are read from the top to the bottom."""
    part: list[Line] = []
    for line in lines:
        if part and (line.column, line.band) != (part[-1].column, part[-1].band):
            yield part
            part = []
        part.append(line)
    if part:
        yield part
