"""What an index consists of, and how it is looked after: list, verify, rollback, prune."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import (
    IndexAwayError,
    IndexFormatError,
    IndexMissingError,
    IndexStateError,
)
from assistant.index import generation
from assistant.index.cache import ERRORS, BlobCache
from assistant.index.engine import EmbeddedEngine, Engine
from assistant.index.lock import locked, writing
from assistant.index.manifest import MANIFEST, Manifest, Rules
from assistant.index.snapshot import check_rules


@dataclass(frozen=True, slots=True)
class GenerationInfo:
    """A generation of an index. ``created``, ``documents`` and ``clauses`` are what its manifest
    says; ``problem`` is why it can't serve, ``""`` where nothing is seen."""

    id: str
    in_use: bool
    created: str
    documents: int
    clauses: int
    bytes: int
    problem: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A file of an index that is not as it should be."""

    path: Path
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What was looked through, and what was found."""

    files: int
    bytes: int
    findings: tuple[Finding, ...]


def generations(index: Path) -> list[GenerationInfo]:
    """The generations of ``index``, newest first. Raises :class:`IndexMissingError` where it has
    none."""
    used = generation.current_id(index)
    found = [_info(index, ident, used) for ident in generation.generation_ids(index)[::-1]]
    if not found and used is None:
        raise generation.missing(index)
    return found


def _info(index: Path, ident: str, used: str | None) -> GenerationInfo:
    folder = index / generation.GENERATIONS / ident
    size = sum(_sizes(folder))
    try:
        manifest = Manifest.read(folder)
        generation.check(folder, manifest)
    except IndexStateError as error:
        return GenerationInfo(ident, ident == used, "", 0, 0, size, error.message)
    return GenerationInfo(
        ident, ident == used, manifest.created, manifest.documents, manifest.clauses, size, ""
    )


def _sizes(folder: Path) -> list[int]:
    """The sizes of the files of a folder, but for what goes meanwhile."""
    found: list[int] = []
    for path in folder.rglob("*"):
        with suppress(OSError):
            if path.is_file():
                found.append(path.stat().st_size)
    return found


def verify(index: Path) -> Verification:
    """Reads every file of every generation and of the caches, and compares it with its checksum.
    Raises :class:`IndexMissingError` where there is no index."""
    used = generation.current_id(index)
    idents = generation.generation_ids(index)
    if used is None and not idents:
        raise generation.missing(index)
    findings: list[Finding] = []
    if used not in idents:
        said = "it is missing" if used is None else f"it names {used!r}, which is not there"
        findings.append(Finding(index / generation.POINTER, said, "assistant build --full"))
    files = total = 0
    for ident in idents:
        folder = index / generation.GENERATIONS / ident
        wrong = list(_wrong(folder))
        if not folder.is_dir():
            continue  # a build removed it meanwhile
        remedy = "assistant build --full" if ident == used else "assistant index prune"
        findings.extend(
            Finding(one.path, one.problem, one.cure or remedy)
            for one in wrong
            if ident == used or not one.foreign
        )
        sizes = _sizes(folder)
        files += len(sizes)
        total += sum(sizes)
    for name in (generation.VECTORS, generation.TOKENS):
        path = index / name
        if path.is_file():
            files += 1
            total += path.stat().st_size
            if said := _wrong_cache(path):
                findings.append(Finding(path, said, "assistant build --full"))
    return Verification(files, total, tuple(findings))


@dataclass(frozen=True, slots=True)
class _Fault:
    """What is wrong with a file of a generation. ``cure`` mends it where the generation itself is
    sound; ``foreign``: it is not damaged, but in the format of another program."""

    path: Path
    problem: str
    cure: str = ""
    foreign: bool = False


def _wrong(folder: Path) -> Iterator[_Fault]:
    """The files of a generation that are missing, changed, unreadable, or none of its own."""
    try:
        _readable(folder / MANIFEST)
        manifest = Manifest.read(folder)
        found = generation.hash_files(folder)
    except IndexStateError as error:
        said = error.message.removeprefix(f"{folder / MANIFEST} ").rstrip(".")
        yield _Fault(folder / MANIFEST, said, foreign=isinstance(error, IndexFormatError))
        return
    except OSError as error:
        said = f"it can't be read ({error.strerror or error})"
        mend = f"chmod -R u+rwX {shlex.quote(str(folder))}"
        yield _Fault(Path(error.filename or folder), said, mend)
        return
    for name, entry in manifest.files.items():
        now = found.pop(name, None)
        if now is None:
            yield _Fault(folder / name, "it is missing")
        elif now.size != entry.size:
            yield _Fault(folder / name, f"it has {now.size:,} bytes, not {entry.size:,}")
        elif now != entry:
            yield _Fault(folder / name, "its checksum differs")
    for name in found.keys() - {MANIFEST}:
        remove = "del" if os.name == "nt" else "rm"
        cure = f"{remove} {shlex.quote(str(folder / name))}"
        yield _Fault(folder / name, "it does not belong there", cure)


def _readable(path: Path) -> None:
    """Raises :class:`OSError` where a file is there and can't be read, which is no damage."""
    with suppress(FileNotFoundError):
        path.read_bytes()


def _wrong_cache(path: Path) -> str:
    """What is wrong with a cache; ``""`` where nothing is."""
    try:
        with BlobCache.reading(path, "") as cache:
            damaged = cache.damaged()
    except ERRORS as error:
        return f"it can't be read ({error})"
    return f"{damaged} of its entries are damaged" if damaged else ""


def rollback(
    index: Path, rules: Rules, ident: str | None = None, engine: Engine | None = None
) -> str:
    """Points ``index`` to the generation ``ident``, or to the newest sound one that is older than
    the one in use; its id.

    The next build makes the index again from the documents as they are then, and removes what is
    newer than the generation in use. Raises
    :class:`IndexMissingError` where there is no such generation, another
    :class:`IndexStateError` where it is damaged, was made under other ``rules``, or is not in the
    ``engine``.
    """
    engine = engine or EmbeddedEngine()
    idents = generation.generation_ids(index)
    if not idents:
        raise generation.missing(index)
    with writing(index), locked(index):
        used = generation.current_id(index)
        kept = f"Kept are: {', '.join(idents)}."
        if ident is not None and ident not in idents:
            raise IndexMissingError(f"There is no generation {ident} in {index}.", kept)
        older = [one for one in idents if used is None or one < used][::-1]
        for one in [ident] if ident else older:
            folder = index / generation.GENERATIONS / one
            try:
                manifest = Manifest.read(folder)
                check_rules(index, manifest, rules)
                generation.check(folder, manifest, whole=True)
                engine.check(index, manifest)
            except IndexAwayError:
                raise
            except IndexStateError:
                if ident:
                    raise
                continue
            generation.switch(index, one)
            return one
        raise IndexMissingError(f"{index} has no sound generation to go back to.", kept)


def prune(index: Path, keep: int, engine: Engine | None = None) -> list[str]:
    """Removes all generations but the newest ``keep`` sound ones and the one in use, and those
    newer than the one in use, from the ``engine``, too; the ids of those that are gone."""
    engine = engine or EmbeddedEngine()
    before = generation.generation_ids(index)
    if not before:
        raise generation.missing(index)
    with writing(index), locked(index):
        generation.remove_unfinished(index)
        used, sound = generation.current_id(index), 0
        for ident in before[::-1]:
            if sound == keep:
                break  # the rest goes in any case
            faults = () if ident == used else _wrong(index / generation.GENERATIONS / ident)
            if any(not one.cure and not one.foreign for one in faults):
                generation.remove(index, ident)
            else:
                sound += 1
        generation.prune(index, keep)
        engine.tidy(index)
    return [ident for ident in before if ident not in generation.generation_ids(index)]
