"""A folder of model files that is made once, into the user's cache, and checked when it is opened.

It is written beside its place and renamed into it, under a lock, with the size and hash of each
file in a record; a folder that fails the check is made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from filelock import FileLock

from assistant.errors import ModelError
from assistant.index.durable import sync_tree


def is_whole(folder: Path, record: str) -> bool:
    """Whether every file of the folder has the size and the hash that were recorded."""
    try:
        files = json.loads((folder / record).read_text("utf-8"))["files"]
        return all(
            (folder / name).stat().st_size == entry["size"]
            and sha256(folder / name) == entry["sha256"]
            for name, entry in files.items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def sha256(path: Path) -> str:
    """The hash of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_record(folder: Path, record: str, facts: Mapping[str, str]) -> None:
    """Records what lies in ``folder``, with ``facts`` about where it comes from, and puts all of it
    on the disk."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    content = {
        **facts,
        "files": {
            path.relative_to(folder).as_posix(): {
                "size": path.stat().st_size,
                "sha256": sha256(path),
            }
            for path in files
        },
    }
    (folder / record).write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    sync_tree(folder)


def make_once(
    folder: Path, record: str, make: Callable[[Path], None], megabytes: int, done: str
) -> None:
    """Has ``make`` write the folder, unless another process has done so meanwhile. ``done`` is what
    an error says is done to the encoder.

    Raises :class:`ModelError` where there is no room or nothing can be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.parent / f"{folder.name}.lock"):
            if not is_whole(folder, record):
                _make(folder, make, megabytes)
    except OSError as error:
        raise ModelError(
            f"The encoder can't be {done} into {folder.parent} ({error.strerror or error}).",
            f"It needs {megabytes} MB in a folder that can be written; name one: "
            "ASSISTANT_CACHE_DIR=…",
        ) from error


def _make(folder: Path, make: Callable[[Path], None], megabytes: int) -> None:
    for stale in folder.parent.glob(f"{folder.name}.partial-*"):
        shutil.rmtree(stale, ignore_errors=True)
    room = shutil.disk_usage(folder.parent).free
    if room < megabytes * 1_000_000:
        raise ModelError(
            f"{folder.parent} has {room // 1_000_000} MB left; the encoder needs {megabytes} MB.",
            "Make room, or name another folder: ASSISTANT_CACHE_DIR=…",
        )
    partial = folder.parent / f"{folder.name}.partial-{os.getpid()}"
    partial.mkdir()
    try:
        make(partial)
        if folder.exists():  # damaged
            shutil.rmtree(folder)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
