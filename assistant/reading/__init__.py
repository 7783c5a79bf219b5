"""Reading: a file's bytes → the policy texts in it."""

from assistant.reading.dates import last_year_of
from assistant.reading.document import ANNEX, BODY, Document, LeftOut, Origin, SourceFile
from assistant.reading.documents import split_documents
from assistant.reading.extract import Extract
from assistant.reading.files import (
    check_format,
    find_files,
    is_document_name,
    parse,
    read_bytes,
    read_document,
    read_file,
    sidecar_of,
)
from assistant.reading.formats import FORMATS, ending, extract
from assistant.reading.places import main_place, places_in, same_place, short_name

__all__ = [
    "ANNEX",
    "BODY",
    "FORMATS",
    "Document",
    "Extract",
    "LeftOut",
    "Origin",
    "SourceFile",
    "check_format",
    "ending",
    "extract",
    "find_files",
    "is_document_name",
    "last_year_of",
    "main_place",
    "parse",
    "places_in",
    "read_bytes",
    "read_document",
    "read_file",
    "same_place",
    "short_name",
    "sidecar_of",
    "split_documents",
]
