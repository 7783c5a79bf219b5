"""What a change costs: one clause among many, nothing at all among a thousand files, a saved file.

The library is made from the clauses of the five documents, varied so that no sentence comes twice;
with ``--stard`` from real statutes. ``--clauses``: how many (2,000 by default; ten thousand take
twenty minutes of encoding in float32 on two cores).
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from assistant import Assistant, BuildReport, Settings
from assistant.index import Builder
from assistant.index.encoder import Encoder
from assistant.progress import silent
from assistant.text import clean
from assistant.watch import QUIET, Watcher
from benchmarks.common import Bench, Options, report, table
from benchmarks.library import read_laws
from tests.conftest import FakeEncoder

_CLAUSES, _FILES, _TIMES = 2_000, 1_000, 5
_PER_FILE = 50
_PATIENCE = 60.0


def run(bench: Bench, options: Options) -> None:
    """Prints seconds of a full build, of one after a changed clause, a renamed file, a removed one,
    and of one with nothing to do; and until a file that is saved under watch is in the answers."""
    with tempfile.TemporaryDirectory() as folder:
        large, many = Path(folder, "large"), Path(folder, "many")
        _write(large, _statutes(bench, options, options.clauses or _CLAUSES))
        result = _changes(bench, large, bench.encoder)
        _write(many, ((f"{n}", _law(bench, n, 3)) for n in range(_FILES)))
        result |= _nothing(bench, many)
        result |= _watched(bench, Path(folder, "watched"))
    table(("build", "measured"), list(result.items()))
    report("increments", result)


def _changes(bench: Bench, library: Path, encoder: Encoder) -> dict[str, float]:
    builder = _Timed(bench, library, encoder)
    encoder.encode_passages(["热身"])
    full = builder.seconds()
    clauses = builder.report.clauses
    first = min(library.iterdir())
    text = first.read_text("utf-8")
    one = []
    for n in range(_TIMES):
        first.write_text(text.replace("。", f"，第{n}次。", 1), "utf-8")
        one.append(builder.seconds())
        assert builder.report.passages_embedded == 1
    first.rename(first.with_name("renamed.txt"))
    renamed = builder.seconds()
    assert builder.report.passages_embedded == 0
    (library / "renamed.txt").unlink()
    removed = builder.seconds()
    changed = statistics.median(one)
    return {
        "clauses": float(clauses),
        "full, s": full,
        "one clause changed, s (median)": changed,
        "one clause changed, share of full": changed / full,
        "a file renamed, s": renamed,
        "a file removed, s": removed,
    }


def _nothing(bench: Bench, library: Path) -> dict[str, float]:
    builder = _Timed(bench, library, FakeEncoder())
    builder.seconds()
    again = statistics.median(builder.seconds() for _ in range(_TIMES))
    return {"files": float(_FILES), "nothing changed, s (median)": again}


def _watched(bench: Bench, library: Path) -> dict[str, float]:
    """From the moment that a file is saved until an assistant beside the watch answers from it."""
    shutil.copytree(bench.settings.documents, library)
    settings = Settings.load(documents=library, index=library.with_name("watched-i"))
    builder = Builder(settings, bench.encoder, bench.tokenizer, silent)
    builder.build(library, settings.index)
    opened = Assistant.open(settings.index, settings=settings, following=True)
    opened.warm_up()
    taken = []
    with Watcher(library, lambda: builder.build(library, settings.index), lambda _: None):
        time.sleep(2 * QUIET)  # the first build, which finds nothing to do
        for n in range(_TIMES):
            name = f"第{n}号市支持企业发展办法"
            begin = time.perf_counter()
            (library / f"{n}.txt").write_text(f"{name}\n一、支持第{n}种企业。\n", "utf-8")
            while all(name not in document.title for document in opened.documents):
                if time.perf_counter() - begin > _PATIENCE:
                    raise TimeoutError(f"{name} is not in the answers after {_PATIENCE} s")
                opened.retrieve(f"{name}支持哪种企业？")
                time.sleep(0.02)
            taken.append(time.perf_counter() - begin)
    return {
        "a saved file in the answers, s (median)": statistics.median(taken),
        "a saved file in the answers, s (most)": max(taken),
    }


class _Timed:
    """Builds of one library, each timed."""

    def __init__(self, bench: Bench, library: Path, encoder: Encoder) -> None:
        settings = Settings.load(documents=library, index=library.with_name(f"{library.name}-i"))
        self._settings = settings
        self._builder = Builder(settings, encoder, bench.tokenizer, silent)
        self.report: BuildReport

    def seconds(self) -> float:
        begin = time.perf_counter()
        self.report = self._builder.build(self._settings.documents, self._settings.index)
        return time.perf_counter() - begin


def _write(folder: Path, texts: Iterator[tuple[str, str]]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, text in texts:
        (folder / f"{name}.txt").write_text(text, "utf-8")


def _statutes(bench: Bench, options: Options, count: int) -> Iterator[tuple[str, str]]:
    if not options.stard:
        for n in range(count // _PER_FILE):
            yield f"{n:04}", _law(bench, n, _PER_FILE)
        return
    for n, law in enumerate(read_laws(options.stard)):
        if count <= 0:
            return
        count -= len(law.articles)
        yield f"{n:04}", law.text


def _law(bench: Bench, n: int, articles: int) -> str:
    """A text of that many articles, whose sentences no other has."""
    random = Random(n)
    lines = [f"第{n}号市支持企业发展办法"]
    for i, clause in enumerate(random.choices(bench.clauses, k=articles), start=1):
        said = clean(clause.text.removeprefix(clause.number)).lstrip("、.． ")[:300]
        body = "。".join(f"{part}（{n}之{i}）" for part in said.rstrip("。").split("。") if part)
        lines.append(f"第{i}条 {body}。")
    return "\n".join(lines) + "\n"
