"""How the channels are fused, chosen by cross-validation.

On the answerable questions of all gold files, each file of the same weight: a grid over
:class:`Choice`. Twenty times five folds: the best of the grid on four is measured on the fifth.
Beside it each channel alone, reciprocal ranks, and the sum of scores standardised over the whole
library.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
import numpy.typing as npt

from assistant.index.dense import Vectors
from assistant.index.lexical import LexicalIndex
from assistant.index.passages import indexed_text, passages, sentences
from assistant.retrieval import Question, place_of
from assistant.retrieval.fusion import (
    DENSE_WEIGHT,
    DEPTH,
    LOCAL_DEPTH,
    NEIGHBOUR_WEIGHT,
    PLACE_BONUS,
    standardise,
    with_neighbours,
)
from assistant.retrieval.question import SYNONYM_WEIGHT
from benchmarks.common import Bench, Options, report, table

Scores = npt.NDArray[np.float64]

SHARES = (0.3, 0.5, 0.7)
SYNONYMS = (0.0, 0.3, 0.5, 0.7)
WEIGHTS = (1.4, 1.8, 2.2, 2.6, 3.0, 4.0)
NEIGHBOURS = (0.0, 0.05, 0.1)
BONUSES = (4.0, 6.0, 8.0, 10.0)
_ROUNDS, _FOLDS = 20, 5


@dataclass(frozen=True, slots=True)
class Choice:
    """A point of the grid: the share of the sentences' cosine in the dense score, the weight of
    words of the same meaning, that of the dense channel, that of neighbours, the bonus for a
    place."""

    share: float
    synonyms: float
    weight: float
    neighbours: float
    bonus: float


def run(bench: Bench, options: Options) -> None:  # noqa: ARG001 - every benchmark has this shape
    """Prints what each choice is worth on average over the grid, and the cross-validated result."""
    understanding = bench.assistant._retriever.understanding
    sets = {
        name: [question for question in questions if question.evidence]
        for name, questions in bench.all_gold.items()
    }
    asked = [question for some in sets.values() for question in some]
    weights = np.concatenate([np.full(len(some), 1 / len(some)) for some in sets.values()])
    questions = [understanding.read(question.question) for question in asked]
    vectors = bench.questions([question.topic for question in questions])
    right = [
        [{i for i, c in enumerate(bench.clauses) if e.stands_in(c)} for e in q.evidence]
        for q in asked
    ]
    places = [set(place_of(clause.document)) for clause in bench.clauses]
    steer = np.array(
        [[(1 if p & set(q.held) else -1) if q.held and p else 0 for p in places] for q in questions]
    )
    index = LexicalIndex.build([bench.tokenizer.tokens(indexed_text(c)) for c in bench.clauses])
    lexical = {weight: _lexical(index, questions, weight) for weight in SYNONYMS}
    whole = best_cosines(vectors, bench.passages, [passages(clause) for clause in bench.clauses])
    said = best_cosines(vectors, bench.passages, [sentences(clause) for clause in bench.clauses])
    documents = np.array([id(clause.document) for clause in bench.clauses])
    grid: dict[Choice, Scores] = {}
    for share, synonyms, weight, near, bonus in itertools.product(
        SHARES, SYNONYMS, WEIGHTS, NEIGHBOURS, BONUSES
    ):
        dense = (1 - share) * whole + share * said
        fused = weight * _parted(dense, steer) + _parted(lexical[synonyms], steer)
        fused = fused + bonus * steer
        fused = np.stack([_with_neighbours(row, documents, near) for row in fused])
        grid[Choice(share, synonyms, weight, near, bonus)] = _measures(fused, right)
    result: dict[str, object] = {}
    for field in fields(Choice):
        means = _by(grid, field.name, weights)
        result[field.name] = means
        table((field.name, "R@5", "MRR", "hit@1"), [(key, *v) for key, v in means.items()])
    _other_fusions(whole, said, lexical[0.0], steer, right, weights)
    tested, picked = _cross_validate(grid, weights)
    print(f"cross-validated: R@5 {tested[0]:.4f}, MRR {tested[1]:.4f}, hit@1 {tested[2]:.4f}")
    for choice, count in picked.most_common(5):
        print(count, choice)
    used = Choice(0.5, SYNONYM_WEIGHT, DENSE_WEIGHT, NEIGHBOUR_WEIGHT, PLACE_BONUS)
    at = 0
    for name, some in sets.items():
        found = grid[used][at : at + len(some)].mean(0)
        print(f"in use, {name}: R@5 {found[0]:.4f}, MRR {found[1]:.4f}, hit@1 {found[2]:.4f}")
        at += len(some)
    print()
    chosen = [{**asdict(choice), "folds": count} for choice, count in picked.most_common()]
    report("fusion", {**result, "cross_validated": list(tested), "chosen": chosen})


def _lexical(index: LexicalIndex, questions: list[Question], weight: float) -> Scores:
    """BM25 with words of the same meaning at ``weight``."""
    rows = [
        index.weighted(
            [{w: 1.0 if v == 1.0 else weight for w, v in term.items()} for term in question.terms]
        )
        for question in questions
    ]
    return np.stack(rows).astype(float)


def best_cosines(
    vectors: Vectors, encode: Callable[[Sequence[str]], Vectors], texts: Sequence[list[str]]
) -> Scores:
    """For each question and clause the best cosine among the clause's texts."""
    counts = [len(some) for some in texts]
    cosines = vectors @ encode([text for some in texts for text in some]).T
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    best: Scores = np.maximum.reduceat(cosines, starts, axis=1).astype(float)
    return best


def _with_neighbours(row: Scores, documents: npt.NDArray[np.int64], weight: float) -> Scores:
    """All clauses are looked at here, so each has its neighbours beside it."""
    if weight == 0:
        return row
    near = with_neighbours(row, np.arange(len(row)), documents) - row
    result: Scores = row + near / NEIGHBOUR_WEIGHT * weight
    return result


def _parted(scores: Scores, steer: npt.NDArray[np.int64]) -> Scores:
    """Standardised, what a question names on a scale of its own."""
    result = np.zeros_like(scores)
    for row, named, scaled in zip(scores, steer > 0, result, strict=True):
        for part, depth in ((named, LOCAL_DEPTH), (~named, DEPTH)):
            if part.any():
                scaled[part] = standardise(row[part], np.sort(row[part])[-depth:])
    return result


def _scaled(scores: Scores) -> Scores:
    return np.stack([standardise(row, np.sort(row)[-DEPTH:]) for row in scores])


def _measures(fused: Scores, right: list[list[set[int]]]) -> Scores:
    """For each question R@5, reciprocal rank and hit@1."""
    rows = []
    for scores, evidence in zip(fused, right, strict=True):
        order = np.argsort(-scores, kind="stable").tolist()
        found = sum(any(i in some for i in order[:5]) for some in evidence) / len(evidence)
        rank = next(
            (r for r, i in enumerate(order, 1) if any(i in some for some in evidence)), np.inf
        )
        rows.append((found, 1 / rank, float(rank == 1)))
    return np.array(rows)


def _by(grid: dict[Choice, Scores], name: str, weights: Scores) -> dict[str, tuple[float, ...]]:
    """The mean measures for each value of one parameter, over all others; the sets of questions
    weigh the same."""
    values = dict.fromkeys(getattr(choice, name) for choice in grid)
    return {
        str(value): tuple(
            float(m)
            for m in np.mean(
                [
                    np.average(s, axis=0, weights=weights)
                    for choice, s in grid.items()
                    if getattr(choice, name) == value
                ],
                axis=0,
            )
        )
        for value in values
    }


def _other_fusions(
    whole: Scores,
    said: Scores,
    lexical: Scores,
    steer: npt.NDArray[np.int64],
    right: list[list[set[int]]],
    weights: Scores,
) -> None:
    def ranks(scores: Scores) -> Scores:
        order: Scores = np.argsort(np.argsort(-scores, axis=1), axis=1).astype(float)
        return order

    def over_all(scores: Scores) -> Scores:
        deviation = scores.std(1, keepdims=True) + 1e-9
        result: Scores = (scores - scores.mean(1, keepdims=True)) / deviation
        return result

    dense = (whole + said) / 2
    fusions = {
        "sum over the first 100": _scaled(dense) + _scaled(lexical) + 4 * steer,
        "sum over the library": over_all(dense) + over_all(lexical) + 4 * steer,
        "reciprocal ranks": 1 / (61 + ranks(dense)) + 1 / (61 + ranks(lexical)) + steer,
        "clauses' vectors alone": _scaled(whole) + 4 * steer,
        "sentences' vectors alone": _scaled(said) + 4 * steer,
        "both vectors": _scaled(dense) + 4 * steer,
        "BM25 alone": _scaled(lexical) + 4 * steer,
        "no steering": _scaled(dense) + _scaled(lexical),
    }
    rows = [
        (name, *map(float, np.average(_measures(f, right), axis=0, weights=weights)))
        for name, f in fusions.items()
    ]
    table(("fusion (no synonyms)", "R@5", "MRR", "hit@1"), rows)


def _cross_validate(
    grid: dict[Choice, Scores], weights: Scores
) -> tuple[tuple[float, ...], Counter[Choice]]:
    keys = list(grid)
    goodness = np.stack([grid[key][:, 0] + grid[key][:, 1] for key in keys])
    count = goodness.shape[1]
    rng = np.random.default_rng(0)
    tested, picked = [], Counter[Choice]()
    for _ in range(_ROUNDS):
        order = rng.permutation(count)
        for fold in range(_FOLDS):
            test = order[fold::_FOLDS]
            train = np.setdiff1d(order, test)
            best = keys[int((goodness[:, train] @ weights[train]).argmax())]
            picked[best] += 1
            tested.append(np.average(grid[best][test], axis=0, weights=weights[test]))
    return tuple(float(value) for value in np.mean(tested, axis=0)), picked
