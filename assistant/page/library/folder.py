"""The documents folder, changed by visitors of the page: new files, replaced ones, removed ones.

Nothing is lost and nothing leaves the folder: a file comes in whole or not at all, what it replaces
and what is removed is kept in ``.removed/`` with the time, and a link is never followed. Hidden
folders are not read, neither by a build nor by the watch.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assistant.index.durable import sync_folder
from assistant.page.library.names import alike, check_name, is_inside
from assistant.page.library.refusals import RefusedError
from assistant.reading import FORMATS, ending, find_files, is_document_name

INCOMING, REMOVED = ".incoming", ".removed"
_RESERVE = 64_000_000
"""Bytes that stay free on the disk: a build needs room, too."""
_STALE = 86_400.0
"""Seconds after which what an upload left behind is removed: a process that was killed."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
_TRIES = 100


@dataclass(frozen=True, slots=True)
class Target:
    """Where a file is to go: its source, its path, and whether a file is there already."""

    source: str
    path: Path
    exists: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What was done: ``status`` is ``added``, ``replaced``, ``unchanged`` or ``removed``, ``kept``
    where the former file is now, below the folder (``""`` where there was none)."""

    status: str
    source: str
    kept: str = ""


class Folder:
    """A documents folder. It may be used from several threads."""

    def __init__(self, path: Path, *, max_files: int) -> None:
        self._path = path
        self._max_files = max_files
        self._moving = threading.Lock()

    def target(self, name: str) -> Target:
        """Where an upload of that name would go: over the file whose source it is, or beside the
        others. Raises :class:`RefusedError`."""
        path = self._find(name)
        if path is not None:
            return Target(name, path, exists=True)
        source = check_name(name)
        key = alike(source)
        there = next((n for n in _listed(self._path) if alike(n) == key), None)
        if there is None:
            count = self.count()
            if count >= self._max_files:
                raise RefusedError("many", count=count, limit=self._max_files)
            return Target(source, self._path / source, exists=False)
        raise RefusedError("alike", name=there)

    def find(self, source: str) -> Path:
        """The file of that source. Raises :class:`RefusedError` where there is none, or where it
        leads out of the folder."""
        path = self._find(source)
        if path is None:
            raise RefusedError("not_there", name=source)
        try:
            inside = path.resolve(strict=True).is_relative_to(self._path.resolve())
        except (OSError, RuntimeError) as error:
            raise RefusedError("not_there", name=source) from error
        if not inside:
            raise RefusedError("outside", name=source)
        return path

    def count(self) -> int:
        """How many files the folder holds, whatever they are; hidden ones aside."""
        count = 0
        for _, folders, names in os.walk(self._path):
            folders[:] = [name for name in folders if not name.startswith(".")]
            count += sum(not name.startswith(".") for name in names)
        return count

    def check_space(self, size: int) -> None:
        """Raises :class:`RefusedError` where ``size`` bytes more would fill the disk."""
        with _writing():
            self._path.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(self._path).free < size + _RESERVE:
                raise RefusedError("space")

    @contextmanager
    def incoming(self) -> Iterator[Path]:
        """The path of a new file for an upload, on the file system of the folder; whatever is there
        in the end is removed. Raises :class:`RefusedError`."""
        with _writing():
            path = self._hidden(INCOMING) / uuid.uuid4().hex
        try:
            yield path
        finally:
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def place(self, incoming: Path, target: Target, *, replace: bool) -> Change:
        """Moves an upload to its target. A file with the same bytes stays as it is; another one is
        only replaced where that is wanted. Of two that come at once one is the first.

        Raises :class:`RefusedError`.
        """
        with self._moving, _writing():
            target = self.target(target.source)  # another may have come meanwhile
            if not target.exists:
                try:
                    _move_new(incoming, target.path)
                except FileExistsError as error:
                    raise RefusedError("exists", name=target.source) from error
                sync_folder(target.path.parent)
                return Change("added", target.source)
            if self.is_same(incoming, target):
                return Change("unchanged", target.source)
            if not replace:
                raise RefusedError("exists", name=target.source)
            kept = self._room(target.source)
            _duplicate(target.path, kept)
            incoming.replace(target.path)
            sync_folder(target.path.parent)
            return Change("replaced", target.source, self._shown(kept))

    def is_same(self, incoming: Path, target: Target) -> bool:
        """Whether an upload holds the bytes that the file holds already."""
        if not target.exists or target.path.is_symlink():
            return False
        with suppress(OSError):
            return incoming.stat().st_size == target.path.stat().st_size and _digest(
                incoming
            ) == _digest(target.path)
        return False

    def remove(self, source: str) -> Change:
        """Moves a file, and what is said of it in a file beside it (``NAME.toml``), out of what is
        read. Raises :class:`RefusedError`, also for the last file: a build needs one."""
        with self._moving, _writing():
            path = self._find(source)
            if path is None:
                raise RefusedError("not_there", name=source)
            others = (other for other, _ in self._files() if other != source)
            if _is_readable(source) and not any(map(_is_readable, others)):
                raise RefusedError("last", name=source)
            kept = self._room(source)
            beside = [path.with_name(f"{path.name}.toml")]
            if not any(_is_namesake(path, name) for name in _listed(path.parent)):
                beside.append(path.with_name(f"{path.stem}.toml"))
            path.rename(kept)
            for sidecar in beside:
                if os.path.lexists(sidecar):
                    sidecar.rename(kept.with_name(sidecar.name))
            sync_folder(path.parent)
            return Change("removed", source, self._shown(kept))

    def tidy(self) -> None:
        """Removes what uploads of a process that was killed left behind."""
        with suppress(OSError):
            for path in (self._path / INCOMING).iterdir():
                with suppress(OSError):
                    if time.time() - path.lstat().st_mtime > _STALE:
                        path.unlink()

    def _files(self) -> Iterator[tuple[str, Path]]:
        return find_files(self._path) if self._path.is_dir() else iter(())

    def _find(self, source: str) -> Path | None:
        """The path of a file that is there and meant as a document; no folder above it is a link
        or hidden."""
        if not is_inside(source):
            return None
        path = self._path
        for part in source.split("/"):
            if path != self._path and path.is_symlink():
                return None
            path /= part
        try:
            there = os.path.lexists(path)
        except ValueError:
            return None
        if there and _spelt(path) and is_document_name(path.name):
            return path if path.is_symlink() or path.is_file() else None
        if source.isascii():
            return None
        # a name whose bytes are no UTF-8 has another spelling on the disk than in its source
        return next((path for found, path in self._files() if found == source), None)

    def _hidden(self, name: str) -> Path:
        """A hidden folder below this one, made where it is missing."""
        folder = self._path / name
        folder.mkdir(parents=True, exist_ok=True)
        if folder.is_symlink():
            raise RefusedError("outside", name=name)
        return folder

    def _room(self, source: str) -> Path:
        """A path for a file that is kept, in a new folder that bears the time."""
        stamp = datetime.now().astimezone().strftime("%Y-%m-%dT%H-%M-%S")
        above = self._hidden(REMOVED)
        for number in range(_TRIES):
            folder = above / (f"{stamp}-{number}" if number else stamp)
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            kept = folder.joinpath(*source.split("/"))
            kept.parent.mkdir(parents=True, exist_ok=True)
            return kept
        raise OSError(errno.EEXIST, os.strerror(errno.EEXIST))

    def _shown(self, kept: Path) -> str:
        return kept.relative_to(self._path).as_posix()


@contextmanager
def _writing() -> Iterator[None]:
    """Turns what the system answers into a refusal that names no path."""
    try:
        yield
    except OSError as error:
        raise refusal_of(error) from error


def refusal_of(error: OSError) -> RefusedError:
    """What is said of a file that the system does not write."""
    if error.errno in _FULL:
        return RefusedError("space")
    return RefusedError("unwritable", reason=error.strerror or type(error).__name__)


def _listed(folder: Path) -> list[str]:
    with suppress(OSError):
        return os.listdir(folder)  # noqa: PTH208 - names alone, of ten thousand files
    return []


def _spelt(path: Path) -> bool:
    """Whether the file's name is spelt just so: some systems find ``A.txt`` under ``a.txt``."""
    return path.name in _listed(path.parent)


def _is_readable(source: str) -> bool:
    return ending(source) in FORMATS


def _is_namesake(path: Path, name: str) -> bool:
    """Whether a document of that name shares ``NAME.toml`` with the one at ``path``."""
    other = Path(name)
    return name != path.name and other.stem == path.stem and is_document_name(name)


def _move_new(incoming: Path, path: Path) -> None:
    """Moves a file to where none is. Raises :class:`FileExistsError`."""
    try:
        os.link(incoming, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        incoming.rename(path)
    else:
        incoming.unlink()


def _duplicate(path: Path, kept: Path) -> None:
    """Puts what is at ``path`` also at ``kept``, so that there is no moment without it."""
    if path.is_symlink():
        kept.symlink_to(path.readlink())
        return
    try:
        os.link(path, kept)
    except OSError:
        shutil.copy2(path, kept)


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
