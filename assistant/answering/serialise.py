"""Answers, hits and reports as plain data, for ``--json`` and the page's endpoint."""

from __future__ import annotations

from datetime import date
from typing import Any

from assistant.answering.answer import Answer, Citation
from assistant.clauses import Clause, Quantity
from assistant.reading import Document
from assistant.retrieval import Hit


def document_data(document: Document) -> dict[str, Any]:
    """What a document says of itself, without its text."""
    return {
        "title": document.title,
        "part": document.part,
        "name": document.name,
        "source": document.source,
        "region": document.region,
        "issuer": document.issuer,
        "number": document.number,
        "places": list(document.places),
        "signed": _iso(document.signed),
        "published": _iso(document.published),
        "effective_from": _iso(document.effective_from),
        "effective_to": _iso(document.effective_to),
        "repeals": list(document.repeals),
        "explained_by": list(document.explained_by),
        "aliases": list(document.aliases),
        "origins": {
            origin.field: "said"
            if origin.said
            else [_span_data(document, start, end) for start, end in origin.spans]
            for origin in document.origins
        },
    }


def clause_data(clause: Clause) -> dict[str, Any]:
    """A clause with its text and its document."""
    return {
        "id": clause.id,
        "address": clause.address,
        "source": clause.source,
        "number": clause.number,
        "heading": clause.heading,
        "path": list(clause.path),
        "text": clause.text,
        "start": clause.start,
        "end": clause.end,
        "page": clause.page,
        "responsible": list(clause.responsible),
        "quantities": [_quantity_data(one, clause) for one in clause.quantities],
        "conditions": [
            _span_data(clause.document, one.start, one.end) for one in clause.conditions
        ],
        "references": [
            {
                **_span_data(clause.document, reference.start, reference.end),
                "document": reference.document,
                "number": reference.number,
                "ids": list(reference.ids),
            }
            for reference in clause.references
        ],
        "document": document_data(clause.document),
    }


def _span_data(document: Document, start: int, end: int) -> dict[str, Any]:
    """Words of a document, and where they stand."""
    return {"text": document.text[start:end], "start": start, "end": end}


def _quantity_data(one: Quantity, clause: Clause) -> dict[str, Any]:
    return {
        "kind": one.kind.value,
        **_span_data(clause.document, one.start, one.end),
        "value": one.value,
        "unit": one.unit,
        "limit": one.limit.value,
        "day": _iso(one.day),
        "deadline": one.deadline,
    }


def citation_data(citation: Citation) -> dict[str, Any]:
    """A citation: the quote with its offsets, and the whole clause."""
    return {
        "label": citation.label,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "clause": clause_data(citation.clause),
    }


def hit_data(hit: Hit) -> dict[str, Any]:
    """A hit: its score, its ranks, and the clause."""
    return {
        "score": hit.score,
        "ranks": dict(hit.ranks),
        "cosine": hit.cosine,
        "sentence": hit.sentence,
        "clause": clause_data(hit.clause),
    }


def answer_data(answer: Answer) -> dict[str, Any]:
    """The whole answer."""
    table = None
    if answer.table is not None:
        table = [
            {
                "region": row.region,
                "citation": citation_data(row.citation) if row.citation else None,
            }
            for row in answer.table
        ]
    return {
        "question": answer.question,
        "text": answer.text,
        "abstained": answer.abstained,
        "reason": answer.reason.value if answer.reason else None,
        "confidence": round(answer.confidence, 4),
        "citations": [citation_data(citation) for citation in answer.citations],
        "nearest": [hit_data(hit) for hit in answer.nearest],
        "explanation": list(answer.explanation),
        "notices": list(answer.notices),
        "understood_as": answer.understood_as,
        "table": table,
        "facts": [
            {"kind": fact.kind.value, "values": list(fact.values), "clause": fact.clause.id}
            for fact in answer.facts
        ],
        "closest": citation_data(answer.closest) if answer.closest else None,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
