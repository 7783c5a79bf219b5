"""Automatic numbers of a Word file: what Word prints before a paragraph and does not store in it.

In: ``styles.xml``, ``numbering.xml`` and the paragraphs, one by one in the order of the text. Out:
each paragraph's text with its number. Rules: ISO/IEC 29500-1, 17.9 (numbering) and 17.18.59 (the
number formats), and Microsoft's notes on where Word departs from them ([MS-OI29500] 2.1.540).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from assistant.reading.formats.docx_markup import MC, VAL, Element, W, integer, is_on
from assistant.reading.formats.docx_numerals import SILENT, numeral
from assistant.reading.formats.docx_styles import Style, Styles

_MAX_CHAIN = 50  # lists that take their levels from others
_LEVEL = re.compile(r"%([1-9])")
_CLOSED = "、）)．."
"""A number that ends in one of these needs no space behind it."""


@dataclass(frozen=True, slots=True)
class _Level:
    """A level of a list: its numbers' first value, form, pattern (``第%1条``) and what follows.

    ``restart`` is the level, from 1, that makes it begin anew; 0 where none does, ``None`` where
    every higher one does. ``style`` is the style of paragraphs that stand on this level.
    """

    start: int
    form: str
    pattern: str
    suffix: str
    restart: int | None
    legal: bool
    style: str


@dataclass(frozen=True, slots=True)
class _List:
    """A ``w:num``: the list that it counts in, its levels, and the values that it begins with."""

    counted_in: str
    levels: dict[int, _Level]
    overrides: dict[int, int] = field(default_factory=dict)


class Numbering:
    """Counts a file's numbered paragraphs. Paragraphs of one abstract list share its counters."""

    def __init__(self, root: Element | None, styles: Styles) -> None:
        self._styles = styles
        self._abstract: dict[str, Element] = {}
        self._nums: dict[int, Element] = {}
        self._lists: dict[int, _List | None] = {}
        self._counters: dict[str, dict[int, int]] = {}
        self._overridden: set[tuple[int, int]] = set()
        for element in () if root is None else root:
            if element.tag == f"{W}abstractNum":
                self._abstract[element.get(f"{W}abstractNumId") or ""] = element
            elif element.tag == f"{W}num":
                name = element.get(f"{W}numId") or ""
                if re.fullmatch("[0-9]{1,9}", name):
                    self._nums[int(name)] = element

    def numbered(self, properties: Element | None, text: str) -> str:
        """The text of the paragraph that comes next, behind its number if it has one. Bullets are
        no numbers and give nothing."""
        chain = self._styles.of_paragraph(properties)
        num, level = _place(properties, chain)
        found = self._list(num) if num else None
        if num is None or found is None:
            return text
        if level is None:
            level = _level_of_style(found, chain)
        if level not in found.levels and len(found.levels) == 1:
            level = next(iter(found.levels))
        if level not in found.levels:
            return text
        counters = self._advance(num, found, level)
        shown = found.levels[level]
        # Word prints no number at all where the pattern asks for a level below its own
        asked = [int(name) - 1 for name in _LEVEL.findall(shown.pattern)]
        if shown.form == "bullet" or any(other > level for other in asked):
            return text
        values = {other: _value(found, counters, other, legal=shown.legal) for other in asked}
        number = _LEVEL.sub(lambda match: values[int(match[1]) - 1], shown.pattern)
        return _joined(number, shown.suffix, text)

    def _advance(self, num: int, found: _List, level: int) -> dict[int, int]:
        """Counts a paragraph on ``level``; the counters that it shows."""
        counters = self._counters.setdefault(found.counted_in, {})
        for above in range(level):  # one that was passed over counts as begun: 1.1 without a 1
            if above in found.levels:
                counters.setdefault(above, _start(found, above))
        if level in found.overrides and (num, level) not in self._overridden:
            self._overridden.add((num, level))
            counters[level] = found.overrides[level]
        else:
            counters[level] = counters[level] + 1 if level in counters else _start(found, level)
        for below in [below for below in counters if below > level]:
            restart = found.levels[below].restart if below in found.levels else None
            if restart is None or level < restart:
                del counters[below]
        return counters

    def _list(self, num: int) -> _List | None:
        if num not in self._lists:
            self._lists[num] = self._read_list(num)
        return self._lists[num]

    def _read_list(self, num: int) -> _List | None:
        element = self._nums.get(num)
        name = None if element is None else element.find(f"{W}abstractNumId")
        abstract = None if name is None else self._abstract.get(name.get(VAL) or "")
        if element is None or name is None or abstract is None:
            return None
        levels = {level: _level(node) for level, node in _levels(self._linked(abstract))}
        overrides: dict[int, int] = {}
        for override in element.iterchildren(f"{W}lvlOverride"):
            levels |= {level: _level(node) for level, node in _levels(override)}
            start = integer(override.find(f"{W}startOverride"))
            level = _index(override)
            if start is not None and level is not None:
                overrides[level] = start
        return _List(name.get(VAL) or "", levels, overrides)

    def _linked(self, abstract: Element) -> Element:
        """The list that ``abstract`` takes its levels from: one that names a style of lists
        (``numStyleLink``) has none itself."""
        for _ in range(_MAX_CHAIN):  # a damaged file may go in a circle
            link = abstract.find(f"{W}numStyleLink")
            chain = [] if link is None else self._styles.chain(link.get(VAL) or "")
            num = self._nums.get(chain[0].num or 0) if chain else None
            name = None if num is None else num.find(f"{W}abstractNumId")
            if name is None:
                break
            abstract = self._abstract.get(name.get(VAL) or "", abstract)
        return abstract


def _place(properties: Element | None, chain: list[Style]) -> tuple[int | None, int | None]:
    """The list and the level that a paragraph names itself, or its style does. Level ``None``: the
    list is that of a style, and the list says which level the style has."""
    own = None if properties is None else properties.find(f"{W}numPr")
    num = None if own is None else integer(own.find(f"{W}numId"))
    level = None if own is None else integer(own.find(f"{W}ilvl"))
    if num is not None:
        return num, level or 0
    num = next((style.num for style in chain if style.num is not None), None)
    return num, level


def _level_of_style(found: _List, chain: list[Style]) -> int:
    for style in chain:
        for level, definition in found.levels.items():
            if definition.style == style.id:
                return level
        if style.level is not None:
            return style.level
    return 0


def _index(element: Element) -> int | None:
    name = element.get(f"{W}ilvl") or ""
    return int(name) if len(name) == 1 and name in "012345678" else None


def _levels(element: Element) -> Iterator[tuple[int, Element]]:
    for node in element.iterchildren(f"{W}lvl"):
        level = _index(node)
        if level is not None:
            yield level, node


def _level(node: Element) -> _Level:
    pattern, suffix, style = (node.find(f"{W}{tag}") for tag in ("lvlText", "suff", "pStyle"))
    return _Level(
        start=integer(node.find(f"{W}start"), 0) or 0,
        form=_form(node),
        pattern="" if pattern is None else (pattern.get(VAL) or ""),
        suffix="tab" if suffix is None else (suffix.get(VAL) or ""),
        restart=integer(node.find(f"{W}lvlRestart")),
        legal=bool(is_on(node.find(f"{W}isLgl"))),
        style="" if style is None else (style.get(VAL) or ""),
    )


def _form(node: Element) -> str:
    """The format of a level's numbers. One of the user's own (``001, 002, …``) stands among
    alternatives for programs that don't know it, and is told by its first number."""
    form = node.find(f"{W}numFmt")
    if form is None:
        form = node.find(f"{MC}AlternateContent/{MC}Choice/{W}numFmt")
    if form is None:
        return "decimal"
    first = (form.get(f"{W}format") or "").split(",")[0].strip()
    custom = form.get(VAL) == "custom" and re.fullmatch(r"0{1,9}1", first)
    return first if custom else (form.get(VAL) or "decimal")


def _start(found: _List, level: int) -> int:
    return found.overrides.get(level, found.levels[level].start)


def _value(found: _List, counters: dict[int, int], level: int, *, legal: bool) -> str:
    """What stands for ``%1`` … ``%9`` in a number; ``legal`` ones show plain digits only."""
    if level not in counters or level not in found.levels:
        return ""
    form = found.levels[level].form
    return numeral(counters[level], "decimal" if legal and form not in SILENT else form)


def _joined(number: str, suffix: str, text: str) -> str:
    """Number and text. Word sets a tab or a space between them, which becomes one space, or nothing
    behind 、 and brackets; digits never run together (``1.`` and 5个, not 1.5个)."""
    shown = number.strip()
    if not shown:
        return text
    text = text.lstrip()
    apart = suffix != "nothing" or number[-1].isspace()
    fuse = text[:1].isdecimal() and (shown[-1].isdecimal() or shown[-1] in ".．")
    return shown + (" " if fuse or (apart and shown[-1] not in _CLOSED) else "") + text
