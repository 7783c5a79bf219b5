"""Answers and documents → HTML."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from assistant.answering import Answer, Citation, Reason, TableRow
from assistant.page.render import (
    answer_html,
    cards_html,
    document_html,
    escape,
    header_html,
    marked,
    question_html,
)
from assistant.page.words import PAGE
from tests.conftest import clauses_of

HOSTILE = st.text(
    st.sampled_from("<>&\"'`\n\t 补贴。*_$[]()#-=/scriptonerror"), min_size=1, max_size=40
)
ALLOWED = {
    "div", "p", "blockquote", "button", "b", "table", "thead", "tbody", "tr", "th", "td", "span",
    "ol", "li", "section", "header", "h1", "h2", "h3", "h4", "article", "mark", "br",
}  # fmt: skip


class Checker(HTMLParser):
    """Collects the tags, the event handlers and the text of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.handlers: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on") or name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


@given(HOSTILE, HOSTILE)
def test_nothing_of_a_text_becomes_markup(words: str, question: str) -> None:
    """Whatever a clause, a notice or a question holds, only the page's own tags come out."""
    (clause, *_) = clauses_of(f"支持{words}企业发展。给予补贴。\n")
    citation = Citation(clause, clause.text, clause.start, clause.end, clause.address)
    answer = Answer(
        question, words, (citation,), False, None, 0.9, notices=(words,), understood_as=question
    )
    refusal = Answer(question, words, (), True, Reason.TOPIC, 0.0, explanation=(words,))
    table = Answer(
        question, words, (citation,), False, None, 0.9,
        table=(TableRow(words, citation), TableRow(words, None)),
    )  # fmt: skip
    today = date(2026, 1, 1)
    pages = [
        question_html(question),
        *(answer_html(some, 0, "zh") for some in (answer, refusal, table)),
        cards_html(answer, 0, "zh", today),
        document_html(clause.document, [clause], (), clause, [citation], "en", today),
    ]
    for html in pages:
        checker = Checker(html)
        assert checker.tags <= ALLOWED
        assert checker.handlers == []
        assert "\n\n" not in html, "an empty line would end the HTML inside the chat's Markdown"


def test_quotes_are_marked_where_they_stand() -> None:
    """The marked words are the quote, and the text around them is whole."""
    (clause, *_) = clauses_of("一、独立站。给予补贴。最高2万元。\n二、海外仓。给予奖励。\n")
    start = clause.text.index("给予") + clause.start
    citation = Citation(clause, "给予补贴。", start, start + 5, clause.address)
    assert marked(clause, [citation, citation]) == "一、独立站。<mark>给予补贴。</mark>最高2万元。"
    assert marked(clause, []) == clause.text


def test_line_breaks_are_kept() -> None:
    """A clause of several lines keeps them."""
    assert escape("甲\n  乙 & 丙") == "甲<br>乙 &amp; 丙"


def test_an_expired_document_says_so() -> None:
    """Validity counts from the day that is asked about."""
    text = "杭州市政策\n一、甲。给予补贴。\n二、乙。给予奖励。\n本政策自2024年1月1日起施行，有效期至2025年12月31日。\n"
    clause = clauses_of(text)[0]
    citation = Citation(clause, clause.text, clause.start, clause.end, clause.address)
    answer = Answer("q", "t", (citation,), False, None, 0.9)
    assert "pa-expired" in cards_html(answer, 0, "zh", date(2026, 1, 1))
    assert "pa-expired" not in cards_html(answer, 0, "zh", date(2025, 12, 31)).replace(
        'class=""', ""
    )


def test_both_languages_have_every_word() -> None:
    """No word of the page is missing in one language, and their gaps are the same."""
    assert PAGE["zh"].keys() == PAGE["en"].keys()
    for key, word in PAGE["zh"].items():
        assert set(re.findall(r"{\w+}", word)) == set(re.findall(r"{\w+}", PAGE["en"][key])), key
    assert "8 篇政策 ·" in header_html(8, 183, "zh")
