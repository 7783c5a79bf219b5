"""Text files (``.txt``, ``.md``): their text as it is."""

from __future__ import annotations

from assistant.reading.decode import decode
from assistant.reading.extract import Extract


def extract(data: bytes, source: str) -> Extract:
    """The decoded text. Raises :class:`EmptyFileError` or :class:`NotTextError`."""
    return Extract(decode(data, source))
