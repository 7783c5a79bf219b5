"""How sure a mean over questions is: bootstrap intervals, and the percentiles of times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CONFIDENCE = 0.95
RESAMPLES = 5_000
SEED = 20_240_501
"""Fixed, so that the same values give the same interval."""
_AT_ONCE = 250


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over ``count`` questions, and the interval from ``low`` to ``high`` that the mean
    would lie in, 95 times of 100, with other questions of the same sort. ``None`` where one
    question says nothing of others."""

    mean: float
    low: float | None
    high: float | None
    count: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out 0: of a difference, that it is more than chance."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


def estimate(values: Sequence[float]) -> Estimate:
    """The mean of ``values`` (at least one) with its 95 % percentile bootstrap interval (Efron,
    "Bootstrap methods: another look at the jackknife", 1979), whatever their order. For the
    interval of a difference between two runs give the differences, question by question: that is
    the paired bootstrap.

    The interval has no width where all values are alike: then the questions can't tell how sure
    it is.
    """
    if not values:
        raise ValueError("there is nothing to average")
    ordered = np.sort(np.asarray(values, np.float64))
    mean = float(np.mean(ordered))
    if len(ordered) == 1:
        return Estimate(mean, None, None, 1)
    if ordered[0] == ordered[-1]:
        return Estimate(float(ordered[0]), float(ordered[0]), float(ordered[0]), len(ordered))
    from scipy.stats import bootstrap

    interval = bootstrap(
        (ordered,),
        np.mean,
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=_AT_ONCE,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return Estimate(mean, float(interval.low), float(interval.high), len(ordered))


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds: half of the calls took at most ``median``, 95 of 100 at most ``p95``."""

    median: float
    p95: float


def times(milliseconds: Sequence[float]) -> Times:
    """The percentiles of ``milliseconds`` (at least one), linear between neighbours."""
    median, p95 = np.percentile(np.asarray(milliseconds, np.float64), (50, 95))
    return Times(float(median), float(p95))
