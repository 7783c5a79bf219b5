"""Word files (``.docx``): their text in reading order, a paragraph to a line, numbers included."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.errors import DamagedFileError, EmptyFileError
from assistant.reading.extract import Extract, ExtractBuilder
from assistant.reading.formats.docx_markup import PROPERTIES, SDT, TBL, Element, P, W, inside, is_on
from assistant.reading.formats.docx_numbering import Numbering
from assistant.reading.formats.docx_package import BROKEN, SAVE, Package
from assistant.reading.formats.docx_runs import NOTES, TEXT_PATH, Paragraph, Runs
from assistant.reading.formats.docx_styles import Styles
from assistant.reading.formats.docx_tables import Row, is_layout, rows_of
from assistant.reading.formats.tables import Cell, table_lines

_REL_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CONTENT = f"{W}sdtContent"
_CONTENTS = re.compile(r"toc ?\d|toc heading|table of figures|.*手动目录 ?\d", re.IGNORECASE)
_PAGE = re.compile(r"[\divxlIVXL]\s*$")


def _ends_section(properties: Element | None) -> bool:
    return properties is not None and properties.find(f"{W}sectPr") is not None


@dataclass(frozen=True, slots=True)
class _Line:
    """A line, or several, and why it is no policy text, if it is none."""

    text: str
    left_out: str = ""


class _Reader:
    """Reads the stories of a file (its text, notes, headers), which share lists and notes."""

    def __init__(
        self, styles: Styles, numbering: Numbering, notes: dict[tuple[str, str], Element]
    ) -> None:
        self._styles = styles
        self._numbering = numbering
        self._runs = Runs(styles, notes)
        self._tables = 0

    def lines(self, container: Element) -> Iterator[_Line]:
        """The lines of the paragraphs and tables in ``container``."""
        before = moved = ""
        boxes: list[Element] = []
        for block in inside(container, P, TBL, SDT):
            if block.tag != P:
                yield from self._printed(before + moved, boxes)
                before = moved = ""
                boxes = []
                yield from self._table(block) if block.tag == TBL else self._contents(block)
                continue
            properties = block.find(PROPERTIES)
            read = self._runs.read(block, properties)
            boxes += read.boxes
            joins = self._joins(properties, read)
            if joins == "deleted":  # its text is that of the next paragraph, its number is gone
                moved += read.text
                continue
            text = moved + read.text
            empty = not text.strip()
            if not (empty and (joins or _ends_section(properties))):
                text = self._numbering.numbered(properties, text)
            moved = ""
            if joins:
                before += text
                continue
            left_out = "contents" if self._is_listing(properties, read) else ""
            yield from self._printed(before + text, boxes, left_out)
            before, boxes = "", []
        yield from self._printed(before + moved, boxes)

    def _printed(
        self, text: str, boxes: Sequence[Element] = (), left_out: str = ""
    ) -> Iterator[_Line]:
        """A paragraph's line, the notes that it refers to, and its text boxes."""
        if text.strip():
            yield _Line(text, left_out)
        yield from self._notes_due()
        for box in boxes:
            if box.tag == TEXT_PATH:
                yield _Line(box.get("string") or "", left_out)
                continue
            for line in self.lines(box):
                yield _Line(line.text, left_out or line.left_out)

    def _notes_due(self) -> Iterator[_Line]:
        if self._tables:  # they follow the table
            return
        due, self._runs.due = self._runs.due, []
        for number, note in due:
            text = " ".join(line.text.strip() for line in self.lines(note)).replace("\n", " ")
            if text:
                yield _Line(f"〔注{number}〕{text}")

    def _joins(self, properties: Element | None, read: Paragraph) -> str:
        """Whether a paragraph runs on into the next: its mark is ``deleted`` or ``hidden``."""
        mark = None if properties is None else properties.find(f"{W}rPr")
        if mark is not None:
            if mark.find(f"{W}del") is not None or mark.find(f"{W}moveFrom") is not None:
                return "deleted"
            hidden = is_on(mark.find(f"{W}vanish"))
            if hidden is not None:
                return "hidden" if hidden else ""
        return "hidden" if read.hidden else ""

    def _is_listing(self, properties: Element | None, read: Paragraph) -> bool:
        """Whether a paragraph is a line of a table of contents: by its style, or because it is a
        link to a heading with a page number at its end."""
        chain = self._styles.of_paragraph(properties)
        if chain and _CONTENTS.fullmatch(chain[0].name):
            return True
        return read.listed and _PAGE.search(read.text) is not None

    def _contents(self, block: Element) -> Iterator[_Line]:
        """A table of contents that Word made; text that was typed in behind its last line is
        ordinary text."""
        lines = [line for content in block.iterchildren(_CONTENT) for line in self.lines(content)]
        listed = [i for i, line in enumerate(lines) if line.left_out]
        end = listed[-1] + 1 if listed else len(lines)
        for i, line in enumerate(lines):
            yield _Line(line.text, "contents" if i < end else "")

    def _table(self, table: Element) -> Iterator[_Line]:
        rows = list(rows_of(table))
        width = max((row.width for row in rows), default=0)
        if is_layout(rows, width):
            first, last = len(rows), len(rows)
        else:  # rows of one cell above and below the others: title and remarks
            full = [len(row.cells) == 1 and row.cells[0].span == width for row in rows]
            first = full.index(False)
            last = len(rows) - full[::-1].index(False)
        yield from self._laid_out(rows[:first])
        self._tables += 1
        texts = self._texts(rows[first:last], width)
        self._tables -= 1
        heads = 0
        for row in rows[first:last]:
            # a cell of the head may reach down into an unmarked row
            if not (row.head or (heads and any(cell.continues for cell in row.cells))):
                break
            heads += 1
        for shown in table_lines(texts, heads or None):
            yield _Line(shown)
        yield from self._notes_due()
        yield from self._laid_out(rows[last:])

    def _laid_out(self, rows: Sequence[Row]) -> Iterator[_Line]:
        for row in rows:
            for cell in row.cells:
                yield from self.lines(cell.element)

    def _texts(self, rows: Sequence[Row], width: int) -> list[list[Cell]]:
        """The texts of the cells, a row for each row of the table, all of them ``width`` long."""
        above: dict[int, str] = {}
        texts: list[list[Cell]] = []
        for row in rows:
            texts.append([""] * width)
            for cell in row.cells:
                if cell.continues:
                    text = above.get(cell.column, "")
                else:
                    text = " ".join(line.text for line in self.lines(cell.element))
                above[cell.column] = text
                end = cell.column + cell.span
                texts[-1][cell.column : end] = [text, *[None] * (cell.span - 1)]
        return texts


def _lines(package: Package) -> tuple[list[_Line], list[str]]:
    """The lines of the text, and each header and footer once."""
    document = package.main()
    styles = Styles(package.related("styles"))
    notes = {
        (kind, note.get(f"{W}id") or ""): note
        for kind in NOTES.values()
        if (root := package.related(kind)) is not None
        for note in root
    }
    reader = _Reader(styles, Numbering(package.related("numbering"), styles), notes)
    body = list(reader.lines(document.find(f"{W}body")))
    references = document.iter(f"{W}headerReference", f"{W}footerReference")
    running = [
        "\n".join(line.text for line in reader.lines(part))
        for relation in dict.fromkeys(reference.get(_REL_ID) or "" for reference in references)
        if (part := package.part_of(relation)) is not None
    ]
    return body, list(dict.fromkeys(running))


def extract(data: bytes, source: str) -> Extract:
    """The text of a Word file.

    Automatic numbers stand before their paragraphs, a table's row is a line, a note follows the
    paragraph that refers to it behind ``〔注1〕``. Tables of contents are marked ``contents``;
    headers and footers stand at the end, marked ``page``. Raises :class:`DamagedFileError`,
    :class:`ProtectedFileError`, :class:`TooLargeError` and :class:`EmptyFileError`.
    """
    try:
        body, running = _lines(Package(data, source))
    except BROKEN as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DamagedFileError(
            f"{source}: the file is damaged ({reason}).", f"Fetch it again. {SAVE}"
        ) from error
    if not any(line.text.strip() for line in body):
        raise EmptyFileError(
            f"{source}: the file has no text.",
            "If it holds pictures of pages, run them through character recognition (OCR); if not, "
            "save it once more in Word.",
        )
    builder = ExtractBuilder()
    for line in body:
        builder.line(line.text, line.left_out)
    for text in running:
        builder.line(text, "page")
    return builder.extract()
