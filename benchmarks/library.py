"""A large library: STARD's 64,703 articles as files of laws, and the five policies among them.

STARD's corpus names an article by its law and number. Where a law stands there in several
versions, so that a number comes again, each version is a file of its own: nothing is left out.
"""

from __future__ import annotations

import random
import re
import shutil
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assistant import split_clauses
from assistant.clauses.numerals import chinese_value
from assistant.evaluation import Evidence, GoldQuestion
from assistant.index.lexical import LexicalIndex
from assistant.index.passages import indexed_text
from assistant.reading import find_files, read_file
from benchmarks.common import Bench
from benchmarks.stard import read_entries, read_queries

LAWS = "laws"
_NAME = re.compile(r"(.+?)(第[零〇一二三四五六七八九十百千\d]+条(?:之[一二三四五六七八九十]+)?)$")
_NUMERALS = re.compile(r"第(.+?)条(?:之(.+))?")
_BLANK_LINES = re.compile(r"\s*\n\s*")
_MARK_CHARS = 60
_TITLE_CHARS = 40
_GUESSES, _GUESSES_OF_OTHERS = 30, 100


@dataclass(frozen=True, slots=True)
class Article:
    """An article of STARD's corpus, with its number as printed; ``""`` where its name has none."""

    id: int
    number: str
    text: str

    @property
    def printed(self) -> str:
        return f"{self.number}　{self.text}".strip()

    @property
    def mark(self) -> str:
        """How its clause begins."""
        return self.printed.partition("\n")[0][:_MARK_CHARS]

    @property
    def order(self) -> tuple[int, int]:
        match = _NUMERALS.match(self.number)
        numerals = match.groups() if match else ("", "")
        article, inserted = (chinese_value(n or "") or 0 for n in numerals)
        return article, inserted


@dataclass(frozen=True, slots=True)
class Law:
    """A file of the library: a law, or one version of it."""

    source: str
    title: str
    articles: tuple[Article, ...]

    @property
    def text(self) -> str:
        return "\n".join([self.title, *(article.printed for article in self.articles)]) + "\n"


def read_laws(stard: Path) -> list[Law]:
    """The laws of STARD's corpus, in its order."""
    versions: dict[tuple[str, int], list[Article]] = defaultdict(list)
    seen: dict[tuple[str, str], int] = defaultdict(int)
    for entry in read_entries(stard):
        match = _NAME.match(entry.name)
        law, number = match.groups() if match else (entry.name, "")
        version = seen[law, number]
        seen[law, number] += 1
        text = _BLANK_LINES.sub("\n", entry.text.strip())
        versions[law, version].append(Article(entry.id, number, text))
    return [
        Law(
            f"{LAWS}/{i:04}-{title[:_TITLE_CHARS].replace('/', '')}.txt",
            title,
            tuple(sorted(articles, key=lambda article: article.order)),
        )
        for i, ((title, _), articles) in enumerate(versions.items())
    ]


def write_library(laws: list[Law], policies: Path, folder: Path) -> None:
    """Writes the laws and the policies to ``folder``, files that are there already left alone."""
    (folder / LAWS).mkdir(parents=True, exist_ok=True)
    for path in policies.glob("*.txt"):
        shutil.copyfile(path, folder / path.name)
    for law in laws:
        if not (folder / law.source).exists():
            (folder / law.source).write_text(law.text, "utf-8")


def hardest(
    laws: list[Law],
    whole: Path,
    asked: tuple[list[GoldQuestion], list[GoldQuestion]],
    count: int,
    bench: Bench,
) -> list[Law]:
    """The laws with about ``count`` of their articles: the relevant ones, what BM25 guesses first
    in the library ``whole`` for the questions of the laws and for those of the policies
    (``asked``), and of the rest at random."""
    if count >= sum(len(law.articles) for law in laws):
        return laws
    clauses = [
        clause
        for source, path in find_files(whole)
        for document in read_file(path, source).documents
        for clause in split_clauses(document)
    ]
    tokens = bench.tokenizer.tokens
    index = LexicalIndex.build([tokens(indexed_text(clause)) for clause in clauses])
    rows: dict[str, list[int]] = defaultdict(list)
    for i, clause in enumerate(clauses):
        rows[clause.source].append(i)
    kept = {
        next(i for i in rows[piece.source] if piece.stands_in(clauses[i]))
        for question in asked[0]
        for piece in question.evidence
    }
    for some, depth in zip(asked, (_GUESSES, _GUESSES_OF_OTHERS), strict=True):
        for question in some:
            scores = index.scores(tokens(question.question))
            kept.update(np.argpartition(-scores, depth)[:depth].tolist())
    rest = [i for i in range(len(clauses)) if i not in kept]
    random.Random(0).shuffle(rest)
    kept.update(rest[: max(0, count - len(kept))])
    names = {(clauses[i].source, clauses[i].number) for i in kept}
    smaller = [
        replace(law, articles=tuple(a for a in law.articles if (law.source, a.number) in names))
        for law in laws
    ]
    return [law for law in smaller if law.articles]


def read_questions(stard: Path, laws: list[Law]) -> list[GoldQuestion]:
    """STARD's questions; the evidence is how a relevant article begins."""
    evidence = {
        article.id: Evidence(law.source, article.mark) for law in laws for article in law.articles
    }
    return [
        GoldQuestion(
            query.id,
            query.text,
            "STARD",
            tuple(evidence[ident] for ident in query.relevant if ident in evidence),
        )
        for query in read_queries(stard)
    ]
