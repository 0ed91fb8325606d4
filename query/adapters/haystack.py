"""The retriever as a component of Haystack."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

from index import Mode
from query.adapters import metadata_of, missing_extra
from query.retriever import Retriever

_SWITCH = "HAYSTACK_TELEMETRY_ENABLED"


def _switch_off_telemetry() -> None:
    """Tell Haystack not to report each run of a pipeline, unless somebody has chosen it.

    It asks the environment when it is imported. If it was imported before, the object that it
    would report with is taken from it.
    """
    if os.environ.setdefault(_SWITCH, "False").lower() in ("true", "1"):
        return
    imported = sys.modules.get("haystack.telemetry._telemetry")
    if getattr(imported, "telemetry", None) is not None:
        imported.telemetry = None  # type: ignore[union-attr]


_switch_off_telemetry()
try:
    from haystack import Document, component, default_from_dict, default_to_dict
except ImportError as error:
    raise missing_extra("haystack", error) from error


@component
class PassageRetriever:
    """Documents of Haystack, a passage each, in the order of `Retriever.retrieve`.

    `index` is the index directory, by default the one that the `query` command would find; it
    is opened at warm-up. Passages that match no better than chance are left out, so a question
    that nothing here is about gets no documents; `matches_only=False` gives the `top_k` nearest.
    `meta` of a document carries its citation. A saved pipeline is read back with
    `Pipeline.loads(text, allowed_modules=["query.adapters.haystack"])`.
    """

    def __init__(
        self,
        index: str | None = None,
        top_k: int = 5,
        docs: list[str] | None = None,
        mode: Mode = "hybrid",
        min_score: float | None = None,
        matches_only: bool = True,
        where: list[str] | None = None,
    ) -> None:
        self.index = index
        self.top_k = top_k
        self.docs = docs
        self.mode: Mode = mode
        self.min_score = min_score
        self.matches_only = matches_only
        self.where = where
        self._retriever: Retriever | None = None

    def warm_up(self) -> None:
        """Open the index; the pipeline calls this before it runs."""
        self._opened()

    def _opened(self) -> Retriever:
        if self._retriever is None:
            self._retriever = Retriever.open(self.index)
        return self._retriever

    def to_dict(self) -> dict[str, Any]:
        """Return the arguments that it was made with."""
        data: dict[str, Any] = default_to_dict(
            self,
            index=self.index,
            top_k=self.top_k,
            docs=self.docs,
            mode=self.mode,
            min_score=self.min_score,
            matches_only=self.matches_only,
            where=self.where,
        )
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> PassageRetriever:
        """Return the component that `to_dict` described."""
        made: PassageRetriever = default_from_dict(cls, data)
        return made

    @component.output_types(documents=list[Document])
    def run(self, query: str, top_k: int | None = None) -> dict[str, list[Document]]:
        """Return the documents on the topic of `query`, `top_k` of them if that is given."""
        retriever = self._opened()
        ranking = retriever.retrieve(
            query,
            self.top_k if top_k is None else top_k,
            self.docs,
            self.mode,
            min_score=self.min_score,
            matches_only=self.matches_only,
            where=self.where,
        )
        documents = [
            Document(
                id=hit.passage.passage_id,
                content=hit.passage.text,
                meta=metadata_of(hit, ranking, retriever.source(hit.passage.doc_id)),
                score=hit.score,
            )
            for hit in ranking
        ]
        return {"documents": documents}

    @component.output_types(documents=list[Document])
    async def run_async(self, query: str, top_k: int | None = None) -> dict[str, list[Document]]:
        """As `run`, without holding up the event loop."""
        return await asyncio.to_thread(self.run, query, top_k)
