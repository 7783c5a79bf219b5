"""One generation, open for reading: the store and the two channels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from assistant.errors import IndexDamagedError, IndexMismatchError
from assistant.index import generation
from assistant.index.channels import Channels, EmbeddedChannels
from assistant.index.dense import Vectors
from assistant.index.engine import EmbeddedEngine, Engine
from assistant.index.manifest import Manifest, Rules
from assistant.index.store import Store

_FILES = EmbeddedEngine()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A reader's view of the index: it stays as it is whatever a build does meanwhile."""

    manifest: Manifest
    store: Store
    channels: Channels

    @property
    def embedded(self) -> EmbeddedChannels:
        """The channels, which are files of this machine: for what looks inside them."""
        if not isinstance(self.channels, EmbeddedChannels):
            raise TypeError(f"the channels are in {self.manifest.engine}")
        return self.channels

    @classmethod
    def open(cls, index: Path, rules: Rules, engine: Engine = _FILES) -> Self:
        """The generation in use, checked; ``engine`` is the one that the settings name.

        Raises :class:`IndexMissingError`, :class:`IndexFormatError`, :class:`IndexDamagedError`,
        :class:`IndexAwayError` where the engine does not answer, or :class:`IndexMismatchError`
        where it was made under other ``rules`` or for another engine.
        """
        while True:
            used = generation.current_id(index)
            try:
                return cls._open(index, rules, engine)
            except IndexDamagedError:
                if generation.current_id(index) == used:
                    raise  # else a build removed the generation after the pointer was read

    @classmethod
    def _open(cls, index: Path, rules: Rules, engine: Engine) -> Self:
        folder = generation.open_folder(index)
        manifest = Manifest.read(folder)
        check_rules(index, manifest, rules)
        generation.check(folder, manifest)
        engine.check(index, manifest)
        return cls.load(folder, manifest, engine)

    @classmethod
    def load(cls, folder: Path, manifest: Manifest, engine: Engine = _FILES) -> Self:
        """The generation in ``folder``, unchecked but for its counts."""
        store = Store.open(folder / generation.STORE)
        subjects = _load_subjects(folder / generation.SUBJECTS)
        if (len(store), len(subjects)) != (manifest.clauses, manifest.documents):
            raise IndexDamagedError(f"The parts of {folder} do not belong together.")
        return cls(manifest, store, engine.open(folder, manifest, store, subjects))


def _load_subjects(path: Path) -> Vectors:
    try:
        subjects: Vectors = np.load(path, mmap_mode="r")
    except (OSError, ValueError, EOFError) as error:
        raise IndexDamagedError(f"{path} can't be read.") from error
    return subjects


def check_rules(index: Path, manifest: Manifest, rules: Rules) -> None:
    """Raises :class:`IndexMismatchError` where the index was made under other rules."""
    if manifest.rules.encoder != rules.encoder:
        raise IndexMismatchError(
            f"The index in {index} was made with the encoder {manifest.rules.encoder}, the "
            f"settings name {rules.encoder}.",
            "Rebuild it with this one: assistant build",
        )
    if manifest.rules != rules:
        raise IndexMismatchError(
            f"The index in {index} was made under other rules for clauses or words.",
            "Rebuild it: assistant build",
        )
