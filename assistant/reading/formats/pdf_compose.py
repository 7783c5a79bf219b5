"""The pages of a pdf → its text in order: paragraphs, tables, footnotes, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from assistant.reading.document import LeftOut
from assistant.reading.extract import Extract
from assistant.reading.formats.pdf_columns import Placed, placed
from assistant.reading.formats.pdf_lines import SOFT_HYPHEN, STOP, Line, glued
from assistant.reading.formats.pdf_notes import is_note, split_notes
from assistant.reading.formats.pdf_page import Page
from assistant.reading.formats.pdf_paragraphs import Measures, measured
from assistant.reading.formats.pdf_tables import Table
from assistant.reading.formats.tables import Cell, table_lines

_MIN_CELL = 10  # characters of a cell that may go on over the page


def compose(pages: Sequence[Page], frames: Sequence[set[int]], size: float) -> Extract:
    """The text of ``pages``, without the lines whose indices ``frames`` gives for each page; these
    stand at its end. ``size`` is that of the text's characters."""
    kept = [
        [line for i, line in enumerate(page.lines) if i not in frame]
        for page, frame in zip(pages, frames, strict=True)
    ]
    shapes = [(round(page.width), round(page.height)) for page in pages]
    split = [split_notes(lines, size) for lines in placed(kept, shapes, size)]
    measures = measured([text for text, _ in split])
    composer = _Composer(measures)
    for number, (page, (text, notes)) in enumerate(zip(pages, split, strict=True)):
        for i, block in enumerate(_blocks(text, page.tables)):
            if isinstance(block, Table):
                composer.table(number, block, at_top=i == 0)
            else:
                composer.line(block)
        composer.notes(_paragraphs(notes, measures))
    composer.close()
    left_out = {
        "page": chain.from_iterable(map(_left_out, pages, frames)),
        "hidden": (text for page in pages for text in page.hidden),
    }
    return composer.extract(len(pages), left_out)


def _left_out(page: Page, frame: set[int]) -> Iterator[str]:
    """The texts that frame a page or are printed across it."""
    rows: dict[int, list[Line]] = {}
    for i in sorted(frame):
        rows.setdefault(round(page.lines[i].y), []).append(page.lines[i])
    for row in rows.values():
        yield " ".join(line.text for line in sorted(row, key=lambda line: line.x0))
    yield from page.aside


def _blocks(lines: Sequence[Placed], tables: Sequence[Table]) -> Iterator[Placed | Table]:
    """Lines and tables of a page in reading order."""
    waiting = list(tables)
    for line in lines:
        for table in list(waiting):
            beside = line.line.x0 < table.edges[-1] and line.line.x1 > table.edges[0]
            if table.top < line.line.y and (beside or not line.line.column):
                waiting.remove(table)
                yield table
        yield line
    yield from waiting


def _paragraphs(lines: Iterable[Placed], measures: Measures) -> Iterator[str]:
    """The footnotes of a page, each as one line."""
    note: _Paragraph | None = None
    for line in lines:
        if note and not is_note(line) and measures.goes_on(note.lines, line):
            note.add(line)
        else:
            if note:
                yield note.text
            note = _Paragraph(line)
    if note:
        yield note.text


class _Paragraph:
    """A paragraph in the making; ``begins`` says where the pages begin whose first character stands
    in it."""

    def __init__(self, line: Placed) -> None:
        self.lines = [line]
        self.text = line.line.text
        self.begins = {line.page: 0}

    def add(self, line: Placed) -> None:
        self.text = glued(self.text, line.line.text, spaced=self.lines[-1].line.spaced)
        self.begins.setdefault(line.page, len(self.text) - len(line.line.text))
        self.lines.append(line)


class _Composer:
    """Writes blocks one after the other and notes where each page begins."""

    def __init__(self, measures: Measures) -> None:
        self._measures = measures
        self._written: list[str] = []
        self._length = 0
        self._begins: dict[int, int] = {}
        self._paragraph: _Paragraph | None = None
        self._parts: list[tuple[int, Table]] = []
        self._notes: list[str] = []

    def line(self, line: Placed) -> None:
        """Goes on with a printed line."""
        if self._paragraph and self._measures.goes_on(self._paragraph.lines, line):
            self._paragraph.add(line)
        else:
            self.close()
            self._paragraph = _Paragraph(line)

    def table(self, page: int, table: Table, *, at_top: bool) -> None:
        """Goes on with a table, which may be the rest of the one that ended the page before."""
        if not (self._parts and at_top and table.continues(self._parts[-1][1])):
            self.close()
        self._parts.append((page, table))

    def notes(self, notes: Iterable[str]) -> None:
        """Takes the footnotes of the page that ends here; what is open may go on over it."""
        self._notes.extend(notes)

    def close(self) -> None:
        """Writes the paragraph or table that is open, and the footnotes that waited for its end."""
        if self._paragraph:
            for page, at in self._paragraph.begins.items():
                self._begins.setdefault(page, self._length + at)
            self._write(self._paragraph.text)
        elif self._parts:
            self._write_table()
        for note in self._notes:
            self._write(note)
        self._paragraph, self._parts, self._notes = None, [], []

    def extract(self, pages: int, left_out: Mapping[str, Iterable[str]]) -> Extract:
        """What was written, and behind it ``left_out``: texts by the reason, each once."""
        begins = [self._length]
        for number in range(pages - 1, 0, -1):  # one without text begins where the next one does
            begins.append(self._begins.get(number, begins[-1]))
        pieces: list[LeftOut] = []
        for reason, texts in left_out.items():
            start = self._length
            for text in dict.fromkeys(texts):
                self._write(text)
            if self._length > start:
                pieces.append(LeftOut(start, self._length - 1, reason))
        text = "\n".join(self._written)
        return Extract(
            text, (0, *(min(at, len(text)) for at in reversed(begins[1:]))), tuple(pieces)
        )

    def _write(self, text: str) -> None:
        text = text.removesuffix(SOFT_HYPHEN)
        if text:
            self._written.append(text)
            self._length += len(text) + 1

    def _write_table(self) -> None:
        rows: list[list[Cell]] = []
        begins: list[tuple[int, int]] = []  # a page, and how many rows stand before it
        for page, part in self._parts:
            begins.append((page, len(rows)))
            rows.extend(_further_rows(rows, part.rows))
        before = [(page, len(list(table_lines(rows[:count])))) for page, count in begins]
        for i, line in enumerate(table_lines(rows)):
            for page, count in before:
                if count <= i:
                    self._begins.setdefault(page, self._length)
            self._write(line)


def _further_rows(
    above: Sequence[list[Cell]], part: Sequence[Sequence[Cell]]
) -> Iterator[list[Cell]]:
    """The rows that a page adds to a table: without its head, where that is printed once more. A
    row that the page's end broke is put together in ``above``."""
    rows = [list(row) for row in part]
    for head in above:
        if len(rows) == 1 or not _same(rows[0], head):
            break
        rows.pop(0)
    if above and rows and not rows[0][0]:
        first, last = rows[0], above[-1]
        if all(not cell or _breaks_off(last[i]) for i, cell in enumerate(first)):
            for i, cell in enumerate(first):
                if cell:
                    last[i] = glued(last[i] or "", cell)
            rows.pop(0)
        else:  # a cell that covers rows on both pages
            first[0] = last[0]
    yield from rows


def _same(row: Sequence[Cell], other: Sequence[Cell]) -> bool:
    return [cell and "".join(cell.split()) for cell in row] == [
        cell and "".join(cell.split()) for cell in other
    ]


def _breaks_off(cell: Cell) -> bool:
    """Whether the text of a cell at the foot of a page may go on over it."""
    return cell is not None and len(cell) >= _MIN_CELL and not STOP.search(cell)
