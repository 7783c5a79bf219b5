"""What is served, how much, and nothing of the machine."""

from __future__ import annotations

import functools
import re
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from gradio.routes import App
from playwright.sync_api import Browser

from assistant import Assistant, Settings
from assistant.page import health_of
from assistant.page.body import SMALL
from assistant.page.handlers import Frame
from assistant.page.routes import Kind, Routes
from assistant.page.sweep import CLOSED, UNFETCHED, sweep
from tests.conftest import ROOT
from tests.page.servers import Page, made, raw, served, uploads

Little = tuple[Assistant, Settings]
FIRST = "/gradio_api/queue/join"
LIMIT = 2_000_000


@pytest.fixture(scope="module")
def page(little: Little) -> Iterator[Page]:
    """The page on this machine, for whoever is there."""
    with served(*little, routers=[uploads()], upload_limit=LIMIT, mcp=True) as served_page:
        yield served_page


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
        "/", "/config", "/theme.css", "/favicon.ico", "/robots.txt",
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
    routes = Routes([], [uploads()])
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
    # chance may put a short name into a nonce, which holds random letters and nothing else
    assert socket.gethostname() not in re.sub(r'nonce="[\w-]{22}"', "", text)


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


def test_answers_are_compressed_but_for_streams(page: Page) -> None:
    """The page itself and what programs are answered; events go out as they come."""
    accept = {"Accept-Encoding": "gzip, br"}
    with page.http(headers=accept) as client:
        for answer in (client.get("/"), client.get("/config"), client.post("/api/documents")):
            assert answer.headers["content-encoding"] == "gzip"
        with client.stream("GET", "/gradio_api/heartbeat/x") as stream:
            assert "content-encoding" not in stream.headers
            assert "ALIVE" in next(stream.iter_lines())


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
    tab.wait_for_selector("html[data-page=ready]")
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


def test_a_question_asked_before_the_page_has_settled_keeps_its_answer(
    little: Little,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What the server says on arrival may come after the answer: it leaves the answer alone; and
    arriving without a question is no error of any event."""
    answered = threading.Event()
    arrive = Frame.arrive

    @functools.wraps(arrive)
    def late(*args: Any, **kwargs: Any) -> Any:
        changes = arrive(*args, **kwargs)
        answered.wait(20)
        return changes

    monkeypatch.setattr(Frame, "arrive", late)
    with served(*little) as page:
        context = browser.new_context()
        tab = context.new_page()
        tab.goto(page.url)
        tab.fill("#question textarea", "杭州对自建独立站有什么补贴？")
        tab.press("#question textarea", "Enter")
        tab.wait_for_selector("#chat .bot.message button[name=clause]")
        answered.set()
        tab.wait_for_selector("html[data-page=ready]")
        tab.wait_for_timeout(300)  # the event after it
        assert tab.locator("#chat .bot.message button[name=clause]").count() > 0
        assert tab.locator("#source .pa-card").count() > 0
        context.close()
    assert "Error" not in capsys.readouterr().err


# what is kept


def test_a_call_leaves_nothing_behind(little: Little) -> None:
    """Gradio would keep the page's settings for each; fetched or not, nothing is left."""
    with served(*little) as page, page.http() as client:
        holder, queue = page.blocks.state_holder, page.blocks._queue
        call = "/gradio_api/call/documents"
        idents = [client.post(call, json={"data": []}).json()["event_id"] for _ in range(6)]
        for ident in idents[:3]:
            assert "complete" in client.get(f"{call}/{ident}").text
        deadline = time.monotonic() + 20
        while set(idents) & set(holder.session_data):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert sweep(page.blocks) == 0  # some may still come for their answer
        assert sweep(page.blocks, UNFETCHED) == 6
        for kept in (
            holder.session_data, holder.time_last_used, queue.pending_messages_per_session,
            queue.pending_event_ids_session,
        ):  # fmt: skip
            assert not set(idents) & set(kept)


def test_a_page_that_was_closed_is_forgotten_in_time(little: Little) -> None:
    """One that is open is not, however long nobody asked."""
    with served(*little) as page, page.http() as client:
        for session in ("open", "gone"):
            state = page.blocks.state_holder[session]
            state.is_closed = session == "gone"
        assert sweep(page.blocks) == 0
        assert sweep(page.blocks, 2 * CLOSED) == 1
        assert list(page.blocks.state_holder.session_data) == ["open"]
        assert client.get("/healthz").status_code == 200


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
