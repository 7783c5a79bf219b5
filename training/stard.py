"""STARD as a training needs it: articles, questions with their relevant ones, folds."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.library import read_laws
from benchmarks.stard import read_queries

_MAX_ABOVE = 120
_FIRST = (12, 70)
_REST = 40
_ENDS = re.compile("[。；]")


@dataclass(frozen=True, slots=True)
class Article:
    """An article of a law."""

    law: str
    text: str

    @property
    def passage(self) -> str:
        """Its text as the dense channel has it: below its law's title, on one line."""
        return f"{self.law[:_MAX_ABOVE]} {self.flat}"

    @property
    def flat(self) -> str:
        """Its text on one line."""
        return " ".join(self.text.split())

    @property
    def key(self) -> str:
        """What articles of the same words have in common."""
        return hashlib.sha256(re.sub(r"\s", "", self.text).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Question:
    """A question, with the rows of its relevant articles."""

    text: str
    relevant: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A text that asks and one that answers it, from the structure of a statute."""

    asks: str
    answers: str


@dataclass(frozen=True)
class Stard:
    """The articles and the questions that have any of them."""

    articles: tuple[Article, ...]
    questions: tuple[Question, ...]

    @cached_property
    def digest(self) -> str:
        """The hash of all of it."""
        said = [
            [[a.law, a.text] for a in self.articles],
            [[q.text, q.relevant] for q in self.questions],
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    @classmethod
    def read(cls, folder: Path) -> Stard:
        """Reads STARD's folder. Articles that it lacks count for no question, and are reported.
        Raises :class:`OSError` and :class:`ValueError`."""
        found = [(law.title, article) for law in read_laws(folder) for article in law.articles]
        rows = {article.id: row for row, (_, article) in enumerate(found)}
        questions, lacking = [], 0
        for query in read_queries(folder):
            relevant = tuple(rows[ident] for ident in query.relevant if ident in rows)
            lacking += len(query.relevant) - len(relevant)
            if relevant:
                questions.append(Question(query.text, relevant))
        if lacking:
            print(f"{lacking} relevant articles are not in the corpus")
        return cls(tuple(Article(law, a.text) for law, a in found), tuple(questions))

    def folds(self, count: int, seed: int = 0) -> list[int]:
        """The fold of each question. Questions that share an article, or articles of the same
        words, are in one: no article of a fold is relevant to a question of another."""
        parent: dict[str, str] = {}

        def root(key: str) -> str:
            while parent.setdefault(key, key) != key:
                parent[key] = key = parent[parent[key]]
            return key

        keys = []
        for question in self.questions:
            first, *others = (self.articles[row].key for row in question.relevant)
            for other in others:
                parent[root(other)] = root(first)
            keys.append(first)
        groups: dict[str, list[int]] = {}
        for number, key in enumerate(keys):
            groups.setdefault(root(key), []).append(number)
        shuffled = list(groups.values())
        random.Random(seed).shuffle(shuffled)
        found, sizes = [0] * len(keys), [0] * count
        for group in sorted(shuffled, key=len, reverse=True):  # the largest fill the folds evenly
            fold = sizes.index(min(sizes))
            sizes[fold] += len(group)
            for number in group:
                found[number] = fold
        return found

    def rest(self, without: set[int]) -> list[int]:
        """The rows but those, and others with their words."""
        banned = {self.articles[row].key for row in without}
        return [row for row, article in enumerate(self.articles) if article.key not in banned]

    def fragments(self, rows: Sequence[int]) -> list[str]:
        """The sentences and half-sentences of articles that are as long as one in a policy, each
        once."""
        parts = (part.strip() for row in rows for part in _ENDS.split(self.articles[row].flat))
        return list(dict.fromkeys(p for p in parts if _FIRST[0] <= len(p) <= _FIRST[1]))

    def pairs(self, rows: Sequence[int]) -> list[Pair]:
        """The first sentence of articles and the rest of them below their law's title, where both
        are long enough."""
        found = []
        for row in rows:
            article = self.articles[row]
            end = article.flat.find("。")
            if _FIRST[0] < end < _FIRST[1] and len(article.flat) - end > _REST:
                rest = Article(article.law, article.flat[end + 1 :])
                found.append(Pair(article.flat[:end], rest.passage))
        return found
