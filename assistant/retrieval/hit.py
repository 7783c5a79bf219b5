"""What retrieval hands on: :class:`Hit`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assistant.clauses import Clause

DENSE, LEXICAL, ADDRESS, RERANKER = "dense", "lexical", "address", "reranker"


@dataclass(frozen=True, slots=True)
class Hit:
    """A clause that retrieval found.

    ``score`` is the fused score: standard deviations above what the channels' first hundred reach
    on average, summed over the channels; unbounded, higher is better, comparable within one
    question only. ``ranks`` gives the clause's rank (from 1) in each channel where it is
    among the first thousand. A clause whose address the question
    gives is the first in the channel ``address``; ``reranker`` is the rank that a cross-encoder
    gave, where there is one.
    ``cosine`` (−1 to 1) is that of the clause's nearest passage to the question, ``subject`` that
    of what its document is about, ``sentence`` that of the clause's nearest sentence.
    """

    clause: Clause
    score: float
    ranks: Mapping[str, int]
    cosine: float = 0.0
    subject: float = 0.0
    sentence: float = 0.0
