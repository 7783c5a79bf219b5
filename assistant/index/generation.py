"""Where an index lies: generations, and the pointer to the one in use.

index/
  current                the id of the generation in use, one line; replaced atomically
  generations/<id>/      manifest.json, store.sqlite, clauses.npy, passages.npy, dense.faiss,
                         dense.npy (of a large index), subjects.npy, sentences/, lexical/
  vectors.sqlite         vectors that are already known (a cache)
  tokens.sqlite          the words of clauses that are already known (a cache)
  build.lock             held by the build that is under way
  build.json             which one that is
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path

from assistant.errors import IndexDamagedError, IndexMissingError
from assistant.index.durable import sync_folder
from assistant.index.lock import HOLDER
from assistant.index.manifest import FileEntry, Manifest

POINTER = "current"
GENERATIONS = "generations"
STORE, DENSE, LEXICAL, SUBJECTS = "store.sqlite", "dense.faiss", "lexical", "subjects.npy"
SENTENCES = "sentences"
UNFINISHED = ".building-"
VECTORS, TOKENS = "vectors.sqlite", "tokens.sqlite"
"""The caches beside the generations."""

_MEND = "Mend its permissions, or remove it and run: assistant build"

_ID = re.compile(r"^(\d{6})-[0-9a-f]{8}$")
_CHECK_WHOLE = 64_000_000
"""Bytes up to which a generation's hashes are checked each time it is opened (0.1 s); of a larger
one only the sizes."""


def current_id(index: Path) -> str | None:
    """The id that the pointer of ``index`` holds; ``None`` where there is no index."""
    try:
        return (index / POINTER).read_text("utf-8").strip() or None
    except OSError:
        return None
    except ValueError:  # bytes that are no text
        return "?"


def missing(index: Path) -> IndexMissingError:
    """What is raised where there is no index."""
    return IndexMissingError(f"There is no index in {index}.", "Build it: assistant build")


def open_folder(index: Path) -> Path:
    """The folder of the generation in use.

    Raises :class:`IndexMissingError` or, where the pointer leads nowhere,
    :class:`IndexDamagedError`.
    """
    pointer = index / POINTER
    ident = current_id(index)
    if ident is None:
        _check_missing(pointer)
        raise missing(index)
    folder = index / GENERATIONS / ident
    try:
        there = bool(_ID.match(ident)) and folder.is_dir()
    except OSError as error:
        raise IndexDamagedError(
            f"{folder} can't be read ({error.strerror or error}).", _MEND
        ) from error
    if not there:
        raise IndexDamagedError(f"{pointer} names generation {ident!r}, which is not there.")
    return folder


def _check_missing(pointer: Path) -> None:
    """Raises :class:`IndexDamagedError` where the pointer is there but can't be read."""
    try:
        pointer.lstat()
        pointer.read_bytes()
    except FileNotFoundError as error:
        if pointer.is_symlink():
            raise IndexDamagedError(f"{pointer} is a link that leads nowhere.", _MEND) from error
    except OSError as error:
        raise IndexDamagedError(
            f"{pointer} can't be read ({error.strerror or error}).", _MEND
        ) from error


def new_id(index: Path, content: str) -> str:
    """An id for the next generation: a number above all others and a hash of what is in it."""
    numbers = [int(match[1]) for match in map(_ID.match, generation_ids(index)) if match]
    digest = hashlib.sha256(content.encode()).hexdigest()[:8]
    return f"{max(numbers, default=0) + 1:06d}-{digest}"


def generation_ids(index: Path) -> list[str]:
    """The ids of all generations, oldest first."""
    folder = index / GENERATIONS
    return sorted(path.name for path in folder.glob("*") if _ID.match(path.name))


def hash_files(folder: Path) -> dict[str, FileEntry]:
    """Size and hash of each file of a generation."""
    entries: dict[str, FileEntry] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            entries[path.relative_to(folder).as_posix()] = FileEntry(path.stat().st_size, digest)
    return entries


def check(folder: Path, manifest: Manifest, *, whole: bool = False) -> None:
    """Raises :class:`IndexDamagedError` where a file is missing or not what the manifest says. Of a
    large generation only the sizes are looked at, unless ``whole``."""
    whole = whole or sum(entry.size for entry in manifest.files.values()) <= _CHECK_WHOLE
    for name, entry in manifest.files.items():
        path = folder / name
        try:
            wrong = path.stat().st_size != entry.size
            if not wrong and whole:
                with path.open("rb") as file:
                    wrong = hashlib.file_digest(file, "sha256").hexdigest() != entry.sha256
        except OSError:
            wrong = True
        if wrong:
            raise IndexDamagedError(f"{path} is missing or damaged.")


def switch(index: Path, ident: str) -> None:
    """Points ``index`` to a generation; readers see the old id or the new, nothing between."""
    partial = index / f"{POINTER}.new"
    with partial.open("w", encoding="utf-8") as file:
        file.write(f"{ident}\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(index / POINTER)
    sync_folder(index)


def prune(index: Path, keep: int) -> None:
    """Removes all generations but the newest ``keep`` and the one in use."""
    used = current_id(index)
    for ident in generation_ids(index)[:-keep]:
        if ident != used:
            remove(index, ident)


def remove(index: Path, ident: str) -> None:
    """Removes a generation. Only the holder of the lock may call it."""
    _remove(index / GENERATIONS / ident)


def is_tidy(index: Path, keep: int) -> bool:
    """Whether no build left anything behind that :func:`remove_unfinished` and :func:`prune`
    would remove."""
    left = _unfinished(index) or (index / HOLDER).exists()
    return not left and len(generation_ids(index)) <= keep


def remove_unfinished(index: Path) -> None:
    """Removes what builds that were killed, or that failed, left behind: folders that they began,
    generations that they did not come to point to, a pointer that was not put in its place. Only
    the holder of the lock may call it."""
    for stale in _unfinished(index):
        _remove(stale)


def _unfinished(index: Path) -> list[Path]:
    """What a build that broke off left; a generation newer than the one in use never was in use."""
    found = list((index / GENERATIONS).glob(f"{UNFINISHED}*"))
    idents = generation_ids(index)
    used = current_id(index)
    if used in idents:
        found += [index / GENERATIONS / ident for ident in idents[idents.index(used) + 1 :]]
    partial = index / f"{POINTER}.new"
    # os.path, as pathlib raises where the folder may not be entered
    return [*found, partial] if os.path.isfile(partial) else found  # noqa: PTH113


def _remove(path: Path) -> None:
    """Removes a file or a folder if that can be done. A generation loses its name first, so that
    nothing is taken for one that is half gone."""
    try:
        if not path.is_dir():
            path.unlink()
            return
        if not path.name.startswith(UNFINISHED):
            path = path.rename(path.with_name(f"{UNFINISHED}{path.name}"))
    except OSError:  # in use (Windows), or not ours: the next build tries again
        return
    shutil.rmtree(path, ignore_errors=True)
