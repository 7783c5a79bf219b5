"""The refusal's coefficients, fitted and cross-validated.

Answerable are the gold questions, each also without its place; not answerable are 500 questions of
STARD about law at large, half of them with a place of the library put before. Ten folds, the two
forms of one question in the same fold.
"""

from __future__ import annotations

import json
import random

import numpy as np

from assistant.answering.confidence import (
    INTERCEPT,
    LOOKED_AT,
    PER_COVERAGE,
    PER_DEVIATION,
    THRESHOLD,
)
from assistant.retrieval import Filters
from benchmarks.common import Bench, Options, report, table

_NEGATIVES = 500


def run(bench: Bench, options: Options) -> None:
    """Prints the fitted coefficients beside those in use, and what thresholds refuse."""
    if not options.stard:
        print("needs --stard\n")
        return
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold, cross_val_predict

    retriever = bench.assistant._retriever
    read = retriever.understanding.read
    rng = random.Random(1)
    texts, labels, groups = [], [], []
    for group, question in enumerate(q for q in bench.gold if q.evidence):
        forms = {question.question}
        if question.kind not in ("multi", "validity"):  # those mean nothing without their place
            forms.add(read(question.question).topic)
        for text in sorted(forms):
            texts.append(text)
            labels.append(1)
            groups.append(group)
    with (options.stard / "queries.jsonl").open(encoding="utf-8") as file:
        foreign = [json.loads(line)["question"] for line in file]
    held = sorted({place for q in bench.gold for place in read(q.question).held})
    for i, text in enumerate(rng.sample(foreign, _NEGATIVES)):
        texts.append(rng.choice(held) + text if i % 2 else text)
        labels.append(0)
        groups.append(1_000 + i)
    features, answerable = np.array([_features(bench, text) for text in texts]), np.array(labels)
    model = LogisticRegression(class_weight="balanced")
    sure = cross_val_predict(
        model, features, answerable, groups=groups, cv=GroupKFold(10), method="predict_proba"
    )[:, 1]
    model.fit(features, answerable)
    fitted = (float(model.intercept_[0]), *map(float, model.coef_[0]))
    table(
        ("", "intercept", "per deviation", "per coverage"),
        [("fitted", *fitted), ("in use", INTERCEPT, PER_DEVIATION, PER_COVERAGE)],
    )
    auc = float(roc_auc_score(answerable, sure))
    print(f"area under the curve, cross-validated: {auc:.4f}; threshold in use: {THRESHOLD}\n")
    rows = [
        (t, float((sure[answerable == 1] < t).mean()), float((sure[answerable == 0] < t).mean()))
        for t in (0.1, 0.2, 0.3, 0.4, 0.5)
    ]
    table(("threshold", "answerable refused", "not answerable refused"), rows)
    report("refusal", {"fitted": fitted, "auc": auc, "thresholds": rows})


def _features(bench: Bench, text: str) -> tuple[float, float]:
    """Of the first hits: deviations of the best cosine above the background, best coverage."""
    retriever = bench.assistant._retriever
    background = retriever.snapshot.manifest.background
    question = retriever.understanding.read(text)
    vector = bench.questions([question.topic])[0]
    hits = retriever.search(question, vector, LOOKED_AT, Filters())
    cosine = max(hit.cosine for hit in hits)
    coverage = max(retriever.coverage(question, hit.clause) for hit in hits)
    return (cosine - background.mean) / background.deviation, coverage
