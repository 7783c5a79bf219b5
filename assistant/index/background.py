"""What chance reaches: how near questions about other things come to this library.

A cosine means nothing by itself: e5's lie between 0.7 and 0.95, another model's elsewhere, and a
library of one subject draws every question on that subject. So each build asks forty questions
that no policy answers and keeps the mean and the deviation of the best cosines they reach; an
answer's confidence counts from there.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assistant.index.kept import Kept, Vectors
from assistant.index.manifest import Background
from assistant.text import listed

_LEAST_DEVIATION = 1e-3
_AT_ONCE = 50_000


def off_topic_questions() -> tuple[str, ...]:
    """The questions of ``offtopic.txt``."""
    return tuple(listed("assistant.index", "offtopic.txt"))


def measure(
    vectors: Vectors,
    passages: Kept,
    sentences: npt.NDArray[np.floating],
    subjects: Vectors,
) -> Background:
    """Mean and deviation of the best cosine of each off-topic question, whose ``vectors`` these
    are: to the ``passages``, to the ``sentences``, and to the documents' ``subjects``
    (rows normalised)."""
    nearest = _best(vectors, passages)
    said = _best(vectors, sentences)
    titles = (vectors @ subjects.T).max(axis=1).astype(np.float64)
    return Background(
        float(nearest.mean()),
        max(float(nearest.std()), _LEAST_DEVIATION),
        float(titles.mean()),
        max(float(titles.std()), _LEAST_DEVIATION),
        float(said.mean()),
        max(float(said.std()), _LEAST_DEVIATION),
    )


def _best(vectors: Vectors, rows: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """For each of ``vectors`` the best cosine among ``rows``, which may be many."""
    parts = (rows[i : i + _AT_ONCE] for i in range(0, len(rows), _AT_ONCE))
    best = np.max([(vectors @ part.astype(np.float32).T).max(axis=1) for part in parts], axis=0)
    result: npt.NDArray[np.float64] = best.astype(np.float64)
    return result
