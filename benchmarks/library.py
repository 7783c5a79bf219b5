"""A large library: STARD's 64,703 articles as files of laws, and the five policies among them.

STARD's corpus names an article by its law and number. Where a law stands there in several
versions, so that a number comes again, each version is a file of its own: nothing is left out.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from assistant.clauses.numerals import chinese_value
from assistant.evaluation import Evidence, GoldQuestion

LAWS = "laws"
_NAME = re.compile(r"(.+?)(第[零〇一二三四五六七八九十百千\d]+条(?:之[一二三四五六七八九十]+)?)$")
_NUMERALS = re.compile(r"第(.+?)条(?:之(.+))?")
_BLANK_LINES = re.compile(r"\s*\n\s*")
_MARK_CHARS = 60
_TITLE_CHARS = 40


@dataclass(frozen=True, slots=True)
class Article:
    """An article of STARD's corpus, with its number as printed."""

    id: int
    number: str
    text: str

    @property
    def printed(self) -> str:
        return f"{self.number}　{self.text}"

    @property
    def mark(self) -> str:
        """How its clause begins."""
        return self.printed.partition("\n")[0][:_MARK_CHARS]

    @property
    def order(self) -> tuple[int, int]:
        match = _NUMERALS.match(self.number)
        numerals = match.groups() if match else ()
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
    with gzip.open(stard / "corpus.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            match = _NAME.match(entry["name"])
            if not match:
                raise ValueError(f"{entry['name']!r} names no article")
            law, number = match.groups()
            version = seen[law, number]
            seen[law, number] += 1
            text = _BLANK_LINES.sub("\n", entry["text"].strip())
            versions[law, version].append(Article(int(entry["id"]), number, text))
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


def read_questions(stard: Path, laws: list[Law]) -> list[GoldQuestion]:
    """STARD's questions; the evidence is how a relevant article begins."""
    evidence = {
        article.id: Evidence(law.source, article.mark) for law in laws for article in law.articles
    }
    with (stard / "queries.jsonl").open(encoding="utf-8") as file:
        queries = [json.loads(line) for line in file]
    return [
        GoldQuestion(
            str(query["id"]),
            query["question"],
            "STARD",
            tuple(evidence[ident] for ident in query["relevant"] if ident in evidence),
        )
        for query in queries
    ]
