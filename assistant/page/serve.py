"""The page, served: Gradio's app inside one of our own, behind the gate, run by uvicorn.

In: the page (``app.py``), how it is to be served, and the routers of what lies beside it. It runs
until it is interrupted, or told to end (SIGTERM); then it ends within :data:`PATIENCE` seconds,
whatever connections are open.
"""

from __future__ import annotations

import logging
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from typing import Any

import gradio as gr
import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from gradio.routes import App
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from assistant.errors import AssistantError
from assistant.page.app import FONTS, style
from assistant.page.calls import Calls
from assistant.page.doors import Blocks
from assistant.page.gate import Gate
from assistant.page.headers import Nonced
from assistant.page.listen import listening
from assistant.page.login import login_router
from assistant.page.rest import rest_router
from assistant.page.routes import MCP, Routes
from assistant.page.serving import Serving
from assistant.page.sessions import Sessions
from assistant.page.sweep import MOST, sweeping
from assistant.page.tools import Tools
from assistant.page.users import Users

PATIENCE = 2
"""Seconds that what is under way may take when the server ends."""
_CONNECTIONS = 2_000
"""Connections at once; each open page holds one or two."""
_MONO = ("ui-monospace", "monospace")
_log = logging.getLogger(__name__)

Health = Callable[[], dict[str, Any]]
"""What ``/healthz`` says; raises :class:`AssistantError` where no index can be read."""


def application(
    blocks: Blocks, serving: Serving, *, health: Health, routers: Sequence[APIRouter] = ()
) -> Gate:
    """The whole as an ASGI app. Raises :class:`~assistant.errors.UsersError` where the file of
    users can't be used, :class:`~assistant.errors.ExtraMissingError` where the tools are wanted and
    can't be had."""
    sessions = Sessions(Users(serving.users)) if serving.users else None
    own = [_health_router(health), *routers]
    tools = None
    if blocks.doors is not None:
        calls = Calls(blocks.doors, serving.queue_size)
        own.append(rest_router(calls))
        tools = Tools(calls, str(blocks.title)) if serving.mcp else None

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with sweeping(blocks), tools.running() if tools else nullcontext():
            yield

    login = [login_router(sessions, serving)] if sessions else []
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.add_middleware(GZipMiddleware, compresslevel=5)  # of Gradio's answers it does only files
    for router in (*login, *own):
        app.include_router(router)
    if tools is not None:
        app.router.routes += [Route(path, tools) for path in (MCP, f"{MCP}/")]
    _mount(app, blocks, serving)
    public = (fn.api_name for fn in blocks.fns.values() if fn.api_visibility == "public")
    routes = Routes(filter(None, public), own, login=bool(login), mcp=tools is not None)
    return Gate(app, serving, routes, sessions)


def _mount(app: FastAPI, blocks: Blocks, serving: Serving) -> None:
    """Puts Gradio's app into ours. What it could say about this machine is off."""
    blocks.state_session_capacity = MOST
    blocks.queue(max_size=serving.queue_size, api_open=False)
    # with each event Gradio would make a table of the last ten thousand, for a page that is off
    blocks._queue.ANALYTICS_MAX_EVENTS = 1  # noqa: SLF001
    blocks._queue.ANAYLTICS_CACHE_FREQUENCY = sys.maxsize  # noqa: SLF001
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        root_path=serving.root_path,
        show_error=False,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        theme=gr.themes.Default(
            primary_hue="zinc", neutral_hue="zinc", font=FONTS, font_mono=_MONO
        ),
        css=style(),
    )
    inner = gradio_app(app)
    inner.user_middleware.append(Middleware(Nonced))  # the innermost: before it is compressed
    inner.add_exception_handler(RequestValidationError, _not_valid)
    inner.add_exception_handler(TypeError, _wrong_arguments)


def gradio_app(app: FastAPI) -> App:
    """Gradio's app within ours."""
    return next(
        route.app for route in app.routes if isinstance(route, Mount) and isinstance(route.app, App)
    )


async def _not_valid(_: Request, error: Exception) -> Response:
    """What is wrong with a request, without giving all of it back."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part)[:40] for part in first["loc"])
    return JSONResponse({"detail": f"{where}: {first['msg']}."}, 422)


async def _wrong_arguments(request: Request, error: Exception) -> Response:
    """``/call/v2`` takes arguments by name; for those that are off Gradio raises, and adds where to
    look in a page that is not here."""
    if "/call/v2/" not in request.url.path:
        raise error
    return JSONResponse({"detail": f"{str(error).partition('. ')[0].rstrip('.')}."}, 422)


def _health_router(health: Health) -> APIRouter:
    router = APIRouter()

    @router.get("/healthz")
    def healthz() -> Response:
        try:
            return JSONResponse({"status": "ok", **health()})
        except AssistantError as error:
            _log.warning("The index can't be read: %s", error)
            return JSONResponse({"status": "unavailable"}, 503)

    @router.get("/robots.txt")
    def robots() -> Response:
        return PlainTextResponse("User-agent: *\nDisallow: /\n")

    return router


def serve(
    blocks: Blocks,
    serving: Serving,
    *,
    health: Health,
    routers: Sequence[APIRouter] = (),
    open_browser: bool = False,
) -> None:
    """Serves the page until it is interrupted or told to end.

    Raises :class:`ServerError` for a port in use, and where anybody could come in unasked; else as
    :func:`application`.
    """
    serving.check()
    app = application(blocks, serving, health=health, routers=routers)
    with listening(serving.host, serving.port) as sock, _told_to_end():
        print(f"The chat is at {serving.address} (Ctrl-C stops it)", flush=True)  # noqa: T201
        if open_browser:
            threading.Thread(target=webbrowser.open, args=(serving.address,), daemon=True).start()
        server_of(app, blocks).run(sockets=[sock])


def server_of(app: Gate, blocks: Blocks) -> uvicorn.Server:
    """The server for an app; it ends Gradio's streams when it ends."""
    config = uvicorn.Config(
        app,
        http="h11",  # which takes no more than 64 KB of headers
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the gate knows whom to believe
        ws="none",
        limit_concurrency=_CONNECTIONS,
        timeout_graceful_shutdown=PATIENCE,
    )
    return _Server(config, app, blocks)


class _Server(uvicorn.Server):
    """Ends also while pages are open, which hold a stream each."""

    def __init__(self, config: uvicorn.Config, gate: Gate, blocks: Blocks) -> None:
        super().__init__(config)
        self._gate = gate
        self._blocks = blocks

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        queue = self._blocks._queue  # noqa: SLF001 - Gradio closes it only where it runs the server
        queue.close()  # type: ignore[no-untyped-call]
        said = logging.getLogger("uvicorn.error")
        level = said.level
        said.setLevel(logging.CRITICAL)  # what is broken off here is no error
        try:
            self._gate.end_streams()
            await super().shutdown(sockets)
        finally:
            said.setLevel(level)


@contextmanager
def _told_to_end() -> Iterator[None]:
    """SIGTERM ends the server, and then what called it goes on to its own end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn raises it again at its end
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
