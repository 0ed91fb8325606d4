"""What the page asks of an index: answers, articles in stretches, scores of all their passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index import DocumentRecord, Passage
from query.explaining.explainer import Explainer, explain_verdict
from query.neighbours import document_of, read
from query.page.asked import Asked
from query.ranking import Ranking

if TYPE_CHECKING:
    from query.explaining.explanation import ExplainedVerdict, Explanation
    from query.retriever import Retriever


@dataclass(frozen=True, slots=True)
class Answered:
    """A ranking for what was asked, with the evidence of its verdict."""

    asked: Asked
    ranking: Ranking
    verdict: ExplainedVerdict


@dataclass(frozen=True, slots=True)
class Stretch:
    """Passages of an article that follow one another, in order of reading."""

    document: DocumentRecord
    passages: tuple[Passage, ...]


class PageService:
    """Answers what the page asks, of the generation of the index that is in use now.

    Threads share it. Methods raise what those of `Retriever` raise.
    """

    def __init__(self, retriever: Retriever) -> None:
        self.retriever = retriever

    def ask(self, asked: Asked) -> Answered:
        """Return the ranking of what is asked, which must not be empty."""
        self.retriever.refresh()
        if asked.like:
            ranking = self.retriever.like(asked.like, asked.options())
        else:
            [ranking] = self.retriever.search([asked.question], asked.options())
        verdict = explain_verdict(self.retriever.searcher, ranking, asked.options().most_chance)
        return Answered(asked, ranking, verdict)

    def passage(self, passage_id: str) -> tuple[DocumentRecord, Passage]:
        """Return a passage by its id, with its document."""
        document, [passage] = read(self.retriever.searcher, passage_id)
        return document, passage

    def stretch(self, doc_id: str, first: int, last: int) -> Stretch:
        """Return the passages of a document from number `first` to `last`."""
        searcher = self.retriever.searcher
        document = document_of(searcher, doc_id)
        return Stretch(document, searcher.passages_of(document, first, last))

    def scores(self, asked: Asked, doc_id: str) -> Sequence[float | None]:
        """Return the score of each passage of a document, in order; None if it has none."""
        raise NotImplementedError

    def explain(self, answered: Answered, passage_id: str) -> Explanation:
        """Return why a passage has its score."""
        explainer = Explainer.of(self.retriever.searcher, self.retriever.encoder, answered.ranking)
        [explanation] = explainer.explain([self.passage(passage_id)])
        return explanation
