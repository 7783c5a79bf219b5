"""What happens to files and disks: no room, no right to read, flipped bytes, files that are gone,
other builds at the same time."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from assistant.errors import AssistantError
from assistant.index import generation
from tests.faults.aftermath import Tally, expect, next_build, reader_answers
from tests.faults.world import NOBODY, Case, Outcome, World, in_child, texts

_PAGE = 4096
_CACHES, _LOCK = (generation.VECTORS, generation.TOKENS), "build.lock"


class Harms:
    """Harms the cases of a world."""

    def __init__(self, world: World, tally: Tally) -> None:
        self._world = world
        self._tally = tally
        self._old = world.fresh(texts(0))
        self._new = world.fresh(texts(1))

    @contextmanager
    def _changed(self, kind: str, place: str, detail: object = "") -> Iterator[Case]:
        """A case with an index whose documents have changed since."""
        case = self._world.case(texts(1), index=True)
        with self._tally.case(kind, place, detail):
            yield case
        self._world.remove(case)

    def _failed(self, case: Case, outcome: Outcome) -> bool:
        """Whether a build failed. It may, with an error of its own, and then it clears up behind
        itself and the old index answers."""
        if outcome.kind == "done":
            expect(case.answers() == self._new, "the build answers otherwise than it should")
            return False
        expect(outcome.expected, f"the build's error is none of its own: {outcome.in_words}")
        expect(case.answers() == self._old, "the old index answers otherwise than before")
        left = [path.name for path in (case.index / "generations").glob(".*")]
        expect(not left, f"a failed build leaves {left}")
        return True

    # no room

    def small_files(self, sizes: Iterable[int]) -> None:
        """No file may grow beyond a size (RLIMIT_FSIZE)."""
        for size in sizes:
            with self._changed("no room", "RLIMIT_FSIZE", size) as case:
                reader = case.open()

                def limited(case: Case = case, size: int = size) -> None:
                    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
                    case.build()

                self._failed(case, in_child(limited))
                reader_answers(reader, self._old)
                next_build(case, self._new, reader)

    def small_disk(self, pages: Iterable[int], *, inodes: bool = False) -> None:
        """The index lies on a disk of its own (tmpfs) with room for so many pages more, or for so
        many files more."""
        place = "tmpfs, files" if inodes else "tmpfs, bytes"
        for free in pages:
            case = self._world.case(texts(1), index=True)
            kept = case.index.rename(case.folder / "kept")
            case.index.mkdir()
            if not _mounted("-t", "tmpfs", "-o", "size=16m", "tmpfs", str(case.index)):
                self._tally.not_run.append(f"no room, {place}: a tmpfs can't be mounted here")
                self._world.remove(case)
                return
            try:
                shutil.copytree(kept, case.index, dirs_exist_ok=True)
                with self._tally.case("no room", place, free):
                    self._on_disk(case, free, inodes=inodes)
            finally:
                subprocess.run(["umount", "--lazy", str(case.index)], check=True)
            self._world.remove(case)

    def _on_disk(self, case: Case, free: int, *, inodes: bool) -> None:
        reader = case.open()
        state = os.statvfs(case.index)
        used = state.f_files - state.f_ffree if inodes else state.f_blocks - state.f_bfree
        limit = f"nr_inodes={used + free}" if inodes else f"size={(used + free) * _PAGE}"
        expect(_mounted("-o", f"remount,{limit}", str(case.index)), "the disk can't be cut")
        self._failed(case, in_child(case.build))
        reader_answers(reader, self._old)
        _mounted("-o", "remount,size=16m,nr_inodes=10000", str(case.index))
        next_build(case, self._new, reader)

    # no right to read, or something else in a file's place

    def unreadable_documents(self) -> None:
        """Documents that can't be read are named in the report, the others built; when they can be
        read again, they are."""
        names = [*texts(1), "南方", ""]
        modes = [(name, 0o000) for name in names] + [("南方", 0o444), ("", 0o444)]
        for name, mode in modes:
            place = "document" if Path(name).suffix else "documents folder"
            with self._changed("unreadable", place, f"{name} {mode:o}") as case:
                self._as_nobody(case)
                reader = case.open()
                (case.documents / name).chmod(mode)
                outcome = in_child(case.build, as_nobody=True)
                if outcome.kind == "done":
                    report = outcome.value
                    expect(
                        name and any(s.startswith(name) for s in report.files_failed),
                        f"{name} is not named in the report",
                    )
                    left = {s: t for s, t in texts(1).items() if not s.startswith(name)}
                    expect(case.answers() == self._world.fresh(left), "other answers than without")
                    expect(len(report.files_failed) == len(texts(1)) - len(left), "more failed")
                else:
                    expect(outcome.expected, f"an error of its own: {outcome.in_words}")
                    expect(case.answers() == self._old, "the old index answers otherwise")
                reader_answers(reader, self._old)
                (case.documents / name).chmod(0o755)
                next_build(case, self._new, reader)

    def unreadable_index(self) -> None:
        """Files of the index that can't be read: opening names them, a build succeeds or says what
        is in its way; once they can be read again, it succeeds."""
        template = self._world.case({}, index=True)
        files = _files(template)
        self._world.remove(template)
        for name in [*files, "generations/ID", "generations", ""]:
            folder = name in ("generations/ID", "generations", "")
            for mode in (0o000, 0o444) if folder else (0o000,):
                with self._changed("unreadable", _place(name), f"{name} {mode:o}") as case:
                    self._as_nobody(case)
                    path = case.index / name.replace("ID", case.used.name)
                    reader = case.open()
                    path.chmod(mode)
                    self._opened_as_nobody(case, name)
                    built = in_child(case.build, as_nobody=True)
                    expect(built.kind == "done" or built.expected, built.in_words)
                    reader_answers(reader, self._old)
                    if path.exists():
                        path.chmod(0o755)
                    next_build(case, self._new, reader)

    def _opened_as_nobody(self, case: Case, name: str) -> None:
        outcome = in_child(case.answers, as_nobody=True)
        if name in (*_CACHES, _LOCK):
            expect(outcome.value == self._old, f"opening: {outcome.in_words}")
        else:
            expect(outcome.error == "IndexDamagedError", f"opening: {outcome.in_words}")
            named = name.replace("ID", case.used.name)
            expect(named in outcome.message, f"{name} is not named: {outcome.message}")

    def _as_nobody(self, case: Case) -> None:
        """Hands a case to a user whom permissions bind."""
        if os.geteuid() == 0:
            for path in (case.folder, *case.folder.rglob("*")):
                os.chown(path, NOBODY, NOBODY)

    def replaced(self) -> None:
        """A folder, or a link that leads nowhere, stands where a file should."""
        template = self._world.case({}, index=True)
        files = _files(template)
        self._world.remove(template)
        for name in files:
            for what in ("folder", "link"):
                with self._changed("replaced", _place(name), f"{name} {what}") as case:
                    reader = case.open()
                    path = case.index / name.replace("ID", case.used.name)
                    path.unlink(missing_ok=True)
                    path.mkdir() if what == "folder" else path.symlink_to("missing/file")
                    self._opened(case, name)
                    built = in_child(case.build)
                    expect(built.kind == "done" or built.expected, built.in_words)
                    reader_answers(reader, self._old)
                    if built.kind == "error":
                        expect(str(case.index) in built.message, built.message)
                        path.rmdir() if what == "folder" else path.unlink()
                    next_build(case, self._new, reader)

    def _opened(self, case: Case, name: str, *, gone: bool = False) -> None:
        """Opening an index with a file that is harmed names the file, where it needs it."""
        outcome = in_child(case.answers)
        if name in (*_CACHES, _LOCK):
            expect(outcome.value == self._old, f"opening: {outcome.in_words}")
        elif gone and name == "current":
            expect(outcome.error == "IndexMissingError", f"opening: {outcome.in_words}")
        else:
            errors = ("IndexDamagedError", "IndexFormatError")
            expect(outcome.error in errors, f"opening: {outcome.in_words}")
            expect(Path(name).name in outcome.message, f"{name} is not named: {outcome.message}")

    # bytes

    def flipped(self, each: int, random: Random, *, cut: bool = False) -> None:
        """A byte of a file is another, at ``each`` places of every file; or its end is gone."""
        kind = "cut" if cut else "flipped byte"
        template = self._world.case({}, index=True)
        sizes = {
            name: (template.index / name.replace("ID", template.used.name)).stat().st_size
            for name in _files(template)
        }
        self._world.remove(template)
        for name, size in sizes.items():
            places = random.sample(range(size), min(each, size))
            for place in places:
                with self._changed(kind, _place(name), f"{name} {place}") as case:
                    path = case.index / name.replace("ID", case.used.name)
                    data = bytearray(path.read_bytes())
                    if cut:
                        del data[place:]
                    else:
                        data[place] ^= random.choice((1, 2, 4, 8, 16, 32, 64, 128, 255))
                    path.write_bytes(data)
                    self._harmed(case, name)
                    next_build(case, self._new)

    def flipped_cache(self, count: int, random: Random) -> None:
        """A byte of SQLite's own structures in a cache is another."""
        template = self._world.case({}, index=True)
        sizes = {name: (template.index / name).stat().st_size for name in _CACHES}
        self._world.remove(template)
        for name, size in sizes.items():
            structures = [*range(100), *(p + n for p in range(0, size, _PAGE) for n in range(12))]
            # 18 and 19: who may write and read the file
            some = random.sample(structures, min(count // len(sizes), len(structures)))
            for place in (18, 19, *some):
                with self._changed("flipped byte", f"{name}, structure", place) as case:
                    data = bytearray((case.index / name).read_bytes())
                    data[place] ^= random.choice((1, 2, 255))
                    (case.index / name).write_bytes(data)
                    next_build(case, self._new)

    def _harmed(self, case: Case, name: str) -> None:
        """The file is named, but for white space in the pointer."""
        if name == "current" and generation.current_id(case.index) in (None, *case.served):
            return
        self._opened(case, name)

    # files that are gone

    def gone(self) -> None:
        """Files of a generation are removed while an assistant has it open and has not asked yet."""
        template = self._world.case({}, index=True)
        names = [*_files(template), "generations/ID", "generations"]
        self._world.remove(template)
        for name in names:
            with self._changed("gone", _place(name), name) as case:
                reader = case.open()
                path = case.index / name.replace("ID", case.used.name)
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
                reader_answers(reader, self._old)
                if path.suffix:
                    self._opened(case, name)
                next_build(case, self._new, reader)

    # builds at the same time

    def at_once(self, builds: int) -> None:
        """Several builds at once: each succeeds, or says that another is under way."""
        for keep in (1, 2):
            case = self._world.case(texts(1), index=True, keep=keep)
            with self._tally.case("at once", f"{builds} builds", f"keeping {keep}"):
                children = [_Child(case.build) for _ in range(builds)]
                while any(child.alive() for child in children):
                    expect(case.answers() in (self._old, self._new), "a mixture answers")
                for child in children:
                    expect(child.status == 0, f"a build ended with {child.status}")
                next_build(case, self._new)
            self._world.remove(case)

    def opened_while_built(self, builds: int, keep: int) -> None:
        """An index that is opened again and again while builds replace it always opens, whole."""
        versions = [texts(n) for n in range(1, builds + 1)]
        known = {self._old, *(self._world.fresh(files) for files in versions)}
        case = self._world.case(texts(0), index=True, keep=keep)

        def build_all() -> None:
            for files in versions:
                for name, text in files.items():
                    (case.documents / name).write_text(text, "utf-8")
                (case.documents / "chengdu.txt").unlink(missing_ok=True)
                case.build()

        with self._tally.case("at once", "opened while built", f"keeping {keep}"):
            child = _Child(build_all)
            while child.alive():
                expect(case.answers() in known, "a mixture answers")
            expect(child.status == 0, f"a build ended with {child.status}")
            expect(case.answers() == self._world.fresh(versions[-1]), "not the last one answers")
        self._world.remove(case)


class _Child:
    """Work that goes on beside the test's own."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.status: int | None = None
        self._pid = os.fork()
        if self._pid == 0:
            status = 1
            try:
                work()
                status = 0
            except AssistantError as error:
                status = 0 if type(error).__name__ == "IndexBusyError" else 2
            finally:
                os._exit(status)

    def alive(self) -> bool:
        if self.status is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            self.status = status if pid else None
        return self.status is None


def _mounted(*arguments: str) -> bool:
    try:
        return (
            subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode == 0
        )
    except OSError:
        return False


def _files(case: Case) -> list[str]:
    """The files of an index below its folder, ``ID`` for the generation in use."""
    used = case.used
    inside = sorted(f"generations/ID/{p.relative_to(used)}" for p in used.rglob("*") if p.is_file())
    return ["current", *_CACHES, _LOCK, *inside]


def _place(name: str) -> str:
    """Where a fault is counted."""
    return name.removeprefix("generations/ID/").split("/")[0] or "index"
