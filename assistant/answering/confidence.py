"""How sure it is that the library answers a question.

Two things tell: how far the best clauses' cosines lie above what off-topic questions reach in this
library (:class:`~assistant.index.manifest.Background`), and what share of the question's words
they hold. A logistic function joins them; its coefficients were fitted by ``benchmarks/refusal.py``
(which says on what) and hold for any encoder, because the cosine enters in deviations.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from assistant.index.manifest import Background
from assistant.retrieval import Hit

INTERCEPT = -9.5
PER_DEVIATION = 2.05
PER_COVERAGE = 5.9
THRESHOLD = 0.3
"""Below this confidence the answer is a refusal."""
LOOKED_AT = 3
"""Hits whose best cosine and best coverage count."""


def confidence(hits: Iterable[tuple[Hit, float]], background: Background) -> float:
    """From 0 to 1, higher is surer; 0 without hits. ``hits`` are the best ones, each with its
    coverage: the share of the question's words, weighed by rarity, that its clause holds."""
    looked_at = list(hits)[:LOOKED_AT]
    if not looked_at:
        return 0.0
    cosine = max(hit.cosine for hit, _ in looked_at)
    coverage = max(covered for _, covered in looked_at)
    deviations = (cosine - background.mean) / background.deviation
    score = INTERCEPT + PER_DEVIATION * deviations + PER_COVERAGE * coverage
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, score))))
