"""What people think of answers, kept in a file on this machine: :class:`Feedback`.

In: an answer, whether it was liked, a comment. Out: :class:`Judgement`. The file is a SQLite
database; its table is described in ``docs/feedback.md``. It keeps SQLite's usual journal instead of
a write-ahead log: judgements are few, and so the file can be copied while the page runs, and lie on
a network's disk. Each call opens the file anew, so that threads and processes share it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Self

from assistant.answering import Answer
from assistant.errors import FeedbackError
from assistant.page.judgement import Context, Judgement, Quoted
from assistant.text import writable

__all__ = ["COMMENT_CHARS", "Context", "Feedback", "Judgement", "Quoted"]

COMMENT_CHARS = 2_000
"""Characters of a comment at most."""
_VERSION = 1
_APPLICATION = 0x50414642
"""Tells these files from other databases."""
_TABLES = (
    """CREATE TABLE feedback (
        id TEXT PRIMARY KEY, time TEXT NOT NULL, changed TEXT NOT NULL, visitor TEXT NOT NULL,
        language TEXT NOT NULL, generation TEXT NOT NULL, question TEXT NOT NULL,
        understood_as TEXT, context TEXT NOT NULL, answer TEXT NOT NULL, citations TEXT NOT NULL,
        abstained INTEGER NOT NULL, reason TEXT, confidence REAL NOT NULL, liked INTEGER NOT NULL,
        comment TEXT NOT NULL
    )""",
    "CREATE TABLE salt (salt BLOB NOT NULL)",
)
_COLUMNS = (
    "id", "time", "changed", "visitor", "language", "generation", "question", "understood_as",
    "context", "answer", "citations", "abstained", "reason", "confidence", "liked", "comment",
)  # fmt: skip
_LISTED = ", ".join(_COLUMNS)


class Feedback:
    """The judgements in a file. May be used from several threads, and by several processes.

    Every method raises :class:`FeedbackError`, with what to do, where the file can't be written or
    read: a full disk, another program that holds it, damage.
    """

    def __init__(self, path: Path, patience: float) -> None:
        self._path = path
        self._patience = patience

    @classmethod
    def open(cls, path: str | Path, *, patience: float = 5.0) -> Self:
        """The judgements in ``path``, a file that is made with the first of them. ``patience``:
        seconds to wait for another program that holds it."""
        return cls(Path(path), patience)

    def record(
        self,
        question: str,
        answer: Answer,
        liked: bool,
        comment: str,
        language: str,
        visitor: str,
        *,
        generation: str = "",
        context: Context = Context(),  # noqa: B008 - immutable
    ) -> str:
        """Keeps a judgement; its id, with which ``visitor`` can change it.

        ``visitor`` is whatever tells visitors apart (a name, a session); only a salted hash of it
        is kept. ``generation`` is that of the index which gave the answer. Raises
        :class:`FeedbackError`, also for a comment of more than :data:`COMMENT_CHARS` characters.
        """
        said = _comment(comment)
        ident, now = secrets.token_hex(8), _now()
        citations = [
            asdict(Quoted(c.clause.id, c.label, c.clause.source, c.quote))
            for c in (*answer.citations, *([answer.closest] if answer.closest else []))
        ]
        asked = {**asdict(context), "as_of": context.as_of.isoformat() if context.as_of else None}
        with self._writing() as connection:
            connection.execute(
                f"INSERT INTO feedback ({_LISTED}) VALUES ({', '.join('?' * len(_COLUMNS))})",  # noqa: S608 - constants
                (
                    ident, now, now, _hashed(connection, visitor), language, generation,
                    writable(question), _written(answer.understood_as), _json(asked),
                    writable(answer.text), _json(citations), answer.abstained,
                    answer.reason.value if answer.reason else None, answer.confidence, liked, said,
                ),
            )  # fmt: skip
        return ident

    def change(
        self, ident: str, visitor: str, *, liked: bool | None = None, comment: str | None = None
    ) -> None:
        """Changes a judgement of ``visitor``; what is ``None`` stays. Raises
        :class:`FeedbackError`, also where there is none of that id."""
        said = None if comment is None else _comment(comment)
        ident = writable(ident)
        with self._writing(create=False) as connection:
            changed = connection.execute(
                "UPDATE feedback SET liked = coalesce(?, liked), comment = coalesce(?, comment), "
                "changed = ? WHERE id = ? AND visitor = ?",
                (liked, said, _now(), ident, _hashed(connection, visitor)),
            )
            _check_found(changed, ident)

    def withdraw(self, ident: str, visitor: str) -> None:
        """Forgets a judgement of ``visitor``. Raises :class:`FeedbackError`, also where there is
        none of that id."""
        ident = writable(ident)
        with self._writing(create=False) as connection:
            removed = connection.execute(
                "DELETE FROM feedback WHERE id = ? AND visitor = ?",
                (ident, _hashed(connection, visitor)),
            )
            _check_found(removed, ident)

    def judgements(self) -> list[Judgement]:
        """All judgements, oldest first; none where there is no file yet."""
        try:
            if not self._path.exists():
                return []
        except OSError as error:
            raise self._error(error) from error
        with self._connected(create=False) as connection:
            if not self._is_ours(connection):
                return []
            rows = connection.execute(
                f"SELECT {_LISTED} FROM feedback ORDER BY time, rowid"  # noqa: S608 - constants
            )
            return [self._read(row) for row in rows]

    def _read(self, row: tuple[Any, ...]) -> Judgement:
        values = dict(zip(_COLUMNS, row, strict=True))
        try:
            context = json.loads(values["context"])
            as_of = context.pop("as_of")
            return Judgement(
                **{
                    **values,
                    "time": datetime.fromisoformat(values["time"]),
                    "changed": datetime.fromisoformat(values["changed"]),
                    "context": Context(
                        **{name: tuple(some) for name, some in context.items()},
                        as_of=date.fromisoformat(as_of) if as_of else None,
                    ),
                    "citations": tuple(Quoted(**one) for one in json.loads(values["citations"])),
                    "abstained": bool(values["abstained"]),
                    "liked": bool(values["liked"]),
                }
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise FeedbackError(
                f"{self._path.name}: judgement {values['id']} can't be read ({error}).",
                "Mend that row as docs/feedback.md describes it, or delete it.",
            ) from error

    @contextmanager
    def _writing(self, *, create: bool = True) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction that is kept if nothing goes wrong; the tables are made."""
        with self._connected(create=create) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                if not self._is_ours(connection):
                    for table in _TABLES:
                        connection.execute(table)
                    connection.execute("INSERT INTO salt VALUES (?)", (secrets.token_bytes(16),))
                    connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                    connection.execute(f"PRAGMA user_version = {_VERSION}")
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _connected(self, *, create: bool) -> Iterator[sqlite3.Connection]:
        mode = "rwc" if create else "rw"
        try:
            if create:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            address = f"{self._path.absolute().as_uri()}?mode={mode}"
            connection = sqlite3.connect(
                address, uri=True, timeout=self._patience, isolation_level=None
            )
            with closing(connection):
                yield connection
        except (sqlite3.Error, OSError, ValueError) as error:  # no text, no salt: damage
            raise self._error(error) from error

    def _is_ours(self, connection: sqlite3.Connection) -> bool:
        """Whether the file holds judgements; ``False`` where it is empty. Raises
        :class:`FeedbackError` where it is another program's, or a newer one's."""
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not tables and not application and not version:
            return False
        if application != _APPLICATION:
            raise FeedbackError(f"{self._path.name} is a database of something else.", _ANOTHER)
        if version > _VERSION:
            raise FeedbackError(
                f"{self._path.name} was written by a newer version of this program.",
                f"Update this one. {_ANOTHER}",
            )
        return True

    def _error(self, error: Exception) -> FeedbackError:
        """What to say of an error, for visitors, too: the file's name, and not where it lies."""
        code = getattr(error, "sqlite_errorcode", None)
        primary = None if code is None else code & 0xFF
        if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return FeedbackError(f"{self._path.name} is held by another program.", "Try again.")
        if primary == sqlite3.SQLITE_FULL:
            return FeedbackError(
                f"There is no room for {self._path.name}.", "Make room on its disk."
            )
        if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR) or (
            isinstance(error, ValueError)
        ):
            return FeedbackError(
                f"{self._path.name} is damaged, or no file of judgements ({error}).",
                "Move it away; a new one is begun with the next judgement.",
            )
        why = (error.strerror if isinstance(error, OSError) else None) or error
        return FeedbackError(f"{self._path.name} can't be opened or written ({why}).", _ANOTHER)


_ANOTHER = "Name another file: ASSISTANT_FEEDBACK=… (off: none is kept)."


def _check_found(cursor: sqlite3.Cursor, ident: str) -> None:
    if not cursor.rowcount:
        raise FeedbackError(
            f"There is no judgement {ident!r} of this visitor.", "Judge the answer anew."
        )


def _comment(text: str) -> str:
    said = writable(text).strip()
    if len(said) > COMMENT_CHARS:
        raise FeedbackError(
            f"The comment has {len(said):,} characters; {COMMENT_CHARS:,} are kept.", "Shorten it."
        )
    return said


def _hashed(connection: sqlite3.Connection, visitor: str) -> str:
    """What tells a visitor from others in this file, and says nothing else."""
    ((salt,),) = connection.execute("SELECT salt FROM salt").fetchall()
    name = visitor.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(name, key=salt, digest_size=8).hexdigest()


def _written(text: str | None) -> str | None:
    return None if text is None else writable(text)


def _json(data: Any) -> str:
    """``data`` as JSON, its texts as they are but for halves of surrogate pairs."""
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "replace").decode()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
