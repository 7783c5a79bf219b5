"""The conversation of one visitor, without a page."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any
from urllib.parse import parse_qs

import pytest

from assistant import Assistant, Settings
from assistant.answering import Answer
from assistant.errors import IndexDamagedError
from assistant.page.conversation import (
    KEPT,
    Conversation,
    Judgement,
    Speaker,
    Turn,
    answers_of,
    messages_of,
)
from assistant.page.filters import Limits
from assistant.page.panel import Panel, Shown
from tests.conftest import Build, Open

QUESTION = "杭州独立站补贴多少？"


@pytest.fixture
def assistant(library: object, build: Build, open_fake: Open) -> Assistant:
    build()
    return open_fake()


@pytest.fixture
def speaker(assistant: Assistant, settings: Settings) -> Speaker:
    return Speaker(assistant, settings)


@pytest.fixture
def talk() -> Conversation:
    return Conversation()


def test_a_turn_is_a_question_and_its_answer(speaker: Speaker, talk: Conversation) -> None:
    """Both are messages; the link of the answer asks the question as it was understood."""
    speaker.ask(QUESTION, talk, Limits(("杭州",)), "zh")
    assert [said["role"] for said in messages_of(talk.turns, "zh")] == ["user", "assistant"]
    assert parse_qs(talk.turns[0].query) == {"q": [QUESTION], "region": ["杭州"]}


def test_what_can_not_be_asked_is_said_in_words(
    speaker: Speaker, settings: Settings, talk: Conversation
) -> None:
    """Nothing and far too much: a sentence in the visitor's language; an empty question is not
    shown as one, and its line is gone with the next turn."""
    speaker.ask("  ", talk, Limits(), "zh")
    assert "请输入问题" in messages_of(talk.turns, "zh")[0]["content"]
    assert "Enter a question" in messages_of(talk.turns, "en")[0]["content"]
    speaker.ask("长" * (settings.max_question_chars + 1), talk, Limits(), "zh")
    assert len(talk.turns) == 1
    assert f"{settings.max_question_chars:,}" in messages_of(talk.turns, "zh")[1]["content"]
    assert answers_of(talk.turns) == []


@pytest.mark.parametrize(
    "error", [RuntimeError("/secret/path"), IndexDamagedError("/secret/path is damaged.", "…")]
)
def test_an_error_inside_says_nothing_of_the_inside(
    speaker: Speaker,
    assistant: Assistant,
    talk: Conversation,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    """A bug and a damaged index are told without paths; the conversation goes on."""

    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(assistant, "ask", broken)
    speaker.ask(QUESTION, talk, Limits(), "zh")
    shown = messages_of(talk.turns, "zh")[-1]["content"]
    assert "这次没有答成" in shown
    assert "secret" not in shown
    monkeypatch.undo()
    assert speaker.ask(QUESTION, talk, Limits(), "zh").answer is not None


def test_a_long_conversation_keeps_its_last_turns(speaker: Speaker, talk: Conversation) -> None:
    """The memory of a session is bounded; a turn keeps its ident when older ones go."""
    for n in range(KEPT):
        talk.add(Turn(str(n)), 0)
    speaker.ask(QUESTION, talk, Limits(), "zh")
    assert len(talk.turns) == KEPT
    assert talk.turns[0].question == "1"
    assert talk.turn(talk.last) == talk.turns[-1]
    assert talk.turns[-1].ident == KEPT
    assert talk.turns[-1].answer is not None


def test_events_that_overtake_each_other_lose_nothing(
    speaker: Speaker, assistant: Assistant, talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is asked, judged and cleared while another question is being answered stays."""
    speaker.ask(QUESTION, talk, Limits(), "zh")
    ask = assistant.ask
    meanwhile: list[Callable[[], object]] = []

    def slow(*args: Any, **named: Any) -> Answer:
        while meanwhile:
            meanwhile.pop()()
        return ask(*args, **named)

    monkeypatch.setattr(assistant, "ask", slow)
    judgement = Judgement(liked=True, ident="f00")
    meanwhile += [
        lambda: talk.change(0, judgement=judgement),
        lambda: talk.add(Turn("也问了"), talk.begun),
    ]
    speaker.ask("园区有什么支持？", talk, Limits(), "zh")
    assert [turn.question for turn in talk.turns] == [QUESTION, "也问了", "园区有什么支持？"]
    assert talk.turns[0].judgement == judgement
    meanwhile += [lambda: talk.add(Turn("切换时问的"), talk.begun)]
    speaker.in_language(talk, "en")
    assert talk.turns[-1].question == "切换时问的"
    assert talk.turns[0].judgement == judgement
    meanwhile += [talk.clear]
    speaker.ask(QUESTION, talk, Limits(), "zh")
    assert talk.turns == ()
    assert talk.last == -1


def test_each_session_begins_with_a_conversation_of_its_own(talk: Conversation) -> None:
    """Gradio copies a state's first value for each visitor; nothing is shared."""
    talk.add(Turn("秘密"), 0)
    assert deepcopy(talk).turns == ()


def test_another_language_changes_the_frame_and_never_the_quotes(
    speaker: Speaker, talk: Conversation
) -> None:
    """What is said around the quotes is in the other language; quotes, limits and judgements
    stay."""
    speaker.ask(QUESTION, talk, Limits(as_of=date(2026, 1, 1)), "zh")
    talk.change(0, judgement=Judgement(liked=True, ident="f00"))
    speaker.ask("上海的海外仓补贴多少？", talk, Limits(), "zh")
    before = talk.turns
    speaker.in_language(talk, "en")
    english = talk.turns
    assert [(t.judgement, t.limits) for t in english] == [(t.judgement, t.limits) for t in before]
    chinese, other = answers_of(before), answers_of(english)
    assert [a.citations for a in chinese] == [a.citations for a in other]
    assert chinese[1].explanation != other[1].explanation
    speaker.in_language(talk, "zh")
    assert talk.turns == before


def test_limits_that_were_changed_since_do_not_meet_the_old_place(
    speaker: Speaker, talk: Conversation
) -> None:
    """A question behind one on Hangzhou, with Chengdu as the filter, is about Chengdu."""
    speaker.ask("杭州对独立站有什么补贴？", talk, Limits(), "zh")
    answer = speaker.ask("园区有什么支持？", talk, Limits(("成都",)), "zh").answer
    assert answer is not None
    assert answer.understood_as is None or "杭州" not in answer.understood_as
    assert {c.clause.document.region for c in answer.citations} <= {"成都市"}
    assert answer.reason is None or answer.reason.value != "filter_matches_nothing"


def test_the_panel_opens_what_the_library_holds(assistant: Assistant) -> None:
    """A clause by id or address, a document by its file; what is not there is said."""
    panel = Panel(assistant)
    clause = next(iter(assistant.snapshot.store.clauses()))
    for ident in (clause.id, clause.address):
        assert f'id="clause-{clause.id}" class="pa-clause pa-target' in panel.html(
            Shown(clause=ident), Conversation(), "zh"
        )
    document = panel.html(Shown(document=f"{clause.source}#0"), Conversation(), "zh")
    moved = panel.html(Shown(document=f"{clause.source}#99"), Conversation(), "zh")
    assert document == moved
    for gone in (Shown(clause="nowhere"), Shown(document="gone.txt#0"), Shown(document="<b>")):
        assert "pa-empty" in panel.html(gone, Conversation(), "zh")


def test_a_citation_of_a_text_that_changed_is_shown_as_it_is_now(
    assistant: Assistant, speaker: Speaker, settings: Settings, build: Build
) -> None:
    """A click on an old answer's citation, after its file changed: the new text if the clause is
    still there, without marks at places that are not the quote's; the old clause alone if not."""
    talk = Conversation()
    answer = speaker.ask(QUESTION, talk, Limits(), "zh").answer
    assert answer is not None
    cited = answer.citations[0].clause
    file = settings.documents / cited.source
    file.write_text("前言一行，说明目的。\n" + file.read_text("utf-8"), "utf-8")
    build()
    assistant.refresh()
    html = Panel(assistant).html(Shown(0, cited.id), talk, "zh")
    assert "200万元" in html
    if "<mark>" in html:
        assert answer.citations[0].quote in html
