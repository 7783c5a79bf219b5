"""STARD's files: articles of national law, and laymen's questions with those that answer them.

STARD: a Chinese dataset for statute retrieval with lay questions (Su et al. 2024, arXiv:2406.15313;
MIT licence). Two layouts are read: as it is published at <https://github.com/oneal2000/STARD>, a
folder ``data`` with ``queries.json`` and ``corpus.jsonl``, and ``queries.jsonl`` with
``corpus.jsonl.gz``, a line each and fields of plain names.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PUBLISHED = ("data/corpus.jsonl", "data/queries.json")
OURS = ("corpus.jsonl.gz", "queries.jsonl")


@dataclass(frozen=True, slots=True)
class Entry:
    """An article: ``name`` is its law's title and its number in one, as ``商标法第五十九条``."""

    id: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question, with the ids of the articles that are relevant to it."""

    id: str
    text: str
    relevant: tuple[int, ...]


def files(folder: Path) -> tuple[Path, Path]:
    """The files of the articles and of the questions. Raises :class:`FileNotFoundError` where the
    folder has neither layout."""
    for layout in (OURS, PUBLISHED, tuple(Path(name).name for name in PUBLISHED)):
        corpus, queries = (folder / name for name in layout)
        if corpus.is_file() and queries.is_file():
            return corpus, queries
    either = " nor ".join(" and ".join(layout) for layout in (PUBLISHED, OURS))
    raise FileNotFoundError(f"{folder} is not STARD's folder: it has neither {either}")


def read_entries(folder: Path) -> Iterator[Entry]:
    """The articles, in the order of their file. Raises :class:`OSError` and :class:`ValueError`."""
    path, _ = files(folder)
    with (
        gzip.open(path, "rt", encoding="utf-8")
        if path.suffix == ".gz"
        else path.open(encoding="utf-8") as file
    ):
        for line in file:
            entry = json.loads(line)
            # the published texts have the two characters \n where a line ends
            text = entry["text"] if "text" in entry else entry["content"].replace("\\n", "\n")
            yield Entry(int(entry["id"]), entry["name"], text)


def read_queries(folder: Path) -> list[Query]:
    """The questions, without those whose text is missing. Raises :class:`OSError` and
    :class:`ValueError`."""
    _, path = files(folder)
    with path.open(encoding="utf-8") as file:
        if path.suffix == ".jsonl":
            names, found = ("id", "question", "relevant"), [json.loads(line) for line in file]
        else:
            names, found = ("query_id", "问题", "match_id"), json.load(file)
    ident, text, relevant = names
    return [
        Query(str(query[ident]), query[text], tuple(query[relevant]))
        for query in found
        if isinstance(query[text], str)  # NaN where there is none
    ]
