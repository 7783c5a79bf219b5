"""Vectors that are already known: by encoder and by the hash of the text that they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from assistant.index.cache import BlobCache, text_hash
from assistant.index.dense import Vectors

__all__ = ["VectorCache", "text_hash"]


class VectorCache(BlobCache):
    """The vectors of texts, by the encoder's fingerprint."""

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Vectors]:
        """The known vectors of ``keys``, each of shape (dimension,)."""
        return {
            key: np.frombuffer(data, np.float32)
            for key, data in self.blobs(keys).items()
            if len(data) % 4 == 0
        }

    def put(self, vectors: Mapping[bytes, Vectors]) -> None:
        """Adds vectors and puts them on the disk."""
        self.add(
            {
                key: np.ascontiguousarray(vector, np.float32).tobytes()
                for key, vector in vectors.items()
            }
        )
