"""Ruling lines and characters of a page → its tables: :class:`Table`.

Only ruling lines make a table. Lines that cross or touch belong together; they part the plane into
a grid, and cells of the grid without a line between them are one cell. A single box, an underline
or the red line below a letterhead has no cells to tell apart and is no table.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from assistant.reading.formats.pdf_glyphs import Glyph, Rule
from assistant.reading.formats.pdf_lines import NUMBERED, STOP, glued, read_lines
from assistant.reading.formats.tables import Cell

_NEAR = 3.0  # points: lines no further apart are one, and ends so near to a line touch it
_SHORT = 6.0  # points: what is shorter rules nothing
_MAX_RULES = 1_500  # a page with more is a drawing
_MAX_CELLS = 20_000
_SAME_COLUMN = 4.0  # points by which the columns of a table may differ from page to page


@dataclass(frozen=True, slots=True)
class Table:
    """A table or, where it goes over several pages, a part of it.

    ``edges`` are the places of its upright lines; ``rows`` hold the cells' texts as
    :func:`~assistant.reading.formats.tables.table_lines` takes them.
    """

    top: float
    bottom: float
    edges: tuple[float, ...]
    rows: Sequence[Sequence[Cell]] = field(repr=False)

    def continues(self, above: Table) -> bool:
        """Whether this table, at the top of a page, has the columns of the one ``above``."""
        if len(self.edges) != len(above.edges):
            return False
        shift = self.edges[0] - above.edges[0]  # pages may have other margins
        return all(
            abs(a - b - shift) <= _SAME_COLUMN for a, b in zip(self.edges, above.edges, strict=True)
        )


def read_tables(rules: Sequence[Rule], glyphs: Sequence[Glyph]) -> tuple[list[Table], list[Glyph]]:
    """The tables of a page, from the top, and the characters that stand in none of them."""
    rules = [rule for rule in rules if rule.end - rule.start > _SHORT]
    rest = list(glyphs)
    tables: list[Table] = []
    if len(rules) <= _MAX_RULES:
        for grid in filter(None, map(_grid, _components(_merged(rules)))):
            inside, outside = grid.parted(rest)
            table = grid.table(inside)
            if table:
                tables.append(table)
                rest = outside
    return sorted(tables, key=lambda table: table.top), rest


def _merged(rules: Iterable[Rule]) -> list[Rule]:
    """Lines that lie on each other or follow each other as one."""
    merged: list[Rule] = []
    for upright in (False, True):
        group: list[Rule] = []
        for rule in sorted((r for r in rules if r.upright == upright), key=lambda r: r.at):
            if group and rule.at - group[-1].at > _NEAR / 2:
                merged.extend(_chained(group))
                group = []
            group.append(rule)
        merged.extend(_chained(group))
    return merged


def _chained(group: Sequence[Rule]) -> Iterator[Rule]:
    """The lines of a group at about the same place, those that follow each other joined."""
    last: Rule | None = None
    for rule in sorted(group, key=lambda r: r.start):
        if last and rule.start <= last.end + _NEAR:
            last = Rule(last.upright, last.at, last.start, max(last.end, rule.end))
        else:
            if last:
                yield last
            last = rule
    if last:
        yield last


def _components(rules: Sequence[Rule]) -> Iterator[list[Rule]]:
    """Groups of lines that cross or touch."""
    flat = [rule for rule in rules if not rule.upright]
    upright = [rule for rule in rules if rule.upright]
    parent = list(range(len(rules)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, a in enumerate(flat):
        for j, b in enumerate(upright, len(flat)):
            if (
                a.start - _NEAR <= b.at <= a.end + _NEAR
                and b.start - _NEAR <= a.at <= b.end + _NEAR
            ):
                parent[root(i)] = root(j)
    groups: dict[int, list[Rule]] = {}
    for i, rule in enumerate([*flat, *upright]):
        groups.setdefault(root(i), []).append(rule)
    yield from groups.values()


@dataclass(slots=True)
class _Grid:
    """The grid that lines make: ``xs`` and ``ys`` are its edges, ``cell`` numbers the cell that
    each square belongs to."""

    xs: list[float]
    ys: list[float]
    cell: list[list[int]]

    def square(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of the square at a place; ``None`` outside."""
        column, row = bisect_right(self.xs, x) - 1, bisect_right(self.ys, y) - 1
        if 0 <= column < len(self.xs) - 1 and 0 <= row < len(self.ys) - 1:
            return row, column
        return None

    def parted(self, glyphs: Iterable[Glyph]) -> tuple[dict[int, list[Glyph]], list[Glyph]]:
        """The characters by cell, and those outside."""
        inside: dict[int, list[Glyph]] = {}
        outside: list[Glyph] = []
        for glyph in glyphs:
            place = self.square((glyph.x0 + glyph.x1) / 2, glyph.y - 0.35 * glyph.size)
            if place:
                inside.setdefault(self.cell[place[0]][place[1]], []).append(glyph)
            else:
                outside.append(glyph)
        return inside, outside

    def table(self, inside: dict[int, list[Glyph]]) -> Table | None:
        """The table; ``None`` where the lines are a frame or an ornament."""
        texts = {cell: _cell_text(glyphs) for cell, glyphs in inside.items()}
        full = {cell for cell, text in texts.items() if text}
        if len(self.xs) < 3 or len(full) < 2:
            return None
        rows: list[list[Cell]] = []
        begun: set[int] = set()
        for numbers in self.cell:
            row: list[Cell] = [
                None if column and numbers[column - 1] == number else texts.get(number, "")
                for column, number in enumerate(numbers)
            ]
            if not set(numbers) <= begun:  # else lines without text between them
                rows.append(row)
            begun.update(numbers)
        return Table(self.ys[0], self.ys[-1], tuple(self.xs), rows)


def _grid(rules: Sequence[Rule]) -> _Grid | None:
    """The grid of lines that touch; ``None`` where they make no cells."""
    flat = [rule for rule in rules if not rule.upright]
    upright = [rule for rule in rules if rule.upright]
    if len(flat) < 2 or not upright:
        return None
    # a table may lack the lines at its sides: it is as broad as the others
    xs = _edges([r.at for r in upright], [r.start for r in flat], [r.end for r in flat])
    ys = _edges([r.at for r in flat], [r.start for r in upright], [r.end for r in upright])
    columns, rows = len(xs) - 1, len(ys) - 1
    if columns < 1 or rows < 1 or columns * rows > _MAX_CELLS:
        return None
    number = list(range(columns * rows))

    def root(i: int) -> int:
        while number[i] != i:
            number[i] = number[number[i]]
            i = number[i]
        return i

    walls = _Walls(upright, xs), _Walls(flat, ys)
    for i in range(rows):
        for j in range(columns):
            middle = (xs[j] + xs[j + 1]) / 2, (ys[i] + ys[i + 1]) / 2
            if j + 1 < columns and not walls[0].stands(j + 1, middle[1]):
                number[root(i * columns + j + 1)] = root(i * columns + j)
            if i + 1 < rows and not walls[1].stands(i + 1, middle[0]):
                number[root((i + 1) * columns + j)] = root(i * columns + j)
    return _Grid(xs, ys, [[root(i * columns + j) for j in range(columns)] for i in range(rows)])


def _edges(places: Iterable[float], starts: Iterable[float], ends: Iterable[float]) -> list[float]:
    """The places of lines, near ones as one, and of the outermost ends that stick out."""
    edges: list[float] = []
    for place in sorted(places):
        if not edges or place - edges[-1] > _NEAR:
            edges.append(place)
    first, last = min(starts), max(ends)
    if first < edges[0] - 2 * _NEAR:
        edges.insert(0, first)
    if last > edges[-1] + 2 * _NEAR:
        edges.append(last)
    return edges


class _Walls:
    """Looks up whether a line stands at an edge of the grid."""

    def __init__(self, rules: Iterable[Rule], edges: Sequence[float]) -> None:
        self._at: dict[int, list[Rule]] = {}
        for rule in rules:
            near = max(bisect_right(edges, rule.at) - 1, 0)
            self._at.setdefault(near, []).append(rule)

    def stands(self, edge: int, along: float) -> bool:
        return any(rule.start <= along <= rule.end for rule in self._at.get(edge, ()))


def _cell_text(glyphs: Sequence[Glyph]) -> str:
    """The lines of a cell, broken by its narrowness, as one; a space between its sentences."""
    text = ""
    for line in read_lines(glyphs):
        if text and STOP.search(text) and NUMBERED.match(line.text):
            text = f"{text} {line.text}"
        else:
            text = glued(text, line.text) if text else line.text
    return text
