"""The socket that the page listens on."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from assistant.errors import ServerError

_BACKLOG = 2_048


def check_port(host: str, port: int) -> None:
    """Raises :class:`ServerError` where the port can't be listened on now."""
    with listening(host, port):
        pass


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens there. Raises :class:`ServerError`."""
    sock = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        # asyncio sends small answers at once only where it sees that the protocol is TCP
        sock = socket.socket(family, kind, protocol)
        if os.name == "posix":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(_BACKLOG)
    except (OSError, UnicodeError) as error:
        if sock is not None:
            sock.close()
        raise _cannot_listen(host, port, error) from error
    with sock:
        yield sock


def _cannot_listen(host: str, port: int, error: Exception) -> ServerError:
    reason = getattr(error, "strerror", None) or error
    if isinstance(error, OSError) and (
        error.errno in (errno.EADDRINUSE, errno.EACCES) or isinstance(error, PermissionError)
    ):
        return ServerError(
            f"{host}:{port} can't be listened on ({reason}).",
            f"Take another port: assistant chat --port {port + 1 if port < 65_535 else 7_860}",
        )
    return ServerError(
        f"{host} is no address of this machine ({reason}).",
        "Take one that is: assistant chat --host 127.0.0.1",
    )
