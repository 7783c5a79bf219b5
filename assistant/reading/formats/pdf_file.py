"""The bytes of a pdf → its pages, opened so that no file takes memory or time without end.

pdfminer.six follows whatever a file says: a stream of some kilobytes that unpacks to gigabytes, an
object that is a reference to itself. Its classes are taken here with a limit on each of them.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import Any

from pdfminer.lzw import LZWDecoder
from pdfminer.pdfdocument import (
    PDFDocument,
    PDFEncryptionError,
    PDFNoPageLabels,
    PDFNoValidXRef,
)
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import (
    LITERALS_ASCII85_DECODE,
    LITERALS_ASCIIHEX_DECODE,
    LITERALS_DCT_DECODE,
    LITERALS_FLATE_DECODE,
    LITERALS_LZW_DECODE,
    LITERALS_RUNLENGTH_DECODE,
    PDFObjRef,
    PDFStream,
    int_value,
)
from pdfminer.psparser import PSKeyword, PSLiteral

from assistant.errors import TooLargeError

MAX_PAGES = 3_000
_MAX_STREAM = 32_000_000  # bytes that one stream unpacks to
_MAX_UNPACKED = 400_000_000  # … and all of them, each time they are read
_MAX_DRAWING = 8_000_000  # bytes that draw a page (a page of text: 50,000), some 30 s
_MAX_DRAWINGS = 200_000_000  # … all pages
_MAX_BRACKETS = 1_000_000  # lists and dictionaries in a stream, which may nest
_MAX_NESTED = 1_000  # … in the file itself
_MAX_LIST = 1_000_000
_MAX_OBJECTS = 1_000_000  # look-ups; a page takes some tens
_MAX_ROW = 1_000_000  # bytes of a row for a PNG or TIFF predictor
_MAX_FILTERS = 6
_TEXT_FILTERS = (
    *LITERALS_FLATE_DECODE,
    *LITERALS_LZW_DECODE,
    *LITERALS_ASCII85_DECODE,
    *LITERALS_ASCIIHEX_DECODE,
    *LITERALS_RUNLENGTH_DECODE,
)


_lock = Lock()
_silent, _level = 0, logging.NOTSET


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps pdfminer.six, which logs each oddity of each font, from logging."""
    global _silent, _level  # noqa: PLW0603 - the logger is global too
    logger = logging.getLogger("pdfminer")
    with _lock:
        if not _silent:
            _level = logger.level
            logger.setLevel(logging.CRITICAL + 1)
        _silent += 1
    try:
        yield
    finally:
        with _lock:
            _silent -= 1
            if not _silent:
                logger.setLevel(_level)


@dataclass(slots=True)
class Budget:
    """What reading one file may still take."""

    source: str
    unpacked: int = _MAX_UNPACKED
    objects: int = _MAX_OBJECTS
    drawings: int = _MAX_DRAWINGS
    drawing: int = _MAX_DRAWING

    def refuse(self, what: str) -> TooLargeError:
        """The error for a file that goes on without end."""
        return TooLargeError(
            f"{self.source}: {what}.",
            "Split the file, or open it in a pdf reader and print it to a new pdf.",
        )

    def unpack(self, size: int) -> None:
        self.unpacked -= size
        if self.unpacked < 0:
            raise self.refuse(f"it unpacks to more than {_MAX_UNPACKED:,} bytes")

    def new_page(self) -> None:
        self.drawing = _MAX_DRAWING

    def draw(self, size: int) -> None:
        self.drawing -= size
        self.drawings -= size
        if self.drawing < 0:
            raise self.refuse(f"a page of it is drawn with more than {_MAX_DRAWING:,} bytes")
        if self.drawings < 0:
            raise self.refuse(f"its pages are drawn with more than {_MAX_DRAWINGS:,} bytes")

    def look_up(self) -> None:
        self.objects -= 1
        if self.objects < 0:
            raise self.refuse("its objects refer to each other without end")


class _Stream(PDFStream):
    """A stream that unpacks to no more than the budget allows, anew each time: what a page needed
    does not stay in memory with the document."""

    budget: Budget

    def get_data(self) -> bytes:
        data = self.rawdata or b""
        if self.decipher and self.objid is not None and self.genno is not None:
            data = self.decipher(self.objid, self.genno, data, self.attrs)
        filters = self.get_filters()
        if len(filters) > _MAX_FILTERS or any(name not in _TEXT_FILTERS for name, _ in filters):
            return b""  # a picture, or nothing that a text is packed in
        for name, parameters in filters:
            data = self._unpacked(name, parameters, data)
        self.budget.unpack(len(data))
        if data.count(b"[") + data.count(b"<<") + data.count(b"{") > _MAX_BRACKETS:
            raise self.budget.refuse("a stream in it opens brackets without end")
        return data

    def _unpacked(self, name: PSLiteral, parameters: Any, data: bytes) -> bytes:
        if name in LITERALS_FLATE_DECODE:
            data = self._inflated(data)
        elif name in LITERALS_LZW_DECODE:
            data = self._lzw(data)
        elif name in LITERALS_RUNLENGTH_DECODE and len(data) > _MAX_STREAM // 64:
            raise self._too_long()
        if name in LITERALS_FLATE_DECODE or name in LITERALS_LZW_DECODE:
            name = LITERALS_DCT_DECODE[0]  # which leaves the data as they are: the predictor is due
            if isinstance(parameters, dict):
                row = 1
                for key, usual in (("Columns", 1), ("Colors", 1), ("BitsPerComponent", 8)):
                    row *= max(int_value(parameters.get(key, usual)), 1)
                if row > _MAX_ROW * 8:
                    raise self._too_long()
        return PDFStream({"Filter": name, "DecodeParms": parameters}, data).get_data()

    def _inflated(self, data: bytes) -> bytes:
        """What can be inflated; of a stream that breaks off, what stands before the break."""
        inflater = zlib.decompressobj()
        out = bytearray()
        for at in range(0, len(data), 4096):
            try:
                out += inflater.decompress(data[at : at + 4096], _MAX_STREAM - len(out) + 1)
            except zlib.error:
                break
            if len(out) > _MAX_STREAM:
                raise self._too_long()
            if inflater.eof:
                break
        return bytes(out)

    def _lzw(self, data: bytes) -> bytes:
        out = bytearray()
        for piece in LZWDecoder(BytesIO(data)).run():
            out += piece
            if len(out) > _MAX_STREAM:
                raise self._too_long()
        return bytes(out)

    def _too_long(self) -> TooLargeError:
        return self.budget.refuse(f"a stream in it unpacks to more than {_MAX_STREAM:,} bytes")


class _Parser(PDFParser):
    """Makes its streams :class:`_Stream`."""

    def __init__(self, data: bytes, budget: Budget) -> None:
        self._budget = budget
        super().__init__(BytesIO(data))

    def start_type(self, pos: int, type: str) -> None:  # noqa: A002 - the name is pdfminer.six's
        if len(self.context) > _MAX_NESTED:
            raise self._budget.refuse("an object in it opens brackets without end")
        super().start_type(pos, type)

    def push(self, *objs: Any) -> None:
        if len(self.curstack) > _MAX_LIST:
            raise self._budget.refuse("a list in it has no end")
        super().push(*objs)

    def do_keyword(self, pos: int, token: PSKeyword) -> None:
        super().do_keyword(pos, token)
        if token is self.KEYWORD_STREAM and self.curstack:
            at, found = self.curstack[-1]
            if type(found) is PDFStream:
                stream = _Stream(found.attrs, found.rawdata or b"", found.decipher)
                stream.budget = self._budget
                self.curstack[-1] = (at, stream)


class _Document(PDFDocument):
    """A document whose look-ups end. ``rebuild`` passes over its cross-reference table and looks
    for the objects themselves."""

    def __init__(self, data: bytes, budget: Budget, *, rebuild: bool) -> None:
        self._budget = budget
        self._rebuild = rebuild
        self._tables: set[int] = set()
        super().__init__(_Parser(data, budget))

    def read_xref_from(self, parser: PDFParser, start: int, xrefs: list[Any]) -> None:
        if self._rebuild:
            raise PDFNoValidXRef("passed over")
        if start not in self._tables:  # tables may name each other as the one before
            self._tables.add(start)
            super().read_xref_from(parser, start, xrefs)

    def getobj(self, objid: int) -> object:
        """The object, never a reference: resolving one that leads to itself would not end."""
        seen = set()
        found: object = PDFObjRef(self, objid)
        while isinstance(found, PDFObjRef):
            self._budget.look_up()
            if found.objid in seen:
                return None
            seen.add(found.objid)
            found = super().getobj(found.objid)
        return found

    def get_page_labels(self) -> Iterator[str]:
        raise PDFNoPageLabels  # not needed, and a broken tree of them would hide the pages


def open_pages(data: bytes, budget: Budget) -> list[PDFPage]:
    """The pages of the file, unread. Raises whatever pdfminer.six does, and
    :class:`TooLargeError`."""
    failure: Exception | None = None
    for rebuild in (False, True):
        try:
            pages = _pages(data, budget, rebuild=rebuild)
        except TooLargeError:
            raise
        except PDFEncryptionError:
            raise
        except Exception as error:  # noqa: BLE001 - pdfminer.six raises all sorts
            failure = failure or error
            continue
        if pages:
            return pages
    if failure:
        raise failure
    return []


def _pages(data: bytes, budget: Budget, *, rebuild: bool) -> list[PDFPage]:
    pages: list[PDFPage] = []
    for page in PDFPage.create_pages(_Document(data, budget, rebuild=rebuild)):
        if len(pages) == MAX_PAGES:
            raise budget.refuse(f"it has more than {MAX_PAGES:,} pages")
        pages.append(page)
    return pages
