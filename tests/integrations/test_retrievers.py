"""The retrievers for LangChain and LlamaIndex, against the real packages."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from llama_index.core import get_response_synthesizer
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.retrievers.fusion_retriever import FUSION_MODES
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle, TextNode
from pydantic import ValidationError

from assistant import Assistant, Settings
from assistant.errors import ExtraMissingError, QuestionError
from assistant.index import Tokenizer
from assistant.index.dense import Vectors
from assistant.integrations import langchain, llama_index
from assistant.integrations.hits import metadata_of
from tests.conftest import ROOT, Build, FakeEncoder, Open

QUESTION = "独立站和园区有什么补贴和奖励？"
KEYS = {
    "id", "address", "source", "title", "region", "number", "heading", "path", "start", "end",
    "page", "effective_from", "effective_to", "responsible", "score", "ranks",
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever reaches for the network fails."""

    def refuse(*arguments: Any, **_: Any) -> None:
        raise AssertionError(f"the network was touched: {arguments}")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def opened(library: Path, build: Build, open_fake: Open) -> Assistant:
    """An assistant over two files: clauses of Hangzhou and of Chengdu."""
    (library / "hangzhou.txt").write_text(
        "杭州市独立站扶持政策\n一、支持独立站。对自建独立站的企业给予最高200万元补贴。（责任单位：市商务局）\n"
        "二、支持海外仓。给予最高50万元奖励。\n本政策自2024年1月1日起施行，有效期至2026年12月31日。\n",
        "utf-8",
    )
    build()
    return open_fake()


def test_langchain_gives_the_clauses_that_the_assistant_finds(opened: Assistant) -> None:
    """The same clauses in the same order: text as printed, id, and plain metadata."""
    hits = opened.retrieve(QUESTION, top_k=3)
    assert len(hits) == 3
    found = langchain.PolicyRetriever(assistant=opened, top_k=3).invoke(QUESTION)
    assert found == [
        Document(hit.clause.text, id=hit.clause.id, metadata=metadata_of(hit)) for hit in hits
    ]
    for document in found:
        assert opened.clause(str(document.id)).text == document.page_content


def test_llama_index_gives_the_clauses_that_the_assistant_finds(opened: Assistant) -> None:
    """The same clauses in the same order, for a text as for a bundle: text as printed, id, file,
    score and plain metadata."""
    hits = opened.retrieve(QUESTION, top_k=3)
    retriever = llama_index.PolicyRetriever(opened, top_k=3)
    for asked in (QUESTION, QueryBundle(QUESTION)):
        found = retriever.retrieve(asked)
        assert [(one.node.node_id, one.text, one.score) for one in found] == [
            (hit.clause.id, hit.clause.text, hit.score) for hit in hits
        ]
        for one, hit in zip(found, hits, strict=True):
            assert one.node.metadata == metadata_of(hit)
            assert one.node.ref_doc_id == hit.clause.source
            assert isinstance(one.node, TextNode)
            assert (one.node.start_char_idx, one.node.end_char_idx) == (
                hit.clause.start,
                hit.clause.end,
            )


def test_metadata_are_plain_json(opened: Assistant) -> None:
    """All that was promised, and nothing that JSON would not give back."""
    made = [metadata_of(hit) for hit in opened.retrieve(QUESTION)]
    assert all(one.keys() == KEYS for one in made)
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    (site,) = (one for one in made if one["heading"] == "支持独立站")
    assert (site["region"], site["number"], site["source"]) == ("杭州市", "一", "hangzhou.txt")
    assert (site["effective_from"], site["effective_to"]) == ("2024-01-01", "2026-12-31")
    assert site["responsible"] == ["市商务局"]
    assert site["page"] is None
    text = opened.clause(site["id"]).document.text
    assert text[site["start"] : site["end"]].startswith("一、支持独立站。")


Find = Callable[..., list[str]]


def by_langchain(opened: Assistant) -> Find:
    def find(question: str, **limits: Any) -> list[str]:
        found = langchain.PolicyRetriever(assistant=opened, **limits).invoke(question)
        return [document.metadata["source"] for document in found]

    return find


def by_langchain_call(opened: Assistant) -> Find:
    retriever = langchain.PolicyRetriever(assistant=opened, regions="深圳", top_k=1)

    def find(question: str, **limits: Any) -> list[str]:
        found = retriever.invoke(question, **{"regions": None, "top_k": 10, **limits})
        return [document.metadata["source"] for document in found]

    return find


def by_llama_index(opened: Assistant) -> Find:
    def find(question: str, **limits: Any) -> list[str]:
        found = llama_index.PolicyRetriever(opened, **limits).retrieve(question)
        return [one.node.metadata["source"] for one in found]

    return find


@pytest.mark.parametrize("by", [by_langchain, by_langchain_call, by_llama_index])
def test_filters_are_those_of_the_assistant(
    opened: Assistant, by: Callable[[Assistant], Find]
) -> None:
    """Places (one or several), documents, a day, and how many; with LangChain also for one call."""
    find = by(opened)
    assert set(find(QUESTION)) == {"hangzhou.txt", "chengdu.txt"}
    assert (
        set(find(QUESTION, regions=["成都"]))
        == set(find(QUESTION, regions="成都"))
        == {"chengdu.txt"}
    )
    assert set(find(QUESTION, documents=["hangzhou.txt"])) == {"hangzhou.txt"}
    assert set(find(QUESTION, as_of=date(2023, 1, 1))) == {"chengdu.txt"}
    assert find(QUESTION, regions=["拉萨"]) == []
    assert len(find(QUESTION, top_k=2)) == 2


def test_errors_are_the_assistants_own(opened: Assistant) -> None:
    """An empty question, asked in any way, in a chain too; a filter that does not exist."""
    chain = langchain.PolicyRetriever(assistant=opened)
    nodes = llama_index.PolicyRetriever(opened)
    for ask in (chain.invoke, (chain | RunnableLambda(len)).invoke, nodes.retrieve):
        with pytest.raises(QuestionError, match="empty"):
            ask(" ")
    for wait in (chain.ainvoke, nodes.aretrieve):
        with pytest.raises(QuestionError, match="empty"):
            asyncio.run(wait(" "))
    with pytest.raises(TypeError, match="places"):
        chain.invoke(QUESTION, places=["杭州"])
    with pytest.raises(ValidationError, match="top_k"):
        langchain.PolicyRetriever(assistant=opened, top_k=0)


def test_langchain_asks_many_at_once(opened: Assistant) -> None:
    """``batch`` and ``abatch`` give each question's clauses in the order of the questions."""
    retriever = langchain.PolicyRetriever(assistant=opened, top_k=1)
    questions = ["杭州独立站补贴", "成都融资贴息", "杭州海外仓奖励", "成都园区奖励"] * 3
    expected = [opened.retrieve(question, top_k=1)[0].clause.id for question in questions]
    assert len(set(expected)) == 4
    assert [found[0].id for found in retriever.batch(questions)] == expected
    assert [found[0].id for found in asyncio.run(retriever.abatch(questions))] == expected


def test_langchain_chains_and_reports(opened: Assistant) -> None:
    """In a chain with functions on both sides; callbacks are told of what was found."""
    told: list[Sequence[Document]] = []

    class Listening(BaseCallbackHandler):
        def on_retriever_end(self, documents: Sequence[Document], **_: Any) -> None:
            told.append(documents)

    retriever = langchain.PolicyRetriever(assistant=opened, top_k=2)

    def addresses(documents: list[Document]) -> str:
        return "；".join(document.metadata["address"] for document in documents)

    chain = {"found": retriever | addresses, "question": RunnablePassthrough()} | RunnableLambda(
        lambda both: f"{both['question']} {both['found']}"
    )
    said = chain.invoke(QUESTION, config={"callbacks": [Listening()]})
    hits = opened.retrieve(QUESTION, top_k=2)
    assert said == f"{QUESTION} {'；'.join(hit.clause.address for hit in hits)}"
    assert [[document.id for document in some] for some in told] == [[h.clause.id for h in hits]]


class WaitingEncoder(FakeEncoder):
    """Encodes a question only once it may."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.may_go_on = threading.Event(), threading.Event()

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.begun.set()
        assert self.may_go_on.wait(timeout=30), "the event loop stands still"
        return super().encode_queries(texts)


@pytest.mark.parametrize("library_", ["langchain", "llama_index"])
def test_the_event_loop_goes_on_while_clauses_are_sought(
    opened: Assistant, settings: Settings, tokenizer: Tokenizer, library_: str
) -> None:
    """What encodes the question waits for something that only the loop does."""
    encoder = WaitingEncoder()
    waiting = Assistant.with_parts(settings.index, settings, encoder, tokenizer)
    ask: Callable[[str], Any] = (
        langchain.PolicyRetriever(assistant=waiting).ainvoke
        if library_ == "langchain"
        else llama_index.PolicyRetriever(waiting).aretrieve
    )

    async def both() -> int:
        asked = asyncio.ensure_future(ask(QUESTION))
        await asyncio.to_thread(encoder.begun.wait, 30)
        encoder.may_go_on.set()
        return len(await asked)

    assert asyncio.run(both()) == len(opened.retrieve(QUESTION))


def test_a_model_of_llama_index_is_shown_text_and_address(opened: Assistant) -> None:
    """In a query engine: the prompt holds the clauses with their addresses, and neither scores nor
    offsets nor what is not known; the sources are the clauses."""
    retriever = llama_index.PolicyRetriever(opened, top_k=2)
    engine = RetrieverQueryEngine(
        retriever, response_synthesizer=get_response_synthesizer(llm=MockLLM())
    )
    response = engine.query(QUESTION)  # the model repeats its prompt
    hits = opened.retrieve(QUESTION, top_k=2)
    assert [one.node.node_id for one in response.source_nodes] == [hit.clause.id for hit in hits]
    for hit in hits:
        assert hit.clause.text in str(response)
        assert f"address: {hit.clause.address}" in str(response)
    for unwanted in ("score", "ranks", "start:", "None", "[]"):
        assert unwanted not in str(response)
    for one in response.source_nodes:
        assert one.node.get_content(MetadataMode.EMBED) == one.node.get_content(MetadataMode.NONE)


def test_llama_index_takes_a_clause_for_one_whatever_the_question(opened: Assistant) -> None:
    """What fuses several retrievers' results finds each clause once, though its scores differ."""
    wide, narrow = (
        llama_index.PolicyRetriever(opened),
        llama_index.PolicyRetriever(opened, regions=["杭州"], top_k=3),
    )
    first = {one.node.node_id: one for one in wide.retrieve("独立站补贴")}
    second = {one.node.node_id: one for one in wide.retrieve("海外仓奖励")}
    assert first.keys() == second.keys()
    assert any(first[i].node.metadata["score"] != second[i].node.metadata["score"] for i in first)
    assert all(first[i].node.hash == second[i].node.hash for i in first)
    fused = QueryFusionRetriever(
        [wide, narrow], llm=MockLLM(), num_queries=1, mode=FUSION_MODES.RECIPROCAL_RANK,
        similarity_top_k=20, use_async=False,
    ).retrieve(QUESTION)  # fmt: skip
    ids = [one.node.node_id for one in fused]
    assert len(ids) == len(set(ids)) == len(first)
    again = TextNode.from_dict(fused[0].node.to_dict())
    assert (again.node_id, again.text) == (ids[0], fused[0].text)


def test_llama_index_waits_as_it_asks(opened: Assistant) -> None:
    """``aretrieve`` finds what ``retrieve`` finds."""
    retriever = llama_index.PolicyRetriever(opened)

    def ids(found: list[NodeWithScore]) -> list[str]:
        return [one.node.node_id for one in found]

    assert ids(asyncio.run(retriever.aretrieve(QUESTION))) == ids(retriever.retrieve(QUESTION))


@pytest.mark.parametrize(
    ("module", "package", "extra"),
    [
        ("langchain", "langchain_core.callbacks", "langchain"),
        ("llama_index", "llama_index.core.base.base_retriever", "llamaindex"),
    ],
)
def test_a_missing_extra_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, module: str, package: str, extra: str
) -> None:
    """Importing a retriever without its package is an error with the command."""
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, f"assistant.integrations.{module}")
    with pytest.raises(
        ExtraMissingError, match=re.escape(f"pip install -c constraints.txt -e '.[{extra}]'")
    ):
        importlib.import_module(f"assistant.integrations.{module}")
    assert f"\n{extra} = [" in (ROOT / "pyproject.toml").read_text("utf-8")


def programs() -> Iterator[str]:
    """The Python examples of the page on integrations."""
    page = (ROOT / "docs" / "integrations.md").read_text("utf-8")
    yield from re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


@pytest.mark.model
def test_the_examples_run(
    index_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each example of ``docs/integrations.md`` runs as it stands, in a folder with an index."""
    (tmp_path / "index").symlink_to(index_dir)
    monkeypatch.chdir(tmp_path)
    first, second = programs()
    exec(first, {})  # noqa: S102 - our own page
    said = capsys.readouterr().out
    assert "《杭州市加力推动跨境电子商务高水平质量的发展行动计划》附件（三） 2027-12-31" in said
    assert "问题：产业园区有什么奖励？" in said
    exec(second, {})  # noqa: S102
    said = capsys.readouterr().out
    assert "《杭州市加力推动跨境电子商务高水平质量的发展行动计划》附件（三）\n" in said
    assert len(re.findall(r"^hangzhou-action-plan\.txt （?\w+", said, re.MULTILINE)) == 3
