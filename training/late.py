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

from benchmarks.common import table
from training.learner import Learner
from training.stard import Stard

FIRST = 20
_WEIGHTS = (0.0, 0.1, 0.3, 1.0, 3.0)


def show(stard: Stard, asked: Sequence[int], rows: Sequence[int], learner: Learner) -> None:
    """Asks the questions ``asked`` of the articles ``rows``; prints what each weight is worth, and
    how long the comparison of :data:`FIRST` articles takes, their tokens' vectors being there."""
    passages = [f"passage: {stard.articles[row].passage}" for row in rows]
    texts = [f"query: {stard.questions[number].text}" for number in asked]
    cosines = learner.encode(texts) @ learner.encode(passages).T
    first = np.argsort(-cosines, axis=1)[:, :FIRST]
    seen = sorted(set(first.flat))
    tokens = dict(zip(seen, learner.tokens([passages[i] for i in seen]), strict=True))
    found: dict[float, list[tuple[float, float, float]]] = {weight: [] for weight in _WEIGHTS}
    took = []
    for place, words in enumerate(learner.tokens(texts)):
        begin = time.perf_counter()
        late = np.array([(words @ tokens[i].T).max(1).mean() for i in first[place]])
        took.append((time.perf_counter() - begin) * 1000)
        relevant = set(stard.questions[asked[place]].relevant)
        hits = np.array([rows[i] in relevant for i in first[place]])
        for weight in _WEIGHTS:
            order = np.argsort(-(cosines[place, first[place]] + weight * late), kind="stable")
            ranked = hits[order]
            reciprocal = 1 / (1 + ranked.argmax()) if ranked.any() else 0.0
            found[weight].append(
                (ranked[:5].sum() / len(relevant), ranked[:10].sum() / len(relevant), reciprocal)
            )
    means = [(weight, *np.mean(some, axis=0)) for weight, some in found.items()]
    table(("token by token", "R@5", "R@10", "MRR"), means)
    print(f"{FIRST} articles compared in {np.median(took):.1f} ms at the median\n")
