"""What the benchmarks share: the five documents, vectors kept between runs, output."""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from assistant import Assistant, Settings, build_index, split_clauses
from assistant.clauses import Clause
from assistant.evaluation import GoldQuestion, read_gold
from assistant.index import LazyEncoder, Tokenizer
from assistant.index.dense import Vectors
from assistant.index.vectors import VectorCache, text_hash
from assistant.reading import find_files, read_file

ROOT = Path(__file__).parent.parent
OUT = ROOT / "benchmarks" / "out"
_BATCH = 256


@dataclass(frozen=True, slots=True)
class Options:
    """Data that lies outside the repository; ``None`` where it was not named."""

    stard: Path | None
    laws: Path | None
    articles: int | None = None
    clauses: int | None = None


def options(arguments: argparse.Namespace) -> Options:
    return Options(arguments.stard, arguments.laws, arguments.articles, arguments.clauses)


class Bench:
    """The collaborators that benchmarks need, made when first asked for; ``adapter`` instead of
    what the settings name."""

    def __init__(self, adapter: str | None = None) -> None:
        self._adapter = adapter

    @cached_property
    def settings(self) -> Settings:
        named = {} if self._adapter is None else {"adapter": self._adapter}
        index = OUT / "-".join(["index", *named.values()])
        return Settings.load(documents=ROOT / "documents", index=index, **named)

    @cached_property
    def tokenizer(self) -> Tokenizer:
        return Tokenizer(self.settings.cache_dir)

    @cached_property
    def encoder(self) -> LazyEncoder:
        return LazyEncoder.of(self.settings)

    @cached_property
    def gold(self) -> list[GoldQuestion]:
        return read_gold(ROOT / "tests" / "gold" / "questions.jsonl")

    @cached_property
    def own(self) -> list[GoldQuestion]:
        return read_gold(ROOT / "tests" / "gold" / "own.jsonl")

    @cached_property
    def all_gold(self) -> dict[str, list[GoldQuestion]]:
        """The questions of every gold file of the five documents, by the file's name."""
        names = ("questions", "own", "refusals", "lay")
        return {name: read_gold(ROOT / "tests" / "gold" / f"{name}.jsonl") for name in names}

    @cached_property
    def clauses(self) -> list[Clause]:
        return [
            clause
            for source, path in find_files(self.settings.documents)
            for document in read_file(path, source).documents
            for clause in split_clauses(document)
        ]

    @cached_property
    def assistant(self) -> Assistant:
        build_index(self.settings.documents, self.settings.index, settings=self.settings)
        opened = Assistant.open(self.settings.index, settings=self.settings)
        opened.warm_up()
        return opened

    @cached_property
    def topics(self) -> dict[str, list[tuple[str, GoldQuestion]]]:
        """The answerable questions of the five documents, each after what it is about: its words
        without its place and what only asks."""
        read = self.assistant._retriever.understanding.read
        return {
            name: [(read(q.question).topic, q) for q in questions if q.evidence]
            for name, questions in self.all_gold.items()
        }

    @cached_property
    def foreign(self) -> list[str]:
        """What the questions about other subjects are about, likewise."""
        read = self.assistant._retriever.understanding.read
        asked = (q for some in self.all_gold.values() for q in some if q.kind == "off-topic")
        return [read(q.question).topic for q in asked]

    def vectors(self, texts: Sequence[str], encode: Callable[[Sequence[str]], Vectors]) -> Vectors:
        """The vectors of ``texts``; those of earlier runs are kept."""
        OUT.mkdir(exist_ok=True)
        kind = encode.__name__
        keys = [text_hash(f"{kind}\0{text}") for text in texts]
        with VectorCache.open(OUT / "vectors.sqlite", self.encoder.fingerprint) as cache:
            known = cache.get(list(dict.fromkeys(keys)))
            missing = {k: t for k, t in zip(keys, texts, strict=True) if k not in known}
            order = sorted(missing, key=lambda key: len(missing[key]))
            for i in range(0, len(order), _BATCH):
                some = order[i : i + _BATCH]
                fresh = dict(zip(some, encode([missing[key] for key in some]), strict=True))
                cache.put(fresh)
                known.update(fresh)
        return np.stack([known[key] for key in keys])

    def questions(self, texts: Sequence[str]) -> Vectors:
        return self.vectors(texts, self.encoder.encode_queries)

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self.vectors(texts, self.encoder.encode_passages)


def median_ms(function: Callable[[], object], times: int = 5) -> float:
    """Median milliseconds that ``function`` takes, once run to warm up."""
    function()
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        function()
        taken.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(taken)


def report(name: str, result: dict[str, Any]) -> None:
    """Writes a result beside the machine that it was measured on."""
    OUT.mkdir(exist_ok=True)
    machine = {"python": platform.python_version(), "machine": platform.machine()}
    text = json.dumps({"machine": machine, **result}, indent=2, ensure_ascii=False)
    (OUT / f"{name}.json").write_text(text + "\n", "utf-8")


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Prints rows under a head, numbers with four digits."""
    shown = [[f"{c:.4f}" if isinstance(c, float) else str(c) for c in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(head), *shown]) for i in range(len(head))]
    for row in [list(head), *shown]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))
    print()
