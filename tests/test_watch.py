"""Watching: what is saved, added, moved or deleted is in the answers soon; what is half written is
waited for."""

from __future__ import annotations

import queue
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant import Assistant, BuildReport, Settings
from assistant import watch as watch_module
from assistant.errors import IndexBusyError, NoDocumentsError
from assistant.index import Tokenizer
from assistant.watch import Outcome, Watcher
from tests.conftest import CHENGDU, HANGZHOU, Build, FakeEncoder

_PATIENCE = 60  # seconds; a busy machine may be slow, but what is waited for comes


class Watched:
    """A library under watch, and an assistant that follows it."""

    def __init__(self, opened: Assistant, outcomes: queue.Queue[Outcome]) -> None:
        self.opened = opened
        self.outcomes = outcomes

    def sources(self) -> set[str]:
        self.opened.retrieve("支持")
        return {document.source for document in self.opened.documents}

    def places(self) -> set[str]:
        self.opened.retrieve("支持")
        return {document.region for document in self.opened.documents}

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def says(self, word: str) -> bool:
        return any(word in hit.clause.text for hit in self.opened.retrieve("独立站园区支持"))


@pytest.fixture(autouse=True)
def quiet(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The watch is in more of a hurry than it is for people, but where a test gives the seconds."""
    monkeypatch.setattr(watch_module, "QUIET", getattr(request, "param", 0.15))
    monkeypatch.setattr(watch_module, "LOOK_WITHOUT", 0.3)
    monkeypatch.setattr(watch_module, "_AGAIN", 0.1)


@pytest.fixture
def watched(
    library: Path, build: Build, settings: Settings, tokenizer: Tokenizer, encoder: FakeEncoder
) -> Iterator[Watched]:
    """The settings' library, watched."""
    build()
    opened = Assistant.with_parts(settings.index, settings, encoder, tokenizer, following=True)
    outcomes: queue.Queue[Outcome] = queue.Queue()
    with Watcher(library, build, outcomes.put):
        first = outcomes.get(timeout=_PATIENCE)
        assert isinstance(first, BuildReport)
        yield Watched(opened, outcomes)


def test_saved_added_moved_deleted(library: Path, watched: Watched) -> None:
    """Each kind of change is in the answers without anything being called."""
    (library / "hangzhou.txt").write_text(HANGZHOU.replace("200", "777"), "utf-8")
    watched.until(lambda: watched.says("777万元"))
    (library / "deep" / "er").mkdir(parents=True)
    (library / "deep" / "er" / "new.txt").write_text(CHENGDU.replace("成都", "深圳"), "utf-8")
    watched.until(lambda: "deep/er/new.txt" in watched.sources())
    (library / "chengdu.txt").rename(library / "moved.txt")
    watched.until(
        lambda: {"moved.txt"} <= watched.sources() and "chengdu.txt" not in watched.sources()
    )
    shutil.rmtree(library / "deep")
    watched.until(lambda: watched.sources() == {"hangzhou.txt", "moved.txt"})


@pytest.mark.parametrize("quiet", [watch_module.QUIET], indirect=True)
def test_what_is_half_written_is_waited_for(library: Path, watched: Watched) -> None:
    """A file that grows piece by piece is read once, when it is whole; an editor's temporary files
    and hidden ones are no change at all."""
    for name in (".hidden.txt", "~$hangzhou.docx", "hangzhou.txt~", "x.swp", "x.part"):
        (library / name).write_text("一、支持。\n", "utf-8")
    pieces = [HANGZHOU.replace("杭州", "宁波")] + [
        f"{n}、支持第{n}项。给予补贴。\n" for n in "三四五六"
    ]
    with (library / "slow.txt").open("w", encoding="utf-8") as file:
        for piece in pieces:
            file.write(piece)
            file.flush()
            time.sleep(watch_module.QUIET / 2)
    watched.until(lambda: "slow.txt" in watched.sources())
    reports = [watched.outcomes.get_nowait() for _ in range(watched.outcomes.qsize())]
    clauses = {report.clauses for report in reports if isinstance(report, BuildReport)}
    assert clauses == {4 + 6}


def test_a_file_saved_by_renaming(library: Path, watched: Watched) -> None:
    """Many editors write beside the file and rename over it."""
    beside = library / ".hangzhou.txt.tmp"
    beside.write_text(HANGZHOU.replace("200", "888"), "utf-8")
    beside.replace(library / "hangzhou.txt")
    watched.until(lambda: watched.says("888万元"))


def test_a_sidecar_counts(library: Path, watched: Watched) -> None:
    """What a file's sidecar says is followed, too."""
    (library / "chengdu.toml").write_text('region = "宁波市"\n', "utf-8")
    watched.until(lambda: "宁波市" in watched.places())


def test_the_folder_may_go_and_come_back(library: Path, watched: Watched) -> None:
    """An emptied, a removed and a new folder: an error once, the old answers stay, then the new."""
    shutil.rmtree(library)
    outcome = watched.outcomes.get(timeout=_PATIENCE)
    assert isinstance(outcome, NoDocumentsError)
    assert watched.says("200万元")
    library.mkdir()
    (library / "hangzhou.txt").write_text(HANGZHOU.replace("200", "999"), "utf-8")
    watched.until(lambda: watched.says("999万元"))


def test_without_reports_of_the_system_it_looks_by_itself(
    library: Path, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no watch is to be had (no more of them, a strange drive), changes are found all the
    same."""

    def none(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("watchfiles.watch", none)
    outcomes: queue.Queue[Outcome] = queue.Queue()
    with Watcher(library, build, outcomes.put):
        outcomes.get(timeout=_PATIENCE)
        (library / "chengdu.txt").unlink()
        report = outcomes.get(timeout=_PATIENCE)
    assert isinstance(report, BuildReport)
    assert report.files_removed == 1


def test_a_build_that_can_not_be_done_is_tried_again(library: Path, build: Build) -> None:
    """While another holds the lock, or the disk is full, it is told once and tried again; any other
    failure of a build does not end the watch either."""
    failures: list[Exception] = [IndexBusyError("busy"), IndexBusyError("busy"), RuntimeError("?")]

    def flaky() -> BuildReport:
        if failures:
            raise failures.pop(0)
        return build()

    outcomes: queue.Queue[Outcome] = queue.Queue()
    with Watcher(library, flaky, outcomes.put):
        assert isinstance(outcomes.get(timeout=_PATIENCE), IndexBusyError)
        assert "Internal error: RuntimeError" in str(outcomes.get(timeout=_PATIENCE))
        report = outcomes.get(timeout=_PATIENCE)
    assert isinstance(report, BuildReport)
    assert report.files_added == 2


def test_folders_that_come_and_go_do_not_end_it(library: Path, watched: Watched) -> None:
    """An archive that is unpacked and removed, a checkout: the watch outlives them."""
    for n in range(150):
        folder = library / f"{n % 3}" / "deep"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "a.txt").write_text("x", "utf-8")
        shutil.rmtree(folder.parent)
    (library / "hangzhou.txt").write_text(HANGZHOU.replace("200", "666"), "utf-8")
    watched.until(lambda: watched.says("666万元"))


def test_another_folder_in_its_place_is_followed(library: Path, watched: Watched) -> None:
    """The folder is replaced as a whole, as a release is; what changes in the new one counts."""
    fresh = library.with_name("fresh")
    shutil.copytree(library, fresh)
    library.rename(library.with_name("old"))
    fresh.rename(library)
    (library / "hangzhou.txt").write_text(HANGZHOU.replace("200", "555"), "utf-8")
    watched.until(lambda: watched.says("555万元"))
    (library / "hangzhou.txt").write_text(HANGZHOU.replace("200", "444"), "utf-8")
    watched.until(lambda: watched.says("444万元"))
