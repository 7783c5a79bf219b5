"""What every answer carries: which sources the browser may use, and what it may tell others.

Gradio's page holds scripts of its own in its HTML; they get a number used once (a nonce), so that
no other script in the HTML runs, wherever it might come from. Nothing is fetched from outside.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.page.routes import Kind

_KEY = "assistant.nonce"
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_PAGE = (
    "default-src 'none'; "
    "script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; "  # gr.HTML makes functions of its script
    "style-src 'self' 'unsafe-inline'; "  # Svelte writes styles into elements
    "img-src 'self' data:; "
    "font-src 'self'; "
    "connect-src 'self'; "
    "base-uri 'self'; "
    "form-action 'self'; "
    "frame-ancestors 'none'"
)
_LOGIN = (
    "default-src 'none'; style-src 'nonce-{nonce}'; img-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)
_YEAR = "private, max-age=31536000, immutable"
_FOREIGN = re.compile(
    r'\s*<meta\s+(?:property|name)="(?:og|twitter):[^>]*>|\s*<link rel="manifest"[^>]*>'
)
"""What Gradio says of itself to other sites, and a file of its own that the page does without."""


def new_nonce(scope: MutableMapping[str, Any]) -> str:
    """Makes the number of this request and leaves it in its scope."""
    nonce: str = scope.setdefault(_KEY, secrets.token_urlsafe(16))
    return nonce


def nonce_of(scope: MutableMapping[str, Any]) -> str:
    """The number of this request."""
    return str(scope[_KEY])


def guard(headers: MutableHeaders, kind: Kind | None, path: str, nonce: str, status: int) -> None:
    """Puts on an answer what every answer carries; other sites may read none."""
    for name in [name for name in headers if name.lower().startswith("access-control-")]:
        del headers[name]
    for name, value in _ALWAYS:
        headers[name] = value
    policy = _PAGE if kind is Kind.PAGE else _LOGIN if path == "/login" else _NOTHING
    headers["Content-Security-Policy"] = policy.format(nonce=nonce)
    if kind is Kind.ASSET and status == 200:
        headers["Cache-Control"] = _YEAR
    elif "cache-control" not in headers:
        headers["Cache-Control"] = "private, no-store" if kind is not Kind.OPEN else "no-store"


class Nonced:
    """Middleware, the innermost of Gradio's: gives the scripts of its HTML the nonce, and leaves
    out what speaks to other sites."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope.get(_KEY) is None or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        begun: Message = {}
        parts: list[bytes] = []

        async def rewriting(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                kind = MutableHeaders(scope=message).get("content-type", "")
                if kind.startswith("text/html"):
                    begun = message
                    return
            elif begun:
                parts.append(message.get("body", b""))
                if message.get("more_body"):
                    return
                body = _nonced(b"".join(parts), nonce_of(scope))
                MutableHeaders(scope=begun)["content-length"] = str(len(body))
                await send(begun)
                await send({"type": "http.response.body", "body": body})
                return
            await send(message)

        await self._app(scope, receive, rewriting)


def _nonced(body: bytes, nonce: str) -> bytes:
    """No text of the page can look like a tag here: Gradio writes ``<`` in its data as
    ``\\u003c``."""
    text = _FOREIGN.sub("", body.decode())
    return text.replace("<script", f'<script nonce="{nonce}"').encode()
