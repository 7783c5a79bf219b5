"""The pages of a pdf, each read into lines and tables: :class:`Page`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from assistant.reading.formats.pdf_file import Budget, open_pages
from assistant.reading.formats.pdf_fonts import Fonts
from assistant.reading.formats.pdf_glyphs import Glyph, read_sheet
from assistant.reading.formats.pdf_gutter import find_gutter, keeps_gutter
from assistant.reading.formats.pdf_lines import Line, read_lines
from assistant.reading.formats.pdf_tables import Table, read_tables

_MAX_GLYPHS = 5_000_000  # in all; the longest collections of laws have 3 million characters
_EARLY = 4  # pages that are looked at again when it is known how the later ones are set


@dataclass(frozen=True, slots=True)
class Page:
    """A page. ``lines`` are in reading order, ``tables`` from the top; ``aside`` is what is printed
    across the text and ``hidden`` what is not shown. ``count`` says how many characters there are,
    ``unread`` how many of them stand for none."""

    width: float
    height: float
    lines: Sequence[Line]
    tables: Sequence[Table]
    pictures: int
    aside: Sequence[str]
    hidden: Sequence[str]
    count: int
    unread: int


def read_pages(data: bytes, budget: Budget) -> list[Page]:
    """All pages of a file. Raises whatever pdfminer.six does, and :class:`TooLargeError`."""
    fonts = Fonts(budget)
    left = _MAX_GLYPHS
    gutters: dict[int, float] = {}  # by the width of the page
    early: dict[int, list[Glyph]] = {}
    pages: list[Page] = []
    for each in open_pages(data, budget):
        sheet = read_sheet(each, fonts, budget)
        left -= len(sheet.glyphs)
        if left < 0:
            raise budget.refuse(f"it has more than {_MAX_GLYPHS:,} characters")
        tables, rest = read_tables(sheet.rules, sheet.glyphs)
        width = round(sheet.width)
        gutter = find_gutter(rest)
        if gutter is None:
            gutter = _known_gutter(rest, gutters.get(width))
        else:
            gutters[width] = gutter
        page = Page(
            sheet.width,
            sheet.height,
            read_lines(rest, gutter),
            tables,
            sheet.pictures,
            _shown(sheet.aside),
            _shown(sheet.hidden),
            sheet.count,
            sheet.unread,
        )
        pages.append(page)
        if gutter is None and len(pages) <= _EARLY:
            early[len(pages) - 1] = rest
    for i, rest in early.items():
        gutter = _known_gutter(rest, gutters.get(round(pages[i].width)))
        if gutter is not None:
            pages[i] = replace(pages[i], lines=read_lines(rest, gutter))
    return pages


def _known_gutter(glyphs: Sequence[Glyph], gutter: float | None) -> float | None:
    """The gutter that pages of this width have, if this one keeps it."""
    return gutter if gutter is not None and keeps_gutter(glyphs, gutter) else None


def _shown(texts: Iterable[str]) -> list[str]:
    return [shown for text in texts if (shown := " ".join(text.split()))]
