"""PDF files with a text layer (``.pdf``): their paragraphs, put together from printed lines.

The way: :mod:`.pdf_file` and :mod:`.pdf_fonts` open the file, :mod:`.pdf_device` and
:mod:`.pdf_glyphs` read what is drawn on a page, :mod:`.pdf_tables`, :mod:`.pdf_gutter` and
:mod:`.pdf_lines` make tables and lines of it (:mod:`.pdf_page`). With all pages read,
:mod:`.pdf_frame` finds what frames them, :mod:`.pdf_columns` and :mod:`.pdf_paragraphs` say which
lines go on from the one above, and :mod:`.pdf_compose` puts everything in order.

Vertical writing, form fields and comments are not read.
"""

from __future__ import annotations

from collections.abc import Sequence

from pdfminer.pdfdocument import PDFEncryptionError

from assistant.errors import (
    AssistantError,
    DamagedFileError,
    EmptyFileError,
    NoTextLayerError,
    ProtectedFileError,
)
from assistant.reading.extract import Extract
from assistant.reading.formats.pdf_columns import usual_size
from assistant.reading.formats.pdf_compose import compose
from assistant.reading.formats.pdf_file import Budget, quiet
from assistant.reading.formats.pdf_frame import find_frame
from assistant.reading.formats.pdf_page import Page, read_pages

_HEADER = 1_024  # bytes within which a pdf says that it is one
_NOISE = 0.5  # share of characters that stand for none, above which nothing can be read


def extract(data: bytes, source: str) -> Extract:
    """The text of a pdf, a paragraph or a row of a table to a line, also where it runs over pages.

    Footnotes follow the last paragraph that begins on their page. Running heads, feet and numbers
    of pages, and what is printed across the text, stand at the end, each once, left out as
    ``page``; what is drawn without ink follows, as ``hidden``. Raises :class:`ProtectedFileError`,
    :class:`NoTextLayerError`, :class:`EmptyFileError`, :class:`DamagedFileError` or
    :class:`TooLargeError`.
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
    pages = read_pages(data, Budget(source))
    count = sum(page.count for page in pages)
    if not count:
        raise _no_text(pages, source)
    if sum(page.unread for page in pages) > _NOISE * count:
        raise NoTextLayerError(
            f"{source}: the text can't be read out: the fonts in the file don't say which "
            "characters they draw.",
            "Run character recognition (OCR) over it, or save the text from where it was written.",
        )
    size = usual_size(line for page in pages for line in page.lines)
    frames = find_frame(pages, size)
    if all(
        len(frame) == len(page.lines) and not page.tables
        for page, frame in zip(pages, frames, strict=True)
    ):
        raise _no_text(pages, source)
    return compose(pages, frames, size)


def _no_text(pages: Sequence[Page], source: str) -> AssistantError:
    if any(page.pictures for page in pages):
        return NoTextLayerError(
            f"{source}: a scan: pictures of pages without text.",
            "Run character recognition (OCR) over it first.",
        )
    return EmptyFileError(f"{source}: no page has any text.", "Fill or remove it.")
