"""One at a time writes an index: a lock that dies with its holder, and a note of who that is."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from assistant.errors import IndexBusyError, IndexStateError

WAIT = 10.0
"""Seconds that a second build waits for the first."""

HOLDER = "build.json"
"""The note of who holds the lock; a killed build leaves its own."""
_LOCK = "build.lock"


@contextmanager
def locked(index: Path, wait: float | None = None) -> Iterator[None]:
    """Holds the lock of ``index``, for which it waits ``wait`` seconds (:data:`WAIT` where not
    given). A lock of a process that died is free at once.

    Raises :class:`IndexBusyError`, which says who holds it.
    """
    lock = FileLock(index / _LOCK)
    try:
        lock.acquire(timeout=WAIT if wait is None else wait)
    except Timeout as error:
        raise IndexBusyError(
            f"Another build of {index} is under way{_holder(index)}.",
            "Wait until it is done, then run it again.",
        ) from error
    note = index / HOLDER
    try:
        with suppress(OSError):  # it only serves the message above
            since = datetime.now().astimezone().isoformat(timespec="seconds")
            values = {"process": os.getpid(), "host": socket.gethostname(), "since": since}
            note.write_text(json.dumps(values) + "\n", "utf-8")
        yield
    finally:
        with suppress(OSError):
            note.unlink(missing_ok=True)
        lock.release()


@contextmanager
def writing(index: Path) -> Iterator[None]:
    """Turns what goes wrong while ``index`` is written into one error."""
    try:
        index.mkdir(parents=True, exist_ok=True)
        yield
    except (OSError, sqlite3.DatabaseError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise IndexStateError(
            f"The index in {index} can't be written ({reason}).",
            "The one in use is untouched. Make room or mend the permissions, then: assistant build",
        ) from error


def _holder(index: Path) -> str:
    """Who holds the lock, as far as is known."""
    try:
        values = json.loads((index / HOLDER).read_text("utf-8"))
        process, host, since = int(values["process"]), str(values["host"]), str(values["since"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return f" (process {process} on {host}, since {since})"
