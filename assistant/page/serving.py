"""How the page is served: where, to whom, and how much of it."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from assistant.errors import ServerError
from assistant.settings import Settings


@dataclass(frozen=True, slots=True)
class Serving:
    """What the settings say of serving the page; the names are theirs (``docs/settings.md``)."""

    host: str = "127.0.0.1"
    port: int = 7860
    root_path: str = ""
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    users: Path | None = None
    open: bool = False
    editors: tuple[str, ...] | None = None
    rate_limit: str = "240/minute"
    queue_size: int = 100
    upload_limit: int = 20_000_000
    """In bytes."""
    mcp: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """What the settings say."""
        return cls(
            host=settings.host,
            port=settings.port,
            root_path=settings.root_path,
            proxies=settings.proxies,
            users=settings.users,
            open=settings.open,
            editors=settings.editors,
            rate_limit=settings.rate_limit,
            queue_size=settings.queue_size,
            upload_limit=settings.upload_limit_mb * 1_000_000,
            mcp=settings.mcp,
        )

    @property
    def prefix(self) -> str:
        """The path below which a proxy shows the page: ``/policies``, or ``""``."""
        return urlsplit(self.root_path).path

    @property
    def public_host(self) -> str:
        """Host and port that the page is shown under, where ``root_path`` says so, else ``""``."""
        return urlsplit(self.root_path).netloc.lower()

    @property
    def local(self) -> bool:
        """Whether only this machine can reach the address that is listened on."""
        return _only_loopback(self.host)

    @property
    def own_host(self) -> str:
        """Host and port as a browser on this machine would name them."""
        everywhere = ("127.0.0.1", "0.0.0.0", "::", "::1")  # noqa: S104 - it is only shown
        shown = "localhost" if self.host in everywhere else self.host
        return f"{f'[{shown}]' if ':' in shown else shown}:{self.port}"

    @property
    def address(self) -> str:
        """Where the page is found, for people."""
        return f"{self.root_path}/" if self.public_host else f"http://{self.own_host}/"

    def check(self) -> None:
        """Raises :class:`ServerError` where anybody on the network could come in unasked."""
        if self.users is None and not self.open and not self.local:
            raise ServerError(
                f"{self.host} can be reached from other machines, and nobody would have to log in.",
                "Say who may: assistant users add NAME --users FILE, then assistant chat --users "
                "FILE; or let everybody in: assistant chat --open; or stay on this machine: "
                "assistant chat --host 127.0.0.1",
            )


def is_loopback(address: str) -> bool:
    """Whether an address is one of the machine's own to itself; a name is none."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)  # ::ffff:127.0.0.1
    return bool((mapped or found).is_loopback)


def _only_loopback(host: str) -> bool:
    """Whether every address behind a host is one of the machine's own to itself."""
    if is_loopback(host):
        return True
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(is_loopback(str(info[4][0])) for info in found)
