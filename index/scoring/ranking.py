"""The score of a passage in each mode, and the exact top k of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from index.scoring.parts import Candidates
from index.scoring.weights import DENSE, HYBRID
from index.types import Mode


def totals(candidates: Candidates, mode: Mode) -> NDArray[np.float64]:
    """Return the score of each candidate in a mode, float64 (n,).

    "hybrid" is the weighted sum of all parts, "dense" the cosine of question and passage, and
    "lexical" BM25 as a share of what the question's words are worth.
    """
    if mode == "lexical":
        return candidates.bm25_share
    return candidates.total(HYBRID if mode == "hybrid" else DENSE)


def descending(scores: NDArray[np.float64], first: int) -> Iterator[int]:
    """Positions from the largest score down; equal scores in order of position.

    Lazy beyond the `first` ones: only these are picked out and sorted at once, since few callers
    ask for more. The order is exact all the same.
    """
    done = 0
    while done < len(scores):
        wanted = min(max(first, 2 * done), len(scores))
        threshold = np.partition(scores, len(scores) - wanted)[len(scores) - wanted]
        # All that tie with the last one come along, so that none of them can be left out.
        picked = np.flatnonzero(scores >= threshold)
        order = picked[np.argsort(-scores[picked], kind="stable")]
        yield from (int(position) for position in order[done:])
        done = len(order)
