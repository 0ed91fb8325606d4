"""The retriever as LlamaIndex's `BaseRetriever`."""

from __future__ import annotations

import asyncio

from index import Mode
from query.adapters import metadata_of, missing_extra
from query.hits import Hit
from query.ranking import Ranking
from query.retriever import Retriever

try:
    from llama_index.core.callbacks import CallbackManager
    from llama_index.core.retrievers import BaseRetriever
    from llama_index.core.schema import (
        NodeRelationship,
        NodeWithScore,
        ObjectType,
        QueryBundle,
        RelatedNodeInfo,
        TextNode,
    )
except ImportError as error:
    raise missing_extra("llama-index", error) from error

# What a language model is told of a passage; the rest is for programs.
_FOR_THE_MODEL = {"title", "subtitle", "byline", "date", "section", "paragraph", "page", "doc_id"}


class PassageRetriever(BaseRetriever):
    """Nodes of LlamaIndex, a passage each, in the order of `Retriever.retrieve`.

    `start_char_idx` and `end_char_idx` are code-point offsets into the source file, and
    `metadata` carries the citation. Passages that match no better than chance are left out, so a
    question that nothing here is about gets no nodes; `matches_only=False` gives the `k` nearest.

    >>> PassageRetriever(Retriever.open(), k=3).retrieve("ceasefire terms")  # doctest: +SKIP
    """

    def __init__(  # noqa: PLR0913 - an argument each
        self,
        retriever: Retriever,
        k: int = 5,
        docs: str | list[str] | None = None,
        mode: Mode = "hybrid",
        *,
        min_score: float | None = None,
        matches_only: bool = True,
        where: str | list[str] | None = None,
        callback_manager: CallbackManager | None = None,
    ) -> None:
        super().__init__(callback_manager)
        self._retriever = retriever
        self._k = k
        self._docs = docs
        self._mode: Mode = mode
        self._min_score = min_score
        self._matches_only = matches_only
        self._where = where

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        ranking = self._retriever.retrieve(
            query_bundle.query_str,
            self._k,
            self._docs,
            self._mode,
            min_score=self._min_score,
            matches_only=self._matches_only,
            where=self._where,
        )
        return [NodeWithScore(node=self._node(hit, ranking), score=hit.score) for hit in ranking]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        # The base class would block the event loop.
        return await asyncio.to_thread(self._retrieve, query_bundle)

    def _node(self, hit: Hit, ranking: Ranking) -> TextNode:
        metadata = metadata_of(hit, ranking, self._retriever.source(hit.passage.doc_id))
        hidden = [name for name in metadata if name not in _FOR_THE_MODEL]
        source = RelatedNodeInfo(
            node_id=hit.passage.doc_id, node_type=ObjectType.DOCUMENT, hash=hit.document.sha256
        )
        return TextNode(
            id_=hit.passage.passage_id,
            text=hit.passage.text,
            start_char_idx=hit.passage.start,
            end_char_idx=hit.passage.end,
            metadata=metadata,
            excluded_llm_metadata_keys=hidden,
            excluded_embed_metadata_keys=hidden,
            relationships={NodeRelationship.SOURCE: source},
        )
