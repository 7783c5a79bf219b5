"""Files → documents: which files count, and how each is read.

The one place where reading touches the disk.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from assistant.errors import (
    EmptyFileError,
    NoDocumentsError,
    ReadingError,
    TooLargeError,
    UnsupportedFormatError,
)
from assistant.reading.document import Document, SourceFile
from assistant.reading.documents import split_documents
from assistant.reading.extract import Extract
from assistant.reading.formats import FORMATS, check_ending, extract
from assistant.reading.sidecar import Sidecar

MAX_BYTES = 50_000_000
"""Files above this size are refused: the longest statute book is under 2 MB."""

_IGNORED_ENDINGS = (".toml", "~", ".tmp", ".swp", ".part")


def is_document_name(name: str) -> bool:
    """Whether a file of that name is meant as a document: no ``README``, no ``*.toml``, no hidden
    file, none that an editor or a download leaves behind."""
    return not (
        name.startswith((".", "~$"))
        or name.upper().startswith("README")
        or name.lower().endswith(_IGNORED_ENDINGS)
    )


def find_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Each file of ``folder`` that is meant as a document, sorted: source (path below the folder,
    with ``/``) and path. A folder in it that is a link or can't be opened stands for its files;
    :func:`check_format` says why they can't be had. Raises :class:`NoDocumentsError` where there is
    no ``folder``."""
    if not folder.is_dir():
        raise NoDocumentsError(
            f"There is no documents folder at {folder}.",
            f"Create it and put policy files ({', '.join(FORMATS)}) into it, or name another with "
            "--documents.",
        )
    found: list[Path] = []
    for parent, folders, names in os.walk(folder, onerror=lambda e: found.append(Path(e.filename))):
        folders[:] = [name for name in folders if not name.startswith(".")]
        # os.path, as pathlib raises where a folder may be listed but not entered
        linked = [name for name in folders if os.path.islink(Path(parent, name))]  # noqa: PTH114
        found.extend(Path(parent, name) for name in (*names, *linked) if is_document_name(name))
    yield from sorted((_source(path.relative_to(folder)), path) for path in found)


def _source(path: Path) -> str:
    """A relative path as text. Names that are not UTF-8 are mostly Chinese ones out of a zip file;
    what is not even that is shown by its bytes."""
    name = path.as_posix()
    try:
        name.encode()
    except UnicodeEncodeError:
        data = os.fsencode(name)
        try:
            return data.decode("gb18030")
        except UnicodeDecodeError:
            return data.decode("utf-8", "backslashreplace")
    return name


def read_bytes(path: Path, source: str) -> bytes:
    """The file's bytes. Raises :class:`ReadingError` where they can't be had."""
    try:
        if path.is_symlink() and not path.exists():
            raise ReadingError(f"{source}: the link leads nowhere.", "Mend or remove it.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise TooLargeError(
                f"{source}: the file has {size:,} bytes; the limit is {MAX_BYTES:,}.", "Split it."
            )
        if size == 0:
            raise EmptyFileError(f"{source}: the file is empty.", "Fill or remove it.")
        return path.read_bytes()
    except ValueError as error:
        raise ReadingError(f"{source!r}: this is no file's name.", "Check the path.") from error
    except FileNotFoundError as error:
        raise ReadingError(f"{source}: there is no such file.", "Check the path.") from error
    except OSError as error:
        raise ReadingError(
            f"{source}: the file can't be read ({error.strerror or error}).",
            "Check its permissions.",
        ) from error


def check_format(path: Path, source: str) -> None:
    """Raises :class:`UnsupportedFormatError` for an ending that has no reader, and for a folder."""
    if os.path.isdir(path):  # noqa: PTH112 - pathlib raises where its folder can't be entered
        raise UnsupportedFormatError(
            f"{source}: this is a folder; one that is a link or can't be opened is not read.",
            "Name a file in it, mend its permissions, or copy it here.",
        )
    check_ending(source)


def sidecar_of(path: Path) -> Path | None:
    """The file beside ``path`` that corrects what is read from it: ``NAME.txt.toml`` or
    ``NAME.toml``; ``None`` where there is none."""
    for name in (f"{path.name}.toml", f"{path.stem}.toml"):
        beside = path.with_name(name)
        if os.path.isfile(beside):  # noqa: PTH113 - pathlib raises where its folder can't be entered
            return beside
    return None


def parse(
    data: bytes, source: str, beside: bytes | None = None, known: Extract | None = None
) -> SourceFile:
    """The documents in a file's bytes; ``beside`` are those of its sidecar, ``known`` is the text
    that was extracted from these bytes before. Raises :class:`ReadingError` where there are
    none."""
    file = parse_any(data, source, beside, known)
    if not file.documents:
        raise EmptyFileError(
            f"{source}: nothing in the file reads as a policy text.",
            "See what was left out of it, and why: assistant inspect FILE",
        )
    return file


def parse_any(
    data: bytes, source: str, beside: bytes | None = None, known: Extract | None = None
) -> SourceFile:
    """:func:`parse`, for a file that may hold no document at all."""
    file = split_documents(known or extract(data, source), source)
    if beside is None:
        return file
    name = f"{PurePosixPath(source).stem}.toml"
    return Sidecar.parse(beside, name).applied(file, name)


def read_file(path: str | Path, source: str | None = None, *, empty: bool = False) -> SourceFile:
    """A file as documents and what was left out. ``source`` is its name in addresses and filters
    (the file's name where not given). Raises :class:`ReadingError`, unless ``empty`` also for a
    file without a document."""
    path = Path(path)
    source = source or path.name
    check_format(path, source)
    data = read_bytes(path, source)
    sidecar = sidecar_of(path)
    beside = read_bytes(sidecar, sidecar.name) if sidecar else None
    return (parse_any if empty else parse)(data, source, beside)


def read_document(path: str | Path) -> list[Document]:
    """The documents of one file, in order. Raises :class:`ReadingError`."""
    return list(read_file(path).documents)
