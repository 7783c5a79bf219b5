"""The vector cache: whatever its file holds, it costs time and never a build."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from assistant.index.vectors import VectorCache, text_hash

KEYS = [text_hash(f"text {n}") for n in range(60)]
VECTORS = {key: np.full(64, n, np.float32) for n, key in enumerate(KEYS)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A cache of sixty vectors, several pages long."""
    path = tmp_path / "vectors.sqlite"
    with VectorCache.open(path, "fake") as cache:
        cache.put(VECTORS)
    return path


@pytest.mark.parametrize("flipped", [1, 255])
def test_a_flipped_byte_in_its_structure_never_stops_a_build(path: Path, flipped: int) -> None:
    """The header says who may read and write the file and how large it is, the pages' heads where
    the rows are: with any of these bytes changed, what is known is right and what is put is kept."""
    whole = path.read_bytes()
    places = [*range(100), *(page + n for page in range(0, len(whole), 4096) for n in range(8))]
    for place in places:
        data = bytearray(whole)
        data[place] ^= flipped
        path.write_bytes(data)
        with VectorCache.open(path, "fake") as cache:
            known = cache.get(KEYS)
            assert all(np.array_equal(vector, VECTORS[key]) for key, vector in known.items())
            missing = {key: vector for key, vector in VECTORS.items() if key not in known}
            cache.put(missing or {KEYS[0]: VECTORS[KEYS[0]]})
            cache.keep_only(KEYS[:30])
            assert cache.get(KEYS).keys() <= {*KEYS[:30]}, place


def test_a_file_that_can_not_be_opened_is_left_alone(tmp_path: Path) -> None:
    """What stands in the way from outside is an error, and nothing is removed."""
    (tmp_path / "vectors.sqlite").mkdir()
    with pytest.raises(sqlite3.OperationalError):
        VectorCache.open(tmp_path / "vectors.sqlite", "fake")
    assert (tmp_path / "vectors.sqlite").is_dir()
