"""The lexical channel: BM25 over the clauses' tokens, computed once and kept in files.

In the layout of ``bm25s``: for each token a column of the clauses that hold it and of the scores
that it gives them, mapped into memory. Row ``i`` is clause ``i`` of the store. A question costs a
walk through its words' columns (of a million clauses 7 ms) or, where few clauses are asked for, a
search for each in every column.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from assistant.errors import IndexDamagedError

K1, B = 1.2, 0.75
"""BM25's usual parameters (Robertson and Zaragoza 2009); see ``benchmarks/fusion.py`` for what
others are worth here."""

Scores = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

_AT_ONCE = 50_000
"""Clauses whose postings are sorted at once when an index is built."""
_A_SEARCH = 20
"""Postings that could be added up in the time that one takes to find."""
_STEP, _SPARE = 32, 40
"""Of so many scores one is in a sample; how far below its place the sought one is looked for."""
_SMALLEST = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True, slots=True)
class _Column:
    """The clauses that a word stands in, sorted, what it gives each, and what it counts for."""

    rows: npt.NDArray[np.int32]
    scores: Scores
    weight: np.float32

    @property
    def weighed(self) -> Scores:
        return self.scores if self.weight == 1 else self.scores * self.weight


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a question: the columns of the words that count as it; a clause gets the best."""

    columns: tuple[_Column, ...]

    @property
    def postings(self) -> int:
        return sum(len(column.rows) for column in self.columns)

    def add_to(self, total: Scores) -> None:
        """Adds to ``total`` (shape (n,)) what each clause gets."""
        if len(self.columns) == 1:  # no row comes twice in a column
            (column,) = self.columns
            # twice as fast as total[rows] +=, which reads and writes by turns
            np.add.at(total, column.rows, column.weighed)
        elif self.columns:
            best = np.zeros_like(total)
            for column in self.columns:
                known = best[column.rows]
                best[column.rows] = np.maximum(known, column.weighed)
            total += best

    def at(self, rows: Rows) -> Scores:
        """What each clause of ``rows`` (sorted) gets."""
        best = np.zeros(len(rows), np.float32)
        wanted = rows.astype(np.int32)
        for column in self.columns:
            if len(column.rows):
                at = np.searchsorted(column.rows, wanted)
                at[at == len(column.rows)] = 0
                held = column.rows[at] == wanted
                best[held] = np.maximum(best[held], column.scores[at[held]] * column.weight)
        return best


class Scoring:
    """The scores of a library's clauses for some terms; of few clauses only theirs are computed."""

    def __init__(self, terms: Sequence[Term], clauses: int) -> None:
        """There are ``clauses`` in all."""
        self._terms = terms
        self._clauses = clauses
        self._all: Scores | None = None

    def all(self) -> Scores:
        """The score of each clause: shape (n,), at least 0, higher is better."""
        if self._all is None:
            total = np.zeros(self._clauses, np.float32)
            for term in self._terms:
                term.add_to(total)
            self._all = total
        return self._all

    def at(self, rows: Rows) -> Scores:
        """The score of each clause of ``rows`` (sorted)."""
        postings = sum(term.postings for term in self._terms)
        if self._all is not None or len(rows) * len(self._terms) * _A_SEARCH > postings:
            chosen: Scores = self.all()[rows]
            return chosen
        scores = np.zeros(len(rows), np.float32)
        for term in self._terms:
            scores += term.at(rows)
        return scores

    def best(self, count: int) -> tuple[Rows, Scores]:
        """The clauses, sorted, that have the ``count`` highest scores above 0, with all that share
        the last one's; and their scores."""
        scores = self.all()
        rows = at_the_top(scores, count)
        return rows, scores[rows]


class LexicalIndex:
    """BM25 in the variant of Lucene, without score 0 for frequent words."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    @classmethod
    def build(cls, documents: Iterable[Sequence[str]]) -> Self:
        """An index over the tokens of each clause, which are read once, in order, and not kept. A
        clause without any is never found."""
        import bm25s  # noqa: PLC0415 - heavy

        engine = bm25s.BM25(k1=K1, b=B, method="lucene")
        postings = _Postings()
        for tokens in documents:
            postings.add(tokens or [""])  # a clause may hold nothing but signs
        engine.scores = postings.scores()
        engine.vocab_dict = postings.vocabulary
        engine.nonoccurrence_array = None
        return cls(engine)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The index in a folder, its arrays mapped into memory, not read.

        Raises :class:`IndexDamagedError` where that fails.
        """
        import bm25s  # noqa: PLC0415 - heavy

        try:
            engine = bm25s.BM25.load(str(folder), mmap=True)
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise IndexDamagedError(f"{folder} can't be read as a BM25 index.") from error
        engine.unique_token_ids_set = None  # only its own search asks for them
        for name in ("data", "indices", "indptr"):
            engine.scores[name] = np.asarray(engine.scores[name])  # a memmap is slow to slice
        return cls(engine)

    def save(self, folder: Path) -> None:
        self._engine.save(str(folder), show_progress=False)

    def __len__(self) -> int:
        return int(self._engine.scores["num_docs"])

    def scores(self, tokens: Sequence[str]) -> Scores:
        """Each clause's BM25 score for the tokens of a question: shape (n,), at least 0, higher is
        better; 0 where no token matches."""
        return self.weighted([{token: 1.0} for token in tokens])

    def weighted(self, terms: Sequence[Mapping[str, float]]) -> Scores:
        """Each clause's score for ``terms``: shape (n,), at least 0, higher is better. A term maps
        the words that count as it to their weights (0 to 1); a clause gets the best of them. With
        one word of weight 1 a term, that is :meth:`scores`."""
        return self.scoring(terms).all()

    def scoring(self, terms: Sequence[Mapping[str, float]]) -> Scoring:
        """The scores for ``terms`` (as in :meth:`weighted`), computed when they are asked for."""
        return Scoring([self._term(term) for term in terms], len(self))

    def _term(self, words: Mapping[str, float]) -> Term:
        arrays = self._engine.scores
        columns: list[_Column] = []
        for word, weight in words.items():
            ident = self._engine.vocab_dict.get(word)
            if ident is not None:
                span = slice(int(arrays["indptr"][ident]), int(arrays["indptr"][ident + 1]))
                columns.append(
                    _Column(arrays["indices"][span], arrays["data"][span], np.float32(weight))
                )
        return Term(tuple(columns))

    @property
    def vocabulary(self) -> Collection[str]:
        """Every token that some clause holds."""
        words: Collection[str] = self._engine.vocab_dict.keys()
        return words

    def matched(self, tokens: Sequence[str]) -> list[str]:
        """Those of ``tokens`` that any clause holds."""
        return [token for token in tokens if token in self._engine.vocab_dict]

    def weight(self, token: str) -> float:
        """The inverse document frequency of ``token`` in Lucene's form,
        log(1 + (N − n + ½)/(n + ½)); a token of no clause has n = 0."""
        pointers = self._engine.scores["indptr"]
        known = self._engine.vocab_dict.get(token)
        count = int(pointers[known + 1] - pointers[known]) if known is not None else 0
        return float(rarity(len(self), np.array(count)))


def at_the_top(scores: Scores, count: int) -> Rows:
    """Where the ``count`` highest of ``scores`` above 0 stand, with all that equal the last one."""
    return np.flatnonzero(scores >= max(_least(scores, count), _SMALLEST))


def _least(scores: Scores, count: int) -> float:
    """The ``count``-th highest of ``scores`` (none below 0); 0 where fewer are above that. A sample
    says about where it lies, so that few need be put in order."""
    sample = scores[::_STEP]
    place = 2 * count // _STEP + _SPARE
    if place < len(sample):
        near = float(np.partition(sample, len(sample) - place)[len(sample) - place])
        head = scores[scores >= max(near, _SMALLEST)]
        if len(head) >= count:
            return float(np.partition(head, len(head) - count)[len(head) - count])
    head = scores[scores > 0]
    if len(head) < count:
        return 0.0
    return float(np.partition(head, len(head) - count)[len(head) - count])


def rarity(total: int, counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """The inverse document frequency in Lucene's form of tokens that ``counts`` of ``total``
    clauses hold."""
    weights: npt.NDArray[np.float64] = np.log1p((total - counts + 0.5) / (counts + 0.5))
    return weights


class _Postings:
    """Which tokens stand in which clauses and how often, gathered clause by clause."""

    def __init__(self) -> None:
        self.vocabulary: dict[str, int] = {}
        self._lengths = array("i")
        self._tokens, self._counts, self._clauses = array("i"), array("i"), array("i")
        self._sorted: list[tuple[npt.NDArray[np.int32], ...]] = []

    def add(self, tokens: Sequence[str]) -> None:
        """Adds the tokens of the next clause."""
        ids = self.vocabulary
        counted = Counter(tokens)
        self._tokens.extend([ids.setdefault(token, len(ids)) for token in counted])
        self._counts.extend(counted.values())
        self._clauses.extend([len(self._lengths)] * len(counted))
        self._lengths.append(len(tokens))
        if len(self._lengths) % _AT_ONCE == 0:
            self._sort()

    def _sort(self) -> None:
        """Puts what came since the last time in the order of the tokens."""
        tokens, counts, clauses = (
            np.frombuffer(part, np.int32) if len(part) else np.empty(0, np.int32)
            for part in (self._tokens, self._counts, self._clauses)
        )
        order = np.argsort(tokens, kind="stable")
        self._sorted.append((tokens[order], counts[order], clauses[order]))
        self._tokens, self._counts, self._clauses = array("i"), array("i"), array("i")

    def scores(self) -> dict[str, Any]:
        """Each token's column, in the form that ``bm25s`` keeps; ends the gathering."""
        self._sort()
        self.vocabulary.setdefault("", len(self.vocabulary))  # as bm25s has it
        lengths = np.array(self._lengths, np.float64)
        holding = np.zeros(len(self.vocabulary), np.int64)
        for tokens, _, _ in self._sorted:
            holding += np.bincount(tokens, minlength=len(holding))
        starts = np.concatenate([[0], np.cumsum(holding)])
        rows = np.empty(starts[-1], np.int32)
        scores = np.empty(starts[-1], np.float32)
        weights = rarity(len(lengths), holding)
        saturation = K1 * (1 - B + B * lengths / lengths.mean()) if len(lengths) else lengths
        free = starts[:-1].copy()
        self._sorted.reverse()
        while self._sorted:  # what is done with is let go
            tokens, counts, clauses = self._sorted.pop()
            here = np.bincount(tokens, minlength=len(holding))
            before = np.cumsum(here) - here
            to = free[tokens] + np.arange(len(tokens)) - before[tokens]
            rows[to] = clauses
            scores[to] = weights[tokens] * counts / (counts + saturation[clauses])
            free += here
        return {"data": scores, "indices": rows, "indptr": starts, "num_docs": len(lengths)}
