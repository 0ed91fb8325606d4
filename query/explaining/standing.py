"""Where a passage stands among all for a question."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """How a passage stands for a question, among all `passages` that may be hits.

    `rank` is what its score would be without any filter. It `fits` if the filters on documents let
    it through, `is_possible` if its score is not below the least that is wanted, and `matches`
    better than chance. `shown_under` are the ids of the passages that it is shown under, and `same`
    those that say the same, word for word.
    """

    rank: int
    passages: int
    score: float
    p_chance: float
    fits: bool
    is_possible: bool
    matches: bool
    shown_under: tuple[str, ...]
    same: tuple[str, ...]
