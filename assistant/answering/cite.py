"""Hits → citations: the clauses that answer, each with its quotes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from assistant.answering.answer import Citation
from assistant.answering.evidence import EvidenceFinder
from assistant.clauses import Clause
from assistant.index import Tokenizer
from assistant.index.dense import Vectors
from assistant.reading import Document
from assistant.retrieval import ADDRESS, Hit, Question, Retriever, addressed, place_of
from assistant.retrieval.filters import holds_since

CLOSE = 0.5
"""A further clause is cited if its fused score is at most this far below the best one's. From 0.5
to 1 the answers to both gold files cite the same evidence, at 0.5 with the fewest clauses that hold
none (``benchmarks/evidence.py``)."""


class Citer:
    """Cites what hits say. Safe to use from several threads."""

    def __init__(
        self, retriever: Retriever, evidence: EvidenceFinder, tokenizer: Tokenizer, limit: int
    ) -> None:
        """``limit`` is how many clauses an answer cites at most."""
        self._retriever = retriever
        self._evidence = evidence
        self._tokenizer = tokenizer
        self._limit = limit

    def cite(
        self, question: Question, vector: Vectors, hits: Sequence[Hit]
    ) -> tuple[Citation, ...]:
        """Citations of the best clause and of those nearly as good; where the question names a
        place, of that place's texts only, unless the best clause is of another. Of two texts of
        one place the newer comes first. Clauses at the address that was asked for are all cited."""
        best = hits[0]
        good = [hit for hit in hits if hit.score >= best.score - CLOSE]
        if is_of(best, question):
            good = [hit for hit in good if is_of(hit, question)]
        limit = max(self._limit, sum(ADDRESS in hit.ranks for hit in good))
        cited = (self.of(question, vector, hit) for hit in newest_first(good)[:limit])
        return tuple(citation for some in cited for citation in some)

    def of(self, question: Question, vector: Vectors, hit: Hit) -> list[Citation]:
        """A citation for each part of the hit's clause that answers, in the order of the text."""
        clause = hit.clause
        if ADDRESS in hit.ranks:
            words = self._words_beside_address(question, clause)
            if not words:  # 杭州附件（三）说什么？
                return [cited(clause, clause.start, clause.end)]
            question = replace(question, words=words)
        quotes = self._evidence.quotes(clause, question, vector)
        return [cited(clause, quote.start, quote.end) for quote in quotes]

    def _words_beside_address(self, question: Question, clause: Clause) -> tuple[str, ...]:
        """The words of ``clause`` that a question asks about besides giving its address."""
        rest = addressed(self._retriever.snapshot.store, question.text).rest
        held = set(self._tokenizer.tokens(clause.text))
        words = self._retriever.understanding.read(rest).words
        return tuple(word for word in words if word in held)


def cited(clause: Clause, start: int, end: int) -> Citation:
    """The citation of ``text[start:end]`` of the clause's document."""
    return Citation(clause, clause.document.text[start:end], start, end, clause.address)


def is_of(hit: Hit, question: Question) -> bool:
    """Whether a hit is of a place that the question names."""
    return any(place in question.held for place in place_of(hit.clause.document))


def of_places(question: Question, hits: Sequence[Hit]) -> list[Hit]:
    """The hits of the places that the question names, all where there are none."""
    return [hit for hit in hits if is_of(hit, question)] or list(hits)


def newest_first(hits: Sequence[Hit]) -> list[Hit]:
    """The hits, those of one place's different documents newest first, in the turns that the place
    has. Documents without a day keep theirs."""
    result = list(hits)
    turns: dict[tuple[str, ...], list[int]] = {}
    for i, hit in enumerate(hits):
        place = place_of(hit.clause.document)
        if place and begins(hit.clause.document):
            turns.setdefault(place, []).append(i)
    for own in turns.values():
        ordered = sorted(
            (hits[i] for i in own),
            key=lambda hit: begins(hit.clause.document) or date.min,
            reverse=True,
        )
        for i, hit in zip(own, ordered, strict=True):
            result[i] = hit
    return result


def begins(document: Document) -> date | None:
    """Since when a document holds, or when it was published or signed; ``None`` where it does not
    say."""
    return holds_since(document) or document.signed


def differ_in_age(citations: Sequence[Citation]) -> bool:
    """Whether documents of one place and of different days are cited."""
    days: dict[tuple[str, ...], set[date]] = {}
    for citation in citations:
        document = citation.clause.document
        day = begins(document)
        if day and place_of(document):
            days.setdefault(place_of(document), set()).add(day)
    return any(len(some) > 1 for some in days.values())
