"""Documents → index: reads what changed, encodes what is new, writes a generation, switches to it.

Nothing that is in use is touched before the new generation is whole: it is written beside the old
one, checked, and only then the pointer moves. A build that breaks off anywhere leaves the old
index answering; what it had encoded is in the caches and is not encoded again.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import compress
from pathlib import Path
from typing import Self

import numpy as np

from assistant.clauses import CLAUSE_RULES, Clause, Outline, read_outline
from assistant.errors import (
    IndexAwayError,
    IndexMissingError,
    IndexStateError,
    NoDocumentsError,
    ReadingError,
)
from assistant.index import background, generation
from assistant.index.arrays import RowWriter
from assistant.index.cache import TokenCache, text_hash
from assistant.index.dense import Vectors
from assistant.index.draft import (
    Encoding,
    Keys,
    Survey,
    distinct,
    unknown,
    vectors_of,
    words_of,
    write_vectors,
)
from assistant.index.durable import sync_folder, sync_tree
from assistant.index.encoder import Encoder
from assistant.index.engine import Draft, Engine, engine_of
from assistant.index.inventory import Inventory, changed_files, take_inventory
from assistant.index.lock import locked, writing
from assistant.index.manifest import FORMAT, Background, Manifest, Rules
from assistant.index.passages import PASSAGE_RULES, passages, sentences, subject
from assistant.index.sentences import SentenceVectors
from assistant.index.snapshot import Snapshot
from assistant.index.store import Owners, Store, StoreWriter
from assistant.index.tokens import Tokenizer
from assistant.index.vectors import VectorCache
from assistant.progress import Progress, ProgressCallback
from assistant.reading import Extract, SourceFile, ending, parse
from assistant.settings import Settings

_PASSAGES = "vectors.npy"
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
    rebuilt: tuple[str, ...] = ()
    """Why everything was made anew, where more than the documents changed."""
    sentences_embedded: int = 0
    sentences_reused: int = 0
    """The vectors of single sentences beside those of the passages."""


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """What a build would do. Nothing is done, and nothing is written, to find out.

    ``rebuilds`` are the reasons why everything would be made anew: another encoder, other rules, a
    damaged index. The sources are sorted.
    """

    rebuilds: tuple[str, ...]
    files_added: tuple[str, ...]
    files_changed: tuple[str, ...]
    files_removed: tuple[str, ...]
    files_unchanged: int
    files_failed: dict[str, str]
    passages_to_embed: int
    sentences_to_embed: int

    @property
    def up_to_date(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.rebuilds or self.files_added or self.files_changed or self.files_removed)


def rules_of(encoder_fingerprint: str, tokenizer_fingerprint: str) -> Rules:
    """The rules of this program with that encoder and tokenizer."""
    return Rules(encoder_fingerprint, tokenizer_fingerprint, CLAUSE_RULES, PASSAGE_RULES)


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
        self._engine = engine_of(settings)

    def build(self, documents: Path, index: Path, *, full: bool = False) -> BuildReport:
        """Brings ``index`` up to the files of ``documents``; ``full`` does so even where nothing
        changed, and encodes everything anew.

        Raises :class:`NoDocumentsError` where no file can be read, :class:`IndexBusyError` where
        another build is under way, :class:`IndexAwayError` where the engine that the settings name
        does not answer, another :class:`IndexStateError` where the index can't be written. The
        index in use is the old one after any of these.
        """
        began = time.perf_counter()
        inventory = take_inventory(documents, self._progress)
        known = self._known(index)
        if known.manifest and not full and self._is_current(known, inventory):
            self._tidy(index)
            return _report(inventory, known, known.manifest, _Counts(), began)
        with writing(index), locked(index), _tidied(index, self._engine):
            known = self._known(index, whole=True)  # another build may just have made it
            if known.manifest and not full and self._is_current(known, inventory):
                return _report(inventory, known, known.manifest, _Counts(), began)
            if full:
                for cache in (generation.VECTORS, generation.TOKENS):
                    (index / cache).unlink(missing_ok=True)
                known = _Known(known.rebuilds, known.manifest, known.files)  # no extracts
            manifest, embedded = self._write(index, known, inventory)
            generation.switch(index, manifest.generation)
            generation.prune(index, self._settings.keep_generations)
        return _report(inventory, known, manifest, embedded, began)

    def plan(self, documents: Path, index: Path) -> BuildPlan:
        """What :meth:`build` would do. Raises :class:`NoDocumentsError` where there is no file,
        :class:`IndexAwayError` where a Milvus does not answer."""
        inventory = take_inventory(documents, self._progress)
        known = self._known(index)
        before = known.files
        failed = known.manifest.failed_hashes if known.manifest else {}
        reasons = known.manifest.failed if known.manifest else {}
        wanted = [
            source
            for source, digest in sorted(inventory.hashes.items())
            if known.rebuilds or digest not in (before.get(source), failed.get(source))
        ]
        outlines: list[Outline] = []
        with _Extracts(known, self._rules) as extracts:
            for source in wanted:
                parsed = self._parse(inventory, source, extracts)
                outlines.extend(parsed.outlines if parsed else ())
        counts = self._to_encode(index, outlines)
        now = {s: h for s, h in inventory.hashes.items() if s not in inventory.failed}
        now = {s: h for s, h in now.items() if failed.get(s) != h}
        still = {s: why for s, why in reasons.items() if failed.get(s) == inventory.hashes.get(s)}
        return BuildPlan(
            rebuilds=known.rebuilds,
            files_added=tuple(sorted(now.keys() - before.keys())),
            files_changed=tuple(s for s in sorted(now) if s in before and before[s] != now[s]),
            files_removed=tuple(sorted(before.keys() - now.keys())),
            files_unchanged=sum(now.get(s) == digest for s, digest in before.items()),
            files_failed={**still, **inventory.failed},
            passages_to_embed=counts.passages,
            sentences_to_embed=counts.sentences,
        )

    def _tidy(self, index: Path) -> None:
        """Removes what a killed build left where there is nothing to build; it stays where another
        build is under way or nothing can be written."""
        keep = self._settings.keep_generations
        if generation.is_tidy(index, keep):
            return
        with (
            suppress(IndexStateError),
            writing(index),
            locked(index, wait=0),
            _tidied(index, self._engine),
        ):
            generation.prune(index, keep)

    def _known(self, index: Path, *, whole: bool = False) -> _Known:
        """What the generation in use says of its files, and why it can't be built upon, if so.
        ``whole``: what is reused from it must be as it was written, byte for byte."""
        try:
            folder = generation.open_folder(index)
        except IndexMissingError:
            return _Known()
        except IndexStateError as error:
            return _Known((error.message,))
        try:
            manifest = Manifest.read(folder)
            generation.check(folder, manifest, whole=whole)
            store = Store.open(folder / generation.STORE)
        except IndexStateError as error:
            return _Known((error.message,))
        try:
            files = store.files()
        except IndexStateError as error:
            return _Known((error.message,))
        finally:
            store.close()
        differences = _differences(manifest.rules, self._rules) + self._lost(index, manifest)
        return _Known(differences, manifest, files, folder)

    def _lost(self, index: Path, manifest: Manifest) -> tuple[str, ...]:
        """Why the engine that the settings name does not hold a generation, if so."""
        try:
            self._engine.check(index, manifest)
        except IndexAwayError:
            raise
        except IndexStateError as error:
            return (error.message,)
        return ()

    def _is_current(self, known: _Known, inventory: Inventory) -> bool:
        return (
            known.manifest is not None
            and not known.rebuilds
            and not changed_files(inventory, known.files, known.manifest)
        )

    def _parse(self, inventory: Inventory, source: str, extracts: _Extracts) -> _Parsed | None:
        """A file with its clauses; ``None``, and the reason noted, where it holds none."""
        try:
            extract = extracts.get(source, inventory.hashes[source])
            if extract:
                data, beside = b"", inventory.sidecar(source)
            else:
                data, beside = inventory.read(source)
            file = parse(data, source, beside, extract)
            outlines = tuple(read_outline(document) for document in file.documents)
        except ReadingError as error:
            inventory.failed[source] = str(error)
            return None
        except Exception as error:  # noqa: BLE001 - one file must not cost the others
            inventory.failed[source] = (
                f"{source}: internal error, {type(error).__name__}: {error}. "
                "Please report it; see where: assistant inspect FILE --debug"
            )
            return None
        if not any(outline.clauses for outline in outlines):
            inventory.failed[source] = f"{source}: no clause was found in the file."
            return None
        return _Parsed(file, inventory.hashes[source], outlines)

    def _to_encode(self, index: Path, outlines: Sequence[Outline]) -> _Counts:
        """How many passages and sentences of ``outlines`` have no vector yet."""
        survey = Survey.of(clause for outline in outlines for clause in outline.clauses)
        both = (survey.passages, survey.sentences)
        path = index / generation.VECTORS
        if path.is_file():
            with (
                suppress(sqlite3.DatabaseError),  # one that can't be read knows nothing
                VectorCache.reading(path, self._encoder.fingerprint) as cache,
            ):
                return _Counts(*distinct(both, [unknown(cache, keys, None) for keys in both]))
        return _Counts(*distinct(both))

    def _write(self, index: Path, known: _Known, inventory: Inventory) -> tuple[Manifest, _Counts]:
        """Writes a generation and checks it; its manifest and how many vectors had to be made."""
        folder = index / generation.GENERATIONS / f"{generation.UNFINISHED}{os.getpid()}"
        folder.mkdir(parents=True)
        written = self._write_store(folder, known, inventory)
        store = Store.open(folder / generation.STORE)
        try:
            filled = self._fill(index, folder, store, known, written)
        finally:
            store.close()
        digest = "\n".join(f"{source} {sha256}" for source, sha256 in written.files)
        manifest = Manifest(
            format=FORMAT,
            generation=generation.new_id(index, digest + repr(self._rules)),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            program=version("policy-assistant"),
            model=self._settings.model,
            dimension=self._dimension(known),
            rules=self._rules,
            background=filled.background,
            documents=len(written.subjects),
            clauses=filled.clauses,
            passages=filled.passages,
            sentences=filled.sentences,
            files=generation.hash_files(folder),
            failed=dict(sorted(inventory.failed.items())),
            failed_hashes={
                source: inventory.hashes[source]
                for source in sorted(inventory.failed)
                if source in inventory.hashes
            },
            engine=self._engine.name,
            collections=filled.collections,
        )
        manifest.write(folder)
        sync_tree(folder)
        _try_out(Snapshot.load(folder, manifest, self._engine), filled.samples)
        folder.rename(folder.with_name(manifest.generation))
        sync_folder(folder.parent)
        self._progress(Progress("write", 3, 3))
        return manifest, filled.encoded

    def _write_store(self, folder: Path, known: _Known, inventory: Inventory) -> _Written:
        """Reads the files and writes what they hold, one after another."""
        written = _Written()
        sources = sorted(inventory.paths)
        with (
            StoreWriter(folder / generation.STORE) as writer,
            _Extracts(known, self._rules) as extracts,
        ):
            for done, source in enumerate(sources):
                self._progress(Progress("parse", done, len(sources)))
                parsed = self._parse(inventory, source, extracts)
                if parsed is None:
                    continue
                writer.add_file(parsed.file, parsed.sha256)
                written.files.append((source, parsed.sha256))
                for outline in parsed.outlines:
                    counts = [len(passages(clause)) for clause in outline.clauses]
                    writer.add_document(outline, counts)
                    written.subjects.append(subject(outline.document))
        self._progress(Progress("parse", len(sources), max(1, len(sources))))
        if not written.files:
            reasons = " ".join(list(inventory.failed.values())[:3])
            raise NoDocumentsError("None of the documents can be read.", reasons)
        return written

    def _dimension(self, known: _Known) -> int:
        """The dimension of the vectors; an encoder that has to make none need not be loaded."""
        if known.manifest and known.manifest.rules.encoder == self._rules.encoder:
            return known.manifest.dimension
        return self._encoder.dimension

    def _off_topic(self, cache: VectorCache, dimension: int) -> tuple[Vectors, Sequence[bytes]]:
        """The vectors of the questions by which the background is measured, and their keys."""
        questions = background.off_topic_questions()
        keys = [text_hash(f"\0question\0{question}") for question in questions]
        known = cache.get(keys)
        if any(len(known.get(key, ())) != dimension for key in keys):
            known = dict(zip(keys, self._encoder.encode_queries(questions), strict=True))
            cache.put(known)
        return np.stack([known[key] for key in keys]), keys

    def _fill(
        self, index: Path, folder: Path, store: Store, known: _Known, written: _Written
    ) -> _Filled:
        """Writes the vectors and the words of the clauses in ``store``."""
        survey = Survey.of(store.clauses())
        subjects = written.subjects
        keys = (Keys.of(subjects), survey.passages, survey.sentences)
        dimension = self._dimension(known)
        with VectorCache.open(index / generation.VECTORS, self._encoder.fingerprint) as cache:
            missing = [unknown(cache, some, dimension) for some in keys]
            encoding = Encoding(self._encoder, cache, sum(map(sum, missing)), self._progress)
            while True:
                encoding.encode(compress(subjects, missing[0]))
                encoded = (
                    encoding.encode(_those(missing[1], store, store.passage_clause, passages)),
                    encoding.encode(_those(missing[2], store, survey.owners, sentences)),
                )
                if not cache.restarts:
                    break
                cache.restarts = 0  # the file was damaged: what it knew is to be made anew
                missing = [unknown(cache, some, dimension) for some in keys]
            encoding.finish()
            self._progress(Progress("write", 0, 3))
            titles = vectors_of(cache, keys[0], dimension)
            np.save(folder / generation.SUBJECTS, titles)
            rows = RowWriter(folder / _PASSAGES, np.float32, len(survey.passages), dimension)
            write_vectors(cache, survey.passages, rows, dimension)
            rows = SentenceVectors.writer(folder / generation.SENTENCES, survey.counts, dimension)
            write_vectors(cache, survey.sentences, rows, dimension)
            off_topic, asked = self._off_topic(cache, dimension)
            cache.keep_only(*keys, asked)
        flat = np.load(folder / _PASSAGES, mmap_mode="r")
        spread = SentenceVectors.load(folder / generation.SENTENCES).vectors
        measured = background.measure(off_topic, flat, spread, titles)
        draft = Draft(folder, store, self._engine.begin(index))
        self._engine.write_vectors(draft, flat)
        self._progress(Progress("write", 1, 3))
        with TokenCache.open(index / generation.TOKENS, self._tokenizer.fingerprint) as words:
            held = Keys()

            def tokens() -> Iterator[list[str]]:
                held.data.clear()
                return words_of(store.clauses(), self._tokenizer, words, held)

            self._engine.write_words(draft, tokens)
            words.keep_only(held)
        self._progress(Progress("write", 2, 3))
        samples = np.array(flat[[0, len(flat) // 2, len(flat) - 1]])
        (folder / _PASSAGES).unlink()
        return _Filled(
            measured,
            len(survey.counts),
            len(survey.passages),
            len(survey.sentences),
            _Counts(*encoded),
            samples,
            draft.collections,
        )


@dataclass(frozen=True, slots=True)
class _Counts:
    """Numbers of vectors: those that a build had to make, or would have to."""

    passages: int = 0
    sentences: int = 0


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A file with the outlines of its documents."""

    file: SourceFile
    sha256: str
    outlines: tuple[Outline, ...]


@dataclass(frozen=True, slots=True)
class _Written:
    """What a store was made from: each file's source and hash, each document's subject."""

    files: list[tuple[str, str]] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Filled:
    """What stands beside the store: counts, and how many vectors had to be made."""

    background: Background
    clauses: int
    passages: int
    sentences: int
    encoded: _Counts
    samples: Vectors
    """The vectors of a few passages, to try the index with."""
    collections: str
    """What the engine calls them."""


@dataclass(frozen=True, slots=True)
class _Known:
    """The generation in use, as far as a build asks. ``rebuilds`` says why it can't be built upon;
    without a ``manifest`` there is none that can be read."""

    rebuilds: tuple[str, ...] = ()
    manifest: Manifest | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    """Source → hash."""
    folder: Path | None = None


class _Extracts:
    """What was extracted before, by the ending and the hash of the file: reading a PDF file takes
    longer than all that follows."""

    def __init__(self, known: _Known, rules: Rules) -> None:
        usable = known.manifest and known.manifest.rules.clauses == rules.clauses
        self._store: Store | None = None
        self._sources: dict[tuple[str, str], str] = {}
        if usable and known.folder:
            self._store = Store.open(known.folder / generation.STORE)
            self._sources = {(ending(s), digest): s for s, digest in known.files.items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._store:
            self._store.close()

    def get(self, source: str, digest: str) -> Extract | None:
        """What was extracted from a file like ``source`` with that hash."""
        same = self._sources.get((ending(source), digest))
        if self._store is None or same is None:
            return None
        try:
            return self._store.extract(same)
        except (sqlite3.DatabaseError, ValueError):  # damaged: the file itself is read
            return None


def _those(
    missing: Sequence[bool],
    store: Store,
    owners: Owners,
    texts_of: Callable[[Clause], Sequence[str]],
) -> Iterator[str]:
    """Of the texts of all clauses, each its owner's part, those that are ``missing``; clauses of
    which none is are left out."""
    flags = np.array(missing, bool)
    rows = np.unique(owners[np.flatnonzero(flags)])
    starts = owners.starts
    for row, clause in zip(rows, store.clauses(rows), strict=True):
        yield from compress(texts_of(clause), flags[starts[row] : starts[row + 1]])


def _differences(made: Rules, now: Rules) -> tuple[str, ...]:
    """Why an index made under one set of rules has to be made anew under another."""
    found = []
    if made.encoder != now.encoder:
        found.append(f"the encoder changed ({made.encoder} → {now.encoder})")
    if made.tokenizer != now.tokenizer:
        found.append("the rules for words changed")
    if (made.clauses, made.passages) != (now.clauses, now.passages):
        found.append("the rules for clauses changed")
    return tuple(found)


def _try_out(snapshot: Snapshot, samples: Vectors) -> None:
    """Raises :class:`IndexStateError` where a generation just written does not find some of its own
    passages, whose vectors are ``samples``, or can't give their clauses."""
    try:
        for vector in samples:
            rows = snapshot.channels.nearest(vector, 1)
            if not len(rows) or snapshot.channels.cosines(vector, rows)[0] < _SAME_COSINE:
                raise IndexStateError(
                    "The index just written does not find its own passages.",
                    "The old one stays in use; run: assistant build --full",
                )
            snapshot.store.clause(int(rows[0]))
    finally:
        snapshot.store.close()


@contextmanager
def _tidied(index: Path, engine: Engine) -> Iterator[None]:
    """What other builds left in ``index``, or this one if it fails, is removed, and what was pruned
    is removed from the ``engine``. Raises :class:`IndexAwayError` where that is away before
    anything was done; if it goes meanwhile, the next build tidies up."""
    try:
        generation.remove_unfinished(index)
        engine.tidy(index)
        yield
    finally:
        generation.remove_unfinished(index)
        with suppress(IndexStateError):
            engine.tidy(index)


def _report(
    inventory: Inventory, known: _Known, manifest: Manifest, embedded: _Counts, began: float
) -> BuildReport:
    before = known.files
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
        rebuilt=known.rebuilds,
        sentences_embedded=embedded.sentences,
        sentences_reused=manifest.sentences - embedded.sentences,
    )
