"""How good an encoder is: on STARD's questions, and on those of the five policies."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
import numpy.typing as npt

from assistant.clauses import Clause
from assistant.evaluation import GoldQuestion
from assistant.index.dense import Vectors
from assistant.index.passages import passages, sentences
from assistant.retrieval.fusion import DENSE_WEIGHT, DEPTH, standardise
from benchmarks.fusion import best_cosines
from training.corpus import Encode, Plain
from training.stard import Stard

Scores = npt.NDArray[np.float32]
Triple = tuple[float, float, float]
_MEASURES = 5
WEIGHTS = (1.0, 1.4, 1.8, DENSE_WEIGHT, 2.6, 3.0, 4.0, 6.0)
"""Weights of the cosine beside BM25 at which both together are measured, the program's among
them."""


@dataclass(frozen=True, slots=True)
class OnStard:
    """Recall in the first 10 and 100 and the reciprocal rank, by the cosine alone; recall with
    BM25's standardised scores added, as the program does and at each of :data:`WEIGHTS`. Over
    ``articles`` articles."""

    articles: int
    recall_10: float
    recall_100: float
    mrr: float
    fused_10: float
    fused_100: float
    by_weight: tuple[Triple, ...]

    @property
    def row(self) -> tuple[float, ...]:
        """All but what is by weight."""
        return astuple(self)[:-1]

    @classmethod
    def mean(cls, some: Sequence[OnStard]) -> OnStard:
        """The mean over folds."""
        articles, ten, hundred, mrr, fused_10, fused_100 = np.mean(
            [one.row for one in some], axis=0
        ).tolist()
        pairs = _rows(np.mean([one.by_weight for one in some], axis=0))
        return cls(round(articles), ten, hundred, mrr, fused_10, fused_100, pairs)


def on_stard(
    stard: Stard, plain: Plain, asked: Sequence[int], rows: Sequence[int], encode: Encode,
    articles: Vectors | None = None,
) -> OnStard:  # fmt: skip
    """Asks the questions ``asked`` of the articles ``rows``."""
    if articles is None:
        articles = encode([f"passage: {stard.articles[row].passage}" for row in rows])
    questions = encode([f"query: {stard.questions[number].text}" for number in asked])
    place = {row: i for i, row in enumerate(rows)}
    found, together = [], []
    for vector, number in zip(questions, asked, strict=True):
        cosines: Scores = articles @ vector
        words = _scaled(plain.words[number, rows].astype(np.float32))
        right = [place[row] for row in stard.questions[number].relevant]
        dense = ranks_of(cosines, right)
        found.append([recall(dense, 10), recall(dense, 100), 1 / min(dense)])
        scaled = _scaled(cosines)
        ranks = [ranks_of(weight * scaled + words, right) for weight in WEIGHTS]
        together.append([[recall(some, 10), recall(some, 100)] for some in ranks])
    ten, hundred, mrr = np.mean(found, axis=0).tolist()
    means = np.mean(together, axis=0).tolist()
    fused_10, fused_100 = means[WEIGHTS.index(DENSE_WEIGHT)]
    by_weight = _rows([[w, *some] for w, some in zip(WEIGHTS, means, strict=True)])
    return OnStard(len(rows), ten, hundred, mrr, fused_10, fused_100, by_weight)


def _rows(numbers: npt.ArrayLike) -> tuple[Triple, ...]:
    rows: list[list[float]] = np.asarray(numbers, np.float64).tolist()
    return tuple((weight, ten, hundred) for weight, ten, hundred in rows)


@dataclass(frozen=True, slots=True)
class OnPolicies:
    """Recall in the first 5 and the reciprocal rank of each set of questions, by the mean of the
    cosines of the best passage and the best sentence: the dense channel, without what steers it.
    ``told``: how often a question that is answered there has a higher cosine to the best sentence
    of its first clause than one about another subject."""

    found: dict[str, tuple[float, float]]
    told: float


def on_policies(
    clauses: Sequence[Clause],
    gold: dict[str, list[tuple[str, GoldQuestion]]],
    foreign: Sequence[str],
    encode: Encode,
) -> OnPolicies:
    """Asks what the questions are about, and what ``foreign`` ones are."""
    asked = [topic for some in gold.values() for topic, _ in some]
    vectors = encode([f"query: {topic}" for topic in (*asked, *foreign)])

    def encoded(some: Sequence[str]) -> Vectors:
        return encode([f"passage: {text}" for text in some])

    whole, said = (
        best_cosines(vectors, encoded, [texts(clause) for clause in clauses])
        for texts in (passages, sentences)
    )
    scores = (whole + said) / 2
    first = said[np.arange(len(said)), scores.argmax(1)]
    ours, others = np.split(first, [len(asked)])
    rows = iter(scores)
    found = {}
    for name, some in gold.items():
        measured = []
        for _, question in some:
            row = next(rows)
            ranks = [
                ranks_of(row, [i for i, c in enumerate(clauses) if piece.stands_in(c)])
                for piece in question.evidence
            ]
            inside = [any(rank <= _MEASURES for rank in piece) for piece in ranks]
            measured.append([statistics.mean(inside), 1 / min(rank for p in ranks for rank in p)])
        recall, mrr = np.mean(measured, axis=0).tolist()
        found[name] = (recall, mrr)
    return OnPolicies(found, float((ours[:, None] > others).mean()))


def _scaled(scores: Scores) -> Scores:
    wide = scores.astype(np.float64)
    return standardise(wide, np.sort(wide)[-DEPTH:]).astype(np.float32)


def ranks_of(scores: Scores, rows: Sequence[int]) -> list[int]:
    """The ranks of rows, from 1; articles of the same words share the best. Raises
    :class:`ValueError` for what is no number, which would rank before all."""
    if not np.isfinite(scores).all():
        raise ValueError("the encoder gave vectors that are no numbers")
    return [int((scores > scores[row]).sum()) + 1 for row in rows]


def recall(ranks: Sequence[int], depth: int) -> float:
    """The share of the ranks that are among the first ``depth``."""
    return sum(rank <= depth for rank in ranks) / len(ranks)
