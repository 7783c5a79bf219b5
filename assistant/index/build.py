"""Documents → index: reads what changed, encodes what is new, writes a generation, switches to it.

Nothing that is in use is touched before the new generation is whole: it is written beside the old
one, checked, and only then the pointer moves. A build that breaks off anywhere leaves the old
index answering; what it had encoded is in the vector cache and is not encoded again.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from assistant.clauses import CLAUSE_RULES, Outline, link, read_outline
from assistant.errors import (
    IndexBusyError,
    IndexStateError,
    NoDocumentsError,
    ReadingError,
)
from assistant.index import background, generation
from assistant.index.dense import DenseIndex, Vectors
from assistant.index.durable import sync_folder, sync_tree
from assistant.index.encoder import Encoder
from assistant.index.inventory import Inventory, changed_files, take_inventory
from assistant.index.lexical import LexicalIndex
from assistant.index.manifest import FORMAT, Manifest, Rules
from assistant.index.passages import PASSAGE_RULES, indexed_text, passages, sentences, subject
from assistant.index.sentences import SentenceVectors
from assistant.index.snapshot import Snapshot
from assistant.index.store import Store, StoreWriter
from assistant.index.tokens import Tokenizer
from assistant.index.vectors import VectorCache, text_hash
from assistant.progress import Progress, ProgressCallback
from assistant.reading import Extract, SourceFile, ending, parse
from assistant.settings import Settings

_LOCK, _CACHE = "build.lock", "vectors.sqlite"
_LOCK_WAIT = 10.0  # seconds
_BATCH = 128
_SAME_COSINE = 0.999


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. ``generation`` is the one in use now, the old one where nothing changed.

    A renamed file counts as one removed and one added; its passages and sentences are reused.
    """

    files_added: int
    files_changed: int
    files_removed: int
    files_unchanged: int
    files_failed: dict[str, str]
    """Source → reason."""
    clauses: int
    passages_embedded: int
    passages_reused: int
    seconds: float
    generation: str
    sentences_embedded: int = 0
    sentences_reused: int = 0
    """The vectors of single sentences beside those of the passages."""


def rules_of(encoder_fingerprint: str, tokenizer_fingerprint: str) -> Rules:
    """The rules of this program with that encoder and tokenizer."""
    return Rules(encoder_fingerprint, tokenizer_fingerprint, CLAUSE_RULES, PASSAGE_RULES)


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A file with the outlines of its documents."""

    file: SourceFile
    sha256: str
    outlines: tuple[Outline, ...]


class Builder:
    """Builds an index with the collaborators that it is given."""

    def __init__(
        self,
        settings: Settings,
        encoder: Encoder,
        tokenizer: Tokenizer,
        progress: ProgressCallback,
    ) -> None:
        self._settings = settings
        self._encoder = encoder
        self._tokenizer = tokenizer
        self._progress = progress
        self._rules = rules_of(encoder.fingerprint, tokenizer.fingerprint)

    def build(self, documents: Path, index: Path, *, full: bool = False) -> BuildReport:
        """Brings ``index`` up to the files of ``documents``; ``full`` does so even where nothing
        changed, and encodes everything anew.

        Raises :class:`NoDocumentsError` where no file can be read, :class:`IndexBusyError` where
        another build is under way, :class:`IndexStateError` where the index can't be written. The
        index in use is the old one after any of these.
        """
        began = time.perf_counter()
        inventory = take_inventory(documents, self._progress)
        known = self._known(index)
        if known and not full and self._is_current(known, inventory):
            self._tidy(index)
            return _report(inventory, known.files, known.manifest, _Counts(), began)
        with _writing(index), _locked(index):
            known = self._known(index, whole=True)  # another build may just have made it
            before = known.files if known else {}
            if known and not full and self._is_current(known, inventory):
                return _report(inventory, before, known.manifest, _Counts(), began)
            reused = known if known and not full else None
            parsed = self._parse(inventory, self._extracts(index, reused))
            if full:
                (index / _CACHE).unlink(missing_ok=True)
            manifest, embedded = self._write(index, parsed, inventory)
            generation.switch(index, manifest.generation)
            generation.prune(index, self._settings.keep_generations)
        return _report(inventory, before, manifest, embedded, began)

    def _tidy(self, index: Path) -> None:
        """Removes what a killed build left where there is nothing to build; it stays where another
        build is under way or nothing can be written."""
        keep = self._settings.keep_generations
        if generation.is_tidy(index, keep):
            return
        with suppress(IndexStateError), _writing(index), _locked(index, wait=0):
            generation.prune(index, keep)

    def _known(self, index: Path, *, whole: bool = False) -> _Known | None:
        """What the generation in use says of its files; ``None`` where there is none that this
        program can read, so that all is built anew. ``whole``: what is reused from it must be as
        it was written, byte for byte."""
        try:
            folder = generation.open_folder(index)
            manifest = Manifest.read(folder)
            generation.check(folder, manifest, whole=whole)
            store = Store.open(folder / generation.STORE)
        except IndexStateError:
            return None
        try:
            return _Known(manifest, store.files())
        finally:
            store.close()

    def _is_current(self, known: _Known, inventory: Inventory) -> bool:
        return known.manifest.rules == self._rules and not changed_files(
            inventory, known.files, known.manifest
        )

    def _extracts(self, index: Path, known: _Known | None) -> dict[tuple[str, str], Extract]:
        """What was extracted before, by the ending and the hash of the file: reading a PDF file
        takes longer than all that follows."""
        if known is None or known.manifest.rules.clauses != self._rules.clauses:
            return {}
        store = Store.open(generation.open_folder(index) / generation.STORE)
        try:
            return {(ending(source), digest): found for source, digest, found in store.extracts()}
        finally:
            store.close()

    def _parse(
        self, inventory: Inventory, known: Mapping[tuple[str, str], Extract]
    ) -> list[_Parsed]:
        parsed: list[_Parsed] = []
        for done, source in enumerate(sorted(inventory.data)):
            self._progress(Progress("parse", done, len(inventory.data)))
            try:
                file = parse(
                    inventory.data[source],
                    source,
                    inventory.beside.get(source),
                    known.get((ending(source), inventory.hashes[source])),
                )
                outlines = tuple(read_outline(document) for document in file.documents)
            except ReadingError as error:
                inventory.failed[source] = str(error)
                continue
            except Exception as error:  # noqa: BLE001 - one file must not cost the others
                inventory.failed[source] = (
                    f"{source}: internal error, {type(error).__name__}: {error}. "
                    "Please report it; see where: assistant inspect FILE --debug"
                )
                continue
            if not any(outline.clauses for outline in outlines):
                inventory.failed[source] = f"{source}: no clause was found in the file."
                continue
            parsed.append(_Parsed(file, inventory.hashes[source], outlines))
        self._progress(Progress("parse", len(inventory.data), max(1, len(inventory.data))))
        if not parsed:
            reasons = " ".join(list(inventory.failed.values())[:3])
            raise NoDocumentsError("None of the documents can be read.", reasons)
        linked = iter(link([outline for one in parsed for outline in one.outlines]))
        return [replace(one, outlines=tuple(islice(linked, len(one.outlines)))) for one in parsed]

    def _write(
        self, index: Path, parsed: Sequence[_Parsed], inventory: Inventory
    ) -> tuple[Manifest, _Counts]:
        """Writes a generation and checks it; its manifest and how many vectors had to be made."""
        clauses = [c for one in parsed for outline in one.outlines for c in outline.clauses]
        texts = [passages(clause) for clause in clauses]
        flat = [text for some in texts for text in some]
        said = [sentences(clause) for clause in clauses]
        flat_said = [sentence for some in said for sentence in some]
        titles = [subject(outline.document) for one in parsed for outline in one.outlines]
        whole, spoken, subjects = self._vectors(index, flat, flat_said, titles)
        digest = "\n".join(f"{one.file.source} {one.sha256}" for one in parsed)
        ident = generation.new_id(index, digest + repr(self._rules))
        folder = index / generation.GENERATIONS / f".building-{os.getpid()}"
        folder.mkdir(parents=True)
        self._progress(Progress("write", 0, 3))
        counts = iter(len(some) for some in texts)
        writer = StoreWriter(folder / generation.STORE)
        for one in parsed:
            writer.add_file(one.file, one.sha256)
            for outline in one.outlines:
                writer.add_document(outline, [next(counts) for _ in outline.clauses])
        writer.close()
        self._progress(Progress("write", 1, 3))
        by_sentence = SentenceVectors.build(spoken.vectors, [len(some) for some in said])
        by_sentence.save(folder / generation.SENTENCES)
        dense = DenseIndex.build(whole.vectors)
        dense.save(folder / generation.DENSE)
        np.save(folder / generation.SUBJECTS, subjects.vectors)
        tokens = [self._tokenizer.tokens(indexed_text(clause)) for clause in clauses]
        LexicalIndex.build(tokens).save(folder / generation.LEXICAL)
        self._progress(Progress("write", 2, 3))
        manifest = Manifest(
            format=FORMAT,
            generation=ident,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            program=version("policy-assistant"),
            model=self._settings.model,
            dimension=self._encoder.dimension,
            rules=self._rules,
            background=background.measure(self._encoder, dense, spoken.vectors, subjects.vectors),
            documents=len(titles),
            clauses=len(clauses),
            passages=len(flat),
            sentences=len(flat_said),
            files=generation.hash_files(folder),
            failed=dict(sorted(inventory.failed.items())),
            failed_hashes={
                source: inventory.hashes[source]
                for source in sorted(inventory.failed)
                if source in inventory.hashes
            },
        )
        manifest.write(folder)
        sync_tree(folder)
        _try_out(Snapshot.load(folder, manifest), whole.vectors)
        folder.rename(folder.with_name(ident))
        sync_folder(folder.parent)
        self._progress(Progress("write", 3, 3))
        return manifest, _Counts(whole.encoded, spoken.encoded)

    def _vectors(self, index: Path, *texts: Sequence[str]) -> list[_Encoded]:
        """The vectors of each of the lists of ``texts``."""
        keys = [[text_hash(text) for text in some] for some in texts]
        wanted = {
            key: text
            for some_keys, some in zip(keys, texts, strict=True)
            for key, text in zip(some_keys, some, strict=True)
        }
        with VectorCache.open(index / _CACHE, self._encoder.fingerprint) as cache:
            known = {
                key: vector
                for key, vector in cache.get(list(wanted)).items()
                if len(vector) == self._encoder.dimension  # else the cache is damaged
            }
            missing = {key: text for key, text in wanted.items() if key not in known}
            # by length: texts that share a batch are padded to the longest of them
            order = sorted(missing, key=lambda key: len(missing[key]))
            for i in range(0, len(order), _BATCH):
                self._progress(Progress("embed", i, len(order)))
                some = order[i : i + _BATCH]
                fresh = self._encoder.encode_passages([missing[key] for key in some])
                batch = dict(zip(some, fresh, strict=True))
                cache.put(batch)
                known.update(batch)
            total = max(1, len(order))
            if not order:
                self._progress(Progress("embed", 0, total))
            self._progress(Progress("embed", total, total))
            cache.keep_only(wanted)
        return [
            _Encoded(np.stack([known[key] for key in some]), sum(key in missing for key in some))
            for some in keys
        ]


@dataclass(frozen=True, slots=True)
class _Encoded:
    """Vectors of texts, and how many of these had to be encoded."""

    vectors: Vectors
    encoded: int


@dataclass(frozen=True, slots=True)
class _Counts:
    """How many vectors a build had to make."""

    passages: int = 0
    sentences: int = 0


@dataclass(frozen=True, slots=True)
class _Known:
    """The generation in use, as far as a build asks: its manifest, and source → hash."""

    manifest: Manifest
    files: dict[str, str]


def _try_out(snapshot: Snapshot, vectors: Vectors) -> None:
    """Raises :class:`IndexStateError` where a generation just written does not find its own
    passages or can't give its clauses."""
    for row in {0, len(vectors) // 2, len(vectors) - 1}:
        _, cosines = snapshot.dense.search(vectors[row], 1)
        snapshot.store.clause(int(snapshot.store.passage_clause[row]))
        if cosines[0] < _SAME_COSINE:
            raise IndexStateError(
                "The index just written does not find its own passages.",
                "The old one stays in use; run: assistant build --full",
            )
    snapshot.store.close()


@contextmanager
def _writing(index: Path) -> Iterator[None]:
    """Turns what goes wrong while ``index`` is written into one error."""
    try:
        index.mkdir(parents=True, exist_ok=True)
        yield
    except (OSError, sqlite3.DatabaseError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise IndexStateError(
            f"The index in {index} can't be written ({reason}).",
            "The one in use is untouched. Make room or mend the permissions, then: assistant build",
        ) from error


@contextmanager
def _locked(index: Path, wait: float | None = None) -> Iterator[None]:
    """Holds the lock of ``index``; what other builds left, or this one if it fails, is removed. A
    lock of a process that died is free at once."""
    lock = FileLock(index / _LOCK)
    try:
        lock.acquire(timeout=_LOCK_WAIT if wait is None else wait)
    except Timeout as error:
        raise IndexBusyError(
            f"Another build of {index} is under way.", "Wait until it is done, then run it again."
        ) from error
    try:
        generation.remove_unfinished(index)
        yield
    finally:
        generation.remove_unfinished(index)
        lock.release()


def _report(
    inventory: Inventory,
    before: dict[str, str],
    manifest: Manifest,
    embedded: _Counts,
    began: float,
) -> BuildReport:
    now = {s: h for s, h in inventory.hashes.items() if s not in manifest.failed}
    return BuildReport(
        files_added=len(now.keys() - before.keys()),
        files_changed=sum(now[s] != before[s] for s in now.keys() & before.keys()),
        files_removed=len(before.keys() - now.keys() - manifest.failed.keys()),
        files_unchanged=sum(now[s] == before[s] for s in now.keys() & before.keys()),
        files_failed=dict(manifest.failed),
        clauses=manifest.clauses,
        passages_embedded=embedded.passages,
        passages_reused=manifest.passages - embedded.passages,
        seconds=time.perf_counter() - began,
        generation=manifest.generation,
        sentences_embedded=embedded.sentences,
        sentences_reused=manifest.sentences - embedded.sentences,
    )
