"""Who has logged in: by a cookie, or with each request (HTTP Basic).

A cookie is signed with a key that this start of the program made up; it names the user and carries
the mark of the password that was given, so it is worth nothing once the user is removed or the
password changed. Checking a password is slow by design, so a pair that was right is remembered for
some minutes, by a keyed hash.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import TypeVar

import anyio
from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.datastructures import Headers

from assistant.page.caller import bucket
from assistant.page.rate import Rate
from assistant.page.users import LONGEST, Users, normal

LASTS = 7 * 24 * 3600
"""Seconds that a login lasts."""
REMEMBERED = 300.0
"""Seconds that a pair is remembered."""
FAILURES = "10 per 5 minutes"
"""How many wrong passwords an address may try."""
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
        self._failures = Rate(FAILURES)
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
        known = self._mark(name, password)
        if known and self._right.get(known, 0.0) > time.monotonic():
            return Verdict(normal(name))
        counted = bucket(address)
        async with self._checks:
            if wait := self._failures.wait(counted):
                return Verdict(wait=wait)
            if not await anyio.to_thread.run_sync(self._users.verify, name, password):
                self._failures.hit(counted)
                return Verdict()
        if known:
            _remember(self._right, known, time.monotonic() + REMEMBERED)
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

    def _mark(self, name: str, password: str) -> bytes | None:
        """What a right pair is remembered by; another one once the password is changed."""
        seal = self._users.seal(name)
        if seal is None:
            return None
        pair = "\0".join((normal(name), normal(password), seal)).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(pair, key=self._key, digest_size=32).digest()


def _remember(among: dict[_Key, float], key: _Key, until: float) -> None:
    """Notes a key with its end; what has ended goes, and the oldest where there are too many."""
    now = time.monotonic()
    if len(among) >= _KEPT:
        for one in [one for one, end in among.items() if end < now]:
            del among[one]
        while len(among) >= _KEPT:
            del among[next(iter(among))]
    among[key] = until
