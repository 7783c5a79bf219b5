"""Clauses: agreement with the gold of three documents and with the articles of statutes, speed,
and how the time grows with the text.

A statute's article is right if it begins at its 第X条 and ends before the next or before a heading.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Callable
from pathlib import Path

from assistant.clauses import Clause, read_outline
from assistant.clauses.numbers import chinese_numeral, chinese_value, readings_at
from assistant.errors import ReadingError
from assistant.reading import SourceFile, parse
from benchmarks.common import ROOT, Bench, Options, report, table
from benchmarks.stard import read_entries

_ARTICLE = re.compile(
    r"^第[零〇一二三四五六七八九十百千]+条(?:之[一二三四五六七八九十]+)?[\s\u3000]", re.MULTILINE
)
_OF_STATUTE = re.compile(
    r"(?P<law>.*?)(?P<no>第(?P<n>[零〇一二三四五六七八九十百千]+)条(?:之(?P<sub>[一二三四五六七八九十]+))?)$"
)
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
Spans = set[tuple[int, int]]
_HOSTILE = (
    "第", "（", "1.1.", "一、", "《", "目录\n", "附件：1.\n", "第一条 ", "本办法有效期", "由",
    "1\n", "自发布", "10万元", "以下简称", "杭州市", " ",
)  # fmt: skip
"""What patterns might be made to go over again and again."""


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
    if options.stard:
        rebuilt = _rebuilt(options.stard)
        for name, style in (
            ("STARD's statutes", str),
            ("… lines broken at 34", _broken),
            ("… in a single line", _in_one_line),
        ):
            rows.append((name, *_articles(rebuilt, style)))
    table(("document", "gold", "found", "F1"), rows)
    print(f"speed: {speed:.2f} MB of text a second on one core\n")
    scales = _scales(bench)
    table(("text", "seconds", "ten times as long"), scales)
    report(
        "clauses",
        {
            "f1": {row[0]: row[3] for row in rows},
            "mb_per_second": speed,
            "ten_times": {row[0]: row[2] for row in scales},
        },
    )


Statute = tuple[str, tuple[str, ...]]
"""A title, and its articles with their numbers."""


def _rebuilt(stard: Path) -> list[Statute]:
    """The statutes of STARD's corpus, put together from their articles; of those with an annex,
    which the corpus has in the last article, none."""
    articles: dict[str, dict[tuple[int, int], str]] = {}
    for entry in read_entries(stard):
        match = _OF_STATUTE.match(entry.name)
        if match:
            key = (chinese_value(match["n"]) or 0, chinese_value(match["sub"] or "") or 0)
            text = re.sub(r"\n\s*\n", "\n", entry.text.strip())
            articles.setdefault(match["law"], {}).setdefault(key, f"{match['no']}　{text}")
    return [
        (law, tuple(found[key] for key in sorted(found)))
        for law, found in articles.items()
        if not any(re.search("^附", text, re.MULTILINE) for text in found.values())
    ]


def _broken(text: str) -> str:
    return "\n".join(p[i : i + 34] for p in text.split("\n") for i in range(0, len(p), 34))


def _in_one_line(text: str) -> str:
    return re.sub(r"\s*\n\s*", "", text)


def _articles(statutes: list[Statute], printed: Callable[[str], str]) -> tuple[int, int, float]:
    """Articles in gold, clauses found, and F1 over all statutes; an article is right if it begins
    and ends where it should."""
    right = found_count = gold_count = 0
    for law, articles in statutes:
        shown = [printed(article) for article in articles]
        between = "\n" if printed is not _in_one_line else ""
        text = between.join([law, *shown]) if between else "".join(shown)
        at = len(law) + 1 if between else 0
        gold: Spans = set()
        for article in shown:
            gold.add((at, at + len(article.rstrip())))
            at += len(article) + len(between)
        found = {(c.start, c.end) for c in clauses_of(parse(text.encode(), "law.txt"))}
        right += len(found & gold)
        found_count += len(found)
        gold_count += len(gold)
    return gold_count, found_count, 2 * right / (found_count + gold_count)


def _scales(bench: Bench) -> list[tuple[str, float, float]]:
    """For texts of many kinds, hostile ones among them: seconds, and how many times as long one
    ten times as long takes."""
    policies = "".join(p.read_text("utf-8") for p in sorted(bench.settings.documents.glob("*.txt")))
    articles = "".join(f"第{chinese_numeral(n)}条　企业应当备案。\n" for n in range(1, 900))
    texts = {
        "the five policies": policies,
        "articles": articles * 4,
        "articles in one line": articles.replace("\n", "") * 4,
        **{f"{piece!r} over and over": piece * (60_000 // len(piece)) for piece in _HOSTILE},
    }
    rows: list[tuple[str, float, float]] = []
    for name, text in texts.items():
        once, tenfold = (
            min(_seconds(text * times) for _ in range(3 if times == 1 else 2)) for times in (1, 10)
        )
        rows.append((name, once, tenfold / once))
    return rows


def _seconds(text: str) -> float:
    begin = time.process_time()
    with contextlib.suppress(ReadingError):
        for clause in clauses_of(parse(text.encode(), "t.txt")):
            _ = clause.quantities
    return time.process_time() - begin


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
