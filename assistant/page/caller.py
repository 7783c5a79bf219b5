"""Where a request comes from: straight from a machine, or through a reverse proxy.

In: the scope of a request as the server read it. Out: a :class:`Caller`, and :func:`cleaned`, the
scope without any header by which a visitor could pretend to be elsewhere.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from assistant.page.serving import Serving, is_loopback

_HOST = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::\d{1,5})?")
_FORWARDED = (
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-real-ip",
    "via",
)
_DROPPED = frozenset(name.encode() for name in (*_FORWARDED, "x-gradio-server", "x-gradio-user"))


@dataclass(frozen=True, slots=True)
class Caller:
    """``address`` of the visitor's machine, ``""`` if unknown; ``host`` as in the browser's address
    bar; ``scheme`` that the visitor uses; ``direct`` whether it comes straight from this very
    machine, through nothing."""

    address: str
    host: str
    scheme: str
    direct: bool

    def has_a_name(self) -> bool:
        """Whether the host can be one at all: Gradio writes it into the page."""
        return bool(_HOST.fullmatch(self.host))

    def is_local(self) -> bool:
        """Whether the host is a name of the machine for itself."""
        found = _HOST.fullmatch(self.host)
        name = (found.group(1) or found.group(2)).lower() if found else ""
        return name == "localhost" or is_loopback(name)

    def same_site(self, headers: Headers, serving: Serving) -> bool:
        """Whether a request that changes something comes from the page itself, or from no page at
        all; browsers tell."""
        fetched = headers.get("sec-fetch-site")
        if fetched is not None:
            return fetched in ("same-origin", "none")
        origin = headers.get("origin")
        if origin is None:
            return True
        return urlsplit(origin).netloc.lower() in ({self.host, serving.public_host} - {""})


def bucket(address: str) -> str:
    """What a machine is counted under: its address; of IPv6 the network in which it may choose any
    address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network(f"{found}/64", strict=False))


def caller_of(scope: Scope, serving: Serving) -> Caller:
    """Who calls. What a proxy says is believed only behind one (``root_path``), and only of the
    machines that the settings name as such."""
    headers = Headers(scope=scope)
    peer = str((scope.get("client") or ("",))[0])
    host, scheme, address = headers.get("host", "").lower(), str(scope.get("scheme")), peer
    if serving.root_path and _among(peer, serving.proxies):
        named = [one.strip() for one in ",".join(headers.getlist("x-forwarded-for")).split(",")]
        machines = [one for one in named if one]
        address = next((m for m in reversed(machines) if not _among(m, serving.proxies)), peer)
        host = _first(headers, "x-forwarded-host").lower() or host
        said = _first(headers, "x-forwarded-proto").lower()
        scheme = said if said in ("http", "https") else scheme
    if serving.public_host:
        scheme = urlsplit(serving.root_path).scheme
    direct = not serving.root_path and not any(name in headers for name in _FORWARDED)
    caller = Caller(address, host, scheme, direct and is_loopback(peer))
    return caller if caller.is_local() else Caller(address, host, scheme, direct=False)


def cleaned(scope: Scope, caller: Caller, path: str, serving: Serving) -> Scope:
    """The scope for what lies behind: as if the visitor had come straight to ``path``."""
    # from the first host that asks for its endpoints Gradio makes examples for all that follow
    host = serving.own_host if path.startswith("/gradio_api/") else caller.host
    kept = [
        (name, value)
        for name, value in scope["headers"]
        if name not in _DROPPED and name != b"host"
    ]
    return {
        **scope,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": caller.scheme,
        "client": (caller.address, 0),
        "headers": [(b"host", host.encode("latin-1")), *kept],
    }


def _first(headers: Headers, name: str) -> str:
    return headers.get(name, "").split(",")[0].strip()


def _among(address: str, networks: Sequence[str]) -> bool:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in ipaddress.ip_network(one, strict=False) for one in networks)
