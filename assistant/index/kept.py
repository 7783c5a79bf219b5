"""Vectors as they lie on disk, and their products with a question's.

A question is compared to some thousand rows that lie all over a mapped file. In blocks that stay in
the processor's cache that takes a fifth of the time of one large product: NumPy's own conversion of
halves is slow, and BLAS would wake a second thread for a product of a millisecond.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
"""Shape (n, dimension), dtype float32, rows normalised."""
Kept = npt.NDArray[np.float32] | npt.NDArray[np.float16]
"""Vectors as they lie on disk: floats, or halves of them."""

_BLOCK = 256
_BITS = np.uint32(0x8FFFE000).astype(np.int32)
"""Where sign, exponent and fraction of a half stand in a float, once moved there."""
_SCALE = np.float32(2.0**112)
"""By what the exponents of the two count differently."""


def products(kept: Kept, rows: npt.NDArray[np.int64], vector: Vectors) -> npt.NDArray[np.float32]:
    """The inner product of ``vector`` (shape (dimension,)) with each of ``rows`` of ``kept``."""
    found = np.empty(len(rows), np.float32)
    halves = kept.dtype == np.float16
    wanted = vector * _SCALE if halves else vector
    for i in range(0, len(rows), _BLOCK):
        some = kept[rows[i : i + _BLOCK]]
        found[i : i + _BLOCK] = (_small_floats(some) if halves else some) @ wanted
    return found


def _small_floats(halves: Kept) -> Vectors:
    """Halves below 2 as floats, each divided by :data:`_SCALE`: exact, without a look at each."""
    bits = halves.view(np.int16).astype(np.int32)
    bits <<= 13
    bits &= _BITS
    return bits.view(np.float32)
