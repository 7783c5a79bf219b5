"""The refusal's coefficients, fitted and cross-validated.

Answerable: the 56 gold questions and 60 of our own, each also without its place. Not answerable:
60 of our own about other subjects, and 500 questions of STARD about law at large, half of them with
a place of the library put before. Each of the four sets weighs the same; ten folds, the two forms
of one question in the same fold.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from assistant.answering.confidence import (
    INTERCEPT,
    LOOKED_AT,
    PER_COVERAGE,
    PER_DEVIATION,
    PER_SUBJECT,
    THRESHOLD,
    features,
)
from assistant.retrieval import Filters
from benchmarks.common import Bench, Options, report, table

_NEGATIVES = 500
_THRESHOLDS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5)


@dataclass(slots=True)
class Sample:
    """Questions with the set that each is of; those of one group stay in one fold."""

    texts: list[str] = field(default_factory=list)
    sets: list[str] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)

    def add(self, text: str, of: str, group: int) -> None:
        self.texts.append(text)
        self.sets.append(of)
        self.groups.append(group)


def run(bench: Bench, options: Options) -> None:
    """Prints the fitted coefficients beside those in use, and what thresholds refuse."""
    if not options.stard:
        print("needs --stard\n")
        return
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    sample = _sample(bench, options.stard)
    found = np.array([_features(bench, text) for text in sample.texts])
    sets = np.array(sample.sets)
    answerable = np.isin(sets, ("gold", "own")).astype(int)
    weights = np.array([len(sets) / 4 / (sets == name).sum() for name in sets])
    model = make_pipeline(StandardScaler(), LogisticRegression())
    fit = {"logisticregression__sample_weight": weights}
    folds = GroupKFold(10)
    sure = cross_val_predict(
        model, found, answerable, groups=sample.groups, cv=folds, method="predict_proba", params=fit
    )[:, 1]
    model.fit(found, answerable, **fit)
    scale, line = model[0], model[-1]
    slopes = line.coef_[0] / scale.scale_  # back from standardised features
    fitted = (float(line.intercept_[0] - (slopes * scale.mean_).sum()), *map(float, slopes))
    table(
        ("", "intercept", "per deviation", "per subject", "per coverage"),
        [("fitted", *fitted), ("in use", INTERCEPT, PER_DEVIATION, PER_SUBJECT, PER_COVERAGE)],
    )
    names = ("gold", "own", "other subjects", "STARD")
    rows = [(t, *(float((sure[sets == n] < t).mean()) for n in names)) for t in _THRESHOLDS]
    print(f"share refused, cross-validated (in use: {THRESHOLD})\n")
    table(("threshold", *names), rows)
    report("refusal", {"fitted": fitted, "refused": rows})


def _sample(bench: Bench, stard: Path) -> Sample:
    read = bench.assistant._retriever.understanding.read
    sample = Sample()
    for of, questions in (("gold", bench.gold), ("own", bench.own)):
        for question in questions:
            group = len(sample.texts)
            if question.kind == "off-topic":
                sample.add(question.question, "other subjects", group)
            elif question.evidence:
                forms = {question.question}
                if question.kind not in ("multi", "validity"):  # mean nothing without their place
                    forms.add(read(question.question).topic)
                for text in sorted(forms):
                    sample.add(text, of, group)
    with (stard / "queries.jsonl").open(encoding="utf-8") as file:
        foreign = [json.loads(line)["question"] for line in file]
    rng = random.Random(1)
    held = sorted({place for question in bench.gold for place in read(question.question).held})
    for i, text in enumerate(rng.sample(foreign, _NEGATIVES)):
        sample.add(rng.choice(held) + text if i % 2 else text, "STARD", len(sample.texts))
    return sample


def _features(bench: Bench, text: str) -> tuple[float, float, float]:
    """What the confidence in an answer to ``text`` is made of."""
    retriever = bench.assistant._retriever
    question = retriever.understanding.read(text)
    vector = bench.questions([question.topic])[0]
    hits = retriever.search(question, vector, LOOKED_AT, Filters())
    covered = [(hit, retriever.coverage(question, hit.clause)) for hit in hits]
    return features(covered, retriever.snapshot.manifest.background)
