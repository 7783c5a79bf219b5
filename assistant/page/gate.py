"""The gate: every request passes it before anything else sees it.

It serves only what is on the allow-list (``routes.py``), refuses other hosts and other sites, lets
in who may come in, limits how often and how much, and sees to it that no answer carries a trace of
the machine. What lies behind finds the :class:`~assistant.page.visitor.Visitor` in the request.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.page.body import Counted, TooMuchError, TooSlowError, linger, read_small
from assistant.page.caller import Caller, bucket, caller_of, cleaned
from assistant.page.headers import guard, new_nonce
from assistant.page.login import WAIT, cookie_name, login_address
from assistant.page.rate import Rate
from assistant.page.routes import Kind, Routes
from assistant.page.serving import Serving
from assistant.page.sessions import Sessions
from assistant.page.visitor import Visitor, set_visitor

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_STREAMS = 300
"""Streams that an address may hold open; each open page holds one or two."""
_log = logging.getLogger(__name__)

NOT_FOUND = "没有这个页面。 There is no such thing here."
METHOD = "不支持这种请求方式。 This is not asked for that way."
HOST = (
    "这个页面只能用本机的名字打开。 Open the page by a name of this machine (http://localhost); "
    "behind a proxy say so with root_path."
)
NO_HOST = "请求没有写明主机名。 The request names no host."
SITE = "请求来自别的网站。 The request comes from another site."
LOG_IN = (
    "请先登录，然后刷新页面。 Log in first and reload the page; a program sends name and password "
    "(HTTP Basic)."
)
OFTEN = "提问太频繁，请在 {wait} 秒后再试。 Too many requests: try again in {wait} s."
STREAMS = "打开的页面太多。 Too many pages are open at this address."
BUSY = "现在提问的人太多，请稍后再试。 Too many questions are waiting: try again a little later."
MUCH = "请求太大（上限 {limit}）。 The request is too large; the limit is {limit}."
SLOW = "请求没有传完。 The request did not come through."
BROKEN = "服务器出错了，请稍后再试。 Something went wrong on the server: try again a little later."


@dataclass(frozen=True, slots=True)
class _RefusalError(Exception):
    """The answer to a request that goes no further."""

    response: Response


class Gate:
    """An ASGI app around another."""

    def __init__(
        self, app: ASGIApp, serving: Serving, routes: Routes, sessions: Sessions | None
    ) -> None:
        self._app = app
        self._serving = serving
        self._routes = routes
        self._sessions = sessions
        self._rate = Rate(serving.rate_limit)
        self._cookie = cookie_name(serving)
        self._streams: dict[asyncio.Task[Any], str] = {}
        # another site's name may be made to lead here (DNS rebinding); a mere path says no name
        named = bool(serving.public_host) or not serving.root_path
        self._is_guarded = sessions is None and serving.local and not serving.open and named

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # the server closes it
        path = self._inside(str(scope["path"]))
        kind = self._routes.kind(str(scope["method"]), path)
        answer = _Answer(send, kind, path, new_nonce(scope), scope)
        try:
            caller = caller_of(scope, self._serving)
            await self._admit(scope, caller, path, kind)
            if kind is Kind.UPLOAD:
                answer.counted = Counted.of(scope, receive, self._serving.upload_limit)
                body: Receive = answer.counted
            elif scope["method"] in _SAFE:
                body = receive
            else:
                body = await read_small(scope, receive)
            with self._noted(kind, caller):
                await self._app(cleaned(scope, caller, path, self._serving), body, answer)
        except _RefusalError as refusal:
            await answer.instead(refusal.response)
        except (TooMuchError, TooSlowError) as error:
            await answer.instead(_broken_off(error), receive)
        except Exception:  # noqa: BLE001 - whatever it is, nothing of it goes out
            _log.exception("A request failed: %s %r", scope["method"], path)
            await answer.instead(_said(500, BROKEN))

    @contextmanager
    def _noted(self, kind: Kind | None, caller: Caller) -> Iterator[None]:
        """Notes a stream for as long as it is open. Raises :class:`_RefusalError` where an address
        holds too many."""
        task = asyncio.current_task()
        if kind is not Kind.STREAM or task is None:
            yield
            return
        who = bucket(caller.address)
        if sum(one == who for one in self._streams.values()) >= _STREAMS:
            raise _RefusalError(_said(429, STREAMS, Retry_After="5"))
        self._streams[task] = who
        try:
            yield
        finally:
            del self._streams[task]

    def end_streams(self) -> None:
        """Ends the streams of all pages that are open: they would hold up the server's end."""
        for task in self._streams:
            task.cancel()

    def _inside(self, path: str) -> str:
        """The path without that below which a proxy shows the page, whether the proxy took it away
        or not."""
        prefix = self._serving.prefix
        return path.removeprefix(prefix) if prefix and path.startswith(f"{prefix}/") else path

    async def _admit(self, scope: Scope, caller: Caller, path: str, kind: Kind | None) -> None:
        """Leaves the visitor in the scope, or raises :class:`_RefusalError`."""
        serving, headers = self._serving, Headers(scope=scope)
        if serving.prefix and path == serving.prefix:
            raise _RefusalError(RedirectResponse(f"{serving.prefix}/", 308))
        if kind is None:
            known = self._routes.methods(path)
            raise _RefusalError(
                _said(405, METHOD, Allow=", ".join(sorted(known)))
                if known
                else _said(404, NOT_FOUND)
            )
        if not caller.has_a_name():
            raise _RefusalError(_said(400, NO_HOST))
        ours = caller.is_local() or caller.host in {serving.public_host} - {""}
        if self._is_guarded and not ours:
            raise _RefusalError(_said(403, HOST))
        if scope["method"] not in _SAFE and not caller.same_site(headers, serving):
            raise _RefusalError(_said(403, SITE))
        name = "" if kind is Kind.OPEN else await self._user(scope, caller, headers, kind)
        set_visitor(scope, Visitor(name, caller.address, self._may_edit(name, caller)))
        if kind in (Kind.WORK, Kind.UPLOAD):
            who = f"user {name}" if name else bucket(caller.address)
            if wait := self._rate.hit(who):
                raise _RefusalError(_said(429, OFTEN.format(wait=wait), Retry_After=str(wait)))

    async def _user(self, scope: Scope, caller: Caller, headers: Headers, kind: Kind) -> str:
        """The name of who has logged in, ``""`` where nobody has to."""
        if self._sessions is None:
            return ""
        cookies = cookie_parser(headers.get("cookie", ""))
        if name := self._sessions.user_of(cookies.get(self._cookie, "")):
            return name
        verdict = await self._sessions.basic(headers, caller.address)
        if verdict.wait:
            said = WAIT.format(wait=verdict.wait)
            raise _RefusalError(_said(429, said, Retry_After=str(verdict.wait)))
        if verdict.name:
            return verdict.name
        if kind is Kind.PAGE and "text/html" in headers.get("accept", ""):
            query = bytes(scope.get("query_string", b"")).decode("latin-1")
            raise _RefusalError(RedirectResponse(login_address(self._serving, query), 303))
        # a browser would ask by itself, in a window that is not ours
        if "sec-fetch-mode" in headers:
            raise _RefusalError(_said(401, LOG_IN))
        raise _RefusalError(_said(401, LOG_IN, WWW_Authenticate='Basic realm="assistant"'))

    def _may_edit(self, name: str, caller: Caller) -> bool:
        editors = self._serving.editors
        if editors is not None:
            return "*" in editors or (bool(name) and name in editors)
        return self._sessions is None and caller.direct


class _Answer:
    """What goes back: with the headers that every answer carries, and without what went wrong
    inside."""

    def __init__(self, send: Send, kind: Kind | None, path: str, nonce: str, scope: Scope) -> None:
        self._send = send
        self._kind = kind
        self._path = path
        self._nonce = nonce
        self._scope = scope
        self._begun = False
        self._replaced = False
        self.counted: Counted | None = None

    async def __call__(self, message: Message) -> None:
        """What the app behind sends."""
        if message["type"] == "http.response.start":
            other = self._other(int(message["status"]))
            if other is not None:
                self._replaced = True
                broken = self.counted is not None and self.counted.broken is not None
                await self.instead(other, self.counted.receive if self.counted and broken else None)
        if not self._replaced:
            await self._guarded(message)

    async def instead(self, response: Response, receive: Receive | None = None) -> None:
        """Sends an answer of the gate's own, unless the app's has begun: then it just ends. Before
        its end some more is taken in from ``receive``."""
        if self._begun:
            return

        async def lingering(message: Message) -> None:
            if message["type"] == "http.response.body" and receive is not None:
                await self._guarded({**message, "more_body": True})
                await linger(receive)
                message = {"type": "http.response.body", "body": b""}
            await self._guarded(message)

        await response(self._scope, _nothing, lingering)

    async def _guarded(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begun = True
            headers = MutableHeaders(scope=message)
            guard(headers, self._kind, self._path, self._nonce, int(message["status"]))
        await self._send(message)

    def _other(self, status: int) -> Response | None:
        """What is said in place of the app's answer: nothing of an exception goes out."""
        if self.counted is not None and self.counted.broken is not None:
            return _broken_off(self.counted.broken)
        if status == 500:
            return _said(500, BROKEN)
        if status == 503 and self._path.startswith("/gradio_api/"):
            # Gradio's page has a sentence of its own for 503, in English, and shows ours for 429
            people = "origin" in Headers(scope=self._scope)
            return _said(429 if people else 503, BUSY, Retry_After="5")
        return None


def _broken_off(error: TooMuchError | TooSlowError) -> Response:
    """The answer to a body that is too large or did not come; the connection ends with it."""
    if isinstance(error, TooMuchError):
        limit = f"{error.limit / 1_000_000:g} MB"
        return _said(413, MUCH.format(limit=limit), Connection="close")
    return _said(408, SLOW, Connection="close")


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


def _said(status: int, detail: str, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse({"detail": detail}, status, headers=named)
