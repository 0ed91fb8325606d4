"""The score of a passage in each mode, and the exact top k of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from index.scoring.parts import Candidates, Weights
from query.hits import Mode, Scores

HYBRID = Weights(passage=0.5, sentence=0.5, words=0.4, complete=0.2, verbatim=0.3)
"""The weights of the default mode.

Found on two public collections and on questions about the two articles. Around these values
nDCG@10 is flat: passage from 0.4 to 0.6, and words from 0.3 to 0.5, change it by less than 0.004 on
the articles and on short paragraphs, and by up to 0.007 on long scientific ones, where more words
are better. The weight of a verbatim find is the smallest at which quotations came first in all of
them.
"""

_DENSE = Weights(passage=1.0)


def totals(candidates: Candidates, mode: Mode) -> NDArray[np.float64]:
    """The score of each candidate in a mode, float64 (n,).

    "hybrid" is the weighted sum of all parts, "dense" the cosine of question and passage, and
    "lexical" BM25 as a share of what the question's words are worth.
    """
    if mode == "lexical":
        return candidates.bm25
    return candidates.total(HYBRID if mode == "hybrid" else _DENSE)


def parts(candidates: Candidates) -> list[Scores]:
    """The parts of the score of each candidate."""
    lexical = candidates.lexical(HYBRID) / HYBRID.lexical
    columns = (candidates.passage, candidates.sentence, lexical)
    return [Scores(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def descending(scores: NDArray[np.float64], first: int) -> Iterator[int]:
    """Positions from the largest score down; equal scores in order of position.

    Lazy beyond the ``first`` ones: only these are picked out and sorted at once, since few callers
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
