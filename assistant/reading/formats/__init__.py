"""The formats of policy files, a module each: ``extract(data, source) -> Extract``."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import PurePosixPath

from assistant.errors import UnsupportedFormatError
from assistant.reading.extract import Extract

_MODULES = {
    ".txt": "plain",
    ".md": "plain",
    ".html": "html",
    ".htm": "html",
    ".docx": "docx",
    ".pdf": "pdf",
}
FORMATS = tuple(_MODULES)
"""Endings of the files that can be read."""
_RELATED = {
    ".doc": "Open it in Word or LibreOffice and save it as .docx.",
    ".wps": "Open it in WPS and save it as .docx.",
    ".rtf": "Open it in Word or LibreOffice and save it as .docx.",
    ".odt": "Open it in LibreOffice and save it as .docx.",
    ".ofd": "Open it in an OFD reader and save it as .pdf.",
    ".jpg": "A picture has no text: run it through character recognition (OCR) first.",
    ".png": "A picture has no text: run it through character recognition (OCR) first.",
}


def ending(source: str) -> str:
    """The ending of a file's name in lower case, with its dot."""
    return PurePosixPath(source).suffix.lower()


def check_ending(source: str) -> None:
    """Raises :class:`UnsupportedFormatError` for a name whose ending has no module."""
    suffix = ending(source)
    if suffix not in _MODULES:
        raise UnsupportedFormatError(
            f"{source}: files of type {suffix or '(no ending)'} can't be read.",
            _RELATED.get(suffix, f"Save it as one of {', '.join(FORMATS)}."),
        )


def extract(data: bytes, source: str) -> Extract:
    """The text in the bytes of a file, by the ending of its name, ``source``. Raises
    :class:`~assistant.errors.ReadingError`."""
    check_ending(source)
    # a module is imported with the first file of its format: pdfplumber alone takes 0.3 s
    module = import_module(f"{__name__}.{_MODULES[ending(source)]}")
    read: Callable[[bytes, str], Extract] = module.extract
    return read(data, source)
