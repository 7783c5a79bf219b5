"""Question → hits: both channels searched, fused, steered by what is named, and arranged."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from assistant.clauses import Clause
from assistant.index import Encoder, Snapshot, Tokenizer
from assistant.index.channels import Rows
from assistant.index.dense import Vectors
from assistant.index.passages import indexed_text, passages
from assistant.reading import Document
from assistant.retrieval import fusion
from assistant.retrieval.addressed import addressed
from assistant.retrieval.arrange import shared_out, with_first, without_repetition
from assistant.retrieval.catalogue import Catalogue
from assistant.retrieval.filters import Filters
from assistant.retrieval.hit import DENSE, LEXICAL, RERANKER, Hit
from assistant.retrieval.question import (
    FUNCTION_WORDS,
    Question,
    Understanding,
    place_names,
    place_of,
)
from assistant.retrieval.reranker import LOOKED_AT, Reranker
from assistant.retrieval.spelling import Speller
from assistant.retrieval.steps import NOTHING, Step
from assistant.retrieval.synonyms import Synonyms
from assistant.retrieval.titles import Titles

_LOOKED_AT = 1_000
"""Clauses whose passages are nearest and whose sentences are looked at."""
_BEYOND = 20
"""How many more hits than are asked for are looked through for repetitions and other places."""


class Retriever:
    """Searches one snapshot. Safe to use from several threads."""

    def __init__(
        self,
        snapshot: Snapshot,
        encoder: Encoder,
        tokenizer: Tokenizer,
        *,
        synonyms: Synonyms | None = None,
        reranker: Reranker | None = None,
        without: AbstractSet[Step] = NOTHING,
    ) -> None:
        """``synonyms`` are the program's own where none are given; ``without`` leaves out steps,
        to measure what they are worth."""
        self.snapshot = snapshot
        self._encoder = encoder
        self._tokenizer = tokenizer
        self._without = without
        self._reranker = None if Step.RERANKER in without else reranker
        entries = snapshot.store.entries
        self.catalogue = Catalogue(entries)
        names = place_names(entries)
        known = FUNCTION_WORDS | names.keys()
        self.understanding = Understanding(
            names,
            tokenizer,
            titles=Titles(entries),
            synonyms=synonyms or Synonyms.load(),
            speller=Speller(snapshot.channels.vocabulary, tokenizer.frequency, known),
            without=without,
        )

    @property
    def documents(self) -> Sequence[Document]:
        """The documents of the library, each read when it is asked for."""
        return self.snapshot.store.documents()

    def encode(self, question: Question) -> Vectors:
        """The question's vector, shape (dimension,), normalised."""
        vector: Vectors = self._encoder.encode_queries([question.topic])[0]
        return vector

    def search(
        self, question: Question, vector: Vectors, top_k: int, filters: Filters
    ) -> list[Hit]:
        """The best ``top_k`` clauses for a question with that ``vector``, best first; none where
        the filters admit no document."""
        within = self._admitted(filters)
        if top_k <= 0 or (within is not None and len(within) == 0):
            return []
        hits = self._fuse(question, vector, max(top_k + _BEYOND, LOOKED_AT), within)
        if self._reranker:
            hits = self._looked_at_again(question, hits, self._reranker)
        if Step.DUPLICATES not in self._without:
            hits = without_repetition(hits, lambda hit: place_of(hit.clause.document))
        if len(question.held) > 1 and Step.SHARES not in self._without:
            hits = shared_out(hits, [_OfPlace(place) for place in question.held])
        if Step.ADDRESS not in self._without:
            named = addressed(self.snapshot.store, question.text).clauses
            if admitted := [clause for clause in named if filters.admits(clause.document)]:
                hits = with_first(hits, *admitted)
        return hits[:top_k]

    def coverage(self, question: Question, clause: Clause) -> float:
        """The share (0 to 1) of the question's content words, weighed by rarity, that ``clause``
        holds, its headings and title included; a word of the same meaning counts as half."""
        return self.covered(question, frozenset(self._tokenizer.tokens(indexed_text(clause))))

    def covered(self, question: Question, held: AbstractSet[str]) -> float:
        """The share (0 to 1) of the question's content words, weighed by rarity, that are among
        the words ``held``."""
        if not question.words:
            return 0.0
        weights = {word: self.snapshot.channels.weight(word) for word in question.words}
        found = sum(self._holds(word, held) * weight for word, weight in weights.items())
        return found / sum(weights.values())

    def _holds(self, word: str, held: AbstractSet[str]) -> float:
        if word in held:
            return 1.0
        also = self.understanding.also(word)
        return fusion.SYNONYM_COVERS if any(other in held for other in also) else 0.0

    def _admitted(self, filters: Filters) -> Rows | None:
        """The rows of the documents that the filters admit; ``None`` for all."""
        return self.catalogue.admitted(filters) if filters else None

    def _steer(self, question: Question) -> npt.NDArray[np.int8]:
        """For each document 1 if it is of a place that the question names, −1 if of another, else
        0; all 0 where the question names none of the library's places. Where it names documents,
        these have 1, all others −1."""
        if not question.documents:
            return self.catalogue.steer(question.held if Step.PLACES not in self._without else ())
        steer = np.full(len(self.catalogue.entries), -1, np.int8)
        steer[list(question.documents)] = 1
        return steer

    def _fuse(
        self, question: Question, vector: Vectors, top_k: int, within: Rows | None
    ) -> list[Hit]:
        """The best ``top_k`` clauses of the documents ``within``, both channels as one."""
        store, channels = self.snapshot.store, self.snapshot.channels
        depth = max(fusion.DEPTH, top_k)
        matches = channels.match(question.terms, within)
        pools = [channels.nearest(vector, _LOOKED_AT, within), matches.best(depth, within)]
        steer = self._steer(question)
        if steer.any():
            # what is named gets candidates of its own, however large the rest of the library
            local = np.flatnonzero(steer > 0)
            local = local if within is None else np.intersect1d(local, within)
            pools.append(channels.nearest(vector, depth, local))
            pools.append(matches.best(depth, local))
        rows = np.unique(np.concatenate(pools))
        cosines = channels.cosines(vector, rows)
        said = channels.said(vector, rows)
        bm25 = matches.scores(rows)
        dense = (cosines + said) / 2
        ranked = np.lexsort((rows, -dense))
        documents = store.clause_document[rows]
        beside = steer[documents]
        fused: fusion.Scores = fusion.PLACE_BONUS * beside.astype(np.float64)
        for part, head in ((beside > 0, fusion.LOCAL_DEPTH), (beside <= 0, depth)):
            fused[part] += fusion.fuse(dense[part], bm25[part], head)
        if (beside > 0).any():  # what is of another place may come near, but not before
            limit = fused[beside > 0].max() - fusion.PLACE_BONUS
            fused[beside < 0] = np.minimum(fused[beside < 0], limit)
        if Step.NEIGHBOURS not in self._without:
            fused = fusion.with_neighbours(fused, rows, documents)
        rank = np.empty(len(rows), np.int64)
        rank[ranked] = np.arange(1, len(rows) + 1)
        hits: list[Hit] = []
        for i in np.lexsort((rows, -fused))[:top_k]:
            row = int(rows[i])
            ranks = {DENSE: int(rank[i])}
            if rank_there := matches.rank(row):
                ranks[LEXICAL] = rank_there
            hits.append(
                Hit(
                    store.clause(row),
                    float(fused[i]),
                    ranks,
                    cosine=float(cosines[i]),
                    subject=channels.subject(vector, int(documents[i])),
                    sentence=float(said[i]),
                )
            )
        return hits

    def _looked_at_again(
        self, question: Question, hits: list[Hit], reranker: Reranker
    ) -> list[Hit]:
        """The hits, the first of them in the order that the sum of both scores gives."""
        first = hits[:LOOKED_AT]
        texts = [passages(hit.clause)[0] for hit in first]
        seen = reranker.scores(question.mended or question.text, texts)
        fused = np.array([hit.score for hit in first])
        joined = fusion.standardise(seen, seen) + fusion.standardise(fused, fused)
        ranks = {int(i): rank for rank, i in enumerate(np.argsort(-seen, kind="stable"), 1)}
        order = np.argsort(-joined, kind="stable").tolist()
        scores = np.sort(fused)[::-1]  # the scale stays that of the fused scores
        again = [
            replace(first[i], score=float(score), ranks={**first[i].ranks, RERANKER: ranks[i]})
            for i, score in zip(order, scores, strict=True)
        ]
        return [*again, *hits[LOOKED_AT:]]


class _OfPlace:
    """Whether a hit is of a place."""

    def __init__(self, place: str) -> None:
        self._place = place

    def __call__(self, hit: Hit) -> bool:
        return self._place in place_of(hit.clause.document)
