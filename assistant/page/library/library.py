"""The library of a running page: what it holds, and the one door through which it is rebuilt.

The watch on the folder, each visitor who uploads, and whoever presses the button all want a build,
often at the same moment. Here they take turns: one build at a time, and those who come while one
is under way share the next, since theirs may concern what it had already passed.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from assistant.api import Assistant
from assistant.errors import AssistantError
from assistant.index import BuildReport, Snapshot
from assistant.page.library.overview import Holdings, Overview
from assistant.progress import Progress, ProgressCallback, silent
from assistant.settings import Settings

_log = logging.getLogger(__name__)
_EXCERPTS, _EXCERPT = 3, 90
"""How many pieces of what is left out are shown for each reason, and how much of each."""


@dataclass(slots=True)
class _Turn:
    """A build that is waited for: how it is to be made, who wants to hear of it, how it went."""

    full: bool = False
    listeners: list[ProgressCallback] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)
    report: BuildReport | None = None
    error: BaseException | None = None


class Library:
    """The documents folder and its index, as the page's visitors see and change them. It may be
    used from several threads."""

    def __init__(
        self, assistant: Assistant, settings: Settings, report: BuildReport | None = None
    ) -> None:
        """``report`` is that of the build which made the index that ``assistant`` answers from."""
        self._assistant = assistant
        self._settings = settings
        self._report = report
        self._error: AssistantError | None = None
        self._progress: Progress | None = None
        self._turns = threading.Lock()
        """Guards what is below."""
        self._next: _Turn | None = None
        self._building = threading.Lock()
        """Held by the build that is under way."""
        self._reading = threading.Lock()
        self._holdings: Holdings | None = None
        self._overview: Overview | None = None

    @property
    def folder(self) -> Path:
        """The documents folder."""
        return self._settings.documents

    @property
    def snapshot(self) -> Snapshot:
        """The generation that answers, open."""
        return self._assistant.snapshot

    @property
    def report(self) -> BuildReport | None:
        """That of the last build that was done; which files failed, and why, stands in it. ``None``
        where none is known."""
        return self._report

    @property
    def error(self) -> AssistantError | None:
        """What the last build broke off with; ``None`` where it was done. The index is then the
        one from before."""
        return self._error

    @property
    def progress(self) -> Progress | None:
        """How far the build is that is under way; ``None`` where none is."""
        return self._progress

    def rebuild(
        self, progress: ProgressCallback | None = None, *, full: bool = False
    ) -> BuildReport:
        """Brings the index up to the folder as it is when this is called; ``full`` encodes all of
        it anew. Where a build is under way it waits for that one, and shares the next with all who
        wait as well. Questions are answered meanwhile.

        Raises :class:`~assistant.errors.AssistantError`; the index in use is then the old one.
        """
        with self._turns:
            first = self._next is None
            turn = self._next = self._next or _Turn()
            turn.full = turn.full or full
            turn.listeners.append(progress or silent)
        if first:
            with self._building:
                with self._turns:
                    self._next = None  # who comes from here on may mean a later state of the folder
                self._build(turn)
        turn.done.wait()
        if turn.report is None:
            assert turn.error is not None
            raise turn.error
        return turn.report

    def _build(self, turn: _Turn) -> None:
        def listen(step: Progress) -> None:
            self._progress = step
            for listener in turn.listeners:
                try:
                    listener(step)
                except Exception:  # noqa: BLE001 - one's fault must not cost all their build
                    _log.exception("A listener failed")

        try:
            report = self._assistant.rebuild(self.folder, progress=listen, full=turn.full)
            turn.report = self._report = report
            self._error = None
        except AssistantError as error:
            turn.error = self._error = error
        except BaseException as error:
            turn.error = error
            self._error = AssistantError(f"Internal error: {type(error).__name__}.")
            raise
        finally:
            self._progress = None
            turn.done.set()

    def overview(self, today: date) -> Overview:
        """What the index holds, and how it stands on that day; read once for each generation.

        Raises :class:`~assistant.errors.IndexDamagedError`.
        """
        with self._reading:
            snapshot = self.snapshot
            if self._holdings is None or self._holdings.generation != snapshot.manifest.generation:
                self._holdings, self._overview = Holdings.of(snapshot), None
            if self._overview is None or self._overview.today != today:
                self._overview = self._holdings.on(today)
            return self._overview

    def holds(self, source: str) -> bool:
        """Whether the index holds documents of a file of that source."""
        return self.snapshot.store.has_file(source)

    def excerpts(self, source: str) -> dict[str, tuple[str, ...]]:
        """The beginnings of some pieces that are left out of a file, by reason."""
        return self.snapshot.store.excerpts(source, _EXCERPTS, _EXCERPT)
