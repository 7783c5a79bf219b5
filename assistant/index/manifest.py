"""What a generation says of itself: format, fingerprints, counts, and the hash of each file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assistant.errors import IndexDamagedError, IndexFormatError

FORMAT = 4
"""Version of the layout on disk; raised with every change that an older program can't read."""
MANIFEST = "manifest.json"
EMBEDDED = "files"
"""The engine whose channels are files of the generation."""

_CHECKSUM = "checksum"


def _checksum(values: Mapping[str, Any]) -> str:
    """SHA-256 of the other values, which hold the hashes of all other files."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Rules:
    """What a clause's tokens and vectors depend on besides the files."""

    encoder: str
    tokenizer: str
    clauses: str
    passages: str


@dataclass(frozen=True, slots=True)
class Background:
    """How near questions about other things come to this library: mean and standard deviation of
    the highest cosine that each of the shipped off-topic questions reaches, to the passages, to
    the documents' subjects, and to the sentences. It makes cosines of any encoder comparable."""

    mean: float
    deviation: float
    subject_mean: float
    subject_deviation: float
    sentence_mean: float
    sentence_deviation: float

    def deviations(self, cosine: float) -> float:
        """How far a passage's cosine lies above chance, in deviations."""
        return (cosine - self.mean) / self.deviation

    def subject_deviations(self, cosine: float) -> float:
        """How far the cosine of a document's subject lies above chance, in deviations."""
        return (cosine - self.subject_mean) / self.subject_deviation

    def sentence_deviations(self, cosine: float) -> float:
        """How far a sentence's cosine lies above chance, in deviations."""
        return (cosine - self.sentence_mean) / self.sentence_deviation


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of a generation: its size in bytes and SHA-256."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """``manifest.json`` of a generation."""

    format: int
    generation: str
    created: str
    program: str
    model: str
    dimension: int
    rules: Rules
    background: Background
    documents: int
    clauses: int
    passages: int
    sentences: int
    files: dict[str, FileEntry]
    failed: dict[str, str]
    """Files of ``documents/`` that could not be read: source → reason."""
    failed_hashes: dict[str, str]
    """Source → SHA-256 of those of them whose bytes could be had."""
    engine: str = EMBEDDED
    """What holds the vectors and the words."""
    collections: str = ""
    """What the names of its collections begin with there."""

    def write(self, folder: Path) -> Path:
        path = folder / MANIFEST
        values = asdict(self)
        values[_CHECKSUM] = _checksum(values)
        path.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", "utf-8")
        return path

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """The manifest in ``folder``. Raises :class:`IndexFormatError` for another format,
        :class:`IndexDamagedError` where it can't be read."""
        path = folder / MANIFEST
        try:
            values: dict[str, Any] = json.loads(path.read_text("utf-8"))
            found = int(values["format"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexDamagedError(f"{path} can't be read.") from error
        if found != FORMAT:
            age = "an older" if found < FORMAT else "a newer"
            cure = (
                "Rebuild it: assistant build --full"
                if found < FORMAT
                else "Update the program, or rebuild: assistant build --full"
            )
            raise IndexFormatError(
                f"The index in {folder.parent.parent} was written by {age} program "
                f"(format {found}, this one reads {FORMAT}).",
                cure,
            )
        if values.pop(_CHECKSUM, None) != _checksum(values):
            raise IndexDamagedError(f"{path} is damaged.")
        try:
            return cls(
                **{
                    **values,
                    "rules": Rules(**values["rules"]),
                    "background": Background(**values["background"]),
                    "files": {name: FileEntry(**entry) for name, entry in values["files"].items()},
                }
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise IndexDamagedError(f"{path} is incomplete.") from error
