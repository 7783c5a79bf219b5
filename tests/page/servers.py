"""Pages served within the test's own process, over a small library or the five documents."""

from __future__ import annotations

import asyncio
import http.client
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from fastapi import APIRouter, Request

from assistant import Assistant, Settings
from assistant.page import health_of
from assistant.page.app import build
from assistant.page.doors import Blocks, Rebuild
from assistant.page.library import Library
from assistant.page.listen import listening
from assistant.page.serve import application, server_of
from assistant.page.serving import Serving
from assistant.page.visitor import visitor_of
from tests.conftest import ROOT, free_port

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is served: its address (``http://127.0.0.1:…/``), and what serves it."""

    url: str
    blocks: Blocks
    serving: Serving

    def http(self, **options: Any) -> httpx.Client:
        """A client for its addresses."""
        return httpx.Client(base_url=self.url, timeout=30, trust_env=False, **options)


def made(make: Callable[[], T]) -> T:
    """What ``make`` gives, made within an event loop: outside of one Gradio makes some of its own
    and leaves them open."""

    async def within() -> T:
        return make()

    return run(within)


def run(call: Callable[..., Awaitable[T]], *args: Any) -> T:
    """What a coroutine comes to, in an event loop of another thread: Playwright has one in this."""

    async def whole() -> T:
        return await call(*args)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(whole())).result()


@contextmanager
def served(
    assistant: Assistant,
    settings: Settings,
    *,
    routers: Sequence[APIRouter] = (),
    library: Library | None = None,
    rebuild: Rebuild | None = None,
    blocks: Blocks | None = None,
    **options: Any,
) -> Iterator[Page]:
    """The page of an assistant, served with those options of :class:`Serving`."""
    port = free_port()
    serving = Serving(**{"port": port, "rate_limit": "", **options})
    page = blocks or made(lambda: build(assistant, settings, library, rebuild))
    health = partial(health_of, assistant, settings.index)
    app = made(lambda: application(page, serving, health=health, routers=routers))
    server = server_of(app, page)
    with listening("127.0.0.1", port) as sock:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 60
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        try:
            yield Page(f"http://127.0.0.1:{port}/", page, serving)
        finally:
            server.should_exit = True
            thread.join(timeout=30)
            assert not thread.is_alive(), "the server did not end"


def uploads() -> APIRouter:
    """What another part of the page brings: a route that takes a file."""
    router = APIRouter()

    @router.put("/documents/{name:path}")
    async def put(name: str, request: Request) -> dict[str, Any]:
        size = 0
        async for piece in request.stream():
            size += len(piece)
        visitor = visitor_of(request)
        return {"size": size, "may_edit": visitor.may_edit, "name": visitor.name}

    @router.get("/broken")
    def broken() -> None:
        raise RuntimeError(f"a secret of {ROOT}")

    return router


def raw(
    page: Page, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, str, dict[str, str]]:
    """A request whose path goes out as it is; status, body (its beginning, if it does not end) and
    headers of the answer."""
    parts = urlsplit(page.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    sent = {"Content-Type": "application/json", **(headers or {})}
    try:
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        streams = answer.headers.get_content_type() == "text/event-stream"
        text = (answer.read1(2_000) if streams else answer.read()).decode("utf-8", "replace")
        return answer.status, text, {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()
