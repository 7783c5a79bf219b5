"""Vectors that are already known: by encoder and by the hash of the text that they stand for.

A build asks here first and adds what it had to encode, batch by batch, so that a build that is
killed costs the next one only the last batch. The cache is a SQLite file beside the generations;
losing it costs time, never an answer.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from assistant.index.dense import Vectors

_CHUNK = 500
_ERRORS = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What SQLite raises; the latter where its message quotes damaged bytes."""
_FROM_OUTSIDE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
}
"""SQLite's codes for a full disk, missing permissions and the like: the file itself may be sound.
"""


def text_hash(text: str) -> bytes:
    """The key of a text: the first 16 bytes of its SHA-256."""
    return hashlib.sha256(text.encode()).digest()[:16]


def _sealed(vector: Vectors) -> bytes:
    """A vector's bytes with their checksum behind them."""
    data = vector.tobytes()
    return data + zlib.crc32(data).to_bytes(4, "little")


def _whole(blob: bytes) -> bool:
    return zlib.crc32(blob[:-4]).to_bytes(4, "little") == blob[-4:]


def _is_damage(error: Exception, path: Path) -> bool:
    """Whether an error comes from what the file holds, not from around it."""
    if not isinstance(error, sqlite3.DatabaseError):
        return True
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_READONLY:  # so says a damaged header, too
        return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    return code not in _FROM_OUTSIDE


class VectorCache:
    """Vectors of one encoder (``fingerprint``), kept in ``path``."""

    def __init__(self, path: Path, connection: sqlite3.Connection, fingerprint: str) -> None:
        self._path = path
        self._connection = connection
        self._fingerprint = fingerprint

    @classmethod
    def open(cls, path: Path, fingerprint: str) -> Self:
        """The cache in ``path``; a damaged file is put aside and a new one begun."""
        try:
            return cls(path, cls._connect(path), fingerprint)
        except _ERRORS as error:
            if not _is_damage(error, path):
                raise
            path.unlink(missing_ok=True)
            return cls(path, cls._connect(path), fingerprint)

    @staticmethod
    def _connect(path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(path)
        try:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS vectors (encoder TEXT, text BLOB, vector BLOB, "
                "PRIMARY KEY (encoder, text)) WITHOUT ROWID"
            )
            connection.execute("SELECT 1 FROM vectors LIMIT 1").fetchone()
        except _ERRORS:
            connection.close()
            raise
        return connection

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Vectors]:
        """The known vectors of ``keys``, each of shape (dimension,). Where the file turns out to be
        damaged, what could not be read counts as unknown."""
        known: dict[bytes, Vectors] = {}
        try:
            self._read(keys, known)
        except (*_ERRORS, ValueError):
            self._begin_anew()
        return known

    def _read(self, keys: Sequence[bytes], known: dict[bytes, Vectors]) -> None:
        for i in range(0, len(keys), _CHUNK):
            some = keys[i : i + _CHUNK]
            marks = ",".join("?" * len(some))
            rows = self._connection.execute(
                f"SELECT text, vector FROM vectors WHERE encoder = ? AND text IN ({marks})",  # noqa: S608 - only question marks
                (self._fingerprint, *some),
            )
            for key, blob in rows:
                if _whole(blob):
                    known[key] = np.frombuffer(blob[:-4], np.float32)

    def _begin_anew(self) -> None:
        self._connection.close()
        self._path.unlink(missing_ok=True)
        self._connection = self._connect(self._path)

    def put(self, vectors: Mapping[bytes, Vectors]) -> None:
        """Adds vectors and puts them on the disk. Where the file turns out to be damaged, it is
        begun anew with them."""
        self._mended(lambda: self._put(vectors))

    def _mended(self, write: Callable[[], None]) -> None:
        try:
            write()
        except _ERRORS as error:
            if not _is_damage(error, self._path):
                raise
            self._begin_anew()
            write()

    def _put(self, vectors: Mapping[bytes, Vectors]) -> None:
        with self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
                (
                    (self._fingerprint, key, _sealed(np.ascontiguousarray(vector, np.float32)))
                    for key, vector in vectors.items()
                ),
            )

    def keep_only(self, keys: Iterable[bytes]) -> None:
        """Drops the vectors of texts that no document holds any more, of other encoders too."""
        wanted = list(keys)
        self._mended(lambda: self._keep_only(wanted))

    def _keep_only(self, keys: Sequence[bytes]) -> None:
        with self._connection:
            self._connection.execute("CREATE TEMP TABLE wanted (text BLOB PRIMARY KEY)")
            self._connection.executemany(
                "INSERT OR IGNORE INTO wanted VALUES (?)", ((key,) for key in keys)
            )
            self._connection.execute(
                "DELETE FROM vectors WHERE encoder <> ? OR text NOT IN (SELECT text FROM wanted)",
                (self._fingerprint,),
            )
            self._connection.execute("DROP TABLE wanted")
