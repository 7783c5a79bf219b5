"""Sentences' vectors, words of the same meaning in the lexical channel, and what chance reaches."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import IndexDamagedError
from assistant.index.background import measure, off_topic_questions
from assistant.index.dense import Vectors
from assistant.index.lexical import K1, B, LexicalIndex
from assistant.index.sentences import SentenceVectors
from tests.conftest import FakeEncoder

COUNTS = (3, 1, 5, 1, 2)


def unit(rows: int, seed: int = 0, dimension: int = 24) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(rows, dimension)).astype(np.float32)
    normal: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return normal


@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=8),
    st.integers(0, 1_000),
    st.lists(st.integers(0, 7), max_size=8),
)
def test_the_best_sentence_is_that_of_plain_arithmetic(
    counts: list[int], seed: int, wanted: list[int]
) -> None:
    """For any clauses, in any order and repeated: the largest of each one's cosines."""
    vectors, question = unit(sum(counts), seed), unit(1, seed + 1)[0]
    index = SentenceVectors.build(vectors, counts)
    rows = np.array([row for row in wanted if row < len(counts)], np.int64)
    kept = vectors.astype(np.float16).astype(np.float64)
    pieces = np.split(kept, np.cumsum(counts)[:-1])
    expected = [float((pieces[row] @ question).max()) for row in rows]
    assert index.best(question, rows) == pytest.approx(expected, abs=1e-5)
    for row, piece in enumerate(pieces):
        assert index.cosines(question, row) == pytest.approx(piece @ question, abs=1e-5)


def test_sentences_are_kept_on_disk(tmp_path: Path) -> None:
    """What is loaded is what was saved, in half precision, close to the vectors themselves."""
    vectors = unit(sum(COUNTS))
    SentenceVectors.build(vectors, COUNTS).save(tmp_path / "sentences")
    index = SentenceVectors.load(tmp_path / "sentences")
    assert (len(index), index.count) == (len(COUNTS), sum(COUNTS))
    assert index.best(vectors[4], np.array([2])) == pytest.approx([1.0], abs=2e-3)
    assert len(index.best(vectors[0], np.empty(0, np.int64))) == 0


def _truncate(folder: Path) -> None:
    path = folder / "vectors.npy"
    path.write_bytes(path.read_bytes()[:-40])


def _of_another(folder: Path) -> None:
    np.save(folder / "starts.npy", np.array([0, 3, 4], np.int64))


def _empty(folder: Path) -> None:
    np.save(folder / "starts.npy", np.empty(0, np.int64))


def _nonsense(folder: Path) -> None:
    (folder / "starts.npy").write_bytes(b"nothing")


def _missing(folder: Path) -> None:
    (folder / "vectors.npy").unlink()


def _none(folder: Path) -> None:
    (folder / "vectors.npy").write_bytes(b"")


@pytest.mark.parametrize("damage",
    [
        _truncate, _of_another, _empty, _nonsense, _missing,
        _none,
    ],
)  # fmt: skip
def test_a_damaged_folder_is_named(tmp_path: Path, damage: object) -> None:
    """Cut off, of another index, empty or gone: an error with the command that mends it."""
    SentenceVectors.build(unit(sum(COUNTS)), COUNTS).save(tmp_path)
    assert callable(damage)
    damage(tmp_path)
    with pytest.raises(IndexDamagedError, match="assistant build --full"):
        SentenceVectors.load(tmp_path)


WORDS = list("补奖园仓站网路")


def bm25(documents: list[list[str]], word: str) -> list[float]:
    """Robertson's formula in Lucene's form, by hand."""
    average = sum(map(len, documents)) / len(documents)
    count = sum(word in document for document in documents)
    idf = math.log(1 + (len(documents) - count + 0.5) / (count + 0.5))
    found = []
    for document in documents:
        tf = document.count(word)
        found.append(idf * tf / (tf + K1 * (1 - B + B * len(document) / average)))
    return found


@given(
    st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9), min_size=2, max_size=7),
    st.lists(
        st.dictionaries(st.sampled_from([*WORDS, "无"]), st.sampled_from([0.25, 0.7, 1.0]), max_size=4),
        max_size=5,
    ),
)  # fmt: skip
def test_a_term_counts_as_its_best_word(
    documents: list[list[str]], terms: list[dict[str, float]]
) -> None:
    """Each term gives a clause the best of its words' weighted BM25 scores; terms add up."""
    index = LexicalIndex.build(documents)
    expected = [0.0] * len(documents)
    for term in terms:
        columns = [
            [weight * score for score in bm25(documents, word)] for word, weight in term.items()
        ]
        for i in range(len(documents)):
            expected[i] += max((column[i] for column in columns), default=0.0)
    assert index.weighted(terms) == pytest.approx(expected, rel=1e-4, abs=1e-5)
    plain = [word for term in terms for word in term]
    assert index.weighted([{word: 1.0} for word in plain]) == pytest.approx(
        index.scores(plain), rel=1e-4, abs=1e-5
    )


def test_what_chance_reaches_is_mean_and_deviation() -> None:
    """Of the off-topic questions' best cosines: to passages, to subjects, to sentences."""
    encoder = FakeEncoder()
    passages, said, subjects = (unit(rows, rows, encoder.dimension) for rows in (30, 70, 4))
    background = measure(encoder.encode_queries(off_topic_questions()), passages, said, subjects)
    questions = encoder.encode_queries(off_topic_questions())
    for rows, mean, deviation in (
        (passages, background.mean, background.deviation),
        (subjects, background.subject_mean, background.subject_deviation),
        (said, background.sentence_mean, background.sentence_deviation),
    ):
        best = (questions @ rows.T).max(axis=1)
        assert mean == pytest.approx(float(best.mean()), abs=1e-5)
        assert deviation == pytest.approx(max(float(best.std()), 1e-3), abs=1e-5)
    score = background.sentence_mean + 2 * background.sentence_deviation
    assert background.sentence_deviations(score) == pytest.approx(2)
