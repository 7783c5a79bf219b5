"""The page in headless Chromium, used as people use it: asking, and reading what is cited."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import OpenPage, ask, shoot

pytestmark = [pytest.mark.browser, pytest.mark.model]

QUESTION = "杭州对自建独立站有什么补贴，最多多少钱？"
ANSWER = "给予最高200万元的一次性资金扶持。"


def clipboard(page: Page) -> str:
    """What was copied."""
    return str(page.evaluate("navigator.clipboard.readText()"))


def focused(page: Page) -> str:
    """Classes and value of what has the focus."""
    return str(page.evaluate("(e => e.className + ' ' + e.value)(document.activeElement)"))


def test_ask_see_the_citation_click_it_see_the_quote_marked(
    page_url: str, open_page: OpenPage
) -> None:
    """The main job: a question, the quote with its address, a click, the document open at the clause
    with the same words marked, and back; nothing is fetched from elsewhere, nothing fails."""
    page = open_page(page_url)
    requests: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    shoot(page, "empty")
    ask(page, QUESTION)
    quote = page.inner_text(".pa-quote").strip()
    assert quote.endswith(ANSWER)
    assert page.locator(".pa-cite").count() == 1
    assert "附件（三）" in page.inner_text(".pa-cite")
    assert page.inner_text("#source .pa-card mark") == quote
    shoot(page, "answer")
    page.click(".pa-cite")
    page.wait_for_selector("#source .pa-document .pa-target mark")
    assert page.inner_text("#source .pa-target mark") == quote
    assert page.locator("#source .pa-document mark").count() == 1
    assert page.locator("#source .pa-clause").count() == 16
    inside = page.evaluate(
        "() => { const p = document.getElementById('source').getBoundingClientRect();"
        " const m = document.querySelector('.pa-target mark').getBoundingClientRect();"
        " return m.top >= p.top && m.bottom <= p.bottom; }"
    )
    assert inside, "the quote is not scrolled into view"
    shoot(page, "document")
    page.click("#source [name=back]")
    page.wait_for_selector("#source .pa-card")
    page.click("#source .pa-open")
    page.wait_for_selector("#source .pa-target mark")
    assert errors == []
    assert [url for url in requests if not url.startswith((page_url, "data:", "blob:"))] == []


def test_from_the_clause_back_to_the_answer(page_url: str, open_page: OpenPage) -> None:
    """The number beside the marked clause leads back to its citation, and Esc to what was clicked."""
    page = open_page(page_url)
    ask(page, QUESTION)
    ask(page, "成都呢？")
    page.click("#chat .bot.message >> nth=0 >> .pa-cite")
    page.wait_for_selector("#source .pa-target mark")
    assert "pa-target" in focused(page)
    assert page.inner_text("#source .pa-mark-number") == "〔1〕"
    page.keyboard.press("Escape")
    assert focused(page).endswith(":0")
    page.click("#source .pa-mark-number")
    assert re.fullmatch(r"pa-cite \w+:0", focused(page))


def test_the_contents_lead_through_the_document(page_url: str, open_page: OpenPage) -> None:
    """The headings are a tree; a click jumps to the clause, and the tree follows the text."""
    page = open_page(page_url)
    ask(page, QUESTION)
    page.click(".pa-cite")
    page.wait_for_selector("#source .pa-target mark")
    expect(page.locator(".pa-tree [aria-current]")).to_have_text(re.compile("^（三）"))
    last = page.locator(".pa-tree a").last
    last.click()
    page.wait_for_function(
        "() => document.querySelector('.pa-tree [aria-current]').innerText.includes('（十')"
    )
    target = last.get_attribute("data-jump")
    assert page.evaluate("document.activeElement.id") == target
    folded = open_page(page_url, clause="深圳 七、（十七）")
    folded.wait_for_selector("#source .pa-target")
    assert folded.locator(".pa-tree details").count() >= 8
    current = folded.locator(".pa-tree [aria-current]")
    assert "（十七）" in current.inner_text()
    expect(current).to_be_visible()


def test_a_comparison_is_a_table(page_url: str, open_page: OpenPage) -> None:
    """Two places: a row for each, each with a citation that leads to its document."""
    page = open_page(page_url)
    ask(page, "同样是跨境电商产业园，杭州和成都一个园区最高分别能拿多少？")
    assert page.locator(".pa-table tbody tr").count() == 2
    assert page.inner_text(".pa-table tbody tr:nth-child(2) th") == "成都"
    shoot(page, "comparison")
    page.click(".pa-table tbody tr:nth-child(2) .pa-cite")
    page.wait_for_selector("#source .pa-document .pa-target")
    assert "成都市推动跨境电商高质量发展政策措施" in page.inner_text("#source .pa-document h2")
    assert page.inner_text("#source .pa-mark-number") == "〔2〕"


def test_a_refusal_shows_what_is_nearest(page_url: str, open_page: OpenPage) -> None:
    """A place that is not held: why, and the nearest clauses, which open as any other."""
    page = open_page(page_url)
    ask(page, "上海的跨境电商企业租海外仓，市里补贴多少？")
    assert "没有上海的政策" in page.inner_text(".pa-refusal")
    assert page.locator(".pa-refusal .pa-cite").count() == 3
    shoot(page, "refusal")
    page.click(".pa-refusal .pa-cite >> nth=0")
    page.wait_for_selector("#source .pa-document .pa-target")


def test_a_text_that_has_run_out_is_marked(page_url: str, open_page: OpenPage) -> None:
    """The warning comes first, and the source panel says so, too."""
    page = open_page(page_url)
    ask(page, "成都那个跨境三年行动计划到哪天到期？")
    assert page.locator(".pa-answer > :first-child.pa-notice").count() == 1
    assert "2025-12-31" in page.inner_text("#source .pa-expired")
    shoot(page, "expired")


def test_who_is_responsible_stands_below_the_quote(page_url: str, open_page: OpenPage) -> None:
    """The bodies of the clause's bracket are said with any answer from it."""
    page = open_page(page_url)
    ask(page, "深圳怎么提升海外仓发展水平？")
    assert page.inner_text(".pa-who >> nth=0").startswith("责任单位：")


def test_a_follow_up_keeps_the_subject(page_url: str, open_page: OpenPage) -> None:
    """那成都呢？ is understood, and the page says how."""
    page = open_page(page_url)
    ask(page, "杭州对跨境电商产业园有什么支持？")
    ask(page, "那成都呢？")
    assert "产业园" in page.inner_text(".pa-understood")
    assert "成都市" in page.inner_text("#source .pa-card >> nth=0")


def test_two_conversations_are_kept_apart(page_url: str, open_page: OpenPage) -> None:
    """What one visitor asked is not the history of another; nor are filters and language."""
    first, second = open_page(page_url), open_page(page_url, region="成都", lang="en")
    ask(first, "杭州对跨境电商产业园有什么支持？")
    ask(second, "那成都呢？")
    assert second.locator(".pa-understood").count() == 0
    assert "产业园" not in second.inner_text("#chat .user.message")
    ask(first, "那成都呢？")
    assert first.locator(".pa-understood").count() == 1
    assert first.inner_text("#header h1") == "政策问答"
    assert first.locator("#chips .pa-chip").count() == 0


def test_examples_come_from_the_library_and_are_asked_with_a_click(
    page_url: str, open_page: OpenPage
) -> None:
    """A new visitor gets a cited answer with one click, and the document with two."""
    page = open_page(page_url)
    page.wait_for_selector("#chat .example")
    assert page.locator("#chat .example").count() == 4
    page.click("#chat .example >> nth=0")
    page.wait_for_selector(".pa-answer .pa-cite")
    assert page.input_value("#question textarea") == ""
    page.click(".pa-answer .pa-cite")
    page.wait_for_selector("#source .pa-target mark")


def test_bad_questions_get_a_friendly_line(page_url: str, open_page: OpenPage) -> None:
    """An empty and an overlong question: a sentence, and the text stays in the box."""
    page = open_page(page_url)
    ask(page, "？？")
    assert "请输入问题" in page.inner_text("#chat .bot.message >> nth=0")
    ask(page, "长" * 10_000)
    assert "10,000" in page.inner_text("#chat .bot.message >> nth=1")
    assert len(page.input_value("#question textarea")) == 10_000


def test_what_is_copied_is_the_answer_with_its_citations(
    page_url: str, open_page: OpenPage
) -> None:
    """The clipboard gets plain text; the links lead to the same answer and to the clause."""
    page = open_page(page_url)
    ask(page, "杭州对跨境电商产业园有什么支持？")
    ask(page, "最高多少？")
    page.click("#chat [name=copy] >> nth=1")
    expect(page.locator("#pa-toast")).to_have_text("已复制")
    copied = clipboard(page)
    assert "万元" in copied
    assert "——〔1〕《杭州市加力推动跨境电子商务高水平质量的发展行动计划》附件" in copied
    assert "<" not in copied
    page.click("#chat [name=link] >> nth=1")
    expect(page.locator("#pa-toast")).to_have_text("链接已复制")
    again = open_page(clipboard(page).split("?")[0])
    again.goto(clipboard(page))
    again.wait_for_selector(".pa-quote")
    assert again.inner_text(".pa-quote") == page.locator("#chat .pa-quote").last.inner_text()
    page.click("#chat .pa-cite >> nth=0")
    page.wait_for_selector("#source .pa-target")
    page.click("#source .pa-target .pa-anchor")
    expect(page.locator("#pa-toast")).to_have_text("链接已复制")
    again.goto(clipboard(page))
    again.wait_for_selector("#source .pa-target")
    assert again.inner_text("#source .pa-target") in page.inner_text("#source .pa-target")


def test_a_link_to_what_is_gone_says_so(page_url: str, open_page: OpenPage) -> None:
    """A link to a clause that the library does not hold, a bad day and an unknown language."""
    page = open_page(page_url, clause="<img src=x onerror=alert(1)>", as_of="bald", lang="xx")
    page.wait_for_selector("#source [role=alert]")
    assert "没有这一条（<img src=x onerror=alert(1)>）" in page.inner_text("#source")
    assert page.locator("#source img").count() == 0
    ask(page, QUESTION)
    assert ANSWER in page.inner_text(".pa-quote")


def test_filters_are_chips_that_go_with_a_click(page_url: str, open_page: OpenPage) -> None:
    """A place, a document and a day are set in the boxes, limit the answer, and are taken away one
    by one or all at once."""
    page = open_page(page_url)
    page.click("#filters > button")
    page.click("#places input")
    page.keyboard.type("成都")
    page.keyboard.press("Enter")
    page.wait_for_selector("#chips [value='region:成都']")
    page.keyboard.press("Escape")
    page.fill("#as-of input", "2025-06-30")
    page.press("#as-of input", "Enter")
    page.wait_for_selector("#chips [value='as_of:2025-06-30']")
    ask(page, "怎么培育跨境电商独立站？")
    assert "成都" in page.inner_text(".pa-cite >> nth=0")
    assert page.locator(".pa-notice, .pa-expired").count() == 0, "on that day it had not run out"
    shoot(page, "filters")
    page.click("#chips [value='as_of:2025-06-30']")
    page.wait_for_selector("#chips [value='as_of:2025-06-30']", state="detached")
    ask(page, "怎么培育跨境电商独立站？")
    assert "已" in page.locator(".pa-notice").last.inner_text()
    page.click("#chips [value='all:']")
    page.wait_for_selector("#chips .pa-chip", state="detached")
    assert page.input_value("#as-of input") == ""
    page.fill("#as-of input", "bald")
    page.press("#as-of input", "Enter")
    page.wait_for_timeout(300)
    assert page.locator("#chips .pa-chip").count() == 0


def test_searching_and_browsing_need_no_question(page_url: str, open_page: OpenPage) -> None:
    """Words find clauses, with both channels' ranks for those who want them; documents and subjects
    can be browsed; all open beside the list."""
    page = open_page(page_url)
    page.click("#tab-find-button")
    page.wait_for_selector("#found .pa-browse")
    assert page.locator("#found [name=document]").count() == 8
    shoot(page, "browse")
    subject = page.locator("#found [name=subject]").first
    name = subject.get_attribute("value") or "?"
    subject.click()
    expect(page.locator("#found [role=status]")).to_contain_text(name)
    page.click("#found [name=browse]")
    page.click("#found [name=document] >> nth=1")
    page.wait_for_selector("#source .pa-document")
    assert page.inner_text("#source h2") in page.inner_text("#found")
    search = page.locator("#search input, #search textarea")
    search.fill("海外仓")
    search.press("Enter")
    page.wait_for_selector("#found .pa-list [name=clause]")
    assert page.locator("#found .pa-ranks").count() == 0
    page.click("#ranks input")
    page.wait_for_selector("#found .pa-ranks")
    assert re.match(r"语义第 \d+ · 词语第 \d+ · 得分", page.inner_text("#found .pa-ranks >> nth=0"))
    shoot(page, "find")
    page.click("#found [name=clause] >> nth=0")
    page.wait_for_selector("#source .pa-target")
    assert "海外仓" in page.inner_text("#source .pa-target")


def test_a_judgement_is_kept_with_its_comment(page_url: str, open_page: OpenPage) -> None:
    """Useful or not: a click, a comment if one wants to, and the answer shows how it was judged."""
    page = open_page(page_url)
    ask(page, QUESTION)
    page.click("#chat [name=rate] >> nth=1")
    page.fill("#comment textarea", "应该是（四）")
    page.press("#comment textarea", "Enter")
    expect(page.locator("#pa-toast")).to_contain_text("已保存在本机")
    assert page.inner_text("#chat .pa-on") == "没用"
    expect(page.locator("#comment")).to_be_hidden()
    page.click("#chat [name=rate] >> nth=0")
    expect(page.locator("#chat .pa-on")).to_have_text("有用")


def test_the_conversation_is_exported(page_url: str, open_page: OpenPage) -> None:
    """As Markdown and as a Word file, with the quotes; nothing where nothing was asked."""
    page = open_page(page_url)
    page.click("#markdown")
    expect(page.locator("#pa-toast")).to_contain_text("还没有")
    ask(page, QUESTION)
    with page.expect_download() as markdown:
        page.click("#markdown")
    assert re.fullmatch(r"政策问答-\d{4}-\d\d-\d\d\.md", markdown.value.suggested_filename)
    assert "200万元" in markdown.value.path().read_text("utf-8")
    with page.expect_download() as docx:
        page.click("#docx")
    assert docx.value.suggested_filename.endswith(".docx")
    assert docx.value.path().read_bytes().startswith(b"PK")
    page.click("#new")
    page.wait_for_selector("#chat .bot.message", state="detached")
    assert page.locator("#source .pa-card").count() == 0


def test_the_language_switches(page_url: str, open_page: OpenPage) -> None:
    """English at a switch, for the page and for what was said; quotes stay Chinese."""
    page = open_page(page_url)
    assert page.inner_text("#header h1") == "政策问答"
    assert page.get_attribute("html", "lang") == "zh-CN"
    ask(page, "成都怎么培育跨境电商独立站？")
    quote = page.inner_text(".pa-quote >> nth=0")
    page.click("#language")
    page.wait_for_function("() => document.querySelector('#header h1').innerText === 'Policy Q&A'")
    assert "it has run out" in page.inner_text(".pa-notice >> nth=0")
    assert page.inner_text(".pa-quote >> nth=0") == quote
    assert page.inner_text("#chat [name=copy]") == "Copy"
    assert page.get_attribute("html", "lang") == "en"
    assert "Cited clauses" in page.inner_text("#source")
    shoot(page, "english")
    left = page.evaluate(
        "() => [...document.querySelectorAll('button, label, h1, h2, h3')]"
        ".filter(n => n.offsetParent && !n.closest('.pa-answer, #source, #chat'))"
        ".map(n => n.innerText).filter(t => /[\\u4e00-\\u9fff]/.test(t))"
    )
    assert left == ["中文"]


def test_on_a_phone_the_source_slides_over_the_conversation(
    page_url: str, open_page: OpenPage
) -> None:
    """A click on a citation brings the document; Esc, the cross and the way back bring the
    conversation; the contents unfold above the text."""
    page = open_page(page_url, width=390, height=844)
    ask(page, QUESTION)
    assert not page.is_visible("#source")
    shoot(page, "phone-answer")
    for closing in (
        lambda: page.keyboard.press("Escape"),
        lambda: page.click("#source [name=close]"),
        page.go_back,
        lambda: page.click("#source [name=answer]"),
    ):
        page.click(".pa-cite")
        page.wait_for_selector("#source.pa-over .pa-target mark")
        assert page.is_visible("#source .pa-target mark")
        closing()
        page.wait_for_selector("#source", state="hidden")
        assert page.url.startswith(page_url)
    page.click(".pa-cite")
    page.wait_for_timeout(400)
    shoot(page, "phone-document")
    page.click("#source [name=contents]")
    expect(page.locator(".pa-tree")).to_be_visible()
    page.click(".pa-tree a >> nth=3")
    expect(page.locator(".pa-tree")).to_be_hidden()
    wide = page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth")
    assert not wide, "the page scrolls sideways"
