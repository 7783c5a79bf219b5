"""Hits as what other programs keep beside a text: plain JSON values."""

from __future__ import annotations

from datetime import date
from typing import Any

from assistant.retrieval import Hit


def metadata_of(hit: Hit) -> dict[str, Any]:
    """Where a clause stands, how long its document holds, and how well it fits the question.

    Days are ``YYYY-MM-DD``. ``start`` and ``end`` count characters in the whole text of the file
    ``source``, the end exclusive. ``score`` and ``ranks`` are those of
    :class:`~assistant.retrieval.Hit`: they compare the hits of one question, not of two.
    """
    clause, document = hit.clause, hit.clause.document
    return {
        "id": clause.id,
        "address": clause.address,
        "source": clause.source,
        "title": document.title,
        "region": document.region,
        "number": clause.number,
        "heading": clause.heading,
        "path": list(clause.path),
        "start": clause.start,
        "end": clause.end,
        "page": clause.page,
        "effective_from": _iso(document.effective_from),
        "effective_to": _iso(document.effective_to),
        "responsible": list(clause.responsible),
        "score": float(hit.score),
        "ranks": {channel: int(rank) for channel, rank in hit.ranks.items()},
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
