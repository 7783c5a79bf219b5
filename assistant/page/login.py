"""The login page, and what leads past it."""

from __future__ import annotations

import html
from importlib.resources import files
from string import Template
from urllib.parse import parse_qs, quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from assistant.page.headers import nonce_of
from assistant.page.serving import Serving
from assistant.page.sessions import LASTS, Sessions
from assistant.page.visitor import visitor_of
from assistant.page.words import PAGE

WRONG = "用户名或密码不正确。 The user name or the password is wrong."
WAIT = "尝试次数过多，请在 {wait} 秒后再试。 Too many attempts: try again in {wait} s."
_MOST = 8_192
"""Bytes of the form."""


def cookie_name(serving: Serving) -> str:
    """The cookie's name: browsers keep cookies by host, whatever the port."""
    return f"assistant_{serving.port}"


def login_address(serving: Serving, query: str) -> str:
    """Where to log in, and then come to the page with its ``query``."""
    return f"{serving.prefix}/login" + (f"?next={quote(query, safe='')}" if query else "")


def login_router(sessions: Sessions, serving: Serving) -> APIRouter:
    """``/login`` and ``/logout``. Whoever has logged in is led to the page itself, with the query
    that was asked for: no address that somebody else could name is ever gone to."""
    router = APIRouter()
    home = f"{serving.prefix}/"
    cookie = cookie_name(serving)

    def form(
        request: Request, *, next_: str, name: str = "", error: str = "", status: int = 200
    ) -> Response:
        said = f'<p class="error" role="alert">{html.escape(error)}</p>' if error else ""
        page = Template(files("assistant.page").joinpath("login.html").read_text("utf-8"))
        return HTMLResponse(
            page.substitute(
                title=html.escape(PAGE["zh"]["title"]),
                english=html.escape(PAGE["en"]["title"]),
                nonce=nonce_of(request.scope),
                action=html.escape(f"{serving.prefix}/login"),
                next=html.escape(next_),
                username=html.escape(name),
                error=said,
                focus_name="" if name else " autofocus",
                focus_password=" autofocus" if name else "",
            ),
            status,
        )

    @router.get("/login", include_in_schema=False)
    async def page(request: Request) -> Response:
        return form(request, next_=request.query_params.get("next", "")[:2_000])

    @router.post("/login", include_in_schema=False)
    async def login(request: Request) -> Response:
        body = await request.body()
        given = parse_qs(body[:_MOST].decode("utf-8", "replace"), keep_blank_values=True)
        name, password, next_ = (
            given.get(field, [""])[0] for field in ("username", "password", "next")
        )
        verdict = await sessions.login(name.strip(), password, visitor_of(request).address)
        people = "text/html" in request.headers.get("accept", "")
        if not verdict.name:
            error = WAIT.format(wait=verdict.wait) if verdict.wait else WRONG
            status = 429 if verdict.wait else 401
            said: Response = (
                form(request, next_=next_[:2_000], name=name[:64], error=error, status=status)
                if people
                else JSONResponse({"detail": error}, status)
            )
            if verdict.wait:
                said.headers["Retry-After"] = str(verdict.wait)
            return said
        query = quote(next_[:2_000], safe="=&%+-._~:/;,!*'()")
        answer: Response = (
            RedirectResponse(home + (f"?{query}" if query else ""), 303)
            if people
            else JSONResponse({"success": True})
        )
        answer.set_cookie(
            cookie,
            sessions.begin(verdict.name),
            max_age=LASTS,
            path=home,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )
        return answer

    @router.get("/logout", include_in_schema=False)
    async def logout(request: Request) -> Response:
        sessions.end(request.cookies.get(cookie, ""))
        answer = RedirectResponse(f"{serving.prefix}/login", 303)
        answer.delete_cookie(cookie, path=home)
        return answer

    return router
