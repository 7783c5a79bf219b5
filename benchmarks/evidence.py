"""Quotes: of the right clause, how often the quote holds the evidence, and how much it quotes."""

from __future__ import annotations

import statistics

from assistant.answering import evidence
from assistant.evaluation import quote_covers
from benchmarks.common import Bench, Options, report, table


def run(bench: Bench, options: Options) -> None:  # noqa: ARG001 - every benchmark has this shape
    """Prints, for several thresholds at which a neighbouring sentence joins the quote, the share of
    evidence that is quoted and the share of the clause that the quote takes."""
    chosen = evidence._NEAR
    rows = []
    for near in (0.5, 0.6, 0.7, 0.8, 0.9):
        evidence._NEAR = near
        rows.append((near, *_measure(bench)))
    evidence._NEAR = chosen
    table(("threshold", "evidence quoted", "share of the clause", "characters"), rows)
    report("evidence", {str(row[0]): row[1:] for row in rows})


def _measure(bench: Bench) -> tuple[float, float, float]:
    retriever = bench.assistant._retriever
    covered, share, length = [], [], []
    for gold in bench.gold:
        question = retriever.understanding.read(gold.question)
        for piece in gold.evidence:
            clause = next(c for c in bench.clauses if piece.stands_in(c))
            quotes = evidence.find_quotes(
                clause,
                question.words,
                question.kind,
                bench.questions([question.topic])[0],
                bench.encoder,
                bench.tokenizer.tokens,
                retriever.snapshot.lexical.weight,
            )
            text = clause.document.text
            covered.append(any(quote_covers(piece, text, q.start, q.end) for q in quotes))
            length.append(sum(q.end - q.start for q in quotes))
            share.append(length[-1] / len(clause.text))
    return statistics.mean(covered), statistics.mean(share), statistics.mean(length)
