"""The vector cache: whatever its file holds, it costs time and never a build."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from assistant.index.cache import ERRORS
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


def test_a_cache_that_another_process_holds_is_not_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock, unlike damage, costs nothing that is known."""
    monkeypatch.setattr("assistant.index.cache._PATIENCE", 0.1)
    path = tmp_path / "v.sqlite"
    with VectorCache.open(path, "one") as cache:
        cache.put({text_hash("a"): np.ones(4, np.float32)})
        with contextlib.closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                cache.get([text_hash("a")])
        assert cache.get([text_hash("a")]).keys() == {text_hash("a")}


def test_whatever_byte_is_flipped_a_cache_is_read_or_begun_anew(tmp_path: Path) -> None:
    """No flip ends in an error: what is damaged is unknown, or the file is; and it is told."""
    path = tmp_path / "v.sqlite"
    keys = [text_hash(str(i)) for i in range(40)]
    with VectorCache.open(path, "one") as cache:
        cache.put({key: np.full(16, i, np.float32) for i, key in enumerate(keys)})
    data = path.read_bytes()
    for at in [*range(0, 100, 3), *range(4_096, min(len(data), 12_000), 7)]:
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with contextlib.suppress(*ERRORS), VectorCache.reading(path, "one") as cache:
            cache.damaged()
        with VectorCache.open(path, "one") as cache:
            for i, vector in enumerate(map(cache.get(keys).get, keys)):
                assert vector is None or (vector == i).all()
