"""Refusals, typed: why there is no answer, and what is nearest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.answering import compose
from assistant.answering.answer import Answer, Citation, Reason
from assistant.retrieval import Hit

NEAREST = 3
"""Clauses that a refusal names."""


def refuse(
    asked: str,
    reason: Reason,
    *,
    detail: Mapping[str, str],
    language: str,
    hits: Sequence[Hit] = (),
    missing: Sequence[str] = (),
    closest: Citation | None = None,
    notices: Sequence[str] = (),
    understood_as: str | None = None,
    confidence: float = 0.0,
    also: Sequence[str] = (),
) -> Answer:
    """The refusal of ``asked`` for that ``reason``, whose words need ``detail``. ``closest`` comes
    first among the nearest of ``hits``; ``missing`` are words that occur nowhere; ``also`` are
    further sentences of the explanation."""
    nearest = list(hits[:NEAREST])
    if closest is not None:
        own = [hit for hit in hits if hit.clause.id == closest.clause.id]
        others = [hit for hit in nearest if hit.clause.id != closest.clause.id]
        nearest = [*own, *others][:NEAREST]
    said = (*compose.explanation(reason, missing, detail, language), *also)
    return Answer(
        question=asked,
        text=compose.refusal_text(said, notices, closest, nearest, understood_as, language),
        citations=(),
        abstained=True,
        reason=reason,
        confidence=confidence,
        nearest=tuple(nearest),
        notices=tuple(notices),
        understood_as=understood_as,
        explanation=said,
        closest=closest,
    )
