"""The tables of a Word file: rows and cells with their columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.reading.formats.docx_markup import (
    TC,
    TEXT,
    TR,
    VAL,
    Element,
    P,
    W,
    inside,
    integer,
    is_on,
)

_MAX_CELL = 1_500
"""A table with a cell of more characters places text; it is no table of facts."""
_MAX_SPAN, _MAX_TABLE = 64, 2_000_000


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell: its columns, and whether it goes on with the one above."""

    element: Element
    column: int
    span: int
    continues: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, and whether it is marked as part of the head."""

    cells: list[_Cell]
    head: bool

    @property
    def width(self) -> int:
        """The columns up to the end of its last cell."""
        return self.cells[-1].column + self.cells[-1].span


def rows_of(table: Element) -> Iterator[Row]:
    """The rows that have cells; those that a tracked change took out or that are hidden are not
    printed."""
    for row in inside(table, TR):
        properties = row.find(f"{W}trPr")
        switches = {} if properties is None else {child.tag: child for child in properties}
        if f"{W}del" in switches or is_on(switches.get(f"{W}hidden")):
            continue
        column = min(integer(switches.get(f"{W}gridBefore"), 0) or 0, _MAX_SPAN)
        cells: list[_Cell] = []
        for element in inside(row, TC):
            cell = _cell(element, column)
            if cell is not None:
                cells.append(cell)
                column += cell.span
        if cells:
            yield Row(cells, bool(is_on(switches.get(f"{W}tblHeader"))))


def _cell(element: Element, column: int) -> _Cell | None:
    properties = element.find(f"{W}tcPr")
    if properties is None:
        return _Cell(element, column, 1, continues=False)
    if properties.find(f"{W}cellDel") is not None:
        return None
    span = integer(properties.find(f"{W}gridSpan"), 1) or 1
    merge = properties.find(f"{W}vMerge")
    continues = merge is not None and merge.get(VAL) != "restart"
    return _Cell(element, column, min(span, _MAX_SPAN), continues)


def is_layout(rows: Sequence[Row], width: int) -> bool:
    """Whether a table only places text: it has one column, is a frame around paragraphs, or is far
    larger than any that is read."""
    if all(len(row.cells) == 1 for row in rows) or len(rows) * width > _MAX_TABLE:
        return True
    cells = [cell.element for row in rows for cell in row.cells]
    if len(cells) == 2 and len(rows) == 1:
        for cell in cells:
            if sum(next(p.iter(*TEXT), None) is not None for p in cell.iterchildren(P)) > 2:
                return True
    return any(
        sum(len(text.text or "") for text in cell.iter(f"{W}t")) > _MAX_CELL for cell in cells
    )
