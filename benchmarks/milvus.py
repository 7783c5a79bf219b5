"""Both engines over the five documents: whether they find the same, and what a question costs.

Milvus is Milvus Lite in a file, or what ``ASSISTANT_MILVUS`` names. Both hold the same vectors.
"""

from __future__ import annotations

import shutil
import time
from statistics import median
from typing import Any

from assistant import Assistant, Settings
from assistant.index import Builder, generation
from assistant.progress import silent
from benchmarks.common import OUT, Bench, Options, report, table


def run(bench: Bench, options: Options) -> None:  # noqa: ARG001 - every benchmark's
    """Prints for how many questions the first clause, and the first ten, are the same; seconds of a
    build without encoding; milliseconds of a retrieval, the encoder's included."""
    files = bench.assistant
    named = Settings.load().milvus or str(OUT / "milvus.db")
    settings = bench.settings.model_copy(update={"index": OUT / "milvus-index", "milvus": named})
    settings.index.mkdir(exist_ok=True)
    for cache in (generation.VECTORS, generation.TOKENS):
        shutil.copy(bench.settings.index / cache, settings.index / cache)
    builder = Builder(settings, bench.encoder, bench.tokenizer, silent)
    (settings.index / generation.POINTER).unlink(missing_ok=True)
    built = builder.build(settings.documents, settings.index)
    milvus = Assistant.with_parts(settings.index, settings, bench.encoder, bench.tokenizer)
    result: dict[str, Any] = {"clauses": built.clauses, "build s": round(built.seconds, 2)}
    rows = []
    for name in ("questions", "lay"):
        questions = bench.all_gold[name]
        times: dict[str, list[float]] = {"files": [], "milvus": []}
        first = ten = 0
        for question in questions:
            found = []
            for engine, assistant in (("files", files), ("milvus", milvus)):
                began = time.perf_counter()
                hits = assistant.retrieve(question.question)
                times[engine].append((time.perf_counter() - began) * 1_000)
                found.append([hit.clause.id for hit in hits])
            first += found[0][:1] == found[1][:1]
            ten += found[0] == found[1]
        medians = (round(median(some), 1) for some in times.values())
        rows.append((name, len(questions), first, ten, *medians))
    print(f"{built.clauses} clauses, {milvus.snapshot.manifest.engine}; {built.seconds:.1f} s\n")
    table(("questions", "", "same first", "same ten", "files ms", "Milvus ms"), rows)
    report("milvus", {**result, "questions": rows})
