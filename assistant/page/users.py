"""The file of those who may log in: one line each, ``name:hash``; comments begin with ``#``.

Hashes are Argon2's, salted; no password is kept. :class:`Users` reads, :func:`add` and
:func:`remove` write the file: whole, and readable by its owner alone.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
import tempfile
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from filelock import FileLock

from assistant.errors import UsersError

SHORTEST, LONGEST = 8, 1_024
"""Characters of a password."""
_NAME = re.compile(r"[\w][\w.@+-]{0,63}")
_HASHER = PasswordHasher()
"""Argon2id with the library's parameters (RFC 9106): 64 MB and some 50 ms for each check."""
_log = logging.getLogger(__name__)


class Users:
    """Those who may log in, as the file says at the moment: a change counts at once.

    Raises :class:`UsersError` where the file can't be read or names nobody. A file that vanishes
    later lets nobody in.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._nobody = _HASHER.hash(secrets.token_hex(16))
        self._lock = threading.Lock()
        self._seen = _look(path)
        self._hashes = read(path)
        if not self._hashes:
            raise UsersError(
                f"{path} names no user.", f"Add one: assistant users add NAME --users {path}"
            )

    def _current(self) -> Mapping[str, str]:
        with self._lock:
            now = _look(self._path)
            if now != self._seen:
                try:
                    self._hashes = read(self._path)
                except UsersError as error:
                    _log.warning("Nobody can log in: %s", error)
                    self._hashes = {}
                self._seen = now
            return self._hashes

    def seal(self, name: str) -> str | None:
        """A mark of the user's present password, which a session carries: it is another one once
        the password is changed. ``None`` where there is no such user."""
        found = self._current().get(normal(name))
        return hashlib.blake2b(found.encode(), digest_size=16).hexdigest() if found else None

    def verify(self, name: str, password: str) -> bool:
        """Whether this is the user's password. It takes as long where there is no such user."""
        found = self._current().get(normal(name))
        try:
            right = _HASHER.verify(found or self._nobody, normal(password)[: LONGEST + 1])
        except (Argon2Error, InvalidHashError, UnicodeEncodeError):
            return False
        return found is not None and right


def normal(text: str) -> str:
    """A name or a password in the one form in which it is compared (Unicode's NFC)."""
    return unicodedata.normalize("NFC", text)


def read(path: Path) -> dict[str, str]:
    """Name → hash. Raises :class:`UsersError` where the file or a line of it can't be read."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "no UTF-8"
        raise UsersError(
            f"The file of users {path} can't be read ({reason}).",
            f"Make it: assistant users add NAME --users {path}",
        ) from error
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, _, hashed = line.strip().partition(":")
        if not (_NAME.fullmatch(name) and hashed.startswith("$argon2")):
            raise UsersError(
                f"{path}, line {number}: no user.",
                "Remove it, then: assistant users add NAME (a line is NAME:HASH)",
            )
        if normal(name) in found:
            raise UsersError(f"{path}, line {number}: {name} is there twice.", "Remove one.")
        found[normal(name)] = hashed
    return found


def add(path: Path, name: str, password: str) -> bool:
    """Adds a user, or changes the password of one; whether the user is new. The file is made if
    there is none.

    Raises :class:`UsersError` for a name or a password that can't be taken.
    """
    name, password = normal(name), normal(password)
    if not _NAME.fullmatch(name):
        raise UsersError(
            f"{name!r} can't be a user's name.",
            "Take letters, digits and . @ + - _ (up to 64, the first a letter or a digit).",
        )
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsersError(
            f"The password has {len(password):,} characters.",
            f"Take one of {SHORTEST} to {LONGEST:,}.",
        )
    try:
        line = f"{name}:{_HASHER.hash(password)}"
    except UnicodeEncodeError as error:
        raise UsersError("The password is no valid text.", "Type it in UTF-8.") from error
    with _changing(path):
        before = _lines(path)
        new = name not in read(path) if before else True
        _write(path, [*_without(before, name), line])
    return new


def remove(path: Path, name: str) -> None:
    """Removes a user. Raises :class:`UsersError` where there is none of that name."""
    with _changing(path):
        known = read(path)
        if normal(name) not in known:
            raise UsersError(
                f"{path} names no user {name}.", f"Users: {', '.join(sorted(known)) or 'none'}."
            )
        _write(path, _without(_lines(path), normal(name)))


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.exists() else []


def _without(lines: Iterable[str], name: str) -> list[str]:
    return [line for line in lines if normal(line.strip()).partition(":")[0] != name]


@contextmanager
def _changing(path: Path) -> Iterator[None]:
    """One at a time changes the file; what goes wrong becomes one error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(f".{path.name}.lock")
        with FileLock(lock, timeout=10):
            yield
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsersError(
            f"The file of users {path} can't be written ({reason}).",
            "Name one that can: --users FILE",
        ) from error


def _write(path: Path, lines: Iterable[str]) -> None:
    """Replaces the file at once; nobody but its owner may read it."""
    handle, made = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write("".join(f"{line}\n" for line in lines))
            file.flush()
            os.fsync(file.fileno())
        Path(made).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(made).unlink()
        raise


def _look(path: Path) -> tuple[int, int, int] | None:
    """Tells one state of the file from another; ``None`` where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
