"""Tables → lines of text: a row to a line, each cell with the head of its column.

A row is quoted alone, so it must say alone what its cells mean: ``项目：独立站；标准：50万元``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.reading.titles import is_record_label

_SPACE = re.compile(r"\s+")
_SENTENCE = re.compile("[。；;！？!?]")
_VALUE = re.compile(r"^[\d.,%％\-—/]*$")
_MAX_HEAD = 24
_BETWEEN = "；"


Cell = str | None
"""A cell's text; ``None`` where the cell at the left reaches over this column too."""


def table_lines(rows: Sequence[Sequence[Cell]], heads: int | None = None) -> Iterator[str]:
    """The lines of a table. ``rows`` hold the cells' texts, each row as many; the text of a cell
    that reaches over several rows stands in each of them. ``heads`` is the number of rows that are
    the table's head, as the file says; ``None`` where it does not say, and the words must tell.
    """
    cells = [[cell and _SPACE.sub(" ", cell).strip() for cell in row] for row in rows]
    heads = heads and sum(any(row) for row in cells[:heads])
    cells = [row for row in cells if any(row)]
    if not cells:
        return
    if not heads:
        heads = _heads(cells)
    if heads >= len(cells):
        heads = 0
    names = _names(cells[:heads])
    for row in cells[heads:]:
        if _is_one_cell(row):
            yield row[0] or ""  # it heads the rows below it
        elif heads:
            pairs = zip(names, row, strict=False)
            yield _BETWEEN.join(f"{name}：{cell}" if name else cell for name, cell in pairs if cell)
        elif _is_record(row):
            full = [cell for cell in row if cell is not None]
            for label, value in zip(full[::2], full[1::2], strict=False):
                yield f"{(label or '').rstrip('：:')}：{value or ''}"
        else:
            yield " ".join(filter(None, row))


def _is_one_cell(row: Sequence[Cell]) -> bool:
    """Whether a single cell reaches over all columns."""
    return bool(row[0]) and len(row) > 1 and all(cell is None for cell in row[1:])


def _heads(rows: Sequence[Sequence[Cell]]) -> int:
    """How many rows name the columns, as far as the words tell: one, or where cells of it reach
    down into the next one, that one too."""
    if not _is_head(rows):
        return 0
    reach_down = len(rows) > 2 and any(
        above is None and below for above, below in zip(rows[0], rows[1], strict=False)
    )
    repeated = any(above and above == below for above, below in zip(rows[0], rows[1], strict=False))
    return 2 if reach_down and repeated else 1


def _is_head(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether the first row names the columns: short distinct words in each cell, no values, and a
    body below it."""
    first = [cell for cell in rows[0] if cell is not None]
    return (
        len(rows) > 1
        and len(first) > 1
        and all(first)
        and len(set(first)) == len(first)
        and all(
            len(cell) <= _MAX_HEAD and not _SENTENCE.search(cell) and not _VALUE.match(cell)
            for cell in first
        )
        and not any(_is_record(row) for row in rows)
    )


def _is_record(row: Sequence[Cell]) -> bool:
    """Whether a row is label, value, label, value: what a government's page says of a text."""
    full = [cell for cell in row if cell is not None]
    labels = [label for label in full[::2] if label]
    return (
        len(full) % 2 == 0
        and bool(labels)
        and all(is_record_label(label) or label.endswith(("：", ":")) for label in labels)
    )


def _names(rows: Sequence[Sequence[Cell]]) -> list[str]:
    """The name of each column: the heads that stand above it, the outer one first."""
    filled: list[list[str]] = []
    for row in rows:
        filled.append([])
        for cell in row:
            filled[-1].append((filled[-1] or [""])[-1] if cell is None else cell or "")
    return [" ".join(filter(None, dict.fromkeys(column))) for column in zip(*filled, strict=False)]
