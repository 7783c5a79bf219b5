"""The whole page over a library that changes while it is open, as one visitor uses it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from assistant.index import Tokenizer
from assistant.page.app import may_edit
from assistant.page.library import Library
from assistant.page.library.uploads import router
from assistant.watch import Watcher
from tests.conftest import CHENGDU, HANGZHOU
from tests.page.conftest import OpenPage, ask, shoot
from tests.page.servers import served
from tests.small import Library as Small

pytestmark = pytest.mark.browser

NINGBO = (
    "宁波市海外仓扶持办法\n一、支持海外仓。对新建海外仓给予最高{}万元补贴。\n"
    "二、支持展会。给予展位费补贴。\n"
)
QUESTION = "宁波对海外仓给予多少补贴？"


@pytest.fixture
def page_and_folder(tmp_path: Path, tokenizer: Tokenizer) -> Iterator[tuple[str, Path]]:
    """The page over two files, which may be changed from it, and is watched."""
    small = Small(tmp_path, {"hangzhou.txt": HANGZHOU, "chengdu.txt": CHENGDU}, tokenizer)
    assistant, settings = small.open(), small._settings()
    library = Library(assistant, settings)
    uploads = router(library, settings, may_edit)
    watcher = Watcher(settings.documents, library.rebuild, lambda _: None)
    with watcher, served(assistant, settings, library=library, routers=[uploads]) as page:
        yield page.url, settings.documents


def test_a_policy_comes_changes_and_goes_while_the_page_is_open(
    page_and_folder: tuple[str, Path], open_page: OpenPage, tmp_path: Path
) -> None:
    """Uploaded, asked about without a reload, replaced (the old citation still opens), deleted; and
    a file that is saved in the folder is in the answers, too. The conversation goes on all along."""
    url, folder = page_and_folder
    page = open_page(url)
    ask(page, QUESTION)
    assert "没有宁波的政策" in page.locator(".pa-answer").last.inner_text()
    new = tmp_path / "ningbo.txt"
    new.write_text(NINGBO.format(80), "utf-8")
    page.click("#tab-library-button")
    page.set_input_files(".pl-drop input[type=file]", str(new))
    page.wait_for_selector("#library-documents [name=document]:has-text('宁波市海外仓')")
    page.click("#tab-chat-button")
    ask(page, QUESTION)
    assert "80万元" in page.locator(".pa-quote").last.inner_text()
    expect(page.locator("#header")).to_contain_text("3 篇")
    (folder / "ningbo.txt").write_text(NINGBO.format(90), "utf-8")
    for _ in range(60):
        ask(page, QUESTION)
        if "90万元" in page.locator(".pa-quote").last.inner_text():
            break
        page.wait_for_timeout(500)
    assert "90万元" in page.locator(".pa-quote").last.inner_text()
    page.locator("#chat .bot.message").nth(1).locator(".pa-cite").first.click()
    page.wait_for_selector("#source .pa-target")
    assert "万元" in page.inner_text("#source .pa-target")
    shoot(page, "library-changed")
    page.click("#tab-library-button")
    row = page.locator("#library-documents li", has_text="宁波市海外仓").last
    row.get_by_role("button", name="删除").click()
    page.locator("dialog[open]").get_by_role("button", name="删除").click()
    page.wait_for_selector("#library-documents :text('宁波市海外仓')", state="detached")
    page.click("#tab-chat-button")
    ask(page, QUESTION)
    assert "没有宁波的政策" in page.locator(".pa-answer").last.inner_text()
    assert not (folder / "ningbo.txt").exists()
    assert list((folder / ".removed").rglob("*ningbo*")), "what is deleted is kept"
