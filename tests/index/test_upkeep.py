"""Looking after an index: list, verify, rollback, prune, and what a build would do."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant import Assistant, BuildPlan, Settings
from assistant.errors import (
    AssistantError,
    IndexBusyError,
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    NoDocumentsError,
)
from assistant.index import Builder, Rules, Tokenizer, current_id, lock, rules_of
from assistant.index import build as build_module
from assistant.index.engine import engine_of
from assistant.index.generation import generation_ids, open_folder
from assistant.index.manifest import FORMAT
from assistant.index.upkeep import generations, prune, rollback, verify
from assistant.progress import silent
from tests.conftest import CHENGDU, HANGZHOU, Build, FakeEncoder, Open, both_engines

Plan = Callable[..., BuildPlan]


@pytest.fixture
def plan(settings: Settings, tokenizer: Tokenizer, encoder: FakeEncoder) -> Plan:
    """What a build of the settings' index would do."""

    def run(using: FakeEncoder = encoder) -> BuildPlan:
        builder = Builder(settings, using, tokenizer, silent)
        return builder.plan(settings.documents, settings.index)

    return run


def change(library: Path, amount: int) -> None:
    (library / "hangzhou.txt").write_text(HANGZHOU.replace("200", str(amount)), "utf-8")


def rules(tokenizer: Tokenizer, fingerprint: str = "fake-1") -> Rules:
    return rules_of(fingerprint, tokenizer.fingerprint)


def back(settings: Settings, tokenizer: Tokenizer, ident: str | None = None) -> str:
    return rollback(settings.index, rules(tokenizer), ident, engine_of(settings))


def test_a_plan_says_what_the_build_then_does(library: Path, build: Build, plan: Plan) -> None:
    """Added, changed and removed files, and how much is to be encoded, as the report has it."""
    (library / "bare.md").write_text("第一段说一件事。\n\n第二段说另一件事。\n", "utf-8")
    planned = plan()
    assert planned.files_added == ("bare.md", "chengdu.txt", "hangzhou.txt")
    assert not planned.up_to_date
    report = build()
    assert (planned.passages_to_embed, planned.sentences_to_embed) == (
        report.passages_embedded,
        report.sentences_embedded,
    )
    assert plan().up_to_date
    change(library, 300)
    (library / "chengdu.txt").rename(library / "sc.txt")
    (library / "bad.txt").write_bytes(b"")
    planned = plan()
    assert planned.files_changed == ("hangzhou.txt",)
    assert planned.files_added == ("sc.txt",)
    assert planned.files_removed == ("chengdu.txt",)
    assert planned.files_failed.keys() == {"bad.txt"}
    assert (planned.passages_to_embed, planned.sentences_to_embed) == (1, 1)
    report = build()
    assert (report.passages_embedded, report.sentences_embedded) == (1, 1)
    assert plan().up_to_date, "a file that can't be read is no work"


def test_a_text_that_stands_twice_is_counted_once(library: Path, build: Build, plan: Plan) -> None:
    """The same file under another name is encoded once, and counts as often; the rest is reused."""
    once = plan()
    (library / "again.txt").write_bytes((library / "hangzhou.txt").read_bytes())
    twice = plan()
    assert (once.passages_to_embed, once.sentences_to_embed) == (
        twice.passages_to_embed,
        twice.sentences_to_embed,
    )
    report = build()
    assert report.passages_embedded == twice.passages_to_embed
    assert report.sentences_embedded == twice.sentences_to_embed
    assert report.passages_reused == 2, "those of the two clauses that stand there twice"


def test_a_plan_changes_nothing(
    library: Path, build: Build, plan: Plan, settings: Settings
) -> None:
    """Neither an index that is there nor one that is not is touched."""
    plan()
    assert not settings.index.exists()
    build()
    change(library, 300)
    before = {path: path.stat().st_mtime_ns for path in settings.index.rglob("*")}
    plan()
    assert {path: path.stat().st_mtime_ns for path in settings.index.rglob("*")} == before


def test_a_plan_and_a_report_say_why_all_is_made_anew(
    library: Path, build: Build, plan: Plan, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another encoder, other rules, a damaged index: each with its reason."""
    assert build().rebuilt == (), "a first build needs no reason"
    other = FakeEncoder("fake-2")
    assert plan(other).rebuilds == ("the encoder changed (fake-1 → fake-2)",)
    assert plan(other).passages_to_embed == 4
    assert build(using=other).rebuilt == ("the encoder changed (fake-1 → fake-2)",)
    with monkeypatch.context() as patch:
        patch.setattr(build_module, "CLAUSE_RULES", "next")
        assert plan(other).rebuilds == ("the rules for clauses changed",)
        assert plan(other).passages_to_embed == 0
    (open_folder(settings.index) / "store.sqlite").unlink()
    (reason,) = plan(other).rebuilds
    assert "store.sqlite" in reason
    (reason,) = build(using=other).rebuilt
    assert "store.sqlite" in reason


def test_words_are_not_cut_again(
    library: Path, build: Build, tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a changed file only the clauses that changed go through the tokenizer."""
    build()
    seen: list[str] = []
    tokens = Tokenizer.tokens

    def counted(self: Tokenizer, text: str) -> list[str]:
        seen.append(text)
        return tokens(self, text)

    monkeypatch.setattr(Tokenizer, "tokens", counted)
    change(library, 300)
    build()
    assert len(seen) == 1


def test_an_encoder_that_has_nothing_to_encode_is_not_loaded(
    library: Path, build: Build, settings: Settings, tokenizer: Tokenizer
) -> None:
    """Removing a file costs no loading of a model."""
    build()

    class Unloadable:
        fingerprint = "fake-1"

        def __getattr__(self, name: str) -> object:
            raise AssertionError(f"{name} was asked for")

    (library / "chengdu.txt").unlink()
    builder = Builder(settings, Unloadable(), tokenizer, silent)  # type: ignore[arg-type]
    assert builder.build(settings.documents, settings.index).clauses == 2


@both_engines
def test_list_and_rollback(
    library: Path, build: Build, open_fake: Open, settings: Settings, tokenizer: Tokenizer
) -> None:
    """The generations are listed newest first; rollback goes to the one before, which answers; the
    next build comes back to the documents."""
    build()
    change(library, 300)
    build()
    newest, older = generations(settings.index)
    assert (newest.in_use, older.in_use) == (True, False)
    assert newest.clauses == older.clauses == 4
    assert newest.problem == older.problem == ""
    assert back(settings, tokenizer) == older.id == current_id(settings.index)
    assert any("200万元" in hit.clause.text for hit in open_fake().retrieve("独立站"))
    with pytest.raises(IndexMissingError, match=newest.id):
        back(settings, tokenizer)  # none is older
    assert back(settings, tokenizer, newest.id) == newest.id
    back(settings, tokenizer)
    assert build().files_changed == 1
    assert any("300万元" in hit.clause.text for hit in open_fake().retrieve("独立站"))


def test_rollback_goes_to_nothing_that_can_not_answer(
    library: Path, build: Build, settings: Settings, tokenizer: Tokenizer
) -> None:
    """A damaged generation, one of another encoder, an unknown id: refused, the pointer stays."""
    build()
    change(library, 300)
    build()
    newest, older = (one.id for one in generations(settings.index))
    with pytest.raises(IndexMismatchError):
        rollback(settings.index, rules(tokenizer, "other"), older)
    with pytest.raises(IndexMissingError, match=f"000009-00000000.*{older}"):
        back(settings, tokenizer, "000009-00000000")
    store = settings.index / "generations" / older / "store.sqlite"
    data = bytearray(store.read_bytes())
    data[5000] ^= 1
    store.write_bytes(data)
    with pytest.raises(IndexDamagedError, match=r"store\.sqlite"):
        back(settings, tokenizer, older)
    with pytest.raises(IndexMissingError, match="no sound generation"):
        back(settings, tokenizer)
    assert current_id(settings.index) == newest
    with pytest.raises(IndexMissingError, match="assistant build"):
        rollback(settings.index / "none", rules(tokenizer))


@both_engines
def test_prune_keeps_what_is_in_use(
    library: Path, build: Build, settings: Settings, tokenizer: Tokenizer
) -> None:
    """The newest stay; after a rollback what is newer than the one in use goes, too."""
    build()
    change(library, 300)
    build()
    newest, older = (one.id for one in generations(settings.index))
    assert prune(settings.index, 2) == []
    assert prune(settings.index, 1) == [older]
    assert generation_ids(settings.index) == [newest]
    change(library, 400)
    build()
    assert back(settings, tokenizer) == newest
    assert len(prune(settings.index, 1)) == 1
    assert generation_ids(settings.index) == [newest] == [current_id(settings.index)]
    with pytest.raises(IndexMissingError):
        prune(settings.index / "none", 1)


def test_prune_removes_what_is_damaged_and_nothing_sound(
    library: Path, settings: Settings, tokenizer: Tokenizer
) -> None:
    """What verify says of an old generation is mended by the command that it names; the sound ones
    stay."""
    keeping = settings.model_copy(update={"keep_generations": 3})
    builder = Builder(keeping, FakeEncoder(), tokenizer, silent)
    for amount in (200, 300, 400):
        change(library, amount)
        builder.build(settings.documents, settings.index)
    newest, middle, oldest = (one.id for one in generations(settings.index))
    store = settings.index / "generations" / middle / "store.sqlite"
    data = bytearray(store.read_bytes())
    data[-1] ^= 1
    store.write_bytes(data)
    (finding,) = verify(settings.index).findings
    assert finding.remedy == "assistant index prune"
    (settings.index / "generations" / oldest / ".DS_Store").write_bytes(b"x")
    manifest = settings.index / "generations" / oldest / "manifest.json"
    said = manifest.read_text("utf-8")
    manifest.write_text(said.replace(f'"format": {FORMAT}', f'"format": {FORMAT + 1}'), "utf-8")
    assert prune(settings.index, 3) == [middle], (
        "neither a strange file nor a newer format is damage"
    )
    assert verify(settings.index).findings == (), "another format can't be looked through"
    manifest.write_text(said, "utf-8")
    (stray,) = verify(settings.index).findings
    assert stray.remedy.startswith("rm ")
    stray.path.unlink()
    assert generation_ids(settings.index) == [oldest, newest]
    assert verify(settings.index).findings == ()


def test_verify_names_every_file_with_a_flipped_byte(
    library: Path, build: Build, settings: Settings
) -> None:
    """Whichever byte of whichever file is flipped, verify names that file, and only it."""
    build()
    assert verify(settings.index).findings == ()
    looked_at = 0
    for path in sorted(settings.index.rglob("*")):
        if not path.is_file() or path.name in ("build.lock", "current"):
            continue
        data = path.read_bytes()
        # a cache is a database: a byte of a page that it does not use changes nothing
        at = (
            data.rindex(b"manifest")
            if path.name == "manifest.json" and b"manifest" in data
            else -40
        )
        if path.suffix == ".sqlite" and path.parent == settings.index:
            at = len(data) - 40
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])
        found = [finding.path for finding in verify(settings.index).findings]
        path.write_bytes(data)
        assert found == [path], path
        looked_at += 1
    assert looked_at >= 10


def test_verify_finds_what_is_missing_and_what_does_not_belong(
    library: Path, build: Build, settings: Settings
) -> None:
    """A removed, a cut, and a foreign file; a pointer to nothing; a half-copied generation."""
    build()
    folder = open_folder(settings.index)
    (folder / "stray.bin").write_bytes(b"x")
    (folder / "subjects.npy").unlink()
    with (folder / "dense.faiss").open("ab") as file:
        file.write(b"more")
    (settings.index / "generations" / "000007-0a0a0a0a").mkdir()
    (settings.index / "current").write_text("000009-00000000\n")
    found = {f.path.name: f.problem for f in verify(settings.index).findings}
    assert found.keys() == {
        "current", "stray.bin", "subjects.npy", "dense.faiss", "manifest.json",
    }  # fmt: skip
    assert "missing" in found["subjects.npy"]
    assert "bytes" in found["dense.faiss"]
    assert "not there" in found["current"]
    with pytest.raises(IndexMissingError, match="assistant build"):
        verify(settings.index / "none")


def test_the_lock_says_who_holds_it(library: Path, build: Build, settings: Settings) -> None:
    """A second build waits, then names the process of the first; a lock without a note will do."""
    settings.index.mkdir()
    with lock.locked(settings.index):
        workers = multiprocessing.get_context("spawn").Pool(1)
        with workers as pool, pytest.raises(IndexBusyError, match=rf"process {os.getpid()} on"):
            pool.apply(_take, (settings.index,))
        (settings.index / "build.json").write_text("{")
        with pytest.raises(IndexBusyError, match=r"under way\."):
            _take(settings.index)
    assert not (settings.index / "build.json").exists()
    build()


def _take(index: Path) -> None:
    with lock.locked(index, 0.1):
        pass


def test_an_open_assistant_follows_by_itself(
    library: Path, build: Build, settings: Settings, tokenizer: Tokenizer, encoder: FakeEncoder
) -> None:
    """``following``, the next question is answered from the newer generation; one that can't be
    used is passed over until the next."""
    build()
    opened = Assistant.with_parts(settings.index, settings, encoder, tokenizer, following=True)
    change(library, 300)
    build()
    assert any("300万元" in hit.clause.text for hit in opened.retrieve("独立站"))
    change(library, 400)
    build(using=FakeEncoder("fake-2"))
    assert any("300万元" in hit.clause.text for hit in opened.retrieve("独立站"))
    build(using=encoder)
    assert any("400万元" in hit.clause.text for hit in opened.retrieve("独立站"))


def test_an_assistant_rebuilds_its_own_index(library: Path, build: Build, open_fake: Open) -> None:
    """``rebuild`` brings the index up to the documents and takes it over."""
    build()
    opened = open_fake()
    change(library, 300)
    assert opened.rebuild(library).files_changed == 1
    assert any("300万元" in hit.clause.text for hit in opened.retrieve("独立站"))
    for path in library.iterdir():
        path.unlink()
    with pytest.raises(NoDocumentsError):
        opened.rebuild(library)
    assert opened.retrieve("独立站")


def test_no_question_fails_or_mixes_while_builds_go_by(
    library: Path, build: Build, settings: Settings, tokenizer: Tokenizer, encoder: FakeEncoder
) -> None:
    """Readers in several threads, opened anew and following, while generations come and go: every
    answer is wholly of one of them."""
    texts = {
        n: (HANGZHOU.replace("200", str(n)), CHENGDU.replace("300", str(n)))
        for n in range(200, 208)
    }

    def write(n: int) -> None:
        for name, text in zip(("hangzhou.txt", "chengdu.txt"), texts[n], strict=True):
            (library / name).write_text(text, "utf-8")

    write(200)
    build()
    following = Assistant.with_parts(settings.index, settings, encoder, tokenizer, following=True)
    done = threading.Event()
    problems: list[str] = []
    asked = [0, 0]

    def ask(i: int) -> None:
        while not done.is_set():
            try:
                opened = (
                    following
                    if i
                    else Assistant.with_parts(settings.index, settings, encoder, tokenizer)
                )
                found = "".join(hit.clause.text for hit in opened.retrieve("支持独立站和园区"))
            except AssistantError as error:
                problems.append(str(error))
                continue
            of = [n for n in texts if str(n) in found]
            if len(of) != 1 or found.count(str(of[0])) != 2:
                problems.append(f"mixed: {of}")
            asked[i] += 1

    threads = [threading.Thread(target=ask, args=(i,)) for i in (0, 1)]
    for thread in threads:
        thread.start()
    for n in list(texts)[1:]:
        write(n)
        build()
    done.set()
    for thread in threads:
        thread.join()
    assert problems == []
    assert min(asked) >= 5


def test_old_generations_leave_memory(
    library: Path, build: Build, settings: Settings, tokenizer: Tokenizer, encoder: FakeEncoder
) -> None:
    """Refreshing again and again holds neither files nor snapshots of what went before."""
    build()
    opened = Assistant.with_parts(settings.index, settings, encoder, tokenizer, following=True)
    opened.ask("独立站补贴多少？")

    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("needs /proc")

    def held() -> int:
        names = [path.readlink() for path in folder.iterdir() if path.is_symlink()]
        return sum(name.is_relative_to(settings.index) for name in names)

    before = held()
    stores = []
    for n in range(210, 216):
        stores.append(weakref.ref(opened.snapshot.store))
        change(library, n)
        build()
        opened.ask("独立站补贴多少？")
        assert held() <= before
        assert all(store() is None for store in stores), "with all that hangs on them"


def test_a_large_index_whose_texts_are_damaged_is_rebuilt(
    library: Path,
    build: Build,
    open_fake: Open,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where hashes are not compared at each opening, the damage shows only when it is read; the
    build that is named mends it."""
    build()
    monkeypatch.setattr("assistant.index.generation._CHECK_WHOLE", 0)
    path = open_folder(settings.index) / "store.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as store:
        (page,) = store.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'files'"
        ).fetchone()
        (size,) = store.execute("PRAGMA page_size").fetchone()
    data = bytearray(path.read_bytes())
    data[(page - 1) * size : (page - 1) * size + 64] = b"\xff" * 64
    path.write_bytes(data)
    change(library, 300)
    report = build()
    assert report.rebuilt
    assert report.clauses == 4
    assert open_fake().retrieve("独立站")
