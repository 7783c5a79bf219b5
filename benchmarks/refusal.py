"""The coefficients by which questions are refused, fitted and cross-validated.

Whether the library answers (``confidence.py``). Answerable: the given questions, our own, those
that only sound unanswerable, lay paraphrases, and those whose clause is there but does not state
what is asked; the first four also without their place. Not answerable: other subjects, subjects
that sound near, and 400 questions of STARD about law at large, half of them with a place of the
library before. Each of the four answerable sets weighs one, the fifth a half, each of the others
one and a half. Ten folds, the two forms of a question in the same one.

Whether what is asked is stated (``judge.py``). Stated: the answerable questions that ask for
something that a sentence can be seen to lack; not stated: those written for it. Whether a place in
a comparison speaks of it: the rows of ``compare.jsonl``.
"""

from __future__ import annotations

import json
import random
from dataclasses import astuple, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from assistant.answering import confidence, judge
from assistant.answering.cite import of_places
from assistant.answering.confidence import LOOKED_AT, features
from assistant.retrieval import Filters, Question, place_of
from benchmarks.common import ROOT, Bench, Options, report, table
from benchmarks.stard import read_queries

_NEGATIVES = 400
_THRESHOLDS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6)
_ANSWERABLE = ("questions", "own", "sounds-missing", "lay")
_SETS = (*_ANSWERABLE, "not stated", "other subjects", "near subjects", "STARD")


@dataclass(slots=True)
class Sample:
    """Rows of features, each with its label, the set that it is of, and its group, which stays in
    one fold."""

    rows: list[tuple[float, ...]] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    sets: list[str] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)

    def add(self, row: tuple[float, ...], label: int, of: str, group: int) -> None:
        self.rows.append(row)
        self.labels.append(label)
        self.sets.append(of)
        self.groups.append(group)


def run(bench: Bench, options: Options) -> None:
    """Prints the fitted coefficients beside those in use, and what thresholds refuse."""
    result: dict[str, Any] = {}
    if options.stard:
        result["answers"] = _fit(
            "whether the library answers",
            _answerable(bench, options.stard),
            [f.name for f in fields(confidence.Features)],
            astuple(confidence.ANSWERS),
        )
    else:
        print("needs --stard to fit whether the library answers\n")
    used = (
        judge.INTERCEPT, judge.PER_COVERED, judge.PER_DEVIATION, judge.PER_SCORE,
        judge.PER_OWN_DEVIATION, judge.PER_VAGUE,
    )  # fmt: skip
    names = [f.name for f in fields(judge.Features)]
    result["stated"] = _fit("whether it is stated", _stated(bench), names, used)
    result["compared"] = _fit(
        "whether a place speaks of it",
        _compared(bench),
        [f.name for f in fields(confidence.RowFeatures)],
        (
            confidence.ROW_INTERCEPT,
            confidence.ROW_PER_SENTENCE,
            confidence.ROW_PER_COVERAGE,
            confidence.ROW_PER_SENTENCE_BELOW,
            confidence.ROW_PER_COVERAGE_BELOW,
        ),
    )
    report("refusal", result)


def _fit(what: str, sample: Sample, names: list[str], used: tuple[float, ...]) -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    found, labels = np.array(sample.rows, float), np.array(sample.labels)
    sets = np.array(sample.sets)
    counts = {name: int((sets == name).sum()) for name in dict.fromkeys(sample.sets)}
    weights = np.array([_weight(name) / counts[name] for name in sample.sets]) * len(sets)
    model = make_pipeline(StandardScaler(), LogisticRegression())
    fit = {"logisticregression__sample_weight": weights}
    sure = cross_val_predict(
        model,
        found,
        labels,
        groups=sample.groups,
        cv=GroupKFold(10),
        method="predict_proba",
        params=fit,
    )[:, 1]
    model.fit(found, labels, **fit)
    scale, line = model[0], model[-1]
    slopes = line.coef_[0] / scale.scale_  # back from standardised features
    fitted = (float(line.intercept_[0] - (slopes * scale.mean_).sum()), *map(float, slopes))
    print(f"-- {what}\n")
    table(("", "intercept", *names), [("fitted", *fitted), ("in use", *used)])
    rows = [(t, *(float((sure[sets == n] < t).mean()) for n in counts)) for t in _THRESHOLDS]
    print("share below, cross-validated\n")
    table(("threshold", *(f"{name} ({count})" for name, count in counts.items())), rows)
    return {"fitted": fitted, "below": rows, "sets": counts}


def _weight(name: str) -> float:
    if name in ("other subjects", "near subjects", "STARD"):
        return 1.5
    return 0.5 if name == "not stated" else 1.0


def _gold(bench: Bench) -> list[tuple[str, Any]]:
    """Each gold question of the five documents with the set that it is of, if it has one."""
    found: list[tuple[str, Any]] = []
    kinds = {
        "off-topic": "other subjects",
        "topic": "near subjects",
        "not-stated": "not stated",
        "damaged": "not stated",
    }
    for name, questions in bench.all_gold.items():
        for question in questions:
            if question.evidence:
                found.append(("sounds-missing" if name == "refusals" else name, question))
            elif question.kind in kinds:
                found.append((kinds[question.kind], question))
    return found


def _answerable(bench: Bench, stard: Path) -> Sample:
    read = bench.assistant._retriever.understanding.read
    sample = Sample()
    for group, (of, question) in enumerate(_gold(bench)):
        forms = {question.question}
        if of in _ANSWERABLE and question.kind not in ("multi", "validity"):
            forms.add(read(question.question).topic)  # the others mean nothing without a place
        label = int(of in (*_ANSWERABLE, "not stated"))
        for text in sorted(forms):
            sample.add(_features(bench, text), label, of, group)
    foreign = [query.text for query in read_queries(stard)]
    rng = random.Random(1)
    held = sorted({place for question in bench.gold for place in read(question.question).held})
    for i, text in enumerate(rng.sample(foreign, _NEGATIVES)):
        asked = rng.choice(held) + text if i % 2 else text
        sample.add(_features(bench, asked), 0, "STARD", 10_000 + i)
    return sample


def _features(bench: Bench, text: str) -> tuple[float, ...]:
    """What the confidence in an answer to ``text`` is made of."""
    retriever = bench.assistant._retriever
    question, vector = _read(bench, text)
    hits = retriever.search(question, vector, LOOKED_AT, Filters())
    covered = [(hit, retriever.coverage(question, hit.clause)) for hit in hits]
    return astuple(features(covered, retriever.snapshot.manifest.background))


def _read(bench: Bench, text: str) -> tuple[Question, Any]:
    question = bench.assistant._retriever.understanding.read(text)
    return question, bench.questions([question.topic])[0]


def _stated(bench: Bench) -> Sample:
    sample = Sample()
    assistant = bench.assistant
    for group, (of, gold) in enumerate(_gold(bench)):
        if of not in (*_ANSWERABLE, "not stated") or gold.kind == "multi":
            continue
        question, vector = _read(bench, gold.question)
        hits = assistant._retriever.search(question, vector, 10, Filters())
        near = of_places(question, hits)
        found = assistant._responder.judge.features(question, vector, near)
        if found is not None:
            sample.add(tuple(map(float, astuple(found))), int(of != "not stated"), of, group)
    return sample


def _compared(bench: Bench) -> Sample:
    sample = Sample()
    path = ROOT / "tests" / "gold" / "compare.jsonl"
    documents = bench.assistant.documents
    retriever, responder = bench.assistant._retriever, bench.assistant._responder
    for group, line in enumerate(path.read_text("utf-8").splitlines()):
        entry = json.loads(line)
        sources = {piece["file"] for piece in entry["evidence"]}
        present = {
            place for d in documents if d.source in sources for place in place_of(d)[:1] if place
        }
        question, vector = _read(bench, entry["question"])
        found = {
            place: retriever.search(question, vector, 10, Filters(regions=(place,)))
            for place in (*sorted(present), *entry["absent"])
        }
        for place, row in responder.rows(question, found).items():
            of = "speaks" if place in present else "silent"
            sample.add(astuple(row), int(of == "speaks"), of, group)
    return sample
