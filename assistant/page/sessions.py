"""Who has logged in: by a cookie, or with each request (HTTP Basic).

A cookie is signed with a key that this start of the program made up; it names the user and carries
the mark of the password that was given, so it is worth nothing once the user is removed or the
password changed. Checking a password is slow by design, so a pair that was right is remembered for
some minutes, by a keyed hash.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import json
import math
import secrets
import time
from dataclasses import dataclass
from typing import TypeVar

import anyio
from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.datastructures import Headers

from assistant.page.caller import bucket
from assistant.page.users import LONGEST, Users, normal

LASTS = 7 * 24 * 3600
"""Seconds that a login lasts."""
REMEMBERED = 300.0
"""Seconds that a pair is remembered."""
FAILURES, WITHIN = 10, 300.0
"""How many wrong passwords an address may try, within how many seconds."""
_Key = TypeVar("_Key", bytes, str)
_KEPT = 10_000
"""Pairs, and ended sessions, that are remembered at most."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a login came to: the user's ``name``, ``""`` where it was wrong, and the seconds
    (``wait``) for which this address may not try again."""

    name: str = ""
    wait: int = 0


class Sessions:
    """Logins to the page of some :class:`~assistant.page.users.Users`."""

    def __init__(self, users: Users) -> None:
        self._users = users
        self._key = secrets.token_bytes(32)
        self._signer = URLSafeTimedSerializer(self._key, salt="session")
        self._attempts = Attempts()
        self._running: dict[tuple[bytes, str], asyncio.Future[Verdict]] = {}
        self._right: dict[bytes, float] = {}
        self._ended: dict[str, float] = {}
        # each check takes 64 MB, so few run at once
        self._checks = anyio.CapacityLimiter(2)

    def begin(self, name: str) -> str:
        """The cookie of a user who has just logged in."""
        seal = self._users.seal(name)
        return str(self._signer.dumps([secrets.token_urlsafe(8), normal(name), seal]))

    def user_of(self, cookie: str) -> str:
        """The user of a cookie; ``""`` where it is none of ours, too old, ended, or no longer
        right."""
        try:
            ident, name, seal = self._signer.loads(cookie[:1_000], max_age=LASTS)
        except (BadData, ValueError, TypeError):
            return ""
        return name if seal and seal == self._users.seal(name) and ident not in self._ended else ""

    def end(self, cookie: str) -> None:
        """Ends the session of a cookie."""
        if self.user_of(cookie):
            ident, *_ = self._signer.loads(cookie[:1_000])
            _remember(self._ended, ident, time.monotonic() + LASTS)

    async def login(self, name: str, password: str, address: str) -> Verdict:
        """Checks a name and a password that somebody at ``address`` gives."""
        if not (0 < len(name) <= LONGEST and 0 < len(password) <= LONGEST):
            return Verdict()
        mark, counted = self._mark(name, password), bucket(address)
        if running := self._running.get((mark, counted)):  # a program that sends many at once
            return await asyncio.shield(running)
        # counted before it is known whether it is right, so that none of many at once gets through
        if wait := self._attempts.begin(counted):
            return Verdict(wait=wait)
        if self._right.get(mark, 0.0) > time.monotonic():
            self._attempts.take_back(counted)
            return Verdict(normal(name))
        check = asyncio.ensure_future(self._check(name, password, mark, counted))
        self._running[mark, counted] = check
        check.add_done_callback(lambda _: self._running.pop((mark, counted), None))
        return await asyncio.shield(check)

    async def _check(self, name: str, password: str, mark: bytes, counted: str) -> Verdict:
        right = await anyio.to_thread.run_sync(
            self._users.verify, name, password, limiter=self._checks
        )
        if not right:
            return Verdict()
        self._attempts.take_back(counted)
        _remember(self._right, mark, time.monotonic() + REMEMBERED)
        return Verdict(normal(name))

    async def basic(self, headers: Headers, address: str) -> Verdict:
        """Checks what a program sends with each request (``Authorization: Basic``)."""
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            return Verdict()
        try:
            name, _, password = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return Verdict()
        return await self.login(name, password, address)

    def _mark(self, name: str, password: str) -> bytes:
        """What a right pair is remembered by; another one once the password is changed."""
        parts = (normal(name), normal(password), self._users.seal(name) or "")
        pair = json.dumps(parts).encode()
        return hashlib.blake2b(pair, key=self._key, digest_size=32).digest()


class Attempts:
    """Wrong passwords, and those that are being looked at, by address: so many (``most``) within
    ``seconds``, then one has to wait."""

    def __init__(self, most: int = FAILURES, seconds: float = WITHIN) -> None:
        self._most, self._seconds = most, seconds
        self._times: dict[str, list[float]] = {}

    def begin(self, address: str) -> int:
        """Counts an attempt; 0, or the seconds to wait, and then it does not count."""
        now = time.monotonic()
        times = [one for one in self._times.pop(address, ()) if one > now - self._seconds]
        wait = 0 if len(times) < self._most else math.ceil(times[0] + self._seconds - now)
        if not wait:
            times.append(now)
        while len(self._times) >= _KEPT:
            del self._times[next(iter(self._times))]
        self._times[address] = times
        return max(wait, 0)

    def take_back(self, address: str) -> None:
        """The attempt was right: it does not count."""
        times = self._times.get(address)
        if times:
            times.pop()


def _remember(among: dict[_Key, float], key: _Key, until: float) -> None:
    """Notes a key with its end; what has ended goes, and the oldest where there are too many."""
    now = time.monotonic()
    if len(among) >= _KEPT:
        for one in [one for one, end in among.items() if end < now]:
            del among[one]
        while len(among) >= _KEPT:
            del among[next(iter(among))]
    among[key] = until
