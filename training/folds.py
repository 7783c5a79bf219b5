"""How good a recipe is: trained on four folds of STARD's questions, asked the fifth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.index import load_encoder
from assistant.index.dense import Vectors
from assistant.settings import BUNDLED, NO_ADAPTER, Settings
from benchmarks.common import Bench, table
from training import late
from training.corpus import Encode, encoded
from training.learner import Learner
from training.measure import OnStard, on_policies, on_stard
from training.recipe import Recipe
from training.work import Work

FOLDS = 5


@dataclass(frozen=True, slots=True)
class How:
    """How it is measured: at which strengths, 0 being the plain encoder, which alone needs no
    training; among all articles or among those that are hard; as the program encodes in int8 or as
    the learner does; with a second stage or without."""

    strengths: Sequence[float]
    whole: bool = False
    int8: bool = False
    late: bool = False


def measure(name: str, recipe: Recipe, work: Work, folds: Sequence[int], how: How) -> None:
    """Prints what a recipe finds, fold by fold and at the mean, and what it does to policies; keeps
    it in ``measured.jsonl``."""
    bench, of = Bench(adapter="none"), work.stard.folds(FOLDS)
    found: dict[float, list[OnStard]] = {strength: [] for strength in how.strengths}
    for fold in folds:
        asked = [n for n, f in enumerate(of) if f == fold]
        rest = [n for n, f in enumerate(of) if f != fold]
        if any(how.strengths):
            learner = work.trained(f"{name}-{fold}", recipe, rest, work.relevant(asked))
        else:
            learner = Learner(work.model, recipe)
        for strength in how.strengths:
            print(f"{name} at {strength}, fold {fold}")
            learner.strengthen(strength)
            encode: Encode = learner.encode
            mark = learner.mark
            if how.int8:
                encode, mark = in_int8(learner, strength, work.out)
            cut = work.cut(asked)
            rows, articles, near = _encoded(work, encode, mark, cut, whole=how.whole)
            on = on_stard(work.stard, work.plain, asked, rows, encode, articles)
            found[strength].append(on)
            _show(on)
            if how.late:
                late.show(work.stard, asked, cut, near, learner)
            policies = on_policies(bench.clauses, bench.topics, bench.foreign, encode)
            shown = [(name, *some) for name, some in policies.found.items()]
            table(("policies", "R@5", "MRR"), shown)
            print(f"told from foreign ones: {policies.told:.3f}\n")
            line = {
                "recipe": name, "how": asdict(recipe), "fold": fold, "strength": strength,
                "int8": how.int8, **asdict(on), "policies": asdict(policies),
            }  # fmt: skip
            with (work.out / "measured.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
    for strength, some in found.items():
        print(f"{name} at {strength}, mean of the folds {list(folds)}")
        _show(OnStard.mean(some))


def in_int8(learner: Learner, strength: float, out: Path) -> tuple[Encode, str]:
    """What the program makes of texts in int8 with what was learned, and the name of these
    vectors. Its model files, half a gigabyte, are gone again when it is loaded."""
    with TemporaryDirectory(dir=out, ignore_cleanup_errors=True) as folder:
        named = NO_ADAPTER
        if strength:
            path = Path(folder) / "learned.safetensors"
            learner.adapter(path, strength).write()
            named = str(path)
        settings = Settings.load(
            model=BUNDLED, precision="int8", adapter=named, cache_dir=Path(folder), device="cpu"
        )
        encoder = load_encoder(settings)

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
