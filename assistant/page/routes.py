"""What is served at all: an allow-list. Whatever is not on it does not exist.

Gradio has some fifty routes more than this page needs, among them some that hand out files, fetch
other addresses, or take uploads. In: a method and a path, decoded once. Out: the :class:`Kind` of
the request, which says what it needs and what it costs, or ``None``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import Enum

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

MCP = "/mcp"
"""Where the tools for language models are."""
UPLOADS = "/documents/"
"""Below it lie the documents; what is sent there may be a file."""
_API = "/gradio_api"
_READ, _SEND = frozenset({"GET", "HEAD"}), frozenset({"POST"})
_FILE = r"(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*/)*[A-Za-z0-9_-][A-Za-z0-9_.-]*"
"""A path of plain names, none of which begins with a dot."""
_ID = r"[A-Za-z0-9_-]{1,128}"


class Kind(Enum):
    """What a request is."""

    OPEN = "open"
    """Served to everybody, also without a login."""
    PAGE = "page"
    """The page itself."""
    ASSET = "asset"
    """A file of the page, whose name changes with its content."""
    DATA = "data"
    """Costs nothing: what the page is made of."""
    STREAM = "stream"
    """Costs nothing, and stays open: events, heartbeats."""
    WORK = "work"
    """Costs work; limited per visitor."""
    UPLOAD = "upload"
    """Costs work, and its body may be as large as an upload."""


class Routes:
    """The allow-list of a page: Gradio's own ``endpoints``, and the ``routers`` beside it."""

    def __init__(
        self,
        endpoints: Iterable[str],
        routers: Sequence[APIRouter] = (),
        *,
        login: bool = False,
        mcp: bool = False,
    ) -> None:
        names = "|".join(sorted(map(re.escape, endpoints))) or r"(?!)"
        made: list[tuple[frozenset[str], str, Kind]] = [
            (_READ, "/healthz", Kind.OPEN),
            (_READ, "/robots.txt", Kind.OPEN),
            (_READ, "/", Kind.PAGE),
            (_READ, rf"/assets/{_FILE}", Kind.ASSET),
            (_READ, rf"/static/(?:fonts|img|js)/{_FILE}", Kind.DATA),
            (_READ, r"/theme\.css", Kind.ASSET),  # asked for with the hash of its content
            (_READ, r"/favicon\.ico", Kind.DATA),
            (_READ, "/config", Kind.DATA),
            (_READ, rf"{_API}/info", Kind.DATA),
            (_READ, rf"{_API}/startup-events", Kind.DATA),
            (_READ, rf"{_API}/heartbeat/{_ID}", Kind.STREAM),
            (_READ, rf"{_API}/queue/data", Kind.STREAM),
            (_READ, rf"{_API}/call/(?:v2/)?(?:{names})/{_ID}", Kind.STREAM),
            (_SEND, rf"{_API}/(?:cancel|reset)", Kind.DATA),
            (_SEND, rf"{_API}/queue/join", Kind.WORK),
            (_SEND, rf"{_API}/call/(?:v2/)?(?:{names})", Kind.WORK),
        ]
        if login:
            made += [(_READ | _SEND, "/login", Kind.OPEN), (_READ, "/logout", Kind.OPEN)]
        if mcp:
            made.append((_SEND, f"{MCP}/?", Kind.WORK))
        self._known = [(methods, re.compile(path), kind) for methods, path, kind in made]
        for router in routers:
            self._known += map(_of, router.routes)

    def kind(self, method: str, path: str) -> Kind | None:
        """What a request is; ``None`` where there is no such thing."""
        for methods, known, kind in self._known:
            if method in methods and known.fullmatch(path):
                return kind
        return None

    def methods(self, path: str) -> frozenset[str]:
        """The methods that a path has; none where there is no such path."""
        found = [methods for methods, known, _ in self._known if known.fullmatch(path)]
        return frozenset[str]().union(*found)


def _of(route: BaseRoute) -> tuple[frozenset[str], re.Pattern[str], Kind]:
    """A route of ours: what only reads costs nothing, the rest is limited; a body below
    :data:`UPLOADS` may be as large as a file."""
    if not isinstance(route, APIRoute):
        raise TypeError(f"{route} is no plain route; give its router beside the others")
    methods = frozenset(route.methods or ())
    if methods <= _READ:
        return methods | {"HEAD"}, route.path_regex, Kind.DATA
    kind = Kind.UPLOAD if route.path.startswith(UPLOADS) else Kind.WORK
    return methods, route.path_regex, kind
