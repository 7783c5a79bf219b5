"""How much a request may send.

What is no upload is read whole, at most :data:`SMALL` bytes of it, before anything else sees it;
an upload is counted as it comes. Who sends more, or stops sending, is told so and let go.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

SMALL = 1_000_000
"""Bytes of a body that is no upload."""
PATIENCE = 30.0
"""Seconds that a small body may take, and each piece of a large one."""

LINGERS, _LINGERS_FOR = 1.0, 16_000_000
"""Seconds and bytes for which the rest of a refused body is taken in."""


class TooMuchError(Exception):
    """The body is larger than the ``limit``, in bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(limit)


class TooSlowError(Exception):
    """The body did not come."""


def check_length(scope: Scope, limit: int) -> None:
    """Raises :class:`TooMuchError` where the request itself says that it sends more."""
    said = Headers(scope=scope).get("content-length", "")
    if said.isdecimal() and int(said[:20]) > limit:
        raise TooMuchError(limit)


async def read_small(scope: Scope, receive: Receive) -> Receive:
    """Reads the whole body; what comes back gives it out again.

    Raises :class:`TooMuchError`, :class:`TooSlowError`.
    """
    check_length(scope, SMALL)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return receive
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > SMALL:
                    raise TooMuchError(SMALL)
                if not message.get("more_body"):
                    break
    except TimeoutError as error:
        raise TooSlowError from error
    whole: list[Message] = [{"type": "http.request", "body": b"".join(parts), "more_body": False}]

    async def again() -> Message:
        return whole.pop() if whole else await receive()

    return again


async def linger(receive: Receive) -> None:
    """Takes in a little more and throws it away: were the connection cut off at once, whoever still
    sends would not get to read why."""
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGERS):
            while size < _LINGERS_FOR:
                message = await receive()
                size += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body"):
                    return


@dataclass(slots=True)
class Counted:
    """A body that is counted while it is read; ``broken`` says what was wrong with it."""

    receive: Receive
    limit: int
    broken: TooMuchError | TooSlowError | None = None
    _size: int = 0
    _whole: bool = False

    @classmethod
    def of(cls, scope: Scope, receive: Receive, limit: int) -> Self:
        """Raises :class:`TooMuchError` where the request itself says that it sends more."""
        check_length(scope, limit)
        return cls(receive, limit)

    async def __call__(self) -> Message:
        if self._whole:
            return await self.receive()
        try:
            async with asyncio.timeout(PATIENCE):
                message = await self.receive()
        except TimeoutError as error:
            self.broken = TooSlowError()
            raise self.broken from error
        self._size += len(message.get("body", b""))
        self._whole = not message.get("more_body")
        if self._size > self.limit:
            self.broken = TooMuchError(self.limit)
            raise self.broken
        return message
