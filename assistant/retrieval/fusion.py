"""Two channels' scores → one.

Each channel's scores are standardised over its own first :data:`DEPTH` clauses and summed. Over
the whole library that would let BM25 rule, most of whose scores are zero: the few others then lie
many deviations out. Standardising over the head keeps both channels on one scale whatever the
library's size. The values here were chosen by cross-validation (``benchmarks/fusion.py``), with the
default encoder: 80 of 100 folds chose these weights; larger bonuses than this one do alike.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

DEPTH = 100
"""Clauses of each channel whose scores set the scale."""
LOCAL_DEPTH = 30
"""The same for what the question names (a place, a document), which has a scale of its own:
otherwise, among a hundred thousand other clauses, its scores would all be alike and far below. Of
10 to 100, 30 is best on all four sets of questions, and as good as one scale in a small library."""
DENSE_WEIGHT = 2.2
"""Weight of the dense channel beside the lexical one."""
PLACE_BONUS = 6.0
"""Added for a clause of a place that the question names and taken from one of another place, in
standard deviations. A text of no place (a national law) gets neither: it stays in sight."""

NEIGHBOUR_WEIGHT = 0.05
"""What the better neighbour of a clause in its document adds to its score."""
SYNONYM_COVERS = 0.5
"""What a word of the same meaning counts where the share of a question's words is taken that a
clause holds."""

Scores = npt.NDArray[np.float64]


def standardise(scores: Scores, head: Scores) -> Scores:
    """``scores`` in standard deviations above the mean of ``head``, the channel's best scores."""
    deviation = head.std() if len(head) > 1 else 0.0
    if deviation < 1e-9:
        return np.zeros_like(scores)
    result: Scores = (scores - head.mean()) / deviation
    return result


def fuse(dense: npt.NDArray[np.floating], lexical: npt.NDArray[np.floating], depth: int) -> Scores:
    """The scores of both channels for the same clauses as one: standardised over each channel's
    own first ``depth`` of them, and summed."""
    if len(dense) == 0:
        return np.zeros(0)
    first, second = dense.astype(np.float64), lexical.astype(np.float64)
    result: Scores = DENSE_WEIGHT * standardise(first, _head(first, depth)) + standardise(
        second, _head(second, depth)
    )
    return result


def _head(scores: Scores, depth: int) -> Scores:
    """The highest ``depth`` of ``scores``."""
    head: Scores = scores if len(scores) <= depth else np.partition(scores, -depth)[-depth:]
    return head


def with_neighbours(
    scores: Scores, rows: npt.NDArray[np.int64], documents: npt.NDArray[np.int64]
) -> Scores:
    """``scores`` of the clauses ``rows`` (sorted) of those ``documents``, each raised by that of
    the better one of the clauses beside it in its document, where that is above 0. Clauses that
    are not among ``rows`` count as 0."""
    beside = (np.diff(rows) == 1) & (np.diff(documents) == 0)
    near = np.zeros_like(scores)
    near[1:][beside] = np.maximum(near[1:][beside], scores[:-1][beside])
    near[:-1][beside] = np.maximum(near[:-1][beside], scores[1:][beside])
    result: Scores = scores + NEIGHBOUR_WEIGHT * near
    return result
