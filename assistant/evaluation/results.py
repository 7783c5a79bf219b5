"""Evaluations as plain data: what ``--json`` writes, and what ``--compare`` reads again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from assistant.errors import ResultsError
from assistant.evaluation.compare import Ablation, Change, Comparison, Difference, Outcome
from assistant.evaluation.gold import gold_data
from assistant.evaluation.intervals import CONFIDENCE, RESAMPLES, SEED, Estimate, Times
from assistant.evaluation.measures import Measure
from assistant.evaluation.run import Asked, Evaluation, Group

FORMAT = 1
"""Raised where a file of an older program could be misread."""


def evaluation_data(evaluation: Evaluation, about: Mapping[str, Any]) -> dict[str, Any]:
    """An evaluation, behind what ``about`` says of it (the index, the gold files …)."""
    return {
        "format": FORMAT,
        **about,
        "interval": {
            "confidence": CONFIDENCE,
            "method": "percentile bootstrap over questions",
            "resamples": RESAMPLES,
            "seed": SEED,
        },
        **_group(evaluation.overall),
        "kinds": [{"kind": one.kind, **_group(one)} for one in evaluation.kinds],
        "milliseconds": {
            "retrieval": _times(evaluation.retrieval),
            "answer": _times(evaluation.answer),
        },
        "results": [_asked(one) for one in evaluation.asked],
    }


def comparison_data(comparison: Comparison) -> dict[str, Any]:
    """A comparison with an earlier run."""
    return {
        "differences": _differences(comparison.differences),
        "better": [_change(one) for one in comparison.better],
        "worse": [_change(one) for one in comparison.worse],
        "mixed": [_change(one) for one in comparison.mixed],
        "same": comparison.same,
        "gone": list(comparison.gone),
        "added": list(comparison.added),
    }


def ablation_data(rows: Iterable[Ablation]) -> list[dict[str, Any]]:
    """What each step is worth: the differences that leaving it out makes."""
    return [{"without": row.step, "differences": _differences(row.differences)} for row in rows]


def _group(group: Group) -> dict[str, Any]:
    return {
        "questions": group.questions,
        "answerable": group.answerable,
        "measures": {str(m): _estimate(one) for m, one in group.estimates.items()},
    }


def _estimate(one: Estimate) -> dict[str, Any]:
    return {"mean": one.mean, "low": one.low, "high": one.high, "questions": one.count}


def _times(one: Times) -> dict[str, float]:
    return {"median": round(one.median, 3), "p95": round(one.p95, 3)}


def _asked(one: Asked) -> dict[str, Any]:
    return {
        **gold_data(one.gold),
        "understood_as": one.understood_as,
        "measures": {str(measure): value for measure, value in one.values.items()},
        "found_at": list(one.found_at),
        "hits": list(one.hits),
        "refused": one.refused,
        "reason": one.reason,
        "cited": list(one.cited),
        "quotes": list(one.quotes),
        "retrieval_ms": round(one.retrieval_ms, 3),
        "answer_ms": round(one.answer_ms, 3),
    }


def _differences(differences: Iterable[Difference]) -> dict[str, Any]:
    return {
        str(one.measure): {
            "before": one.before,
            "after": one.after,
            "change": _estimate(one.change),
        }
        for one in differences
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "id": change.outcome.id,
        "question": change.outcome.question,
        "type": change.outcome.kind,
        "measures": {
            str(measure): {"before": before, "after": after}
            for measure, (before, after) in change.measures.items()
        },
    }


def read_outcomes(path: Path) -> list[Outcome]:
    """The questions of a file that ``--json`` wrote, with their measures; measures that this
    program does not know are left out. Raises :class:`ResultsError`."""
    remedy = "Name a file that assistant evaluate --json wrote."
    try:
        data = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise ResultsError(f"{path} can't be read ({error}).", remedy) from error
    if not isinstance(data, dict) or "results" not in data:
        raise ResultsError(f"{path} holds no results of an evaluation.", remedy)
    if data.get("format") != FORMAT:
        raise ResultsError(
            f"{path} has format {data.get('format')}, this program reads {FORMAT}.",
            "Evaluate anew with assistant evaluate --json.",
        )
    known = {str(measure): measure for measure in Measure}
    try:
        return [
            Outcome(
                id=str(one["id"]),
                question=str(one["question"]),
                kind=str(one["type"]),
                values={
                    known[name]: float(value)
                    for name, value in one["measures"].items()
                    if name in known
                },
            )
            for one in data["results"]
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ResultsError(
            f"{path} holds a result that is none ({type(error).__name__}: {error}).", remedy
        ) from error
