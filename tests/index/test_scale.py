"""What keeps a large library fast: approximate search, the best of all scores, rows by where they
begin."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Assistant, Settings
from assistant.errors import IndexDamagedError
from assistant.index import generation
from assistant.index.addresses import address_hash, columns_of, levels_of, normal_address
from assistant.index.channels import RANKED
from assistant.index.dense import DenseIndex, Vectors
from assistant.index.entry import Entry
from assistant.index.lexical import LexicalIndex
from assistant.index.store import Owners
from tests.conftest import Build, documents_of
from tests.small import FIVE

COUNT, DIMENSION = 30_000, 32


def unit(rows: int, seed: int) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(rows, DIMENSION)).astype(np.float32)
    normal: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return normal


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    """Texts of a hundred subjects."""
    subjects = unit(100, 0)[np.random.default_rng(1).integers(0, 100, COUNT)]
    near = subjects + 0.7 * unit(COUNT, 2)
    normal: Vectors = near / np.linalg.norm(near, axis=1, keepdims=True)
    return normal


@pytest.fixture(scope="module")
def path(vectors: Vectors, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A large index on disk, as far as the program is concerned."""
    path = tmp_path_factory.mktemp("dense") / "dense.faiss"
    DenseIndex.build(vectors, exact_up_to=1_000).save(path)
    return path


@pytest.fixture(scope="module")
def large(path: Path) -> DenseIndex:
    return DenseIndex.load(path)


def test_a_large_index_finds_what_exact_search_finds(large: DenseIndex, vectors: Vectors) -> None:
    """Of the ten nearest passages 98 of 100 are found, in their order, with their exact cosines."""
    assert not large.is_exact
    assert (len(large), large.dimension) == vectors.shape
    shared = 0
    for question in unit(50, 3):
        cosines = vectors @ question
        rows, scores = large.search(question, 10)
        shared += len(np.intersect1d(rows, np.argsort(-cosines)[:10]))
        assert scores == pytest.approx(cosines[rows], abs=1e-3)
        assert scores.tolist() == sorted(scores.tolist(), reverse=True)
        assert large.cosines(question, rows) == pytest.approx(scores)
    assert shared >= 490


@pytest.mark.parametrize("share", [0.001, 0.2, 0.5, 0.9])
def test_a_limited_search_misses_no_more(large: DenseIndex, vectors: Vectors, share: float) -> None:
    """Whatever share of the passages is admitted, only these are found, and the nearest of them."""
    allowed = np.flatnonzero(np.random.default_rng(4).random(COUNT) < share)
    shared = 0
    for question in unit(20, 5):
        rows, _ = large.search(question, 10, allowed)
        assert set(rows.tolist()) <= set(allowed.tolist())
        nearest = allowed[np.argsort(-(vectors[allowed] @ question))[:10]]
        shared += len(np.intersect1d(rows, nearest))
    assert shared >= 196
    assert len(large.search(unit(1, 5)[0], 10, np.empty(0, np.int64))[0]) == 0


def test_an_exact_index_admits_many_as_few(vectors: Vectors) -> None:
    """A limit to most of the passages is exact, too."""
    index = DenseIndex.build(vectors)
    assert index.is_exact
    allowed = np.flatnonzero(np.arange(COUNT) % 3)
    question = unit(1, 6)[0]
    rows, _ = index.search(question, 10, allowed)
    assert rows.tolist() == allowed[np.argsort(-(vectors[allowed] @ question))[:10]].tolist()


def test_the_same_vectors_give_the_same_index(path: Path, vectors: Vectors, tmp_path: Path) -> None:
    """Chance has no part in it, and halves of floats from a mapped file serve as well."""
    np.save(tmp_path / "mapped.npy", vectors.astype(np.float16))
    mapped = np.load(tmp_path / "mapped.npy", mmap_mode="r")
    for name, some in (("a", vectors), ("b", mapped), ("c", mapped)):
        DenseIndex.build(some, exact_up_to=1_000).save(tmp_path / f"{name}.faiss")
    assert (tmp_path / "a.faiss").read_bytes() == path.read_bytes()
    assert (tmp_path / "b.faiss").read_bytes() == (tmp_path / "c.faiss").read_bytes()
    assert np.array_equal(np.load(tmp_path / "b.npy"), mapped)


@pytest.mark.parametrize("harm", ["cut", "missing", "another"])
def test_vectors_that_are_not_the_index_s_are_named(
    vectors: Vectors, tmp_path: Path, harm: str
) -> None:
    """The vectors beside a large index: cut, gone, of another one."""
    DenseIndex.build(vectors[:2_000], exact_up_to=100).save(tmp_path / "dense.faiss")
    beside = tmp_path / "dense.npy"
    if harm == "cut":
        beside.write_bytes(beside.read_bytes()[:-100])
    elif harm == "missing":
        beside.unlink()
    else:
        np.save(beside, vectors[:1_999].astype(np.float16))
    with pytest.raises(IndexDamagedError, match="assistant build --full"):
        DenseIndex.load(tmp_path / "dense.faiss")


WORDS = [f"词{i}" for i in range(60)]


def zipf(rng: np.random.Generator, size: int) -> list[str]:
    """Words, the first of which are in most clauses."""
    return [WORDS[min(int(i), len(WORDS)) - 1] for i in rng.zipf(1.4, size)]


@pytest.fixture(scope="module")
def lexical() -> LexicalIndex:
    """Enough clauses that the best are looked for by a sample, and more than are sorted at once."""
    rng = np.random.default_rng(7)
    return LexicalIndex.build(zipf(rng, int(rng.integers(3, 12))) for _ in range(60_000))


@given(
    st.lists(
        st.dictionaries(st.sampled_from([*WORDS, "无"]), st.sampled_from([0.5, 0.7, 1.0]), max_size=3),
        max_size=9,
    ),
    st.integers(1, 300),
)  # fmt: skip
def test_the_best_clauses_are_those_of_all_scores(
    lexical: LexicalIndex, words: list[dict[str, float]], count: int
) -> None:
    """They come with all that share the last one's score; a few clauses alone score the same."""
    whole = lexical.weighted(words)
    rows, scores = lexical.scoring(words).best(count)
    positive = np.sort(whole[whole > 0])[::-1]
    least = positive[count - 1] if len(positive) >= count else np.float32(1e-9)
    assert rows.tolist() == np.flatnonzero(whole >= least).tolist()
    assert scores.tolist() == whole[rows].tolist()
    some = np.arange(0, len(whole), 9_973)
    assert lexical.scoring(words).at(some).tolist() == whole[some].tolist()


def test_postings_are_in_the_order_of_the_clauses(lexical: LexicalIndex) -> None:
    """Each column is sorted, over the parts in which the index was built, and holds a clause once."""
    arrays = lexical._engine.scores
    ends = arrays["indptr"].tolist()
    for start, end in pairwise(ends):
        assert (np.diff(arrays["indices"][start:end]) > 0).all()
    assert ends[-1] == len(arrays["data"]) == len(arrays["indices"])


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12))
def test_owners_are_those_of_plain_counting(counts: list[int]) -> None:
    """Of any numbers of parts, none among them: whose each is, and which each has."""
    owners = Owners(np.concatenate([[0], np.cumsum(counts)]))
    plain = [owner for owner, count in enumerate(counts) for _ in range(count)]
    assert list(owners) == plain
    assert len(owners) == len(plain)
    assert owners[np.arange(len(plain))].tolist() == plain
    some = np.arange(len(counts))[::2]
    assert owners.parts_of(some).tolist() == [i for i, o in enumerate(plain) if o % 2 == 0]


@pytest.mark.parametrize("text", FIVE.values(), ids=FIVE)
def test_an_entry_comes_back_as_it_was(text: str) -> None:
    """What the store keeps of a document without its text is what was put there."""
    for document in documents_of(text):
        entry = Entry.of(document)
        assert Entry.unpacked(entry.packed()) == entry
        assert entry.name == document.name


@pytest.mark.parametrize(
    "address",
    ["《某某市办法》第三十条", "《甲》附件（三）", "《甲》附件 四、2.", "第1段", "《二十》十二、", "《A（试行）》①"],
)  # fmt: skip
def test_the_columns_of_an_address_are_its_normal_form(address: str) -> None:
    """Parted at the title's bracket, an address has the same normal form as whole."""
    found, levels = columns_of(address)
    assert found == address_hash(normal_address(address))
    assert levels[::-1] == normal_address(levels_of(address))


@pytest.mark.parametrize("name", ["clauses.npy", "passages.npy"])
@pytest.mark.parametrize("harm", ["cut", "missing", "another", "empty"])
def test_rows_that_do_not_fit_are_named(
    settings: Settings, build: Build, open_fake: Callable[[], Assistant], name: str, harm: str
) -> None:
    """Where a document's clauses or a clause's passages begin: damaged, gone, of another index."""
    settings.documents.mkdir()
    (settings.documents / "a.txt").write_text("杭州市政策\n一、甲。\n二、乙。\n", "utf-8")
    build()
    path = generation.open_folder(settings.index) / name
    if harm == "cut":
        path.write_bytes(path.read_bytes()[:-9])
    elif harm == "missing":
        path.unlink()
    else:
        np.save(path, np.array([0, 7] if harm == "another" else [], np.int64))
    with pytest.raises(IndexDamagedError, match="assistant build --full"):
        open_fake()


def test_documents_are_read_when_they_are_asked_for(
    settings: Settings, build: Build, open_fake: Callable[[], Assistant]
) -> None:
    """The library's documents are a sequence like any other."""
    settings.documents.mkdir()
    for name in ("a", "b", "c"):
        (settings.documents / f"{name}.txt").write_text(
            f"{name}市政策\n一、甲。\n二、乙。\n", "utf-8"
        )
    build()
    documents = open_fake().documents
    assert [d.source for d in documents] == ["a.txt", "b.txt", "c.txt"]
    assert [d.source for d in documents[1:]] == ["b.txt", "c.txt"]
    assert documents[-1].text.startswith("c市")
    assert len(documents) == 3
    with pytest.raises(IndexError):
        documents[3]


def test_a_rank_is_one_of_the_first_thousand(
    settings: Settings, build: Build, open_fake: Callable[[], Assistant]
) -> None:
    """Behind the first thousand of a channel a clause has no rank in it."""
    settings.documents.mkdir()
    items = "\n".join(
        f"第{i}条 独立站{'补贴' * (1 + i % 7)}{'园区' * (i // 7)}。" for i in range(1, 1_300)
    )
    (settings.documents / "a.txt").write_text(f"某某办法\n{items}\n", "utf-8")
    build()
    channels = open_fake().snapshot.channels
    matches = channels.match([{"补贴": 1.0}])
    scores = open_fake().snapshot.embedded.lexical.scores(["补贴"])
    expected = [1 + int((scores > score).sum()) for score in scores]
    ranks = [matches.rank(row) for row in range(len(scores))]
    assert ranks == [rank if rank <= RANKED else None for rank in expected]
    assert None in ranks
    assert channels.match([{"没有": 1.0}]).rank(0) is None
