"""Both channels in collections of a Milvus; the questions go there, only ids and scores come back.

A search finds candidates. Exact scores are searches, too, limited to the rows that are asked for:
so no vector travels, and the sum over a question's terms is made here as the embedded engine makes
it, from the very same scores of single words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.index.channels import (
    PASSAGES_PER_CLAUSE,
    RankedMatches,
    Rows,
    Scores,
    Terms,
    clauses_of_passages,
)
from assistant.index.kept import Vectors
from assistant.index.milvus.server import MOST, Server, among
from assistant.index.milvus.vocabulary import Vocabulary
from assistant.index.store import Store

CLAUSES, PASSAGES, SENTENCES = "_clauses", "_passages", "_sentences"
"""What follows on the stem in the names of a generation's collections."""
_SLACK = 1e-3
"""More than sums of floats differ by when they are added up in another order."""


@dataclass(frozen=True, slots=True)
class MilvusChannels:
    """Both channels of a generation whose collections are called ``stem``."""

    server: Server
    stem: str
    store: Store
    words: Vocabulary
    sentence_starts: Rows
    """Where the sentences of each clause begin, and where the last ones end."""
    subjects: Vectors

    @property
    def vocabulary(self) -> Collection[str]:
        return self.words.words()

    def matched(self, tokens: Sequence[str]) -> list[str]:
        return [token for token in tokens if token in self.words.ids]

    def weight(self, token: str) -> float:
        return self.words.weight(token)

    def nearest(self, vector: Vectors, count: int, within: Rows | None = None) -> Rows:
        passage_clause = self.store.passage_clause
        ((found, _),) = self.server.search(
            self.stem + PASSAGES,
            [vector],
            int(count * PASSAGES_PER_CLAUSE),
            among("document", within),
            len(passage_clause),
        )
        return clauses_of_passages(passage_clause, found, count)

    def match(self, terms: Terms, within: Rows | None = None) -> MilvusMatches:
        return MilvusMatches(self, terms, within)

    def cosines(self, vector: Vectors, rows: Rows) -> Scores:
        return self._best(PASSAGES, vector, rows, self.store.passage_clause.starts)

    def said(self, vector: Vectors, rows: Rows) -> Scores:
        return self._best(SENTENCES, vector, rows, self.sentence_starts)

    def sentences(self, vector: Vectors, row: int) -> Scores:
        rows = np.array([row])
        return self._products(SENTENCES, vector, rows, self.sentence_starts)

    def subject(self, vector: Vectors, document: int) -> float:
        return float(self.subjects[document] @ vector)

    def _best(self, collection: str, vector: Vectors, rows: Rows, starts: Rows) -> Scores:
        """For each clause of ``rows`` the best of its parts."""
        if not len(rows):
            return np.empty(0, np.float64)
        products = self._products(collection, vector, rows, starts)
        counts = starts[rows + 1] - starts[rows]
        best: Scores = np.maximum.reduceat(products, np.cumsum(counts) - counts)
        return best

    def _products(self, collection: str, vector: Vectors, rows: Rows, starts: Rows) -> Scores:
        """The products of ``vector`` with all parts of the clauses ``rows``, in their order."""
        name = self.stem + collection
        parts: list[Scores] = []
        for some in _portions(rows, starts):
            firsts, counts = starts[some], starts[some + 1] - starts[some]
            before = np.cumsum(counts) - counts
            products = np.full(counts.sum(), np.nan)
            ids = np.arange(counts.sum()) - np.repeat(before, counts) + np.repeat(firsts, counts)
            ((found, scores),) = self.server.search(
                name, [vector], len(ids), among("clause", np.unique(some))
            )
            products[np.isin(ids, found)] = _at(ids[np.isin(ids, found)], found, scores)
            missed = ids[np.isnan(products)]  # a search through a graph may leave some out
            if len(missed):
                vectors = self.server.vectors(name, np.unique(missed))
                products[np.isnan(products)] = [vectors[i] @ vector for i in missed.tolist()]
            parts.append(products)
        return np.concatenate(parts)


class MilvusMatches(RankedMatches):
    """How well clauses match some terms, by searches through their sparse vectors."""

    def __init__(self, channels: MilvusChannels, terms: Terms, within: Rows | None) -> None:
        super().__init__(within)
        self._channels = channels
        ids = channels.words.ids
        known = ({ids[word]: w for word, w in term.items() if word in ids} for term in terms)
        self._terms: list[Mapping[int, float]] = [term for term in known if term]
        self._sum: dict[int, float] = defaultdict(float)
        for term in self._terms:
            for ident, weight in term.items():
                self._sum[ident] += weight

    def _at(self, rows: Rows) -> Scores:
        total = np.zeros(len(rows), np.float32)
        if not self._sum or not len(rows):
            return total.astype(np.float64)
        columns = self._columns(rows)
        for term in self._terms:
            best = np.zeros(len(rows), np.float32)
            for ident, weight in term.items():
                best = np.maximum(best, columns[ident] * np.float32(weight))
            total += best
        return total.astype(np.float64)

    def _columns(self, rows: Rows) -> dict[int, npt.NDArray[np.float32]]:
        """What each word of the question gives each clause of ``rows``."""
        channels = self._channels
        columns = {ident: np.zeros(len(rows), np.float32) for ident in self._sum}
        wanted, place = np.unique(rows, return_inverse=True)
        for i in range(0, len(wanted), MOST):
            some = wanted[i : i + MOST]
            found = channels.server.search(
                channels.stem + CLAUSES,
                [{ident: 1.0} for ident in columns],
                len(some),
                among("id", some),
            )
            for ident, (ids, scores) in zip(columns, found, strict=True):
                spread = np.zeros(len(wanted), np.float32)
                spread[np.searchsorted(wanted, ids)] = scores
                columns[ident] += spread[place]
        return columns

    def _among_best(self, count: int, within: Rows | None) -> tuple[Rows, Scores]:
        """The engine adds up what a term's words give, where the best of them counts: what it finds
        is scored anew, and it is asked for more until nothing that it left out can be better."""
        channels = self._channels
        wide = 2 * count
        while True:
            rows, sums = np.empty(0, np.int64), np.empty(0, np.float32)
            if self._sum and count:
                ((rows, sums),) = channels.server.search(
                    channels.stem + CLAUSES, [dict(self._sum)], wide, among("document", within)
                )
            rows = np.sort(rows)
            scores = self._at(rows)
            if len(rows) < wide or wide >= MOST:
                break
            if np.partition(scores, len(scores) - count)[len(scores) - count] > sums[-1] + _SLACK:
                break
            wide = min(4 * wide, MOST)
        matching = scores > 0
        return rows[matching], scores[matching]


def _portions(rows: Rows, starts: Rows) -> Iterator[Rows]:
    """``rows`` in runs that have at most as many parts as a search can find."""
    ends = np.cumsum(starts[rows + 1] - starts[rows])
    first = 0
    while first < len(rows):
        before = ends[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(ends, before + MOST, side="right")))
        yield rows[first:last]
        first = last


def _at(wanted: Rows, ids: Rows, scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The scores of ``wanted``, all of which are among ``ids``."""
    order = np.argsort(ids)
    found: npt.NDArray[np.float32] = scores[order][np.searchsorted(ids[order], wanted)]
    return found
