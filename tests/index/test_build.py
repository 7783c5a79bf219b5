"""Building: increments, reports, and that nothing is ever harmed."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import shutil
import signal
import sqlite3
import time
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock

from assistant import Assistant, BuildReport, Settings
from assistant.errors import (
    IndexBusyError,
    IndexDamagedError,
    IndexFormatError,
    IndexMismatchError,
    IndexMissingError,
    IndexStateError,
    NoDocumentsError,
)
from assistant.index import Builder, Tokenizer, current_id, generation, lock
from assistant.index import build as build_module
from assistant.index.cache import text_hash
from assistant.index.dense import DenseIndex
from assistant.index.lexical import LexicalIndex
from assistant.progress import Progress, silent
from tests.conftest import CHENGDU, HANGZHOU, Build, FakeEncoder, Open, both_engines


def counts(report: BuildReport) -> tuple[int, int, int, int]:
    return (
        report.files_added,
        report.files_changed,
        report.files_removed,
        report.files_unchanged,
    )


@both_engines
def test_a_first_build_encodes_everything(
    library: Path, build: Build, encoder: FakeEncoder
) -> None:
    """All files are added, all passages encoded."""
    report = build()
    assert counts(report) == (2, 0, 0, 0)
    assert report.clauses == report.passages_embedded == 4
    assert report.sentences_embedded == 8
    assert len(encoder.encoded) == 4 + 8 + 2, "clauses, sentences, titles"
    assert report.passages_reused == 0
    assert report.files_failed == {}


@both_engines
def test_an_unchanged_library_is_left_alone(
    library: Path, build: Build, encoder: FakeEncoder
) -> None:
    """Nothing changed: no generation is written and nothing encoded."""
    first = build()
    (library / "hangzhou.txt").touch()  # another time is no other content
    second = build()
    assert second.generation == first.generation
    assert counts(second) == (0, 0, 0, 2)
    assert (second.passages_embedded, second.passages_reused) == (0, 4)


@both_engines
def test_a_changed_clause_is_all_that_is_encoded(
    library: Path, build: Build, encoder: FakeEncoder
) -> None:
    """One clause changed in one file: its passage and no other."""
    build()
    encoder.encoded.clear()
    (library / "hangzhou.txt").write_text(HANGZHOU.replace("50万元", "60万元"), "utf-8")
    report = build()
    assert counts(report) == (0, 1, 0, 1)
    assert (report.passages_embedded, report.passages_reused) == (1, 3)
    assert (report.sentences_embedded, report.sentences_reused) == (1, 7)
    assert len(encoder.encoded) == 2, "the clause and its sentence, not even the title again"
    assert all("60万元" in text for text in encoder.encoded)


@both_engines
def test_a_renamed_file_is_one_removed_and_one_added(
    library: Path, build: Build, encoder: FakeEncoder
) -> None:
    """Renaming encodes nothing."""
    build()
    encoder.encoded.clear()
    (library / "chengdu.txt").rename(library / "成都.txt")
    report = build()
    assert counts(report) == (1, 0, 1, 1)
    assert encoder.encoded == []


def test_a_file_without_a_title_is_renamed_for_nothing_too(
    library: Path, build: Build, encoder: FakeEncoder
) -> None:
    """A text that bears its file's name for want of a title encodes nothing under another one."""
    bare = library / "a.txt"
    bare.write_text("一、支持融资的事项。给予贴息。\n二、支持人才的事项。给予补助。\n", "utf-8")
    build()
    encoder.encoded.clear()
    bare.rename(library / "b.txt")
    report = build()
    assert counts(report) == (1, 0, 1, 2)
    assert report.passages_embedded == 0
    assert encoder.encoded == []


@both_engines
def test_a_removed_file_is_gone_from_the_answers(
    library: Path, build: Build, open_fake: Open
) -> None:
    """What is no document any more is found no more."""
    build()
    assistant = open_fake()
    assert {hit.clause.source for hit in assistant.retrieve("支持")} == {
        "hangzhou.txt",
        "chengdu.txt",
    }
    (library / "chengdu.txt").unlink()
    assert counts(build()) == (0, 0, 1, 1)
    assert assistant.refresh()
    assert {hit.clause.source for hit in assistant.retrieve("支持")} == {"hangzhou.txt"}
    assert not assistant.refresh()


@both_engines
def test_files_that_fail_are_listed_and_the_others_built(library: Path, build: Build) -> None:
    """Each failed file stands in the report with its reason, again at the next build."""
    (library / "empty.txt").write_bytes(b"")
    (library / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (library / "scan.pdf").write_bytes(b"%PDF-1.7")
    (library / "menu.txt").write_text("版权所有\n", "utf-8")
    (library / "out.txt").symlink_to("/etc/hostname")
    first = build()
    assert first.clauses == 4
    assert first.files_failed.keys() == {
        "empty.txt",
        "binary.txt",
        "scan.pdf",
        "menu.txt",
        "out.txt",
    }
    assert all(name in reason for name, reason in first.files_failed.items())
    second = build()
    assert second.generation == first.generation
    assert second.files_failed == first.files_failed
    (library / "empty.txt").write_text("一、支持。给予补贴。\n二、管理。加强监督。\n", "utf-8")
    assert counts(build()) == (1, 0, 0, 2)


@both_engines
def test_a_folder_without_documents_harms_nothing(
    library: Path, build: Build, open_fake: Open
) -> None:
    """An emptied or a missing folder is an error; the index goes on answering."""
    build()
    for path in library.iterdir():
        path.unlink()
    with pytest.raises(NoDocumentsError, match="holds no documents"):
        build()
    (library / "bad.txt").write_bytes(b"")
    with pytest.raises(NoDocumentsError, match=r"bad\.txt"):
        build()
    (library / "bad.txt").unlink()
    library.rmdir()
    with pytest.raises(NoDocumentsError, match="no documents folder"):
        build()
    assert len(open_fake().retrieve("独立站")) == 4


@both_engines
def test_another_encoder_or_other_rules_rebuild_by_themselves(
    library: Path, build: Build, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change of encoder encodes everything; a change of clause rules writes a new generation."""
    first = build()
    other = FakeEncoder("fake-2")
    second = build(using=other)
    assert second.generation != first.generation
    assert second.passages_embedded == 4
    monkeypatch.setattr(build_module, "CLAUSE_RULES", "next")
    third = build(using=other)
    assert third.generation != second.generation
    assert third.passages_embedded == 0


@both_engines
def test_an_index_made_otherwise_is_refused(
    library: Path, build: Build, settings: Settings, tokenizer: Tokenizer
) -> None:
    """Opening with another encoder says which the index has and what to run."""
    build()
    with pytest.raises(IndexMismatchError, match="fake-1.*fake-2.*assistant build"):
        Assistant.with_parts(settings.index, settings, FakeEncoder("fake-2"), tokenizer)


@both_engines
def test_increments_answer_as_one_build(
    library: Path, build: Build, open_fake: Open, settings: Settings
) -> None:
    """An index that grew step by step gives the same hits as one built at once."""
    build()
    (library / "third.txt").write_text(
        "深圳市支持政策\n一、支持出海。给予补贴。\n二、支持园区。给予奖励。\n", "utf-8"
    )
    build()
    (library / "hangzhou.txt").write_text(HANGZHOU.replace("海外仓", "公共海外仓"), "utf-8")
    build()

    def hits() -> list[tuple[str, float]]:
        return [(hit.clause.id, round(hit.score, 5)) for hit in open_fake().retrieve("海外仓奖励")]

    grown = hits()
    build(full=True)
    assert hits() == grown


@both_engines
def test_a_full_build_encodes_everything_anew(
    library: Path, build: Build, encoder: FakeEncoder
) -> None:
    """``full`` trusts nothing that was there before."""
    build()
    encoder.encoded.clear()
    report = build(full=True)
    assert (report.passages_embedded, report.passages_reused) == (4, 0)
    assert len(encoder.encoded) == 14


@both_engines
def test_old_generations_go(library: Path, build: Build, settings: Settings) -> None:
    """Only as many generations are kept as the settings say."""
    for n in range(4):
        (library / "hangzhou.txt").write_text(HANGZHOU.replace("200", str(200 + n)), "utf-8")
        build()
    kept = generation.generation_ids(settings.index)
    assert len(kept) == settings.keep_generations == 2
    assert kept[-1] == current_id(settings.index)


def test_a_failure_while_writing_leaves_the_old_index(
    library: Path,
    build: Build,
    open_fake: Open,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A full disk in the middle of a build is one clear error; the old index answers, the next
    build succeeds and reuses what was encoded."""
    build()
    (library / "third.txt").write_text(CHENGDU.replace("成都", "深圳"), "utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(LexicalIndex, "save", full)
        with pytest.raises(IndexStateError, match="No space left.*assistant build"):
            build()
    assert not list((settings.index / "generations").glob(".building-*")), "the room it took"
    assert len(open_fake().retrieve("支持")) == 4
    report = build()
    assert report.passages_embedded == 0
    assert len(open_fake().retrieve("支持")) == 6


def _build_slowly(settings: Settings, cache_dir: Path) -> None:
    """A build in a process of its own that waits long in the middle."""

    def slow(step: Progress) -> None:
        if step.stage == "write" and step.done == 2:
            time.sleep(60)

    builder = Builder(settings, FakeEncoder(), Tokenizer(cache_dir), slow)
    builder.build(settings.documents, settings.index)


def _started(settings: Settings, cache_dir: Path) -> BaseProcess:
    process = multiprocessing.get_context("spawn").Process(
        target=_build_slowly, args=(settings, cache_dir)
    )
    process.start()
    deadline = time.monotonic() + 60
    while not list((settings.index / "generations").glob(".building-*/lexical/*")):
        assert time.monotonic() < deadline, "the other build did not come so far"
        time.sleep(0.05)
    return process


def test_kill_9_leaves_the_old_index_and_its_lock_free(
    library: Path, build: Build, open_fake: Open, settings: Settings, cache_dir: Path
) -> None:
    """A build killed while it writes: the old index answers, the next build goes on from what was
    encoded, and nothing of the dead one is left."""
    build()
    (library / "third.txt").write_text(CHENGDU.replace("成都", "深圳"), "utf-8")
    process = _started(settings, cache_dir)
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert len(open_fake().retrieve("支持")) == 4
    report = build()
    assert report.passages_embedded == 0
    assert len(open_fake().retrieve("支持")) == 6
    assert not list((settings.index / "generations").glob(".building-*"))


def test_two_builds_at_once(
    library: Path,
    build: Build,
    settings: Settings,
    cache_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While one build works, another says that one is under way."""
    monkeypatch.setattr(lock, "WAIT", 0.2)
    process = _started(settings, cache_dir)
    try:
        with pytest.raises(IndexBusyError, match="under way"):
            build()
    finally:
        process.kill()
        process.join()
    assert build().clauses == 4


def test_no_index_yet(settings: Settings, open_fake: Open) -> None:
    """Opening a folder without an index names the command that builds one."""
    with pytest.raises(IndexMissingError, match="assistant build"):
        open_fake()


@pytest.mark.parametrize(("found", "age"), [(0, "older"), (99, "newer")])
def test_an_index_of_another_program_is_refused_and_rebuilt(
    library: Path, build: Build, open_fake: Open, settings: Settings, found: int, age: str
) -> None:
    """Another format is named as older or newer; a build puts it right."""
    build()
    manifest = generation.open_folder(settings.index) / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format": found}))
    with pytest.raises(IndexFormatError, match=age):
        open_fake()
    build()
    assert len(open_fake().retrieve("支持")) == 4


@pytest.mark.parametrize(
    "name", ["store.sqlite", "dense.faiss", "subjects.npy", "lexical/vocab.index.json"]
)
@pytest.mark.parametrize("harm", ["flip", "cut", "remove"])
def test_a_damaged_generation_is_found_and_rebuilt(
    library: Path, build: Build, open_fake: Open, settings: Settings, name: str, harm: str
) -> None:
    """A flipped byte, a cut or a missing file is named; a build puts it right."""
    build()
    path = generation.open_folder(settings.index) / name
    data = bytearray(path.read_bytes())
    if harm == "flip":
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    elif harm == "cut":
        path.write_bytes(data[:-10])
    else:
        path.unlink()
    with pytest.raises(IndexDamagedError, match=path.name):
        open_fake()
    build()
    assert len(open_fake().retrieve("支持")) == 4


@pytest.mark.parametrize("pointer", [b"../../etc\n", b"\xff\xfe\x00\xd8"])
def test_a_pointer_to_nothing_is_named_and_put_right(
    library: Path, build: Build, open_fake: Open, settings: Settings, pointer: bytes
) -> None:
    """A pointer that leads nowhere is an error; a build writes a new generation."""
    build()
    (settings.index / "current").write_bytes(pointer)
    with pytest.raises(IndexDamagedError, match="not there"):
        open_fake()
    build()
    assert open_fake().retrieve("支持")


@pytest.mark.parametrize("harm", ["middle", "length"])
def test_a_damaged_vector_cache_costs_time_only(
    library: Path, build: Build, open_fake: Open, settings: Settings, harm: str
) -> None:
    """Overwritten pages or vectors of a wrong length: the next build encodes anew."""
    build()
    path = settings.index / "vectors.sqlite"
    if harm == "middle":
        data = bytearray(path.read_bytes())
        data[4096:] = bytes(len(data) - 4096)
        path.write_bytes(data)
    else:
        with contextlib.closing(sqlite3.connect(path)) as cache, cache:
            cache.execute("UPDATE entries SET data = x'0011223344'")
    (library / "chengdu.txt").write_text(CHENGDU.replace("300", "400"), "utf-8")
    report = build()
    assert report.files_changed == 1
    assert len(open_fake().retrieve("支持")) == 4


@pytest.mark.parametrize("name", ["C#", "q?x", "50%20", "空 格"])
def test_folders_may_have_any_name(
    settings: Settings, library: Path, tokenizer: Tokenizer, tmp_path: Path, name: str
) -> None:
    """What means something in an address means nothing in a folder's name."""
    index = tmp_path / name
    Builder(settings, FakeEncoder(), tokenizer, silent).build(library, index)
    opened = Assistant.with_parts(index, settings, FakeEncoder(), tokenizer)
    assert len(opened.retrieve("支持")) == 4


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"一二三四{n}、支持某事项，给予补贴。\n" for n in "五六七"),
        "一" * 5_000 + "、支持某事项，给予补贴。\n",
        "1. 甲\n" * 1_200 + "2. 乙的事项。给予补贴。\n",
        "某市若干措施\n一、支持某事项。给予补贴。\n二、自9999年1月1日起施行，有效期5年。\n",
    ],
)
def test_an_odd_file_never_stops_a_build(library: Path, build: Build, text: str) -> None:
    """Absurd numbers and years are text; the other files are built whatever one holds."""
    (library / "odd.txt").write_text(text, "utf-8")
    report = build()
    assert report.files_added == 3
    assert report.files_failed == {}


def test_links_and_folders_that_can_not_be_followed_are_listed(library: Path, build: Build) -> None:
    """A link to itself, a linked folder: each stands in the report, the files are built."""
    (library / "loop.txt").symlink_to("loop.txt")
    (library / "more").symlink_to(library)
    report = build()
    assert report.files_added == 2
    assert report.files_failed.keys() == {"loop.txt", "more"}


def test_flipped_bytes_in_the_vector_cache_are_found(
    library: Path, build: Build, encoder: FakeEncoder, settings: Settings
) -> None:
    """A vector whose checksum is wrong is encoded again, not put into the index."""
    build()
    with contextlib.closing(sqlite3.connect(settings.index / "vectors.sqlite")) as cache, cache:
        for text in map(text_hash, encoder.encoded[:2]):
            ((blob,),) = cache.execute("SELECT data FROM entries WHERE text = ?", (text,))
            harmed = blob[:40] + bytes([blob[40] ^ 0x44]) + blob[41:]
            cache.execute("UPDATE entries SET data = ? WHERE text = ?", (harmed, text))
    encoder.encoded.clear()
    (library / "new.txt").write_text("某市新增办法\n第一条 补贴。\n第二条 完。\n", "utf-8")
    build()
    # those two, and of two clauses the passages, the sentences and a title
    assert len(encoder.encoded) == 2 + 5


@both_engines
def test_a_changed_manifest_is_found(
    library: Path, build: Build, settings: Settings, open_fake: Open
) -> None:
    """The manifest carries a checksum of itself."""
    build()
    path = generation.open_folder(settings.index) / "manifest.json"
    path.write_text(path.read_text("utf-8").replace('"mean": 0', '"mean": 1', 1), "utf-8")
    with pytest.raises(IndexDamagedError, match=r"manifest\.json is damaged"):
        open_fake()


def test_what_unfinished_builds_left_is_removed(
    library: Path, build: Build, settings: Settings
) -> None:
    """A killed or failed build's folder goes with the next build that writes."""
    build()
    left = settings.index / "generations" / ".building-1"
    left.mkdir()
    (library / "chengdu.txt").unlink()
    build()
    assert not left.exists()


@both_engines
def test_what_is_left_goes_though_there_is_nothing_to_build(
    library: Path, build: Build, settings: Settings
) -> None:
    """What a killed build left is removed by one that finds nothing changed: its folder, the
    pointer that it did not put in place, a generation that never was in use. While another build
    is under way it stays."""
    report = build()
    used = generation.open_folder(settings.index)
    left = [used.with_name(".building-1"), used.with_name("000002-0123abcd")]
    for folder in left:
        folder.mkdir()
    (settings.index / "current.new").write_text("000002-0123abcd\n", "utf-8")
    with FileLock(settings.index / "build.lock"):
        build()
    assert all(folder.exists() for folder in left)
    assert build().generation == report.generation
    assert [path.name for path in used.parent.iterdir()] == [report.generation]
    assert not (settings.index / "current.new").exists()


@both_engines
def test_a_generation_removed_while_it_is_opened_gives_way_to_the_next(
    library: Path,
    build: Build,
    settings: Settings,
    open_fake: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between the pointer and the files a build may switch and remove what the pointer named: the
    new generation is opened then."""
    first = build()
    check = generation.check

    def interrupted(folder: Path, *arguments: Any, **named: Any) -> None:
        monkeypatch.setattr(generation, "check", check)
        (library / "chengdu.txt").unlink()
        build()
        shutil.rmtree(folder)
        check(folder, *arguments, **named)

    monkeypatch.setattr(generation, "check", interrupted)
    opened = open_fake()
    assert opened.generation != first.generation
    assert len(opened.retrieve("支持")) == 2


def test_what_is_reused_of_a_large_index_is_compared_whole(
    library: Path,
    build: Build,
    settings: Settings,
    open_fake: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a large generation only the sizes are looked at when it is opened; a build does not take
    over texts from it that have changed on the disk."""
    monkeypatch.setattr(generation, "_CHECK_WHOLE", 0)
    build()
    store = generation.open_folder(settings.index) / generation.STORE
    store.write_bytes(store.read_bytes().replace("200万元".encode(), "900万元".encode()))
    (library / "chengdu.txt").unlink()
    build()
    assert all("900" not in hit.clause.text for hit in open_fake().retrieve("独立站"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_dense_index_that_does_not_fit_is_an_error() -> None:
    """Even one so small that all of it waits in memory until the file is closed."""
    with pytest.raises(OSError, match="FAISS could not write|No space left"):
        DenseIndex.build(np.eye(3, dtype=np.float32)).save(Path("/dev/full"))


@pytest.mark.parametrize("what", ["folder", "link"])
def test_a_pointer_that_can_not_be_read_is_named(
    library: Path, build: Build, settings: Settings, open_fake: Open, what: str
) -> None:
    """It is no missing index: the error says what is in the way."""
    build()
    pointer = settings.index / "current"
    pointer.unlink()
    if what == "folder":
        pointer.mkdir()
    else:
        pointer.symlink_to("missing/file")
    with pytest.raises(IndexDamagedError, match=r"current.*(can't be read|leads nowhere)"):
        open_fake()


@both_engines
def test_an_index_that_is_up_to_date_needs_no_writing(
    library: Path, build: Build, settings: Settings
) -> None:
    """Nothing changed: no lock is taken and nothing is written, so a read-only index serves."""
    build()
    (settings.index / "build.lock").unlink(missing_ok=True)
    assert build().files_unchanged == 2
    assert not (settings.index / "build.lock").exists()


def test_an_open_reader_is_not_disturbed(library: Path, build: Build, open_fake: Open) -> None:
    """A reader goes on with its generation though builds replace and prune it."""
    build()
    reader = open_fake()
    before = [hit.clause.text for hit in reader.retrieve("支持")]
    for n in range(3):
        (library / "chengdu.txt").write_text(CHENGDU.replace("300", str(300 + n)), "utf-8")
        build()
    assert [hit.clause.text for hit in reader.retrieve("支持")] == before
    assert reader.refresh()


@both_engines
def test_progress_is_reported(library: Path, settings: Settings, tokenizer: Tokenizer) -> None:
    """Each stage begins at 0 and ends at its total."""
    steps: list[Progress] = []
    Builder(settings, FakeEncoder(), tokenizer, steps.append).build(library, settings.index)
    assert {step.stage for step in steps} == {"read", "parse", "embed", "write"}
    for stage in ("read", "parse", "embed", "write"):
        of_stage = [step for step in steps if step.stage == stage]
        assert of_stage[0].done == 0
        assert of_stage[-1].done == of_stage[-1].total >= 1


def test_the_index_folder_may_be_missing(settings: Settings, library: Path, build: Build) -> None:
    """The folder of the index is made, with those above it."""
    deep = Settings.load(
        documents=library, index=settings.index / "a" / "b", cache_dir=settings.cache_dir
    )
    Builder(deep, FakeEncoder(), Tokenizer(settings.cache_dir), silent).build(library, deep.index)
    assert current_id(deep.index)
