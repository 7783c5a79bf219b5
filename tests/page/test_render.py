"""Answers and documents → HTML."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from assistant.answering import Answer, Citation, Reason, TableRow
from assistant.clauses import Clause, Reference, read_outline
from assistant.index.entry import Entry
from assistant.page.filters import Limits
from assistant.page.render import (
    DocumentView,
    answer_html,
    browse_html,
    cards_html,
    chips_html,
    escape,
    gone_html,
    header_html,
    hits_html,
    marked,
    question_html,
    said_html,
    subject_html,
)
from assistant.page.render.finding import Topic
from assistant.page.words import PAGE
from assistant.reading.documents import split_documents
from assistant.reading.extract import Extract
from assistant.retrieval import Hit
from tests.conftest import clauses_of

HOSTILE = st.text(
    st.sampled_from("<>&\"'`\n\r\t 补贴。*_$[]()#-=/scriptonerror"), min_size=1, max_size=40
)
ALLOWED = {
    "div", "p", "blockquote", "button", "b", "table", "thead", "tbody", "tr", "th", "td", "span",
    "ol", "ul", "li", "section", "header", "h1", "h2", "h3", "article", "mark", "br", "a", "nav",
    "pre", "details", "summary", "small",
}  # fmt: skip
LINK = re.compile(r"\?clause=\w+|#heading-\d+")


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
        self.handlers += [
            name
            for name, value in attrs
            if name.startswith("on") or (name == "href" and not LINK.fullmatch(value or ""))
        ]

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
        DocumentView.of(clause.document, [clause], (), "en").html(clause, [citation], today),
        said_html(words),
        gone_html(words, words, "zh"),
        chips_html(Limits((words,), (words,), today, (question,)), "zh"),
        hits_html([Hit(clause, 1.0, {"dense": 1})], "zh", ranks=True),
        subject_html(words, [clause], 5, "zh"),
        browse_html([Entry.of(clause.document)], {0: 1}, [Topic(words, 3)], "zh"),
    ]
    for html in pages:
        checker = Checker(html)
        assert checker.tags <= ALLOWED
        assert checker.handlers == []
        assert not re.search(r"[\r\n]\s*[\r\n]", html), (
            "an empty line would end the HTML inside the chat's Markdown"
        )


def test_the_plain_text_for_the_clipboard_is_whole() -> None:
    """What is copied from an answer is its text, empty lines and all."""
    (clause, *_) = clauses_of("支持企业发展。给予补贴。\n")
    citation = Citation(clause, clause.text, clause.start, clause.end, clause.address)
    text = "“给予补贴。” <b>\n\n条款全文：\n&amp;"
    checker = Checker(answer_html(Answer("q", text, (citation,), False, None, 0.9), 0, "zh"))
    assert text in checker.text


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


LAW = (
    "杭州市数据条例\n第一章 总则\n第一条 为了规范数据，制定本条例。\n第二条 依照第一条执行。\n"
    "第二章 共享\n第三条 数据应当共享。违反第二条的，处罚款。\n"
)


def _law() -> tuple[DocumentView, list[Clause]]:
    outline = read_outline(split_documents(Extract(LAW), "t.txt").documents[0])
    view = DocumentView.of(outline.document, outline.clauses, outline.headings, "zh")
    return view, list(outline.clauses)


def test_the_contents_hold_every_clause_below_its_heading() -> None:
    """Headings fold, the clauses below them are links in the order of the text."""
    view, clauses = _law()
    first, second = view.tree.split("<details")[1:]
    assert "第一章" in first
    assert [clause.id in first for clause in clauses] == [True, True, False]
    assert "第二章" in second
    assert clauses[2].id in second
    assert view.tree.count("<ol>") == view.tree.count("</ol>") == 3
    assert view.tree.count("<details") == view.tree.count("</details>") == 2


def test_a_clause_without_a_heading_is_named_by_how_it_begins() -> None:
    """The contents give its number once, and its first words."""
    (clause, *_) = clauses_of("（一）支持企业发展，给予企业补贴和奖励。\n（二）乙。给予奖励。\n")
    bare = replace(clause, heading="")
    view = DocumentView.of(clause.document, [bare], (), "zh")
    assert ">（一）支持企业发展，给予企业补贴…</a>" in view.tree


def test_only_the_cited_clause_leads_back_to_its_answer() -> None:
    """The document is whole; the clause that was asked for is marked, numbered and leads back."""
    view, clauses = _law()
    quote = clauses[1]
    citation = Citation(quote, quote.text, quote.start, quote.end, quote.address)
    html = view.html(quote, [citation], date(2026, 1, 1), number=2, turn=4)
    assert all(f'id="clause-{clause.id}"' in html for clause in clauses)
    assert html.count('name="answer"') == html.count("pa-target") == html.count("<mark>") == 1
    assert f'value="4:{quote.id}"' in html
    assert "〔2〕" in html
    plain = view.html(None, (), date(2026, 1, 1), back=False)
    assert 'name="answer"' not in plain
    assert 'name="back"' not in plain


def test_what_a_clause_refers_to_is_a_link_within_the_quote_and_beside_it() -> None:
    """The reference's words are a link; the marked quote stays one piece, with the same words."""
    (clause, *_) = clauses_of("一、甲。依照第二条执行。\n二、乙。给予奖励。\n")
    at = clause.text.index("第二条") + clause.start
    linked = replace(clause, references=(Reference(at, at + 3, "", "二", ("f00",)),))
    citation = Citation(linked, linked.text, linked.start, linked.end, linked.address)
    for citations in ([], [citation]):
        html = marked(linked, citations, linked=True)
        assert '<a class="pa-ref" href="?clause=f00" data-open="f00">第二条</a>' in html
        assert Checker(html).text == linked.text
        assert html.count("<mark>") == len(citations)


def test_ranks_say_why_a_clause_stands_where_it_stands() -> None:
    """A channel that did not see the clause among its first thousand says so."""
    (clause, *_) = clauses_of("一、甲。给予补贴。\n二、乙。给予奖励。\n")
    hit = Hit(clause, 1.25, {"dense": 3})
    html = hits_html([hit], "zh", ranks=True)
    assert "语义第 3 · 词语未进前 1000 · 得分 1.25" in html
    assert "pa-ranks" not in hits_html([hit], "zh", ranks=False)
