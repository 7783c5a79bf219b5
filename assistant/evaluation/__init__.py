"""Evaluation: measures against a gold file."""

from assistant.evaluation.gold import Evidence, GoldQuestion, missing_evidence, read_gold
from assistant.evaluation.measures import quote_covers, recall_at, reciprocal_rank

__all__ = [
    "Evidence",
    "GoldQuestion",
    "missing_evidence",
    "quote_covers",
    "read_gold",
    "recall_at",
    "reciprocal_rank",
]
