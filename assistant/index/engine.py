"""What holds the vectors and the words of a generation: files of this machine, or a Milvus.

A build writes through an :class:`Engine`, a reader opens through it; what is asked of an open one
are its :class:`~assistant.index.channels.Channels`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from assistant.errors import IndexDamagedError, IndexMismatchError
from assistant.index import generation
from assistant.index.channels import Channels, EmbeddedChannels
from assistant.index.dense import DenseIndex
from assistant.index.kept import Kept, Vectors
from assistant.index.lexical import LexicalIndex
from assistant.index.manifest import EMBEDDED, Manifest
from assistant.index.sentences import SentenceVectors
from assistant.index.store import Store
from assistant.settings import Settings


@dataclass(frozen=True, slots=True)
class Draft:
    """A generation that is being written: its folder holds the store, the subjects and the
    sentences' vectors; ``collections`` is what :meth:`Engine.begin` gave."""

    folder: Path
    store: Store
    collections: str


class Engine(Protocol):
    """Writes and opens the channels of generations."""

    @property
    def name(self) -> str:
        """What the manifest calls it."""
        ...

    def check(self, index: Path, manifest: Manifest) -> None:
        """Raises :class:`IndexMismatchError` where the generation is another engine's,
        :class:`IndexDamagedError` where this one has lost it, :class:`IndexAwayError` where the
        engine does not answer."""
        ...

    def begin(self, index: Path) -> str:
        """What the next generation of ``index`` is called in the engine; ``""`` where it is all in
        the folder."""
        ...

    def write_vectors(self, draft: Draft, passages: Kept) -> None:
        """Writes the vectors of the passages, and of the sentences where they have to move."""
        ...

    def write_words(self, draft: Draft, words: Callable[[], Iterable[Sequence[str]]]) -> None:
        """Writes the words; each call of ``words`` gives those of each clause, in order."""
        ...

    def open(self, folder: Path, manifest: Manifest, store: Store, subjects: Vectors) -> Channels:
        """The channels of a generation. Raises :class:`IndexStateError`."""
        ...

    def tidy(self, index: Path) -> None:
        """Removes what no generation of ``index`` names any more, and what a build left that did
        not come to its end. Only the holder of the lock may call it."""
        ...


@dataclass(frozen=True, slots=True)
class EmbeddedEngine:
    """Both channels in files of this machine."""

    @property
    def name(self) -> str:
        return EMBEDDED

    def check(self, index: Path, manifest: Manifest) -> None:
        if manifest.engine != EMBEDDED:
            raise IndexMismatchError(
                f"The index in {index} was written to {manifest.engine}, the settings name none.",
                "Set milvus as it was, or rebuild it: assistant build",
            )

    def begin(self, index: Path) -> str:  # noqa: ARG002 - the protocol's
        return ""

    def write_vectors(self, draft: Draft, passages: Kept) -> None:
        DenseIndex.build(passages).save(draft.folder / generation.DENSE)

    def write_words(self, draft: Draft, words: Callable[[], Iterable[Sequence[str]]]) -> None:
        LexicalIndex.build(words()).save(draft.folder / generation.LEXICAL)

    def open(
        self, folder: Path, manifest: Manifest, store: Store, subjects: Vectors
    ) -> EmbeddedChannels:
        channels = EmbeddedChannels(
            store,
            DenseIndex.load(folder / generation.DENSE),
            LexicalIndex.load(folder / generation.LEXICAL),
            SentenceVectors.load(folder / generation.SENTENCES),
            subjects,
        )
        counts = (len(channels.lexical), len(channels.by_sentence), len(channels.dense))
        if counts != (manifest.clauses, manifest.clauses, manifest.passages):
            raise IndexDamagedError(f"The parts of {folder} do not belong together.")
        return channels

    def tidy(self, index: Path) -> None:
        """Everything is in the folders, which go as a whole."""


def engine_of(settings: Settings) -> Engine:
    """The engine that the settings name. Raises :class:`ExtraMissingError` where its client is not
    installed."""
    if settings.milvus is None:
        return EmbeddedEngine()
    from assistant.index.milvus import MilvusEngine  # noqa: PLC0415 - an extra

    token = settings.milvus_token
    return MilvusEngine.at(settings.milvus, token.get_secret_value() if token else "")
