"""Lists of what is annexed (附件：1.申报表 2.承诺书), as they stand before a signature.

Their numbers number no items of the text, and they open no annex.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.reading import titles
from assistant.reading.lines import Line

ANNEX_MARK = re.compile(
    r"^#{0,6}\s*(?P<mark>附\s*(?:(?:件|录|表|则表)\s*[一二三四五六七八九十\d]{0,3}|(?=\s*[:：]|$)))"
    r"\s*[:：]?\s*(?P<title>.*)$"
)
"""A line that begins with 附件, 附录, 附表 or 附： and what follows on it."""
_ENTRY = re.compile(
    r"^(?P<n>\d{1,2}|[一二三四五六七八九十]{1,2})\s*[.．、:：]\s*(?!\d)(?P<title>.*)$"
)
_NUMERALS = {char: value for value, char in enumerate("一二三四五六七八九十", 1)}
_MAX_ENTRY = 60
_SENTENCE = re.compile("[。；;！？]")


def annexed_lists(text: str, lines: Sequence[Line]) -> list[tuple[int, int]]:
    """The lists of annexes in ``lines``: index of each one's first line, and behind its last."""
    shown = [text[line.start : line.end] for line in lines]
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(shown):
        end = _end_of_list(shown, at)
        if end > at:
            found.append((at, end))
        at = max(end, at + 1)
    return found


def _end_of_list(shown: Sequence[str], at: int) -> int:
    """The index behind the list that line ``at`` begins; ``at`` where it begins none."""
    mark = ANNEX_MARK.match(shown[at])
    if not mark:
        return at
    first = _value(mark["title"])
    if first not in (0, 1) or (first == 0 and mark["title"]):
        return at
    value, end = first, at + 1
    while end < len(shown):
        if _value(shown[end]) == value + 1:
            value += 1
        elif not (value and _is_wrapped(shown, end, value)):
            break
        end += 1
    if value < 1:
        return at
    # 附件： over a list: either what is annexed, if who signed follows, or the annex itself
    return end if first or _closes(shown[end:]) else at


def _value(line: str) -> int:
    """The number of an entry; 0 where the line is none."""
    entry = _ENTRY.match(line)
    if not entry or len(line) > _MAX_ENTRY or _SENTENCE.search(line.rstrip("。；;")):
        return 0
    number = entry["n"]
    if number.isdecimal():
        return int(number)
    return _NUMERALS.get(number, 0)


def _is_wrapped(shown: Sequence[str], at: int, value: int) -> bool:
    """Whether a line is the rest of the entry above, the next entry standing below it."""
    return (
        len(shown[at]) < _MAX_ENTRY
        and not titles.is_signature(shown[at])
        and not titles.is_body(shown[at])
        and at + 1 < len(shown)
        and _value(shown[at + 1]) == value + 1
    )


def _closes(below: Sequence[str]) -> bool:
    """Whether what stands below a list closes the text: who signed, when, another annex's mark."""
    if not below:
        return True
    line = below[0]
    return titles.is_signature(line) or titles.is_body(line) or bool(ANNEX_MARK.match(line))
