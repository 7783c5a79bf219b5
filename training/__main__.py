"""``python -m training STARD``: trains the adapter on all of STARD's questions and writes it.

``--folds`` measures the recipe instead, on questions that it was not trained on. What is made lies
in ``training/out`` (``--out``); a run that was broken off goes on.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from assistant.index import quantise
from assistant.index.adapter import STATUTES
from benchmarks.stard import files
from training.folds import FOLDS, How, measure
from training.recipe import BASE, RECIPES
from training.work import Work

OUT = Path(__file__).parent / "out"


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
    if chosen.int8:
        quantise.openvino()  # an error now, not after a training
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
    how = How(strengths, whole=chosen.whole, int8=chosen.int8, late=chosen.late)
    measure(chosen.recipe, recipe, work, chosen.folds or range(FOLDS), how)


main()
