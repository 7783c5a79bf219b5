"""The fonts of a pdf: which character each code in it stands for.

A font may give a width to four thousand million characters, or name as many; it is read here only
as far as a font can go.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from io import BytesIO

from pdfminer.cmapdb import CMap, CMapDB, CMapParser, FileCMap, FileUnicodeMap, UnicodeMap
from pdfminer.pdffont import PDFCIDFont, PDFFont
from pdfminer.pdfinterp import PDFResourceManager
from pdfminer.pdftypes import PDFStream, resolve1
from pdfminer.psparser import PSKeyword, PSLiteral

from assistant.reading.formats.pdf_file import Budget

_COLLECTIONS = {
    "Adobe-GB1": re.compile("GB|UniGB"),
    "Adobe-CNS1": re.compile("B5|CNS|ET|HK|UniCNS"),
    "Adobe-Japan1": re.compile(r"UniJIS|\d\d(?:ms|pv)"),
    "Adobe-Korea1": re.compile("KSC|UniKS"),
}
_MAX_CODES = 200_000  # characters that a font names; Unicode has 155 thousand


class _Counted:
    """Refuses the character that is one too many."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._left = _MAX_CODES

    def count(self, more: int = 1) -> None:
        self._left -= more
        if self._left < 0:
            raise self._budget.refuse("a font in it names more characters than there are")


class _OwnMap(FileUnicodeMap):
    """A font's own table of characters (``ToUnicode``), and where it says nothing, the ``usual``
    one of the font's character collection."""

    def __init__(self, counted: _Counted, usual: UnicodeMap | None) -> None:
        super().__init__()
        self._counted = counted
        self._usual = usual

    def add_cid2unichr(self, cid: int, code: PSLiteral | bytes | int) -> None:
        self._counted.count()
        super().add_cid2unichr(cid, code)

    def get_unichr(self, cid: int) -> str:
        if self._usual is not None and cid not in self.cid2unichr:
            return self._usual.get_unichr(cid)
        return super().get_unichr(cid)


class _OwnCodes(FileCMap):
    """A font's own table of codes (``Encoding``), which pdfminer.six leaves unread."""

    def __init__(self, counted: _Counted) -> None:
        super().__init__()
        self._counted = counted

    def add_cid2unichr(self, cid: int, code: PSLiteral | bytes | int) -> None:
        """What the parser of such tables calls for each code, as if it stood for a character."""
        self._counted.count()
        if isinstance(code, bytes) and code:
            self.add_code2cid(code.decode("latin-1"), cid)


class _CodesParser(CMapParser):
    """Reads single codes in their order: a code first, then its number."""

    def do_keyword(self, pos: int, token: PSKeyword) -> None:
        if token is self.KEYWORD_ENDCIDCHAR:
            found = [each for _, each in self.popall()]
            for code, cid in zip(found[::2], found[1::2], strict=False):
                if isinstance(code, bytes) and isinstance(cid, int):
                    self.cmap.add_cid2unichr(cid, code)
        else:
            super().do_keyword(pos, token)


class Fonts(PDFResourceManager):
    """The fonts of a document, each read once and no larger than a font can be."""

    def __init__(self, budget: Budget) -> None:
        super().__init__()
        self._budget = budget

    def get_font(self, objid: object, spec: Mapping[str, object]) -> PDFFont:
        known = self._cached_fonts.get(objid)
        if known is not None or "DescendantFonts" in spec:  # comes back here with the one below
            return known or super().get_font(objid, spec)
        spec = dict(spec)
        for key, size in (("W", 3), ("W2", 5)):
            self._check_widths(resolve1(spec.get(key)), size)
        table, codes = resolve1(spec.get("ToUnicode")), resolve1(spec.get("Encoding"))
        descriptor = resolve1(spec.get("FontDescriptor"))
        if isinstance(descriptor, dict) and "FontFile2" in descriptor:
            program = resolve1(descriptor["FontFile2"])
            # of the font's program only the table of characters is wanted, where there is no other
            if (
                isinstance(table, PDFStream)
                or not isinstance(program, PDFStream)
                or _codes(program) > _MAX_CODES
            ):
                spec["FontDescriptor"] = {k: v for k, v in descriptor.items() if k != "FontFile2"}
        if isinstance(table, PDFStream):
            del spec["ToUnicode"]
        font = super().get_font(objid, spec)
        if isinstance(table, PDFStream):
            own = _OwnMap(_Counted(self._budget), getattr(font, "unicode_map", None))
            CMapParser(own, BytesIO(table.get_data())).run()
            font.unicode_map = own  # type: ignore[attr-defined]
        if isinstance(font, PDFCIDFont) and font.unicode_map is None:
            font.unicode_map = _map_of_collection(codes)
        if isinstance(font, PDFCIDFont) and isinstance(codes, PDFStream) and is_blind(font):
            font.cmap = _OwnCodes(_Counted(self._budget))
            _CodesParser(font.cmap, BytesIO(codes.get_data())).run()
        return font

    def _check_widths(self, widths: object, size: int) -> None:
        """``size`` numbers give a width to a range: first, last, width …"""
        numbers: list[float] = []
        counted = _Counted(self._budget)
        for item in widths if isinstance(widths, list) else ():
            value = resolve1(item)
            if isinstance(value, list):
                numbers = []
            elif isinstance(value, (int, float)):
                numbers.append(value)
            if len(numbers) == size:
                counted.count(max(0, int(numbers[1] - numbers[0])))
                numbers = []


def _map_of_collection(codes: object) -> UnicodeMap | None:
    """The characters of the collection that well-known codes (UniGB-UCS2-H) belong to, for a font
    that does not name it."""
    name = codes.name if isinstance(codes, PSLiteral) else ""
    for collection, beginning in _COLLECTIONS.items():
        if beginning.match(str(name)):
            return CMapDB.get_unicode_map(collection)
    return None


def is_blind(font: PDFFont) -> bool:
    """Whether a font does not say what its codes stand for: all that is set in it is lost."""
    cmap = getattr(font, "cmap", None)
    return isinstance(cmap, CMap) and not cmap.code2cid


def _codes(program: PDFStream) -> int:
    """How many characters the tables of a TrueType font claim to map."""
    data = program.get_data()
    total = 0
    try:
        for i in range(struct.unpack_from(">H", data, 4)[0]):
            tag, _, base, _ = struct.unpack_from(">4sLLL", data, 12 + 16 * i)
            if tag != b"cmap":
                continue
            for j in range(struct.unpack_from(">H", data, base + 2)[0]):
                at = base + struct.unpack_from(">L", data, base + 8 + 8 * j)[0]
                form = struct.unpack_from(">H", data, at)[0]
                if form == 4:
                    count = struct.unpack_from(">H", data, at + 6)[0] // 2
                    last = struct.unpack_from(f">{count}H", data, at + 14)
                    first = struct.unpack_from(f">{count}H", data, at + 16 + 2 * count)
                    total += sum(max(0, b - a + 1) for a, b in zip(first, last, strict=True))
                elif form == 12:
                    for k in range(struct.unpack_from(">L", data, at + 12)[0]):
                        a, b, _ = struct.unpack_from(">LLL", data, at + 16 + 12 * k)
                        total += max(0, b - a + 1)
                if total > _MAX_CODES:
                    return total
    except struct.error:
        pass  # it breaks off, and so will whoever reads it
    return total
