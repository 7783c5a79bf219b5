"""Tokens, the lexical and the dense channel, passages, the vector cache."""

from __future__ import annotations

import math
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import IndexDamagedError
from assistant.index import Tokenizer
from assistant.index.background import measure, off_topic_questions
from assistant.index.channels import best
from assistant.index.dense import DenseIndex
from assistant.index.lexical import K1, B, LexicalIndex
from assistant.index.passages import MAX_CHARS, indexed_text, passages
from assistant.index.tokens import trade_terms
from assistant.index.vectors import VectorCache, text_hash
from tests.conftest import FakeEncoder, clauses_of


@pytest.mark.parametrize(
    "term", ["跨境电商", "独立站", "海外仓", "综试区", "运力券", "9810", "1210"]
)
def test_terms_of_the_trade_stay_whole(tokenizer: Tokenizer, term: str) -> None:
    """The trade's terms and customs codes are tokens, whatever stands around them."""
    assert term in tokenizer.tokens(f"支持{term}的企业发展，编号{term}。")


def test_terms_are_each_listed_once() -> None:
    """The dictionary has no doubles and nothing empty."""
    terms = trade_terms()
    assert len(set(terms)) == len(terms) > 50
    assert all(term == term.strip().lower() for term in terms)


def test_tokens_are_folded(tokenizer: Tokenizer) -> None:
    """Full-width, traditional and upper-case forms give the same tokens; signs give none."""
    assert tokenizer.tokens("ＲＣＥＰ海外倉！") == tokenizer.tokens("rcep海外仓")
    assert tokenizer.tokens("，。！《》 \n") == []


def test_other_terms_make_another_fingerprint(cache_dir: Path, tokenizer: Tokenizer) -> None:
    """An index made with another list of terms is not taken for one of this."""
    assert Tokenizer(cache_dir, ["别的词"]).fingerprint != tokenizer.fingerprint


def test_bm25_is_the_formula(tmp_path: Path) -> None:
    """Scores are Robertson's formula in Lucene's form, also after saving and loading."""
    documents = [["补贴", "企业", "补贴"], ["企业", "海外仓"], ["园区"] * 4]
    index = LexicalIndex.build(documents)
    index.save(tmp_path)
    query = ["补贴", "企业", "没有"]
    average = sum(map(len, documents)) / len(documents)

    def score(document: list[str]) -> float:
        total = 0.0
        for word in query:
            count = sum(word in other for other in documents)
            if count:
                idf = math.log(1 + (len(documents) - count + 0.5) / (count + 0.5))
                tf = document.count(word)
                total += idf * tf / (tf + K1 * (1 - B + B * len(document) / average))
        return total

    expected = [score(document) for document in documents]
    for built in (index, LexicalIndex.load(tmp_path)):
        assert built.scores(query) == pytest.approx(expected, rel=1e-5)
        assert built.scores(["没有"]).tolist() == [0, 0, 0]
        assert built.matched(query) == ["补贴", "企业"]
        assert built.weight("企业") == pytest.approx(math.log(1 + 1.5 / 2.5))
        assert built.weight("没有") == pytest.approx(math.log(1 + 3.5 / 0.5))


def test_a_clause_without_words_is_no_trouble() -> None:
    """A clause of signs alone is in the index and is never found."""
    index = LexicalIndex.build([[], ["补贴"]])
    assert len(index) == 2
    assert index.scores(["补贴"])[0] == 0


def test_dense_search_is_exact(tmp_path: Path) -> None:
    """The nearest rows and their cosines are those of plain arithmetic, filtered or not."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(200, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    DenseIndex.build(vectors).save(tmp_path / "dense.faiss")
    index = DenseIndex.load(tmp_path / "dense.faiss")
    question = vectors[7]
    cosines = vectors @ question
    rows, scores = index.search(question, 10)
    assert rows.tolist() == np.argsort(-cosines)[:10].tolist()
    assert scores == pytest.approx(cosines[rows], abs=1e-5)
    allowed = np.array([3, 50, 120, 199], np.int64)
    rows, _ = index.search(question, 10, allowed)
    assert rows.tolist() == sorted(allowed.tolist(), key=lambda row: -cosines[row])
    assert len(index.search(question, 5, np.empty(0, np.int64))[0]) == 0
    assert index.cosines(question, allowed) == pytest.approx(cosines[allowed], abs=1e-5)


def test_damaged_files_are_named(tmp_path: Path) -> None:
    """A file that is no index gives an error with its path and the command that mends it."""
    (tmp_path / "dense.faiss").write_bytes(b"nothing")
    with pytest.raises(IndexDamagedError, match="assistant build --full"):
        DenseIndex.load(tmp_path / "dense.faiss")
    with pytest.raises(IndexDamagedError, match="BM25"):
        LexicalIndex.load(tmp_path)


def test_what_stands_above_a_clause_is_indexed_with_it() -> None:
    """Place, title and headings go before the text for the words; for the vector the headings and
    the place, or the title where there is no place."""
    text = "杭州市若干扶持政策\n一、品牌出海\n1.独立站。给予补贴。\n2.商标。给予奖励。\n二、其他\n3.另定。\n"
    clause = clauses_of(text)[0]
    assert indexed_text(clause) == "杭州市 杭州市若干扶持政策 一、品牌出海\n1.独立站。给予补贴。"
    assert passages(clause) == ["杭州市 一、品牌出海 1.独立站。给予补贴。"]
    law = clauses_of("# 电子商务促进条例\n第一条 支持发展。\n第二条 加强管理。\n")[0]
    assert passages(law) == ["电子商务促进条例 第一条支持发展。"]


@given(st.lists(st.integers(1, 900), min_size=1, max_size=8))
def test_a_long_clause_gives_several_passages_and_loses_nothing(lengths: list[int]) -> None:
    """Passages are short enough, and together hold every character of the clause."""
    body = "".join("补" * length + "。" for length in lengths)
    (clause,) = clauses_of(f"支持企业。{body}")
    pieces = passages(clause)
    assert all(len(piece) <= MAX_CHARS + 170 for piece in pieces)
    assert sum(piece.count("补") for piece in pieces) == sum(lengths)


def test_vectors_are_remembered_by_encoder_and_text(tmp_path: Path) -> None:
    """A vector comes back as it was, to the encoder that made it and to no other."""
    vector = np.linspace(-1, 1, 8, dtype=np.float32)
    key = text_hash("补贴")
    with VectorCache.open(tmp_path / "v.sqlite", "one") as cache:
        cache.put({key: vector})
        assert cache.get([key, text_hash("别的")]).keys() == {key}
    with VectorCache.open(tmp_path / "v.sqlite", "one") as cache:
        assert cache.get([key])[key].tolist() == vector.tolist()
        cache.keep_only([])
        assert cache.get([key]) == {}
    with VectorCache.open(tmp_path / "v.sqlite", "two") as cache:
        assert cache.get([key]) == {}


def test_a_damaged_cache_costs_time_only(tmp_path: Path) -> None:
    """A cache that is no database is begun anew."""
    path = tmp_path / "v.sqlite"
    path.write_bytes(b"not a database" * 100)
    with VectorCache.open(path, "one") as cache:
        cache.put({b"k" * 16: np.ones(2, np.float32)})
    assert sqlite3.connect(path).execute("SELECT count(*) FROM entries").fetchone() == (1,)


def test_background_is_mean_and_deviation_of_what_chance_reaches() -> None:
    """The best cosine of each off-topic question, averaged."""
    encoder = FakeEncoder()
    vectors = encoder.encode_passages(["企业补贴", "海外仓建设", "人才引进"])
    best = (encoder.encode_queries(off_topic_questions()) @ vectors.T).max(axis=1)
    found = measure(
        encoder.encode_queries(off_topic_questions()),
        vectors,
        vectors[:2],
        vectors[:1],
    )
    assert found.mean == pytest.approx(best.mean(), rel=1e-5)
    assert found.deviation == pytest.approx(best.std(), rel=1e-4)
    assert found.subject_mean < found.mean
    said = (encoder.encode_queries(off_topic_questions()) @ vectors[:2].T).max(axis=1)
    assert found.sentence_mean == pytest.approx(said.mean(), rel=1e-5)
    assert found.sentence_deviation == pytest.approx(said.std(), rel=1e-4)
    assert found.sentence_deviations(found.sentence_mean + found.sentence_deviation) == (
        pytest.approx(1)
    )
    assert found.deviations(found.mean + found.deviation) == pytest.approx(1)


def test_best_breaks_ties_by_the_order_of_the_rows() -> None:
    """Equal scores come in the order of the library, so that answers do not change by chance."""
    rows = np.array([4, 7, 9, 11])
    assert best(np.array([1.0, 2.0, 2.0, 0.5]), rows, 3).tolist() == [7, 9, 4]
