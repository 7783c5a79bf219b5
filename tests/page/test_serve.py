"""How the page is served: what there is, to whom, how much, and nothing of the machine."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gradio as gr
import httpx
import pytest
import uvicorn
from fastapi import APIRouter, Request
from gradio.routes import App
from playwright.sync_api import Browser
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import StreamingResponse
from starlette.routing import Route

from assistant import Assistant, Settings
from assistant.errors import ServerError
from assistant.page import health_of
from assistant.page.body import SMALL
from assistant.page.caller import bucket, caller_of, cleaned
from assistant.page.doors import Blocks
from assistant.page.listen import listening
from assistant.page.routes import Kind, Routes
from assistant.page.serving import Serving, is_loopback
from assistant.page.visitor import STRANGER, visitor_of
from tests.conftest import ROOT, free_port, wait_until_served
from tests.page.servers import Page, made, served

Little = tuple[Assistant, Settings]
FIRST = "/gradio_api/queue/join"
LIMIT = 2_000_000


def _uploads() -> APIRouter:
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


@pytest.fixture(scope="module")
def page(little: Little) -> Iterator[Page]:
    """The page on this machine, for whoever is there."""
    with served(*little, routers=[_uploads()], upload_limit=LIMIT, mcp=True) as served_page:
        yield served_page


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


# what is served

_FILE = "/etc/hostname"
FORBIDDEN = (
    f"/gradio_api/file={_FILE}", f"/gradio_api/file/{_FILE}", f"/gradio_api/file%3D{_FILE}",
    f"//gradio_api/file={_FILE}", f"/gradio_api//file={_FILE}", f"/./gradio_api/file={_FILE}",
    f"/assets/../gradio_api/file={_FILE}", f"/gradio_api/file=..%2f..%2f..{_FILE}",
    "/gradio_api/file=http://127.0.0.1:1/", f"/GRADIO_API/FILE={_FILE}", f"/file={_FILE}",
    "/gradio_api/proxy=http://127.0.0.1:1/", "/gradio_api/proxy=https://x.hf.space/",
    "/gradio_api/upload", "/gradio_api/upload_progress?upload_id=1", "/upload",
    "/gradio_api/component_server", "/gradio_api/stream/a/0/1/playlist.m3u8",
    "/gradio_api/stream/x", "/gradio_api/dev/reload", "/gradio_api/runs",
    "/gradio_api/run-history/records", "/gradio_api/run/ask", "/gradio_api/api/ask",
    "/gradio_api/deep_link?session_hash=a", "/gradio_api/custom_component/x/client/component/a.js",
    "/gradio_api/vibe-code", "/gradio_api/vibe-edit", "/gradio_api/process_recording",
    "/gradio_api/token", "/gradio_api/app_id", "/gradio_api/user", "/gradio_api/mcp/",
    "/gradio_api/queue/status", "/gradio_api/openapi.json", "/monitoring", "/monitoring/summary",
    "/svelte/svelte.js", "/static/../../../../../../../etc/hostname", "/static/%2e%2e/x",
    "/assets/..%2f..%2f..%2fetc%2fhostname", "/assets/%2e%2e/%2e%2e/index.html", "/assets//etc/x",
    "/assets/..%5c..%5cetc", "/assets/a%00.js", "/assets/.hidden", "/assets/", "/pwa_icon",
    "/manifest.json", "/docs", "/redoc", "/openapi.json", "/.git/config", "/assistant.toml",
    "/gradio_api/call/submit", "/gradio_api/call/v2/submit", "/gradio_api/call/ask/../../x",
    "/gradio_api/heartbeat/..%2fx", "/login", "/logout", "/documents", "/%2e%2e/%2e%2e/etc/hostname",
)  # fmt: skip


@pytest.mark.parametrize("path", FORBIDDEN)
def test_what_the_page_does_not_need_does_not_exist(page: Page, path: str) -> None:
    """Gradio's routes for files, uploads, proxies and the rest are 404 (or have no such method),
    however they are spelled."""
    for method in ("GET", "POST", "PUT", "HEAD"):
        status, text, _ = raw(page, method, path, b"{}" if method in ("POST", "PUT") else None)
        assert status in (404, 405), (method, path, status)
        assert socket.gethostname() not in text


def test_every_other_route_of_gradio_is_closed(page: Page) -> None:
    """Also those that a newer Gradio may add: only what is on the allow-list answers."""
    open_ = {
        "/", "/config", "/theme.css", "/gradio_api/theme.css", "/favicon.ico", "/robots.txt",
        "/gradio_api/info", "/gradio_api/startup-events", "/gradio_api/queue/data",
        "/gradio_api/queue/join", "/gradio_api/cancel", "/gradio_api/reset",
        "/gradio_api/heartbeat/x", "/assets/x", "/gradio_api/call/ask", "/gradio_api/call/v2/ask",
        "/gradio_api/call/ask/x", "/gradio_api/call/v2/ask/x",
    }  # fmt: skip
    routes = Routes(["ask"])
    known = list(_paths(made(lambda: App.create_app(page.blocks)).routes))
    assert len(known) > 70
    served_ = {path for method, path in known if routes.kind(method, path) is not None}
    assert served_ <= open_
    assert {"/", "/gradio_api/queue/join", "/assets/x", "/gradio_api/call/ask"} <= served_


def _paths(routes: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Method and path of each route; ``ask`` for the name of an endpoint, ``x`` for what else is
    open in a path."""
    for route in routes:
        if inner := getattr(route, "original_router", None):
            yield from _paths(inner.routes)
        path = str(getattr(route, "path", "")).replace("{api_name}", "ask")
        for method in getattr(route, "methods", None) or ():
            yield method, re.sub(r"{[^}]*}", "x", path)


def test_the_routes_of_others_are_served_as_they_say() -> None:
    """A router beside the page is on the list with its methods; what is sent to a document may be
    as large as a file."""
    routes = Routes([], [_uploads()])
    assert routes.kind("PUT", "/documents/a/b.txt") is Kind.UPLOAD
    assert routes.kind("GET", "/broken") is Kind.DATA
    assert routes.kind("DELETE", "/documents/a.txt") is None
    assert routes.methods("/documents/a.txt") == {"PUT"}
    assert routes.kind("POST", "/gradio_api/call/ask") is None


# nothing of the machine

LEAKS = (
    str(ROOT), str(Path.home()), f"{tempfile.gettempdir()}/", sys.prefix, "site-packages",
    "Traceback", "a secret of",
)  # fmt: skip
FILE_DATA = b'{"path":"/etc/hostname","meta":{"_type":"gradio.FileData"}}'
HOSTILE: tuple[bytes, ...] = (
    b"", b"{", b"null", b"[]", b"\xff\xfe", b'"x"', b"[" * 100_000, b'{"data":' + b"[" * 50_000,
    b'{"data":null}', b'{"data":{}}', b'{"data":[]}', b'{"data":[null,null,null,null,null,null]}',
    b'{"data":["\\ud800"]}', b'{"data":["\\u0000"]}', b'{"data":[NaN]}', b'{"data":[1e999]}',
    b'{"data":["x"],"fn_index":0,"session_hash":"leak"}',
    b'{"data":["x"],"fn_index":99999,"session_hash":"leak"}',
    b'{"data":["x"],"fn_index":-1,"session_hash":"leak"}',
    b'{"data":["x"],"fn_index":"a","session_hash":"leak"}',
    b'{"data":[[],"zz"],"fn_index":2,"session_hash":"leak","event_data":{"turn":"x"}}',
    b'{"data":[[],"zz"],"fn_index":2,"session_hash":"leak","event_data":5,"trigger_id":"q"}',
    b'{"fn_index":0,"session_hash":"leak","data":[' + FILE_DATA + b"]}",
    b'{"session_hash":"leak","fn_index":0,"event_id":"../../x"}',
    b'{"question":' + FILE_DATA + b"}",
    b'{"question":5,"regions":"x"}', b'{"address_or_id":"' + b"x" * 5_000 + b'"}', b'{"full":"x"}',
)  # fmt: skip
ADDRESSES = (
    "/gradio_api/queue/join", "/gradio_api/cancel", "/gradio_api/reset", "/gradio_api/call/ask",
    "/gradio_api/call/v2/ask", "/gradio_api/call/clause", "/gradio_api/call/v2/clause",
    "/gradio_api/call/retrieve", "/gradio_api/call/documents", "/gradio_api/call/rebuild",
    "/api/ask", "/api/clause", "/api/retrieve", "/api/documents", "/api/rebuild", "/mcp",
    "/gradio_api/file=/etc/hostname", "/gradio_api/upload", "/login",
)  # fmt: skip


@pytest.mark.parametrize("path", ADDRESSES)
def test_no_answer_to_hostile_input_tells_of_the_machine(page: Page, path: str) -> None:
    """Bad JSON, wrong types, unknown functions, files: no answer, nor the events that follow, holds
    a path, a traceback, or another file."""
    with page.http() as client:
        joined = 0
        for body in HOSTILE:
            answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
            clean(answer.text)
            ident = re.search(r'"event_id":"(\w+)"', answer.text)
            if ident and "/call/" in path:
                clean(client.get(f"{path.replace('/v2', '')}/{ident[1]}").text)
            joined += bool(ident and path == FIRST)
        if joined:
            with client.stream("GET", "/gradio_api/queue/data?session_hash=leak") as events:
                for line in events.iter_lines():
                    clean(line)
                    joined -= "process_completed" in line
                    if not joined:
                        break


def clean(text: str) -> None:
    """Nothing of the machine is in a text."""
    for leak in LEAKS:
        assert leak not in text, text[:500]
    assert socket.gethostname() not in text


@pytest.mark.parametrize(
    "path",
    ["/", "/config", "/gradio_api/info", "/theme.css", "/healthz", "/broken", "/robots.txt",
     "/favicon.ico", "/gradio_api/queue/data?session_hash=none", "/gradio_api/call/ask/none",
     "/assets/none.js", "/config?page=zz", "/?deep_link=../../x", "/?__theme=%00",
     "/gradio_api/info?all_endpoints=true", "/gradio_api/heartbeat/x"],
)  # fmt: skip
def test_what_is_read_tells_nothing_of_the_machine(page: Page, path: str) -> None:
    """Gradio's settings of the page, its errors and those of others hold no path and no name."""
    status, text, _ = raw(page, "GET", path, headers={"Accept-Encoding": "identity"})
    clean(text)
    assert (status == 500) == (path == "/broken")


def test_a_visitors_headers_do_not_change_what_others_see(page: Page) -> None:
    """Gradio builds addresses from ``X-Forwarded-Host`` and ``X-Gradio-Server``; who is no proxy
    can't set them, neither for himself nor, by what is kept, for others."""
    poison = dict.fromkeys(("X-Forwarded-Host", "X-Gradio-Server", "Forwarded"), "evil.example")
    for path in ("/", "/config", "/gradio_api/info"):
        assert "evil.example" not in raw(page, "GET", path, headers=poison)[1]


def test_no_host_gets_into_what_is_kept(little: Little) -> None:
    """Where any host may be asked for, the first is not the one that others are shown."""
    with served(*little, open=True) as page:
        evil = {"Host": "evil.example"}
        call = raw(page, "POST", "/gradio_api/call/v2/documents", b"{}", evil)
        assert call[0] == 200
        assert raw(page, "GET", "/gradio_api/info", headers=evil)[0] == 200
        for path in ("/gradio_api/info", "/config", "/"):
            text = raw(page, "GET", path)[1]
            assert "evil.example" not in text
            assert str(page.serving.port) in text


# headers


def test_every_answer_is_guarded(page: Page) -> None:
    """Also errors carry the headers that keep a browser from what is not ours."""
    for method, path in (
        ("GET", "/"), ("GET", "/healthz"), ("GET", "/none"), ("POST", "/"), ("GET", "/broken"),
        ("POST", FIRST), ("GET", "/gradio_api/heartbeat/x"), ("GET", "/config"),
    ):  # fmt: skip
        _, _, headers = raw(page, method, path, b"{}" if method == "POST" else None)
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers


def test_other_sites_may_read_nothing(page: Page) -> None:
    """Gradio allows other origins; none of that goes out, and a preflight gets no leave."""
    origin = {"Origin": "http://localhost:1"}
    for method, path in (("GET", "/config"), ("OPTIONS", FIRST)):
        headers = raw(
            page, method, path, headers={**origin, "Access-Control-Request-Method": "POST"}
        )[2]
        assert not [name for name in headers if name.startswith("access-control-")]


def test_each_page_has_a_number_of_its_own(page: Page) -> None:
    """Every script in the HTML carries the number that the policy names; it is never used twice."""
    numbers = set()
    for _ in range(3):
        _, text, headers = raw(page, "GET", "/")
        number = text.partition('<script nonce="')[2].partition('"')[0]
        assert f"'nonce-{number}'" in headers["content-security-policy"]
        assert text.count("<script") == text.count(f'<script nonce="{number}"')
        numbers.add(number)
    assert len(numbers) == 3


def test_the_pages_files_are_kept_by_the_browser(page: Page) -> None:
    """What changes its name with its content may be kept for good; answers may not."""
    text = raw(page, "GET", "/")[1]
    asset = text.partition('src="./')[2].partition('"')[0]
    assert "immutable" in raw(page, "GET", f"/{asset}")[2]["cache-control"]
    assert "no-store" in raw(page, "GET", "/config")[2]["cache-control"]


# sizes


@pytest.mark.parametrize("path", [FIRST, "/gradio_api/call/ask", "/api/ask", "/mcp"])
def test_a_large_body_is_refused(page: Page, path: str) -> None:
    """One MB is the limit, said or not: what comes in pieces without a length is counted."""
    pieces = iter([b" " * 100_000] * 12)
    for body in (b" " * (SMALL + 1), pieces):
        with page.http() as client:
            answer = client.post(path, content=body)
        assert answer.status_code == 413
        assert "1 MB" in answer.json()["detail"]


def test_a_body_that_says_too_much_is_not_awaited(page: Page) -> None:
    """Whoever announces a gigabyte is told before a byte of it is sent."""
    parts = urlsplit(page.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(
            f"POST {FIRST} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000000\r\n\r\n".encode()
        )
        assert b" 413 " in connection.recv(200)


def test_a_body_that_never_comes_is_given_up(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who announces a body and sends none does not hold the server up."""
    monkeypatch.setattr("assistant.page.body.PATIENCE", 0.2)
    parts = urlsplit(page.url)
    for method, path in (("POST", FIRST), ("PUT", "/documents/x.txt")):
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
            connection.sendall(
                f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nab".encode()
            )
            assert b" 408 " in connection.recv(200)


def test_an_upload_may_be_as_large_as_the_settings_say(page: Page) -> None:
    """Its limit is its own, and holds also for pieces."""
    with page.http() as client:
        assert client.put("/documents/x.txt", content=b"a" * LIMIT).json()["size"] == LIMIT
        for body in (b"a" * (LIMIT + 1), iter([b"a" * 500_000] * 5)):
            answer = client.put("/documents/x.txt", content=body)
            assert answer.status_code == 413
            assert "2 MB" in answer.json()["detail"]


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
    with served(*little, blocks=blocks, routers=[_uploads()], **options) as page:
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


# where it listens


EVERYWHERE = "0.0.0.0"  # noqa: S104 - it is refused


@pytest.mark.parametrize("host", [EVERYWHERE, "192.168.1.2", "::", "example.com", "2001:db8::1"])
def test_others_are_let_in_only_on_purpose(host: str, tmp_path: Path) -> None:
    """An address that others can reach needs users, or the word that anybody may come."""
    with pytest.raises(ServerError, match=r"assistant users add .*--open.*--host 127\.0\.0\.1"):
        Serving(host=host).check()
    Serving(host=host, open=True).check()
    Serving(host=host, users=tmp_path / "users").check()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_this_machine_needs_no_users(host: str) -> None:
    """The machine's own addresses can be listened on as they are."""
    Serving(host=host).check()
    assert is_loopback(host) == (host != "localhost")


def test_a_port_in_use_is_an_error_with_another() -> None:
    """It names the next one."""
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=f"--port {port + 1}"), listening("127.0.0.1", port):
            pass


def test_health_says_whether_there_is_an_index(page: Page, little: Little, tmp_path: Path) -> None:
    """Counts and generation while there is one; else 503."""
    assistant, _ = little
    with page.http() as client:
        said = client.get("/healthz").json()
    assert said["status"] == "ok"
    assert (said["documents"], said["clauses"]) == (2, 4)
    assert said["generation"] == assistant.generation
    gone = Settings.load(index=tmp_path / "gone")
    with served(assistant, gone) as sick, sick.http() as client:
        answer = client.get("/healthz")
        assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})
    with pytest.raises(Exception, match="no index"):
        health_of(assistant, tmp_path)


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


# in a browser


def test_the_policy_keeps_nothing_from_the_page(page: Page, browser: Browser) -> None:
    """Asking and opening a citation breaks no rule of the content security policy, fetches nothing
    from outside, and writes no error."""
    context = browser.new_context()
    tab = context.new_page()
    said: list[str] = []
    hosts: set[str | None] = set()
    tab.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    tab.goto(page.url)
    tab.fill("#question textarea", "杭州对自建独立站有什么补贴？")
    tab.press("#question textarea", "Enter")
    tab.click("#chat .bot.message button[name=clause]")
    tab.wait_for_selector(".pa-target")
    injected = tab.evaluate(
        "() => { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.got = 1\">');"
        " const s = document.createElement('script'); s.textContent = 'window.got = 2';"
        " document.body.append(s); return new Promise(r => setTimeout(() => r(window.got), 300)); }"
    )
    context.close()
    ours = [line for line in said if "onerror" not in line and "script-src" not in line]
    assert injected is None
    assert [line for line in ours if "404" not in line and "/x" not in line] == []
    assert hosts <= {"127.0.0.1", None}


def test_who_asks_too_often_reads_why(little: Little, browser: Browser) -> None:
    """The page shows the sentence, not silence."""
    with served(*little, rate_limit="1/minute") as page:
        context = browser.new_context()
        tab = context.new_page()
        tab.goto(page.url)
        for question in ("独立站", "海外仓"):
            tab.fill("#question textarea", question)
            tab.press("#question textarea", "Enter")
            tab.wait_for_timeout(300)
        tab.wait_for_selector("text=提问太频繁")
        context.close()


# as a process


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> tuple[str, ...]:
    """A small library, and the options that name it."""
    folder = tmp_path_factory.mktemp("process")
    (folder / "documents").mkdir()
    (folder / "documents" / "a.txt").write_text(
        "杭州市措施\n一、支持独立站。\n二、支持海外仓。\n", "utf-8"
    )
    return (
        "--documents", str(folder / "documents"), "--index", str(folder / "index"),
        "--model", str(tiny_model),
    )  # fmt: skip


@pytest.mark.parametrize(("sign", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_ends_while_pages_are_open(
    options: tuple[str, ...], sign: signal.Signals, status: int
) -> None:
    """Told to end or interrupted, the program ends by itself though a stream is open; the first
    thing that it says is where the chat is."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "ui.py", "--port", str(port), *options],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )  # fmt: skip
    try:
        wait_until_served(f"http://127.0.0.1:{port}/healthz", process)
        with httpx.stream(
            "GET", f"http://127.0.0.1:{port}/gradio_api/heartbeat/x", timeout=60, trust_env=False
        ) as stream:
            assert "ALIVE" in next(stream.iter_lines())
            process.send_signal(sign)
            out, error = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == status, error.decode()
    assert out.decode().startswith(f"The chat is at http://localhost:{port}/")
    assert b"Traceback" not in error


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--host", EVERYWHERE), "assistant users add"),
     (("--users", "nowhere/users"), "assistant users add NAME --users nowhere/users"),
     (("--rate-limit", "often"), "a rate like 60/minute"),
     (("--root-path", "policies"), "a path like /policies")],
)  # fmt: skip
def test_what_can_not_be_served_is_said_at_once(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    """One line that names the way out, before anything is built."""
    process = subprocess.run(
        [sys.executable, "-m", "assistant", "chat", "--no-browser", "--index", str(tmp_path / "i"),
         "--port", str(free_port()), *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "COLUMNS": "1000"},
    )  # fmt: skip
    assert process.returncode in (1, 2)
    assert said in process.stderr
    assert len(process.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "i").exists()
