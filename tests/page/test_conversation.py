"""The conversation of one visitor, without a page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from urllib.parse import parse_qs

import pytest

from assistant import Assistant, Settings
from assistant.page.conversation import KEPT, Judgement, Speaker, Turn, answers_of, messages_of
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


def test_a_turn_is_a_question_and_its_answer(speaker: Speaker) -> None:
    """Both are messages; the link of the answer asks the question as it was understood."""
    turns = speaker.ask(QUESTION, (), Limits(("杭州",)), "zh")
    assert [message["role"] for message in messages_of(turns, "zh")] == ["user", "assistant"]
    assert parse_qs(turns[0].query) == {"q": [QUESTION], "region": ["杭州"]}


def test_what_can_not_be_asked_is_said_in_words(speaker: Speaker, settings: Settings) -> None:
    """Nothing and far too much: a sentence in the visitor's language; an empty question is not
    shown as one, and its line is gone with the next turn."""
    turns = speaker.ask("  ", (), Limits(), "zh")
    assert "请输入问题" in messages_of(turns, "zh")[0]["content"]
    assert "Enter a question" in messages_of(turns, "en")[0]["content"]
    turns = speaker.ask("长" * (settings.max_question_chars + 1), turns, Limits(), "zh")
    assert len(turns) == 1
    assert f"{settings.max_question_chars:,}" in messages_of(turns, "zh")[1]["content"]
    assert answers_of(turns) == []


def test_an_error_inside_says_nothing_of_the_inside(
    speaker: Speaker, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug is told without its message; the conversation goes on."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("/secret/path")

    monkeypatch.setattr(assistant, "ask", broken)
    turns = speaker.ask(QUESTION, (), Limits(), "zh")
    shown = messages_of(turns, "zh")[-1]["content"]
    assert "程序内部出错" in shown
    assert "secret" not in shown
    monkeypatch.undo()
    assert speaker.ask(QUESTION, turns, Limits(), "zh")[-1].answer is not None


def test_a_long_conversation_keeps_its_last_turns(speaker: Speaker) -> None:
    """The memory of a session is bounded."""
    turns = tuple(Turn(str(n)) for n in range(KEPT))
    turns = speaker.ask(QUESTION, turns, Limits(), "zh")
    assert len(turns) == KEPT
    assert turns[0].question == "1"
    assert turns[-1].answer is not None


def test_another_language_changes_the_frame_and_never_the_quotes(speaker: Speaker) -> None:
    """What is said around the quotes is in the other language; quotes, limits and judgements
    stay."""
    turns = speaker.ask(QUESTION, (), Limits(as_of=date(2026, 1, 1)), "zh")
    turns = (replace(turns[0], judgement=Judgement(liked=True, ident="f00")),)
    turns = speaker.ask("上海的海外仓补贴多少？", turns, Limits(), "zh")
    english = speaker.in_language(turns, "en")
    assert [t.judgement for t in english] == [t.judgement for t in turns]
    assert [t.limits for t in english] == [t.limits for t in turns]
    before, after = answers_of(turns), answers_of(english)
    assert [a.citations for a in before] == [a.citations for a in after]
    assert before[1].explanation != after[1].explanation
    assert speaker.in_language(english, "zh") == turns


def test_limits_that_were_changed_since_do_not_meet_the_old_place(speaker: Speaker) -> None:
    """A question behind one on Hangzhou, with Chengdu as the filter, is about Chengdu."""
    turns = speaker.ask("杭州对独立站有什么补贴？", (), Limits(), "zh")
    turns = speaker.ask("园区有什么支持？", turns, Limits(("成都",)), "zh")
    answer = turns[-1].answer
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
            Shown(clause=ident), (), "zh"
        )
    document = panel.html(Shown(document=f"{clause.source}#0"), (), "zh")
    moved = panel.html(Shown(document=f"{clause.source}#99"), (), "zh")
    assert document == moved
    for gone in (Shown(clause="nowhere"), Shown(document="gone.txt#0"), Shown(document="<b>")):
        assert "pa-empty" in panel.html(gone, (), "zh")


def test_a_citation_of_a_text_that_changed_is_shown_as_it_is_now(
    assistant: Assistant, speaker: Speaker, settings: Settings, build: Build
) -> None:
    """A click on an old answer's citation, after its file changed: the new text if the clause is
    still there, without marks at places that are not the quote's; the old clause alone if not."""
    turns = speaker.ask(QUESTION, (), Limits(), "zh")
    answer = turns[0].answer
    assert answer is not None
    cited = answer.citations[0].clause
    file = settings.documents / cited.source
    file.write_text("前言一行，说明目的。\n" + file.read_text("utf-8"), "utf-8")
    build()
    assistant.refresh()
    html = Panel(assistant).html(Shown(0, cited.id), turns, "zh")
    assert "200万元" in html
    if "<mark>" in html:
        assert answer.citations[0].quote in html
