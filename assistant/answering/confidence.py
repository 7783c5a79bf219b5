"""How sure it is that the library answers a question.

Three things tell of the first hit: how far the cosine of a sentence lies above what
off-topic questions reach in this library (:class:`~assistant.index.manifest.Background`), how far
that of its document's subject does, and what share of the question's words the clause holds. A
logistic function joins them; its coefficients were fitted by ``benchmarks/refusal.py`` (which says
on what) with the default encoder. Cosines enter in deviations, so that they hold for others, too:
fitted with the plain weights they come to nearly the same (``docs/adapter.md``).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass

from assistant.index.manifest import Background
from assistant.retrieval import Hit


def logistic(score: float) -> float:
    """From any number to one between 0 and 1."""
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, score))))


@dataclass(frozen=True, slots=True)
class Scale:
    """A logistic function of :class:`Features`: what each is worth, and the intercept."""

    intercept: float
    per_sentence: float
    per_subject: float
    per_coverage: float

    def at(self, features: Features) -> float:
        """From 0 to 1, higher is surer."""
        first, *slopes = astuple(self)
        score = first + sum(a * b for a, b in zip(slopes, astuple(features), strict=True))
        return logistic(score)


@dataclass(frozen=True, slots=True)
class RowFeatures:
    """What the confidence in one place of a comparison is made of: deviations of the cosine of its
    best sentence, the share of the question's words that its clause holds, and how far both lie
    below those of the place where they are highest."""

    sentence: float
    coverage: float
    sentence_below: float
    coverage_below: float

    @property
    def speaks(self) -> float:
        """How sure it is (0 to 1) that the place's texts speak of what is asked."""
        score = (
            ROW_INTERCEPT
            + ROW_PER_SENTENCE * self.sentence
            + ROW_PER_COVERAGE * self.coverage
            + ROW_PER_SENTENCE_BELOW * self.sentence_below
            + ROW_PER_COVERAGE_BELOW * self.coverage_below
        )
        return logistic(score)


def row_features(rows: Sequence[Features]) -> list[RowFeatures]:
    """Those of the places of a comparison."""
    sentence = max((row.sentence for row in rows), default=0.0)
    coverage = max((row.coverage for row in rows), default=0.0)
    return [
        RowFeatures(row.sentence, row.coverage, sentence - row.sentence, coverage - row.coverage)
        for row in rows
    ]


ROW_INTERCEPT = -0.370
ROW_PER_SENTENCE, ROW_PER_COVERAGE = 0.230, 4.70
ROW_PER_SENTENCE_BELOW, ROW_PER_COVERAGE_BELOW = -0.443, -5.72


@dataclass(frozen=True, slots=True)
class Features:
    """What confidence is made of: deviations above chance of the cosine of a clause's best
    sentence and of its document's subject; and the share (0 to 1) of the question's words that
    the clause holds, weighed by rarity."""

    sentence: float
    subject: float
    coverage: float


ANSWERS = Scale(-4.18, 0.857, 0.104, 3.73)
"""Whether the library answers a question."""
THRESHOLD = 0.25
"""Below this confidence the answer is a refusal. Low, because a question refused that could have
been answered costs its asker more than a clause too many."""
SPARSE = 0.1
"""Where the first question of a conversation names neither a place nor a document of the library,
and the best clause holds less than this share of its words, it has nothing but its vector to say
that it is about the library: it is refused below :data:`UNSURE`. That refuses seven more of the
unanswerable questions of the gold files; and of 225 answerable ones, each robbed of its place, 14,
of which five were answered rightly."""
COMPARED_THRESHOLD = 0.3
"""Below this confidence a place in a comparison does not mention what is asked."""
UNSURE = 0.5
"""Below this confidence an answer says that it is not sure."""
FULL = 0.6
"""Least confidence where the best clause holds every content word of the question, literally: a
customs code alone (9810) has no cosine to speak of."""
_ALL = 0.99
LOOKED_AT = 1
"""Hits whose best features count: the first alone, which is the one that is cited. With the best of
three the same share is refused, but now and then for what a clause says that is not shown."""


def confidence(
    hits: Iterable[tuple[Hit, float]], background: Background, scale: Scale = ANSWERS
) -> float:
    """From 0 to 1, higher is surer; 0 without hits. ``hits`` are the best ones, each with its
    coverage: the share of the question's words, weighed by rarity, that its clause holds."""
    looked_at = list(hits)[:LOOKED_AT]
    if not looked_at:
        return 0.0
    sure = scale.at(features(looked_at, background))
    return max(sure, FULL) if looked_at[0][1] >= _ALL else sure


def features(hits: Sequence[tuple[Hit, float]], background: Background) -> Features:
    """What the confidence is made of, each the best of ``hits``, one at least."""
    best = hits[:LOOKED_AT]
    return Features(
        max(background.sentence_deviations(hit.sentence) for hit, _ in best),
        max(background.subject_deviations(hit.subject) for hit, _ in best),
        max(covered for _, covered in best),
    )
