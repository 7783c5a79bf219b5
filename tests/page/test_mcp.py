"""The tools for language models, asked by the protocol's own client."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import TextContent

from assistant import Assistant, Settings
from assistant.errors import ExtraMissingError
from assistant.page import users
from assistant.page.tools import check_installed
from tests.page.servers import Page, run, served

Little = tuple[Assistant, Settings]
PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def page(little: Little) -> Iterator[Page]:
    """The page with its tools."""
    with served(*little, mcp=True) as served_page:
        yield served_page


@asynccontextmanager
async def session_of(page: Page, **options: Any) -> AsyncIterator[ClientSession]:
    """A session of the protocol's own client."""
    async with (
        httpx.AsyncClient(timeout=30, trust_env=False, **options) as http,
        streamable_http_client(f"{page.url}mcp", http_client=http) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        yield session


def text_of(result: Any) -> str:
    """What a model reads of a result."""
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def test_the_tools_are_the_doors(page: Page) -> None:
    """The five, with what they do, their parameters, and a hint on which only read."""

    async def look() -> None:
        async with session_of(page) as session:
            tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        assert set(tools) == {"ask", "retrieve", "clause", "documents", "rebuild"}
        for name, tool in tools.items():
            assert tool.annotations is not None
            assert tool.annotations.readOnlyHint is (name != "rebuild")
            assert tool.annotations.destructiveHint is False
            assert tool.title
            assert "Returns:" in (tool.description or "")
            assert all(one["description"] for one in tool.inputSchema["properties"].values())
        asked = tools["ask"].inputSchema
        assert asked["required"] == ["question"]
        assert set(asked["properties"]) == {"question", "regions", "documents", "as_of", "language"}
        assert "visitor" not in str(tools["rebuild"].inputSchema)

    run(look)


def test_tools_answer(page: Page) -> None:
    """The model reads the answer with its quotes; the whole comes as data."""

    async def ask() -> None:
        async with session_of(page) as session:
            answer = await session.call_tool("ask", {"question": "独立站有什么补贴？"})
            assert not answer.isError
            assert "200万元" in text_of(answer)
            whole = answer.structuredContent or {}
            assert whole["text"] == text_of(answer)
            ident = whole["citations"][0]["clause"]["id"]
            clause = await session.call_tool("clause", {"address_or_id": ident})
            assert (clause.structuredContent or {})["number"] == "一"
            found = await session.call_tool("retrieve", {"question": "海外仓", "top_k": 2})
            assert len((found.structuredContent or {})["hits"]) == 2
            listed = await session.call_tool("documents")
            assert len((listed.structuredContent or {})["documents"]) == 2
            built = await session.call_tool("rebuild", {"full": False})
            assert (built.structuredContent or {})["files_unchanged"] == 2

    run(ask)


@pytest.mark.parametrize(
    ("tool", "given", "sentence"),
    [("ask", {}, "question: it is missing."), ("ask", {"question": 5}, "a text is expected"),
     ("ask", {"question": "x", "frage": 1}, "no such parameter"),
     ("retrieve", {"question": "x", "top_k": 1_000}, "from 1 to 100"),
     ("clause", {"address_or_id": "nowhere"}, "There is no clause"),
     ("submit", {}, "no such tool"), ("ask_within", {"question": "x"}, "no such tool")],
)  # fmt: skip
def test_a_bad_call_says_what_is_wrong(
    page: Page, tool: str, given: dict[str, Any], sentence: str
) -> None:
    """It is an error that a model can read; nothing of the page's own is a tool."""

    async def ask() -> None:
        async with session_of(page) as session:
            answer = await session.call_tool(tool, given)
        assert answer.isError
        assert sentence in text_of(answer)

    run(ask)


def test_what_fails_unforeseen_says_nothing(little: Little) -> None:
    """Neither a path nor the error itself goes out."""

    def broken(*, full: bool = False) -> Any:
        raise RuntimeError("a secret")

    async def ask(page: Page) -> None:
        async with session_of(page) as session:
            answer = await session.call_tool("rebuild")
        assert answer.isError
        assert "secret" not in text_of(answer)

    with served(*little, rebuild=broken, mcp=True) as page:
        run(ask, page)


def test_tools_need_a_login_where_the_page_does(little: Little, tmp_path: Path) -> None:
    """Name and password come with each request; who may not edit can't rebuild."""
    users.add(tmp_path / "users", "ann", PASSWORD)

    async def ask(page: Page) -> None:
        async with session_of(page, auth=("ann", PASSWORD)) as session:
            answer = await session.call_tool("ask", {"question": "独立站有什么补贴？"})
            assert "200万元" in text_of(answer)
            refused = await session.call_tool("rebuild")
            assert refused.isError
            assert "may edit" in text_of(refused)

    with served(*little, users=tmp_path / "users", mcp=True) as page:
        run(ask, page)
        with page.http() as http:
            message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
            accept = {"Accept": "application/json, text/event-stream"}
            assert http.post("/mcp", json=message, headers=accept).status_code == 401
            inside = http.post("/mcp", json=message, headers=accept, auth=("ann", PASSWORD))
            assert inside.status_code == 200


def test_curl_is_enough(page: Page) -> None:
    """Each request stands alone: one call is one POST."""
    call = {"name": "ask", "arguments": {"question": "独立站有什么补贴？"}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    with page.http(headers={"Accept": "application/json, text/event-stream"}) as http:
        for path in ("/mcp", "/mcp/"):
            answer = http.post(path, json=message)
            assert "200万元" in answer.json()["result"]["content"][0]["text"]
        for path in ("/mcp/sse", "/mcp/schema", "/gradio_api/mcp/", "/gradio_api/mcp/sse"):
            assert http.get(path).status_code == 404
        assert http.get("/mcp").status_code == 405
        assert http.post("/mcp", content=b"{").status_code == 400


def test_tools_are_served_only_where_they_are_wanted(little: Little) -> None:
    """Without the setting there are none."""
    with served(*little) as page, page.http() as http:
        assert http.post("/mcp", json={}).status_code == 404


def test_tools_count_as_questions(little: Little) -> None:
    """They are limited as questions are."""
    with served(*little, mcp=True, rate_limit="1/minute") as page, page.http() as http:
        assert http.post("/mcp", json={}).status_code != 429
        assert http.post("/mcp", json={}).status_code == 429


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the error says what to install."""
    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(ExtraMissingError, match=r"pip install .*\[mcp\]"):
        check_installed()
