"""What one visitor waits for: the page, an answer, a document of 5,000 clauses.

In headless Chromium, on the five documents and on a statute of 5,000 articles made here. Each
opening of the page is in a browser context of its own, with nothing kept from before. An answer's
first byte is taken over the page's own events, from joining the queue to the first byte of the
message that carries it; the whole is taken in the browser, from Enter to its first citation.
``PAGE_ROUNDS`` sets how often (20). Frames are those of the whole browser: the first row is of a
page on which nothing lies, in the same browser.
"""

from __future__ import annotations

import asyncio
import math
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from assistant import build_index
from benchmarks.common import ROOT, Bench, Options, report, table
from benchmarks.load import Page, served

ARTICLES = 5_000
_PER_CHAPTER = 50
_READY = "html[data-page=ready]"
_BOX = "#question textarea"
_CITED = ".bot.message button[name=clause]"
_SCROLLED = """async (where) => {
  const view = where ? document.querySelector(where) : document.scrollingElement, times = [];
  const begin = view.scrollTop;
  let last = performance.now();
  for (let i = 0; i < 120; i++) {
    view.scrollTop += 400;
    await new Promise(requestAnimationFrame);
    times.push(performance.now() - last);
    last = performance.now();
  }
  return [times, view.scrollTop - begin];
}"""


def run(bench: Bench, options: Options) -> None:  # noqa: ARG001 - every benchmark has this shape
    """Prints medians and the slowest twentieth, in milliseconds."""
    from playwright.sync_api import sync_playwright

    rounds = int(os.environ.get("PAGE_ROUNDS", "20"))
    questions = [question.question for question in bench.gold if question.evidence][:rounds]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        index = Path(folder, "index")
        build_index(ROOT / "documents", index)
        with served(_page(index)) as (url, _):
            rows = {
                "page, from its address to ready": _opened(chromium, url, rounds),
                "answer, first byte": _first_bytes(url, questions),
                "answer, from Enter to its citation": _answered(chromium, url, questions),
            }
        large = _statute(Path(folder, "large"))
        build_index(large, Path(folder, "large-index"))
        with served(_page(Path(folder, "large-index"))) as (url, _):
            rows |= _large(chromium, url)
        chromium.close()
    shown = [(name, len(ms), *_summary(ms)) for name, ms in rows.items()]
    table(("milliseconds", "times", "median", "p95", "max"), shown)
    report("page", {name: _summary(ms) for name, ms in rows.items()})


def _page(index: Path) -> list[str]:
    own = ["--index", str(index), "--no-watch", "--rate-limit", "", "--port"]
    return [sys.executable, "ui.py", *own]


def _summary(ms: Sequence[float]) -> tuple[float, float, float]:
    ordered = sorted(ms)
    return statistics.median(ordered), ordered[math.ceil(len(ordered) * 0.95) - 1], ordered[-1]


def _opened(chromium: Any, url: str, rounds: int) -> list[float]:
    found = []
    for _ in range(rounds):
        context = chromium.new_context()
        page = context.new_page()
        begin = time.perf_counter()
        page.goto(url)
        page.wait_for_selector(_READY)
        found.append((time.perf_counter() - begin) * 1e3)
        context.close()
    return found


def _first_bytes(url: str, questions: list[str]) -> list[float]:
    async def ask() -> list[float]:
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            page = await Page.read(client)
            return [
                (await page.ask(f"first{n}", question)).first * 1e3
                for n, question in enumerate(questions)
            ]

    with ThreadPoolExecutor(1) as thread:  # this one has Playwright's event loop
        return thread.submit(lambda: asyncio.run(ask())).result()


def _answered(chromium: Any, url: str, questions: list[str]) -> list[float]:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector(_READY)
    found = []
    for question in questions:
        before = page.locator(_CITED).count()
        page.fill(_BOX, question)
        begin = time.perf_counter()
        page.press(_BOX, "Enter")
        page.wait_for_function(f"n => document.querySelectorAll('{_CITED}').length > n", arg=before)
        found.append((time.perf_counter() - begin) * 1e3)
        page.click("#new")
        page.wait_for_selector(_CITED, state="detached")
    context.close()
    return found


def _large(chromium: Any, url: str) -> dict[str, list[float]]:
    """The document of 5,000 clauses: opened at a clause, and scrolled."""
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.set_content("<div style='height: 100000px'>x</div>")
    empty, _ = page.evaluate(_SCROLLED, None)
    page.goto(url)
    page.wait_for_selector(_READY)
    page.fill(_BOX, "第二千五百条")
    page.press(_BOX, "Enter")
    page.wait_for_selector(_CITED)
    opened = []
    for _ in range(6):
        begin = time.perf_counter()
        page.click(f"{_CITED} >> nth=0")
        page.wait_for_selector("#source .pa-target")
        page.wait_for_selector(".pa-tree [aria-current]")
        opened.append((time.perf_counter() - begin) * 1e3)
        page.click("#source [name=answer]")
        page.wait_for_selector("#source .pa-target", state="detached")
    page.click(f"{_CITED} >> nth=0")
    page.wait_for_selector("#source .pa-target")
    scrolled, by = page.evaluate(_SCROLLED, "#source")
    assert by > 10_000, "nothing was scrolled"
    context.close()
    return {
        f"{ARTICLES} clauses, opened": opened,
        "frames of an empty page, scrolled": empty,
        f"frames of {ARTICLES} clauses, scrolled": scrolled,
    }


def _statute(folder: Path) -> Path:
    """A folder with a statute of :data:`ARTICLES` articles in chapters."""
    from cn2an import an2cn

    lines = ["杭州市大型条例"]
    for n in range(ARTICLES):
        chapter, first = divmod(n, _PER_CHAPTER)
        if not first:
            lines.append(f"第{an2cn(chapter + 1)}章 关于第{chapter + 1}类事项的规定")
        lines.append(
            f"第{an2cn(n + 1)}条 从事第{n + 1}类跨境电子商务业务的企业，"
            f"应当按照本条例的规定向主管部门备案，并对其报送材料的真实性负责；"
            f"符合条件的给予{n + 1}万元补贴。"
        )
    folder.mkdir()
    (folder / "large.txt").write_text("\n".join(lines) + "\n", "utf-8")
    return folder
