"""How good retrieval and answers are, against gold evidence."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.clauses import Clause
from assistant.evaluation.gold import Evidence


def recall_at(k: int, evidence: Sequence[Evidence], ranked: Sequence[Clause]) -> float:
    """R@k: the share of the evidence that stands in the first ``k`` clauses (0 to 1)."""
    return sum(any(e.stands_in(c) for c in ranked[:k]) for e in evidence) / len(evidence)


def reciprocal_rank(evidence: Sequence[Evidence], ranked: Sequence[Clause]) -> float:
    """1 / the rank of the first clause that holds any evidence; 0 where none does."""
    for rank, clause in enumerate(ranked, start=1):
        if any(e.stands_in(clause) for e in evidence):
            return 1 / rank
    return 0.0


def quote_covers(evidence: Evidence, text: str, start: int, end: int) -> bool:
    """Whether the quote ``text[start:end]`` holds at least half of the evidence's characters."""
    at = text.find(evidence.quote)
    while at >= 0:
        overlap = min(end, at + len(evidence.quote)) - max(start, at)
        if overlap * 2 >= len(evidence.quote):
            return True
        at = text.find(evidence.quote, at + 1)
    return False
