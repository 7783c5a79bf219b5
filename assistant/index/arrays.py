"""Arrays that are too large to hold: written row by row, read mapped into memory.

Written with plain writes, not through a map: on a full disk those raise an error, where a map would
end the process.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt


class RowWriter:
    """Writes a ``.npy`` file of ``rows`` rows of ``width`` numbers, block after block."""

    def __init__(self, path: Path, dtype: npt.DTypeLike, rows: int, width: int) -> None:
        self._dtype = np.dtype(dtype)
        self._shape = (rows, width)
        self._written = 0
        self._file = path.open("wb")
        np.lib.format.write_array_header_2_0(
            self._file,
            {"descr": self._dtype.str, "fortran_order": False, "shape": self._shape},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        if kind is None and self._written != self._shape[0]:
            raise ValueError(f"{self._written} rows were written, {self._shape[0]} were announced")

    def write(self, rows: npt.NDArray[Any]) -> None:
        """Appends rows, shape (n, width)."""
        self._file.write(np.ascontiguousarray(rows, self._dtype).tobytes())
        self._written += len(rows)
