"""``python -m training STARD``: trains the adapter on all of STARD's questions and writes it.

``--folds`` measures the recipe instead, on questions that it was not trained on. What is made lies
in ``training/out`` (``--out``); a run that was broken off goes on.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assistant.index import Tokenizer, bundled
from assistant.index.adapter import STATUTES
from assistant.settings import Settings
from benchmarks.common import Bench, table
from training.corpus import Plain, encoded, plain_of
from training.learner import Learner
from training.measure import OnStard, on_policies, on_stard
from training.recipe import BASE, RECIPES, Recipe
from training.stard import Stard
from training.train import Data, train

FOLDS = 5
DEPTH = 10
OUT = Path(__file__).parent / "out"


@dataclass(frozen=True, slots=True)
class Work:
    """What all trainings share."""

    stard: Stard
    plain: Plain
    model: Path
    out: Path

    @classmethod
    def open(cls, stard: Path, out: Path) -> Work:
        """Reads STARD; encodes it with the plain encoder, unless that is done."""
        settings = Settings.load()
        model = bundled.model_folder(settings.cache_dir)
        read = Stard.read(stard)
        learner = Learner(model, BASE)
        learner.strengthen(0.0)
        tokenizer = Tokenizer(settings.cache_dir)
        plain = plain_of(read, learner.encode, learner.mark, tokenizer, out / "plain")
        return cls(read, plain, model, out)

    def trained(self, name: str, recipe: Recipe, questions: list[int], apart: set[int]) -> Learner:
        """A learner that has seen ``questions``, and no pair of an article of ``apart``."""
        learner = Learner(self.model, recipe)
        pairs = self.stard.pairs(apart) if recipe.structure else ()
        data = Data(self.stard, self.plain, questions, frozenset(apart), pairs)
        train(recipe, data, learner, self.out / name.replace(" ", "-"))
        return learner

    def relevant(self, questions: list[int]) -> set[int]:
        """The rows that are relevant to any of them."""
        return {row for number in questions for row in self.stard.questions[number].relevant}


def main() -> None:
    """Trains or measures."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("stard", type=Path, help="folder of STARD")
    parser.add_argument(
        "--recipe", default="base", choices=[*RECIPES, "plain"], help="what is tried"
    )
    parser.add_argument("--folds", type=int, nargs="*", help=f"of 0 to {FOLDS - 1}; none: all")
    parser.add_argument("--whole", action="store_true", help="measured among all articles")
    parser.add_argument("--strength", type=float, nargs="*", help="measured at these")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of what is made")
    chosen = parser.parse_args()
    if chosen.folds is None and (chosen.recipe == "plain" or chosen.whole or chosen.strength):
        parser.error("--recipe plain, --whole and --strength go with --folds")
    if not set(chosen.folds or ()) <= set(range(FOLDS)):
        parser.error(f"the folds are 0 to {FOLDS - 1}")
    for name in ("queries.jsonl", "corpus.jsonl.gz"):
        if not (chosen.stard / name).is_file():
            parser.error(f"{chosen.stard} is not STARD's folder: it has no {name}")
    work = Work.open(chosen.stard, chosen.out)
    recipe = RECIPES.get(chosen.recipe, BASE)
    strengths = [0.0] if chosen.recipe == "plain" else chosen.strength or [recipe.strength]
    if chosen.folds is None:
        learner = work.trained("final", recipe, list(range(len(work.stard.questions))), set())
        learner.adapter(STATUTES, recipe.strength).write()
        print(f"wrote {STATUTES} ({STATUTES.stat().st_size / 1e6:.2f} MB)")
        return
    bench = Bench()
    folds = chosen.folds or list(range(FOLDS))
    results = {
        s: [_fold(work, chosen, recipe, fold, s, bench) for fold in folds] for s in strengths
    }
    for strength, found in results.items():
        print(f"{chosen.recipe} at {strength}, mean of the folds {folds}")
        _show([OnStard.mean([one for one, _ in found])])


def _fold(
    work: Work, chosen: argparse.Namespace, recipe: Recipe, fold: int, strength: float, bench: Bench
) -> tuple[OnStard, dict[str, Any]]:
    """Measures a fold with what was learned from the others."""
    of = work.stard.folds(FOLDS)
    asked = [n for n, f in enumerate(of) if f == fold]
    begin = time.monotonic()
    if strength:
        rest = [n for n, f in enumerate(of) if f != fold]
        learner = work.trained(f"{chosen.recipe}-{fold}", recipe, rest, work.relevant(asked))
    else:
        learner = Learner(work.model, recipe)
    trained = time.monotonic() - begin
    learner.strengthen(strength)
    rows = list(range(len(work.stard.articles)))
    articles = None
    if chosen.whole:
        texts = [f"passage: {a.passage}" for a in work.stard.articles]
        articles = encoded(texts, learner.encode, learner.mark, work.out / "whole")
    else:
        rows = work.plain.cut(asked, work.relevant(list(range(len(of)))), DEPTH)
    found = on_stard(work.stard, work.plain, asked, rows, learner.encode, articles)
    policies = on_policies(bench.clauses, bench.topics, learner.encode)
    _show([found])
    table(("policies", "R@5", "MRR"), [(name, *some) for name, some in policies.items()])
    line = {
        "recipe": chosen.recipe, "fold": fold, "strength": strength, "trained_s": round(trained),
        **asdict(found), "policies": policies,
    }  # fmt: skip
    with (work.out / "measured.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    return found, policies


def _show(rows: list[OnStard]) -> None:
    names = ("articles", "R@10", "R@100", "MRR", "with BM25 R@10", "with BM25 R@100")
    table(names, [tuple(asdict(row).values()) for row in rows])


main()
