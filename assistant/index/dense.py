"""The dense channel: a FAISS index over the passages' vectors.

In: rows, normalised, so that the inner product is the cosine. Out: for a question's vector the
passages nearest to it. Row ``i`` is passage ``i`` of the store.

Up to :data:`EXACT_UP_TO` passages every vector is looked at (``IndexFlatIP``). Beyond, the vectors
lie in about √n lists, a bit a dimension (RaBitQ, Gao and Long 2024), and a search looks through
:data:`_PROBES` of the lists: what it costs grows as √n. That picks candidates only; the order and
the cosines come from the vectors themselves, which are kept in halves of floats. All of it is
mapped into memory, not read. ``docs/scaling.md`` has the figures.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from math import isqrt
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from assistant.errors import IndexDamagedError
from assistant.index.arrays import RowWriter
from assistant.index.kept import Kept, Vectors, products

__all__ = ["EXACT_UP_TO", "DenseIndex", "Kept", "Vectors"]

EXACT_UP_TO = 50_000
"""Passages up to which a search looks at each: 10 ms; of a million it would take 200."""
_PROBES = 160
"""Lists that a search looks through."""
_CANDIDATES = 1_000
"""Passages at least whose cosines are taken from their vectors."""
_DIRECT = 10_000
"""Of so few admitted passages each is looked at: 10 ms at the most."""
_TRAINED_ON, _ROUNDS, _SEED = 65_536, 10, 20_260
"""Vectors from which the lists' centres are found, and how often these are moved."""
_BLOCK = 16_384


class DenseIndex:
    """The passages' vectors, searched by inner product."""

    def __init__(self, index: Any, vectors: Kept) -> None:
        """``index`` is FAISS's; ``vectors`` are its rows, whole."""
        self._index = index
        self.vectors = vectors

    @classmethod
    def build(cls, vectors: Kept, *, exact_up_to: int = EXACT_UP_TO) -> Self:
        """An index over ``vectors``, which may be mapped: of a large one a block is in memory at a
        time. The same vectors give the same index."""
        import faiss  # noqa: PLC0415 - heavy

        index: Any
        count, dimension = vectors.shape
        if count <= exact_up_to:
            index = faiss.IndexFlatIP(dimension)
            _add(index, vectors)
            return cls(index, _rows_of(index))
        with _all_cores():
            index = faiss.IndexIVFRaBitQ(
                faiss.IndexFlatIP(dimension), dimension, isqrt(count), faiss.METRIC_INNER_PRODUCT
            )
            index.cp.niter, index.cp.seed = _ROUNDS, _SEED
            index.cp.min_points_per_centroid = 1  # it is only for its warning
            some = np.random.default_rng(_SEED).permutation(count)[:_TRAINED_ON]
            index.train(_floats(vectors[np.sort(some)]))
            _add(index, vectors)
        return cls(index, vectors)

    @classmethod
    def load(cls, path: Path) -> Self:
        """The index in a file, mapped into memory, not read. Raises :class:`IndexDamagedError`
        where that fails."""
        import faiss  # noqa: PLC0415 - heavy

        # one question at a time: a second thread gains little and, spinning on between searches,
        # takes a core from the encoder (26,000 clauses on two cores: 73 ms a question, not 109)
        faiss.omp_set_num_threads(1)
        try:
            index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
            exact = isinstance(index, faiss.IndexFlat)
            vectors = _rows_of(index) if exact else np.load(_beside(path), mmap_mode="r")
        except (RuntimeError, OSError, ValueError, EOFError) as error:
            raise IndexDamagedError(f"{path} can't be read as a FAISS index.") from error
        if vectors.shape != (index.ntotal, index.d):
            raise IndexDamagedError(f"{path} and {_beside(path)} do not belong together.")
        return cls(index, np.asarray(vectors))

    def save(self, path: Path) -> None:
        """Writes the index; of a large one the vectors beside it (``.npy``). Raises
        :class:`OSError` where it can't."""
        import faiss  # noqa: PLC0415 - heavy

        # faiss's own file loses what does not fit on the disk any more, without a word
        with path.open("wb") as file:
            try:
                writer = faiss.PyCallbackIOWriter(file.write)  # type: ignore[attr-defined] # not in its stubs
                faiss.write_index(self._index, writer)
            except RuntimeError as error:  # faiss has no other
                raise OSError(f"FAISS could not write {path}") from error
        if not self.is_exact:
            with RowWriter(_beside(path), np.float16, len(self), self.dimension) as kept:
                for block in _blocks(len(self)):
                    kept.write(self.vectors[block])

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self._index.d)

    @property
    def is_exact(self) -> bool:
        """Whether a search looks at every vector."""
        return not hasattr(self._index, "nlist")

    def search(
        self, vector: Vectors, count: int, allowed: npt.NDArray[np.int64] | None = None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """The ``count`` passages nearest to ``vector`` (shape (dimension,), normalised): their rows
        and their cosines (−1 to 1, higher is nearer), best first. ``allowed`` are the rows that
        count; ``None`` means all. Cosines are always exact; a large index may miss some rows."""
        count = min(count, len(self) if allowed is None else len(allowed))
        if count == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if allowed is not None and len(allowed) <= _DIRECT:
            found = allowed
        else:
            found = self._candidates(vector, max(count, _CANDIDATES), allowed)
        cosines = self.cosines(vector, found)
        order = np.lexsort((found, -cosines))[:count]
        return found[order], cosines[order]

    def _candidates(
        self, vector: Vectors, count: int, allowed: npt.NDArray[np.int64] | None
    ) -> npt.NDArray[np.int64]:
        """The rows that FAISS takes for the nearest, sorted."""
        import faiss  # noqa: PLC0415 - heavy

        if self.is_exact:
            parameters = faiss.SearchParameters()
        else:
            parameters = faiss.SearchParametersIVF()
            # of few that are admitted each list holds few: as many more lists are looked through
            share = 1.0 if allowed is None else len(allowed) / len(self)
            parameters.nprobe = min(self._index.nlist, int(_PROBES / share))
        if allowed is not None:
            mask = np.zeros(len(self), np.bool_)
            mask[allowed] = True
            bits = np.packbits(mask, bitorder="little")
            some: Any = faiss.IDSelectorBitmap  # its types know of no arrays
            parameters.sel = selector = some(bits)  # noqa: F841 - faiss keeps no reference
        question = np.ascontiguousarray(vector[None], np.float32)
        _, rows = self._index.search(question, min(count, len(self)), params=parameters)
        found: npt.NDArray[np.int64] = np.sort(rows[0][rows[0] >= 0]).astype(np.int64)
        return found

    def cosines(self, vector: Vectors, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """The exact cosine of ``vector`` to each passage of ``rows``."""
        return products(self.vectors, rows, vector)


def _rows_of(index: Any) -> Vectors:
    """The vectors in an exact index, not copied."""
    import faiss  # noqa: PLC0415 - heavy

    rows: Vectors = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d)
    return rows.reshape(index.ntotal, index.d)


def _add(index: Any, vectors: Kept) -> None:
    for block in _blocks(len(vectors)):
        index.add(_floats(vectors[block]))


def _blocks(count: int) -> Iterator[slice]:
    return (slice(i, min(i + _BLOCK, count)) for i in range(0, count, _BLOCK))


def _floats(vectors: Kept) -> Vectors:
    return np.ascontiguousarray(vectors, np.float32)


def _beside(path: Path) -> Path:
    """Where the vectors of a large index lie."""
    return path.with_suffix(".npy")


@contextmanager
def _all_cores() -> Iterator[None]:
    import faiss  # noqa: PLC0415 - heavy

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
