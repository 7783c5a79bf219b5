"""An experiment: would a second stage pay that compares token by token?

The first hits by the cosine are looked at again: each token of the question is compared with each
of the article, the best of each counts (late interaction: Khattab & Zaharia 2020,
arXiv:2004.12832), and the mean of these is added to the cosine at a weight. The token vectors are
those of the encoder as it is.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from assistant.index.dense import Vectors
from benchmarks.common import table
from training.learner import Learner
from training.measure import ranks_of, recall
from training.stard import Stard

FIRST = 20
_WEIGHTS = (0.0, 0.1, 0.3, 1.0, 3.0)
_ABOVE = 10.0
"""More than any score: the first stay before the others."""


def show(
    stard: Stard, asked: Sequence[int], rows: Sequence[int], articles: Vectors, learner: Learner
) -> None:
    """Asks the questions ``asked`` of the articles ``rows``, whose vectors are ``articles``; prints
    what each weight is worth, and how long the comparison of :data:`FIRST` articles takes, their
    tokens' vectors being there."""
    passages = [f"passage: {stard.articles[row].passage}" for row in rows]
    texts = [f"query: {stard.questions[number].text}" for number in asked]
    cosines = learner.encode(texts) @ articles.T
    first = [np.flatnonzero(row >= np.sort(row)[-FIRST]) for row in cosines]
    seen = sorted({int(i) for some in first for i in some})
    tokens = dict(zip(seen, learner.tokens([passages[i] for i in seen]), strict=True))
    found: dict[float, list[tuple[float, float, float]]] = {weight: [] for weight in _WEIGHTS}
    took = []
    place_of = {row: i for i, row in enumerate(rows)}
    for place, words in enumerate(learner.tokens(texts)):
        begin = time.perf_counter()
        late = [float(np.inner(words, tokens[int(i)]).max(1).mean()) for i in first[place]]
        took.append((time.perf_counter() - begin) * 1000)
        right = [place_of[row] for row in stard.questions[asked[place]].relevant]
        for weight in _WEIGHTS:
            scores = cosines[place].copy()
            scores[first[place]] += _ABOVE + weight * np.array(late)
            ranks = ranks_of(scores, right)
            found[weight].append((recall(ranks, 5), recall(ranks, 10), 1 / min(ranks)))
    means = [(weight, *np.mean(some, axis=0)) for weight, some in found.items()]
    table(("token by token", "R@5", "R@10", "MRR"), means)
    print(f"{FIRST} articles compared in {np.median(took):.1f} ms at the median\n")
