"""The score of every passage of one document, for the strip beside its article."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embed import TextEncoder
    from index import DocumentRecord
    from query.options import SearchOptions
    from query.ranking import Ranking
    from query.searcher import Searcher


def scores_alone(
    searcher: Searcher,
    encoder: TextEncoder,
    ranking: Ranking,
    options: SearchOptions,
    document: DocumentRecord,
) -> tuple[float | None, ...]:
    """Return the score of each passage of a document, in order; None if it has none.

    The document is ranked alone, with the words that were looked for in the whole index, and in the
    mode of `options`. What is shown under another passage, or says the same, has its score.
    """
    words = ranking.asked or ranking.query
    [vector] = encoder.encode_queries([words])
    alone = replace(
        options,
        k=document.passages,
        docs=(document.doc_id,),
        where=None,
        fields=None,
        min_score=None,
        matches_only=False,
    )
    scores: dict[str, float] = {}
    for hit in searcher.rank(words, vector, alone):  # best first
        for passage_id in (hit.passage.passage_id, *hit.also_in):
            scores.setdefault(passage_id, hit.score)
    numbers = range(1, document.passages + 1)
    return tuple(scores.get(f"{document.doc_id}#{number}") for number in numbers)
