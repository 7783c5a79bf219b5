"""Documents and clauses on disk: a SQLite file, read on demand.

SQLite, because it is in the standard library, reads single rows from files of any size, and its
one file is easy to check and to copy. A store is written once and never changed.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from assistant.clauses import Clause, Heading, Outline, Reference, linked, titles_of
from assistant.errors import IndexDamagedError
from assistant.reading import Document, Extract, LeftOut, Origin, SourceFile

_SCHEMA = """
CREATE TABLE files (
    id INTEGER PRIMARY KEY, source TEXT UNIQUE NOT NULL, sha256 TEXT NOT NULL,
    text TEXT NOT NULL, left_out TEXT NOT NULL, pages TEXT NOT NULL, marked TEXT NOT NULL
);
CREATE TABLE documents (
    row INTEGER PRIMARY KEY, file INTEGER NOT NULL REFERENCES files, fields TEXT NOT NULL,
    headings TEXT NOT NULL
);
CREATE TABLE clauses (
    row INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL,
    document INTEGER NOT NULL REFERENCES documents,
    number TEXT NOT NULL, heading TEXT NOT NULL, path TEXT NOT NULL, address TEXT NOT NULL,
    "start" INTEGER NOT NULL, "end" INTEGER NOT NULL, responsible TEXT NOT NULL,
    "references" TEXT NOT NULL
);
CREATE INDEX clauses_by_document ON clauses (document, number);
CREATE INDEX clauses_by_address ON clauses (address);
CREATE TABLE passages (row INTEGER PRIMARY KEY, clause INTEGER NOT NULL REFERENCES clauses);
"""
_CLAUSE = (
    'SELECT id, document, number, heading, path, address, "start", "end", responsible, '
    '"references" FROM clauses'
)
_PAGE = 1_000
_DATES = ("signed", "published", "effective_from", "effective_to")


class StoreWriter:
    """Writes a store; used once, by a build."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = sqlite3.connect(path)
        self._connection.executescript(_SCHEMA)
        self._files = self._documents = self._clauses = self._passages = 0
        self._titled: dict[str, list[int]] = {}
        self._referring: list[int] = []

    def add_file(self, file: SourceFile, sha256: str) -> None:
        """Adds a file; its documents follow by :meth:`add_document`."""
        self._files += 1
        self._connection.execute(
            "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                self._files,
                file.source,
                sha256,
                file.text,
                _spans(file.left_out),
                json.dumps(file.pages),
                _spans(file.marked),
            ),
        )

    def add_document(self, outline: Outline, passages: Sequence[int]) -> None:
        """Adds a document of the file added last; ``passages`` is the number of passages of each of
        its clauses."""
        document = outline.document
        fields: dict[str, Any] = {
            "title": document.title,
            "part": document.part,
            "region": document.region,
            "issuer": document.issuer,
            "number": document.number,
            **{name: _iso(getattr(document, name)) for name in _DATES},
            "repeals": document.repeals,
            "explained_by": document.explained_by,
            "places": document.places,
            "origins": [(o.field, o.spans, o.said) for o in document.origins],
            "start": document.start,
            "end": document.end,
            "own_title": document.own_title,
            "printed_title": document.printed_title,
            "aliases": document.aliases,
            "calls_itself": document.calls_itself,
            "headings": document.headings,
            "left_out": [(p.start, p.end, p.reason) for p in document.left_out],
            "pages": document.pages,
        }
        self._connection.execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?)",
            (
                self._documents,
                self._files,
                json.dumps(fields, ensure_ascii=False),
                json.dumps([(h.start, h.end, h.depth) for h in outline.headings]),
            ),
        )
        for name in titles_of(document):
            self._titled.setdefault(name, []).append(self._documents)
        for clause, count in zip(outline.clauses, passages, strict=True):
            if any(reference.document for reference in clause.references):
                self._referring.append(self._clauses)
            self._connection.execute(
                "INSERT INTO clauses VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    self._clauses,
                    clause.id,
                    self._documents,
                    clause.number,
                    clause.heading,
                    json.dumps(clause.path, ensure_ascii=False),
                    clause.address,
                    clause.start,
                    clause.end,
                    json.dumps(clause.responsible, ensure_ascii=False),
                    _references(clause),
                ),
            )
            for _ in range(count):
                self._connection.execute(
                    "INSERT INTO passages VALUES (?, ?)", (self._passages, self._clauses)
                )
                self._passages += 1
            self._clauses += 1
        self._documents += 1

    def _link(self) -> None:
        """Resolves what clauses refer to in other documents, now that all are there."""
        store = Store(self._connection, self._path)

        def ids(document: int, number: str) -> list[str]:
            found = self._connection.execute(
                "SELECT id FROM clauses WHERE document = ? AND number = ? ORDER BY row",
                (document, number),
            )
            return [ident for (ident,) in found]

        for row in self._referring:
            clause = store.clause(row)
            resolved = linked(clause, self._titled, ids)
            if resolved.references != clause.references:
                self._connection.execute(
                    'UPDATE clauses SET "references" = ? WHERE row = ?',
                    (_references(resolved), row),
                )

    def close(self) -> None:
        """Links the documents and puts everything on the disk."""
        self._link()
        self._connection.commit()
        self._connection.close()


def _references(clause: Clause) -> str:
    return json.dumps([astuple(r) for r in clause.references], ensure_ascii=False)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _spans(pieces: Sequence[LeftOut]) -> str:
    return json.dumps([(piece.start, piece.end, piece.reason) for piece in pieces])


def _damaged(path: Path, error: sqlite3.DatabaseError) -> IndexDamagedError:
    return IndexDamagedError(
        f"{path} can't be read ({error}).", "Rebuild it: assistant build --full"
    )


class Store:
    """A store, open for reading, from any thread."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._lock = threading.Lock()
        self.clause_document = self._column("SELECT document FROM clauses ORDER BY row")
        """For each clause the row of its document."""
        self.passage_clause = self._column("SELECT clause FROM passages ORDER BY row")
        """For each passage the row of its clause."""
        self.document = lru_cache(maxsize=1024)(self._document)
        self.clause = lru_cache(maxsize=4096)(self._clause)

    @classmethod
    def open(cls, path: Path) -> Self:
        """The store in ``path``. Raises :class:`IndexDamagedError`."""
        try:
            connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro&immutable=1",
                uri=True,
                check_same_thread=False,
            )
            return cls(connection, path)
        except sqlite3.DatabaseError as error:
            raise _damaged(path, error) from error

    def close(self) -> None:
        self._connection.close()

    def _rows(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._connection.execute(query, arguments).fetchall()
        except sqlite3.DatabaseError as error:
            raise _damaged(self._path, error) from error

    def _column(self, query: str) -> npt.NDArray[np.int64]:
        return np.array([row[0] for row in self._rows(query)], np.int64)

    def __len__(self) -> int:
        return len(self.clause_document)

    def _document(self, row: int) -> Document:
        found = self._rows(
            "SELECT fields, source, text FROM documents JOIN files ON files.id = file "
            "WHERE row = ?",
            row,
        )
        fields, source, text = found[0]
        values = json.loads(fields)
        for name in _DATES:
            values[name] = date.fromisoformat(values[name]) if values[name] else None
        for name in ("repeals", "explained_by", "places", "aliases", "pages"):
            values[name] = tuple(values[name])
        values["origins"] = tuple(
            Origin(name, tuple((start, end) for start, end in spans), said)
            for name, spans, said in values["origins"]
        )
        values["headings"] = tuple((start, end) for start, end in values["headings"])
        values["left_out"] = tuple(LeftOut(*piece) for piece in values["left_out"])
        return Document(source=source, text=text, **values)

    def _clause(self, row: int) -> Clause:
        return self._made(self._rows(f"{_CLAUSE} WHERE row = ?", row)[0])

    def clauses(self) -> Iterator[Clause]:
        """Every clause, in order; none is kept."""
        for begin in range(0, len(self), _PAGE):
            rows = self._rows(
                f"{_CLAUSE} WHERE row >= ? AND row < ? ORDER BY row", begin, begin + _PAGE
            )
            yield from map(self._made, rows)

    def _made(self, values: tuple[Any, ...]) -> Clause:
        ident, document_row, number, heading, path, address, start, end, responsible, refers = (
            values
        )
        document = self.document(document_row)
        return Clause(
            id=ident,
            document=document,
            source=document.source,
            number=number,
            heading=heading,
            path=tuple(json.loads(path)),
            address=address,
            text=document.text[start:end],
            start=start,
            end=end,
            responsible=tuple(json.loads(responsible)),
            references=tuple(
                Reference(first, last, title, to, tuple(ids))
                for first, last, title, to, ids in json.loads(refers)
            ),
        )

    def documents(self) -> Iterator[Document]:
        """Every document, in order."""
        for (row,) in self._rows("SELECT row FROM documents ORDER BY row"):
            yield self.document(row)

    def rows_of_document(self, document: int) -> list[int]:
        """The rows of a document's clauses, in order."""
        return [
            row
            for (row,) in self._rows(
                "SELECT row FROM clauses WHERE document = ? ORDER BY row", document
            )
        ]

    def row_of_id(self, ident: str) -> int | None:
        """The row of the clause with that id."""
        found = self._rows("SELECT row FROM clauses WHERE id = ?", ident)
        return found[0][0] if found else None

    def addresses(self) -> Iterator[tuple[int, str]]:
        """Each clause's row and address."""
        yield from self._rows("SELECT row, address FROM clauses ORDER BY row")

    def headings(self, document: int) -> tuple[Heading, ...]:
        """The headings of a document that are no clauses."""
        found = self._rows("SELECT headings FROM documents WHERE row = ?", document)
        return tuple(Heading(*entry) for entry in json.loads(found[0][0]))

    def extract(self, source: str) -> Extract:
        """What was extracted from a file that the store has."""
        ((text, pages, marked),) = self._rows(
            "SELECT text, pages, marked FROM files WHERE source = ?", source
        )
        left_out = tuple(LeftOut(*piece) for piece in json.loads(marked))
        return Extract(text, tuple(json.loads(pages)), left_out)

    def files(self) -> dict[str, str]:
        """Each file's source and the SHA-256 of its bytes."""
        return dict(self._rows("SELECT source, sha256 FROM files ORDER BY source"))
