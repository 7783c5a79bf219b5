"""Documents and clauses on disk: a SQLite file, read on demand, and two arrays mapped into memory.

SQLite, because it is in the standard library, reads single rows from files of any size, and its
one file is easy to check and to copy. The clauses of a document stand together, and so do the
passages of a clause: that one begins where the other ends is all that is kept of who belongs to
whom (``clauses.npy``, ``passages.npy``). What is in memory are the entries of the catalogue and
what was asked for last. A store is written once and never changed.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from datetime import date
from functools import cached_property, lru_cache, partial
from itertools import repeat
from pathlib import Path
from typing import Any, Self, overload
from weakref import finalize, proxy

import numpy as np
import numpy.typing as npt

from assistant.clauses import Clause, Heading, Outline, Reference, linked, titles_of
from assistant.errors import IndexDamagedError
from assistant.index.addresses import address_hash, columns_of, normal_address
from assistant.index.entry import Entry
from assistant.reading import Document, Extract, LeftOut, Origin, SourceFile

_SCHEMA = """
CREATE TABLE files (
    id INTEGER PRIMARY KEY, source TEXT UNIQUE NOT NULL, sha256 TEXT NOT NULL,
    left_out TEXT NOT NULL, pages TEXT NOT NULL, marked TEXT NOT NULL, text TEXT NOT NULL
);
CREATE TABLE documents (
    row INTEGER PRIMARY KEY, file INTEGER NOT NULL REFERENCES files, entry TEXT NOT NULL,
    fields TEXT NOT NULL, headings TEXT NOT NULL
);
CREATE TABLE clauses (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL, number TEXT NOT NULL, heading TEXT NOT NULL,
    path TEXT NOT NULL, address TEXT NOT NULL, address_hash INTEGER NOT NULL, levels TEXT NOT NULL,
    "start" INTEGER NOT NULL, "end" INTEGER NOT NULL, responsible TEXT NOT NULL,
    "references" TEXT NOT NULL
);
"""
_INDEXES = """
CREATE UNIQUE INDEX clauses_by_id ON clauses (id);
CREATE INDEX clauses_by_address ON clauses (address_hash);
CREATE INDEX clauses_by_levels ON clauses (levels);
"""
"""Made when all rows are there: sorted once, not a page for each row."""
_CLAUSE = (
    'SELECT id, number, heading, path, address, "start", "end", responsible, "references" '
    "FROM clauses"
)
_PAGE = 1_000
_CLAUSES, _PASSAGES = "clauses.npy", "passages.npy"
_DOCUMENTS_KEPT, _CLAUSES_KEPT = 256, 1024
_LAST = "\U0010ffff"
"""Sorts behind every character of an address."""
Rows = npt.NDArray[np.int64]
_DATES = ("signed", "published", "effective_from", "effective_to")


class StoreWriter:
    """Writes a store; used once, by a build."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = sqlite3.connect(path)
        # a file that is only used when it is whole needs no journal
        self._connection.executescript(f"PRAGMA journal_mode = OFF;{_SCHEMA}")
        self._files = 0
        self._clauses = array("q", [0])
        self._passages = array("q", [0])
        self._titled: dict[str, list[int]] = {}
        self._referring: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
        else:  # what was begun is left for the build to remove
            self._connection.close()

    def add_file(self, file: SourceFile, sha256: str) -> None:
        """Adds a file; its documents follow by :meth:`add_document`."""
        self._files += 1
        self._connection.execute(
            "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                self._files,
                file.source,
                sha256,
                _spans(file.left_out),
                json.dumps(file.pages),
                _spans(file.marked),
                file.text,
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
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?)",
            (
                len(self._clauses) - 1,
                self._files,
                Entry.of(document).packed(),
                json.dumps(fields, ensure_ascii=False),
                json.dumps([(h.start, h.end, h.depth) for h in outline.headings]),
            ),
        )
        for name in titles_of(document):
            self._titled.setdefault(name, []).append(len(self._clauses) - 1)
        first = len(self._passages) - 1
        for row, clause in enumerate(outline.clauses, first):
            if any(reference.document for reference in clause.references):
                self._referring.append(row)
        self._connection.executemany(
            "INSERT INTO clauses VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    row,
                    clause.id,
                    clause.number,
                    clause.heading,
                    json.dumps(clause.path, ensure_ascii=False),
                    clause.address,
                    *columns_of(clause.address),
                    clause.start,
                    clause.end,
                    json.dumps(clause.responsible, ensure_ascii=False),
                    _references(clause),
                )
                for row, clause in enumerate(outline.clauses, first)
            ),
        )
        for _, count in zip(outline.clauses, passages, strict=True):
            self._passages.append(self._passages[-1] + count)
        self._clauses.append(self._clauses[-1] + len(outline.clauses))

    def _link(self) -> None:
        """Resolves what clauses refer to in other documents, now that all are there."""
        starts = (np.array(starts, np.int64) for starts in (self._clauses, self._passages))
        store = Store(self._connection, self._path, *map(Owners, starts))

        def ids(document: int, number: str) -> list[str]:
            found = self._connection.execute(
                "SELECT id FROM clauses WHERE row >= ? AND row < ? AND number = ? ORDER BY row",
                (self._clauses[document], self._clauses[document + 1], number),
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
        self._connection.executescript(_INDEXES)
        self._connection.commit()
        self._connection.close()
        for name, starts in ((_CLAUSES, self._clauses), (_PASSAGES, self._passages)):
            np.save(self._path.with_name(name), np.frombuffer(starts, np.int64))


def _references(clause: Clause) -> str:
    return json.dumps([astuple(r) for r in clause.references], ensure_ascii=False)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _spans(pieces: Sequence[LeftOut]) -> str:
    return json.dumps([(piece.start, piece.end, piece.reason) for piece in pieces])


def _damaged(path: Path, error: sqlite3.DatabaseError) -> IndexDamagedError:
    return IndexDamagedError(f"{path} can't be read ({error}).")


class Owners:
    """For each part the row of what it belongs to, read off where each one's parts begin: part
    ``i`` belongs to ``owners[i]``, which may be asked of many at once."""

    def __init__(self, starts: Rows) -> None:
        """The parts of ``j`` are ``starts[j]`` to ``starts[j + 1]``, end exclusive."""
        self.starts = starts

    @overload
    def __getitem__(self, parts: int | np.integer[Any]) -> np.int64: ...
    @overload
    def __getitem__(self, parts: Rows) -> Rows: ...
    def __getitem__(self, parts: int | np.integer[Any] | Rows) -> np.int64 | Rows:
        owners: np.int64 | Rows = np.searchsorted(self.starts, parts, "right") - 1
        return owners

    def __len__(self) -> int:
        return int(self.starts[-1])

    def __iter__(self) -> Iterator[int]:
        for owner, count in enumerate(np.diff(self.starts).tolist()):
            yield from repeat(owner, count)

    def parts_of(self, owners: Rows) -> Rows:
        """The parts of each of ``owners``, in their order."""
        first = self.starts[owners]
        counts = self.starts[owners + 1] - first
        before = np.cumsum(counts) - counts
        parts: Rows = np.arange(counts.sum()) + np.repeat(first - before, counts)
        return parts


class Documents(Sequence[Document]):
    """All documents of a store, each read when it is asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __len__(self) -> int:
        return len(self._store.clause_document.starts) - 1

    @overload
    def __getitem__(self, row: int) -> Document: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[Document]: ...
    def __getitem__(self, row: int | slice) -> Document | Sequence[Document]:
        rows = range(len(self))[row]  # also counts from the end
        if isinstance(rows, range):
            return [self._store.document(one) for one in rows]
        return self._store.document(rows)


class Store:
    """A store, open for reading, from any thread."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path,
        clause_document: Owners,
        passage_clause: Owners,
    ) -> None:
        self._connection = connection
        self._path = path
        self._lock = threading.Lock()
        self.clause_document = clause_document
        """For each clause the row of its document."""
        self.passage_clause = passage_clause
        """For each passage the row of its clause."""
        own = proxy(self)  # no circle, so that what is not used any more is gone at once
        self.document = lru_cache(maxsize=_DOCUMENTS_KEPT)(partial(Store._document, own))
        self.clause = lru_cache(maxsize=_CLAUSES_KEPT)(partial(Store._clause, own))

    @classmethod
    def open(cls, path: Path) -> Self:
        """The store in ``path``, its arrays beside it. Raises :class:`IndexDamagedError`."""
        try:
            connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro&immutable=1",
                uri=True,
                check_same_thread=False,
            )
            held = connection.execute(
                "SELECT ifnull((SELECT max(row) FROM documents), -1) + 1, "
                "ifnull((SELECT max(row) FROM clauses), -1) + 1"
            ).fetchone()
        except sqlite3.DatabaseError as error:
            raise _damaged(path, error) from error
        clauses, passages = (_starts(path.with_name(name)) for name in (_CLAUSES, _PASSAGES))
        if held != (len(clauses) - 1, clauses[-1]) or clauses[-1] != len(passages) - 1:
            raise IndexDamagedError(f"The parts of {path} do not belong together.")
        store = cls(connection, path, Owners(clauses), Owners(passages))
        finalize(store, connection.close)  # a connection and its statements hold each other
        return store

    def close(self) -> None:
        self._connection.close()

    def _rows(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._connection.execute(query, arguments).fetchall()
        except sqlite3.DatabaseError as error:
            raise _damaged(self._path, error) from error

    def __len__(self) -> int:
        return len(self.clause_document)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """What the catalogue says of each document, row for row; read when first asked for."""
        packed = self._rows("SELECT entry FROM documents ORDER BY row")
        return tuple(Entry.unpacked(entry) for (entry,) in packed)

    def _document(self, row: int) -> Document:
        found = self._rows(
            "SELECT fields, source, text FROM documents JOIN files ON files.id = file "
            "WHERE row = ?",
            row,
        )
        return _made_document(*found[0])

    def documents_without_text(self) -> Iterator[Document]:
        """Every document, in order, with an empty text: what each says of itself, read at once."""
        found = self._rows(
            "SELECT fields, source FROM documents JOIN files ON files.id = file ORDER BY row"
        )
        return (_made_document(fields, source, "") for fields, source in found)

    def _clause(self, row: int) -> Clause:
        return self._made(row, self._rows(f"{_CLAUSE} WHERE row = ?", row)[0])

    def clauses(self, rows: Rows | None = None) -> Iterator[Clause]:
        """Every clause, or those of ``rows`` (sorted, each once), in order; none is kept. They are
        read in pages, those without any of them not at all."""
        rows = np.arange(len(self)) if rows is None else rows
        for begin in range(0, len(self), _PAGE):
            end = begin + _PAGE
            here = rows[slice(*rows.searchsorted((begin, end)))].tolist()
            if here:
                found = self._rows(f"{_CLAUSE} WHERE row >= ? AND row < ? ORDER BY row", begin, end)
                for row in here:
                    yield self._made(row, found[row - begin])

    def _made(self, row: int, values: tuple[Any, ...]) -> Clause:
        ident, number, heading, path, address, start, end, responsible, refers = values
        document = self.document(int(self.clause_document[row]))
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

    def documents(self) -> Documents:
        """Every document, in order."""
        return Documents(self)

    def rows_of_document(self, document: int) -> range:
        """The rows of a document's clauses, in order."""
        starts = self.clause_document.starts
        return range(int(starts[document]), int(starts[document + 1]))

    def row_of_id(self, ident: str) -> int | None:
        """The row of the clause with that id."""
        found = self._rows("SELECT row FROM clauses WHERE id = ?", ident)
        return found[0][0] if found else None

    def rows_at(self, normal: str) -> list[tuple[int, str]]:
        """Row and address of each clause whose address has that normal form, in order."""
        found = self._rows(
            "SELECT row, address FROM clauses WHERE address_hash = ? ORDER BY row",
            address_hash(normal),
        )
        return [(row, address) for row, address in found if normal_address(address) == normal]

    def ending_with(self, normal: str) -> dict[int, list[tuple[int, str]]]:
        """Row and address of each clause whose levels end so in their normal form, by the row of
        the document; all in order."""
        end = normal[::-1]
        found = self._rows(
            "SELECT row, address FROM clauses WHERE levels >= ? AND levels < ? ORDER BY row",
            end,
            end + _LAST,
        )
        documents = self.clause_document[np.array([row for row, _ in found], np.int64)]
        of_document: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for document, clause in zip(documents.tolist(), found, strict=True):
            of_document[document].append((clause[0], clause[1]))
        return of_document

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

    def ends(self) -> tuple[date | None, ...]:
        """The last day of each document, row for row; ``None`` where it states none."""
        found = self._rows(
            "SELECT json_extract(fields, '$.effective_to') FROM documents ORDER BY row"
        )
        return tuple(date.fromisoformat(day) if day else None for (day,) in found)

    def left_out(self) -> dict[str, dict[str, tuple[int, int]]]:
        """What of each file is not indexed: by its source, reason → how many pieces, and of how
        many characters together. A file of which all is indexed is not listed."""
        found: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
        last = self._rows("SELECT ifnull(max(id), 0) FROM files")[0][0]
        for begin in range(0, last, _PAGE):  # in pages, so that a question in between need not wait
            for source, reason, pieces, characters in self._rows(
                "SELECT source, json_extract(value, '$[2]') AS reason, count(*), "
                "sum(json_extract(value, '$[1]') - json_extract(value, '$[0]')) "
                "FROM files, json_each(files.left_out) WHERE files.id > ? AND files.id <= ? "
                "GROUP BY files.id, reason ORDER BY files.id, min(json_each.key)",
                begin,
                begin + _PAGE,
            ):
                found[source][reason] = (pieces, characters)
        return dict(found)

    def excerpts(self, source: str, pieces: int, characters: int) -> dict[str, tuple[str, ...]]:
        """Of a file's pieces that are not indexed, by reason, the first ``characters`` characters
        of the first ``pieces`` ones."""
        found = self._rows(
            "SELECT json_extract(value, '$[2]'), substr(text, json_extract(value, '$[0]') + 1, "
            "min(?, json_extract(value, '$[1]') - json_extract(value, '$[0]'))) "
            "FROM files, json_each(files.left_out) WHERE source = ? ORDER BY json_each.key",
            characters,
            source,
        )
        some: dict[str, list[str]] = defaultdict(list)
        for reason, text in found:
            if len(some[reason]) < pieces:
                some[reason].append(text)
        return {reason: tuple(texts) for reason, texts in some.items()}

    def has_file(self, source: str) -> bool:
        """Whether there is a file of that source."""
        return bool(self._rows("SELECT 1 FROM files WHERE source = ?", source))

    def files(self) -> dict[str, str]:
        """Each file's source and the SHA-256 of its bytes."""
        return dict(self._rows("SELECT source, sha256 FROM files ORDER BY source"))


def _made_document(fields: str, source: str, text: str) -> Document:
    """The document of those packed fields."""
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


def _starts(path: Path) -> Rows:
    """Where the parts of each begin, and where the last ones end; mapped, not read."""
    try:
        starts: Rows = np.asarray(np.load(path, mmap_mode="r"))
    except (OSError, ValueError, EOFError) as error:
        raise IndexDamagedError(f"{path} can't be read.") from error
    if starts.ndim != 1 or not len(starts):
        raise IndexDamagedError(f"{path} is damaged.")
    return starts
