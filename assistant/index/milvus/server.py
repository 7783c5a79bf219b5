"""A Milvus: the few calls that an index makes, its errors in our words.

The client (``pymilvus``) is imported with the first call. One client serves all threads and all
indexes of a process; of Milvus Lite, which runs inside it, there can be one a file.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import numpy as np
import numpy.typing as npt

from assistant.errors import ExtraMissingError, IndexAwayError, IndexDamagedError

Rows = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]
Query = npt.NDArray[np.float32] | dict[int, float]
"""A vector, or the weights of tokens."""

MOST = 16_384
"""Rows that a search can find at most (Milvus's own limit)."""
_IN = 10_000
"""Values in one filter."""
_RUNS = 64
"""Runs of values up to which a filter names their ends."""
_BLOCK = 2_000
"""Rows sent at once."""
_CONNECT, _ANSWER, _WRITE = 10.0, 20.0, 600.0
"""Seconds that are waited for a connection, an answer, and a write."""
_CHANNEL = {"grpc.use_local_subchannel_pool": 1, "grpc.max_reconnect_backoff_ms": 2_000}
"""A server that was away is tried again soon: gRPC itself waits up to two minutes."""
_UNREACHABLE, _NOT_FOUND = 2, 100
"""The client's own codes; those of a connection that broke are gRPC's, which are no numbers."""
_EXACT_UP_TO = 50_000
"""Rows up to which a search compares each; beyond, a server builds a graph (HNSW)."""
_LINKS, _WIDTH = 16, 200
"""HNSW's M and efConstruction."""


def require(uri: str) -> None:
    """Raises :class:`ExtraMissingError` where the client, or Milvus Lite for a file, is missing."""
    wanted = ("pymilvus", "milvus_lite") if _is_file(uri) else ("pymilvus",)
    missing = [name for name in wanted if find_spec(name) is None]
    if missing:
        raise ExtraMissingError(
            f"The setting milvus needs {' and '.join(missing)}, which is not installed.",
            "In the project's folder: pip install -c constraints.txt -e '.[milvus]'",
        )


def among(name: str, values: Rows | None) -> list[str]:
    """Filters that together admit the rows whose field ``name`` is one of ``values`` (sorted);
    ``None``: all rows. Many values that do not stand together take several."""
    if values is None:
        return [""]
    if not len(values):
        return []
    ends = np.flatnonzero(np.diff(values) != 1)
    if len(ends) < _RUNS:
        firsts, lasts = values[np.r_[0, ends + 1]], values[np.r_[ends, len(values) - 1]]
        runs = zip(firsts.tolist(), lasts.tolist(), strict=True)
        return [" or ".join(f"({name} >= {first} and {name} <= {last})" for first, last in runs)]
    parts = (values[i : i + _IN] for i in range(0, len(values), _IN))
    return [f"{name} in {part.tolist()}" for part in parts]


@dataclass(slots=True)
class Server:
    """A Milvus at ``uri``: the path of a ``.db`` file, or ``http(s)://host:port``."""

    uri: str
    token: str = field(default="", repr=False)
    _client: Any = None
    _connecting: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def is_file(self) -> bool:
        """Whether it is Milvus Lite."""
        return _is_file(self.uri)

    @property
    def name(self) -> str:
        """The URI without secrets."""
        if self.is_file:
            return self.uri
        parts = urlsplit(self.uri)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))

    def collections(self) -> list[str]:
        """The names of all collections."""
        with self._told() as client:
            return list(client.list_collections(timeout=_ANSWER))

    def drop(self, collection: str) -> None:
        with self._told() as client:
            client.drop_collection(collection, timeout=_WRITE)

    def write(
        self, collection: str, rows: Iterable[Mapping[str, Any]], count: int, dimension: int | None
    ) -> None:
        """Writes a collection of ``count`` rows, each with ``id``, ``clause``, ``document`` and
        ``vector``, and makes it ready to be searched by inner product. ``dimension``: of the
        vectors, ``None`` where they are weights of tokens. Raises :class:`IndexAwayError` where
        the server fails, or has not kept all the rows."""
        from pymilvus import DataType  # noqa: PLC0415 - an extra

        with self._told() as client:
            schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
            schema.add_field("id", DataType.INT64, is_primary=True)
            schema.add_field("clause", DataType.INT64)
            schema.add_field("document", DataType.INT64)
            if dimension is None:
                schema.add_field("vector", DataType.SPARSE_FLOAT_VECTOR)
            else:
                schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
            client.create_collection(collection, schema=schema, timeout=_WRITE)
            iterator = iter(rows)
            while block := list(islice(iterator, _BLOCK)):
                client.insert(collection, block, timeout=_WRITE)
            client.flush(collection, timeout=_WRITE)
            client.create_index(
                collection,
                self._index(client, dense=dimension is not None, count=count),
                sync=not self.is_file,  # Lite is ready at once, its client would wait half a second
            )
            client.load_collection(collection)
        if self.count(collection) != count:
            raise IndexAwayError(
                f"Milvus at {self.name} has not kept all rows of {collection}.",
                "The index in use is untouched; run again: assistant build",
            )

    def _index(self, client: Any, *, dense: bool, count: int) -> Any:
        index = client.prepare_index_params()
        kind, parameters = "FLAT", {}
        if not dense:
            kind = "SPARSE_INVERTED_INDEX"
        elif self._has_graph(count):
            kind, parameters = "HNSW", {"M": _LINKS, "efConstruction": _WIDTH}
        index.add_index("vector", index_type=kind, metric_type="IP", params=parameters)
        return index

    def _has_graph(self, count: int) -> bool:
        return not self.is_file and count > _EXACT_UP_TO

    def count(self, collection: str) -> int | None:
        """The rows of a collection, which is loaded if need be; ``None`` where there is none."""
        with self._told() as client:
            if not client.has_collection(collection, timeout=_ANSWER):
                return None
            client.load_collection(collection, timeout=_WRITE)
            found = client.query(
                collection,
                filter="",
                output_fields=["count(*)"],
                consistency_level="Strong",
                timeout=_ANSWER,
            )
            return int(found[0]["count(*)"])

    def search(
        self,
        collection: str,
        questions: Sequence[Query],
        count: int,
        filters: Sequence[str] = ("",),
        rows: int = 0,
    ) -> list[tuple[Rows, Scores]]:
        """For each question the ids of the ``count`` rows with the highest inner products, and
        these, best first. ``filters``: rows that any of them admits. ``rows``: how many the
        collection has, where a graph may help."""
        count = min(count, MOST)
        parts: list[list[tuple[list[int], list[float]]]] = [[] for _ in questions]
        wide = {"params": {"ef": max(2 * count, 128)}} if self._has_graph(rows) else {}
        with self._told() as client:
            for admitted in filters:
                found = client.search(
                    collection,
                    data=list(questions),
                    anns_field="vector",
                    limit=count,
                    filter=admitted,
                    output_fields=["id"],
                    search_params={"metric_type": "IP", **wide},
                    timeout=_ANSWER,
                )
                for part, one in zip(parts, found, strict=True):
                    part.append((list(one.ids), list(one.distances)))
        return [_merged(part, count) for part in parts]

    def vectors(self, collection: str, ids: Rows) -> dict[int, Scores]:
        """The vectors of some rows."""
        found: dict[int, Scores] = {}
        with self._told() as client:
            for i in range(0, len(ids), _BLOCK):
                some = ids[i : i + _BLOCK]
                for row in client.query(
                    collection,
                    filter=f"id in {some.tolist()}",
                    output_fields=["id", "vector"],
                    timeout=_ANSWER,
                ):
                    found[int(row["id"])] = np.array(row["vector"], np.float32)
        return found

    def close(self) -> None:
        """Lets the connection go; of Milvus Lite the file, too, for every user in the process."""
        with self._connecting:
            client, self._client = self._client, None
        if client is not None:
            client.close()
            if self.is_file:
                from milvus_lite.server_manager import (  # noqa: PLC0415 - an extra
                    server_manager_instance,
                )

                server_manager_instance.release_server(self.uri)

    @contextmanager
    def _told(self) -> Iterator[Any]:
        """The client; what goes wrong with it is told in one line."""
        require(self.uri)
        from grpc import RpcError  # noqa: PLC0415 - an extra
        from pymilvus.exceptions import MilvusException  # noqa: PLC0415 - an extra

        try:
            yield self._connected()
        except (MilvusException, RpcError) as error:
            reason = getattr(error, "message", "") or str(error)
            code = getattr(error, "code", None)
            if code == _NOT_FOUND:
                raise IndexDamagedError(
                    f"Milvus at {self.name} has lost a collection of the index ({_brief(reason)}).",
                    "Open the index again; if that does not help: assistant build",
                ) from error
            if not isinstance(code, int) or code <= _UNREACHABLE:
                with self._connecting:  # the client would go on failing when the server is back
                    self._client = None
            raise IndexAwayError(
                f"Milvus at {self.name} does not serve ({_brief(reason)}).", self._remedy()
            ) from error

    def _remedy(self) -> str:
        if self.is_file:
            return (
                "One process at a time can use a file: end the other one (a chat page, a build), "
                "then try again. The index is untouched; what a build did not end: assistant build"
            )
        return (
            "The index is untouched. Start Milvus, or correct the setting milvus; then try again. "
            "What a build did not end: assistant build"
        )

    def _connected(self) -> Any:
        with self._connecting:
            if self._client is None:
                from pymilvus import MilvusClient  # noqa: PLC0415 - an extra

                for name in ("pymilvus", "milvus_lite"):  # they print what is raised here
                    logging.getLogger(name).setLevel(logging.CRITICAL + 1)
                if self.is_file:
                    Path(self.uri).parent.mkdir(parents=True, exist_ok=True)
                self._client = MilvusClient(
                    self.uri,
                    token=self.token,
                    timeout=_CONNECT,
                    dedicated=True,
                    grpc_options=_CHANNEL,
                )
            return self._client


def _is_file(uri: str) -> bool:
    return "://" not in uri


def _brief(reason: str) -> str:
    """The first line of what a library says, not too much of it."""
    line = reason.strip().splitlines()[0] if reason.strip() else "no reason given"
    return line if len(line) <= 160 else f"{line[:160]}…"


def _merged(parts: Sequence[tuple[list[int], list[float]]], count: int) -> tuple[Rows, Scores]:
    """What several filters found, the best of it; ties in the order of the ids."""
    ids = np.array([ident for found, _ in parts for ident in found], np.int64)
    scores = np.array([score for _, found in parts for score in found], np.float32)
    order = np.lexsort((ids, -scores))[:count]
    return ids[order], scores[order]


_servers: dict[tuple[str, str], Server] = {}
_opening = threading.Lock()


def server_at(uri: str, token: str = "") -> Server:
    """The one server of this process at ``uri``."""
    with _opening:
        return _servers.setdefault((uri, token), Server(uri, token))


def close_all() -> None:
    """Lets go what :func:`server_at` gave; each connects again when it is next asked."""
    with _opening:
        servers: list[Callable[[], None]] = [server.close for server in _servers.values()]
    for close in servers:
        close()
