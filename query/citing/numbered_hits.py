"""What the number of a mark stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from query.citing.context import excerpt_of, join_excerpts

if TYPE_CHECKING:
    from query.hits import Hit


class NumberedHits:
    """What each number stands for: a hit, and those whose passages are joined to its own."""

    def __init__(self, hits: Sequence[Hit]) -> None:
        self._hits: dict[int, list[Hit]] = {}
        for source in join_excerpts([excerpt_of(hit) for hit in hits]):
            joined = sorted((hits[n - 1] for n in source.positions), key=_start)
            self._hits.update(dict.fromkeys(source.positions, joined))

    def __contains__(self, number: object) -> bool:
        return number in self._hits

    def numbers(self) -> list[int]:
        """Return the numbers that stand for a hit, in order."""
        return sorted(self._hits)

    def of(self, number: int) -> list[Hit]:
        """Return the hits that a number stands for, in order of reading; none if it cites none."""
        return self._hits.get(number, [])


def _start(hit: Hit) -> int:
    return hit.passage.start
