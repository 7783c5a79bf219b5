"""The sentences' vectors: what a clause says in each of them.

A lay question often means half a sentence of a long clause, in whose one vector it drowns; beside
the clause's own cosine its best sentence's counts, too (``benchmarks/fusion.py`` has the figures).
They also tell which sentence answers, so that no text is encoded when a question comes. Halves of
floats, mapped into memory: only the clauses that are looked at are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from assistant.errors import IndexDamagedError
from assistant.index.arrays import RowWriter
from assistant.index.kept import Kept, Vectors, products

_STARTS = "starts.npy"


class SentenceVectors:
    """For each clause the vectors of its sentences, in the order of
    :meth:`~assistant.clauses.Clause.sentences`."""

    VECTORS = "vectors.npy"
    """The file with the vectors in a folder."""

    def __init__(self, vectors: npt.NDArray[np.float16], starts: npt.NDArray[np.int64]) -> None:
        """``vectors`` has a row for each sentence, normalised; those of clause ``i`` are the rows
        ``starts[i]`` to ``starts[i + 1]``, end exclusive."""
        self.vectors = vectors
        """A row for each sentence."""
        self.starts = starts
        """Where those of each clause begin, and where the last ones end."""

    @classmethod
    def build(cls, vectors: Kept, counts: Sequence[int]) -> Self:
        """``counts`` are the numbers of sentences of each clause, one at least; ``vectors`` are not
        copied where they are halves of floats (mapped, it may be)."""
        return cls(vectors.astype(np.float16, copy=False), _starts(counts))

    @classmethod
    def writer(cls, folder: Path, counts: Sequence[int], dimension: int) -> RowWriter:
        """Begins a folder of vectors; those of each sentence, in order, are written to what this
        gives. ``counts`` as in :meth:`build`."""
        folder.mkdir()
        np.save(folder / _STARTS, _starts(counts))
        return RowWriter(folder / cls.VECTORS, np.float16, sum(counts), dimension)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Those in a folder. Raises :class:`IndexDamagedError` where they can't be read."""
        try:
            vectors, starts = (
                np.asarray(np.load(folder / name, mmap_mode="r")) for name in (cls.VECTORS, _STARTS)
            )
        except (OSError, ValueError, EOFError) as error:
            raise IndexDamagedError(f"{folder} can't be read.") from error
        if not len(starts) or starts[-1] != len(vectors):
            raise IndexDamagedError(f"The parts of {folder} do not belong together.")
        return cls(vectors, starts)

    @staticmethod
    def load_starts(folder: Path) -> npt.NDArray[np.int64]:
        """Where the sentences of each clause begin, and where the last ones end, of a folder whose
        vectors are elsewhere. Raises :class:`IndexDamagedError`."""
        try:
            starts: npt.NDArray[np.int64] = np.asarray(np.load(folder / _STARTS, mmap_mode="r"))
        except (OSError, ValueError, EOFError) as error:
            raise IndexDamagedError(f"{folder} can't be read.") from error
        return starts

    def save(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        np.save(folder / self.VECTORS, self.vectors)
        np.save(folder / _STARTS, self.starts)

    def __len__(self) -> int:
        """The number of clauses."""
        return len(self.starts) - 1

    @property
    def count(self) -> int:
        """The number of sentences."""
        return int(self.starts[-1])

    def cosines(self, vector: Vectors, row: int) -> npt.NDArray[np.float64]:
        """The cosine of each sentence of a clause to ``vector`` (shape (dimension,), normalised),
        in the order of the text."""
        rows = np.arange(self.starts[row], self.starts[row + 1])
        return products(self.vectors, rows, vector).astype(np.float64)

    def best(self, vector: Vectors, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """For each clause of ``rows`` the cosine of the sentence that is nearest to ``vector``."""
        if len(rows) == 0:
            return np.empty(0, np.float64)
        first, last = self.starts[rows], self.starts[rows + 1]
        counts = last - first
        offsets = np.concatenate([[0], np.cumsum(counts)[:-1]])
        picked = np.arange(counts.sum()) - np.repeat(offsets, counts) + np.repeat(first, counts)
        cosines = products(self.vectors, picked, vector).astype(np.float64)
        best: npt.NDArray[np.float64] = np.maximum.reduceat(cosines, offsets)
        return best


def _starts(counts: Sequence[int]) -> npt.NDArray[np.int64]:
    starts: npt.NDArray[np.int64] = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return starts
