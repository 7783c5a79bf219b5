"""Blocks → a Word file.

Built with python-docx on its own template, whose styles are set anew (:mod:`.word_styles`). Texts
go into runs only: they can't become fields, links or markup. The only fields are the numbers of the
pages, the only links those from a citation to the clause in full below.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from itertools import pairwise

from docx import Document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement, parse_xml
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Cm
from docx.table import _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from assistant.answering import Answer
from assistant.page.export.blocks import (
    Block,
    Comparison,
    Entries,
    Heading,
    Line,
    Printed,
    Quote,
)
from assistant.page.export.outline import conversation
from assistant.page.export.word_styles import (
    ADDRESS,
    CELL,
    HEADINGS,
    PRINTED,
    QUOTE,
    STYLES,
    add_footer,
    describe,
    dress,
)
from assistant.page.export.words import EXPORT
from assistant.text import writable

_WIDTHS = (Cm(1.9), Cm(9.6), Cm(4.5))
_MARK = "FFF1C2"
"""The ground of what was quoted, in a clause in full: a pale yellow."""
_HEAD = "F0F1F3"
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_BORDERS = (
    f"<w:tblBorders {_W}>"
    + "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="C9CFD6"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    + "</w:tblBorders>"
)


def docx_of(answers: Sequence[Answer], language: str, day: date) -> bytes:
    """A conversation as the bytes of a .docx file, as of ``day``, its frame in ``language``.

    Each quote is word for word what the document says; control characters, which XML can't hold,
    are ``\ufffd``. The file names no author.
    """
    document = Document()
    dress(document)
    describe(document, EXPORT[language]["title"], language, day)
    add_footer(document, EXPORT[language]["footer"])
    writer = _Writer(document)
    for block in conversation(answers, language, day):
        writer.write(block)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


class _Writer:
    """Adds blocks to a document, one behind the other."""

    def __init__(self, document: WordDocument) -> None:
        self._document = document
        self._ids = {style.name: style.style_id for style in document.styles}

    def write(self, block: Block) -> None:
        match block:
            case Heading():
                self._heading(block)
            case Line():
                paragraph = self._paragraph(STYLES[block.role])
                _add_source(paragraph, block.number, block.text)
            case Quote():
                for text in block.texts:
                    _add_text(self._paragraph(QUOTE), text)
            case Entries():
                for text in block.texts:
                    _add_text(self._paragraph("List Bullet"), text)
            case Comparison():
                self._table(block)
            case Printed():
                self._printed(block)

    def _paragraph(self, style: str) -> Paragraph:
        return self._styled(self._document.add_paragraph(), style)

    def _styled(self, paragraph: Paragraph, style: str) -> Paragraph:
        """``paragraph`` in that style. By name python-docx would look through all styles each
        time: seconds in a long conversation."""
        paragraph._p.style = self._ids[style]  # noqa: SLF001
        return paragraph

    def _in_cell(self, cell: _Cell) -> Paragraph:
        """The paragraph that a cell comes with."""
        return self._styled(cell.paragraphs[0], CELL)

    def _heading(self, heading: Heading) -> None:
        paragraph = self._paragraph(HEADINGS[heading.level])
        if heading.number is None:
            _add_text(paragraph, heading.text)
            return
        ident = str(heading.number)
        begin, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        for mark in (begin, end):
            mark.set(qn("w:id"), ident)
        begin.set(qn("w:name"), _anchor(heading.number))
        paragraph._p.append(begin)  # noqa: SLF001 - python-docx has no bookmarks of its own
        _add_text(paragraph, f"〔{ident}〕{heading.text}")
        paragraph._p.append(end)  # noqa: SLF001

    def _printed(self, printed: Printed) -> None:
        """A clause in full, what was quoted of it on a pale ground."""
        paragraph = self._paragraph(PRINTED)
        bounds = sorted({0, len(printed.text), *(at for mark in printed.marks for at in mark)})
        starts = {start for start, _ in printed.marks}
        for start, end in pairwise(bounds):
            run = _add_text(paragraph, printed.text[start:end])
            if start in starts:
                run._r.get_or_add_rPr().append(_shading(_MARK))  # noqa: SLF001

    def _table(self, comparison: Comparison) -> None:
        table = self._document.add_table(rows=0, cols=len(_WIDTHS), style="Table Grid")
        table.autofit = False
        for column, width in zip(table.columns, _WIDTHS, strict=True):
            column.width = width
        table._tbl.tblPr.insert_element_before(  # noqa: SLF001 - in the order of the schema
            parse_xml(_BORDERS), "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook"
        )
        head = table.add_row()
        head._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001 - on each page
        for cell, name in zip(head.cells, comparison.head, strict=True):
            _add_text(self._in_cell(cell), name).bold = True
            cell._tc.get_or_add_tcPr().append(_shading(_HEAD))  # noqa: SLF001
        for row in comparison.rows:
            place, said, where = table.add_row().cells
            _add_text(self._in_cell(place), row.place)
            _add_text(self._in_cell(said), row.said)
            if row.number is None:
                self._in_cell(where)
            else:
                _add_source(self._in_cell(where), row.number, row.address, dash="")
        for cells in (row.cells for row in table.rows):
            for cell, width in zip(cells, _WIDTHS, strict=True):
                cell.width = width
        self._paragraph(ADDRESS)  # space below: a table has none


def _add_text(paragraph: Paragraph, text: str) -> Run:
    """``text`` as one run; line breaks and tabs are Word's own."""
    run = paragraph.add_run(writable(text))
    # Word takes quotation marks and dashes from the Chinese font only where it is told to
    fonts = run._r.get_or_add_rPr().get_or_add_rFonts()  # noqa: SLF001
    fonts.set(qn("w:hint"), "eastAsia")
    return run


def _add_source(paragraph: Paragraph, number: int | None, text: str, dash: str = "——") -> None:
    """``text`` behind its citation's number, which leads to the clause in full."""
    if number is not None:
        if dash:
            _add_text(paragraph, dash)
        run = _add_text(paragraph, f"〔{number}〕")
        link = OxmlElement("w:hyperlink")
        link.set(qn("w:anchor"), _anchor(number))
        link.set(qn("w:history"), "1")
        paragraph._p.append(link)  # noqa: SLF001 - python-docx only reads links
        link.append(run._r)  # noqa: SLF001
    _add_text(paragraph, text)


def _anchor(number: int) -> str:
    return f"clause_{number}"


def _shading(colour: str) -> BaseOxmlElement:
    return parse_xml(f'<w:shd {_W} w:val="clear" w:color="auto" w:fill="{colour}"/>')
