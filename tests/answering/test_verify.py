"""The check of an answer: what always holds, and every way in which an answer could be false."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant import Answer, Assistant
from assistant.answering.compose import fact_line, full_clause
from assistant.answering.verify import verify
from assistant.errors import VerificationError
from assistant.index import Tokenizer
from tests.conftest import examples
from tests.small import FIVE, Library

TODAY = date(2026, 6, 1)
TEXTS = {
    "old.txt": (
        "梅市扶持政策\n一、支持独立站。对自建独立站的企业，给予最高200万元的一次性补贴。补贴分两年发放。"
        "（责任单位：市商务局、市财政局）\n"
        "二、支持海外仓。对企业租用海外仓的，给予一定比例的支持。\n"
        "本政策自2023年1月1日起施行，有效期至2025年12月31日。\n"
    ),
    "law.md": "# 梅省促进条例\n第一条 独立站应当备案。逾期的，处二百元以上五百元以下罚款。\n第二条 海外仓应当登记。\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, tokenizer: Tokenizer) -> Assistant:
    return Library(tmp_path_factory.mktemp("small"), TEXTS, tokenizer).open()


@pytest.fixture(scope="module")
def answer(small: Assistant) -> Answer:
    """An answer with a quote, a fact, a notice, and the clause in full."""
    answer = small.ask("自建独立站的企业补贴多少万元？", as_of=TODAY)
    assert answer.citations
    assert answer.facts
    assert answer.notices
    assert full_clause(answer.citations[0].clause) in answer.text
    return answer


@pytest.fixture(scope="module")
def refusal(small: Assistant) -> Answer:
    """A refusal with the sentence that comes closest."""
    answer = small.ask("租用海外仓的支持比例是多少？", as_of=TODAY)
    assert answer.abstained
    assert answer.closest
    return answer


def test_what_an_assistant_says_verifies(answer: Answer, refusal: Answer) -> None:
    """Nothing is refused that is true, whatever language the check is given the answer in."""
    assert verify(answer, TODAY) is answer
    assert verify(refusal, TODAY) is refusal


Forgery = Callable[[Answer], dict[str, Any]]


def _citation(answer: Answer, **changes: Any) -> dict[str, Any]:
    first, *others = answer.citations
    return {"citations": (dataclasses.replace(first, **changes), *others)}


def _fact(answer: Answer, **changes: Any) -> dict[str, Any]:
    first, *others = answer.facts
    forged = dataclasses.replace(first, **changes)
    text = answer.text.replace(fact_line(first, "zh"), fact_line(forged, "zh"))
    return {"facts": (forged, *others), "text": text}


def _notice(answer: Answer, line: str) -> dict[str, Any]:
    return {"notices": (line, *answer.notices), "text": f"{line}\n\n{answer.text}"}


FORGERIES: dict[str, Forgery] = {
    "a quote of other words": lambda a: _citation(a, quote="给予最高300万元的一次性补贴"),
    "a quote moved by a character": lambda a: _citation(a, start=a.citations[0].start + 1),
    "a quote from another clause": lambda a: _citation(
        a, start=0, end=6, quote=a.citations[0].clause.document.text[:6]
    ),
    "an empty quote": lambda a: _citation(a, end=a.citations[0].start, quote=""),
    "another label": lambda a: _citation(a, label="《梅市扶持政策》二、"),
    "a label that is empty": lambda a: _citation(a, label=""),
    "a quote that the text lacks": lambda a: {"text": a.text.replace(a.citations[0].quote, "…")},
    "a label that the text lacks": lambda a: {"text": a.text.replace(a.citations[0].label, "…")},
    "a fact of another value": lambda a: _fact(a, values=("最高300万元",)),
    "a fact of a clause not cited": lambda a: _fact(
        a, clause=dataclasses.replace(a.facts[0].clause, id="another")
    ),
    "a day from nowhere": lambda a: _notice(a, "有效期至2031-05-04。"),
    "a sum in the text": lambda a: {"text": f"{a.text}另有补贴300万元。"},
    "a small number in the text": lambda a: {"text": f"{a.text}共7家。"},
    "a number with a comma": lambda a: {"text": f"{a.text}共1,234家。"},
    "a share in the text": lambda a: {"text": f"{a.text}比例为45%。"},
    "a sum in Chinese": lambda a: {"text": f"{a.text}另有补贴三百万元。"},
    "a small sum in Chinese": lambda a: {"text": f"{a.text}罚款九十元。"},
    "a share in Chinese": lambda a: {"text": f"{a.text}比例为百分之四十五。"},
    "tenths in Chinese": lambda a: {"text": f"{a.text}补贴六成。"},
    "a day in Chinese": lambda a: {"text": f"{a.text}自七月九日起施行。"},
    "no citation": lambda a: {"citations": (), "facts": ()},
    "a reason beside citations": lambda a: {"abstained": True},
    "a refusal without a reason": lambda a: {"abstained": True, "citations": (), "facts": ()},
}


MISSED: dict[str, Forgery] = {
    "a fact that cuts a number": lambda a: _fact(a, values=("最高20",)),
    "a sum in a notice": lambda a: _notice(a, "另有补贴300万元。"),
    "a day in a notice, in words": lambda a: _notice(a, "有效期至2031年5月4日。"),
    "a count in Chinese": lambda a: {"text": f"{a.text}共五十家。"},
}  # fmt: skip


@pytest.mark.parametrize("name", MISSED)
def test_forgeries_that_are_not_caught_yet(answer: Answer, name: str) -> None:
    """What the check promises to catch and lets pass."""
    forged = dataclasses.replace(answer, **MISSED[name](answer))
    with pytest.raises(VerificationError):
        verify(forged, TODAY)


@pytest.mark.parametrize("name", FORGERIES)
def test_every_forgery_of_an_answer_is_caught(answer: Answer, name: str) -> None:
    """A changed quote, label, fact, notice or number is an internal error, never an answer."""
    with pytest.raises(VerificationError):
        verify(dataclasses.replace(answer, **FORGERIES[name](answer)), TODAY)


@pytest.mark.parametrize("name", ["a quote that is not literal", "another label", "not shown"])
def test_a_forged_closest_sentence_is_caught(refusal: Answer, name: str) -> None:
    """A refusal's sentence is checked as a citation is."""
    assert refusal.closest is not None
    change: dict[str, Any]
    if name == "not shown":
        change = {"text": "文件库中没有找到能回答这个问题的条款。"}
    elif name == "another label":
        change = {"closest": dataclasses.replace(refusal.closest, label="《梅市扶持政策》一、")}
    else:
        change = {"closest": dataclasses.replace(refusal.closest, quote="给予30%的支持。")}
    with pytest.raises(VerificationError):
        verify(dataclasses.replace(refusal, **change), TODAY)


def test_a_number_of_the_question_may_be_said_again(small: Assistant) -> None:
    """What the asker wrote is repeated with the question, not given as a fact."""
    answer = small.ask("我们花了8765元建独立站，补贴多少万元？", as_of=TODAY)
    assert verify(answer, TODAY) is answer


VOCABULARY = sorted(
    {
        *(w for text in FIVE.values() for w in re.findall(r"[\u4e00-\u9fff]{2,4}|\d[\d.%]*", text)),
        *("那", "呢？", "多少钱", "哪个局负责", "什么时候", "比例", "几个", "还有吗？", "上海", "杭州"),
        *("成都", "各城市", "《办法》", "第三条", "附件（三）", "二、6.", "具体说说", "百分之几", "谢谢"),
    }
)  # fmt: skip
"""Pieces of the documents, and words that questions are made of."""
QUESTIONS = (
    st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=7).map("".join)
    | st.builds(
        "{}{}{}".format,
        st.sampled_from(VOCABULARY),
        st.text(max_size=12),
        st.sampled_from(VOCABULARY),
    )
    | st.sampled_from(
        ["多少钱？", "谁负责？", "那成都呢？", "还有吗？", "到什么时候？", "展开说说"]
    )
).filter(lambda text: any(map(str.isalnum, text)))
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def numbers_without_source(answer: Answer) -> set[str]:
    """The numbers in an answer's text that stand neither in a clause that it shows, nor in the
    question, an address, or a day of a document."""
    sources = [answer.question, answer.understood_as or "", *(h.clause.address for h in answer.nearest)]  # fmt: skip
    sources += [hit.clause.heading for hit in answer.nearest]
    sources.append(unicodedata.normalize("NFKC", answer.question))
    shown = [*answer.citations, *([answer.closest] if answer.closest else ())]
    for citation in shown:
        document = citation.clause.document
        sources += [citation.clause.text, citation.clause.address, document.name, TODAY.isoformat()]
        sources += [
            d.isoformat() for d in (document.effective_from, document.effective_to) if d is not None
        ]
    said = " ".join(sources)
    # what the program says of itself: at most four questions at once
    return {n for n in NUMBER.findall(answer.text) if n not in said} - {"4"}


@given(st.lists(QUESTIONS, min_size=1, max_size=3))
@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_conversation_is_answered_truly(
    fake_assistant: Assistant, questions: list[str]
) -> None:
    """Whatever is asked, one thing after the other: quotes are literal and inside their clauses,
    refusals have a reason, and no number is said that no source has."""
    history: list[Answer] = []
    for question in questions:
        # a question that ends with a foreign place is test_a_place_at_the_very_end's
        answer = fake_assistant.ask(f"{question}？", history=history, as_of=TODAY)
        history.append(answer)
        assert verify(answer, TODAY) is answer
        assert answer.question == f"{question}？".strip()
        assert answer.abstained == (answer.reason is not None) == (not answer.citations)
        assert 0 <= answer.confidence <= 1
        for citation in (*answer.citations, *([answer.closest] if answer.closest else ())):
            clause = citation.clause
            assert citation.quote == clause.document.text[citation.start : citation.end]
            assert clause.start <= citation.start < citation.end <= clause.end
            assert citation.quote in answer.text
        assert numbers_without_source(answer) == set()


@pytest.mark.parametrize("question", ["上海", "海外仓补贴 上海", "企业在银行浙江"])
def test_a_place_at_the_very_end(fake_assistant: Assistant, question: str) -> None:
    """A place that is the last word of a question is one like any other."""
    assert fake_assistant.ask(question, as_of=TODAY).abstained


@pytest.mark.parametrize("language", ["zh", "en"])
def test_both_languages_verify(fake_assistant: Assistant, language: Any) -> None:
    """A frame in English passes the same check."""
    for question in (
        "杭州独立站最高多少钱？",
        "成都哪个部门牵头？",
        "嘉兴自建独立站补贴比例是多少？",
    ):
        answer = fake_assistant.ask(question, as_of=TODAY, language=language)
        assert verify(answer, TODAY) is answer


def test_numbers_in_odd_places_do_no_harm(tmp_path: Path, tokenizer: Tokenizer) -> None:
    """Titles, regions and headings that are full of numbers verify like others."""
    text = (
        "梅市3年行动计划（2024—2026年）\n一、“3个100”工程。培育100家企业。\n"
        "二、2025年奖励20万元。给予独立站企业20万元。\n三、三百万元奖励。对独立站给予三百万元奖励。\n"
    )
    opened = Library(tmp_path, {"3年20万.txt": text}, tokenizer).open()
    for question in (
        "独立站奖励多少万元？",
        "3个100是什么？",
        "三百万元怎么给？",
        "培育几家企业？",
    ):
        answer = opened.ask(question, as_of=TODAY)
        assert verify(answer, TODAY) is answer
