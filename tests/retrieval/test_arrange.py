"""The order in which hits are handed on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from assistant.retrieval import Hit, with_first
from assistant.retrieval.arrange import falling, shared_out, without_repetition
from tests.conftest import clauses_of

PLACES = ("杭州", "成都", "嘉兴")
CLAUSES = [
    clause
    for place in PLACES
    for clause in clauses_of(
        f"{place}市扶持政策\n一、独立站。对自建独立站的企业给予补贴，由市商务局会同市财政局组织实施。\n"
        "二、独立站。对自建独立站的企业给予补贴，由市商务局会同市财政局组织实施。\n"
        "三、海外仓。给予200万元补贴。\n四、海外仓。给予300万元补贴。\n"
    )
]


def place(hit: Hit) -> str:
    return hit.clause.document.region


@st.composite
def some_hits(draw: st.DrawFn) -> list[Hit]:
    """Hits of different clauses, best first."""
    clauses = draw(st.lists(st.sampled_from(CLAUSES), unique_by=lambda clause: clause.id))
    scores = draw(
        st.lists(st.floats(-20, 20), min_size=len(clauses), max_size=len(clauses)).map(sorted)
    )
    return [
        Hit(clause, score, {"dense": rank})
        for rank, (clause, score) in enumerate(zip(clauses, reversed(scores), strict=True), start=1)
    ]


def _is_of(name: str, hit: Hit) -> bool:
    return place(hit).startswith(name)


def ids(hits: Sequence[Hit]) -> list[str]:
    return [hit.clause.id for hit in hits]


def falls(hits: Sequence[Hit]) -> bool:
    return all(a.score >= b.score for a, b in pairwise(hits))


@given(some_hits(), st.sampled_from(CLAUSES))
def test_a_clause_is_put_first(hits: list[Hit], wanted: object) -> None:
    """The clause asked for leads, in the channel ``address``; the others keep their order."""
    clause = next(clause for clause in CLAUSES if clause is wanted)
    result = with_first(hits, clause)
    assert result[0].clause is clause
    assert result[0].ranks["address"] == 1
    assert ids(result[1:]) == [one for one in ids(hits) if one != clause.id]
    assert falls(result)
    assert result[0].score > max((hit.score for hit in hits), default=-1.0)


@given(some_hits())
def test_clauses_of_one_address_are_put_first_alike(hits: list[Hit]) -> None:
    """Both lead, in their order and with one score; no clause comes twice."""
    result = with_first(hits, CLAUSES[1], CLAUSES[0])
    assert [hit.clause for hit in result[:2]] == [CLAUSES[1], CLAUSES[0]]
    assert [hit.ranks["address"] for hit in result[:2]] == [1, 2]
    assert result[0].score == result[1].score
    assert len(set(ids(result))) == len(result)
    assert falls(result)


@given(some_hits())
def test_repetitions_go_behind(hits: list[Hit]) -> None:
    """The same hits; of two clauses of a place that say the same the second goes behind."""
    result = without_repetition(hits, place)
    assert sorted(ids(result)) == sorted(ids(hits))
    assert falls(result)
    same = [hit.clause.number for hit in hits if place(hit) == "杭州市" and hit.clause.number in "一二"]  # fmt: skip
    if len(same) == 2:
        repeated = next(h for h in hits if place(h) == "杭州市" and h.clause.number == same[1])
        first_again = min(
            ids(result).index(h.clause.id) for h in hits if _is_second(h, hits)
        )  # fmt: skip
        assert ids(result).index(repeated.clause.id) >= first_again
        assert all(not _is_second(hit, hits) for hit in result[:first_again])


def _is_second(hit: Hit, hits: Sequence[Hit]) -> bool:
    """Whether a hit says what one before it says: 一 and 二 of the same place."""
    if hit.clause.number not in ("一", "二"):
        return False
    before = hits[: ids(hits).index(hit.clause.id)]
    return any(place(one) == place(hit) and one.clause.number in ("一", "二") for one in before)


def test_other_numbers_and_other_places_are_no_repetition() -> None:
    """200 and 300 万元 are two things; so is the same sentence of two places."""
    hits = [Hit(clause, 1.0, {}) for clause in CLAUSES if clause.number in ("一", "三", "四")]
    assert ids(without_repetition(hits, place)) == ids(hits)


@given(some_hits())
def test_places_take_turns(hits: list[Hit]) -> None:
    """The same hits; the best of each place come before the second of any, those of no group
    last, each group in its own order."""
    groups = [partial(_is_of, name) for name in PLACES[:2]]
    result = shared_out(hits, groups)
    assert sorted(ids(result)) == sorted(ids(hits))
    assert falls(result)
    for is_of in groups:
        assert ids([h for h in result if is_of(h)]) == ids([h for h in hits if is_of(h)])
    turns = [sum(is_of(hit) for hit in result[:2]) for is_of in groups]
    if all(any(map(is_of, hits)) for is_of in groups):
        assert turns == [1, 1]
    rest = [hit for hit in hits if place(hit).startswith("嘉兴")]
    assert ids(result[len(result) - len(rest) :]) == ids(rest)


def test_nothing_to_share_out() -> None:
    """No hits, or no groups, change nothing."""
    hits = [Hit(clause, 1.0, {}) for clause in CLAUSES]
    assert shared_out([], [lambda _: True]) == []
    assert ids(shared_out(hits, [])) == ids(hits)
    assert without_repetition([], place) == []


@given(some_hits().flatmap(st.permutations))
def test_scores_never_rise(hits: list[Hit]) -> None:
    """The order stays; a score is its own, or that of the lowest before it."""
    result = falling(hits)
    assert ids(result) == ids(hits)
    assert [hit.score for hit in result] == [
        min(hit.score for hit in hits[: i + 1]) for i in range(len(hits))
    ]
