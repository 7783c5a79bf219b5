"""The documents folder over HTTP: a file is put, removed, fetched.

    PUT    /documents/NAME            the body is the file; ?replace=true over one that is there
    DELETE /documents/NAME
    GET    /documents/NAME            the original file, as a download

A file is received beside the folder's other files, hidden from every reader; only when it is whole
and has been read does it get its name. The answers are JSON; a refusal says why in ``detail``,
in Chinese or in English (``?language=``, ``Accept-Language``, or the setting).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from assistant.errors import ReadingError
from assistant.page.library.folder import Change, Folder, Target, refusal_of
from assistant.page.library.library import Library
from assistant.page.library.reader import BoundedReader, Held
from assistant.page.library.reasons import reason_in, without_paths
from assistant.page.library.refusals import RefusedError
from assistant.page.library.words import LEFT_OUT
from assistant.reading import sidecar_of
from assistant.settings import Settings

UPLOAD_LIMIT_MB, MAX_FILES = 20, 10_000
_MB = 1_000_000
_STALLED = 60.0
"""Seconds without a byte after which an upload is given up."""
_BLOCK = 1 << 20
"""Bytes that are gathered before they are written."""
_OWN_SITES = frozenset({"same-origin", "none"})
_FILE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-cache",
}

MayEdit = Callable[[Request], bool]


def router(
    library: Library,
    settings: Settings,
    may_edit: MayEdit,
    *,
    upload_limit_mb: int = UPLOAD_LIMIT_MB,
    max_files: int = MAX_FILES,
    reader: BoundedReader | None = None,
) -> APIRouter:
    """The routes; ``may_edit`` says whether who sends a request may put and remove. A file is at
    most ``upload_limit_mb`` megabytes, and the folder holds at most ``max_files`` files."""
    folder = Folder(library.folder, max_files=max_files)
    folder.tidy()
    door = _Door(folder, reader or BoundedReader(), upload_limit_mb)
    routes = APIRouter()

    def language_of(request: Request) -> str:
        return language(request, settings.language)

    def refuse_others(request: Request) -> None:
        if request.headers.get("sec-fetch-site", "none") not in _OWN_SITES:
            raise RefusedError("elsewhere")
        if not may_edit(request):
            raise RefusedError("not_allowed")

    @routes.put("/documents/{name:path}", include_in_schema=False)
    async def put(request: Request, name: str) -> Response:
        said, name = language_of(request), _text(name)
        try:
            refuse_others(request)
            replace = request.query_params.get("replace", "").lower() in ("true", "1", "yes")
            change, held = await door.put(request, name, replace=replace)
        except (RefusedError, ReadingError) as error:
            return await _refused(error, name, said, request, upload_limit_mb)
        status = 201 if change.status == "added" else 200
        return JSONResponse(_data(change, held, said), status_code=status)

    @routes.delete("/documents/{name:path}", include_in_schema=False)
    async def delete(request: Request, name: str) -> Response:
        said, name = language_of(request), _text(name)
        try:
            refuse_others(request)
            change = await run_in_threadpool(folder.remove, name)
        except RefusedError as error:
            return await _refused(error, name, said, request, 0)
        return JSONResponse(_data(change, None, said))

    @routes.get("/documents/{name:path}", include_in_schema=False)
    async def get(request: Request, name: str) -> Response:
        name = _text(name)
        try:
            path = await run_in_threadpool(_document, library, folder, name)
        except RefusedError as error:
            return await _refused(error, name, language_of(request), request, 0)
        return FileResponse(
            path,
            media_type="application/octet-stream",
            filename=name.rsplit("/", 1)[-1],
            headers=_FILE_HEADERS,
        )

    return routes


class _Door:
    """Takes files in."""

    def __init__(self, folder: Folder, reader: BoundedReader, limit_mb: int) -> None:
        self._folder = folder
        self._reader = reader
        self._limit_mb = limit_mb
        self._readers = CapacityLimiter(2)

    async def put(self, request: Request, name: str, *, replace: bool) -> tuple[Change, Held]:
        """Receives the body, reads it, and gives it its name."""
        expected = _length(request)
        if expected > self._limit:
            raise RefusedError("large", limit=self._limit_mb)
        target = await run_in_threadpool(self._folder.target, name)
        await run_in_threadpool(self._folder.check_space, expected)
        with self._folder.incoming() as incoming:
            await self._receive(request, incoming)
            take = partial(self._take, incoming, target, replace=replace)
            # those that wait for the reader wait here, not in the threads that answer questions
            return await to_thread.run_sync(take, limiter=self._readers)

    @property
    def _limit(self) -> int:
        return self._limit_mb * _MB

    async def _receive(self, request: Request, incoming: Path) -> None:
        """Writes the body, a block at a time, and stops where it is longer than it may be."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        received, block = 0, bytearray()
        try:
            file = os.fdopen(await run_in_threadpool(os.open, incoming, flags, 0o666), "wb")
            with file:
                async for chunk in _chunks(request):
                    received += len(chunk)
                    if received > self._limit:
                        raise RefusedError("large", limit=self._limit_mb)
                    block += chunk
                    if len(block) >= _BLOCK:
                        await run_in_threadpool(self._write, file, bytes(block))
                        block.clear()
                await run_in_threadpool(self._write, file, bytes(block))
                await run_in_threadpool(os.fsync, file.fileno())
        except OSError as error:
            raise refusal_of(error) from error

    def _write(self, file: Any, block: bytes) -> None:
        self._folder.check_space(len(block))
        file.write(block)
        file.flush()

    def _take(self, incoming: Path, target: Target, *, replace: bool) -> tuple[Change, Held]:
        if target.exists and not replace and not self._folder.is_same(incoming, target):
            raise RefusedError("exists", name=target.source)
        beside = sidecar_of(target.path)
        if beside and beside.is_symlink():
            beside = None
        held = self._reader.read(incoming, target.source, beside)
        return self._folder.place(incoming, target, replace=replace), held


def _text(name: str) -> str:
    """A name without halves of characters, which neither JSON nor SQLite takes."""
    return name.encode("utf-8", "replace").decode()


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    """The body. Raises :class:`RefusedError` where it stalls or breaks off."""
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(_STALLED):
                chunk = await anext(stream)
        except StopAsyncIteration:
            return
        except (TimeoutError, ClientDisconnect) as error:
            raise RefusedError("slow") from error
        yield chunk


def _length(request: Request) -> int:
    """What the request says of its length; 0 where it says nothing."""
    said = request.headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() else 0


def _document(library: Library, folder: Folder, name: str) -> Path:
    """The file of a document that the index holds."""
    if not library.holds(name):
        raise RefusedError("not_there", name=name)
    return folder.find(name)


async def _refused(
    error: RefusedError | ReadingError, name: str, said: str, request: Request, limit_mb: int
) -> Response:
    """A refusal, as JSON. What is left of the body is received and thrown away, up to what an
    upload may have: a browser that is cut off shows no answer at all."""
    if isinstance(error, RefusedError):
        status, reason, detail = error.status, error.kind, without_paths(error.said(said))
        values = {"name": error.values["name"]} if "name" in error.values else {}
    else:
        status, reason, values = 422, "unreadable", {}
        detail = f"{name}{'：' if said == 'zh' else ': '}{reason_in(said, name, str(error))}"
    if reason not in ("large", "slow") and _length(request) <= limit_mb * _MB:
        await _drain(request, limit_mb * _MB)
    return JSONResponse({"detail": detail, "reason": reason, **values}, status_code=status)


async def _drain(request: Request, limit: int) -> None:
    received = 0
    try:
        async for chunk in _chunks(request):
            received += len(chunk)
            if received > limit:
                return
    except (RefusedError, RuntimeError):  # gone, or received already
        return


def _data(change: Change, held: Held | None, said: str) -> dict[str, Any]:
    """What was done, and what the file holds."""
    data: dict[str, Any] = {"status": change.status, "name": change.source}
    if change.kept:
        data["kept"] = change.kept
    if held:
        data["documents"] = [
            {"name": one.name, "part": one.part, "place": one.place, "clauses": one.clauses}
            for one in held.documents
        ]
        data["clauses"] = held.clauses
        data["left_out"] = [
            {
                "reason": one.reason,
                "said": LEFT_OUT[said].get(one.reason, one.reason),
                "pieces": one.pieces,
                "characters": one.characters,
            }
            for one in held.left_out
        ]
    return data


def language(request: Request, usual: str) -> str:
    """The language of a request: what it asks for, what its browser prefers, or the ``usual``."""
    asked = request.query_params.get("language")
    if asked in ("zh", "en"):
        return asked
    best, found = 0.0, usual
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        short = tag.split("-")[0].lower()
        if short in ("zh", "en") and quality > best:
            best, found = quality, short
    return found
