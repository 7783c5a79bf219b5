"""Retrieval and answers on the gold questions, beside each channel alone; and milliseconds."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Callable
from functools import partial

import numpy as np

from assistant.clauses import Clause
from assistant.evaluation import GoldQuestion, quote_covers, recall_at, reciprocal_rank
from assistant.index.passages import passages
from assistant.text import fold
from benchmarks.common import Bench, Options, median_ms, report, table

Ranking = Callable[[str], list[Clause]]


def run(bench: Bench, options: Options) -> None:  # noqa: ARG001 - every benchmark has this shape
    """Prints R@5, R@10, MRR and hit@1 of the assistant and of each channel alone; R@5 by kind of
    question; answers; and the time that a retrieval and an answer take."""
    for name, questions in bench.all_gold.items():
        print(f"-- {name}\n")
        _run(bench, name, questions)


def _run(bench: Bench, name: str, questions: list[GoldQuestion]) -> None:
    asked = [question for question in questions if question.evidence]
    assistant, lexical = bench.assistant, bench.assistant.snapshot.embedded.lexical
    rows_of = bench.passages([passages(clause)[0] for clause in bench.clauses])

    def both(question: str) -> list[Clause]:
        return [hit.clause for hit in assistant.retrieve(question)]

    def dense(question: str) -> list[Clause]:
        cosines = rows_of @ bench.questions([fold(question)])[0]
        return [bench.clauses[i] for i in np.argsort(-cosines, kind="stable")[:10]]

    def words(question: str) -> list[Clause]:
        scores = lexical.scores(bench.tokenizer.tokens(question))
        return [bench.clauses[i] for i in np.argsort(-scores, kind="stable")[:10]]

    result: dict[str, dict[str, float]] = {}
    for ranker, ranking in (("assistant", both), ("dense alone", dense), ("BM25 alone", words)):
        result[ranker] = _measure(ranking, asked)
    table(("", "R@5", "R@10", "MRR", "hit@1"), [(n, *m.values()) for n, m in result.items()])
    kinds: dict[str, list[float]] = defaultdict(list)
    for question in asked:
        kinds[question.kind].append(recall_at(5, question.evidence, both(question.question)))
    table(("kind", "questions", "R@5"), [(k, len(v), statistics.mean(v)) for k, v in kinds.items()])
    answers = _answers(bench, questions)
    table(tuple(answers), [tuple(answers.values())])
    times = {
        "retrieval, median ms": _median_ms(assistant.retrieve, asked),
        "answer, median ms": _median_ms(assistant.ask, asked),
    }
    table(tuple(times), [tuple(times.values())])
    report(f"retrieval-{name}", {"ranking": result, "answers": answers, "times": times})


def _median_ms(call: Callable[[str], object], asked: list[GoldQuestion]) -> float:
    """The median over the questions of each one's median."""
    return statistics.median(median_ms(partial(call, q.question), 3) for q in asked)


def _measure(ranking: Ranking, asked: list[GoldQuestion]) -> dict[str, float]:
    ranked = [(question.evidence, ranking(question.question)) for question in asked]
    return {
        "R@5": statistics.mean(recall_at(5, e, r) for e, r in ranked),
        "R@10": statistics.mean(recall_at(10, e, r) for e, r in ranked),
        "MRR": statistics.mean(reciprocal_rank(e, r) for e, r in ranked),
        "hit@1": statistics.mean(float(reciprocal_rank(e, r[:1])) for e, r in ranked),
    }


def _answers(bench: Bench, questions: list[GoldQuestion]) -> dict[str, float]:
    """First citation right, evidence in the quotes of the first clause, and refusals."""
    first, quoted, refused, right_refusals = [], [], [], []
    for question in questions:
        answer = bench.assistant.ask(question.question)
        if not question.evidence:
            right_refusals.append(answer.abstained)
            continue
        refused.append(answer.abstained)
        cited = answer.citations[:1]
        first.append(any(e.stands_in(c.clause) for c in cited for e in question.evidence))
        quoted.append(
            any(
                quote_covers(e, c.clause.document.text, c.start, c.end)
                for c in answer.citations
                for e in question.evidence
                if e.source == c.clause.source and c.clause.id == cited[0].clause.id
            )
        )
    return {
        "first citation right": statistics.mean(first),
        "first quote right": statistics.mean(quoted),
        "answerable refused": statistics.mean(refused),
        "unanswerable refused": statistics.mean(right_refusals) if right_refusals else math.nan,
    }
