"""PDF files with a text layer (``.pdf``): their paragraphs, put together from printed lines.

The way: :mod:`.pdf_file` opens the file, :mod:`.pdf_glyphs` reads what is drawn on a page,
:mod:`.pdf_tables` and :mod:`.pdf_lines` make tables and lines of it, :mod:`.pdf_frame` finds what
frames the pages, :mod:`.pdf_paragraphs` says which lines go on from the one above, and this module
puts everything in order. Vertical writing is read in the wrong order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pdfminer.pdfdocument import PDFEncryptionError

from assistant.errors import (
    AssistantError,
    DamagedFileError,
    EmptyFileError,
    NoTextLayerError,
    ProtectedFileError,
)
from assistant.reading.document import LeftOut
from assistant.reading.extract import Extract
from assistant.reading.formats.pdf_file import Budget, Fonts, open_pages, quiet
from assistant.reading.formats.pdf_frame import PageLines, find_frame
from assistant.reading.formats.pdf_glyphs import Glyph, read_sheet
from assistant.reading.formats.pdf_lines import (
    STOP,
    Line,
    find_gutter,
    glued,
    keeps_gutter,
    read_lines,
)
from assistant.reading.formats.pdf_paragraphs import (
    Measures,
    Placed,
    is_note,
    measured,
    placed,
    split_notes,
    usual_size,
)
from assistant.reading.formats.pdf_tables import Table, read_tables
from assistant.reading.formats.tables import Cell, table_lines

_MAX_GLYPHS = 5_000_000  # in all; the longest collections of laws have 3 million characters
_HEADER = 1_024  # bytes within which a pdf says that it is one
_EARLY = 4  # pages that are looked at again when it is known how the later ones are set
_NOISE = 0.5  # share of characters that stand for none, above which nothing can be read
_MIN_CELL = 10  # characters of a cell that may go on over the page


def extract(data: bytes, source: str) -> Extract:
    """The text of a pdf, a paragraph or a row of a table to a line, also where it runs over pages.

    Footnotes follow the last paragraph that begins on their page. Running heads, feet and numbers
    of pages stand at the end, each once, left out as ``page``, and so does what is printed across
    the text. Raises :class:`ProtectedFileError`, :class:`NoTextLayerError`, :class:`EmptyFileError`,
    :class:`DamagedFileError` or :class:`TooLargeError`.
    """
    try:
        with quiet():
            return _extracted(data, source)
    except AssistantError:
        raise
    except PDFEncryptionError as error:
        raise ProtectedFileError(
            f"{source}: the file is encrypted and asks for a password.",
            "Open it with the password and save it, or print it to a pdf, without one.",
        ) from error
    except Exception as error:  # pdfminer.six raises all sorts, RecursionError among them
        raise DamagedFileError(
            f"{source}: the file is no pdf, or its insides are broken ({type(error).__name__}).",
            "Open it in a pdf reader and print it to a new pdf, or fetch it anew.",
        ) from error


def _extracted(data: bytes, source: str) -> Extract:
    if b"%PDF-" not in data[:_HEADER]:
        raise DamagedFileError(
            f"{source}: the file does not begin as a pdf does.",
            "Give it the ending of what it is, or fetch it anew.",
        )
    budget = Budget(source)
    pages = _read_pages(data, budget)
    if not any(page.count for page in pages):
        raise _no_text(pages, source)
    if sum(page.unread for page in pages) > _NOISE * sum(page.count for page in pages):
        raise NoTextLayerError(
            f"{source}: the text can't be read out: the fonts in the file don't say which "
            "characters they draw.",
            "Run character recognition (OCR) over it, or save the text from where it was written.",
        )
    size = usual_size(line for page in pages for line in page.lines)
    _take_frame(pages, size)
    if not any(page.lines or page.tables for page in pages):
        raise _no_text(pages, source)
    return _Composer(pages, size).composed()


def _no_text(pages: Sequence[_Page], source: str) -> AssistantError:
    if any(page.pictures for page in pages):
        return NoTextLayerError(
            f"{source}: a scan: pictures of pages without text.",
            "Run character recognition (OCR) over it first.",
        )
    return EmptyFileError(f"{source}: no page has any text.", "Fill or remove it.")


@dataclass(slots=True)
class _Page:
    """A page as read. ``left_out`` are the texts that frame it or are printed across it."""

    width: float
    height: float
    lines: list[Line]
    tables: list[Table]
    pictures: int
    count: int
    unread: int
    left_out: list[str]
    notes: list[Line] = field(default_factory=list)


def _read_pages(data: bytes, budget: Budget) -> list[_Page]:
    fonts = Fonts(budget)
    left = _MAX_GLYPHS
    gutters: dict[int, float] = {}  # by the width of the page
    early: list[list[Glyph]] = []
    pages: list[_Page] = []
    for each in open_pages(data, budget):
        sheet = read_sheet(each, fonts, budget)
        left -= len(sheet.glyphs)
        if left < 0:
            raise budget.refuse(f"it has more than {_MAX_GLYPHS:,} characters")
        tables, rest = read_tables(sheet.rules, sheet.glyphs)
        width = round(sheet.width)
        gutter = find_gutter(rest)
        if gutter is not None:
            gutters[width] = gutter
        elif width in gutters and keeps_gutter(rest, gutters[width]):
            gutter = gutters[width]
        if len(early) < _EARLY:
            early.append(rest)
        pages.append(
            _Page(
                sheet.width,
                sheet.height,
                read_lines(rest, gutter),
                tables,
                sheet.pictures,
                sum(not glyph.text.isspace() for glyph in sheet.glyphs),
                sheet.unread,
                [said for text in sheet.aside if (said := " ".join(text.split()))],
            )
        )
    for page, rest in zip(pages, early, strict=False):
        gutter = gutters.get(round(page.width))
        if gutter is not None and keeps_gutter(rest, gutter):
            page.lines = read_lines(rest, gutter)
    return pages


def _take_frame(pages: Sequence[_Page], size: float) -> None:
    """Moves running heads, feet and numbers from the lines of the pages to what is left out."""
    frames = find_frame(
        [
            PageLines(
                page.width,
                page.height,
                page.lines,
                min((table.top for table in page.tables), default=page.height),
                max((table.bottom for table in page.tables), default=0.0),
            )
            for page in pages
        ],
        size,
    )
    for page, frame in zip(pages, frames, strict=True):
        rows: dict[int, list[Line]] = {}
        for i in sorted(frame):
            rows.setdefault(round(page.lines[i].y), []).append(page.lines[i])
        for row in rows.values():
            row.sort(key=lambda line: line.x0)
            page.left_out.append(" ".join(line.text for line in row))
        page.lines = [line for i, line in enumerate(page.lines) if i not in frame]


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


@dataclass(slots=True)
class _Open:
    """A paragraph in the making; ``begins`` are the pages whose first character stands in it, and
    where."""

    lines: list[Placed]
    text: str
    begins: dict[int, int]


class _Composer:
    """Writes the blocks of all pages one after the other, and notes where each page begins."""

    def __init__(self, pages: Sequence[_Page], size: float) -> None:
        self._pages = pages
        shapes = [(round(page.width), round(page.height)) for page in pages]
        for page in pages:
            page.lines, page.notes = split_notes(page.lines, size)
        self._lines = placed([page.lines for page in pages], shapes, size)
        self._notes = placed([page.notes for page in pages], shapes, size)
        self._measures: Measures = measured(self._lines)
        self._written: list[str] = []
        self._length = 0
        self._begins: dict[int, int] = {}
        self._paragraph: _Open | None = None
        self._parts: list[tuple[int, Table]] = []
        self._waiting: list[str] = []

    def composed(self) -> Extract:
        """The text of all pages."""
        for number, page in enumerate(self._pages):
            at_top = True
            for block in _blocks(self._lines[number], page.tables):
                if isinstance(block, Table):
                    self._table(number, block, at_top)
                else:
                    self._line(block)
                at_top = False
            self._waiting.extend(self._footnotes(number))
        self._close()
        end = self._length
        left_out = dict.fromkeys(text for page in self._pages for text in page.left_out)
        for text in left_out:
            self._write(text)
        reasons = (LeftOut(end, self._length - 1, "page"),) if left_out else ()
        return Extract("\n".join(self._written), self._offsets(end), reasons)

    def _offsets(self, end: int) -> tuple[int, ...]:
        """Where each page begins; one without text where the next one does."""
        offsets: list[int] = []
        for number in range(len(self._pages) - 1, 0, -1):
            end = self._begins.get(number, end)
            offsets.append(end)
        return (0, *reversed(offsets))

    def _line(self, line: Placed) -> None:
        text, above = line.line.text.strip("\u00ad"), self._paragraph
        if above and self._measures.goes_on(above.lines, line):
            above.text = glued(above.text, line.line.text, spaced=above.lines[-1].line.spaced)
            above.begins.setdefault(line.page, len(above.text) - len(line.line.text))
            above.lines.append(line)
        elif text:
            self._close()
            self._paragraph = _Open([line], line.line.text, {line.page: 0})

    def _table(self, page: int, table: Table, at_top: bool) -> None:
        if self._parts and at_top and table.continues(self._parts[-1][1]):
            self._parts.append((page, table))
        else:
            self._close()
            self._parts = [(page, table)]

    def _close(self) -> None:
        """Writes the paragraph or table that is open, and the footnotes that waited for its end."""
        if self._paragraph:
            for page, at in self._paragraph.begins.items():
                self._begins.setdefault(page, self._length + at)
            self._write(self._paragraph.text.replace("\u00ad", ""))
        elif self._parts:
            self._write_table()
        self._paragraph, self._parts = None, []
        for note in self._waiting:
            self._write(note)
        self._waiting = []

    def _write(self, text: str) -> None:
        self._written.append(text)
        self._length += len(text) + 1

    def _write_table(self) -> None:
        rows: list[list[Cell]] = []
        begins: list[tuple[int, int]] = []
        for page, part in self._parts:
            begins.append((page, len(rows)))
            rows.extend(_further_rows(rows, part.rows))
        lines = list(table_lines(rows))
        counts = [len(list(table_lines(rows[:count]))) for _, count in begins[1:]]
        for i, line in enumerate(lines):
            for (page, _), count in zip(begins, [0, *counts], strict=True):
                if count <= i:
                    self._begins.setdefault(page, self._length)
            self._write(line)

    def _footnotes(self, number: int) -> Iterator[str]:
        paragraph: list[Placed] = []
        text = ""
        for line in self._notes[number]:
            if (
                paragraph
                and not is_note(line.line.text)
                and self._measures.goes_on(paragraph, line)
            ):
                text = glued(text, line.line.text, spaced=paragraph[-1].line.spaced)
                paragraph.append(line)
            else:
                if text:
                    yield text
                paragraph, text = [line], line.line.text
        if text:
            yield text


def _further_rows(above: list[list[Cell]], part: Sequence[Sequence[Cell]]) -> Iterator[list[Cell]]:
    """The rows that a page adds to a table: without its head, when that is printed once more. A row
    that the page's end broke is put together in ``above``."""
    rows = [list(row) for row in part]
    while above and len(rows) > 1 and _same(rows[0], above[len(part) - len(rows)]):
        rows.pop(0)
    if above and rows and not rows[0][0]:
        first, last = rows[0], above[-1]
        if all(not cell or _goes_on(last[i], cell) for i, cell in enumerate(first)):
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


def _goes_on(above: Cell, cell: str) -> bool:
    """Whether a cell at the top of a page goes on from the one at the foot of the page before."""
    return bool(above) and len(above or "") >= _MIN_CELL and not STOP.search(above or "")
