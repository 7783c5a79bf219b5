"""Conversations: what each turn is understood as, and what comes of it."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from assistant import Answer, Assistant, Reason
from tests.answering.test_refusals import cites
from tests.conftest import GOLD

pytestmark = pytest.mark.model


class Turn(NamedTuple):
    """What is typed, what it means (``None``: what was typed), and what must be quoted first, or
    the reason of the refusal."""

    typed: str
    means: str | None
    comes: str | Reason


PASSING = {
    "the sum, then another place, then its share": [
        Turn("杭州对自建独立站有什么补贴？", None, "最高200万元"),
        Turn("最高多少钱？", "杭州自建独立站有什么补贴；最高多少钱？", "最高200万元"),
        Turn("那嘉兴呢？", "嘉兴自建独立站有什么补贴？", "一定比例"),
        Turn("按百分之几算？", "嘉兴自建独立站有什么补贴；按百分之几算？", Reason.NOT_STATED),
    ],
    "who, until when, thanks": [
        Turn("杭州运力券一家企业每年最多能领多少？", None, "申领最高100万元"),
        Turn("谁负责？", "杭州运力券一家企业每年最多能领多少；谁负责？", Reason.NOT_STATED),
        Turn(
            "有效期到什么时候？",
            "《杭州市加力推动跨境电子商务高水平质量的发展行动计划》附件有效期到什么时候？",
            "有效期至2027年12月31日",
        ),
        Turn("好的，谢谢", None, Reason.NO_QUESTION),
    ],
    "through the places, one of which is not held": [
        Turn("成都怎么培育跨境电商独立站？", None, "“成都造”的跨境电商独立站"),
        Turn("换成深圳", "深圳怎么培育跨境电商独立站？", "独立站建站平台"),
        Turn("那上海呢？", "上海怎么培育跨境电商独立站？", Reason.PLACE),
        Turn("那杭州呢？", "杭州怎么培育跨境电商独立站？", "最高200万元"),
    ],
    "more of the same": [
        Turn("杭州对跨境电商产业园有什么支持？", None, "示范引领园区给予资金支持"),
        Turn("成都呢？", "成都跨境电商产业园有什么支持？", "300万元、150万元、50万"),
        Turn("嘉兴也有吗？", "嘉兴跨境电商产业园有什么支持？", "跨境电商产业园"),
        Turn(
            "还有吗？",
            "嘉兴跨境电商产业园有什么支持？（除已引用的条款）",
            "推动优质产业带自建",
        ),
    ],
    "who, then the clause in full": [
        Turn("嘉兴怎么引导企业合规经营？", None, "引导企业构建合规化体系"),
        Turn("谁负责？", "嘉兴怎么引导企业合规经营；谁负责？", "引导企业构建合规化体系"),
        Turn(
            "原文怎么说？",
            "《嘉兴市加力推动跨境电商高质量发展实施方案（2024-2027年）》二、（四）16.说什么？",
            "16.引导企业合规经营。",
        ),
    ],
    "other subjects in another place": [
        Turn("杭州出口信保的保费补多少？", None, "不超过60%"),
        Turn("嘉兴呢？", "嘉兴出口信保的保费补多少？", Reason.NOT_STATED),
        Turn("那海外仓呢？", "嘉兴海外仓，最高多少钱？", Reason.NOT_STATED),
        Turn("深圳怎么样？", "深圳海外仓,最高多少钱？", Reason.NOT_STATED),
    ],
    "an address, then what it gives": [
        Turn("杭州附件（三）说什么？", None, "(三)培育跨境电商知名品牌。"),
        Turn("最高补多少？", "杭州附件(三)说什么；最高补多少？", "最高200万元"),
        Turn("谁牵头？", "杭州附件(三)说什么；谁牵头？", Reason.NOT_STATED),
    ],
    "between a greeting and thanks": [
        Turn("你好", None, Reason.NO_QUESTION),
        Turn("杭州办大型活动能拿多少钱？", None, "最高100万元"),
        Turn("那成都呢？", "成都办大型活动能拿多少钱？", Reason.TOPIC),
        Turn("辛苦了", None, Reason.NO_QUESTION),
    ],
    "days of two texts": [
        Turn("杭州的行动计划哪天开始实施？", None, "自2024年11月1日起实施"),
        Turn(
            "有效期到什么时候？",
            "《杭州市加力推动跨境电子商务高水平质量的发展行动计划》有效期到什么时候？",
            "有效期至2027年12月31日",
        ),
        Turn("那成都的呢？", "成都有效期到什么时候？", "有效期至2025年 12月31日"),
    ],
    "a trade mark, a patent, another place": [
        Turn("嘉兴对境外商标注册怎么支持？", None, "境外商标注册费用给予一定比例支持"),
        Turn("专利呢？", "嘉兴境外专利注册怎么支持？", "商标"),
        Turn("那杭州呢？", "杭州境外专利注册怎么支持？", "专利申请费用50%"),
    ],
    "one tax, then another": [
        Turn("城综试区的所得税怎么征？", None, "核定征收企业所得税"),
        Turn("增值税呢？", "城综试区增值税，有什么规定？", "增值税、消费税免税政策"),
        Turn("谁负责？", "城综试区增值税,有什么规定；谁负责？", Reason.NOT_STATED),
    ],
    "a number, another place, who": [
        Turn("深圳要建几个产业园区？", None, "产业园区"),
        Turn("杭州呢？", "杭州要建几个产业园区？", "跨境电商产业园区30个"),
        Turn("谁负责？", "杭州要建几个产业园区；谁负责？", "跨境电商产业园区30个"),
    ],
    "a share is no sum": [
        Turn("嘉兴自建独立站有什么补贴？", None, "一定比例"),
        Turn("比例是多少？", "嘉兴自建独立站有什么补贴；比例是多少？", Reason.NOT_STATED),
    ],
    "more, then elsewhere": [
        Turn("杭州人才培养有什么措施？", None, "人才"),
        Turn("还有吗？", "杭州人才培养有什么措施？（除已引用的条款）", "人才"),
        Turn("深圳呢？", "深圳人才培养有什么措施？", "培训"),
    ],
    "say it in full": [
        Turn("杭州对自建独立站有什么补贴？", None, "最高200万元"),
        Turn(
            "具体说说",
            "《杭州市加力推动跨境电子商务高水平质量的发展行动计划》附件（三）说什么？",
            "(三)培育跨境电商知名品牌。",
        ),
    ],
}
"""Conversations every turn of which must be right."""


def converse(assistant: Assistant, turns: list[Turn]) -> list[Answer]:
    """The answers to the turns, each of which is held against what must come."""
    history: list[Answer] = []
    for turn in turns:
        answer = assistant.ask(turn.typed, history=history)
        history.append(answer)
        assert (turn.typed, answer.understood_as) == (turn.typed, turn.means)
        if isinstance(turn.comes, Reason):
            assert (turn.typed, answer.reason) == (turn.typed, turn.comes)
        else:
            assert not answer.abstained
            assert turn.comes in answer.citations[0].quote.replace("\n", "")
        assert answer.question == turn.typed
    return history


@pytest.mark.parametrize("name", PASSING)
def test_a_conversation_goes_as_it_should(assistant: Assistant, name: str) -> None:
    """Each turn is understood behind those before it, and comes to the right clause or refusal."""
    converse(assistant, PASSING[name])


FAILING = {
    "another place's text": [
        Turn("深圳怎么支持海外仓？", None, "支持公共海外仓"),
        Turn("那杭州呢？", "杭州怎么支持海外仓？", Reason.TOPIC),
    ],
}


@pytest.mark.xfail(strict=True, reason="understood or answered wrongly as yet")
@pytest.mark.parametrize("name", FAILING)
def test_conversations_that_go_wrong_as_yet(assistant: Assistant, name: str) -> None:
    """What these turns should mean, and what should come of them."""
    converse(assistant, FAILING[name])


def test_a_turn_that_asks_for_more_repeats_no_clause(assistant: Assistant) -> None:
    """还有吗？, asked again and again, cites other clauses each time, or refuses."""
    history = [assistant.ask("杭州人才培养有什么措施？")]
    seen = {citation.clause.id for citation in history[0].citations}
    for _ in range(3):
        answer = assistant.ask("还有吗？", history=history)
        cited = {citation.clause.id for citation in answer.citations}
        assert not cited & seen
        seen |= cited
        history.append(answer)


def test_a_filter_holds_in_later_turns(assistant: Assistant) -> None:
    """A follow-up about a clause of a place that the limits leave out does not bring it back."""
    first = assistant.ask("杭州对自建独立站有什么补贴？")
    second = assistant.ask("谁负责？", history=[first], regions=["嘉兴"])
    assert all(c.clause.document.region == "嘉兴市" for c in second.citations)


def test_the_conversations_of_the_gold_file(assistant: Assistant) -> None:
    """Of the later turns, which lean on the earlier ones, at least three in four are right: every
    piece of evidence cited, or the refusal that is due."""
    first: list[bool] = []
    later: list[bool] = []
    for line in (GOLD / "dialogues.jsonl").read_text("utf-8").splitlines():
        history: list[Answer] = []
        for turn in json.loads(line)["turns"]:
            answer = assistant.ask(turn["question"], history=history)
            (later if history else first).append(_is_right(answer, turn))
            history.append(answer)
    assert sum(first) / len(first) >= 0.86
    assert sum(later) / len(later) >= 0.75


def _is_right(answer: Answer, turn: dict[str, Any]) -> bool:
    if due := turn.get("refusal"):
        return bool(answer.reason == due)
    return not answer.abstained and all(cites(answer, piece) for piece in turn["evidence"])
