"""Clauses of a store → vectors and words on the disk: the encoder's and the tokenizer's work.

Everything goes through the caches and on to the disk in blocks, so that memory does not grow with
the library: the store is read clause by clause, what is unknown is encoded in windows, and the
arrays are written row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

import numpy as np

from assistant.clauses import Clause
from assistant.errors import IndexStateError
from assistant.index.arrays import RowWriter
from assistant.index.cache import TokenCache, text_hash
from assistant.index.dense import Vectors
from assistant.index.encoder import Encoder
from assistant.index.passages import indexed_text, passages, sentences
from assistant.index.store import Owners
from assistant.index.tokens import Tokenizer
from assistant.index.vectors import VectorCache
from assistant.progress import Progress, ProgressCallback

_BLOCK = 512
"""Texts that are looked up, or rows that are written, at once."""
_WINDOW = 8_192
"""Texts that are sorted by length together: those that share a batch are padded to the longest."""
_BATCH, _BATCH_CHARS = 128, 12_000
"""What is encoded before it is put on the disk: a few seconds of work."""
_HASH = 16

_T = TypeVar("_T")


@dataclass(slots=True)
class Keys:
    """The hashes of many texts, 16 bytes each."""

    data: bytearray = field(default_factory=bytearray)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Keys:
        """The hashes of ``texts``, in order."""
        keys = cls()
        keys.add(texts)
        return keys

    def add(self, texts: Iterable[str]) -> None:
        """Adds the hashes of ``texts``."""
        for text in texts:
            self.data += text_hash(text)

    def __len__(self) -> int:
        return len(self.data) // _HASH

    def __iter__(self) -> Iterator[bytes]:
        return (bytes(self.data[i : i + _HASH]) for i in range(0, len(self.data), _HASH))

    def blocks(self) -> Iterator[list[bytes]]:
        """The hashes in runs of :data:`_BLOCK`."""
        return _blocks(self, _BLOCK)


@dataclass(slots=True)
class Survey:
    """The texts of many clauses by their hashes."""

    passages: Keys = field(default_factory=Keys)
    sentences: Keys = field(default_factory=Keys)
    counts: list[int] = field(default_factory=list)
    """The number of each clause's sentences."""

    @property
    def owners(self) -> Owners:
        """For each sentence the row of its clause."""
        return Owners(np.cumsum([0, *self.counts]))

    @classmethod
    def of(cls, clauses: Iterable[Clause]) -> Survey:
        """The hashes of the passages and of the sentences of ``clauses``, in order."""
        survey = cls()
        for clause in clauses:
            survey.passages.add(passages(clause))
            said = sentences(clause)
            survey.sentences.add(said)
            survey.counts.append(len(said))
        return survey


def unknown(cache: VectorCache, keys: Keys, dimension: int | None) -> list[bool]:
    """For each text whether its vector has to be made: it is not there, or not of that
    ``dimension`` (any, where that is ``None``)."""
    missing: list[bool] = []
    for block in keys.blocks():
        known = cache.get(block)
        missing.extend(
            key not in known or dimension not in (None, len(known[key])) for key in block
        )
    return missing


def distinct(
    some: Sequence[Keys], missing: Sequence[Sequence[bool]] | None = None
) -> tuple[int, ...]:
    """How many different texts each of ``some`` stands for, or those of them that are ``missing``;
    what several have counts for the first of them."""
    counts: list[int] = []
    seen = np.empty(0, f"V{_HASH}")
    for i, keys in enumerate(some):
        rows = np.frombuffer(keys.data, f"V{_HASH}")
        rows = rows if missing is None else rows[np.array(missing[i], bool)]
        before, seen = len(seen), np.unique(np.concatenate([seen, rows]))
        counts.append(len(seen) - before)
    return tuple(counts)


class Encoding:
    """Makes the vectors that a cache has not."""

    def __init__(
        self, encoder: Encoder, cache: VectorCache, total: int, progress: ProgressCallback
    ) -> None:
        """``total`` is the number of texts that are going to be encoded."""
        self._encoder = encoder
        self._cache = cache
        self._progress = progress
        self._done, self._total = 0, max(1, total)
        progress(Progress("embed", 0, self._total))

    def encode(self, texts: Iterable[str]) -> int:
        """Encodes those of ``texts`` that the cache has not, each once; how many they were."""
        encoded = 0
        for window in _blocks(texts, _WINDOW):
            fresh = {text_hash(text): text for text in window}
            known = self._cache.get(list(fresh))  # the same sentence in an earlier window
            fresh = {
                key: text
                for key, text in fresh.items()
                if key not in known or len(known[key]) != self._encoder.dimension
            }
            for batch in _batches(sorted(fresh, key=lambda key: len(fresh[key])), fresh):
                vectors = self._encoder.encode_passages([fresh[key] for key in batch])
                self._cache.put(dict(zip(batch, vectors, strict=True)))
                self._report(len(batch))
            self._report(len(window) - len(fresh))
            encoded += len(fresh)
        return encoded

    def finish(self) -> None:
        """Reports the end."""
        self._report(self._total - self._done)

    def _report(self, done: int) -> None:
        if done:
            self._done = min(self._done + done, self._total)
            self._progress(Progress("embed", self._done, self._total))


def _batches(keys: Sequence[bytes], texts: dict[bytes, str]) -> Iterator[list[bytes]]:
    """``keys`` in runs of at most :data:`_BATCH` texts and :data:`_BATCH_CHARS` characters."""
    batch: list[bytes] = []
    chars = 0
    for key in keys:
        if batch and (len(batch) == _BATCH or chars + len(texts[key]) > _BATCH_CHARS):
            yield batch
            batch, chars = [], 0
        batch.append(key)
        chars += len(texts[key])
    if batch:
        yield batch


def write_vectors(cache: VectorCache, keys: Keys, writer: RowWriter, dimension: int) -> None:
    """Writes the vector of each of ``keys``, all of which the cache should have. Raises
    :class:`IndexStateError` where it has lost some since they were put there."""
    with writer:
        for block in keys.blocks():
            writer.write(_rows(cache, block, dimension))


def vectors_of(cache: VectorCache, keys: Keys, dimension: int) -> Vectors:
    """The vectors of few texts, shape (n, dimension)."""
    return np.concatenate([_rows(cache, block, dimension) for block in keys.blocks()])


def _rows(cache: VectorCache, keys: Sequence[bytes], dimension: int) -> Vectors:
    known = cache.get(keys)
    if any(len(known.get(key, ())) != dimension for key in keys):
        raise IndexStateError(
            "The vectors that were just put on the disk can't be read back.",
            "Check the disk, then: assistant build",
        )
    return np.stack([known[key] for key in keys])


def words_of(
    clauses: Iterable[Clause], tokenizer: Tokenizer, cache: TokenCache, keys: Keys
) -> Iterator[list[str]]:
    """The words of each clause for the lexical channel; their texts' hashes are added to
    ``keys``."""
    for block in _blocks(map(indexed_text, clauses), _BLOCK):
        hashes = [text_hash(text) for text in block]
        known = cache.get(hashes)
        fresh = {
            key: tokenizer.tokens(text)
            for key, text in zip(hashes, block, strict=True)
            if key not in known
        }
        if fresh:
            cache.put(fresh)
        known |= fresh
        for key in hashes:
            keys.data += key
            yield known[key]


def _blocks(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """``items`` in runs of ``size``."""
    iterator = iter(items)
    while block := list(islice(iterator, size)):
        yield block
