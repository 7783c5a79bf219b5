"""How sure it is that the library answers a question.

Three things tell, each of the best of the first hits: how far the clause's cosine lies above what
off-topic questions reach in this library (:class:`~assistant.index.manifest.Background`), how far
that of its document's subject does, and what share of the question's words the clause holds. A
logistic function joins them; its coefficients were fitted by ``benchmarks/refusal.py`` (which says
on what) and hold for any encoder, because cosines enter in deviations.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from assistant.index.manifest import Background
from assistant.retrieval import Hit

INTERCEPT = -6.62
PER_DEVIATION = 0.96
PER_SUBJECT = 0.44
PER_COVERAGE = 7.92
THRESHOLD = 0.21
"""Below this confidence the answer is a refusal. Low, because a question refused that could have
been answered costs its asker more than a clause too many."""
UNSURE = 0.5
"""Below this confidence an answer says that it is not sure."""
LOOKED_AT = 3
"""Hits whose best cosine and best coverage count."""


def confidence(hits: Iterable[tuple[Hit, float]], background: Background) -> float:
    """From 0 to 1, higher is surer; 0 without hits. ``hits`` are the best ones, each with its
    coverage: the share of the question's words, weighed by rarity, that its clause holds."""
    looked_at = list(hits)[:LOOKED_AT]
    if not looked_at:
        return 0.0
    deviations, subject, coverage = features(looked_at, background)
    score = INTERCEPT + PER_DEVIATION * deviations + PER_SUBJECT * subject + PER_COVERAGE * coverage
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, score))))


def features(
    hits: Iterable[tuple[Hit, float]], background: Background
) -> tuple[float, float, float]:
    """What the confidence is made of, each the best of ``hits``: deviations of the cosine above
    chance, those of the subject's cosine, and the coverage."""
    best = list(hits)[:LOOKED_AT]
    return (
        max(background.deviations(hit.cosine) for hit, _ in best),
        max(background.subject_deviations(hit.subject) for hit, _ in best),
        max(covered for _, covered in best),
    )
