"""How the channels are fused, chosen by cross-validation.

On the 56 answerable gold questions (and, with ``--stard``, on a cut of STARD for what is indexed
with a clause): a grid over what stands around the clause's text in the dense channel, the depth
whose scores set the scale, the lexical weight, and the bonus for a place. Twenty times five folds:
the best of the grid on four is measured on the fifth. Beside it reciprocal ranks and the sum of
scores standardised over the whole library.
"""

from __future__ import annotations

import gzip
import itertools
import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.clauses import Clause
from assistant.index.lexical import LexicalIndex
from assistant.index.passages import indexed_text
from assistant.reading import short_name
from assistant.retrieval.fusion import standardise
from assistant.retrieval.question import Understanding, place_names, place_of
from assistant.text import clean
from benchmarks.common import Bench, Options, report, table

Scores = npt.NDArray[np.float64]
Context = Callable[[Clause], tuple[str, str]]

CONTEXTS: dict[str, Context] = {
    "nothing": lambda c: ("", ""),
    "place or title, headings": lambda c: (
        " ".join((c.document.region or c.document.title, *c.path)),
        "",
    ),
    "headings": lambda c: (" ".join(c.path), ""),
    "place, headings": lambda c: (" ".join((c.document.region, *c.path)), ""),
    "place, title, headings": lambda c: (
        " ".join((c.document.region, _bare_title(c), *c.path)),
        "",
    ),
    "place, headings | title": lambda c: (
        " ".join((c.document.region, *c.path)),
        _bare_title(c),
    ),
}
"""What goes before the text and what behind it."""
DEPTHS, WEIGHTS, BONUSES = (50, 100, 183), (0.7, 1.0, 1.4), (2.0, 3.0, 4.0)
_ROUNDS, _FOLDS = 20, 5
_STARD_QUESTIONS, _STARD_ARTICLES = 300, 4_500


def _bare_title(clause: Clause) -> str:
    document = clause.document
    title = document.title
    if document.region:
        title = title.replace(document.region, "").replace(short_name(document.region), "")
    return clean(title)


def run(bench: Bench, options: Options) -> None:
    """Prints what each choice is worth on average over the grid, and the cross-validated result."""
    asked = [question for question in bench.gold if question.evidence]
    documents = list({id(c.document): c.document for c in bench.clauses}.values())
    understanding = Understanding(place_names(documents), bench.tokenizer)
    questions = [understanding.read(question.question) for question in asked]
    vectors = bench.questions([question.topic for question in questions])
    right = [
        [{i for i, c in enumerate(bench.clauses) if e.stands_in(c)} for e in q.evidence]
        for q in asked
    ]
    places = [set(place_of(clause.document)) for clause in bench.clauses]
    steer = np.array(
        [[(1 if p & set(q.held) else -1) if q.held and p else 0 for p in places] for q in questions]
    )
    index = LexicalIndex.build([bench.tokenizer.tokens(indexed_text(c)) for c in bench.clauses])
    lexical = np.stack([index.scores(question.tokens) for question in questions]).astype(float)
    grid: dict[tuple[str, int, float, float], Scores] = {}
    cosines: dict[str, Scores] = {}
    for name, context in CONTEXTS.items():
        texts = [_passage(clause, context) for clause in bench.clauses]
        cosines[name] = (vectors @ bench.passages(texts).T).astype(float)
        for depth, weight, bonus in itertools.product(DEPTHS, WEIGHTS, BONUSES):
            fused = _scaled(cosines[name], depth) + weight * _scaled(lexical, depth)
            grid[name, depth, weight, bonus] = _measures(fused + bonus * steer, right)
    result = {
        "context": _by(grid, 0),
        "depth": _by(grid, 1),
        "weight": _by(grid, 2),
        "bonus": _by(grid, 3),
    }
    for what, means in result.items():
        table((what, "R@5", "MRR", "hit@1"), [(key, *value) for key, value in means.items()])
    _other_fusions(cosines["place or title, headings"], lexical, steer, right)
    tested, picked = _cross_validate(grid)
    print(f"cross-validated: R@5 {tested[0]:.4f}, MRR {tested[1]:.4f}, hit@1 {tested[2]:.4f}")
    print("picked most often: ", picked.most_common(3), "\n")
    if options.stard:
        result["STARD cut, dense"] = _stard(bench, options.stard)
    report("fusion", {**result, "cross_validated": list(tested)})


def _passage(clause: Clause, context: Context) -> str:
    before, behind = context(clause)
    return " ".join(filter(None, (clean(before), clean(clause.text), behind)))


def _scaled(scores: Scores, depth: int) -> Scores:
    return np.stack([standardise(row, np.sort(row)[-depth:]) for row in scores])


def _measures(fused: Scores, right: list[list[set[int]]]) -> Scores:
    """For each question R@5, reciprocal rank and hit@1."""
    rows = []
    for scores, evidence in zip(fused, right, strict=True):
        order = np.argsort(-scores, kind="stable").tolist()
        found = sum(any(i in some for i in order[:5]) for some in evidence) / len(evidence)
        rank = next(r for r, i in enumerate(order, 1) if any(i in some for some in evidence))
        rows.append((found, 1 / rank, float(rank == 1)))
    return np.array(rows)


def _by(
    grid: dict[tuple[str, int, float, float], Scores], axis: int
) -> dict[str, tuple[float, ...]]:
    """The mean measures for each value of one axis, over all others."""
    values = dict.fromkeys(key[axis] for key in grid)
    return {
        str(value): tuple(
            float(m)
            for m in np.mean([s.mean(0) for key, s in grid.items() if key[axis] == value], axis=0)
        )
        for value in values
    }


def _other_fusions(
    dense: Scores, lexical: Scores, steer: npt.NDArray[np.int64], right: list[list[set[int]]]
) -> None:
    def ranks(scores: Scores) -> Scores:
        order: Scores = np.argsort(np.argsort(-scores, axis=1), axis=1).astype(float)
        return order

    def whole(scores: Scores) -> Scores:
        deviation = scores.std(1, keepdims=True) + 1e-9
        result: Scores = (scores - scores.mean(1, keepdims=True)) / deviation
        return result

    fusions = {
        "sum over the first 100": _scaled(dense, 100) + _scaled(lexical, 100) + 4 * steer,
        "sum over the library": whole(dense) + whole(lexical) + 4 * steer,
        "reciprocal ranks": 1 / (61 + ranks(dense)) + 1 / (61 + ranks(lexical)) + steer,
        "dense alone": _scaled(dense, 100) + 4 * steer,
        "BM25 alone": _scaled(lexical, 100) + 4 * steer,
        "no steering": _scaled(dense, 100) + _scaled(lexical, 100),
    }
    rows = [(name, *map(float, _measures(f, right).mean(0))) for name, f in fusions.items()]
    table(("fusion", "R@5", "MRR", "hit@1"), rows)


def _cross_validate(
    grid: dict[tuple[str, int, float, float], Scores],
) -> tuple[tuple[float, ...], Counter[tuple[str, int, float, float]]]:
    keys = list(grid)
    goodness = np.stack([grid[key][:, 0] + grid[key][:, 1] for key in keys])
    count = goodness.shape[1]
    rng = np.random.default_rng(0)
    tested, picked = [], Counter[tuple[str, int, float, float]]()
    for _ in range(_ROUNDS):
        order = rng.permutation(count)
        for fold in range(_FOLDS):
            test = order[fold::_FOLDS]
            train = np.setdiff1d(order, test)
            best = keys[int(goodness[:, train].mean(1).argmax())]
            picked[best] += 1
            tested.append(grid[best][test].mean(0))
    return tuple(float(value) for value in np.mean(tested, axis=0)), picked


def _stard(bench: Bench, folder: Path) -> dict[str, tuple[float, ...]]:
    """R@10 and R@100 of the dense channel on a cut of STARD, the law's name before the article's
    text, behind it, and left out; a law's name is its title, it has no place."""
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as file:
        corpus = [json.loads(line) for line in file]
    with (folder / "queries.jsonl").open(encoding="utf-8") as file:
        queries = [json.loads(line) for line in file]
    rows = {entry["id"]: i for i, entry in enumerate(corpus)}
    rng = random.Random(7)
    queries = rng.sample(
        [q for q in queries if all(r in rows for r in q["relevant"])], _STARD_QUESTIONS
    )
    kept = {rows[r] for q in queries for r in q["relevant"]}
    others = [i for i in range(len(corpus)) if i not in kept]
    kept |= set(rng.sample(others, _STARD_ARTICLES - len(kept)))
    cut = [corpus[i] for i in sorted(kept)]
    place = {entry["id"]: i for i, entry in enumerate(cut)}
    right = [{place[r] for r in q["relevant"]} for q in queries]
    vectors = bench.questions([q["question"] for q in queries])
    result: dict[str, tuple[float, ...]] = {}
    for name, write in (
        ("name, text", lambda e: f"{e['name']} {e['text'][:1000]}"),
        ("text | name", lambda e: f"{e['text'][:1000]} {e['name'].split('第')[0]}"),
        ("text", lambda e: e["text"][:1000]),
    ):
        scores = vectors @ bench.passages([clean(write(entry)) for entry in cut]).T
        order = np.argsort(-scores, axis=1)
        result[name] = tuple(
            float(
                np.mean(
                    [
                        len(r & set(o[:k].tolist())) / len(r)
                        for r, o in zip(right, order, strict=True)
                    ]
                )
            )
            for k in (10, 100)
        )
    table(("STARD cut, dense", "R@10", "R@100"), [(name, *value) for name, value in result.items()])
    return result
