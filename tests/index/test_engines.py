"""Milvus instead of files: the same clauses, and what happens when it is away."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant import Assistant, Settings
from assistant.errors import (
    ExtraMissingError,
    IndexAwayError,
    IndexDamagedError,
    IndexMismatchError,
    SettingsError,
)
from assistant.evaluation import read_gold
from assistant.index import Builder, Tokenizer, generation
from assistant.index.channels import Channels, EmbeddedChannels
from assistant.index.milvus import server as server_module
from assistant.index.milvus.channels import MilvusChannels
from assistant.index.milvus.server import Server, among, server_at
from assistant.index.upkeep import prune, verify
from assistant.progress import silent
from tests.conftest import (
    CHENGDU,
    DOCUMENTS,
    GOLD,
    HANGZHOU,
    Build,
    FakeEncoder,
    Open,
    both_engines,
    free_port,
)

only_milvus = pytest.mark.parametrize("engine", ["milvus"], indirect=True)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path, tokenizer: Tokenizer) -> Any:
    """An assistant over the five documents with each engine, files first."""
    folder = tmp_path_factory.mktemp("engines")
    opened = []
    for name, milvus in (("files", None), ("milvus", str(folder / "index.db"))):
        settings = Settings.load(index=folder / name, cache_dir=cache_dir, milvus=milvus)
        Builder(settings, FakeEncoder(), tokenizer, silent).build(DOCUMENTS, settings.index)
        opened.append(Assistant.with_parts(settings.index, settings, FakeEncoder(), tokenizer))
    yield opened
    server_at(str(folder / "index.db")).close()


def of(assistant: Assistant) -> Channels:
    return assistant.snapshot.channels


def test_both_engines_give_the_same_hits(pair: list[Assistant]) -> None:
    """For each question about the five documents: the same clauses in the same order, with the
    same scores and ranks."""
    assert [type(of(one)) for one in pair] == [EmbeddedChannels, MilvusChannels]
    for question in (one.question for one in read_gold(GOLD / "questions.jsonl")):
        first, second = (one.retrieve(question, top_k=10) for one in pair)
        assert [hit.clause.id for hit in first] == [hit.clause.id for hit in second], question
        assert [hit.ranks for hit in first] == [hit.ranks for hit in second], question
        for name in ("score", "cosine", "sentence", "subject"):
            expected = [getattr(hit, name) for hit in first]
            assert [getattr(hit, name) for hit in second] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    "filters",
    [{"regions": ["杭州"]}, {"regions": ["成都", "嘉兴"]}, {"documents": ["没有"]}],
)
def test_filters_admit_the_same(pair: list[Assistant], filters: dict[str, list[str]]) -> None:
    """What the filters leave out is left out in the engine, too."""
    first, second = (one.retrieve("支持独立站和海外仓的奖励", **filters) for one in pair)  # type: ignore[arg-type]
    assert [hit.clause.id for hit in first] == [hit.clause.id for hit in second]
    assert bool(first) == ("documents" not in filters)


def test_channels_agree_in_every_call(
    pair: list[Assistant], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call of the interface gives the same, with synonyms, words that come twice, words that
    nothing holds; and so it does where Milvus gives few rows at once and filters are cut up."""
    files, milvus = map(of, pair)
    store = pair[0].snapshot.store
    vector = FakeEncoder().encode_queries(["海外仓建设补贴"])[0]
    rows = np.unique(np.random.default_rng(3).integers(0, len(store), 60))
    documents = np.array([0, 2, 4])[: len(store.entries)]
    terms: list[list[dict[str, float]]] = [
        [{"海外仓": 1.0, "海外": 0.5}, {"补贴": 1.0, "奖励": 0.8, "补助": 0.8}, {"没有这词": 1.0}],
        [{"企业": 1.0}, {"企业": 0.5, "支持": 1.0}],
        [{"没有这词": 1.0}],
        [],
    ]

    def agree() -> None:
        for within in (None, documents, np.empty(0, np.int64)):
            near = [one.nearest(vector, 40, within).tolist() for one in (files, milvus)]
            assert near[0] == near[1]
            for some in terms:
                first, second = files.match(some, within), milvus.match(some, within)
                for count in (1, 7, 100):
                    expected = first.best(count, within).tolist()
                    assert second.best(count, within).tolist() == expected
                assert second.scores(rows).tolist() == first.scores(rows).tolist()
                assert [second.rank(i) for i in range(40)] == [first.rank(i) for i in range(40)]
        assert milvus.cosines(vector, rows) == pytest.approx(files.cosines(vector, rows), abs=1e-6)
        assert milvus.said(vector, rows) == pytest.approx(files.said(vector, rows), abs=1e-6)
        assert len(milvus.said(vector, rows[:0])) == 0
        for row in rows[:5].tolist():
            expected_said = files.sentences(vector, row)
            assert milvus.sentences(vector, row) == pytest.approx(expected_said, abs=1e-6)

    agree()
    monkeypatch.setattr(server_module, "_IN", 1)
    monkeypatch.setattr(server_module, "_RUNS", 1)
    monkeypatch.setattr("assistant.index.milvus.channels.MOST", 120)
    agree()
    assert set(milvus.vocabulary) == set(files.vocabulary)
    for word in ("企业", "海外仓", "没有这词"):
        assert milvus.weight(word) == files.weight(word)
        assert milvus.matched([word]) == files.matched([word])


def test_rows_that_a_search_leaves_out_are_fetched(
    pair: list[Assistant], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search through a graph may miss rows: their vectors are asked for."""
    files, milvus = map(of, pair)
    vector = FakeEncoder().encode_queries(["海外仓建设补贴"])[0]
    rows = np.arange(20)
    search = Server.search

    def poor(self: Server, *given: Any, **named: Any) -> Any:
        return [(ids[::2], scores[::2]) for ids, scores in search(self, *given, **named)]

    monkeypatch.setattr(Server, "search", poor)
    assert milvus.said(vector, rows) == pytest.approx(files.said(vector, rows), abs=1e-6)


def test_filters_name_runs_or_values() -> None:
    """Few runs are named by their ends, many values in lists that are not too long."""
    assert among("document", None) == [""]
    assert among("document", np.empty(0, np.int64)) == []
    assert among("document", np.array([2, 3, 4, 9])) == [
        "(document >= 2 and document <= 4) or (document >= 9 and document <= 9)"
    ]
    many = among("document", np.arange(0, 50_000, 2))
    assert len(many) == 3
    assert many[0].startswith("document in [0, 2, 4, ")


@both_engines
def test_a_following_reader_takes_over(
    library: Path, build: Build, settings: Settings, tokenizer: Tokenizer
) -> None:
    """A newer generation answers the next question."""
    build()
    reader = Assistant.with_parts(
        settings.index, settings, FakeEncoder(), tokenizer, following=True
    )
    assert len(reader.retrieve("支持")) == 4
    (library / "third.txt").write_text(CHENGDU.replace("成都", "深圳"), "utf-8")
    build()
    assert len(reader.retrieve("支持")) == 6


def stems(uri: str) -> set[str]:
    """What the names of the collections at ``uri`` begin with."""
    return {name.rpartition("_")[0] for name in server_at(uri).collections()}


@only_milvus
def test_collections_go_with_their_generations(
    library: Path, build: Build, settings: Settings, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    """Those of pruned generations are dropped; those of another index, or of nobody, are not."""
    assert settings.milvus
    other = settings.model_copy(update={"index": tmp_path / "other"})
    Builder(other, FakeEncoder(), tokenizer, silent).build(library, other.index)
    (foreign,) = stems(settings.milvus)
    for n in range(4):
        (library / "hangzhou.txt").write_text(HANGZHOU.replace("200", str(200 + n)), "utf-8")
        build()
    assert len(stems(settings.milvus)) == 1 + settings.keep_generations
    engine = Builder(settings, FakeEncoder(), tokenizer, silent)._engine
    assert len(prune(settings.index, 1, engine)) == 1
    assert len(stems(settings.milvus)) == 2
    assert foreign in stems(settings.milvus)
    assert not verify(settings.index).findings


@only_milvus
@pytest.mark.parametrize("dies_at", ["passages", "sentences", "clauses"])
def test_a_milvus_that_dies_while_it_is_written_harms_nothing(
    library: Path,
    build: Build,
    open_fake: Open,
    settings: Settings,
    encoder: FakeEncoder,
    monkeypatch: pytest.MonkeyPatch,
    dies_at: str,
) -> None:
    """One clear line; the old index answers, the next build drops what was half written, goes on
    with what was encoded, and succeeds."""
    from pymilvus import MilvusClient
    from pymilvus.exceptions import MilvusException

    assert settings.milvus
    build()
    before = stems(settings.milvus)
    (library / "third.txt").write_text(CHENGDU.replace("成都", "深圳"), "utf-8")
    insert = MilvusClient.insert

    def away(*_: object, **__: object) -> None:
        raise MilvusException(code=2, message="server unavailable\nand more")

    def dying(self: object, name: str, *given: Any, **named: Any) -> Any:
        if name.endswith(dies_at):
            monkeypatch.setattr(MilvusClient, "list_collections", away)
            away()
        return insert(self, name, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(MilvusClient, "insert", dying)
        with pytest.raises(IndexAwayError, match="server unavailable.*assistant build") as raised:
            build()
        assert "\n" not in str(raised.value)
    monkeypatch.undo()
    assert not list((settings.index / "generations").glob(".building-*"))
    assert len(stems(settings.milvus)) == 2, "the half-written one"
    assert len(open_fake().retrieve("支持")) == 4
    encoder.encoded.clear()
    report = build()
    assert encoder.encoded == []
    assert report.files_added == 1
    assert len(open_fake().retrieve("支持")) == 6
    assert before < stems(settings.milvus)
    assert len(stems(settings.milvus)) == 2, "the one in use and the one before"


@only_milvus
def test_half_a_generation_is_dropped_though_there_is_nothing_to_build(
    library: Path, build: Build, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build that fails for another reason drops what it wrote at once."""
    assert settings.milvus
    build()
    before = stems(settings.milvus)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (library / "chengdu.txt").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(generation, "hash_files", full)
        with pytest.raises(Exception, match="No space left"):
            build()
    assert stems(settings.milvus) == before


@only_milvus
def test_collections_that_are_gone_are_named_and_made_again(
    library: Path, build: Build, open_fake: Open, settings: Settings, encoder: FakeEncoder
) -> None:
    """Somebody dropped a collection: a question and an opening say so, a build writes it again
    without encoding anything."""
    assert settings.milvus
    build()
    opened = open_fake()
    for name in server_at(settings.milvus).collections():
        server_at(settings.milvus).drop(name)
    with pytest.raises(IndexDamagedError, match="assistant build"):
        opened.retrieve("支持")
    with pytest.raises(IndexDamagedError, match="is gone.*assistant build"):
        open_fake()
    encoder.encoded.clear()
    assert build().rebuilt
    assert encoder.encoded == []
    assert len(open_fake().retrieve("支持")) == 4


@only_milvus
def test_another_engine_rebuilds_by_itself_and_encodes_nothing(
    library: Path,
    build: Build,
    settings: Settings,
    tokenizer: Tokenizer,
    encoder: FakeEncoder,
    tmp_path: Path,
) -> None:
    """An index made for one engine is refused under the setting of another, with the command that
    writes it there; that takes the vectors from the cache."""
    build()
    encoder.encoded.clear()
    for milvus in (None, str(tmp_path / "other.db"), settings.milvus):
        now = settings.model_copy(update={"milvus": milvus})

        def opened(now: Settings = now) -> Assistant:
            return Assistant.with_parts(now.index, now, encoder, tokenizer)

        with pytest.raises(IndexMismatchError, match="assistant build"):
            opened()
        report = Builder(now, encoder, tokenizer, silent).build(library, now.index)
        assert report.rebuilt
        assert encoder.encoded == []
        assert len(opened().retrieve("支持")) == 4


def test_a_milvus_that_is_away_is_one_line_without_secrets(
    library: Path,
    settings: Settings,
    encoder: FakeEncoder,
    tokenizer: Tokenizer,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A build says where it looked and what to do, before it encodes anything; the index in use is
    the old one. Neither the token nor the user's name in the address is told."""
    monkeypatch.setattr(server_module, "_CONNECT", 0.3)
    Builder(settings, encoder, tokenizer, silent).build(library, settings.index)
    encoder.encoded.clear()
    port = free_port()
    away = Settings.load(
        index=settings.index,
        cache_dir=settings.cache_dir,
        milvus=f"http://someone:hidden@127.0.0.1:{port}",
        milvus_token="someone:hidden",
    )
    (library / "chengdu.txt").unlink()
    calls: list[Callable[[], object]] = [
        lambda: Builder(away, encoder, tokenizer, silent).build(library, away.index, full=True),
        lambda: Builder(away, encoder, tokenizer, silent).build(library, away.index),
        lambda: server_at(str(away.milvus), "someone:hidden").count("any"),
    ]
    for call in calls:
        with pytest.raises(IndexAwayError, match=f"http://127.0.0.1:{port} .*assistant build") as e:
            call()
        assert "hidden" not in str(e.value)
        assert "\n" not in str(e.value)
    assert away.milvus_token
    assert "hidden" not in f"{away.milvus_token!r} {away.milvus_token}"
    assert encoder.encoded == []
    assert capfd.readouterr().err == ""
    still = Assistant.with_parts(settings.index, settings, encoder, tokenizer)
    assert len(still.retrieve("支持")) == 4


@contextmanager
def served(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A Milvus in a process of its own, as a server is."""
    code = (
        "import sys; from milvus_lite.adapter.grpc.server import run_server;"
        "run_server(sys.argv[1], '127.0.0.1', int(sys.argv[2]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(folder), str(port)], stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, "the server stopped"
            assert time.monotonic() < deadline, "the server did not come up"
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_server_that_is_killed_and_started_again(
    library: Path,
    settings: Settings,
    tokenizer: Tokenizer,
    encoder: FakeEncoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Over the network, through graphs: while the server is dead, questions and builds say so in
    one line; when it is back, the same open reader answers, and a build goes on."""
    monkeypatch.setattr(server_module, "_EXACT_UP_TO", 0)
    port = free_port()
    remote = settings.model_copy(update={"milvus": f"http://127.0.0.1:{port}"})
    builder = Builder(remote, encoder, tokenizer, silent)
    with served(tmp_path / "data", port):
        builder.build(library, remote.index)
        reader = Assistant.with_parts(remote.index, remote, encoder, tokenizer)
        before = [hit.clause.text for hit in reader.retrieve("支持")]
        assert len(before) == 4
    (library / "third.txt").write_text(CHENGDU.replace("成都", "深圳"), "utf-8")
    for name in ("_ANSWER", "_CONNECT"):
        monkeypatch.setattr(server_module, name, 0.5)
    with pytest.raises(IndexAwayError, match=f"127.0.0.1:{port} does not serve"):
        reader.retrieve("支持")
    with pytest.raises(IndexAwayError, match="Start Milvus.*assistant build"):
        builder.build(library, remote.index)
    with served(tmp_path / "data", port):
        monkeypatch.setattr(server_module, "_ANSWER", 20.0)
        monkeypatch.setattr(server_module, "_CONNECT", 10.0)
        current = Assistant.with_parts(remote.index, remote, encoder, tokenizer)
        assert [hit.clause.text for hit in current.retrieve("支持")] == before
        assert [hit.clause.text for hit in reader.retrieve("支持")] == before
        assert builder.build(library, remote.index).files_added == 1
        assert reader.refresh()
        assert len(reader.retrieve("支持")) == 6
        server_at(str(remote.milvus)).close()


@only_milvus
def test_a_file_that_another_process_uses_is_named(
    library: Path, build: Build, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    """Milvus Lite serves one process at a time; the error says so."""
    assert settings.milvus
    code = (
        "import sys; from milvus_lite import MilvusLite; db = MilvusLite(sys.argv[1]);"
        "print('open', flush=True); sys.stdin.read()"
    )
    Path(settings.milvus).parent.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", code, settings.milvus], stdin=-1, stdout=-1
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(IndexAwayError, match="One process at a time"):
            build()
        other.communicate()
    assert capfd.readouterr().err == ""
    assert build().clauses == 4


@pytest.mark.parametrize("value", ["index", "tcp://host:1", "", "ftp://x.db"])
def test_a_setting_that_is_no_milvus_is_refused(value: str) -> None:
    """It names a file that ends in .db, or a server."""
    with pytest.raises(SettingsError, match="milvus"):
        Settings.load(milvus=value)


def test_without_the_client_the_setting_names_the_command(
    library: Path, settings: Settings, tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The packages are an extra: what is missing is named with the command that installs it."""
    monkeypatch.setattr(server_module, "find_spec", lambda name: None)
    named = settings.model_copy(update={"milvus": "http://127.0.0.1:19530"})
    with pytest.raises(ExtraMissingError, match=r"pymilvus, .*pip install .*\[milvus\]"):
        Builder(named, FakeEncoder(), tokenizer, silent)
