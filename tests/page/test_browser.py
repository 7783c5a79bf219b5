"""The page in headless Chromium, used as people use it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Dialog

from assistant import build_index
from tests.page.conftest import OpenPage, ask, serving, shoot

pytestmark = [pytest.mark.browser, pytest.mark.model]

QUESTION = "杭州对自建独立站有什么补贴，最多多少钱？"
ANSWER = "给予最高200万元的一次性资金扶持。"


def _noting(alerts: list[str]) -> Callable[[Dialog], None]:
    def note(dialog: Dialog) -> None:
        alerts.append(dialog.message)
        dialog.dismiss()

    return note


def test_ask_see_the_citation_click_it_see_the_quote_marked(
    page_url: str, open_page: OpenPage
) -> None:
    """The main job: a question, the quote with its address, a click, the document open at the clause
    with the same words marked, and back."""
    page = open_page(page_url)
    requests: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
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


def test_a_follow_up_keeps_the_subject(page_url: str, open_page: OpenPage) -> None:
    """那成都呢？ is understood, and the page says how."""
    page = open_page(page_url)
    ask(page, "杭州对跨境电商产业园有什么支持？")
    ask(page, "那成都呢？")
    assert "产业园" in page.inner_text(".pa-understood")
    assert "成都市" in page.inner_text("#source .pa-card >> nth=0")


def test_two_conversations_are_kept_apart(page_url: str, open_page: OpenPage) -> None:
    """What one visitor asked is not the history of another."""
    first, second = open_page(page_url), open_page(page_url)
    ask(first, "杭州对跨境电商产业园有什么支持？")
    ask(second, "那成都呢？")
    assert second.locator(".pa-understood").count() == 0
    assert "产业园" not in second.inner_text("#chat .user.message")
    ask(first, "那成都呢？")
    assert first.locator(".pa-understood").count() == 1


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


def test_what_is_typed_never_becomes_markup(page_url: str, open_page: OpenPage) -> None:
    """Tags, Markdown and formulas in a question are shown as they were typed."""
    page = open_page(page_url)
    alerts: list[str] = []
    page.on("dialog", _noting(alerts))
    typed = "<img src=x onerror=alert(1)> **粗** $$x^2$$ [a](javascript:alert(2)) 杭州运力券"
    ask(page, typed)
    assert page.inner_text(".pa-asked").strip() == typed
    assert page.locator("#chat .user.message img, #chat .user.message strong").count() == 0
    assert alerts == []


def test_the_language_switches(page_url: str, open_page: OpenPage) -> None:
    """English at a switch, for the page and for the next answer's frame; quotes stay Chinese."""
    page = open_page(page_url)
    assert page.inner_text("#header h1") == "政策问答"
    page.click("#language")
    page.wait_for_function("() => document.querySelector('#header h1').innerText === 'Policy Q&A'")
    ask(page, "成都怎么培育跨境电商独立站？")
    assert "it has run out" in page.inner_text(".pa-notice >> nth=0")
    assert "跨境电商独立站" in page.inner_text(".pa-quote >> nth=0")
    shoot(page, "english")


def test_on_a_phone_the_source_lies_over_the_conversation(
    page_url: str, open_page: OpenPage
) -> None:
    """A click on a citation brings the document, Esc or the cross the conversation back."""
    page = open_page(page_url, width=390, height=844)
    ask(page, QUESTION)
    assert not page.is_visible("#source")
    shoot(page, "phone-answer")
    page.click(".pa-cite")
    page.wait_for_selector("#source .pa-target mark")
    assert page.is_visible("#source .pa-target mark")
    shoot(page, "phone-document")
    page.keyboard.press("Escape")
    page.wait_for_selector("#source", state="hidden")
    page.click(".pa-cite")
    page.click("#source [name=close]")
    page.wait_for_selector("#source", state="hidden")
    wide = page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth")
    assert not wide, "the page scrolls sideways"


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_ground(page_url: str, open_page: OpenPage, dark: bool) -> None:
    """Contrast of answers, marked quotes and small print is at least 4.5 (WCAG AA), light and dark."""
    page = open_page(page_url, dark=dark)
    ask(page, "成都那个跨境三年行动计划到哪天到期？")
    shoot(page, "answer-dark" if dark else "answer-light")
    ratios = page.evaluate(_CONTRAST)
    assert len(ratios) >= 6
    assert {name: ratio for name, ratio in ratios.items() if ratio < 4.5} == {}


_CONTRAST = """() => {
  const rgb = (c) => (c.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {
    for (let n = node; n; n = n.parentElement) {
      const c = rgb(getComputedStyle(n).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const result = {};
  for (const name of [".pa-quote p", ".pa-cite", ".pa-notice", ".pa-care", "#source mark",
      ".pa-badges span", ".pa-expired", ".pa-open", ".pa-header p", ".pa-asked"]) {
    const node = document.querySelector(name);
    if (!node) continue;
    const [a, b] = [light(rgb(getComputedStyle(node).color)), light(ground(node))];
    result[name] = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }
  return result;
}"""


def test_text_of_documents_never_becomes_markup(tmp_path: Path, open_page: OpenPage) -> None:
    """Scripts in a policy, in its title and in its file's name are shown, never run."""
    documents = tmp_path / "documents"
    documents.mkdir()
    hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    name = "<img src=x onerror=alert(3)>.txt"
    (documents / name).write_text(
        f"杭州市{hostile}若干政策\n一、支持独立站。对独立站{hostile}给予最高200万元补贴。\n"
        f"二、支持海外仓{hostile}。给予奖励。\n",
        "utf-8",
    )
    build_index(documents, tmp_path / "index")
    with serving(tmp_path / "index", documents) as url:
        page = open_page(url)
        alerts: list[str] = []
        page.on("dialog", _noting(alerts))
        ask(page, "杭州对独立站给予多少补贴？")
        assert "<script>alert(2)</script>" in page.inner_text(".pa-quote")
        page.click(".pa-cite")
        page.wait_for_selector("#source .pa-target")
        assert name in page.inner_text("#source")
        page.wait_for_timeout(300)
        assert page.locator("#chat img, #source img, #source script").count() == 0
        assert alerts == []


def test_a_saved_file_is_in_the_answers_of_an_open_page(
    tmp_path: Path, open_page: OpenPage
) -> None:
    """The page follows its folder: what is changed, added or removed while it is open counts for
    the next question, and in the header."""
    documents = tmp_path / "documents"
    documents.mkdir()
    text = (
        "杭州市若干政策\n一、支持独立站。对独立站给予最高{}万元补贴。\n二、支持海外仓。给予奖励。\n"
    )
    (documents / "hangzhou.txt").write_text(text.format(200), "utf-8")
    build_index(documents, tmp_path / "index")
    question = "杭州对独立站给予多少补贴？"
    with serving(tmp_path / "index", documents) as url:
        page = open_page(url)
        ask(page, question)
        assert "200万元" in page.inner_text(".pa-quote")
        (documents / "hangzhou.txt").write_text(text.format(777), "utf-8")
        (documents / "chengdu.txt").write_text(text.format(5).replace("杭州", "成都"), "utf-8")
        deadline = time.monotonic() + 60
        while "777万元" not in page.locator(".pa-quote").last.inner_text():
            assert time.monotonic() < deadline
            page.wait_for_timeout(1_000)
            ask(page, question)
        assert "2" in page.inner_text("#header")
        assert "4" in page.inner_text("#header")
