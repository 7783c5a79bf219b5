"""Many visitors at once: do conversations stay apart, does memory stay flat, how long do they wait?

Visitors hold conversations of three turns over the page's own events, as a browser does (the queue
and its stream), think a few seconds between two of them, and begin a new one on the same page.
Each ends its questions
with marks of its own, and each conversation as the page then shows it is compared with what the
same visitor got for the same questions alone: a turn of anybody else's shows. The same visitors
then talk to a plain Gradio page that only echoes: what is left between the two is the assistant's
own. ``LOAD_USERS`` and ``LOAD_SECONDS`` set how many and how long (50 visitors, 300 seconds).
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from assistant import build_index
from benchmarks.common import ROOT, Bench, Options, report, table
from benchmarks.startup import free_port, resident_mb, wait_until_served

_DIALOGUES = (
    ("杭州对自建独立站有什么补贴，最多多少钱？", "那成都呢？", "谁负责？"),
    ("嘉兴对海外仓有什么支持？", "最高多少？", "和深圳比呢？"),
    ("成都的三年行动计划到哪天到期？", "那杭州呢？", "还有吗？"),
    ("上海的海外仓补贴多少？", "那深圳呢？", "有什么条件？"),
    ("杭州对跨境电商产业园有什么支持？", "嘉兴呢？", "最高多少？"),
)
_THINKING = (2.0, 8.0)
"""Seconds between two questions of a visitor."""
_MARKS = "？?！!"
"""What questions end with, by whose they are."""
_TURN = re.compile(r'(value=\\"(?:[0-9a-z]+:)?)\d+(?=(?::up|:down)?\\")')
_ECHO = """
import gradio as gr, sys
def echo(question, said):
    said = [*said, *({"role": role, "content": question} for role in ("user", "assistant"))]
    return "", said, said
with gr.Blocks() as page:
    said, box, chat, new = gr.State([]), gr.Textbox(), gr.Chatbot(), gr.Button(elem_id="new")
    box.submit(echo, [box, said], [box, said, chat], concurrency_limit=2)
    new.click(lambda: ([], []), None, [said, chat])
page.launch(server_port=int(sys.argv[1]), quiet=True, ssr_mode=False)
"""


@dataclass(slots=True)
class Seen:
    """What the visitors saw."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    wrong: int = 0
    memory: list[float] = field(default_factory=list)


def run(bench: Bench, options: Options) -> None:  # noqa: ARG001 - every benchmark has this shape
    """Prints what visitors wait, errors, mix-ups and the memory, for the page and for an echo."""
    users, seconds = (
        int(os.environ.get(f"LOAD_{n}", d)) for n, d in (("USERS", 50), ("SECONDS", 300))
    )
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder, "index")
        build_index(ROOT / "documents", index)
        ours = [
            sys.executable, "ui.py", "--index", str(index), "--no-watch", "--rate-limit", "",
            "--port",
        ]  # fmt: skip
        echo = [sys.executable, "-c", _ECHO]
        results = {
            name: asyncio.run(_measured(command, users, seconds))
            for name, command in (("page", ours), ("echo", echo))
        }
    rows = [(name, *result.values()) for name, result in results.items()]
    table(("", *results["page"]), rows)
    report("load", {"users": users, "seconds": seconds, **results})


async def _measured(command: list[str], users: int, seconds: float) -> dict[str, Any]:
    with served(command) as (url, process):
        async with httpx.AsyncClient(
            base_url=url, timeout=60, limits=httpx.Limits(max_connections=4 * users)
        ) as client:
            page = await Page.read(client)
            dialogues = [_dialogues(n) for n in range(users)]
            expected = [
                [await page.dialogue(f"alone{n}-{k}", d) for k, d in enumerate(own)]
                for n, own in enumerate(dialogues)
            ]
            assert len({said for own in expected for d in own for said in d}) == 15 * users
            seen = Seen()
            begin = time.monotonic()
            watching = asyncio.create_task(_memory(process.pid, seen))
            visits = zip(dialogues, expected, strict=True)
            await asyncio.gather(
                *(page.visitor(n, begin + seconds, *own, seen) for n, own in enumerate(visits))
            )
            took = time.monotonic() - begin
            watching.cancel()
    waited = sorted(seen.seconds)
    third = max(1, len(seen.memory) // 3)
    return {
        "answers": len(waited),
        "a second": len(waited) / took,
        "median s": statistics.median(waited),
        "p95 s": waited[int(len(waited) * 0.95)],
        "max s": waited[-1],
        "errors": len(seen.errors),
        "mix-ups": seen.wrong,
        "MB first third": statistics.mean(seen.memory[:third]),
        "MB last third": statistics.mean(seen.memory[-third:]),
    }


def _unnumbered(said: str) -> str:
    """A conversation without the numbers of its turns, which run on after a new one begins."""
    return _TURN.sub(r"\1", said)


def _dialogues(visitor: int) -> list[list[str]]:
    """The dialogues as that visitor puts them."""
    marks, left = _MARKS[visitor % 4], visitor // 4
    while left:
        marks, left = marks + _MARKS[left % 4], left // 4
    return [[f"{question.rstrip('？')}{marks}" for question in one] for one in _DIALOGUES]


@contextmanager
def served(command: list[str]) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address and the process of a page that ``command``, given a port, serves."""
    port = free_port()
    process = subprocess.Popen([*command, str(port)], cwd=ROOT, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_served(f"{url}/", process)
        yield url, process
    finally:
        process.terminate()
        process.wait()


async def _memory(pid: int, seen: Seen) -> None:
    while True:
        seen.memory.append(resident_mb(pid))
        await asyncio.sleep(1)


@dataclass(frozen=True, slots=True)
class Asked:
    """The conversation after a question, as text; the seconds until the first byte of the message
    that carries it, and until the whole was there."""

    said: str
    first: float
    seconds: float


async def _lines(answer: httpx.Response) -> AsyncIterator[tuple[str, float]]:
    """Each line of a stream with the time of its first byte."""
    begun, line = 0.0, ""
    async for text in answer.aiter_text():
        now = time.perf_counter()
        *whole, rest = text.split("\n")
        for part in whole:
            yield line + part, begun if line else now
            line = ""
        if rest and not line:
            begun = now
        line += rest


@dataclass(frozen=True, slots=True)
class Page:
    """A page's event for a question, as its configuration gives it."""

    client: httpx.AsyncClient
    asking: dict[str, Any]
    """The event for a question."""
    clearing: dict[str, Any]
    """The event for a new conversation."""
    chat: int
    """Which of the first one's outputs is the conversation."""

    @classmethod
    async def read(cls, client: httpx.AsyncClient) -> Page:
        config = (await client.get("/config")).json()
        kinds = {one["id"]: one["type"] for one in config["components"]}
        names = {one["id"]: one["props"].get("elem_id") for one in config["components"]}
        asking = next(
            one
            for one in config["dependencies"]
            if kinds[one["inputs"][0] if one["inputs"] else -1] == "textbox"
            and any(kinds[output] == "chatbot" for output in one["outputs"])
        )
        clearing = next(
            one
            for one in config["dependencies"]
            if any(names.get(target) == "new" for target, _ in one["targets"])
        )
        chat = next(at for at, one in enumerate(asking["outputs"]) if kinds[one] == "chatbot")
        return cls(client, asking, clearing, chat)

    async def ask(self, session: str, question: str) -> Asked:
        """Asks in a session."""
        data, first, seconds = await self._happen(session, self.asking, question)
        return Asked(json.dumps(data[self.chat], ensure_ascii=False), first, seconds)

    async def clear(self, session: str) -> None:
        """Begins a new conversation in a session."""
        await self._happen(session, self.clearing)

    async def _happen(
        self, session: str, event: dict[str, Any], *values: str
    ) -> tuple[list[Any], float, float]:
        """What an event comes to, and the seconds until the first byte and the last of the message
        that says so."""
        begin = time.perf_counter()
        data = [*values, *([None] * (len(event["inputs"]) - len(values)))]
        body = {"data": data, "fn_index": event["id"], "session_hash": session, "event_data": None}
        joined = await self.client.post("/gradio_api/queue/join", json=body)
        joined.raise_for_status()
        stream = self.client.stream(
            "GET", "/gradio_api/queue/data", params={"session_hash": session}
        )
        async with stream as answer:
            async for line, first in _lines(answer):
                if not line.startswith("data:"):
                    continue
                message = json.loads(line[5:])
                if message["msg"] == "process_completed":
                    if not message["success"]:
                        raise RuntimeError(str(message["output"])[:200])
                    now = time.perf_counter()
                    return message["output"]["data"], first - begin, now - begin
        raise RuntimeError("the stream ended without an answer")

    async def dialogue(self, session: str, questions: list[str]) -> list[str]:
        """The conversation after each of the questions."""
        return [(await self.ask(session, question)).said for question in questions]

    async def visitor(
        self,
        n: int,
        until: float,
        dialogues: list[list[str]],
        expected: list[list[str]],
        seen: Seen,
    ) -> None:
        """One visitor, until the time is up."""
        chance = random.Random(n)
        await asyncio.sleep(chance.uniform(0, _THINKING[1]))
        session = f"visitor{n}"
        while time.monotonic() < until:
            which = chance.randrange(len(_DIALOGUES))
            try:
                await self.clear(session)
                for question, said in zip(dialogues[which], expected[which], strict=True):
                    got = await self.ask(session, question)
                    seen.seconds.append(got.seconds)
                    seen.wrong += _unnumbered(got.said) != _unnumbered(said)
                    await asyncio.sleep(chance.uniform(*_THINKING))
            except (httpx.HTTPError, RuntimeError) as error:
                seen.errors.append(f"{type(error).__name__}: {error}")
                await asyncio.sleep(_THINKING[0])
