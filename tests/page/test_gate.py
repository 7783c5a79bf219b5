"""Other hosts, other sites, how often, who asks, and what a proxy says."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import gradio as gr
import httpx
import pytest
import uvicorn
from fastapi import Request
from playwright.sync_api import Browser
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import StreamingResponse
from starlette.routing import Route

from assistant import Assistant, Settings
from assistant.page.caller import bucket, caller_of, cleaned
from assistant.page.doors import Blocks
from assistant.page.serving import Serving
from assistant.page.visitor import STRANGER, visitor_of
from tests.conftest import free_port
from tests.page.servers import Page, made, raw, served, uploads

Little = tuple[Assistant, Settings]
FIRST = "/gradio_api/queue/join"


@pytest.fixture(scope="module")
def page(little: Little) -> Iterator[Page]:
    """The page on this machine, for whoever is there."""
    with served(*little, routers=[uploads()], mcp=True) as served_page:
        yield served_page


# other hosts, other sites


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost:1", 200), ("127.0.0.1", 200), ("[::1]:7860", 200), ("127.8.8.8", 200),
     ("evil.example", 403), ("127.0.0.1.evil.example", 403), ("localhost.evil.example:7860", 403),
     ("", 400), ("a b", 400), ("localhost/<script>", 400), ('a"b', 400), ("192.168.0.1", 403), ("localhost@evil.example", 400), ("[::2]", 403)],
)  # fmt: skip
def test_a_name_made_to_lead_here_is_refused(page: Page, host: str, status: int) -> None:
    """On this machine, without a login, only the machine's own names count (DNS rebinding)."""
    for path in ("/", "/config", "/healthz"):
        assert raw(page, "GET", path, headers={"Host": host})[0] == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 200), ({"Origin": "OWN"}, 200), ({"Origin": "http://evil.example"}, 403),
     ({"Origin": "null"}, 403), ({"Origin": "http://127.0.0.1:1"}, 403),
     ({"Sec-Fetch-Site": "cross-site", "Origin": "OWN"}, 403), ({"Sec-Fetch-Site": "same-site"}, 403),
     ({"Sec-Fetch-Site": "same-origin", "Origin": "OWN"}, 200), ({"Sec-Fetch-Site": "none"}, 200)],
)  # fmt: skip
def test_another_site_can_change_nothing(page: Page, headers: dict[str, str], status: int) -> None:
    """A page of another site can't make a visitor's browser ask, upload or rebuild."""
    sent = {
        name: page.url.rstrip("/") if value == "OWN" else value for name, value in headers.items()
    }
    assert raw(page, "POST", "/api/documents", b"{}", sent)[0] == status
    assert raw(page, "PUT", "/documents/x", b"{}", sent)[0] == status


def _with_endpoint(call: Callable[..., Any]) -> Blocks:
    """A page of nothing but an endpoint, of the call's own name."""
    blocks = Blocks()
    with blocks:
        gr.events.api(call, api_name=call.__name__, concurrency_limit=1)
    return blocks


# how often


def test_who_asks_too_often_waits(little: Little) -> None:
    """The third question in a minute is 429 with the seconds to wait; reading costs nothing."""
    with served(*little, rate_limit="2/minute") as page, page.http() as client:
        for _ in range(20):
            assert client.get("/config").status_code == 200
            assert raw(page, "GET", "/gradio_api/heartbeat/x")[0] == 200
        for _ in range(2):
            assert client.post("/api/documents").status_code == 200
        for path in ("/api/documents", FIRST, "/gradio_api/call/ask"):
            refused = client.post(path, json={})
            assert refused.status_code == 429
            assert 0 < int(refused.headers["retry-after"]) <= 60
            assert refused.headers["retry-after"] in refused.json()["detail"]


def test_who_asks_too_often_reads_why(little: Little, browser: Browser) -> None:
    """The page shows the sentence, not silence."""
    with served(*little, rate_limit="8/minute") as page:
        context = browser.new_context()
        tab = context.new_page()
        tab.goto(page.url)
        tab.wait_for_selector("html[data-page=ready]")
        tab.fill("#question textarea", "独立站")
        tab.press("#question textarea", "Enter")
        tab.wait_for_selector("#chat .bot.message >> text=200万元")
        for _ in range(8):  # what happens when a page is opened counts, too
            tab.fill("#question textarea", "海外仓")
            tab.press("#question textarea", "Enter")
            tab.wait_for_timeout(200)
        tab.wait_for_selector("text=提问太频繁")
        context.close()


def test_no_address_holds_all_streams(little: Little, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address may hold so many open, then no more until one is closed."""
    monkeypatch.setattr("assistant.page.gate._STREAMS", 2)
    with served(*little) as page, page.http() as client:
        one = client.stream("GET", "/gradio_api/heartbeat/a")
        with one, client.stream("GET", "/gradio_api/heartbeat/b"):
            assert client.get("/gradio_api/heartbeat/c").status_code == 429
            assert client.get("/config").status_code == 200
        deadline = time.monotonic() + 20
        status = 0
        while status != 200:
            assert time.monotonic() < deadline
            with client.stream("GET", "/gradio_api/heartbeat/d") as again:
                status = again.status_code


def test_a_full_queue_sends_questions_away(little: Little) -> None:
    """More than may wait are refused, programs with 503 and browsers in a sentence of ours."""
    assistant, settings = little
    go = threading.Event()

    def wait(text: str) -> str:
        go.wait(30)
        return text

    blocks = made(lambda: _with_endpoint(wait))
    with served(assistant, settings, blocks=blocks, queue_size=1) as page, page.http() as client:
        call = "/gradio_api/call/wait"
        try:
            first = client.post(call, json={"data": ["a"]})
            assert first.status_code == 200
            deadline = time.monotonic() + 20
            while (full := client.post(call, json={"data": ["b"]})).status_code == 200:
                assert time.monotonic() < deadline
            assert full.status_code == 503
            browser = client.post(
                call, json={"data": ["c"]}, headers={"Origin": page.url.rstrip("/")}
            )
            assert browser.status_code == 429
            assert full.json() == browser.json()
            assert "waiting" in full.json()["detail"]
        finally:
            go.set()
        assert "complete" in client.get(f"{call}/{first.json()['event_id']}").text


# who asks


@pytest.mark.parametrize(
    ("options", "headers", "may_edit"),
    [({}, {}, True), ({}, {"X-Forwarded-For": "1.2.3.4"}, False), ({}, {"Forwarded": "x"}, False),
     ({}, {"Via": "1.1 proxy"}, False), ({"editors": ()}, {}, False),
     ({"editors": ("ann",)}, {}, False), ({"editors": ("*",)}, {"X-Real-IP": "1.2.3.4"}, True),
     ({"root_path": "/policies"}, {}, False), ({"open": True}, {"Host": "192.168.0.1"}, False)],
)  # fmt: skip
def test_who_may_edit_without_users(
    little: Little, options: dict[str, Any], headers: dict[str, str], may_edit: bool
) -> None:
    """Whoever comes straight from this machine, or whom the settings name; it is known also
    behind Gradio's queue."""

    def who(request: gr.Request) -> list[Any]:
        visitor = visitor_of(request)
        return [visitor.name, visitor.address, visitor.may_edit]

    blocks = made(lambda: _with_endpoint(who))
    with served(*little, blocks=blocks, routers=[uploads()], **options) as page:
        call = "/gradio_api/call/who"
        ident = json.loads(raw(page, "POST", call, b'{"data":[]}', headers)[1])["event_id"]
        event = raw(page, "GET", f"{call}/{ident}", headers=headers)[1]
        told = json.loads(event.partition("data: ")[2])[0]
        direct = json.loads(raw(page, "PUT", "/documents/x", b"", headers)[1])
    assert told == ["", "127.0.0.1", may_edit]
    assert direct["may_edit"] is may_edit


def test_nobody_is_a_stranger_who_may_nothing() -> None:
    """Without the gate nobody may edit."""
    assert visitor_of(None) is STRANGER
    assert visitor_of(gr.Request()) is STRANGER
    assert not STRANGER.may_edit


def _scope(peer: str, **headers: str) -> dict[str, Any]:
    named = [(k.replace("_", "-").lower().encode(), v.encode()) for k, v in headers.items()]
    return {"type": "http", "client": (peer, 1), "scheme": "http", "headers": named}


@pytest.mark.parametrize(
    ("root", "proxies", "peer", "said", "address"),
    [("", ("127.0.0.1",), "127.0.0.1", "1.2.3.4", "127.0.0.1"),
     ("/p", ("127.0.0.1",), "127.0.0.1", "1.2.3.4", "1.2.3.4"),
     ("/p", ("127.0.0.1",), "9.9.9.9", "1.2.3.4", "9.9.9.9"),
     ("/p", ("127.0.0.1",), "127.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
     ("/p", ("127.0.0.1", "10.0.0.0/8"), "127.0.0.1", "6.6.6.6, 1.2.3.4, 10.1.1.1", "1.2.3.4"),
     ("/p", ("127.0.0.1",), "::ffff:127.0.0.1", "1.2.3.4", "1.2.3.4"),
     ("/p", ("127.0.0.1",), "127.0.0.1", "", "127.0.0.1"),
     ("/p", ("127.0.0.1",), "127.0.0.1", "nonsense", "nonsense")],
)  # fmt: skip
def test_only_a_proxy_says_whose_the_address_is(
    root: str, proxies: tuple[str, ...], peer: str, said: str, address: str
) -> None:
    """What a visitor writes before the proxy's own entry is not believed."""
    serving = Serving(root_path=root, proxies=proxies)
    assert caller_of(_scope(peer, x_forwarded_for=said, host="a"), serving).address == address


def test_what_lies_behind_sees_the_visitor_not_the_proxy() -> None:
    """Host, scheme and address are those of the visitor; no forwarding header is left."""
    scope = _scope(
        "127.0.0.1", host="inner:1", x_forwarded_host="policy.example", x_forwarded_proto="https",
        x_forwarded_for="1.2.3.4", x_gradio_server="http://evil", cookie="a=b",
    )  # fmt: skip
    caller = caller_of(scope, Serving(root_path="/p"))
    serving = Serving(root_path="/p")
    behind = cleaned(scope, caller, "/x", serving)
    assert behind["client"] == ("1.2.3.4", 0)
    assert (behind["scheme"], behind["path"]) == ("https", "/x")
    assert behind["headers"] == [(b"host", b"policy.example"), (b"cookie", b"a=b")]


def test_addresses_are_counted_by_machine() -> None:
    """Of IPv6 the network counts: its owner has as many addresses as he likes."""
    assert bucket("2001:db8::1") == bucket("2001:db8::ffff:1") != bucket("2001:db8:0:1::1")
    assert bucket("::ffff:1.2.3.4") == bucket("1.2.3.4") != bucket("1.2.3.5")
    assert bucket("x") == "x"


# behind a proxy


def _proxy(to: str, prefix: str) -> Starlette:
    """A small reverse proxy that takes the prefix away, as nginx and Caddy do."""
    client = httpx.AsyncClient(base_url=to, timeout=60, trust_env=False)

    async def forward(request: Request) -> StreamingResponse:
        headers = {k: v for k, v in request.headers.items() if k != "content-length"}
        headers |= {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "http"}
        path = request.url.path.removeprefix(prefix) or "/"
        url = f"{path}?{request.url.query}" if request.url.query else path
        sent = client.build_request(
            request.method, url, headers=headers, content=await request.body()
        )
        answer = await client.send(sent, stream=True)
        kept = {k: v for k, v in answer.headers.items() if k != "transfer-encoding"}
        done = BackgroundTask(answer.aclose)
        return StreamingResponse(answer.aiter_raw(), answer.status_code, kept, background=done)

    @asynccontextmanager
    async def closing(_: Starlette) -> AsyncIterator[None]:
        async with client:
            yield

    route = Route(prefix + "{path:path}", forward, methods=["GET", "POST", "PUT"])
    return Starlette(routes=[route], lifespan=closing)


@pytest.fixture(scope="module")
def proxied(little: Little) -> Iterator[str]:
    """The page behind a proxy, below a path."""
    with served(*little, root_path="/policies") as page:
        port = free_port()
        config = uvicorn.Config(
            _proxy(page.url, "/policies"), port=port, log_level="error", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}/policies/"
        server.should_exit = True
        thread.join(timeout=10)


def test_the_page_works_below_a_path(proxied: str, browser: Browser) -> None:
    """Behind a proxy the browser finds all of the page below the proxy's path, and asks there."""
    context = browser.new_context()
    tab = context.new_page()
    asked: list[str] = []
    failed: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("response", lambda r: failed.append(r.url) if r.status >= 400 else None)
    tab.goto(proxied)
    tab.fill("#question textarea", "杭州对自建独立站有什么补贴？")
    tab.press("#question textarea", "Enter")
    tab.wait_for_selector("#chat .bot.message >> text=200万元")
    context.close()
    assert not failed
    assert all(url.startswith((proxied, "data:")) for url in asked), asked


def test_programs_work_below_a_path(proxied: str) -> None:
    """So do they; the path without its slash leads to it."""
    with httpx.Client(base_url=proxied, timeout=30, trust_env=False) as client:
        assert client.post("api/ask", json={"question": "独立站"}).status_code == 200
        assert client.get("config").json()["root"] == proxied.rstrip("/")


def test_a_proxy_may_leave_the_path_in_place(little: Little) -> None:
    """The page answers below the path as well, and without it."""
    with served(*little, root_path="/policies") as page, page.http() as client:
        assert client.get("/policies/healthz").status_code == 200
        assert client.get("/healthz").status_code == 200
        led = client.get("/policies")
        assert (led.status_code, led.headers["location"]) == (308, "/policies/")
        assert client.get("/policies/gradio_api/file=/etc/hostname").status_code == 404
