"""Measures: the formulas by hand, beside other implementations, and what always holds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations, product
from math import log2

import numpy as np
import pytest
import pytrec_eval
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from assistant.answering import Answer, Citation, Reason
from assistant.clauses import Clause
from assistant.evaluation import Evidence, GoldQuestion, Measure, estimate, times
from assistant.evaluation.measures import RETRIEVAL, of_answer, of_ranking, recall_at
from tests.conftest import clauses_of, examples

CLAUSES = clauses_of("一、甲。给予补贴。\n二、乙。给予奖励。\n三、丙。加强服务。\n")


def test_a_ranking_is_measured_by_the_formulas() -> None:
    """Of three pieces of evidence c holds two, one of which b holds too; a holds none, d the third:
    recall counts pieces, and a piece that comes again gains nothing."""
    found = of_ranking([["b", "c"], ["c"], ["d"]], ["a", "b", "c", "e", "f", "d"])
    assert found[Measure.R1] == 0
    assert found[Measure.R5] == pytest.approx(2 / 3)
    assert found[Measure.R10] == 1
    assert found[Measure.MRR] == pytest.approx(1 / 2)
    gained = 1 / log2(3) + 1 / log2(4) + 1 / log2(7)  # b, c and d at ranks 2, 3 and 6, one each
    best = 2 / log2(2) + 1 / log2(3)  # c at once brings two, then d one
    assert found[Measure.NDCG] == pytest.approx(gained / best)


def test_evidence_in_no_clause_is_never_found() -> None:
    """It counts in the recall and in the best order, and nothing is taken for it."""
    found = of_ranking([["a"], []], ["a", "none 1", "b"])
    assert found[Measure.R10] == 0.5
    assert found[Measure.NDCG] == pytest.approx(1 / (1 + 1 / log2(3)))
    assert of_ranking([[]], ["a"]) == dict.fromkeys(RETRIEVAL, 0.0)
    assert of_ranking([["a"]], []) == dict.fromkeys(RETRIEVAL, 0.0)
    with pytest.raises(ValueError, match="against evidence"):
        of_ranking([], ["a"])


def test_only_the_first_ten_hits_count() -> None:
    """What stands behind them is not found, for the rank neither."""
    ranked = [f"x{i}" for i in range(10)] + ["a"]
    assert of_ranking([["a"]], ranked) == dict.fromkeys(RETRIEVAL, 0.0)
    assert of_ranking([["a"]], ranked[1:])[Measure.MRR] == pytest.approx(1 / 10)


def _own(held_by: list[list[str]], ranked: list[str]) -> dict[Measure, float]:
    """The measures once more, written out; the best order is the best of all orders."""

    def gain(order: Sequence[str]) -> float:
        left, gained = set(range(len(held_by))), 0.0
        for rank, ident in enumerate(order[:10], start=1):
            new = {i for i in left if ident in held_by[i]}
            gained += len(new) / log2(rank + 1)
            left -= new
        return gained

    def recall(k: int) -> float:
        return sum(any(i in ranked[:k] for i in ids) for ids in held_by) / len(held_by)

    # one clause for each piece is enough, and the order of clauses follows from that of pieces
    best = max(gain(list(dict.fromkeys(o))) for p in product(*held_by) for o in permutations(p))
    ranks = [rank for rank, i in enumerate(ranked, 1) if any(i in ids for ids in held_by)]
    return {
        Measure.R1: recall(1),
        Measure.R5: recall(5),
        Measure.R10: recall(10),
        Measure.MRR: 1 / ranks[0] if ranks else 0.0,
        Measure.NDCG: gain(ranked) / best,
    }


def _hold_the_same_or_nothing_in_common(held_by: list[list[str]]) -> bool:
    """Whether no two clauses share only some of their evidence: then greed finds the best order."""
    held = {
        ident: {i for i, ids in enumerate(held_by) if ident in ids}
        for ids in held_by
        for ident in ids
    }
    return all(a == b or not a & b for a in held.values() for b in held.values())


IDS = st.sampled_from("abcdefghijklmn")
HELD_BY = st.lists(st.lists(IDS, min_size=1, max_size=3, unique=True), min_size=1, max_size=4)
RANKED = st.lists(IDS, max_size=10, unique=True)


@pytest.mark.fuzz
@given(HELD_BY, RANKED)
@hypothesis_settings(max_examples=examples(200), deadline=None)
def test_the_library_and_our_own_formulas_agree(
    held_by: list[list[str]], ranked: list[str]
) -> None:
    """What ndeval and trec_eval compute is what the formulas say, whatever stands where; the nDCG
    is never below, and is the same unless clauses share some of their evidence."""
    found, own = of_ranking(held_by, ranked), _own(held_by, ranked)
    for measure in (Measure.R1, Measure.R5, Measure.R10, Measure.MRR):
        assert found[measure] == pytest.approx(own[measure])
    assert found[Measure.NDCG] >= own[Measure.NDCG] - 1e-9
    if _hold_the_same_or_nothing_in_common(held_by):
        assert found[Measure.NDCG] == pytest.approx(own[Measure.NDCG])
    assert all(0 <= value <= 1 for value in found.values())
    assert found[Measure.R1] <= found[Measure.R5] <= found[Measure.R10]


@pytest.mark.fuzz
@given(st.lists(IDS, min_size=1, max_size=6, unique=True), RANKED)
@hypothesis_settings(max_examples=examples(100), deadline=None)
def test_where_each_clause_holds_one_piece_the_usual_measures_agree(
    relevant: list[str], ranked: list[str]
) -> None:
    """With one clause for each piece of evidence, and one piece in each, these are the recall and
    the nDCG of trec_eval."""
    assume(ranked)
    found = of_ranking([[ident] for ident in relevant], ranked)
    usual = pytrec_eval.RelevanceEvaluator(
        {"q": dict.fromkeys(relevant, 1)}, {"recall.1,5,10", "ndcg_cut.10"}
    ).evaluate({"q": {ident: -float(rank) for rank, ident in enumerate(ranked)}})["q"]
    for measure, name in (
        (Measure.R1, "recall_1"),
        (Measure.R5, "recall_5"),
        (Measure.R10, "recall_10"),
        (Measure.NDCG, "ndcg_cut_10"),
    ):
        assert found[measure] == pytest.approx(usual[name])


@given(
    st.lists(
        st.sampled_from(["给予", "给予补贴", "奖励", "加强服务", "甲"]), min_size=1, max_size=4
    ),
    st.permutations(CLAUSES),
)
def test_recall_of_clauses_is_recall_of_their_ids(quotes: list[str], ranked: list[Clause]) -> None:
    """``recall_at``, which looks into the clauses, and the library, which knows only ids, agree."""
    evidence = [Evidence("t.txt", quote) for quote in quotes]
    held_by = [[c.id for c in CLAUSES if e.stands_in(c)] for e in evidence]
    found = of_ranking(held_by, [clause.id for clause in ranked])
    assert found[Measure.R1] == pytest.approx(recall_at(1, evidence, ranked))
    assert found[Measure.R5] == pytest.approx(recall_at(5, evidence, ranked))


def answer(*cited: tuple[Clause, str], reason: Reason | None = None) -> Answer:
    """An answer that quotes these words of these clauses, or a refusal."""
    citations = []
    for clause, quote in cited:
        start = clause.start + clause.text.index(quote)
        citations.append(Citation(clause, quote, start, start + len(quote), clause.address))
    return Answer("问", "答", tuple(citations), reason is not None, reason, 1.0)


def gold(*quotes: str, refusal: Reason | None = None) -> GoldQuestion:
    return GoldQuestion("1", "问", "", tuple(Evidence("t.txt", q) for q in quotes), refusal)


def test_the_first_citation_and_what_is_quoted_of_it_count() -> None:
    """The first cited clause must hold evidence; one of its quotes must cover half of a piece."""
    first, second, _ = CLAUSES
    right = answer((second, "乙。"), (second, "给予奖励"), (first, "给予补贴"))
    assert of_answer(gold("给予奖励"), right) == {
        Measure.CITATION: 1, Measure.QUOTE: 1, Measure.REFUSED: 0,
    }  # fmt: skip
    beside = answer((second, "乙。"), (first, "给予补贴"))
    assert of_answer(gold("给予奖励"), beside)[Measure.QUOTE] == 0
    assert of_answer(gold("给予补贴"), beside)[Measure.CITATION] == 0


def test_refusals_are_counted_by_what_was_asked() -> None:
    """A refused answerable question has no right citation; the reason counts only where one is
    expected and the question was refused."""
    refused = answer(reason=Reason.PLACE)
    assert of_answer(gold("给予奖励"), refused) == {
        Measure.CITATION: 0, Measure.QUOTE: 0, Measure.REFUSED: 1,
    }  # fmt: skip
    assert of_answer(gold(), refused) == {Measure.DECLINED: 1}
    assert of_answer(gold(refusal=Reason.PLACE), refused)[Measure.REASON] == 1
    assert of_answer(gold(refusal=Reason.TOPIC), refused)[Measure.REASON] == 0
    answered = answer((CLAUSES[0], "甲"))
    assert of_answer(gold(refusal=Reason.TOPIC), answered) == {Measure.DECLINED: 0}


def test_an_interval_is_that_of_resampled_means() -> None:
    """The 2.5th and 97.5th percentile of the means of resamples, drawn here by other code; the
    standard error of the mean says how wide it must be."""
    values = [1.0] * 30 + [0.0] * 20
    found = estimate(values)
    means = np.random.default_rng(1).choice(values, (20_000, 50)).mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    assert found.mean == pytest.approx(0.6)
    assert found.low == pytest.approx(low, abs=0.021)
    assert found.high == pytest.approx(high, abs=0.021)
    error = (0.6 * 0.4 / 50) ** 0.5
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.1)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
@hypothesis_settings(max_examples=examples(15), deadline=None)
def test_an_interval_depends_on_nothing_but_the_values(values: list[float]) -> None:
    """The same in any order and in any run, around the mean, within the values' range; none for a
    single value, none wide for equal ones."""
    found = estimate(values)
    assert estimate(values[::-1]) == found
    assert found.count == len(values)
    if len(values) == 1:
        assert found.low is found.high is None
        return
    assert found.low is not None
    assert found.high is not None
    assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9
    if len(set(values)) == 1:
        assert found.low == found.mean == found.high == values[0]


def test_a_change_is_clear_where_its_interval_leaves_out_zero() -> None:
    """Twenty equal gains are; a gain and a loss are not; one question says nothing of others."""
    assert estimate([0.5] * 20).is_clear
    assert not estimate([0.5, -0.5]).is_clear
    assert not estimate([0.5]).is_clear
    assert not estimate([0.0, 0.0]).is_clear


def test_times_are_percentiles() -> None:
    """The median, and what 95 of 100 calls stay below."""
    found = times([float(ms) for ms in range(1, 102)])
    assert (found.median, found.p95) == (51, 96)
