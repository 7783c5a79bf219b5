"""Evaluation: measures against a gold file."""

from assistant.evaluation.compare import (
    Ablation,
    Change,
    Comparison,
    Difference,
    Outcome,
    ablate,
    compare,
    outcome,
)
from assistant.evaluation.gold import (
    Evidence,
    GoldQuestion,
    Unfound,
    clauses_with,
    gold_data,
    missing_evidence,
    read_gold,
    read_golds,
    unfound,
)
from assistant.evaluation.intervals import Estimate, Times, estimate, times
from assistant.evaluation.measures import Measure, quote_covers, recall_at, reciprocal_rank
from assistant.evaluation.run import Asked, Asker, Evaluation, Group, evaluate, summarise

__all__ = [
    "Ablation",
    "Asked",
    "Asker",
    "Change",
    "Comparison",
    "Difference",
    "Estimate",
    "Evaluation",
    "Evidence",
    "GoldQuestion",
    "Group",
    "Measure",
    "Outcome",
    "Times",
    "Unfound",
    "ablate",
    "clauses_with",
    "compare",
    "estimate",
    "evaluate",
    "gold_data",
    "missing_evidence",
    "outcome",
    "quote_covers",
    "read_gold",
    "read_golds",
    "recall_at",
    "reciprocal_rank",
    "summarise",
    "times",
    "unfound",
]
