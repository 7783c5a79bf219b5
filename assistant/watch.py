"""Keeps an index up to its documents: a saved, added, moved or deleted file is soon in the answers.

The system says when something changes (``watchfiles``); what it does not tell, as on some network
drives, is found by looking at names, sizes and times now and then. Either way the build itself
decides by content whether there is anything to do.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

from assistant.errors import AssistantError, IndexStateError
from assistant.index import BuildReport
from assistant.reading import is_document_name

QUIET = 0.6
"""Seconds without a change after which a file counts as saved, not half written."""
LONGEST_WAIT = 20.0
"""Seconds after which a build begins although something is still being written."""
LOOK_EVERY = 30.0
"""Seconds between two looks at the folder where the system reports nothing."""
LOOK_WITHOUT = 2.0
"""The same where it can't report at all: no more watches are to be had, or no folder is there."""
_AGAIN = 10.0
"""Seconds until an index that could not be written is tried again."""

_PARTING = 2.0
"""Seconds that the end waits for a build that is under way; it may break off, nothing is lost."""

_log = logging.getLogger(__name__)

Outcome = BuildReport | AssistantError


class Watcher:
    """Calls ``build`` whenever the files below ``documents`` change, in a thread of its own.

    ``told`` gets each report and each error, the latter once as long as it stays the same; an
    error ends nothing. The first build happens at once. Used as a context: it ends with it.
    """

    def __init__(
        self,
        documents: Path,
        build: Callable[[], BuildReport],
        told: Callable[[Outcome], None],
    ) -> None:
        self._documents = documents
        self._build = build
        self._told = told
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.run, name="watch", daemon=True)
        self._last_error = ""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._thread.join(timeout=_PARTING)

    def stop(self) -> None:
        """Ends it; a build that is under way is finished."""
        self._stop.set()

    def run(self) -> None:
        """Watches until :meth:`stop` is called."""
        seen: _Look | None = None
        while not self._stop.is_set():
            changes = self._changes()
            next(changes)  # what changes from here on is reported
            while not self._stop.is_set():
                now = self._settled()
                done = now == seen or self._built()
                seen = now if done else None
                if not self._changed(changes, LOOK_EVERY if done else _AGAIN):
                    break

    def _tell(self, error: AssistantError) -> None:
        """Says what went wrong, once as long as it stays the same."""
        if str(error) != self._last_error:
            self._last_error = str(error)
            self._told(error)

    def _changed(self, changes: Iterator[bool | None], seconds: float) -> bool:
        """Waits for a change, at most ``seconds``; ``False`` where the watch itself has ended."""
        until = time.monotonic() + seconds
        for change in changes:
            if change is None:
                self._stop.wait(max(0.0, min(until - time.monotonic(), LOOK_WITHOUT)))
                return False
            if change or time.monotonic() > until:
                return True
        return False

    def _changes(self) -> Iterator[bool | None]:
        """Whether something changed, over and over; the first says nothing, but after it nothing is
        missed. ``None`` where the folder can't be watched (any more), after a wait."""
        from watchfiles import watch  # noqa: PLC0415 - only who watches needs it

        watched = _identity(self._documents)
        try:
            for changes in watch(
                self._documents,
                watch_filter=lambda _, path: self._counts(Path(path)),
                debounce=50,
                step=50,
                stop_event=self._stop,
                rust_timeout=int(QUIET * 1000),
                yield_on_timeout=True,
            ):
                yield bool(changes)
                if _identity(self._documents) != watched:
                    break  # it is gone, or another folder has taken its place
        except (OSError, RuntimeError) as error:
            if self._documents.is_dir():  # none to be had: it is looked at now and then instead
                _log.info("%s can't be watched: %s", self._documents, error)
        yield False
        while not self._stop.wait(QUIET):
            yield None

    def _built(self) -> bool:
        """Builds; whether it could be done."""
        try:
            report = self._build()
        except AssistantError as error:
            self._tell(error)
            return not isinstance(error, IndexStateError)
        except Exception as error:  # noqa: BLE001 - the watch must outlive whatever one build meets
            _log.debug("A build failed", exc_info=True)
            said = f"Internal error: {type(error).__name__}: {error}."
            self._tell(AssistantError(said, "See where it arose: assistant build --debug"))
            return False
        self._last_error = ""
        self._told(report)
        return True

    def _counts(self, path: Path) -> bool:
        """Whether a change of ``path`` can matter: no file of an editor, nothing hidden."""
        for root in (self._documents, self._documents.absolute(), self._documents.resolve()):
            if path.is_relative_to(root):
                *above, name = path.relative_to(root).parts or ("",)
                hidden = any(part.startswith(".") for part in above)
                return not hidden and (not name or _matters(name))
        return True

    def _settled(self) -> _Look:
        """How the folder looks once nothing changed for :data:`QUIET` seconds."""
        before = self._look()
        waited = 0.0
        while waited < LONGEST_WAIT and not self._stop.wait(QUIET):
            waited += QUIET
            now = self._look()
            if now == before:
                return now
            before = now
        return before

    def _look(self) -> _Look:
        """Names, sizes and times of the files that count."""
        found: dict[str, tuple[int, int]] = {}
        # what vanishes meanwhile is no error
        for parent, folders, names in os.walk(self._documents):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for path in (Path(parent, name) for name in names if _matters(name)):
                with suppress(OSError):
                    stat = path.stat()
                    found[str(path)] = (stat.st_size, stat.st_mtime_ns)
        return found


_Look = dict[str, tuple[int, int]]


def _matters(name: str) -> bool:
    """Whether a file of that name is a document or the sidecar of one."""
    return not name.startswith(".") and (name.endswith(".toml") or is_document_name(name))


def _identity(folder: Path) -> tuple[int, int] | None:
    """Tells a folder from another of the same name; ``None`` where there is none."""
    try:
        stat = folder.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino
