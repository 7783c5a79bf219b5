"""The library tab in headless Chromium, used as people use it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Dialog, Locator, Page, Route, expect

from tests.conftest import CHENGDU, DOCUMENTS, HANGZHOU, ROOT, free_port, wait_until_served
from tests.page.conftest import shoot

pytestmark = pytest.mark.browser

NINGBO = HANGZHOU.replace("杭州", "宁波").replace("200", "320")
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"


BASE = {
    "hangzhou.txt": HANGZHOU,
    "chengdu.txt": f"{CHENGDU}三、附则。本措施自2020年1月1日起施行，有效期至2023年12月31日。\n",
}


def _restore(folder: Path) -> None:
    """The folder with the two files that each test begins with."""
    (folder / "hold").unlink(missing_ok=True)
    shutil.rmtree(folder / "documents", ignore_errors=True)
    (folder / "documents").mkdir()
    for name, text in BASE.items():
        (folder / "documents" / name).write_text(text, "utf-8")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The tab's own page, as a process: the folder it stands over, and its address."""
    folder = tmp_path_factory.mktemp("library")
    _restore(folder)
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.page.library_page", str(folder), str(port)], cwd=ROOT
    )
    address = f"http://127.0.0.1:{port}/"
    try:
        wait_until_served(address, process)
        yield folder, address
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture
def folder(served: tuple[Path, str], url: str) -> Path:
    return served[0]


@pytest.fixture
def url(served: tuple[Path, str]) -> str:
    """The page's address; the folder is as each test begins with it, and so is the index."""
    folder, address = served
    _restore(folder)
    urllib.request.urlopen(urllib.request.Request(f"{address}rebuild", method="POST")).close()
    return address


OpenTab = Callable[..., Page]


@pytest.fixture
def open_tab(browser: Browser, url: str) -> Iterator[OpenTab]:
    """Opens the tab in a browser context of its own; errors of its scripts fail the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_(
        *, guest: bool = False, width: int = 1400, height: int = 1000, dark: bool = False
    ) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height})
        context.set_default_timeout(30_000)
        contexts.append(context)
        if guest:
            context.add_cookies([{"name": "visitor", "value": "guest", "url": url}])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", lambda dialog: errors.append(_shut(dialog)))
        page.goto(f"{url}?__theme={'dark' if dark else 'light'}")
        page.get_by_role("tab", name="文件库").click()
        page.wait_for_selector(".pl-row")
        if not guest:
            page.wait_for_selector(".pl-drop")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert errors == []


def _shut(dialog: Dialog) -> str:
    dialog.dismiss()
    return dialog.message


def _row(page: Page, title: str) -> Locator:
    return page.locator(".pl-row", has_text=title)


def _said(page: Page) -> Locator:
    return page.locator("#library-status .pl-done")


def _choose(page: Page, *files: Path) -> None:
    page.set_input_files(".pl-drop input[type=file]", [str(file) for file in files])


def _write(folder: Path, name: str, text: str) -> Path:
    (folder / "new").mkdir(exist_ok=True)
    path = folder / "new" / name
    path.write_text(text, "utf-8")
    return path


def test_several_files_are_uploaded_and_stand_in_the_list(folder: Path, open_tab: OpenTab) -> None:
    """Each file has its own line and its own outcome; the list and the sentence follow."""
    page = open_tab()
    _choose(
        page,
        _write(folder, "宁波.txt", NINGBO),
        _write(folder, "empty.txt", "   "),
        _write(folder, "large.txt", "长" * 400_000),
    )
    jobs = page.locator(".pl-job")
    expect(jobs.nth(0)).to_contain_text("已加入：1 篇，2 条")
    expect(jobs.nth(1)).to_contain_text("文件")
    expect(jobs.nth(1)).to_have_class("pl-job pl-failed")
    expect(jobs.nth(2)).to_contain_text("超过 1 MB 的上限")
    expect(_row(page, "宁波市独立站扶持政策")).to_be_visible()
    expect(_said(page)).to_contain_text("索引现有 3 个文件，3 篇政策，7 条。新增 1")
    assert (folder / "documents" / "宁波.txt").read_text("utf-8") == NINGBO
    assert {path.name for path in (folder / "documents").glob("*.txt")} == {
        "hangzhou.txt", "chengdu.txt", "宁波.txt"
    }  # fmt: skip
    shoot(page, "library-uploaded")


def test_dropped_files_are_uploaded(folder: Path, open_tab: OpenTab) -> None:
    """Files that are dropped on the field go the same way as chosen ones."""
    page = open_tab()
    page.evaluate(
        """(text) => {
          const carried = new DataTransfer();
          carried.items.add(new File([text], "宁波.txt", { type: "text/plain" }));
          const zone = document.querySelector(".pl-drop");
          for (const type of ["dragover", "drop"])
            zone.dispatchEvent(new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true }));
        }""",
        NINGBO,
    )
    expect(_row(page, "宁波市独立站扶持政策")).to_be_visible()
    assert (folder / "documents" / "宁波.txt").exists()


def test_replacing_asks_first_with_the_keyboard_too(folder: Path, open_tab: OpenTab) -> None:
    """A name that is there already: a dialog, which Escape closes and Enter confirms; the former
    file is kept, and the index holds the new one."""
    page = open_tab()
    changed = _write(folder, "hangzhou.txt", HANGZHOU.replace("200万元", "777万元"))
    _choose(page, changed)
    dialog = page.locator("dialog")
    expect(dialog).to_contain_text("已有“hangzhou.txt”")
    shoot(page, "library-dialog")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator(".pl-job")).to_contain_text("未上传")
    assert "200万元" in (folder / "documents" / "hangzhou.txt").read_text("utf-8")
    _choose(page, changed)
    expect(dialog.locator("button").first).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".pl-job")).to_contain_text("已替换：1 篇，2 条；原文件保存在 .removed/")
    expect(_said(page)).to_contain_text("更改 1")
    (kept,) = (folder / "documents" / ".removed").glob("*/hangzhou.txt")
    assert "200万元" in kept.read_text("utf-8")
    page.get_by_role("tab", name="金额").click()
    expect(page.locator("#library-amounts")).to_contain_text("777万元")


def test_the_row_s_button_replaces_that_file(folder: Path, open_tab: OpenTab) -> None:
    """替换 in a row puts another file, whatever its name, in the place of that one."""
    page = open_tab()
    with page.expect_file_chooser() as chosen:
        _row(page, "杭州市").get_by_role("button", name="替换").click()
    chosen.value.set_files(str(_write(folder, "anything.txt", NINGBO)))
    page.locator("dialog .pl-yes").click()
    expect(_row(page, "宁波市独立站扶持政策")).to_be_visible()
    assert _row(page, "杭州市").count() == 0
    assert (folder / "documents" / "hangzhou.txt").read_text("utf-8") == NINGBO
    with page.expect_file_chooser() as chosen:
        _row(page, "宁波市").get_by_role("button", name="替换").click()
    chosen.value.set_files(str(_write(folder, "other.md", NINGBO)))
    expect(page.locator(".pl-job").last).to_contain_text("请选择 .txt 文件")


def test_deleting_asks_first_and_keeps_the_file(folder: Path, open_tab: OpenTab) -> None:
    """Cancelled, nothing happens; confirmed, the document leaves the list and the folder, and the
    last one can't be deleted."""
    page = open_tab()
    _row(page, "成都市").get_by_role("button", name="删除").click()
    page.locator("dialog button").first.click()
    expect(page.locator("dialog")).to_have_count(0)
    assert (folder / "documents" / "chengdu.txt").exists()
    _row(page, "成都市").get_by_role("button", name="删除").click()
    page.locator("dialog .pl-yes").click()
    expect(page.locator(".pl-job")).to_contain_text("已移除 chengdu.txt，保存在 .removed/")
    expect(_row(page, "成都市")).to_have_count(0)
    expect(_said(page)).to_contain_text("索引现有 1 个文件")
    assert not (folder / "documents" / "chengdu.txt").exists()
    _row(page, "杭州市").get_by_role("button", name="删除").click()
    page.locator("dialog .pl-yes").click()
    expect(page.locator(".pl-job")).to_contain_text("最后一个文件")
    assert (folder / "documents" / "hangzhou.txt").exists()


def test_a_build_shows_how_far_it_is(folder: Path, open_tab: OpenTab) -> None:
    """The bar counts what the build has done; in the end a sentence says what the index holds."""
    page = open_tab()
    (folder / "hold").touch()
    (folder / "documents" / "ningbo.txt").write_text(NINGBO, "utf-8")
    page.click("#library-rebuild")
    bar = page.locator("#library-status progress[max]")
    expect(page.locator("#library-status")).to_contain_text("第 3 步，共 4 步：编码段落")
    assert bar.get_attribute("value") == "0"
    shoot(page, "library-progress")
    other = open_tab()  # whoever comes meanwhile sees the library as it is, and can ask for a build
    assert _row(other, "宁波市").count() == 0
    other.click("#library-rebuild")
    expect(other.locator("#library-status progress")).to_be_visible()
    (folder / "hold").unlink()
    for one in (page, other):
        expect(_said(one)).to_contain_text("索引现有 3 个文件，3 篇政策，7 条。")
        expect(_row(one, "宁波市")).to_be_visible()
        expect(one.locator("#library-status progress")).to_have_count(0)


def test_behind_a_proxy_the_files_are_below_the_prefix(folder: Path, open_tab: OpenTab) -> None:
    """Uploads, removals and downloads go to the address that the page is reached by."""
    page = open_tab()
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(f"{route.request.method} {urlsplit(route.request.url).path}")
        route.fulfill(status=415, json={"detail": "不行", "reason": "type"})

    page.route("**/some/prefix/**", answer)
    page.evaluate("window.gradio_config.root = 'https://elsewhere:1/some/prefix/'")
    _choose(page, _write(folder, "a #1%.txt", NINGBO))
    expect(page.locator(".pl-job")).to_contain_text("不行")
    _row(page, "成都市").get_by_role("button", name="删除").click()
    page.locator("dialog .pl-yes").click()
    expect(page.locator(".pl-job.pl-failed")).to_contain_text("不行")
    link = _row(page, "杭州市").get_by_role("link", name="下载")
    link.click()
    assert "/some/prefix/documents/hangzhou.txt" in (link.get_attribute("href") or "")
    assert asked[:2] == [
        "PUT /some/prefix/documents/a%20%231%25.txt",
        "DELETE /some/prefix/documents/chengdu.txt",
    ]


def test_who_may_not_edit_sees_no_controls(folder: Path, url: str, open_tab: OpenTab) -> None:
    """A guest reads and downloads; a sentence says who may change the library."""
    page = open_tab(guest=True)
    expect(page.locator(".pl-who")).to_contain_text("editors")
    for control in (".pl-drop", "#library-rebuild", "[name=replace]", "[name=delete]"):
        assert page.locator(control).count() == 0, control
    with page.expect_download() as download:
        _row(page, "杭州市").get_by_role("link", name="下载").click()
    assert Path(download.value.path()).read_text("utf-8") == HANGZHOU
    status = page.evaluate(
        "async () => (await fetch('documents/x.txt', {method: 'PUT', body: 'x'})).status"
    )
    assert status == 403
    shoot(page, "library-guest")


def test_the_list_is_searched_and_narrowed(open_tab: OpenTab) -> None:
    """Words narrow the list as they are typed, a state with a click; what has run out is first."""
    page = open_tab()
    assert "成都市" in page.inner_text(".pl-row >> nth=0")
    expect(page.locator(".pl-row").first).to_contain_text("已到期")
    find = page.get_by_label("查找文件")
    find.press_sequentially("杭州", delay=30)
    expect(page.locator(".pl-row")).to_have_count(1)
    find.fill("没有这样的")
    expect(page.locator(".pl-documents")).to_contain_text("没有符合的文件")
    find.fill("")
    expect(page.locator(".pl-row")).to_have_count(2)
    page.locator(".pl-states button", has_text="已到期").click()
    expect(page.locator(".pl-row")).to_have_count(1)
    expect(page.locator(".pl-states button[aria-pressed=true]")).to_contain_text("已到期")


def test_documents_and_clauses_open_beside(folder: Path, open_tab: OpenTab) -> None:
    """A title, a dot and a clause behind a cell each lead to the source panel."""
    shutil.copy(DOCUMENTS / "shenzhen-action-plan.txt", folder / "documents")
    page = open_tab()
    page.click("#library-rebuild")
    expect(_row(page, "深圳市")).to_be_visible()
    source = page.locator("#source p")
    page.locator(".pl-title", has_text="杭州市").click()
    expect(source).to_contain_text("document hangzhou.txt#")
    page.get_by_role("tab", name="金额").click()
    page.locator(".pl-dot").first.click()
    expect(source).to_contain_text("clause ")
    first = source.inner_text()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(source).not_to_have_text(first)
    page.get_by_role("tab", name="主题").click()
    page.locator(".pl-cell").first.click()
    listed = page.locator("#library-subjects-picked .pl-listed")
    expect(listed).to_be_focused()
    listed.locator("button").first.click()
    expect(source).to_contain_text("clause ")


def test_the_language_switches(open_tab: OpenTab) -> None:
    """All words of the tab follow the page's language, and so do the server's answers."""
    page = open_tab()
    page.click("#language")
    expect(page.locator(".pl-summary")).to_have_text("Files: 2 · documents: 2 · clauses: 5")
    expect(page.get_by_role("tab", name="Amounts")).to_be_visible()
    _row(page, "杭州市").get_by_role("button", name="Delete hangzhou.txt").click()
    page.locator("dialog .pl-yes").click()
    expect(page.locator(".pl-job")).to_contain_text("removed; it is kept in .removed/")
    expect(_said(page)).to_contain_text("The index now holds: files 1,")


@pytest.mark.parametrize("width", [390, 1400])
def test_nothing_is_wider_than_the_page(open_tab: OpenTab, width: int) -> None:
    """On a phone the lists wrap and the pictures scroll inside their own box."""
    page = open_tab(width=width)
    for name in ("文件", "金额", "主题"):
        page.get_by_role("tab", name=name, exact=True).click()
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        shoot(page, f"library-{width}-{name}")


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_keeps_a_screen_reader_out(folder: Path, open_tab: OpenTab, dark: bool) -> None:
    """axe-core finds no serious fault in the tab, contrast included, in any view, with a dialog or
    a list of clauses open."""
    shutil.copy(DOCUMENTS / "hangzhou-action-plan.txt", folder / "documents")
    (folder / "documents" / "scan.jpg").write_bytes(b"x")
    page = open_tab(dark=dark)
    page.click("#library-rebuild")
    expect(_row(page, "杭州市加力推动").first).to_be_visible()
    page.locator(".pl-details summary").first.click()

    def check(what: str, within: str = "#library") -> None:
        page.wait_for_timeout(400)  # colours fade in
        result = Axe().run(page, within).response
        assert {one["id"] for one in result["passes"]} >= {"color-contrast"}, what
        serious = [one for one in result["violations"] if one["impact"] in ("serious", "critical")]
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in serious] == [], what

    check("documents")
    page.locator(".pl-row [name=delete]").first.click()
    check("dialog", "dialog")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="金额", exact=True).click()
    page.locator("#library-amounts summary").click()
    check("amounts")
    page.get_by_role("tab", name="主题", exact=True).click()
    page.locator(".pl-cell").first.click()
    expect(page.locator(".pl-listed")).to_be_visible()
    check("subjects")
    shoot(page, "library-dark" if dark else "library-light")


def test_the_pictures_are_used_with_the_keyboard_alone(folder: Path, open_tab: OpenTab) -> None:
    """One stop of the tab key for each line of dots; arrows move within it and to the next line;
    Enter opens the clause."""
    shutil.copy(DOCUMENTS / "chengdu-three-year-plan.txt", folder / "documents")
    page = open_tab()
    page.click("#library-rebuild")
    expect(_row(page, "成都市推动").first).to_be_visible()
    page.get_by_role("tab", name="金额", exact=True).click()
    page.locator("#library-amounts .pl-scroll").first.focus()

    def label() -> str:
        return str(page.evaluate("document.activeElement.getAttribute('aria-label')"))

    page.keyboard.press("Tab")
    first = label()
    assert first.startswith("成都：")
    page.keyboard.press("ArrowRight")
    assert label().startswith("成都：")
    assert label() != first
    page.keyboard.press("ArrowLeft")
    assert label() == first
    page.keyboard.press("ArrowDown")
    assert label().startswith("杭州：")
    page.keyboard.press("Enter")
    expect(page.locator("#source p")).to_contain_text("clause ")
    page.keyboard.press("Tab")
    assert not label().startswith(("成都：", "杭州："))


def test_hostile_names_and_texts_are_shown_as_they_are(folder: Path, open_tab: OpenTab) -> None:
    """Tags in a file's name, in a title, in a reason and in what is left out never become markup."""
    documents = folder / "documents"
    (documents / f"{HOSTILE.replace('/', '／')}.txt").write_text(
        f"来源：{HOSTILE}\n杭州市{HOSTILE}若干政策\n一、支持{HOSTILE}。给予最高3万元补贴。\n"
        f"二、支持海外仓{HOSTILE}。给予2万元奖励。\n",
        "utf-8",
    )
    (documents / f"{HOSTILE.replace('/', '／')}.exe").write_text("x", "utf-8")
    page = open_tab()
    page.click("#library-rebuild")
    expect(page.locator(".pl-failed")).to_contain_text("<script>")
    expect(_row(page, "<img src=x onerror=alert(1)>")).to_be_visible()
    page.locator(".pl-details summary").first.click()
    page.locator(".pl-row [name=delete]").first.click()
    expect(page.locator("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    for name in ("金额", "主题", "文件"):
        page.get_by_role("tab", name=name, exact=True).click()
        page.wait_for_timeout(300)
        assert page.locator("#library img, #library script, dialog img").count() == 0
