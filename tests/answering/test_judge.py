"""Whether the clauses that were found state what is asked, or only speak of it."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Assistant
from assistant.answering.judge import Features, Judge, Verdict
from assistant.index import Tokenizer
from assistant.retrieval import Filters
from tests.small import Library

TEXTS = {
    "mei.txt": (
        "梅市扶持政策\n一、独立站建设。对自建独立站的企业，给予最高200万元的一次性补贴。\n"
        "二、海外仓建设。对租用海外仓的企业，给予一定比例的支持。\n"
        "三、选品中心建设。对新建选品中心的，每家或线万元奖励。\n"
        "四、人才培训。支持人才培训。（责任单位：市商务局）\n五、直播电商。支持直播电商发展。\n"
    )
}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, tokenizer: Tokenizer) -> Assistant:
    return Library(tmp_path_factory.mktemp("judge"), TEXTS, tokenizer).open()


def judged(opened: Assistant, text: str, number: str) -> Verdict | None:
    """The verdict of one clause alone."""
    judge: Judge = opened._responder.judge
    retriever = opened._retriever
    question = retriever.understanding.read(text)
    vector = retriever.encode(question)
    hits = retriever.search(question, vector, 10, Filters())
    judgement = judge.judge(question, vector, [h for h in hits if h.clause.number == number])
    if judgement is None:
        return None
    clause = judgement.clause
    assert clause.start <= judgement.start < judgement.end <= clause.end
    assert clause.number == number
    return judgement.verdict


@pytest.mark.parametrize(
    ("question", "number", "verdict"),
    [
        ("自建独立站的企业补贴多少钱？", "一", Verdict.STATED),
        ("租用海外仓的企业支持比例是百分之几？", "二", Verdict.NOT_STATED),
        ("新建选品中心奖励多少万元？", "三", Verdict.DAMAGED),
        ("人才培训谁负责？", "四", Verdict.STATED),
        ("直播电商发展谁负责？", "五", Verdict.NOT_STATED),
        ("怎么支持直播电商发展？", "五", None),
        ("自建独立站需要什么条件？", "一", None),
    ],
)
def test_a_clause_states_it_or_only_speaks_of_it(
    opened: Assistant, question: str, number: str, verdict: Verdict | None
) -> None:
    """Stated, not stated, damaged, or a question of which no sentence could be seen to lack it."""
    assert judged(opened, question, number) is verdict


def test_without_hits_nothing_is_judged(opened: Assistant) -> None:
    """No clauses, no judgement and no features."""
    retriever, judge = opened._retriever, opened._responder.judge
    question = retriever.understanding.read("独立站补贴多少钱")
    vector = retriever.encode(question)
    assert judge.judge(question, vector, []) is None
    assert judge.features(question, vector, []) is None


@given(
    st.builds(
        Features,
        st.floats(-1, 0),
        st.floats(-40, 40),
        st.floats(0, 40),
        st.floats(-40, 0),
        st.booleans(),
    )
)
def test_how_sure_it_is_that_it_is_stated(features: Features) -> None:
    """Between 0 and 1; less where the stating sentence is farther off, lower, or vague."""
    assert 0 <= features.stated <= 1
    for worse in (
        dataclasses.replace(features, covered=features.covered - 0.5),
        dataclasses.replace(features, deviation=features.deviation - 1),
        dataclasses.replace(features, score=features.score + 1),
        dataclasses.replace(features, own_deviation=features.own_deviation - 1),
        dataclasses.replace(features, vague=True),
    ):
        assert worse.stated <= features.stated
