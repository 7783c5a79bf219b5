"""How good one answer and the ranking behind it are, against gold evidence.

In: the evidence of a question, which clauses hold it, what was retrieved and what was answered.
Out: the value of each :class:`Measure` that the question has one for, from 0 to 1.

Recall and nDCG are computed by NIST's ndeval (``pyndeval``), the reciprocal rank by its trec_eval
(``pytrec_eval``). ndeval, because it is made for what a piece of evidence is here: one of several
things that a ranking should bring, found as soon as any of the clauses that hold it comes up, and
worth nothing when it comes again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from assistant.answering import Answer
from assistant.clauses import Clause
from assistant.evaluation.gold import Evidence, GoldQuestion

DEPTH = 10
"""Hits that a ranking is judged by."""


class Measure(StrEnum):
    """What is measured of a question. All lie from 0 to 1 and are averaged over questions.

    The first five are for answerable questions and judge retrieval. ``R@k`` is the share of the
    evidence that stands in the first k hits. ``MRR`` is 1 / the rank of the first hit that holds
    any, 0 where none of the first ten does. ``nDCG@10`` is the discounted gain of the hits, each
    counting the evidence that no hit before it holds, over that of the best order of clauses:
    α-nDCG with α = 1, of Clarke et al., "Novelty and diversity in information retrieval
    evaluation", SIGIR 2008. The best order is looked for greedily, as they do; where clauses share
    some of their evidence a ranking may beat it, and gets 1.

    The others judge answers. ``CITATION``: the clause cited first holds evidence. ``QUOTE``: what
    is quoted of it covers half of a piece of evidence. ``REFUSED`` (lower is better) and
    ``DECLINED``: the share of answerable and of unanswerable questions that are refused.
    ``REASON``: the share with the right reason among refusals of which one is expected.
    """

    R1 = "R@1"
    R5 = "R@5"
    R10 = "R@10"
    MRR = "MRR"
    NDCG = "nDCG@10"
    CITATION = "first citation"
    QUOTE = "first quote"
    REFUSED = "answerable refused"
    DECLINED = "unanswerable refused"
    REASON = "right reason"

    @property
    def direction(self) -> int:
        """1 where a higher value is better, −1 where a lower one is."""
        return -1 if self is Measure.REFUSED else 1


RETRIEVAL = (Measure.R1, Measure.R5, Measure.R10, Measure.MRR, Measure.NDCG)
ANSWERS = (
    Measure.CITATION, Measure.QUOTE, Measure.REFUSED, Measure.DECLINED, Measure.REASON,
)  # fmt: skip
Values = Mapping[Measure, float]
"""The measures of one question that it has a value for."""


def recall_at(k: int, evidence: Sequence[Evidence], ranked: Sequence[Clause]) -> float:
    """R@k: the share of the evidence that stands in the first ``k`` clauses (0 to 1)."""
    return sum(any(e.stands_in(c) for c in ranked[:k]) for e in evidence) / len(evidence)


def reciprocal_rank(evidence: Sequence[Evidence], ranked: Sequence[Clause]) -> float:
    """1 / the rank of the first clause that holds any evidence; 0 where none does."""
    for rank, clause in enumerate(ranked, start=1):
        if any(e.stands_in(clause) for e in evidence):
            return 1 / rank
    return 0.0


def quote_covers(evidence: Evidence, text: str, start: int, end: int) -> bool:
    """Whether the quote ``text[start:end]`` holds at least half of the evidence's characters."""
    at = text.find(evidence.quote)
    while at >= 0:
        overlap = min(end, at + len(evidence.quote)) - max(start, at)
        if overlap * 2 >= len(evidence.quote):
            return True
        at = text.find(evidence.quote, at + 1)
    return False


def of_ranking(held_by: Sequence[Sequence[str]], ranked: Sequence[str]) -> dict[Measure, float]:
    """The measures of a ranking: ``ranked`` are the ids of the clauses found, best first, and
    ``held_by`` for each piece of evidence the ids of the clauses that hold it. Evidence that stands
    in no clause counts, and is never found."""
    import pyndeval
    import pytrec_eval

    if not held_by:
        raise ValueError("a ranking is measured against evidence")
    first = ranked[:DEPTH]
    if not first:
        return dict.fromkeys(RETRIEVAL, 0.0)
    # evidence that stands in no clause gets a stand-in of its own, which no clause can be
    qrels = [
        ("", str(number), holder, 1)
        for number, ids in enumerate(held_by)
        for holder in ([f"clause {ident}" for ident in ids] or [f"none {number}"])
    ]
    scores = {f"clause {ident}": -float(rank) for rank, ident in enumerate(first, start=1)}
    names = {"strec@1": Measure.R1, "strec@5": Measure.R5, "strec@10": Measure.R10}
    judge = pyndeval.RelevanceEvaluator(qrels, [*names, f"alpha-nDCG@{DEPTH}"], alpha=1.0)
    found = judge.evaluate([("", holder, score) for holder, score in scores.items()])[""]
    relevant = {holder: 1 for _, _, holder, _ in qrels}
    ranks = pytrec_eval.RelevanceEvaluator({"": relevant}, {"recip_rank"}).evaluate({"": scores})
    return {
        **{measure: float(found[name]) for name, measure in names.items()},
        Measure.MRR: float(ranks[""]["recip_rank"]),
        Measure.NDCG: min(1.0, float(found[f"alpha-nDCG@{DEPTH}"])),
    }


def of_answer(gold: GoldQuestion, answer: Answer) -> dict[Measure, float]:
    """The measures of an answer that the question has."""
    if not gold.evidence:
        values = {Measure.DECLINED: float(answer.abstained)}
        if gold.refusal is not None and answer.abstained:
            values[Measure.REASON] = float(answer.reason == gold.refusal)
        return values
    cited = answer.citations[:1]
    quoted = [c for c in answer.citations if c.clause.id == cited[0].clause.id]
    return {
        Measure.CITATION: float(any(e.stands_in(c.clause) for c in cited for e in gold.evidence)),
        Measure.QUOTE: float(
            any(
                e.source == c.clause.source
                and quote_covers(e, c.clause.document.text, c.start, c.end)
                for c in quoted
                for e in gold.evidence
            )
        ),
        Measure.REFUSED: float(answer.abstained),
    }
