"""Two channels' scores → one.

Each channel's scores are standardised over its own first :data:`DEPTH` clauses and summed. Over
the whole library that would let BM25 rule, most of whose scores are zero: the few others then lie
many deviations out. Standardising over the head keeps both channels on one scale whatever the
library's size. The values here were chosen by cross-validation (``benchmarks/fusion.py``).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

DEPTH = 100
"""Clauses of each channel whose scores set the scale."""
DENSE_WEIGHT = 1.8
"""Weight of the dense channel beside the lexical one."""
PLACE_BONUS = 4.0
"""Added for a clause of a place that the question names and taken from one of another place, in
standard deviations. A text of no place (a national law) gets neither: it stays in sight."""

NEIGHBOUR_WEIGHT = 0.1
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


def best(
    scores: npt.NDArray[np.floating], rows: npt.NDArray[np.int64], count: int
) -> npt.NDArray[np.int64]:
    """Those ``count`` of ``rows`` that have the highest ``scores`` (aligned with ``rows``), best
    first; ties in the order of the rows."""
    order = np.lexsort((rows, -scores))[:count]
    return rows[order]
