"""A ranking: the hits of a question, with the verdict on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

from index import Mode, Verdict
from query.hits import Hit
from query.showing.safe_text import shown

UNPROVEN = (
    "not proven to be exact: the engine that keeps the index told of too few passages; ask for "
    "fewer hits, with narrower filters, or of the index in files"
)
"""What is said of a ranking that is not exact."""


def share_of_cases(chance: float) -> str:
    """Return a chance as a person reads it, so that a small one is not shown as none.

    >>> share_of_cases(0.66), share_of_cases(0.0042), share_of_cases(1e-9)
    ('66%', '0.4%', 'less than 0.1%')
    """
    if chance >= 0.01:
        return f"{chance:.0%}"
    return f"{chance:.1%}" if chance >= 0.001 else "less than 0.1%"


@dataclass(frozen=True, slots=True)
class Ranking(Sequence[Hit]):
    """Hits, best first, with the question that they were found for and the verdict on them.

    It is an immutable sequence. A slice of it is a ranking with the same question and verdict.
    `p_chance` is that of the best match among all passages that may be hits, shown or not: the
    chance that a question on something else finds as good a match in this corpus. The verdict is
    "match" if that is small enough. It says that something here is on the topic, and not that it
    answers the question. `generation` names the state of the index.

    If passages that do not match are left out (`SearchOptions.matches_only`), `left_out` counts
    them. It is None if that is not known: in a large index in which many more passages match, or
    with a least score.
    If that leaves no hits, `nearest` holds the first ones that were left out, best first.
    `asked` are the words that were looked for, if the question has others beside them. `evidence`
    is the score by which the best match is judged.
    `exact` is False if it could not be proven that no other passage belongs among the hits: an
    engine that keeps the index tells of a limited number of passages.
    `str()` of it is the question, the verdict, and a line for each hit.
    """

    hits: Sequence[Hit]
    query: str
    mode: Mode
    verdict: Verdict
    p_chance: float
    generation: str
    nearest: Sequence[Hit] = ()
    left_out: int | None = 0
    asked: str = ""
    evidence: float | None = None
    exact: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "hits", tuple(self.hits))
        object.__setattr__(self, "nearest", tuple(self.nearest))

    def __len__(self) -> int:
        return len(self.hits)

    @overload
    def __getitem__(self, position: int) -> Hit: ...

    @overload
    def __getitem__(self, position: slice) -> Ranking: ...

    def __getitem__(self, position: int | slice) -> Hit | Ranking:
        if isinstance(position, slice):
            return replace(self, hits=self.hits[position])
        return self.hits[position]

    def reordered(self, hits: Iterable[Hit]) -> Ranking:
        """Return a ranking of these hits in this order, numbered anew from 1."""
        numbered = (replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1))
        return replace(self, hits=tuple(numbered))

    def to_dict(self) -> dict[str, Any]:
        """Return the ranking as `query --json` prints it."""
        return {
            "query": self.query,
            "verdict": self.verdict,
            "p_chance": round(self.p_chance, 6),
            "mode": self.mode,
            "generation": self.generation,
            "hits": [hit.to_dict() for hit in self.hits],
            "nearest": [hit.to_dict() for hit in self.nearest],
            "left_out": self.left_out,
            "exact": self.exact,
        }

    def __str__(self) -> str:
        question = shown(" ".join(self.query.split()))
        return "\n".join([question, self._verdict(), *map(str, self.hits or self.nearest)])

    def _repr_html_(self) -> str:
        # Imported late: a query at a terminal does without it.
        from query.showing.notebook import ranking_html

        items = [hit.html_item() for hit in self.hits or self.nearest]
        return ranking_html(self.query, self._verdict(), items)

    def _verdict(self) -> str:
        proven = "" if self.exact else f" ({UNPROVEN})"
        if self.verdict == "match":
            return f"{len(self)} passage{'' if len(self) == 1 else 's'}, {self.mode}{proven}"
        nearest = " The nearest passages:" if self.hits or self.nearest else ""
        return (
            "Nothing here is about that: an unrelated question matches as well in "
            f"{share_of_cases(self.p_chance)} of cases{proven}.{nearest}"
        )
