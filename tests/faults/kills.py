"""Builds killed at any point, and the power cut there.

A point is whatever a build does to files: a file opened, renamed or removed, a folder made, an
``fsync``, a statement of SQLite; and each step that it reports. A dry run counts them; then one
build after the other is killed at one of them:

``kill``
    the process is gone (SIGKILL), what it wrote stays.
``torn``
    it is gone in the middle of the file that it wrote last.
``power``
    the machine is gone with it: what no ``fsync`` put on the disk is lost, contents and names.
``timed``
    it is gone after a random time, wherever it was, in the middle of a library's code, too.
``twice``
    it is gone, and the build after it as well.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

from assistant.errors import IndexMissingError
from assistant.index import generation
from assistant.progress import Progress
from tests.faults.aftermath import Tally, expect, next_build, older_are_whole, reader_answers
from tests.faults.world import PATIENCE, Answers, Case, World, drain, texts

STAGES = (
    "inventory", "old index", "parse", "store", "embed", "caches", "subjects", "sentences", "dense",
    "lexical", "manifest", "sync", "trial", "rename", "switch", "prune",
)  # fmt: skip
"""The stages of a build that writes, in their order."""

_EVENTS = {
    "open", "os.listdir", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.scandir",
    "shutil.rmtree",
}  # fmt: skip
_OF_PROGRESS = {
    ("read", 0): "inventory",
    ("parse", 0): "parse",
    ("embed", 0): "embed",
    ("write", 0): "subjects",
    ("write", 1): "lexical",
    ("write", 2): "manifest",
    ("write", 3): "switch",
}
_OF_NAME = {
    "sentences": "sentences",
    "dense.faiss": "dense",
    "subjects.npy": "subjects",
    "lexical": "lexical",
}
_CACHES = (generation.VECTORS, generation.TOKENS)
_SYNC = "#"
"""Begins the lines that are no points: what was put on the disk."""

_Line = list[Any]


class Recorder:
    """Lives in a child that builds: writes each point down ``pipe`` and dies at the one that is
    meant, counted from 1."""

    def __init__(self, root: Path, pipe: int, die_at: int = 0, *, torn: bool = False) -> None:
        self._root = root
        self._pipe = pipe
        self._die_at = die_at
        self._torn = torn
        self._stage = STAGES[0]
        self._count = 0
        self._written: Path | None = None
        """The file that was opened for writing last and was not put on the disk since."""
        self._opening: Path | None = None
        self._noting = False

    def install(self) -> None:
        """From here on every point counts. It can't be undone: the child has no other use."""
        connect, fsync = sqlite3.connect, os.fsync

        def connect_traced(database: Any, **named: Any) -> sqlite3.Connection:
            connection: sqlite3.Connection = connect(database, **named)
            if not named.get("uri"):  # those only read
                stage = "caches" if Path(database).name in _CACHES else "store"
                connection.set_trace_callback(lambda sql: self.point(sql.split()[0].lower(), stage))
            return connection

        def fsync_noted(handle: int) -> None:
            if self._stage == "manifest":
                self._stage = "sync"
            self.point("fsync", self._stage)
            fsync(handle)
            self._note_sync(handle)
            self.point("fsync done", self._stage)

        sqlite3.connect = connect_traced  # type: ignore[assignment]
        os.fsync = fsync_noted  # type: ignore[assignment]
        sys.addaudithook(self._heard)

    def step(self, progress: Progress) -> None:
        """The build's own progress."""
        self.point("step", self._stage)
        self._stage = _OF_PROGRESS.get((progress.stage, progress.done), self._stage)
        if progress.stage == "read" and progress.done == progress.total:
            self._stage = "old index"

    def point(self, what: str, stage: str) -> None:
        """Passes a point, or dies at it."""
        self._count += 1
        self._say([stage, what])
        if self._count == self._die_at:
            if self._torn and self._written:
                self._tear(self._written)
            os.kill(os.getpid(), signal.SIGKILL)

    def _tear(self, path: Path) -> None:
        """Leaves a file as it is when the process dies while writing it: with half of what it will
        hold, or, just opened, with nothing."""
        self._noting = True
        if path == self._opening:
            path.write_bytes(b"")
        elif path.is_file():
            os.truncate(path, path.stat().st_size // 2)

    def _say(self, line: _Line) -> None:
        os.write(self._pipe, json.dumps(line).encode() + b"\n")

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in _EVENTS or self._noting:
            return
        path = _path(event, arguments)
        if path is None or not path.is_relative_to(self._root):
            return
        mode = str(arguments[1]) if event == "open" else ""
        self._enter(event, path, mode)
        self._opening = path if set(mode) & set("wx") else None
        self._written = self._opening or self._written
        self.point(event.removeprefix("os."), self._stage)
        self._opening = None

    def _enter(self, event: str, path: Path, mode: str) -> None:
        """The finer stage that an event belongs to."""
        if event == "os.rename":
            begins = {".building": "rename", "current.n": "switch"}
            self._stage = begins.get(path.name[:9], "prune")
        elif self._stage == "switch" and event != "open":
            self._stage = "prune"
        elif self._stage == "sync" and mode in ("r", "rb"):
            self._stage = "trial"
        elif self._stage in _OF_NAME.values():
            names = {path.name, path.parent.name} & _OF_NAME.keys()
            self._stage = _OF_NAME[min(names)] if names else self._stage

    def _note_sync(self, handle: int) -> None:
        """What is on the disk now: a file as it is, or the names in a folder."""
        self._noting = True
        state, path = os.fstat(handle), Path(f"/proc/self/fd/{handle}").resolve()
        if path == self._written:
            self._written = None
        if path.is_dir():
            self._say([_SYNC, *([state.st_ino, p.name, p.lstat().st_ino] for p in path.iterdir())])
        else:
            self._say([_SYNC, [state.st_ino, state.st_size, state.st_mtime_ns]])
        self._noting = False


def _path(event: str, arguments: tuple[Any, ...]) -> Path | None:
    """The file that an event is about."""
    name = arguments[0]
    if not isinstance(name, str | bytes | os.PathLike):
        return None
    path = Path(os.fsdecode(name))
    place = {"os.mkdir": 2, "os.rename": 2, "os.remove": 1, "os.rmdir": 1}.get(event)
    if place is not None and arguments[place] >= 0:  # below a folder that is held open
        path = Path(f"/proc/self/fd/{arguments[place]}").resolve() / path
    return path


@dataclass(frozen=True, slots=True)
class Scenario:
    """A build that is killed: what it finds and how it is called."""

    name: str
    index: bool
    """Whether there is an index already."""
    full: bool = False

    def case(self, world: World) -> Case:
        return world.case(texts(1), index=self.index)

    def old(self, world: World) -> Answers | None:
        return world.fresh(texts(0)) if self.index else None


SCENARIOS = (
    Scenario("first", index=False),
    Scenario("change", index=True),
    Scenario("full", index=True, full=True),
)


def run_killed(
    case: Case, *, full: bool, die_at: int = 0, torn: bool = False, after: float = PATIENCE
) -> tuple[list[_Line], list[_Line], bool]:
    """A build in a child: its points, what it put on the disk, and whether it was killed."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reading)
            recorder = Recorder(case.folder, writing, die_at, torn=torn)
            recorder.install()
            case.build(full=full, progress=recorder.step)
            recorder.point("end", "prune")
        finally:
            os._exit(0)
    os.close(writing)
    data, _ = drain(reading, pid, after)
    _, status = os.waitpid(pid, 0)
    lines = [json.loads(line) for line in data.splitlines(keepends=True) if line.endswith(b"\n")]
    synced = [entry for line in lines if line[0] == _SYNC for entry in line[1:]]
    points = [line for line in lines if line[0] != _SYNC]
    return points, synced, os.WIFSIGNALED(status)


def cut_power(case: Case, before: Sequence[_Line], synced: Sequence[_Line]) -> None:
    """Takes away what no ``fsync`` put on the disk. SQLite sees to the vector cache itself, and
    names in the index's own folder come in the order in which they were made."""
    kept = {tuple(entry) for entry in (*before, *synced)}
    folders = sorted((case.index / "generations").rglob("*"), key=lambda p: -len(p.parts))
    for path in (*folders, *case.index.glob("current*")):
        state = path.lstat()
        named = (path.parent.stat().st_ino, path.name, state.st_ino) in kept
        if path.parent != case.index and not named:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        elif path.is_file() and (state.st_ino, state.st_size, state.st_mtime_ns) not in kept:
            os.truncate(path, 0)


def on_disk(case: Case) -> list[_Line]:
    """All that is on the disk before a build: files as they are, and names."""
    entries: list[_Line] = []
    for path in case.index.rglob("*"):
        state = path.lstat()
        entries.append([state.st_ino, state.st_size, state.st_mtime_ns])
        entries.append([path.parent.stat().st_ino, path.name, state.st_ino])
    return entries


def check_killed(case: Case, old: Answers | None, new: Answers) -> None:
    """An index that is opened after a kill is the old one or the new one, as a whole."""
    if old is None and generation.current_id(case.index) is None:
        try:
            case.open()
        except IndexMissingError:
            return
    expect(case.answers() in (old, new), "what is opened answers neither as before nor as after")


class Kills:
    """Kills builds of a world."""

    def __init__(self, world: World, tally: Tally) -> None:
        self._world = world
        self._tally = tally
        self._new = world.fresh(texts(1))
        self._seconds: dict[str, float] = {}

    def points(self, scenario: Scenario) -> list[str]:
        """The stage of each point of a build that nothing happens to."""
        case = scenario.case(self._world)
        began = time.perf_counter()
        lines, _, killed = run_killed(case, full=scenario.full)
        self._seconds[scenario.name] = time.perf_counter() - began
        with self._tally.case("dry run", scenario.name):
            expect(not killed and lines[-1] == ["prune", "end"], f"ended at {lines[-1]}")
            expect(case.answers() == self._new, "other answers than those of a build from nothing")
        self._world.remove(case)
        return [stage for stage, _ in lines]

    def at(self, kind: str, scenario: Scenario, number: int) -> None:
        """Kills a build at a point (``kill``, ``torn``, ``power``)."""

        def kill(case: Case) -> str:
            before = on_disk(case) if case.index.exists() else []
            points, synced, killed = run_killed(
                case, full=scenario.full, die_at=number, torn=kind == "torn"
            )
            expect(killed, "the build was not killed")
            if kind == "power":
                cut_power(case, before, synced)
            return str(points[-1][0])

        self._one(kind, scenario, number, kill)

    def at_random(self, scenario: Scenario, random: Random) -> None:
        """Kills a build after a random time."""
        after = random.uniform(0, self._seconds[scenario.name])

        def kill(case: Case) -> str:
            points, _, _ = run_killed(case, full=scenario.full, after=after)
            return str(points[-1][0]) if points else STAGES[0]

        self._one("timed", scenario, f"{after:.4f} s", kill)

    def twice(self, scenario: Scenario, first: int, second: int) -> None:
        """Kills a build at a point, and the next one at another."""

        def kill(case: Case) -> str:
            run_killed(case, full=scenario.full, die_at=first)
            points, _, _ = run_killed(case, full=scenario.full, die_at=second)
            return str(points[-1][0])

        self._one("twice", scenario, (first, second), kill)

    def _one(
        self, kind: str, scenario: Scenario, detail: object, kill: Callable[[Case], str]
    ) -> None:
        case, old = scenario.case(self._world), scenario.old(self._world)
        reader = case.open() if scenario.index else None
        stage = "?"
        try:
            stage = kill(case)
        except AssertionError as error:
            with self._tally.case(kind, stage, detail):
                raise AssertionError(error) from None
        with self._tally.case(kind, stage, f"{scenario.name} {detail}"):
            if old is not None:
                reader_answers(reader, old)
            check_killed(case, old, self._new)
            next_build(case, self._new, reader)
            older_are_whole(case)
        self._world.remove(case)


def spread(stages: Sequence[str], each: int) -> list[int]:
    """At most ``each`` points of every stage, evenly, counted from 1."""
    chosen: list[int] = []
    numbered = sorted(enumerate(stages, 1), key=lambda one: (STAGES.index(one[1]), one[0]))
    for _, group in groupby(numbered, key=lambda one: one[1]):
        some = [number for number, _ in group]
        count = min(each, len(some))
        chosen += [some[i * len(some) // count] for i in range(count)]
    return sorted(chosen)
