"""Printed numbers → the items of the text, by the rules of series.

A number begins an item only where it fits a series: it goes on with one that is open, resumes one
that ran on through its parents, or is the first of a new one. ``1.5万元``, ``12.31前`` or a line
that begins with 第三十条 because the line above ended in 依照 fit none and stay text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from assistant.clauses.numbers import (
    AR_BARE,
    AR_DOT,
    ARTICLE,
    CN_DUN,
    CN_PAREN,
    DOTTED,
    EN_ARTICLE,
    EN_SECTION,
    HEADS,
    Candidate,
    NumberForm,
    readings_at,
)
from assistant.reading.lines import Line, full_measure

_BEFORE_MID = re.compile(r"[。；;！？：:][”\"’」』）)\u200b]*\s*$|[”\"][。；]?\s*$")
_REFERS_ON = re.compile(
    r"(?:依照|按照|根据|依据|参照|符合|违反|适用|本(?:法|条例|办法|规定|细则)|》|和|与|及|或|至|[、，,])$"
)
"""How a line ends whose reference to an article stands on the next one."""
_REFERRING = "法例定则照据按和、及与或由之的"
"""What the words before a reference to an article end in: 本法第六条, 依照第六条."""
_MID_ARTICLE = re.compile(
    r"[。；”](?:\s|\u200b)*(第\s*[零〇一二三四五六七八九十百千\d]{1,8}\s*条"
    r"(?:\s*之\s*[一二三四五六七八九十]{1,2})?[\s\u3000])"
)
"""An article that begins behind the end of another one on the same line."""
_STOP = re.compile(r"[。；;！？!?：:][”’」』）)】]*$|[）)】”]$")
_MAX_HEADING = 42
_WORD_HEADS = frozenset("ABCDEFGHJKMNOPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz|")
"""Heads of numbers that words begin with as well: no number begins with them in mid-line."""
_MID_TOKEN = re.compile(f"[{re.escape(''.join(sorted(set(HEADS) - _WORD_HEADS)))}]")
_MAX_GAP = 3
_FULL = 0.8
"""A line with at least this share of a full line's characters was broken by the page's width."""
_EXCERPT = 200
"""Of a wider gap between two articles only so many are looked for further down."""
_CUT_OFF = frozenset([CN_DUN, CN_PAREN, AR_DOT])
"""Beside the forms of statutes those that may begin with any number where a text is cut off."""


@dataclass(eq=False, slots=True)
class Item:
    """A numbered item and what stands below it. ``end`` is where the next item begins."""

    candidate: Candidate | None
    parent: Item | None
    end: int = 0
    children: list[Item] = field(default_factory=list)

    whole: bool = False
    """Whether it is an article (条), cited whole with all that stands below it."""

    @property
    def form(self) -> NumberForm | None:
        return self.candidate.form if self.candidate else None

    @property
    def value(self) -> int:
        return self.candidate.value if self.candidate else 0


def candidates(text: str, lines: Sequence[Line]) -> list[Candidate]:
    """Every printed number that may begin an item, in order; one that can be read in several ways
    in each of them, the plainest first."""
    found: list[Candidate] = []
    for index, line in enumerate(lines):
        start = line.start
        while start < line.end and text[start] in "#* \t\u3000":
            start += 1
        here = list(readings_at(text, start, line.end, index, line.start))
        found.extend(here)
        if not line.unwrapped:
            for match in _MID_ARTICLE.finditer(text, here[0].end if here else start, line.end):
                found.extend(readings_at(text, match.start(1), line.end, index))
        else:
            begin = here[0].end if here else line.start + 1
            for match in _MID_TOKEN.finditer(text, begin, line.end):
                position = match.start()
                if position < begin:
                    continue
                before = text[position - 1]
                if before.isdigit() or (before.isascii() and before.isalpha()):
                    continue
                inner = list(readings_at(text, position, line.end, index))
                if inner:
                    found.extend(inner)
                    begin = inner[0].end
    return found


class _Series:
    """The state of the reading: the open items, and where each closed series ended."""

    def __init__(self, text: str, lines: Sequence[Line], found: Sequence[Candidate]) -> None:
        self.text = text
        self.lines = lines
        self.found = found
        self.root = Item(None, None)
        self.open: list[Item] = [self.root]
        self.closed: dict[NumberForm, tuple[int, int]] = {}
        """form → last value of the closed series, and the depth at which it stood"""
        self.places: dict[tuple[NumberForm, tuple[int, ...], int], list[int]] = {}
        self.of_form: dict[NumberForm, list[int]] = {}
        for i, c in enumerate(found):
            self.places.setdefault((c.form, c.prefix, c.value), []).append(i)
            self.of_form.setdefault(c.form, []).append(i)
        self.wholes = {ARTICLE}
        articles, sections = self.of_form.get(EN_ARTICLE), self.of_form.get(EN_SECTION)
        if articles and not (sections and sections[0] > articles[0]):
            self.wholes.add(EN_ARTICLE)  # else it is a heading over sections

    def ahead(
        self, form: NumberForm, value: int, after: int, prefix: tuple[int, ...] = ()
    ) -> int | None:
        """Index of the next candidate of that form and value behind index ``after``."""
        where = self.places.get((form, prefix, value), [])
        at = bisect_right(where, after)
        return where[at] if at < len(where) else None

    @cached_property
    def measure(self) -> int:
        """The characters of a full line where the lines are broken at one width; without such a
        width more than any line has."""
        return full_measure(self.text, self.lines) or len(self.text)

    @cached_property
    def is_dotted(self) -> bool:
        """Whether 2 Requirements stands above 2.1: then a mere number may begin an item."""
        bare = {c.value: i for i, c in reversed(list(enumerate(self.found))) if c.form is AR_BARE}
        return 1 in bare and any(
            (at := self.ahead(DOTTED[0], 1, i, (value,))) is not None
            and self.found[at].line - self.found[i].line <= _MAX_HEADING
            for value, i in bare.items()
        )

    def shown(self, line: Line) -> str:
        return self.text[line.start : line.end]

    def run(self) -> Item:
        placed = -1
        for index, candidate in enumerate(self.found):
            if candidate.start == placed:
                continue  # it has been read in a plainer way
            parent = self.place(index, candidate)
            if parent is None:
                continue
            placed = candidate.start
            self.close_below(parent)
            item = Item(candidate, parent, whole=candidate.form in self.wholes)
            parent.children.append(item)
            self.open.append(item)
        return self.root

    def close_below(self, parent: Item) -> None:
        while self.open[-1] is not parent:
            item = self.open.pop()
            if item.form:
                self.closed[item.form] = (item.value, len(self.open))

    def place(self, index: int, c: Candidate) -> Item | None:
        """The parent under which ``c`` begins an item, or ``None`` where it is text."""
        top = self.open[-1]
        if not c.form.of_statute and (article := self.open_article()):
            # an article is a leaf, its 款 and 项 are its text; only a heading above it may go on
            for item in self.open[: self.open.index(article)]:
                if item.form is c.form and c.at_line_start and self.follows(item, c):
                    return item.parent
            return None
        if c.form in self.wholes and c.at_line_start and self.runs_over(c):
            return None
        same = next((item for item in reversed(self.open) if item.form is c.form), None)
        if c.damaged and not self.proven(index, c, same):
            return None
        if not c.at_line_start and not self.fits_mid_line(index, c, same):
            return None
        for item in reversed(self.open):
            if item.form is c.form and self.follows(item, c):
                return item.parent
        if c.form.depth:
            return self.below_prefix(index, c, same)
        if c.form is AR_BARE and not self.is_dotted:
            return None
        if same is None:
            return self.resume(c) or self.first(index, c, top)
        if c.value == 1:
            return self.restart(index, c, top, same)
        if not c.at_line_start:
            return same.parent if c.form in self.wholes and self.is_gap(index, c, same) else None
        if self.is_gap(index, c, same) or self.is_repeated(c, same):
            return same.parent
        return None

    def open_article(self) -> Item | None:
        return next((item for item in self.open if item.whole), None)

    @staticmethod
    def follows(item: Item, c: Candidate) -> bool:
        before = item.candidate
        if before is None:
            return False
        if c.sub:
            return c.value == before.value and c.sub == before.sub + 1
        return c.value == before.value + 1 and c.prefix == before.prefix

    def below_prefix(self, index: int, c: Candidate, same: Item | None) -> Item | None:
        """The parent of a dotted number that goes on with no series: 1.1.1 stands below 1.1, and
        1.1 below 1, or where the text prints no such number, at the end of what is open."""
        for item in reversed(self.open):
            above = item.candidate
            if above and c.value == 1 and (*above.prefix, above.value) == c.prefix:
                return item
        if same and same.candidate and same.candidate.prefix == c.prefix:
            return same.parent if c.at_line_start and self.is_gap(index, c, same) else None
        if c.value != 1 or self.ahead(c.form, 2, index, c.prefix) is None:
            return None
        if same is None or same.candidate is None:
            return self.open[-1] if c.prefix[-1] == 1 else None
        *before, last = same.candidate.prefix
        return same.parent if c.prefix == (*before, last + 1) else None

    def resume(self, c: Candidate) -> Item | None:
        """Where a series that ran on through its parents goes on (深圳: （四） below 三、)."""
        last, depth = self.closed.get(c.form, (0, 0))
        if c.value != last + 1 or last == 0:
            return None
        parent = self.open[min(depth, len(self.open)) - 1]
        while (
            parent.form
            and parent.form.rank > c.form.rank
            and parent.parent
            and not self.is_bare(parent, c)
        ):
            parent = parent.parent
        return self.open[-1] if self.is_bare(self.open[-1], c) else parent

    def first(self, index: int, c: Candidate, top: Item) -> Item | None:
        """Where a new series begins: below the open item, or, ranking above it, beside it."""
        if c.value != 1 and not self.begins_late(index, c):
            return None
        if c.value == 1 and not c.form.of_statute and self.ahead(c.form, 2, index) is None:
            return None
        parent = top
        while parent.candidate and parent.parent and self.outranks(c, parent):
            # 编, 章, 节 and 条 nest in this order only
            if not parent.candidate.form.of_statute:
                goes_on = self.ahead(parent.candidate.form, parent.value + 1, index)
                if self.is_bare(parent, c) or goes_on is not None:
                    break
            parent = parent.parent
        return parent

    def outranks(self, c: Candidate, item: Item) -> bool:
        """Whether the form of ``c`` usually stands above that of ``item``."""
        assert item.form is not None
        if item.form is EN_ARTICLE and not item.whole and c.form is EN_SECTION:
            return False
        return item.form.rank > c.form.rank

    def begins_late(self, index: int, c: Candidate) -> bool:
        """A text cut off at its head may begin with any number, if two more follow; an excerpt of
        a statute with any article, if a later one follows or nothing stands before it."""
        if c.form in self.wholes and c.at_line_start and self.is_set_off(c):
            of_form = self.of_form[c.form]
            at = bisect_right(of_form, index)
            later = at < len(of_form) and self.found[of_form[at]].value > c.value
            last, _ = self.closed.get(c.form, (c.value, 0))
            behind = last < c.value and self.none_between(index, c, last)
            return later or behind or self.open == [self.root]
        return (
            c.at_line_start
            and c.form not in self.closed
            and (c.form.of_statute or c.form in _CUT_OFF)
            and self.ahead(c.form, c.value + 1, index) is not None
            and self.ahead(c.form, c.value + 2, index) is not None
            and self.of_form[c.form][0] == index
        )

    def restart(self, index: int, c: Candidate, top: Item, same: Item) -> Item | None:
        """Where a series starts over though one of its form is open."""
        if self.ahead(c.form, 2, index) is None and c.form not in self.wholes:
            return None
        if top is same and self.is_bare(top, c):
            # 三、主要任务 / 一、聚焦…: the same form one level down, but never two
            parents = [item for item in self.open if item.form is c.form]
            return top if len(parents) == 1 else None
        if not c.at_line_start:
            return None
        return same.parent if same.value > 1 or not self.is_bare(same, c) else None

    def is_gap(self, index: int, c: Candidate, same: Item) -> bool:
        """（十七） behind （十五）: a number is missing in print, none comes later."""
        if c.form in self.wholes:
            return self.is_article_gap(index, c, same)
        if not same.value + 1 < c.value <= same.value + _MAX_GAP:
            return False
        missing = (
            self.ahead(c.form, value, index, c.prefix) for value in range(same.value + 1, c.value)
        )
        return all(place is None for place in missing)

    def is_article_gap(self, index: int, c: Candidate, same: Item) -> bool:
        """第十条 behind 第八条, or 第四十条 in an excerpt: articles between them are missing, none
        comes later. A wide gap counts only where the number is set off from what follows."""
        near = c.at_line_start and c.value <= same.value + _MAX_GAP
        return (
            c.value > same.value + 1
            and (near or self.is_set_off(c))
            and self.none_between(index, c, same.value)
        )

    def none_between(self, index: int, c: Candidate, last: int) -> bool:
        """Whether none of the numbers between ``last`` and that of ``c`` comes further down as the
        number of an article, set off from what follows."""
        for value in range(last + 1, min(c.value, last + _EXCERPT)):
            where = self.places.get((c.form, (), value), [])
            later = (self.found[i] for i in where[bisect_right(where, index) :])
            if any(self.is_set_off(one) for one in later):
                return False
        return True

    def is_set_off(self, c: Candidate) -> bool:
        """Whether white space follows the number in print."""
        return self.text[c.end - 1].isspace()

    def is_repeated(self, c: Candidate, same: Item) -> bool:
        """四、 twice: a misprint, if the line is a heading."""
        line = self.lines[c.line]
        body = self.text[c.end : line.end]
        return (
            c.value == same.value
            and not c.sub
            and len(body) <= _MAX_HEADING
            and not re.search("[。；，,]", body)
            and bool(same.children)
        )

    def proven(self, index: int, c: Candidate, same: Item | None) -> bool:
        """A damaged number counts if the one before it and the one behind it are there."""
        if self.ahead(c.form, c.value + 1, index) is None:
            return False
        before = same.value if same else 0
        closed = self.closed.get(c.form, (0, 0))[0]
        return c.value == 1 or c.value in (before + 1, closed + 1)

    def fits_mid_line(self, index: int, c: Candidate, same: Item | None) -> bool:
        """In an endless line a number begins an item behind a full stop, or behind the short
        heading of the item just begun."""
        if (
            c.form in self.wholes
            and (
                self.follows(same, c) if same else self.closed.get(c.form, (0, 0))[0] + 1 == c.value
            )
            and self.is_set_off(c)
            and self.text[c.start - 1] not in _REFERRING
        ):
            return True  # …×税率第六条　销售额为…
        if _BEFORE_MID.search(self.text, max(0, c.start - 4), c.start):
            return c.value > 1 or self.ahead(c.form, 2, index, c.prefix) is not None
        if (
            c.form.of_statute
            and c.value == 1
            and self.is_set_off(c)
            and self.text[c.start - 1] not in _REFERRING
            and self.ahead(c.form, 2, index) is not None
        ):
            return True  # …办法 第一章 总则 第一条 …, all in one line
        top = self.open[-1].candidate
        if top is None or c.value != 1 or same is not None:
            return False
        if c.form.of_statute and self.text[c.start - 1] in _REFERRING:
            return False  # 有本法第一编关于…
        heading = self.text[top.end : c.start]
        return len(heading) <= _MAX_HEADING and not re.search("[。；，,]", heading)

    def runs_over(self, c: Candidate) -> bool:
        """Whether the line above breaks off in mid-sentence, so that this number is a reference."""
        if c.line == 0 or c.value == 1:
            return False
        above = self.lines[c.line - 1]
        shown = self.text[above.start : above.end]
        if _REFERS_ON.search(shown) and not (shown.startswith("#") or is_numbered_heading(shown)):
            return True
        expected = any(item.form is c.form and self.follows(item, c) for item in self.open)
        if expected and self.is_set_off(c) and len(shown) < _FULL * self.measure:
            return False  # a formula, a heading: no line that the width of the page broke
        if self.text.count("\n", above.end, c.start) > 1:
            return False  # an empty line lies between
        if _STOP.search(shown) or shown.startswith("#") or len(shown) <= 12:
            return False
        numbered = any(
            item.candidate and item.candidate.line == c.line - 1 and not item.whole
            for item in self.open[1:]
        )
        return not (numbered and len(shown) <= _MAX_HEADING)

    def is_bare(self, item: Item, c: Candidate) -> bool:
        """Whether an item is only a heading so far, or announces a list (…：)."""
        if item.candidate is None:
            return False
        begin = item.candidate.end
        if (
            self.text[max(begin, c.start - 8) : c.start]
            .rstrip("#* \t\n\u3000")
            .endswith(("：", ":"))
        ):
            return True
        if c.start - begin > 4 * _MAX_HEADING:
            return False
        body = self.text[begin : c.start].strip()
        return len(body) <= _MAX_HEADING and "\n" not in body and not re.search("[。；].", body)


def is_numbered_heading(line: str) -> bool:
    """Whether a line is a short numbered heading (第五章 社会力量参与)."""
    found = next(readings_at(line, 0, len(line)), None)
    return found is not None and not found.form.is_article and len(line) <= _MAX_HEADING


def outline(text: str, lines: Sequence[Line], end: int) -> Item:
    """The tree of items in ``lines``; its root has no number. Each item's ``end`` is set."""
    root = _Series(text, lines, candidates(text, lines)).run()
    _set_ends(root, end)
    return root


def _set_ends(item: Item, end: int) -> None:
    stack = [(item, end)]
    while stack:
        here, here_end = stack.pop()
        here.end = here_end
        for i, child in enumerate(here.children):
            later = here.children[i + 1].candidate if i + 1 < len(here.children) else None
            stack.append((child, later.begin if later else here_end))
