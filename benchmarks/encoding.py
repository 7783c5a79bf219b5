"""How fast texts become vectors in each precision, and what the faster one loses.

The measure is the plain ``SentenceTransformer.encode`` in float32, on the same texts in the same
run: rounds take turns, and a ratio is the median of the rounds' own ratios, so that what else the
machine does falls on all alike. The texts are the clauses of ``documents/``; with ``--stard`` also
articles of STARD taken at random, and R@10 of STARD's questions by vectors alone, over the relevant
articles and random others (``--articles``: how many in all, 6,000 by default).
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from assistant.evaluation import GoldQuestion
from assistant.index import Encoder, SentenceEncoder, load_encoder, load_sentence_encoder
from assistant.index.dense import Vectors
from assistant.index.passages import MAX_CHARS, passages
from assistant.settings import Settings
from benchmarks.common import Bench, Options, median_ms, report, table
from benchmarks.library import Law, read_laws, read_questions

PLAIN = "SentenceTransformer.encode"
_ROUNDS = 3
_ARTICLES = 200
_CUT = 6_000
_QUESTIONS = 30


def run(bench: Bench, options: Options) -> None:
    """Prints tokens a second, milliseconds a question, the cosine to float32 and STARD's R@k."""
    exact = load_sentence_encoder(bench.settings)
    others = [name for name in _precisions() if name != "float32"]
    fast = {name: load_encoder(Settings.load(precision=name)) for name in others}
    laws = read_laws(options.stard) if options.stard else []
    texts = {"clauses": [text for clause in bench.clauses for text in passages(clause)]}
    if laws:
        articles = [f"{law.title} {a.text}"[:MAX_CHARS] for law in laws for a in law.articles]
        texts["articles"] = random.Random(0).sample(articles, _ARTICLES)
    result: dict[str, Any] = {}
    result["speed"] = rows = [
        row for name, some in texts.items() for row in _speed(name, exact, fast, some)
    ]
    table(("texts", "encoder", "tokens/s", "times plain", "cosine", "least cosine"), rows)
    questions = [question.question for question in bench.gold[:_QUESTIONS]]
    result["question"] = rows = [
        (name, statistics.median(_question_ms(encoder, text) for text in questions))
        for name, encoder in {"float32": exact, **fast}.items()
    ]
    table(("a question", "median ms"), rows)
    if options.stard:
        asked = [q for q in read_questions(options.stard, laws) if q.evidence]
        result["STARD"] = rows = _stard(
            {"float32": exact, **fast}, laws, asked, options.articles or _CUT
        )
        table(("STARD", "articles", "R@10", "R@100"), rows)
    report("encoding", result)


def _precisions() -> tuple[str, ...]:
    return tuple(Settings.model_fields["precision"].annotation.__args__)  # type: ignore[union-attr]


def _question_ms(encoder: Encoder, question: str) -> float:
    return median_ms(lambda: encoder.encode_queries([question]), 3)


def _speed(
    name: str, exact: SentenceEncoder, fast: dict[str, Encoder], texts: list[str]
) -> list[tuple[object, ...]]:
    model = exact.model
    tokens = sum(len(ids) for ids in model.tokenizer(texts, truncation=True)["input_ids"])
    ways: dict[str, Callable[[list[str]], Any]] = {
        PLAIN: lambda some: model.encode(some, prompt_name="document"),
        "float32": exact.encode_passages,
        **{name: encoder.encode_passages for name, encoder in fast.items()},
    }
    vectors: dict[str, Vectors] = {way: encode(texts) for way, encode in ways.items()}
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(_ROUNDS):
        for way, encode in ways.items():
            begin = time.perf_counter()
            encode(texts)
            seconds[way].append(time.perf_counter() - begin)
    rows: list[tuple[object, ...]] = []
    for way, taken in seconds.items():
        times = statistics.median(p / t for p, t in zip(seconds[PLAIN], taken, strict=True))
        cosines = (vectors[way] * vectors[PLAIN]).sum(axis=1)
        speed = round(tokens / statistics.median(taken))
        rows.append((name, way, speed, times, float(cosines.mean()), float(cosines.min())))
    return rows


def _stard(
    encoders: dict[str, Encoder], laws: Sequence[Law], asked: Sequence[GoldQuestion], count: int
) -> list[tuple[object, ...]]:
    articles = [(law, article) for law in laws for article in law.articles]
    places = {(law.source, article.mark): i for i, (law, article) in enumerate(articles)}
    relevant = [
        {places[piece.source, piece.quote] for piece in question.evidence} for question in asked
    ]
    kept = set().union(*relevant)
    rest = [i for i in range(len(articles)) if i not in kept]
    random.Random(0).shuffle(rest)
    rows = sorted(kept | set(rest[: max(0, count - len(kept))]))
    texts = [
        f"{law.title} {article.printed}"[:MAX_CHARS]
        for law, article in map(articles.__getitem__, rows)
    ]
    order = sorted(range(len(rows)), key=lambda i: len(texts[i]))
    found: list[tuple[object, ...]] = []
    for name, encoder in encoders.items():
        vectors = np.empty((len(rows), encoder.dimension), np.float32)
        vectors[order] = encoder.encode_passages([texts[i] for i in order])
        scores = encoder.encode_queries([q.question for q in asked]) @ vectors.T
        best = np.array(rows)[np.argsort(-scores, axis=1, kind="stable")[:, :100]]
        found.append((name, len(rows), *(_recall(best[:, :k], relevant) for k in (10, 100))))
    return found


def _recall(best: np.ndarray[Any, np.dtype[np.int64]], relevant: Sequence[set[int]]) -> float:
    return statistics.mean(
        len(wanted.intersection(some.tolist())) / len(wanted)
        for some, wanted in zip(best, relevant, strict=True)
    )
