"""``python -m training STARD``: trains the adapter on all of STARD's questions and writes it.

``--folds`` measures the recipe instead, on questions that it was not trained on. What is made lies
in ``training/out`` (``--out``); a run that was broken off goes on.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from assistant.index import Tokenizer, bundled, load_encoder
from assistant.index.adapter import STATUTES
from assistant.index.dense import Vectors
from assistant.settings import BUNDLED, NO_ADAPTER, Settings
from benchmarks.common import Bench, table
from benchmarks.stard import files
from training import late
from training.corpus import Encode, Plain, encoded, plain_of
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
        """A learner that has seen ``questions``, and nothing of the articles ``apart``."""
        learner = Learner(self.model, recipe)
        data = Data(self.stard, self.plain, questions, frozenset(apart))
        train(recipe, data, learner, self.out / name.replace(" ", "-"))
        return learner

    def cut(self, asked: list[int]) -> list[int]:
        """The rows among which the questions ``asked`` are hard."""
        every = list(range(len(self.stard.questions)))
        return self.plain.cut(asked, self.relevant(every), DEPTH)

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
    parser.add_argument(
        "--int8", action="store_true", help="measured as the program encodes in int8, and sooner"
    )
    parser.add_argument("--late", action="store_true", help="with a second stage, as an experiment")
    parser.add_argument("--strength", type=float, nargs="*", help="measured at these")
    parser.add_argument("--to", type=Path, help="file of the adapter; by default the program's own")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of what is made")
    chosen = parser.parse_args()
    if chosen.folds is None and (
        chosen.recipe == "plain" or chosen.whole or chosen.int8 or chosen.late or chosen.strength
    ):
        parser.error("--recipe plain, --whole, --int8, --late and --strength go with --folds")
    if chosen.int8 and chosen.late:
        parser.error("--late compares tokens, which --int8 does not give")
    if chosen.recipe != "base" and chosen.folds is None and chosen.to is None:
        parser.error(
            "the program's own adapter is trained with the recipe base; name another: --to"
        )
    if not set(chosen.folds or ()) <= set(range(FOLDS)):
        parser.error(f"the folds are 0 to {FOLDS - 1}")
    try:
        files(chosen.stard)
    except FileNotFoundError as error:
        parser.error(str(error))
    work = Work.open(chosen.stard, chosen.out)
    recipe = RECIPES.get(chosen.recipe, BASE)
    strengths = [0.0] if chosen.recipe == "plain" else chosen.strength or [recipe.strength]
    if chosen.folds is None:
        learner = work.trained(
            f"{chosen.recipe}-all", recipe, list(range(len(work.stard.questions))), set()
        )
        path = chosen.to or STATUTES
        learner.adapter(path, recipe.strength).write()
        print(f"wrote {path} ({path.stat().st_size / 1e6:.2f} MB)")
        return
    bench, of = Bench(adapter="none"), work.stard.folds(FOLDS)
    folds = chosen.folds or list(range(FOLDS))
    found: dict[float, list[OnStard]] = {strength: [] for strength in strengths}
    for fold in folds:
        asked = [n for n, f in enumerate(of) if f == fold]
        rest = [n for n, f in enumerate(of) if f != fold]
        if chosen.recipe == "plain":
            learner = Learner(work.model, recipe)
        else:
            learner = work.trained(f"{chosen.recipe}-{fold}", recipe, rest, work.relevant(asked))
        for strength in strengths:
            learner.strengthen(strength)
            print(f"{chosen.recipe} at {strength}, fold {fold}")
            cut = work.cut(asked)
            encode: Encode = learner.encode
            mark = learner.mark
            if chosen.int8:
                encode, mark = _in_int8(learner, strength, work.out)
            rows, articles, near = _encoded(work, encode, mark, cut, whole=chosen.whole)
            on = on_stard(work.stard, work.plain, asked, rows, encode, articles)
            found[strength].append(on)
            _show(on)
            if chosen.late:
                late.show(work.stard, asked, cut, near, learner)
            policies = on_policies(bench.clauses, bench.topics, bench.foreign, encode)
            shown = [(name, *some) for name, some in policies.found.items()]
            table(("policies", "R@5", "MRR"), shown)
            print(f"told from foreign ones: {policies.told:.3f}\n")
            line = {
                "recipe": chosen.recipe, "how": asdict(recipe), "fold": fold, "strength": strength,
                "int8": chosen.int8, **asdict(on), "policies": asdict(policies),
            }  # fmt: skip
            with (work.out / "measured.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
    for strength, some in found.items():
        print(f"{chosen.recipe} at {strength}, mean of the folds {folds}")
        _show(OnStard.mean(some))


def _in_int8(learner: Learner, strength: float, out: Path) -> tuple[Encode, str]:
    """What the program makes of the texts in int8 with what was learned, and the vectors' name."""
    named = NO_ADAPTER
    if strength:
        path = out / "measured.safetensors"
        learner.adapter(path, strength).write()
        named = str(path)
    encoder = load_encoder(
        Settings.load(model=BUNDLED, precision="int8", adapter=named, cache_dir=out / "int8")
    )

    def encode(texts: Sequence[str]) -> Vectors:
        kind = texts[0].partition(": ")[0] if texts else ""
        bare = [text.removeprefix(f"{kind}: ") for text in texts]
        return encoder.encode_queries(bare) if kind == "query" else encoder.encode_passages(bare)

    return encode, encoder.fingerprint


def _encoded(
    work: Work, encode: Encode, mark: str, cut: list[int], *, whole: bool
) -> tuple[list[int], Vectors, Vectors]:
    """The rows that are asked, their vectors, and those of the rows ``cut``."""
    if not whole:
        vectors = encode([f"passage: {work.stard.articles[row].passage}" for row in cut])
        return cut, vectors, vectors
    texts = [f"passage: {article.passage}" for article in work.stard.articles]
    vectors = encoded(texts, encode, mark, work.out / "whole")
    return list(range(len(texts))), vectors, vectors[cut]


def _show(row: OnStard) -> None:
    names = ("articles", "R@10", "R@100", "MRR", "with BM25 R@10", "with BM25 R@100")
    table(names, [row.row])
    table(("weight", "R@10", "R@100"), row.by_weight)


main()
