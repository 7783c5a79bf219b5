"""The dense channel: a FAISS index over the passages' vectors.

In: rows of float32, normalised, so that the inner product is the cosine. Out: for a question's
vector the passages nearest to it. Row ``i`` is passage ``i`` of the store.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from assistant.errors import IndexDamagedError

Vectors = npt.NDArray[np.float32]
"""Shape (n, dimension), dtype float32, rows normalised."""


class DenseIndex:
    """Exact search by inner product (``faiss.IndexFlatIP``)."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: Vectors) -> Self:
        """An index over ``vectors``."""
        import faiss  # noqa: PLC0415 - heavy

        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, np.float32))
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> Self:
        """The index in a file. Raises :class:`IndexDamagedError` where it can't be read."""
        import faiss  # noqa: PLC0415 - heavy

        # one question at a time: a second thread gains little and, spinning on between searches,
        # takes a core from the encoder (26,000 clauses on two cores: 73 ms a question, not 109)
        faiss.omp_set_num_threads(1)
        try:
            return cls(faiss.read_index(str(path)))
        except RuntimeError as error:
            raise IndexDamagedError(
                f"{path} can't be read as a FAISS index.", "Rebuild it: assistant build --full"
            ) from error

    def save(self, path: Path) -> None:
        """Writes the index. Raises :class:`OSError` where it can't."""
        import faiss  # noqa: PLC0415 - heavy

        # faiss's own file loses what does not fit on the disk any more, without a word
        with path.open("wb") as file:
            try:
                writer = faiss.PyCallbackIOWriter(file.write)  # type: ignore[attr-defined] # not in its stubs
                faiss.write_index(self._index, writer)
            except RuntimeError as error:  # faiss has no other
                raise OSError(f"FAISS could not write {path}") from error

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self._index.d)

    def search(
        self, vector: Vectors, count: int, allowed: npt.NDArray[np.int64] | None = None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """The ``count`` passages nearest to ``vector`` (shape (dimension,), normalised): their rows
        and their cosines (−1 to 1, higher is nearer), best first. ``allowed`` are the rows that
        count; ``None`` means all."""
        import faiss  # noqa: PLC0415 - heavy

        count = min(count, len(self) if allowed is None else len(allowed))
        if count == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        parameters = None
        if allowed is not None:
            parameters = faiss.SearchParameters()
            parameters.sel = selector = faiss.IDSelectorBatch(allowed)  # noqa: F841 - faiss keeps no reference
        scores, rows = self._index.search(
            np.ascontiguousarray(vector[None], np.float32), count, params=parameters
        )
        found = rows[0] >= 0
        return rows[0][found].astype(np.int64), scores[0][found]

    def cosines(self, vector: Vectors, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """The exact cosine of ``vector`` to each passage of ``rows``."""
        if len(rows) == 0:
            return np.empty(0, np.float32)
        kept: Vectors = self._index.reconstruct_batch(np.ascontiguousarray(rows, np.int64))
        cosines: npt.NDArray[np.float32] = kept @ vector
        return cosines
