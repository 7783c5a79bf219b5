"""What was worked out for a text before, kept beside the generations: its vector, its words.

A build asks here first and adds what it had to work out, batch by batch, so that a build that is
killed costs the next one only the last batch. A cache is a SQLite file; losing it costs time, never
an answer.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Self

_CHUNK, _PAGE = 500, 10_000
_PATIENCE = 60.0  # seconds for another process to let go of the file
ERRORS = (sqlite3.DatabaseError, UnicodeDecodeError)
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


def _seal(maker: str, key: bytes, data: bytes) -> bytes:
    """The checksum of an entry."""
    return zlib.crc32(data, zlib.crc32(key, zlib.crc32(maker.encode()))).to_bytes(4, "little")


def _sealed(maker: str, key: bytes, data: bytes) -> bytes:
    """Bytes with the checksum of their entry behind them."""
    return data + _seal(maker, key, data)


def _opened(maker: object, key: object, blob: object) -> bytes | None:
    """What was sealed; ``None`` where the entry is not whole."""
    if not (isinstance(maker, str) and isinstance(key, bytes) and isinstance(blob, bytes)):
        return None  # a damaged header makes text of bytes, or nothing
    data = blob[:-4]
    return data if _seal(maker, key, data) == blob[-4:] else None


def _is_damage(error: Exception, path: Path) -> bool:
    """Whether an error comes from what the file holds, not from around it."""
    if not isinstance(error, sqlite3.DatabaseError):
        return True
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_READONLY:  # so says a damaged header, too
        return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    return code not in _FROM_OUTSIDE


class BlobCache:
    """Bytes by a text's hash, made by one maker (``fingerprint``), kept in ``path``."""

    def __init__(self, path: Path, connection: sqlite3.Connection, fingerprint: str) -> None:
        self._path = path
        self._connection = connection
        self._fingerprint = fingerprint
        self._writable = True
        self.restarts = 0
        """How often the file turned out to be damaged and was begun anew: what was known is gone.
        """

    @classmethod
    def reading(cls, path: Path, fingerprint: str) -> Self:
        """The cache in ``path``, which is not changed whatever is found in it."""
        cache = cls(
            path, sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True), fingerprint
        )
        cache._writable = False
        return cache

    @classmethod
    def open(cls, path: Path, fingerprint: str) -> Self:
        """The cache in ``path``; a damaged file is put aside and a new one begun."""
        try:
            return cls(path, cls._connect(path), fingerprint)
        except ERRORS as error:
            if not _is_damage(error, path):
                raise
            path.unlink(missing_ok=True)
            return cls(path, cls._connect(path), fingerprint)

    @staticmethod
    def _connect(path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=_PATIENCE)
        try:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS entries (maker TEXT, text BLOB, data BLOB, "
                "PRIMARY KEY (maker, text)) WITHOUT ROWID"
            )
            connection.execute("DROP TABLE IF EXISTS vectors")  # of a program before
            connection.execute("SELECT 1 FROM entries LIMIT 1").fetchone()
        except ERRORS:
            connection.close()
            raise
        return connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def blobs(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The known bytes of ``keys``. Where the file turns out to be damaged, what could not be
        read counts as unknown."""
        known: dict[bytes, bytes] = {}
        try:
            for key, blob in self._rows(keys):
                if (data := _opened(self._fingerprint, key, blob)) is not None:
                    known[key] = data
        except (*ERRORS, ValueError) as error:
            if self._writable:
                if not _is_damage(error, self._path):
                    raise
                self._begin_anew()
        return known

    def _rows(self, keys: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
        for i in range(0, len(keys), _CHUNK):
            some = keys[i : i + _CHUNK]
            marks = ",".join("?" * len(some))
            yield from self._connection.execute(
                f"SELECT text, data FROM entries WHERE maker = ? AND text IN ({marks})",  # noqa: S608 - only question marks
                (self._fingerprint, *some),
            )

    def _begin_anew(self) -> None:
        self.restarts += 1
        self._connection.close()
        self._path.unlink(missing_ok=True)
        self._connection = self._connect(self._path)

    def add(self, blobs: Mapping[bytes, bytes]) -> None:
        """Adds bytes and puts them on the disk. Where the file turns out to be damaged, it is begun
        anew with them."""
        self._mended(lambda: self._add(blobs))

    def _mended(self, write: Callable[[], None]) -> None:
        try:
            write()
        except ERRORS as error:
            if not _is_damage(error, self._path):
                raise
            self._begin_anew()
            write()

    def _add(self, blobs: Mapping[bytes, bytes]) -> None:
        with self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO entries VALUES (?, ?, ?)",
                (
                    (self._fingerprint, key, _sealed(self._fingerprint, key, blob))
                    for key, blob in blobs.items()
                ),
            )

    def keep_only(self, *keys: Iterable[bytes]) -> None:
        """Drops what belongs to other texts than those of ``keys``, and to other makers. Each of
        ``keys`` can be gone through more than once."""
        self._mended(lambda: self._keep_only(chain.from_iterable(keys)))

    def _keep_only(self, keys: Iterable[bytes]) -> None:
        with self._connection:
            self._connection.execute("CREATE TEMP TABLE wanted (text BLOB PRIMARY KEY)")
            self._connection.executemany(
                "INSERT OR IGNORE INTO wanted VALUES (?)", ((key,) for key in keys)
            )
            self._connection.execute(
                "DELETE FROM entries WHERE maker <> ? OR text NOT IN (SELECT text FROM wanted)",
                (self._fingerprint,),
            )
            self._connection.execute("DROP TABLE wanted")

    def damaged(self) -> int:
        """How many entries are not what was put in. Raises one of :data:`ERRORS` where the file
        itself can't be read."""
        tables = "SELECT 1 FROM sqlite_master WHERE name = 'entries'"
        if not self._connection.execute(tables).fetchone():
            return 0  # of a program before, whose entries are not used
        found = done = 0
        # in pages, so that a build that writes need not wait; by place, as a key may be damaged
        while True:
            rows = self._connection.execute(
                "SELECT maker, text, data FROM entries LIMIT ? OFFSET ?", (_PAGE, done)
            ).fetchall()
            found += sum(_opened(*row) is None for row in rows)
            done += len(rows)
            if len(rows) < _PAGE:
                return found


class TokenCache(BlobCache):
    """The words of texts, by the tokenizer's fingerprint."""

    def get(self, keys: Sequence[bytes]) -> dict[bytes, list[str]]:
        """The known words of ``keys``, in order."""
        return {
            key: zlib.decompress(data).decode().split("\n") if data else []
            for key, data in self.blobs(keys).items()
        }

    def put(self, words: Mapping[bytes, Sequence[str]]) -> None:
        """Adds words, none of which holds a line break."""
        self.add(
            {
                key: zlib.compress("\n".join(some).encode(), 1) if some else b""
                for key, some in words.items()
            }
        )
