"""The page by keyboard, for screen readers, light and dark."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.page.conftest import OpenPage, ask, shoot
from tests.page.test_browser import QUESTION, focused

pytestmark = [pytest.mark.browser, pytest.mark.model]

AXE = Axe()


def faults(page: Page) -> list[str]:
    """What axe-core finds that is serious or critical."""
    found = AXE.run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("dark", [False, True])
def test_a_screen_reader_stumbles_over_nothing(
    page_url: str, open_page: OpenPage, dark: bool
) -> None:
    """axe-core finds no serious fault: empty, with an answer and its document, a table, a refusal,
    filters, the search; light and dark (contrast AA is among them)."""
    page = open_page(page_url, dark=dark)
    seen = {"empty": faults(page)}
    ask(page, "成都那个跨境三年行动计划到哪天到期？")
    ask(page, "杭州和成都对海外仓有什么支持？")
    ask(page, "上海的跨境电商企业租海外仓，市里补贴多少？")
    page.click("#filters > button")
    page.wait_for_selector("#places input")
    seen["asked"] = faults(page)
    page.click("#chat .pa-cite >> nth=0")
    page.wait_for_selector("#source .pa-document")
    shoot(page, "document-dark" if dark else "document-light")
    seen["document"] = faults(page)
    page.click("#tab-find-button")
    page.wait_for_selector("#found .pa-browse")
    seen["find"] = faults(page)
    assert {name: some for name, some in seen.items() if some} == {}


def test_all_can_be_done_by_keyboard(page_url: str, open_page: OpenPage) -> None:
    """The box has the focus at first; Enter asks, Shift+Enter makes a line; Tab reaches the
    citation, Enter opens it, Esc leads back; / leads to the box."""
    page = open_page(page_url)
    expect(page.locator("#question textarea")).to_be_focused()
    page.keyboard.type("第一行")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("第二行")
    assert page.input_value("#question textarea") == "第一行\n第二行"
    page.fill("#question textarea", "")
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_selector(".pa-cite")
    for _ in range(30):
        page.keyboard.press("Shift+Tab")
        if "pa-cite" in focused(page):
            break
    assert "pa-cite" in focused(page)
    page.keyboard.press("Enter")
    page.wait_for_selector("#source .pa-target mark")
    assert "pa-target" in focused(page)
    page.keyboard.press("Escape")
    assert "pa-cite" in focused(page)
    page.keyboard.press("/")
    expect(page.locator("#question textarea")).to_be_focused()
    assert page.input_value("#question textarea") == ""


def test_light_and_dark_are_a_choice_that_stays(page_url: str, open_page: OpenPage) -> None:
    """The system's at first; what was chosen is there after a reload."""
    page = open_page(page_url)
    assert page.locator("body.dark").count() == 0
    page.click("#theme")
    expect(page.locator("body.dark")).to_have_count(1)
    page.reload()
    page.wait_for_selector("html[data-page=ready]")
    expect(page.locator("body.dark")).to_have_count(1)
    assert open_page(page_url, dark=True).locator("body.dark").count() == 1
