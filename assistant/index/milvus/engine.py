"""Writes a generation's vectors and weights into collections of a Milvus, and opens them.

The folder of the generation stays the truth: the store, the vocabulary and the subjects lie there,
and the manifest names the collections. Those of a build have names of their own, so nothing that is
in use is touched; what no generation names is dropped by the next build.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.errors import IndexDamagedError, IndexMismatchError, IndexStateError
from assistant.index import generation
from assistant.index.engine import Draft
from assistant.index.kept import Kept, Vectors
from assistant.index.manifest import Manifest
from assistant.index.milvus.channels import CLAUSES, PASSAGES, SENTENCES, MilvusChannels
from assistant.index.milvus.server import Server, require, server_at
from assistant.index.milvus.vocabulary import Vocabulary, Weighing
from assistant.index.sentences import SentenceVectors
from assistant.index.store import Owners, Store

_OWNER = "milvus.json"
"""In the index's folder: by what its collections are told from another index's."""
_BLOCK = 4_096


@dataclass(frozen=True, slots=True)
class MilvusEngine:
    """Both channels in a Milvus."""

    server: Server

    @classmethod
    def at(cls, uri: str, token: str = "") -> MilvusEngine:
        """The engine at ``uri``; nothing is connected yet. Raises :class:`ExtraMissingError`."""
        require(uri)
        return cls(server_at(uri, token))

    @property
    def name(self) -> str:
        return f"milvus at {self.server.name}"

    def check(self, index: Path, manifest: Manifest) -> None:
        if not manifest.collections:
            raise IndexMismatchError(
                f"The index in {index} was made for {manifest.engine}, the settings name "
                f"{self.name}.",
                "Rebuild it: assistant build",
            )
        missing = self._wrong(manifest)
        if missing and manifest.engine != self.name:
            raise IndexMismatchError(
                f"The index in {index} was written to {manifest.engine}; {self.name}, which the "
                "settings name, does not hold it.",
                "Rebuild it: assistant build",
            )
        if missing:
            raise IndexDamagedError(
                f"{missing} of {self.name} is gone, or not as it was written.",
                "Rebuild it: assistant build",
            )

    def _wrong(self, manifest: Manifest) -> str:
        """The first collection that has not the rows which it should."""
        expected = {
            CLAUSES: manifest.clauses,
            PASSAGES: manifest.passages,
            SENTENCES: manifest.sentences,
        }
        for name, count in expected.items():
            if self.server.count(manifest.collections + name) != count:
                return manifest.collections + name
        return ""

    def begin(self, index: Path) -> str:
        return f"{self._prefix(index)}{secrets.token_hex(4)}"

    def write_vectors(self, draft: Draft, passages: Kept) -> None:
        store, folder = draft.store, draft.folder / generation.SENTENCES
        spread = SentenceVectors.load(folder)
        written: dict[str, tuple[Kept, Owners]] = {
            PASSAGES: (passages, store.passage_clause),
            SENTENCES: (spread.vectors, Owners(spread.starts)),
        }
        for name, (vectors, clause_of) in written.items():
            rows = _rows(vectors, clause_of, store)
            self.server.write(draft.collections + name, rows, len(vectors), vectors.shape[1])
        (folder / SentenceVectors.VECTORS).unlink()

    def write_words(self, draft: Draft, words: Callable[[], Iterable[Sequence[str]]]) -> None:
        weighing = Weighing.of(words())
        weighing.vocabulary.save(draft.folder / generation.LEXICAL)
        documents = draft.store.clause_document
        rows = (
            {"id": row, "clause": row, "document": int(documents[row]), "vector": scores}
            for row, scores in enumerate(weighing.scores(words()))
        )
        self.server.write(draft.collections + CLAUSES, rows, weighing.vocabulary.total, None)

    def open(
        self, folder: Path, manifest: Manifest, store: Store, subjects: Vectors
    ) -> MilvusChannels:
        words = Vocabulary.load(folder / generation.LEXICAL, manifest.clauses)
        starts = SentenceVectors.load_starts(folder / generation.SENTENCES)
        if (len(starts) - 1, starts[-1]) != (manifest.clauses, manifest.sentences):
            raise IndexDamagedError(f"The parts of {folder} do not belong together.")
        return MilvusChannels(self.server, manifest.collections, store, words, starts, subjects)

    def tidy(self, index: Path) -> None:
        kept = set(_named(index))
        prefix = self._prefix(index)
        for name in self.server.collections():
            if name.startswith(prefix) and name.rpartition("_")[0] not in kept:
                self.server.drop(name)

    def _prefix(self, index: Path) -> str:
        """What the names of this index's collections begin with, made once for an index."""
        path = index / _OWNER
        try:
            owner = str(json.loads(path.read_text("utf-8"))["owner"])
        except (OSError, ValueError, KeyError, TypeError):
            owner = secrets.token_hex(4)
            path.write_text(json.dumps({"owner": owner}) + "\n", "utf-8")
        return f"assistant_{owner}_"


def _named(index: Path) -> Iterator[str]:
    """The stems of the collections that the generations of ``index`` name."""
    for ident in generation.generation_ids(index):
        try:
            yield Manifest.read(index / generation.GENERATIONS / ident).collections
        except IndexStateError:  # damaged, or of another program: it can't be opened
            continue


def _rows(vectors: Kept, clause_of: Owners, store: Store) -> Iterator[dict[str, object]]:
    """The rows of a collection, read in blocks."""
    for first in range(0, len(vectors), _BLOCK):
        block = np.asarray(vectors[first : first + _BLOCK], np.float32)
        clauses = np.asarray(clause_of[np.arange(first, first + len(block))])
        documents = np.asarray(store.clause_document[clauses])
        for i, vector in enumerate(block):
            yield {
                "id": first + i,
                "clause": int(clauses[i]),
                "document": int(documents[i]),
                "vector": vector,
            }
