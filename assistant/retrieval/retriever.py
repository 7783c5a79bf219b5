"""Question → hits: both channels searched, fused, and steered by the places that are named."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Self

import numpy as np
import numpy.typing as npt

from assistant.clauses import Clause
from assistant.index import Encoder, Snapshot, Tokenizer
from assistant.index.dense import Vectors
from assistant.index.passages import indexed_text
from assistant.reading import Document, same_place
from assistant.retrieval import fusion
from assistant.retrieval.addressed import addressed
from assistant.retrieval.hit import ADDRESS, DENSE, LEXICAL, Hit
from assistant.retrieval.question import Question, Understanding, place_names, place_of

Rows = npt.NDArray[np.int64]
_PASSAGES_PER_CLAUSE = 4
_EXACT = 10.0
"""By how much a clause that is named by its address is set above the best other one."""
_RANKED = 1_000
"""Clauses whose ranks in the dense channel are told."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is limited to; ``None`` sets no limit.

    ``regions`` are places with or without 市 and 省, or the names that texts give themselves;
    ``documents`` are sources or titles; ``as_of`` leaves out texts that came into force, or were
    published, after that day.
    """

    regions: Collection[str] | None = None
    documents: Collection[str] | None = None
    as_of: date | None = None

    @classmethod
    def of(
        cls,
        regions: Collection[str] | None,
        documents: Collection[str] | None,
        as_of: date | None,
    ) -> Self:
        """The filters of a call: a single name counts as a collection of one, a moment as its
        day."""
        return cls(
            (regions,) if isinstance(regions, str) else regions,
            (documents,) if isinstance(documents, str) else documents,
            as_of.date() if isinstance(as_of, datetime) else as_of,
        )

    def __bool__(self) -> bool:
        return not (self.regions is None and self.documents is None and self.as_of is None)

    def admits(self, document: Document) -> bool:
        """Whether a document passes."""
        return (
            (self.regions is None or any(in_place(document, n) for n in self.regions))
            and (self.documents is None or any(is_named(document, n) for n in self.documents))
            and (self.as_of is None or not _later(document, self.as_of))
        )


def in_place(document: Document, name: str) -> bool:
    """Whether a document is of the place ``name``, or of one that lies in it."""
    places = (document.region, *document.places)
    return any(same_place(place, name) for place in places) or name.strip() in document.aliases


def is_named(document: Document, name: str) -> bool:
    """Whether ``name`` is the source or the title of a document, brackets or not."""
    name = name.strip()
    bare = name.removeprefix("《").removesuffix("》")
    return name == document.name or bare in (document.source, document.title)


def _later(document: Document, day: date) -> bool:
    begin = document.effective_from or document.published
    return begin is not None and begin > day


class Retriever:
    """Searches one snapshot. Safe to use from several threads."""

    def __init__(self, snapshot: Snapshot, encoder: Encoder, tokenizer: Tokenizer) -> None:
        self.snapshot = snapshot
        self._encoder = encoder
        self._tokenizer = tokenizer
        documents = list(snapshot.store.documents())
        self._documents = documents
        self.understanding = Understanding(place_names(documents), tokenizer)

    @property
    def documents(self) -> tuple[Document, ...]:
        """The documents of the library."""
        return tuple(self._documents)

    def encode(self, question: Question) -> Vectors:
        """The question's vector, shape (dimension,), normalised."""
        vector: Vectors = self._encoder.encode_queries([question.topic])[0]
        return vector

    def search(
        self, question: Question, vector: Vectors, top_k: int, filters: Filters
    ) -> list[Hit]:
        """The best ``top_k`` clauses for a question with that ``vector``, best first; none where
        the filters admit no document."""
        allowed = self._allowed(filters)
        if top_k <= 0 or (allowed is not None and len(allowed) == 0):
            return []
        hits = self._fuse(question, vector, top_k, allowed)
        named = addressed(self.snapshot.store, question.text)
        if named and filters.admits(named[0].document):
            hits = _with_first(hits, named[0])
        return hits[:top_k]

    def coverage(self, question: Question, clause: Clause) -> float:
        """The share (0 to 1) of the question's content words, weighed by rarity, that ``clause``
        holds, its headings and title included."""
        if not question.words:
            return 0.0
        held = set(self._tokenizer.tokens(indexed_text(clause)))
        weights = {word: self.snapshot.lexical.weight(word) for word in question.words}
        total = sum(weights.values())
        return sum(weights[word] for word in question.words if word in held) / total

    def _allowed(self, filters: Filters) -> Rows | None:
        """The rows of the clauses that the filters admit; ``None`` for all."""
        if not filters:
            return None
        admitted = [i for i, document in enumerate(self._documents) if filters.admits(document)]
        return np.flatnonzero(np.isin(self.snapshot.store.clause_document, admitted))

    def _steer(self, question: Question) -> npt.NDArray[np.int8]:
        """For each document 1 if it is of a place that the question names, −1 if of another, else
        0; all 0 where the question names none of the library's places."""
        steer = np.zeros(len(self._documents), np.int8)
        if question.held:
            for i, document in enumerate(self._documents):
                if places := place_of(document):
                    steer[i] = 1 if any(name in question.held for name in places) else -1
        return steer

    def _fuse(
        self, question: Question, vector: Vectors, top_k: int, allowed: Rows | None
    ) -> list[Hit]:
        store, lexical = self.snapshot.store, self.snapshot.lexical
        depth = max(fusion.DEPTH, top_k)
        bm25 = lexical.scores(question.tokens).astype(np.float64)
        everywhere = np.arange(len(store)) if allowed is None else allowed
        dense_ranked, dense_scores = self._dense_head(vector, max(depth, _RANKED), allowed)
        dense_head, dense_scores = dense_ranked[:depth], dense_scores[:depth]
        lexical_head = fusion.best(bm25[everywhere], everywhere, depth)
        pools = [dense_head, lexical_head]
        steer = self._steer(question)
        if steer.any():
            # the places named get candidates of their own, however large the rest of the library
            local = everywhere[steer[store.clause_document[everywhere]] > 0]
            pools.append(self._dense_head(vector, depth, local)[0])
            pools.append(fusion.best(bm25[local], local, depth))
        rows = np.unique(np.concatenate(pools))
        cosines = self._cosines(vector, rows)
        fused = (
            fusion.standardise(cosines, dense_scores)
            + fusion.LEXICAL_WEIGHT * fusion.standardise(bm25[rows], bm25[lexical_head])
            + fusion.PLACE_BONUS * steer[store.clause_document[rows]]
        )
        dense_ranks = {int(row): rank for rank, row in enumerate(dense_ranked, start=1)}
        searched = bm25[everywhere]
        hits: list[Hit] = []
        for i in np.lexsort((rows, -fused))[:top_k]:
            row = int(rows[i])
            ranks = {DENSE: dense_ranks[row]} if row in dense_ranks else {}
            if bm25[row] > 0:  # clauses with the same score share a rank
                ranks[LEXICAL] = 1 + int(np.count_nonzero(searched > bm25[row]))
            about = self.snapshot.subjects[store.clause_document[row]] @ vector
            hits.append(
                Hit(store.clause(row), float(fused[i]), ranks, float(cosines[i]), float(about))
            )
        return hits

    def _dense_head(
        self, vector: Vectors, depth: int, allowed: Rows | None
    ) -> tuple[Rows, fusion.Scores]:
        """The ``depth`` clauses nearest to ``vector``, with their nearest passages' cosines."""
        store, dense = self.snapshot.store, self.snapshot.dense
        passages = None
        if allowed is not None:
            passages = np.flatnonzero(np.isin(store.passage_clause, allowed))
        found, cosines = dense.search(vector, depth * _PASSAGES_PER_CLAUSE, passages)
        clauses, first = np.unique(store.passage_clause[found], return_index=True)
        scores = cosines[first].astype(np.float64)  # the best passage comes first
        order = np.lexsort((clauses, -scores))[:depth]
        return clauses[order], scores[order]

    def _cosines(self, vector: Vectors, rows: Rows) -> fusion.Scores:
        """For each clause of ``rows`` (sorted) the cosine of its nearest passage."""
        store = self.snapshot.store
        first = np.searchsorted(store.passage_clause, rows, "left")
        last = np.searchsorted(store.passage_clause, rows, "right")
        passages = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)])
        cosines = self.snapshot.dense.cosines(vector, passages).astype(np.float64)
        starts = np.concatenate([[0], np.cumsum(last - first)[:-1]])
        best: fusion.Scores = np.maximum.reduceat(cosines, starts)
        return best


def _with_first(hits: list[Hit], clause: Clause) -> list[Hit]:
    """The hits with ``clause`` first, as the one that was asked for by its address."""
    known = next((hit for hit in hits if hit.clause.id == clause.id), Hit(clause, 0.0, {}))
    best = max((hit.score for hit in hits), default=0.0)
    first = replace(known, score=best + _EXACT, ranks={**known.ranks, ADDRESS: 1})
    return [first, *(hit for hit in hits if hit.clause.id != clause.id)]
