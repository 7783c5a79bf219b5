"""What a leaning question means behind the ones before it: rules, one by one."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant import Answer, Assistant
from assistant.answering.followup import FollowUp, follow_up
from assistant.retrieval import Kind
from assistant.retrieval.question import Understanding
from tests.conftest import examples


@pytest.fixture(scope="module")
def understanding(fake_assistant: Assistant) -> Understanding:
    return fake_assistant._retriever.understanding


@pytest.fixture(scope="module")
def first(fake_assistant: Assistant) -> Answer:
    """An answer about 杭州附件（三）, which its address leads to."""
    answer = fake_assistant.ask("杭州附件（三）里独立站最高补多少？")
    assert answer.citations
    return answer


def means(understanding: Understanding, typed: str, history: list[Answer]) -> FollowUp | None:
    return follow_up(understanding.read(typed), history, understanding)


def asked(assistant: Assistant, question: str) -> Answer:
    """An answer whose question matters, and nothing else of it."""
    return assistant.ask(question)


@pytest.mark.parametrize(
    ("before", "typed", "meant"),
    [
        ("杭州对独立站有什么补贴？", "那成都呢？", "成都独立站有什么补贴？"),
        ("杭州对独立站有什么补贴？", "嘉兴呢", "嘉兴独立站有什么补贴？"),
        ("杭州对独立站有什么补贴？", "换成深圳", "深圳独立站有什么补贴？"),
        ("杭州对独立站有什么补贴？", "上海呢？", "上海独立站有什么补贴？"),
        ("杭州对独立站有什么补贴？", "成都也有吗？", "成都独立站有什么补贴？"),
        ("杭州对独立站有什么补贴？", "如果是成都呢", "成都独立站有什么补贴？"),
        ("杭州对独立站有什么补贴？", "和成都比呢？", "杭州、成都独立站有什么补贴？"),
        ("杭州对独立站有什么补贴？", "成都和嘉兴呢？", "成都、嘉兴独立站有什么补贴？"),
        ("杭州对独立站有什么补贴？", "那海外仓呢？", "杭州海外仓，有什么规定？"),
        ("杭州对独立站最高补多少钱？", "那海外仓呢？", "杭州海外仓，最高多少钱？"),
        ("上海的海外仓补贴多少？", "那杭州呢？", "杭州海外仓补贴多少？"),
        ("杭州和成都的独立站", "那嘉兴呢？", "嘉兴独立站？"),
        ("嘉兴出口怎么支持", "那进口呢？", "嘉兴进口怎么支持？"),
        ("杭州省级示范园区给多少", "国家级的呢？", "杭州国家级示范园区给多少？"),
    ],
)
def test_what_a_leaning_question_means(
    fake_assistant: Assistant,
    understanding: Understanding,
    before: str,
    typed: str,
    meant: str,
) -> None:
    """Another place, another subject, a counterpart: the question in full."""
    found = means(understanding, typed, [asked(fake_assistant, before)])
    assert found is not None
    assert found.question == meant


@pytest.mark.parametrize(
    "typed",
    [
        "深圳怎么支持海外仓？",
        "成都对产业园有什么奖励，最高多少？",
        "嘉兴的跨境电商人才培养有什么措施？",
        "跨境电商零售进口药品哪里有试点",
        "红烧肉要炖多久？",
        "这" * 29,
        "？",
    ],
)
def test_what_stands_alone_is_left_alone(
    understanding: Understanding, first: Answer, typed: str
) -> None:
    """A question with a subject of its own, or a long one, is not mixed with the one before."""
    assert means(understanding, typed, [first]) is None


@pytest.mark.parametrize("typed", ["那成都呢？", "谁负责？", "还有吗？", "最高多少？"])
def test_nothing_to_lean_on(
    fake_assistant: Assistant, understanding: Understanding, typed: str
) -> None:
    """Without a conversation, or behind a greeting alone, a question is what was typed."""
    assert means(understanding, typed, []) is None
    assert means(understanding, typed, [fake_assistant.ask("你好")]) is None


def test_a_greeting_between_is_passed_over(
    fake_assistant: Assistant, understanding: Understanding, first: Answer
) -> None:
    """Thanks are no question that the next one could lean on."""
    history = [first, fake_assistant.ask("谢谢")]
    assert means(understanding, "谁负责？", history) == means(understanding, "谁负责？", [first])


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("谁负责？", Kind.WHO),
        ("比例呢，百分之几？", Kind.SHARE),
        ("要什么条件？", Kind.CONDITION),
        ("怎么申请？", Kind.HOW),
        ("一共几个？", Kind.COUNT),
    ],
)
def test_more_of_the_same_clause(
    understanding: Understanding, first: Answer, typed: str, kind: Kind
) -> None:
    """What is asked without a subject is asked of the clause that was cited last."""
    found = means(understanding, typed, [first])
    assert found is not None
    assert found.about == first.citations[0].clause
    assert found.kinds[0] is kind
    assert "独立站" in found.question


def test_until_when_a_text_holds_is_asked_of_the_text(
    understanding: Understanding, first: Answer
) -> None:
    """有效期 is a matter of the document, not of the clause."""
    found = means(understanding, "有效期到什么时候？", [first])
    assert found is not None
    assert found.about is None
    assert found.question == f"{first.citations[0].clause.document.name}有效期到什么时候？"


@pytest.mark.parametrize("typed", ["原文怎么说？", "全文是什么内容？"])
def test_the_clause_in_full(understanding: Understanding, first: Answer, typed: str) -> None:
    """Asked for the wording, the clause itself is meant, by its address."""
    found = means(understanding, typed, [first])
    assert found is not None
    assert found.question == f"{first.citations[0].clause.address}说什么？"


@pytest.mark.parametrize(
    "typed",
    [
        "还有吗？",
        "还有没有别的？",
        "另外还有什么规定？",
        "还有哪些支持？",
        "其他的呢？",
    ],
)
def test_what_was_not_cited_yet(understanding: Understanding, first: Answer, typed: str) -> None:
    """还有吗？ is the last question without the clauses that were cited for it."""
    found = means(understanding, typed, [first])
    assert found is not None
    assert found.without == frozenset(citation.clause.id for citation in first.citations)


def test_what_was_left_out_before_is_not_said_again(
    fake_assistant: Assistant, understanding: Understanding
) -> None:
    """Behind 还有吗？ another place is asked the question itself, with nothing left out."""
    one = fake_assistant.ask("杭州人才培养有什么措施？")
    two = fake_assistant.ask("还有吗？", history=[one])
    found = means(understanding, "深圳呢？", [one, two])
    assert found is not None
    assert found.question == "深圳人才培养有什么措施？"


@given(
    st.lists(
        st.sampled_from(["那", "杭州", "成都", "上海", "呢", "？", "谁负责", "独立站", "还有", "吗", "比", "和", "的", "多少", "换成", "（三）", "原文"]),
        min_size=1,
        max_size=6,
    ).map("".join)
)  # fmt: skip
@settings(
    max_examples=examples(150),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_is_meant_stands_alone(
    understanding: Understanding, first: Answer, typed: str
) -> None:
    """Whatever leans becomes a question that is not empty, names the places that were typed, and
    leans no more behind the same answer on another place."""
    question = understanding.read(f"{typed}？")
    found = follow_up(question, [first], understanding)
    if found is None:
        return
    assert any(map(str.isalnum, found.question))
    assert found == follow_up(question, [first], understanding)
    if not found.about:
        held = understanding.read(found.question)
        assert set(question.held) <= set(held.held)
        if not question.held:  # see test_a_place_that_is_not_held_is_kept_beside_one_that_is
            assert set(question.foreign) <= set(held.foreign)


def test_a_place_that_is_not_held_is_kept_beside_one_that_is(
    understanding: Understanding, first: Answer
) -> None:
    """那杭州和上海的海外仓呢？ asks of both, so that the answer can say it knows nothing of 上海."""
    found = means(understanding, "那杭州和上海的海外仓呢？", [first])
    assert found is not None
    assert "上海" in found.question
