"""What the retriever asks of an index: two channels over its clauses, whatever engine holds them.

Rows are those of the store: row ``i`` is clause ``i``, documents have rows of their own, and the
clauses of a document stand together. An engine finds candidates (:meth:`Channels.nearest`,
:meth:`Matches.best`) and gives the exact scores of any clause; fusing them is the retriever's work.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from assistant.index.dense import DenseIndex
from assistant.index.kept import Vectors
from assistant.index.lexical import LexicalIndex, Scoring, at_the_top
from assistant.index.sentences import SentenceVectors
from assistant.index.store import Owners, Store

Rows = npt.NDArray[np.int64]
"""Rows of clauses, or of documents."""
Scores = npt.NDArray[np.float64]
"""A score for each of the rows asked for, higher is better."""
Terms = Sequence[Mapping[str, float]]
"""The terms of a question; each maps the words that count as it to their weights (0 to 1)."""


RANKED = 1_000
"""Clauses of a channel that have a rank in it."""


class Matches(Protocol):
    """How well clauses match the terms of one question, by BM25."""

    def best(self, count: int, within: Rows | None = None) -> Rows:
        """The ``count`` clauses with the highest scores, best first, ties in the order of the rows.
        ``within`` are the rows of documents to which this is limited (sorted); ``None``: all. Those
        with score 0 are left out."""
        ...

    def scores(self, rows: Rows) -> Scores:
        """The score of each clause of ``rows``; 0 where no term matches."""
        ...

    def rank(self, row: int) -> int | None:
        """The rank of a clause, from 1, in its channel, where it is among the first
        :data:`RANKED`; those with one score share it. ``None`` for what is behind these, or matches
        no term."""
        ...


class Channels(Protocol):
    """Both channels of an open generation. Safe to use from several threads."""

    @property
    def vocabulary(self) -> Collection[str]:
        """Every token that some clause holds."""
        ...

    def matched(self, tokens: Sequence[str]) -> list[str]:
        """Those of ``tokens`` that any clause holds."""
        ...

    def weight(self, token: str) -> float:
        """The inverse document frequency of ``token``: log(1 + (N − n + ½)/(n + ½))."""
        ...

    def nearest(self, vector: Vectors, count: int, within: Rows | None = None) -> Rows:
        """About ``count`` clauses whose passages are nearest to ``vector`` (shape (dimension,),
        normalised), best first. ``within`` as in :meth:`Matches.best`."""
        ...

    def match(self, terms: Terms, within: Rows | None = None) -> Matches:
        """How well clauses match ``terms``; ranks count the clauses of the documents ``within``."""
        ...

    def cosines(self, vector: Vectors, rows: Rows) -> Scores:
        """For each clause of ``rows`` (sorted) the exact cosine of its nearest passage."""
        ...

    def said(self, vector: Vectors, rows: Rows) -> Scores:
        """For each clause of ``rows`` the cosine of its nearest sentence."""
        ...

    def sentences(self, vector: Vectors, row: int) -> Scores:
        """The cosine of each sentence of a clause, in the order of the text."""
        ...

    def subject(self, vector: Vectors, document: int) -> float:
        """The cosine of a document's subject."""
        ...


PASSAGES_PER_CLAUSE = 1.5
"""Passages that are looked for to find a clause each; few clauses are long enough for several."""


@dataclass(frozen=True, slots=True)
class EmbeddedChannels:
    """Both channels in files of this machine: FAISS, BM25S, and arrays mapped into memory."""

    store: Store
    dense: DenseIndex
    lexical: LexicalIndex
    by_sentence: SentenceVectors
    subjects: Vectors
    """The vector of each document's subject, row for row."""

    @property
    def vocabulary(self) -> Collection[str]:
        return self.lexical.vocabulary

    def matched(self, tokens: Sequence[str]) -> list[str]:
        return self.lexical.matched(tokens)

    def weight(self, token: str) -> float:
        return self.lexical.weight(token)

    def nearest(self, vector: Vectors, count: int, within: Rows | None = None) -> Rows:
        passage_clause = self.store.passage_clause
        passages = None
        if within is not None:
            passages = passage_clause.parts_of(self.clauses_of(within))
        found, _ = self.dense.search(vector, int(count * PASSAGES_PER_CLAUSE), passages)
        return clauses_of_passages(passage_clause, found, count)

    def match(self, terms: Terms, within: Rows | None = None) -> EmbeddedMatches:
        return EmbeddedMatches(self, self.lexical.scoring(terms), within)

    def cosines(self, vector: Vectors, rows: Rows) -> Scores:
        passage_clause = self.store.passage_clause
        cosines = self.dense.cosines(vector, passage_clause.parts_of(rows)).astype(np.float64)
        counts = passage_clause.starts[rows + 1] - passage_clause.starts[rows]
        best: Scores = np.maximum.reduceat(cosines, np.cumsum(counts) - counts)
        return best

    def said(self, vector: Vectors, rows: Rows) -> Scores:
        return self.by_sentence.best(vector, rows)

    def sentences(self, vector: Vectors, row: int) -> Scores:
        return self.by_sentence.cosines(vector, row)

    def subject(self, vector: Vectors, document: int) -> float:
        return float(self.subjects[document] @ vector)

    def clauses_of(self, within: Rows) -> Rows:
        """The clauses of the documents ``within``."""
        return self.store.clause_document.parts_of(within)


class RankedMatches(ABC):
    """How well clauses match some terms; only what is asked for is computed."""

    def __init__(self, within: Rows | None) -> None:
        self._within = within
        self._known: dict[int, float] = {}

    def best(self, count: int, within: Rows | None = None) -> Rows:
        if within is self._within and count <= RANKED:
            rows, scores = self._ranked
        else:
            rows, scores = self._among_best(count, within)
        return best(scores, rows, count)

    def scores(self, rows: Rows) -> Scores:
        scores = self._at(rows)
        self._known.update(zip(rows.tolist(), scores.tolist(), strict=True))
        return scores

    def rank(self, row: int) -> int | None:
        if row not in self._known:
            self.scores(np.array([row]))
        score = self._known[row]
        before = int(np.count_nonzero(self._ranked[1] > score))
        return before + 1 if score > 0 and before < RANKED else None

    @cached_property
    def _ranked(self) -> tuple[Rows, Scores]:
        """The first :data:`RANKED` clauses, all that share the last one's score, and others."""
        return self._among_best(RANKED, self._within)

    @abstractmethod
    def _at(self, rows: Rows) -> Scores:
        """The score of each clause of ``rows``."""

    @abstractmethod
    def _among_best(self, count: int, within: Rows | None) -> tuple[Rows, Scores]:
        """Clauses with their scores among which are the best ``count`` with a score above 0."""


class EmbeddedMatches(RankedMatches):
    """How well clauses match some terms, from the columns of their words."""

    def __init__(self, channels: EmbeddedChannels, scoring: Scoring, within: Rows | None) -> None:
        super().__init__(within)
        self._channels = channels
        self._scoring = scoring

    def _at(self, rows: Rows) -> Scores:
        return self._scoring.at(rows).astype(np.float64)

    def _among_best(self, count: int, within: Rows | None) -> tuple[Rows, Scores]:
        if within is None:
            rows, scores = self._scoring.best(count)
        else:
            rows = self._channels.clauses_of(within)
            scores = self._scoring.at(rows)
            top = at_the_top(scores, count)
            rows, scores = rows[top], scores[top]
        return rows, scores.astype(np.float64)


def clauses_of_passages(passage_clause: Owners, passages: Rows, count: int) -> Rows:
    """The first ``count`` clauses of ``passages``, in their order, each once."""
    clauses, first = np.unique(passage_clause[passages], return_index=True)
    nearest: Rows = clauses[np.argsort(first, kind="stable")[:count]]
    return nearest


def best(scores: npt.NDArray[np.floating], rows: Rows, count: int) -> Rows:
    """Those ``count`` of ``rows`` that have the highest ``scores`` (aligned with ``rows``), best
    first; ties in the order of the rows."""
    if len(rows) > count > 0:
        least = np.partition(scores, len(scores) - count)[len(scores) - count]
        head = scores >= least
        scores, rows = scores[head], rows[head]
    order = np.lexsort((rows, -scores))[:count]
    return rows[order]
