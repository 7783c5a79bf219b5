"""How sure it is that a clause is about the question.

Two things tell: how far the clause's cosine lies above what off-topic questions reach in this
library (:class:`~assistant.index.manifest.Background`), and what share of the question's words it
holds. A logistic function joins them; its coefficients were fitted by ``benchmarks/refusal.py``
(which says on what) and hold for any encoder, because the cosine enters in deviations.
"""

from __future__ import annotations

import math

from assistant.index.manifest import Background

INTERCEPT = -6.0
PER_DEVIATION = 1.5
PER_COVERAGE = 3.0
THRESHOLD = 0.5
"""Below this confidence the answer is a refusal."""


def confidence(cosine: float, coverage: float, background: Background) -> float:
    """From 0 to 1: higher is surer. ``cosine`` is that of the clause's nearest passage,
    ``coverage`` the share of the question's words, weighed by rarity, that the clause holds."""
    deviations = (cosine - background.mean) / background.deviation
    score = INTERCEPT + PER_DEVIATION * deviations + PER_COVERAGE * coverage
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, score))))
