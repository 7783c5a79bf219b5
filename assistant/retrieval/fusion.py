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
LEXICAL_WEIGHT = 1.0
"""Weight of the lexical channel beside the dense one."""
PLACE_BONUS = 4.0
"""Added for a clause of a place that the question names and taken from one of another place, in
standard deviations. A text of no place (a national law) gets neither: it stays in sight."""

Scores = npt.NDArray[np.float64]


def standardise(scores: Scores, head: Scores) -> Scores:
    """``scores`` in standard deviations above the mean of ``head``, the channel's best scores."""
    deviation = head.std() if len(head) > 1 else 0.0
    if deviation < 1e-9:
        return np.zeros_like(scores)
    result: Scores = (scores - head.mean()) / deviation
    return result


def best(
    scores: npt.NDArray[np.floating], rows: npt.NDArray[np.int64], count: int
) -> npt.NDArray[np.int64]:
    """Those ``count`` of ``rows`` that have the highest ``scores`` (aligned with ``rows``), best
    first; ties in the order of the rows."""
    order = np.lexsort((rows, -scores))[:count]
    return rows[order]
