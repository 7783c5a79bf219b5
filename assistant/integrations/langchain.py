"""A retriever for LangChain: questions → clauses, as its documents."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from pydantic import Field

from assistant.api import Assistant
from assistant.integrations.extra import extra_missing
from assistant.integrations.hits import metadata_of

try:
    from langchain_core.callbacks import (
        AsyncCallbackManagerForRetrieverRun,
        CallbackManagerForRetrieverRun,
    )
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.runnables.config import run_in_executor
except ModuleNotFoundError as error:
    raise extra_missing("langchain", error) from error

__all__ = ["PolicyRetriever"]


class PolicyRetriever(BaseRetriever):
    """Finds the clauses of a library for a question.

    ``invoke``, ``ainvoke``, ``batch`` and ``abatch`` give LangChain documents, best first: the
    clause as printed as ``page_content``, its id as ``id``, and as ``metadata`` what
    :func:`~assistant.integrations.hits.metadata_of` names. The filters are those of
    :meth:`Assistant.retrieve`; each, and ``top_k``, can be given anew with a call:
    ``retriever.invoke("海外仓", regions=["杭州"])``, where ``None`` is no filter.

    Raises :class:`~assistant.errors.AssistantError` as the assistant does, say
    :class:`~assistant.errors.QuestionError` for an empty question.
    """

    assistant: Assistant = Field(repr=False, exclude=True)
    top_k: int = Field(default=10, ge=1)
    regions: str | tuple[str, ...] | None = None
    documents: str | tuple[str, ...] | None = None
    as_of: date | None = None

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - LangChain's signature
        **given: Any,
    ) -> list[Document]:
        return self._found(query, **given)

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,  # noqa: ARG002 - LangChain's signature
        **given: Any,
    ) -> list[Document]:
        return await run_in_executor(None, partial(self._found, query, **given))

    def _found(self, query: str, **given: Any) -> list[Document]:
        limits = {
            "top_k": self.top_k,
            "regions": self.regions,
            "documents": self.documents,
            "as_of": self.as_of,
        }
        hits = self.assistant.retrieve(query, **limits | given)
        return [
            Document(hit.clause.text, id=hit.clause.id, metadata=metadata_of(hit)) for hit in hits
        ]
