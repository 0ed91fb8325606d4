"""Why a passage did not come up: where it stands among all, and what put it there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from query.hits import Hit
from query.question import without_boilerplate
from query.ranking import share_of_cases

if TYPE_CHECKING:
    from index import DocumentRecord, Passage
    from query.explaining.explainer import Explainer
    from query.explaining.explanation import Explanation
    from query.explaining.shares import PartName
    from query.explaining.standing import Standing
    from query.options import SearchOptions
    from query.ranking import Ranking

LONG_SCAN = 1_000_000
"""Passages from which a search that scores all of them is worth a word beforehand."""

# A difference in the share of a part that is worth a word.
_WORTH_TELLING = 0.01
_LESS: tuple[tuple[PartName, str], ...] = (
    ("words", "fewer words of the question, or less telling ones"),
    ("complete", "not all words of the question"),
    ("verbatim", "the question is not there word for word"),
    ("sentence", "a lower best sentence"),
    ("passage", "a lower cosine of the whole passage"),
    ("context", "a lower cosine of what stands around it"),
)


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Where a passage stands for a question, beside the last hit that is shown.

    `hit` is the number of the hit that it is, or that says the same, None if there is none.
    `reasons` say in plain words what put it where it stands, the weightiest first. `last` is the
    last of the hits, or of the nearest if there are none; None if there are none either.
    """

    document: DocumentRecord
    passage: Passage
    standing: Standing
    explanation: Explanation
    last: Hit | None
    last_explanation: Explanation | None
    hit: int | None
    reasons: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as `query --json` prints it."""
        return {
            "passage_id": self.passage.passage_id,
            "rank": self.standing.rank,
            "passages": self.standing.passages,
            "score": self.standing.score,
            "p_chance": self.standing.p_chance,
            "matches": self.standing.matches,
            "hit": self.hit,
            "reasons": list(self.reasons),
            "explain": self.explanation.to_dict(),
            "last": None
            if self.last is None or self.last_explanation is None
            else {
                "rank": self.last.rank,
                "passage_id": self.last.passage.passage_id,
                "score": self.last.score,
                "explain": self.last_explanation.to_dict(),
            },
        }


def why_not(
    explainer: Explainer,
    ranking: Ranking,
    document: DocumentRecord,
    passage: Passage,
    options: SearchOptions,
) -> WhyNot:
    """Return why a passage is not among the hits of a ranking, which `options` gave.

    `explainer` is that of the ranking. Every passage of the index is scored. Raises QueryError as a
    search does.
    """
    hits = ranking.hits or ranking.nearest
    if explainer.asked != without_boilerplate(ranking.query) and hits:
        # The title was taken out, and only the document of that title was asked.
        options = replace(options, docs=(hits[0].passage.doc_id,))
    row = document.first_row + passage.number - 1
    standing = explainer.searcher.standing_of(explainer.asked, explainer.vector, row, options)
    last = hits[-1] if hits else None
    pairs = [(document, passage)] + ([(last.document, last.passage)] if last else [])
    own, *others = explainer.explain(pairs)
    hit = _hit_of(ranking, passage.passage_id, standing)
    last_explanation = others[0] if others else None
    reasons = _reasons(standing, own, last, last_explanation, hit, options, passage.passage_id)
    return WhyNot(
        document,
        passage,
        standing,
        own,
        last,
        last_explanation,
        hit.rank if hit else None,
        tuple(reasons),
    )


def _hit_of(ranking: Ranking, passage_id: str, standing: Standing) -> Hit | None:
    """Return the hit that is a passage, or that stands for it."""
    names = {passage_id, *standing.shown_under, *standing.same}
    return next((hit for hit in ranking if hit.passage.passage_id in names), None)


def _reasons(
    standing: Standing,
    own: Explanation,
    last: Hit | None,
    last_explanation: Explanation | None,
    hit: Hit | None,
    options: SearchOptions,
    passage_id: str,
) -> list[str]:
    if hit is not None and hit.passage.passage_id == passage_id:
        return [f"it did come up: it is hit {hit.rank}"]
    reasons: list[str] = []
    if not standing.fits:
        reasons.append("filtered out: its document does not fit --doc, --where or --field")
    if standing.shown_under:
        reasons.append(f"shown under another passage, which it repeats: {standing.shown_under[0]}")
    elif hit is not None:
        reasons.append(
            f"it says the same as hit {hit.rank}, word for word: {hit.passage.passage_id}"
        )
    if not standing.is_possible:
        reasons.append(
            "it has no word of the question"
            if own.mode == "lexical" and own.score <= 0
            else f"below --min-score: {own.score:.3f}, and not {options.min_score:g}"
        )
    if options.matches_only and not standing.matches:
        reasons.append(
            "no better than chance: an unrelated question finds as good a match "
            f"{share_of_cases(standing.p_chance)} of the time"
        )
    if last is not None and last_explanation is not None and own.score < last_explanation.score:
        reasons += _lower_parts(own, last_explanation, last)
    elif not reasons:
        reasons.append("nothing puts it there but the order of passages with the same score")
    return reasons


def _lower_parts(own: Explanation, last: Explanation, hit: Hit) -> list[str]:
    """Return which parts are lower than those of the last hit, the largest difference first."""
    differences = [
        (last.part(name).share - own.part(name).share, name, told) for name, told in _LESS
    ]
    differences.sort(key=lambda each: -each[0])
    return [
        f"{told}: {own.part(name).share:.3f} beside {last.part(name).share:.3f} of "
        f"{'hit' if hit.matches else 'passage'} {hit.rank}"
        + (f" ({own.part(name).note})" if name == "complete" else "")
        for difference, name, told in differences
        if difference >= _WORTH_TELLING
    ]
