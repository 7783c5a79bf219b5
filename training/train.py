"""A training: questions and their articles → what the adapter has learned.

Each step takes questions with one relevant article each and hard negatives, and raises the share of
the relevant ones among all articles of the step (InfoNCE over cosines). Articles that say the same
as a relevant one do not count. Other terms hold articles and single sentences near their plain
vectors, and the questions' cosines to articles at random at the plain ones. The state is kept after
each epoch, so a training that was broken off goes on.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it

from training.corpus import Plain
from training.learner import Learner
from training.recipe import Recipe
from training.stard import Pair, Stard

_RULES = 2
"""Raised with every change of this module after which a training must begin anew."""
_WARM = 15
"""Steps in which the rate of learning rises."""
_LEAST = 0.02
"""The share of it that is left at the end."""
_PART = 16
"""Articles that are encoded at once."""
_IMPOSSIBLE = -1e4


@dataclass(frozen=True)
class Data:
    """What a training sees: STARD, what the plain retrievers make of it, and which questions."""

    stard: Stard
    plain: Plain
    questions: Sequence[int]
    apart: frozenset[int] = frozenset()
    """Rows that nothing is learned from, not even that they are wrong."""

    @cached_property
    def rows(self) -> list[int]:
        """The rows that something is learned from: not those apart, nor others with their words."""
        return self.stard.rest(set(self.apart))

    @cached_property
    def known(self) -> frozenset[int]:
        """The same, to look one up."""
        return frozenset(self.rows)

    @cached_property
    def pairs(self) -> list[Pair]:
        """Of the structure of the statutes."""
        return self.stard.pairs(self.rows)

    @cached_property
    def fragments(self) -> list[str]:
        """Sentences of these articles that stand in none of those apart."""
        gone = set(self.stard.fragments(sorted(self.apart)))
        return [part for part in self.stard.fragments(self.rows) if part not in gone]

    @property
    def mark(self) -> str:
        """Names it."""
        said = [self.stard.digest, list(self.questions), sorted(self.apart)]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def train(recipe: Recipe, data: Data, learner: Learner, folder: Path) -> None:
    """Trains ``learner``; goes on from the state in ``folder`` if it is of this training."""
    folder.mkdir(parents=True, exist_ok=True)
    steps = math.ceil(len(data.questions) / recipe.batch)
    optimizer = torch.optim.AdamW(learner.parameters, lr=recipe.learning_rate, weight_decay=0.01)
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min(1.0, (step + 1) / _WARM) * max(_LEAST, 1 - step / (steps * recipe.epochs)),
    )
    path, key = folder / "state.pt", _key(recipe, data, learner)
    begin = _restored(path, key, learner, optimizer, rate)
    for epoch in range(begin, recipe.epochs):
        rng = np.random.default_rng([recipe.seed, epoch])
        started, total = time.monotonic(), 0.0
        order = rng.permutation(np.array(data.questions))
        for at in range(0, len(order), recipe.batch):
            loss = _loss(recipe, data, learner, order[at : at + recipe.batch].tolist(), rng)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(learner.parameters, 1.0)
            optimizer.step()
            rate.step()
            optimizer.zero_grad()
            total += loss.item()
            if not math.isfinite(total):
                raise ValueError(f"the training diverged in epoch {epoch + 1}: a lower rate?")
        took = time.monotonic() - started
        print(f"epoch {epoch + 1}: loss {total / steps:.4f}, {took:.0f} s", flush=True)
        kept = {
            "key": key,
            "epoch": epoch + 1,
            "learned": learner.state(),
            "optimizer": optimizer.state_dict(),
            "rate": rate.state_dict(),
        }
        torch.save(kept, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)


def _restored(path: Path, key: str, learner: Learner, optimizer: Any, rate: Any) -> int:
    """How many epochs are done."""
    if not path.exists():
        return 0
    kept = torch.load(path, weights_only=True, map_location="cpu")
    if kept["key"] != key:
        return 0
    learner.restore(kept["learned"])
    optimizer.load_state_dict(kept["optimizer"])
    rate.load_state_dict(kept["rate"])
    return int(kept["epoch"])


def _key(recipe: Recipe, data: Data, learner: Learner) -> str:
    facts = {k: v for k, v in asdict(recipe).items() if k != "strength"}
    said = [_RULES, facts, data.mark, data.plain.mark, learner.kind]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def _loss(
    recipe: Recipe, data: Data, learner: Learner, batch: list[int], rng: np.random.Generator
) -> torch.Tensor:
    asked = [data.stard.questions[number] for number in batch]
    right = [int(rng.choice(question.relevant)) for question in asked]
    hard = [row for number in batch for row in _hard(recipe, data, number, rng)]
    rows = list(dict.fromkeys([*right, *hard]))
    plain = torch.from_numpy(data.plain.articles[rows])
    questions = learner.vectors([f"query: {q.text}" for q in asked], recipe.query_tokens).cpu()
    articles = _articles(learner, [data.stard.articles[row].passage for row in rows], recipe)
    relevant = torch.tensor([[row in q.relevant for row in rows] for q in asked])
    same = torch.from_numpy(data.plain.articles[right]) @ plain.T > recipe.same
    scores = questions @ articles.T / recipe.temperature
    scores = scores.masked_fill(same & ~relevant, _IMPOSSIBLE)
    shares = scores.log_softmax(1)
    loss = -((shares * relevant).sum(1) / relevant.sum(1)).mean()
    loss = loss + recipe.keep * (1 - (articles * plain).sum(1)).mean()
    if recipe.fragments and data.fragments:
        chosen = rng.choice(len(data.fragments), recipe.fragments)
        some = [f"passage: {data.fragments[i]}" for i in chosen]
        was = learner.plain_vectors(some, recipe.query_tokens)
        cosines = (learner.vectors(some, recipe.query_tokens) * was).sum(1)
        loss = loss + recipe.keep * (1 - cosines).mean().cpu()
    if recipe.level:
        drawn = [data.rows[i] for i in rng.choice(len(data.rows), recipe.others)]
        others = data.plain.articles[drawn].T
        before = torch.from_numpy(data.plain.questions[batch] @ others)
        now = questions @ torch.from_numpy(others)
        loss = loss + recipe.level * F.mse_loss(now, before)
    if recipe.structure and data.pairs:
        chosen = rng.choice(len(data.pairs), recipe.structure)
        pairs = [data.pairs[i] for i in chosen]
        asks = learner.vectors([f"query: {p.asks}" for p in pairs], recipe.query_tokens).cpu()
        answers = _articles(learner, [p.answers for p in pairs], recipe)
        found = asks @ answers.T / recipe.temperature
        loss = loss + recipe.structure_weight * F.cross_entropy(found, torch.arange(len(pairs)))
    return loss


def _hard(recipe: Recipe, data: Data, number: int, rng: np.random.Generator) -> list[int]:
    """Guesses of the plain retrievers for a question that are wrong, and say something else than
    what is right."""
    if not recipe.hard:
        return []
    plain, relevant = data.plain, data.stard.questions[number].relevant
    depth = recipe.guesses
    guessed = [*plain.by_cosine[number, :depth].tolist(), *plain.by_words[number, :depth].tolist()]
    wrong = [row for row in guessed if row in data.known and row not in relevant]
    if not wrong:
        return []
    near = (plain.articles[wrong] @ plain.articles[list(relevant)].T).max(1)
    wrong = [row for row, cosine in zip(wrong, near, strict=True) if cosine < recipe.same]
    chosen: list[int] = rng.choice(wrong, min(recipe.hard, len(wrong)), replace=False).tolist()
    return chosen


def _articles(learner: Learner, passages: list[str], recipe: Recipe) -> torch.Tensor:
    """Vectors of articles in their order, those of a length encoded together."""
    order = sorted(range(len(passages)), key=lambda i: len(passages[i]))
    parts = [
        learner.vectors(
            [f"passage: {passages[i]}" for i in order[at : at + _PART]], recipe.article_tokens
        )
        for at in range(0, len(order), _PART)
    ]
    return torch.cat(parts).cpu()[torch.tensor(np.argsort(order))]
