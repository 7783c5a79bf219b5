"""The page as a real server, and Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from assistant import Assistant, Settings
from assistant.index import Tokenizer
from tests.conftest import CHENGDU, HANGZHOU, ROOT, free_port, wait_until_served
from tests.small import Library

SHOTS = ROOT / "shots"
_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip


@contextmanager
def serving(index: Path, documents: Path) -> Iterator[str]:
    """``python ui.py`` on a free port, as a user starts it; its address."""
    port = free_port()
    command = [
        sys.executable, "ui.py", "--host", "127.0.0.1", "--port", str(port),
        "--index", str(index), "--documents", str(documents),
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT)
    url = f"http://127.0.0.1:{port}/"
    try:
        wait_until_served(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="session")
def page_url(index_dir: Path) -> Iterator[str]:
    """The page over the five documents."""
    with serving(index_dir, ROOT / "documents") as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless; for one module, since Playwright runs an event loop of its own,
    which tests that run one could not stand. Where there is none the tests are skipped, but not in CI."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs Chromium: apt-get install chromium")
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def little(
    tmp_path_factory: pytest.TempPathFactory, tokenizer: Tokenizer
) -> tuple[Assistant, Settings]:
    """A library of two short texts with the fake encoder, and its settings."""
    library = Library(
        tmp_path_factory.mktemp("little"), {"hangzhou.txt": HANGZHOU, "chengdu.txt": CHENGDU},
        tokenizer,
    )  # fmt: skip
    return library.open(), library._settings()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens an address in a browser context of its own, and closes all at the end."""
    contexts: list[BrowserContext] = []

    def open_(
        url: str, *, width: int = 1400, height: int = 900, dark: bool = False, **query: str
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{url}?{urlencode(query)}")
        page.wait_for_selector("#question textarea")
        page.wait_for_selector(
            "html[data-page=ready]"
        )  # what happens when a visitor arrives has happened
        return page

    yield open_
    for context in contexts:
        context.close()


def ask(page: Page, question: str) -> None:
    """Types a question, sends it with Enter and waits for the answer."""
    before = page.locator("#chat .bot.message").count()
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    page.wait_for_function(
        "n => document.querySelectorAll('#chat .bot.message').length > n", arg=before
    )


def shoot(page: Page, name: str) -> None:
    """A screenshot for people to look at."""
    SHOTS.mkdir(exist_ok=True)
    page.wait_for_timeout(300)
    page.screenshot(path=SHOTS / f"{name}.png")
