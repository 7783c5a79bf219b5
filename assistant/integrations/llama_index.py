"""A retriever for LlamaIndex: questions → clauses, as its nodes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection
from datetime import date

from assistant.api import Assistant
from assistant.integrations.extra import extra_missing
from assistant.integrations.hits import metadata_of
from assistant.retrieval import Hit

try:
    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.callbacks import CallbackManager
    from llama_index.core.schema import (
        NodeRelationship,
        NodeWithScore,
        ObjectType,
        QueryBundle,
        RelatedNodeInfo,
        TextNode,
    )
except ModuleNotFoundError as error:
    raise extra_missing("llamaindex", error) from error

__all__ = ["ClauseNode", "PolicyRetriever"]

_FOR_MODELS = ("address", "region", "effective_from", "effective_to", "responsible")
"""What a language model is shown beside the text; the rest would only take room."""


class ClauseNode(TextNode):
    """A clause as a node. It is the same for every question, whatever its score: what fuses the
    results of several questions takes nodes of one ``hash`` for one."""

    @property
    def hash(self) -> str:
        """The hash of the clause's id and text."""
        return hashlib.sha256(f"{self.id_}\n{self.text}".encode()).hexdigest()


class PolicyRetriever(BaseRetriever):
    """Finds the clauses of a library for a question.

    ``retrieve`` and ``aretrieve`` give nodes with scores, best first: the clause as printed as its
    text, its id as ``node_id``, its file as ``ref_doc_id``, and as ``metadata`` what
    :func:`~assistant.integrations.hits.metadata_of` names. The filters are those of
    :meth:`Assistant.retrieve`. It needs neither a language model nor an embedding of LlamaIndex.

    Raises :class:`~assistant.errors.AssistantError` as the assistant does, say
    :class:`~assistant.errors.QuestionError` for an empty question.
    """

    def __init__(
        self,
        assistant: Assistant,
        *,
        top_k: int = 10,
        regions: Collection[str] | None = None,
        documents: Collection[str] | None = None,
        as_of: date | None = None,
        callback_manager: CallbackManager | None = None,
        verbose: bool = False,
    ) -> None:
        super().__init__(callback_manager=callback_manager, verbose=verbose)
        self._assistant = assistant
        self._top_k = top_k
        self._regions = regions
        self._documents = documents
        self._as_of = as_of

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._assistant.retrieve(
            query_bundle.query_str,
            top_k=self._top_k,
            regions=self._regions,
            documents=self._documents,
            as_of=self._as_of,
        )
        return [NodeWithScore(node=_node(hit), score=float(hit.score)) for hit in hits]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


def _node(hit: Hit) -> ClauseNode:
    clause = hit.clause
    metadata = metadata_of(hit)
    source = RelatedNodeInfo(node_id=clause.source, node_type=ObjectType.DOCUMENT)
    return ClauseNode(
        id_=clause.id,
        text=clause.text,
        extra_info=metadata,  # the field metadata, by the name that its constructor knows
        excluded_llm_metadata_keys=[
            name for name, value in metadata.items() if name not in _FOR_MODELS or not value
        ],
        excluded_embed_metadata_keys=list(metadata),
        start_char_idx=clause.start,
        end_char_idx=clause.end,
        relationships={NodeRelationship.SOURCE: source},
    )
