"""The doors as tools for language models: the Model Context Protocol over streamable HTTP.

Gradio has a server for it, too. That one would call the page back over the network, at an address
that a visitor's headers can name, and can't say of a tool that it only reads; so this is the
protocol's own library, over the same doors. Each request stands alone, no session is kept.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from starlette.types import Receive, Scope, Send

from assistant.errors import AssistantError, ExtraMissingError
from assistant.page.calls import Calls
from assistant.page.doors import said
from assistant.page.visitor import visitor_of

_HOW = (
    "Answers about Chinese policy texts, quoted word for word from their clauses, with addresses. "
    "Ask with the tool `ask`; give quotes and addresses as they come, and where `abstained` is "
    "true say that the texts have no answer."
)


def check_installed() -> None:
    """Raises :class:`ExtraMissingError` where the extra ``mcp`` is not installed."""
    try:
        import mcp  # noqa: F401, PLC0415 - an extra
    except ImportError as error:
        raise ExtraMissingError(
            "Serving tools (MCP) needs a package that is not installed.",
            'Install it: pip install "policy-assistant[mcp]"',
        ) from error


class Tools:
    """An ASGI app that speaks the protocol, while :meth:`running`."""

    def __init__(self, calls: Calls, title: str) -> None:
        check_installed()
        from mcp.server.lowlevel import Server  # noqa: PLC0415
        from mcp.server.streamable_http_manager import (  # noqa: PLC0415
            StreamableHTTPSessionManager,
        )

        server: Server[Any, Any] = Server(title, version("policy-assistant"), _HOW)
        self._declare(server, calls)
        self._manager = StreamableHTTPSessionManager(server, json_response=True, stateless=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._manager.handle_request(scope, receive, send)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serves as long as it is entered."""
        async with self._manager.run():
            yield

    @staticmethod
    def _declare(server: Any, calls: Calls) -> None:
        from mcp import types  # noqa: PLC0415

        @server.list_tools()  # type: ignore[untyped-decorator]
        async def tools() -> list[types.Tool]:
            return [
                types.Tool(
                    name=door.name,
                    title=door.title,
                    description=door.says,
                    inputSchema=door.schema,
                    annotations=types.ToolAnnotations(
                        title=door.title,
                        readOnlyHint=door.reads,
                        destructiveHint=False,
                        idempotentHint=True,
                        openWorldHint=False,
                    ),
                )
                for door in calls.doors
            ]

        @server.call_tool(validate_input=False)  # type: ignore[untyped-decorator]
        async def call(name: str, given: dict[str, Any]) -> Any:
            visitor = visitor_of(server.request_context.request)
            try:
                found = await calls.call(name, given, visitor)
            except AssistantError as error:
                return _result(types, said(error), error=True)
            except Exception:
                logging.getLogger(__name__).exception("A tool failed: %s", name)
                return _result(types, "Something went wrong on the server.", error=True)
            whole = found if isinstance(found, dict) else {"hits": found}
            text = whole["text"] if name == "ask" else json.dumps(whole, ensure_ascii=False)
            return _result(types, text, whole)


def _result(
    types: Any, text: str, whole: dict[str, Any] | None = None, *, error: bool = False
) -> Any:
    """A result: for the model to read, and whole for programs."""
    content = [types.TextContent(type="text", text=text)]
    return types.CallToolResult(content=content, structuredContent=whole, isError=error)
