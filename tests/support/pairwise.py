"""Few rows that try every pair of settings together."""

from collections.abc import Sequence
from itertools import combinations

Pair = tuple[tuple[int, int], tuple[int, int]]
"""Two settings, each as the number of a factor and the number of one of its levels."""


def pairs_of(row: Sequence[int]) -> set[Pair]:
    """Return every pair of settings that a row tries together."""
    return set(combinations(enumerate(row), 2))


def pairwise_rows(sizes: Sequence[int]) -> list[tuple[int, ...]]:
    """Return rows of levels, one level for each factor, in which every pair of levels occurs.

    Factor number i has `sizes[i]` levels, from 0 on. The same sizes always give the same rows: each
    row begins with a pair that is missing yet, and takes for every other factor the level that adds
    the most missing pairs.
    """
    missing = {
        ((first, one), (second, other))
        for first, second in combinations(range(len(sizes)), 2)
        for one in range(sizes[first])
        for other in range(sizes[second])
    }
    rows: list[tuple[int, ...]] = []
    while missing:
        row = _filled(dict(min(missing)), sizes, missing)
        missing -= pairs_of(row)
        rows.append(row)
    return rows


def _filled(chosen: dict[int, int], sizes: Sequence[int], missing: set[Pair]) -> tuple[int, ...]:
    """Return a row with the settings in `chosen`, and the best of the others."""
    for factor in (factor for factor in range(len(sizes)) if factor not in chosen):

        def gain(level: int, factor: int = factor) -> int:
            pairs = (sorted([(factor, level), setting]) for setting in chosen.items())
            return sum((first, second) in missing for first, second in pairs)

        chosen[factor] = max(range(sizes[factor]), key=gain)
    return tuple(chosen[factor] for factor in range(len(sizes)))
