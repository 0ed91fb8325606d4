"""The retriever as LangChain's `BaseRetriever`."""

from __future__ import annotations

from index import Mode
from query.adapters import metadata_of, missing_extra
from query.retriever import Retriever

try:
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
except ImportError as error:
    raise missing_extra("langchain", error) from error


class PassageRetriever(BaseRetriever):
    """Documents of LangChain, a passage each, in the order of `Retriever.retrieve`.

    The fields are the arguments of `retrieve`. Passages that match no better than chance are left
    out, so a question that nothing here is about gets no documents; `matches_only=False` gives
    the `k` nearest. `metadata` of a document carries its citation.

    >>> adapter = PassageRetriever(retriever=Retriever.open(), k=3)    # doctest: +SKIP
    >>> adapter.invoke("ceasefire terms")                              # doctest: +SKIP
    """

    retriever: Retriever
    k: int = 5
    docs: str | list[str] | None = None
    mode: Mode = "hybrid"
    min_score: float | None = None
    matches_only: bool = True
    where: str | list[str] | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        ranking = self.retriever.retrieve(
            query,
            self.k,
            self.docs,
            self.mode,
            min_score=self.min_score,
            matches_only=self.matches_only,
            where=self.where,
        )
        return [
            Document(
                hit.passage.text,
                id=hit.passage.passage_id,
                metadata=metadata_of(hit, ranking, self.retriever.source(hit.passage.doc_id)),
            )
            for hit in ranking
        ]
