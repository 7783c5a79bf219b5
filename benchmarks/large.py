"""A large library: what the policies' questions lose among foreign articles, and STARD's own.

With ``--stard``. The five policies stand among the articles of STARD (``--articles``: how many; all
64,703 by default, else the relevant ones, those that BM25 guesses first for any of the questions,
which are the hardest, and a random rest). The gold questions are asked of both libraries; STARD's
own 1,235 questions of the large one, beside each channel alone. Encoding the whole takes an hour or
more on two cores; the index is kept, and a run that was broken off goes on.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from assistant import Assistant, Settings, build_index
from assistant.clauses import Clause
from assistant.evaluation import GoldQuestion, recall_at, reciprocal_rank
from assistant.progress import Progress
from benchmarks.common import OUT, ROOT, Bench, Options, median_ms, report, table
from benchmarks.library import hardest, read_laws, read_questions, write_library

Ranking = Callable[[str], Sequence[Clause]]
_TIMED = 60


def run(bench: Bench, options: Options) -> None:
    """Prints R@5 and MRR of the gold questions alone and among the articles, R@10 and R@100 of
    STARD's questions, and the milliseconds that a retrieval takes."""
    if not options.stard:
        print("needs --stard\n")
        return
    gold = {name: [q for q in some if q.evidence] for name, some in bench.all_gold.items()}
    laws = read_laws(options.stard)
    count = options.articles or sum(len(law.articles) for law in laws)
    name = f"library-{count}"
    questions = read_questions(options.stard, laws)
    write_library(laws, ROOT / "documents", OUT / "library")
    policies = [q for q in (*bench.gold, *bench.own) if q.evidence]
    kept = hardest(laws, OUT / "library", (questions, policies), count, bench)
    write_library(kept, ROOT / "documents", OUT / name)
    settings = Settings.load(documents=OUT / name, index=OUT / f"{name}-index")
    built = build_index(settings.documents, settings.index, settings=settings, progress=_progress)
    large = Assistant.open(settings.index, settings=settings)
    large.warm_up()
    print(f"{sum(len(law.articles) for law in kept)} articles, {built.clauses} clauses\n")
    result: dict[str, Any] = {"clauses": built.clauses}
    result["policies"] = rows = [
        (
            name,
            len(some),
            *_measure(bench.assistant.retrieve, some),
            *_measure(large.retrieve, some),
        )
        for name, some in gold.items()
    ]
    table(("policies", "questions", "R@5", "MRR", "R@5 among", "MRR among"), rows)
    found = [question for question in questions if question.evidence]
    channels = _channels(large, bench)
    words = {
        (law.source, article.mark): _words(article.text) for law in laws for article in law.articles
    }
    asked = [(q.question, {words[e.source, e.quote] for e in q.evidence}) for q in found]
    result["STARD"] = rows = [(name, *_stard(ranking, asked)) for name, ranking in channels.items()]
    table((f"STARD ({len(found)})", "R@10", "R@100", "MRR@100"), rows)
    times = [
        (name, statistics.median(median_ms(partial(call, q.question), 3) for q in found[:_TIMED]))
        for name, call in (
            ("five documents", bench.assistant.retrieve),
            ("large library", large.retrieve),
        )
    ]
    table(("retrieval", "median ms"), times)
    report("large", {**result, "times": times})


def _measure(retrieve: Callable[..., list[Any]], questions: Sequence[GoldQuestion]) -> list[float]:
    ranked = [(q.evidence, [hit.clause for hit in retrieve(q.question)]) for q in questions]
    return [
        statistics.mean(recall_at(5, evidence, clauses) for evidence, clauses in ranked),
        statistics.mean(reciprocal_rank(evidence, clauses) for evidence, clauses in ranked),
    ]


def _channels(large: Assistant, bench: Bench) -> dict[str, Ranking]:
    """The assistant, and each channel alone, as rankings of a hundred clauses."""
    store, lexical, dense = (
        large.snapshot.store,
        large.snapshot.embedded.lexical,
        large.snapshot.embedded.dense,
    )

    def clauses(rows: Sequence[int]) -> list[Clause]:
        return [store.clause(int(row)) for row in rows]

    def words(question: str) -> list[Clause]:
        scores = lexical.scores(bench.tokenizer.tokens(question))
        return clauses(np.argsort(-scores, kind="stable")[:100].tolist())

    def vectors(question: str) -> list[Clause]:
        found, _ = dense.search(bench.questions([question])[0], 300)
        rows = dict.fromkeys(store.passage_clause[found].tolist())
        return clauses(list(rows)[:100])

    def both(question: str) -> list[Clause]:
        return [hit.clause for hit in large.retrieve(question, top_k=100)]

    return {"assistant": both, "vectors of clauses alone": vectors, "BM25 alone": words}


def _stard(ranking: Ranking, asked: Sequence[tuple[str, set[str]]]) -> list[float]:
    """R@10, R@100 and MRR@100 of questions with the words of what is relevant to them. An article
    of the same words counts as the same: many laws stand there in several versions."""
    measured = []
    for question, relevant in asked:
        found = [_words(clause.text.removeprefix(clause.number)) for clause in ranking(question)]
        first = next((rank for rank, text in enumerate(found, 1) if text in relevant), None)
        recalls = (len(relevant.intersection(found[:k])) / len(relevant) for k in (10, 100))
        measured.append([*recalls, 1 / first if first else 0.0])
    means: list[float] = np.mean(measured, axis=0).tolist()
    return means


def _words(text: str) -> str:
    return "".join(text.split())


def _progress(step: Progress) -> None:
    if step.stage == "embed" and step.done % 12_800 == 0:
        print(f"encoded {step.done} of {step.total}", flush=True)
