"""The doors in one step: ``POST /api/ask`` with a JSON object answers with JSON."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from assistant.errors import (
    AssistantError,
    ClauseNotFoundError,
    DoorError,
    IndexBusyError,
    UsageError,
)
from assistant.page.calls import BusyError, Calls
from assistant.page.doors import said
from assistant.page.visitor import visitor_of


def rest_router(calls: Calls) -> APIRouter:
    """A route for each door: ``/api/NAME``."""
    router = APIRouter()
    for door in calls.doors:
        router.add_api_route(
            f"/api/{door.name}", _route(calls, door.name), methods=["POST"], response_model=None
        )
    return router


def _route(calls: Calls, name: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            given = _object(await request.body())
            return JSONResponse(await calls.call(name, given, visitor_of(request)))
        except AssistantError as error:
            return JSONResponse({"detail": said(error)}, status_of(error))

    return answer


def _object(body: bytes) -> object:
    """The JSON of a body; an empty one is an empty object."""
    try:
        return json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError) as error:
        raise DoorError("The body: a JSON object in UTF-8 is expected.") from error


def status_of(error: AssistantError) -> int:
    """The HTTP status of a failure."""
    if isinstance(error, DoorError) and error.forbidden:
        return 403
    if isinstance(error, BusyError):
        return 503
    if isinstance(error, UsageError):
        return 400
    if isinstance(error, ClauseNotFoundError):
        return 404
    return 409 if isinstance(error, IndexBusyError) else 503
