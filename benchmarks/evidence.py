"""Quotes and citations: how much of the evidence they hold, and how much else."""

from __future__ import annotations

import statistics

from assistant.answering import cite, evidence
from assistant.evaluation import GoldQuestion, quote_covers
from benchmarks.common import Bench, Options, report, table


def run(bench: Bench, options: Options) -> None:  # noqa: ARG001 - every benchmark has this shape
    """Prints two tables.

    Quotes of the right clause, for several thresholds at which a further sentence joins the quote:
    the share of evidence that is quoted, and of the clause that is. Citations of whole answers, for
    several distances at which a further clause is cited: the share of evidence that is cited, the
    clauses in an answer, and the share of them that hold evidence.
    """
    chosen = evidence._NEAR
    rows = []
    for near in (0.5, 0.6, 0.7, 0.8, 0.9):
        evidence._NEAR = near
        rows.append((near, *_measure(bench)))
    evidence._NEAR = chosen
    table(("threshold", "evidence quoted", "share of the clause", "characters"), rows)
    widths = (0.0, 0.3, 0.5, 0.75, 1.0, 1.5)
    citations = [
        (name, *row)
        for name, gold in bench.all_gold.items()
        for row in _citations(bench, gold, widths)
    ]
    table(("questions", "distance", "evidence cited", "clauses", "right ones"), citations)
    report("evidence", {"quotes": rows, "citations": citations})


def _citations(
    bench: Bench, questions: list[GoldQuestion], widths: tuple[float, ...]
) -> list[tuple[float, ...]]:
    chosen = cite.CLOSE
    rows: list[tuple[float, ...]] = []
    for cite.CLOSE in widths:
        recall: list[float] = []
        count: list[float] = []
        right: list[float] = []
        for gold in questions:
            if not gold.evidence:
                continue
            answer = bench.assistant.ask(gold.question)
            cited = {c.clause.id: c.clause for c in answer.citations}.values()
            holds = [[piece.stands_in(clause) for clause in cited] for piece in gold.evidence]
            recall.append(statistics.mean(any(row) for row in holds))
            count.append(len(cited))
            right.extend(any(column) for column in zip(*holds, strict=True))
        measured = [statistics.mean(each) for each in (recall, count, right)]
        rows.append((cite.CLOSE, *measured))
    cite.CLOSE = chosen
    return rows


def _measure(bench: Bench) -> tuple[float, float, float]:
    retriever = bench.assistant._retriever
    covered, share, length = [], [], []
    for gold in (one for some in bench.all_gold.values() for one in some):
        question = retriever.understanding.read(gold.question)
        for piece in gold.evidence:
            clause = next(c for c in bench.clauses if piece.stands_in(c))
            quotes = bench.assistant._responder.evidence.quotes(
                clause, question, bench.questions([question.topic])[0]
            )
            text = clause.document.text
            covered.append(any(quote_covers(piece, text, q.start, q.end) for q in quotes))
            length.append(sum(q.end - q.start for q in quotes))
            share.append(length[-1] / len(clause.text))
    return statistics.mean(covered), statistics.mean(share), statistics.mean(length)
