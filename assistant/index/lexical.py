"""The lexical channel: BM25 over the clauses' tokens, computed once and kept in files.

``bm25s`` stores the score that each token gives each clause, so that a question costs a sum over
its tokens' columns. Row ``i`` is clause ``i`` of the store.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from assistant.errors import IndexDamagedError

K1, B = 1.2, 0.75
"""BM25's usual parameters (Robertson and Zaragoza 2009); see ``benchmarks/fusion.py`` for what
others are worth here."""

Scores = npt.NDArray[np.float32]


class LexicalIndex:
    """BM25 in the variant of Lucene, without score 0 for frequent words."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    @classmethod
    def build(cls, documents: Iterable[Sequence[str]]) -> Self:
        """An index over the tokens of each clause. A clause without any is never found."""
        import bm25s  # noqa: PLC0415 - heavy

        engine = bm25s.BM25(k1=K1, b=B, method="lucene")
        # bm25s takes no empty vocabulary, and a clause may hold nothing but signs
        engine.index([list(tokens) or [""] for tokens in documents], show_progress=False)
        return cls(engine)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The index in a folder, its arrays mapped into memory, not read.

        Raises :class:`IndexDamagedError` where that fails.
        """
        import bm25s  # noqa: PLC0415 - heavy

        try:
            return cls(bm25s.BM25.load(str(folder), mmap=True))
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise IndexDamagedError(
                f"{folder} can't be read as a BM25 index.", "Rebuild it: assistant build --full"
            ) from error

    def save(self, folder: Path) -> None:
        self._engine.save(str(folder), show_progress=False)

    def __len__(self) -> int:
        return int(self._engine.scores["num_docs"])

    def scores(self, tokens: Sequence[str]) -> Scores:
        """Each clause's BM25 score for the tokens of a question: shape (n,), at least 0, higher is
        better; 0 where no token matches."""
        known = [token for token in tokens if token in self._engine.vocab_dict]
        if not known:
            return np.zeros(len(self), np.float32)
        scores: Scores = self._engine.get_scores(known)
        return scores

    def weighted(self, terms: Sequence[Mapping[str, float]]) -> Scores:
        """Each clause's score for ``terms``: shape (n,), at least 0, higher is better. A term maps
        the words that count as it to their weights (0 to 1); a clause gets the best of them. With
        one word of weight 1 a term, that is :meth:`scores`."""
        columns = self._engine.scores
        data, rows, pointers = columns["data"], columns["indices"], columns["indptr"]
        total = np.zeros(len(self), np.float32)
        best = np.zeros(len(self), np.float32)
        for term in terms:
            known = [
                (ident, weight)
                for word, weight in term.items()
                if (ident := self._engine.vocab_dict.get(word)) is not None
            ]
            spans = [(slice(int(pointers[i]), int(pointers[i + 1])), w) for i, w in known]
            if len(spans) == 1:  # no row comes twice in a column
                ((span, weight),) = spans
                total[rows[span]] += data[span] * np.float32(weight)
                continue
            for span, weight in spans:
                some = rows[span]
                best[some] = np.maximum(best[some], data[span] * np.float32(weight))
            for span, _ in spans:
                some = rows[span]
                total[some] += best[some]
                best[some] = 0
        return total

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
        total = len(self)
        pointers = self._engine.scores["indptr"]
        known = self._engine.vocab_dict.get(token)
        count = int(pointers[known + 1] - pointers[known]) if known is not None else 0
        return float(np.log1p((total - count + 0.5) / (count + 0.5)))
