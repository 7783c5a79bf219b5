"""The documents folder as it is now, and how it stands to what a generation was made from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assistant.errors import NoDocumentsError, ReadingError
from assistant.index.manifest import Manifest
from assistant.progress import Progress, ProgressCallback, silent
from assistant.reading import FORMATS, check_format, find_files, read_bytes, sidecar_of

_UNREADABLE = "unreadable"


@dataclass(slots=True)
class Inventory:
    """The files of a documents folder: paths and SHA-256 of those that can be read (sidecars
    included), and why the others can't, all by source. No bytes are kept, so that a folder of any
    size can be looked through. A build adds to ``failed`` what turns out to hold no policy."""

    paths: dict[str, Path] = field(default_factory=dict)
    beside: dict[str, Path] = field(default_factory=dict)
    """The sidecars (``NAME.toml``), by the source of the file that they stand beside."""
    hashes: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def read(self, source: str) -> tuple[bytes, bytes | None]:
        """The bytes of a file and of its sidecar, and notes their hash anew: it may have been saved
        since. Raises :class:`ReadingError` where it can't be read any more."""
        data = read_bytes(self.paths[source], source)
        beside = self.sidecar(source)
        self.hashes[source] = _hash(data, beside)
        return data, beside

    def sidecar(self, source: str) -> bytes | None:
        """The bytes of a file's sidecar; ``None`` where it has none."""
        path = self.beside.get(source)
        return None if path is None else read_bytes(path, _sidecar_name(source, path))


def take_inventory(documents: Path, progress: ProgressCallback = silent) -> Inventory:
    """The files of ``documents``. Raises :class:`NoDocumentsError` where there are none."""
    inventory = Inventory()
    files = list(find_files(documents))
    for done, (source, path) in enumerate(files):
        progress(Progress("read", done, max(1, len(files))))
        try:
            _check_inside(documents, path, source)
            check_format(path, source)
            inventory.paths[source] = path
            if beside := sidecar_of(path):
                _check_inside(documents, beside, _sidecar_name(source, beside))
                inventory.beside[source] = beside
            inventory.read(source)
        except ReadingError as error:
            inventory.failed[source] = str(error)
            inventory.paths.pop(source, None)
            inventory.beside.pop(source, None)
    if not files:
        raise NoDocumentsError(
            f"The folder {documents} holds no documents.",
            f"Put policy files ({', '.join(FORMATS)}) into it and run: assistant build",
        )
    progress(Progress("read", len(files), len(files)))
    return inventory


def _sidecar_name(source: str, sidecar: Path) -> str:
    return f"{source.rpartition('/')[0]}/{sidecar.name}".lstrip("/")


def _hash(data: bytes, beside: bytes | None) -> str:
    """The SHA-256 of a file and its sidecar."""
    digest = hashlib.sha256(data)
    if beside is not None:
        digest.update(b"\0beside\0" + beside)
    return digest.hexdigest()


def changed_files(inventory: Inventory, files: Mapping[str, str], manifest: Manifest) -> list[str]:
    """The sources that are not as they were when a generation with that ``manifest`` and those
    ``files`` (source → hash) was made, sorted."""
    failed = dict.fromkeys(manifest.failed, _UNREADABLE)
    before = {**failed, **manifest.failed_hashes, **files}
    now = {**dict.fromkeys(inventory.failed, _UNREADABLE), **inventory.hashes}
    return sorted(s for s in before.keys() | now.keys() if before.get(s) != now.get(s))


def _check_inside(documents: Path, path: Path, source: str) -> None:
    """Raises :class:`ReadingError` for a link that leads out of the documents folder."""
    if not os.path.islink(path):  # noqa: PTH114 - pathlib raises where its folder can't be entered
        return
    try:
        inside = path.resolve(strict=True).is_relative_to(documents.resolve())
    except (OSError, RuntimeError) as error:  # RuntimeError: a link to itself, before Python 3.13
        raise ReadingError(f"{source}: the link leads nowhere.", "Mend or remove it.") from error
    if not inside:
        raise ReadingError(
            f"{source}: the link leads out of the documents folder.", "Copy the file into it."
        )
