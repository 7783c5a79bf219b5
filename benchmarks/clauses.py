"""Clauses: agreement with the gold of three documents and with the articles of statutes, speed.

A statute's article is right if it begins at its 第X条 and ends before the next or before a heading.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

from assistant.clauses import Clause, read_outline
from assistant.clauses.numbers import readings_at
from assistant.reading import SourceFile, parse
from benchmarks.common import ROOT, Bench, Options, report, table

_ARTICLE = re.compile(
    r"^第[零〇一二三四五六七八九十百千]+条(?:之[一二三四五六七八九十]+)?[\s\u3000]", re.MULTILINE
)
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
Spans = set[tuple[int, int]]


def clauses_of(file: SourceFile) -> list[Clause]:
    return [clause for document in file.documents for clause in read_outline(document).clauses]


def f1(found: Spans, gold: Spans) -> float:
    """2 · right / (found + gold)."""
    return 2 * len(found & gold) / (len(found) + len(gold))


def run(bench: Bench, options: Options) -> None:
    """Prints F1 for each gold file and, if there are any, for the statutes; and the speed."""
    rows: list[tuple[str, int, int, float]] = []
    for path in sorted((ROOT / "tests" / "gold").glob("*-*.jsonl")):
        source = bench.settings.documents / f"{path.stem}.txt"
        found: Spans = set()
        for clause in clauses_of(parse(source.read_bytes(), source.name)):
            printed = next(readings_at(clause.document.text, clause.start, clause.end), None)
            start = printed.end if clause.number and printed else clause.start
            found.add((start, clause.end))
        entries = map(json.loads, path.read_text("utf-8").splitlines())
        gold = {(e["start"], e["end"]) for e in entries if not e.get("junk")}
        rows.append((path.stem, len(gold), len(found), f1(found, gold)))
    speed = _speed(sorted(bench.settings.documents.glob("*.txt")))
    if options.laws:
        files = sorted(options.laws.glob("*.md"))
        for name, strip in (("statutes, Markdown", False), ("statutes, plain text", True)):
            rows.append((name, *_statutes(files, strip)))
        speed = _speed(files)
    table(("document", "gold", "found", "F1"), rows)
    print(f"speed: {speed:.2f} MB of text a second on one core\n")
    report("clauses", {"f1": {row[0]: row[3] for row in rows}, "mb_per_second": speed})


def _statutes(files: list[Path], strip: bool) -> tuple[int, int, float]:
    """Articles in gold, articles found, and F1 over all statutes."""
    right = found_count = gold_count = 0
    for path in files:
        text = path.read_text("utf-8")
        starts = [match.start() for match in _ARTICLE.finditer(text)]
        ends = sorted([*starts, *(m.start() for m in _HEADING.finditer(text)), len(text)])
        gold = {text[s : next(e for e in ends if e > s)].rstrip() for s in starts}
        if strip:
            text = _HEADING.sub("", text)
        clauses = clauses_of(parse(text.encode(), path.name))
        found = {clause.text for clause in clauses if clause.number.startswith("第")}
        right += len(found & gold)
        found_count += len(found)
        gold_count += len(gold)
    return gold_count, found_count, 2 * right / (found_count + gold_count)


def _speed(files: list[Path]) -> float:
    """Megabytes a second, the best of three runs."""
    data = [(path.read_bytes(), path.name) for path in files]
    total = sum(len(content) for content, _ in data) / 1e6
    best = 0.0
    for _ in range(3):
        begin = time.perf_counter()
        for content, name in data:
            clauses_of(parse(content, name))
        best = max(best, total / (time.perf_counter() - begin))
    return best
