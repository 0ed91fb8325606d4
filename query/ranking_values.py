"""A ranking as a program reads it: what `query --json` prints, and what the page gives as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from query.ranking import Ranking

if TYPE_CHECKING:
    from query.explaining.explanation import Explanation
    from query.retriever import Retriever


def ranking_values(
    retriever: Retriever, ranking: Ranking, most_chance: float, *, explained: bool
) -> dict[str, Any]:
    """Return a ranking as JSON has it, with the explanations of its hits if they are wanted.

    Raises QueryError if they are, and the index has moved on since.
    """
    values = ranking.to_dict()
    if explained:
        from query.explaining.explainer import explain_verdict

        verdict = explain_verdict(retriever.searcher, ranking, most_chance)
        values["explain"] = verdict.to_dict()
        hits = values["hits"] or values["nearest"]
        for hit, explanation in zip(hits, explanations_of(retriever, ranking), strict=True):
            hit["explain"] = explanation.to_dict()
    return values


def explanations_of(retriever: Retriever, ranking: Ranking) -> list[Explanation]:
    """Return why each hit has its score, or each of the nearest if there are no hits."""
    from query.explaining.explainer import Explainer

    hits = ranking.hits or ranking.nearest
    explainer = Explainer.of(retriever.searcher, retriever.encoder, ranking)
    return explainer.explain((hit.document, hit.passage) for hit in hits)
