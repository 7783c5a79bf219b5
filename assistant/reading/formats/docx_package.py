"""The zip of a Word file: its parts, parsed, within limits.

python-docx only parses them: opened with it, a file is unpacked whole, pictures too, before any
limit can be checked.
"""

from __future__ import annotations

import posixpath
import struct
import zipfile
import zlib
from io import BytesIO

from docx.oxml.parser import parse_xml

from assistant.errors import DamagedFileError, ProtectedFileError, TooLargeError
from assistant.reading.formats.docx_markup import Element, W

_MAX_UNPACKED = 200_000_000
_MAX_READ = 40_000_000
"""Bytes of the parts that hold text; a statute book of a thousand pages has some 20 million."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
SAVE = "Open it in Word or WPS and save it as .docx."
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    OSError,
    OverflowError,
    RuntimeError,  # of zipfile; and a nesting that is too deep for Python
    SyntaxError,  # what lxml's errors derive from
    ValueError,
)
_SCHEMAS = b"http://schemas.openxmlformats.org/"
_STRICT = {  # namespaces of a file saved as "Strict Open XML"
    b"http://purl.oclc.org/ooxml/wordprocessingml/main": b"wordprocessingml/2006/main",
    b"http://purl.oclc.org/ooxml/officeDocument/math": b"officeDocument/2006/math",
    b"http://purl.oclc.org/ooxml/officeDocument/relationships": (
        b"officeDocument/2006/relationships"
    ),
}


class Package:
    """The zip: hands out its parts, parsed. Raises :class:`ReadingError` where they break a limit
    or are no Word file's, and one of ``BROKEN`` where they are damaged."""

    def __init__(self, data: bytes, source: str) -> None:
        self._source = source
        self._left = _MAX_READ
        if data.startswith(_OLE):
            if _ENCRYPTED in data:
                raise self._protected()
            raise DamagedFileError(f"{source}: this is a file of Word before 2007 (.doc).", SAVE)
        if not data.startswith(b"PK"):
            raise DamagedFileError(f"{source}: this is no Word file (.docx).", SAVE)
        self._zip = zipfile.ZipFile(BytesIO(data))
        unpacked = sum(info.file_size for info in self._zip.infolist())
        if unpacked > _MAX_UNPACKED:
            raise self._too_large(unpacked, _MAX_UNPACKED)
        # names are compared without case, and some programs write Windows' separators
        self._infos = {
            info.filename.replace("\\", "/").lstrip("/").lower(): info
            for info in self._zip.infolist()
        }
        self._main = "word/document.xml"
        for kind, target in self._relations("").values():
            if kind == "officeDocument" and target.lower() in self._infos:
                self._main = target
        self._related = self._relations(self._main)

    def main(self) -> Element:
        """The part that holds the text."""
        root = self._part(self._main)
        if root is None or root.tag != f"{W}document" or root.find(f"{W}body") is None:
            raise DamagedFileError(f"{self._source}: there is no Word text in the file.", SAVE)
        return root

    def related(self, kind: str) -> Element | None:
        """The main part's ``styles``, ``numbering``, ``footnotes`` …, if it has them."""
        found = [target for its_kind, target in self._related.values() if its_kind == kind]
        return self._part(found[0]) if found else None

    def part_of(self, relation: str) -> Element | None:
        """The part that the main part refers to by this id."""
        return self._part(self._related[relation][1]) if relation in self._related else None

    def _relations(self, name: str) -> dict[str, tuple[str, str]]:
        """What a part refers to: kind and name by id."""
        folder, base = posixpath.split(name)
        root = self._part(posixpath.join(folder, "_rels", f"{base}.rels"))
        found: dict[str, tuple[str, str]] = {}
        for relation in () if root is None else root:
            kind = (relation.get("Type") or "").rpartition("/")[2]
            target = posixpath.join("/", folder, relation.get("Target") or "")
            found[relation.get("Id") or ""] = kind, posixpath.normpath(target).lstrip("/")
        return found

    def _part(self, name: str) -> Element | None:
        info = self._infos.get(name.lower())
        if info is None:
            return None
        if info.flag_bits & 1:
            raise self._protected()
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise zipfile.BadZipFile(f"{name} is packed as no Word file is")
        self._left -= info.file_size
        if self._left < 0:
            raise self._too_large(_MAX_READ - self._left, _MAX_READ)
        with self._zip.open(info) as packed:
            # never more than the directory says, whatever it unpacks to; the checksum then tells
            data = packed.read(info.file_size)
        for strict, usual in _STRICT.items():
            data = data.replace(strict, _SCHEMAS + usual)
        root = parse_xml(data)
        if root.getroottree().docinfo.doctype:
            raise zipfile.BadZipFile(f"{name} declares a document type, which no Word file does")
        return root

    def _protected(self) -> ProtectedFileError:
        return ProtectedFileError(
            f"{self._source}: the file asks for a password.",
            "Open it in Word or WPS and save it without a password.",
        )

    def _too_large(self, size: int, limit: int) -> TooLargeError:
        return TooLargeError(
            f"{self._source}: the file unpacks to {size:,} bytes; the limit is {limit:,}.",
            "Split it, or save its text as a new file.",
        )
