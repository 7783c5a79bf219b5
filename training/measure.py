"""How good an encoder is: on STARD's questions, and on those of the five policies."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass

import numpy as np
import numpy.typing as npt

from assistant.clauses import Clause
from assistant.evaluation import GoldQuestion
from assistant.index.dense import Vectors
from assistant.index.passages import passages, sentences
from assistant.retrieval.fusion import DENSE_WEIGHT, DEPTH, standardise
from training.corpus import Encode, Plain
from training.stard import Stard

Scores = npt.NDArray[np.float32]
Policies = dict[str, tuple[float, float]]
_MEASURES = 5


@dataclass(frozen=True, slots=True)
class OnStard:
    """Recall in the first 10 and 100 and the reciprocal rank, by the cosine alone; recall with
    BM25's standardised scores added. Over ``articles`` articles."""

    articles: int
    recall_10: float
    recall_100: float
    mrr: float
    fused_10: float
    fused_100: float

    @classmethod
    def mean(cls, some: Sequence[OnStard]) -> OnStard:
        """The mean over folds."""
        columns = zip(*(astuple(one) for one in some), strict=True)
        articles, *means = (statistics.mean(column) for column in columns)
        return cls(round(articles), *means)


def on_stard(
    stard: Stard, plain: Plain, asked: Sequence[int], rows: Sequence[int], encode: Encode,
    articles: Vectors | None = None,
) -> OnStard:  # fmt: skip
    """Asks the questions ``asked`` of the articles ``rows``."""
    if articles is None:
        articles = encode([f"passage: {stard.articles[row].passage}" for row in rows])
    questions = encode([f"query: {stard.questions[number].text}" for number in asked])
    place = {row: i for i, row in enumerate(rows)}
    found = []
    for vector, number in zip(questions, asked, strict=True):
        cosines: Scores = articles @ vector
        words = plain.words[number, rows].astype(np.float32)
        both = DENSE_WEIGHT * _scaled(cosines) + _scaled(words)
        right = [place[row] for row in stard.questions[number].relevant]
        dense, fused = (_ranks(scores, right) for scores in (cosines, both))
        found.append(
            [
                _recall(dense, 10), _recall(dense, 100), 1 / min(dense),
                _recall(fused, 10), _recall(fused, 100),
            ]
        )  # fmt: skip
    return OnStard(len(rows), *np.mean(found, axis=0).tolist())


def on_policies(
    clauses: Sequence[Clause],
    gold: dict[str, list[tuple[str, GoldQuestion]]],
    encode: Encode,
) -> Policies:
    """Recall in the first 5 and the reciprocal rank for each set of questions (with what each is
    asked about), by the mean of the best passage's and the best sentence's cosine: the dense
    channel, without what steers it."""
    parts = [_best(clauses, texts, encode) for texts in (passages, sentences)]
    found: Policies = {}
    for name, some in gold.items():
        vectors = encode([f"query: {topic}" for topic, _ in some])
        scores = (parts[0](vectors) + parts[1](vectors)) / 2
        rows = []
        for row, (_, question) in zip(scores, some, strict=True):
            ranks = [
                _ranks(row, [i for i, c in enumerate(clauses) if piece.stands_in(c)])
                for piece in question.evidence
            ]
            inside = [any(rank <= _MEASURES for rank in piece) for piece in ranks]
            rows.append([statistics.mean(inside), 1 / min(rank for p in ranks for rank in p)])
        recall, mrr = np.mean(rows, axis=0).tolist()
        found[name] = (recall, mrr)
    return found


def _best(
    clauses: Sequence[Clause], texts: Callable[[Clause], list[str]], encode: Encode
) -> Callable[[Vectors], Scores]:
    """From questions' vectors to the best cosine of each clause."""
    own = [texts(clause) for clause in clauses]
    vectors = encode([f"passage: {text}" for some in own for text in some])
    starts = np.concatenate([[0], np.cumsum([len(some) for some in own])[:-1]])

    def best(questions: Vectors) -> Scores:
        found: Scores = np.maximum.reduceat(questions @ vectors.T, starts, axis=1)
        return found

    return best


def _scaled(scores: Scores) -> Scores:
    wide = scores.astype(np.float64)
    return standardise(wide, np.sort(wide)[-DEPTH:]).astype(np.float32)


def _ranks(scores: Scores, rows: Sequence[int]) -> list[int]:
    """The ranks of rows, from 1; articles of the same words share the best. Raises
    :class:`ValueError` for what is no number, which would rank before all."""
    if not np.isfinite(scores).all():
        raise ValueError("the encoder gave vectors that are no numbers")
    return [int((scores > scores[row]).sum()) + 1 for row in rows]


def _recall(ranks: Sequence[int], depth: int) -> float:
    return sum(rank <= depth for rank in ranks) / len(ranks)
