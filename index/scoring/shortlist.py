"""Which passages of a large index are scored in full, so that none is missed that could count.

This is the threshold algorithm (Fagin, Lotem and Naor, "Optimal aggregation algorithms for
middleware", 2001). Three routes list passages: by their own cosine, by that of their best sentence,
and by words. Whatever is not listed has at most the cosines with which the lists end, and what
words find is known of every passage. So each passage that is not on the shortlist has a bound, and
belongs on it only if the bound says that it may count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from index.scoring.parts import Candidates, Scoring, wordless
from index.scoring.weights import Weights

if TYPE_CHECKING:
    from index.store.searched_index import SearchedIndex

_FIRST = 512
_WIDER = 4

_NARROW = 1 / 8
"""A selection of no more than this share of all passages is scored whole."""

_LONGEST = 1 / 8
"""A list longer than this share of all passages takes no less time than scoring every one."""


@dataclass(frozen=True, slots=True, eq=False)
class Shortlist:
    """Passages to be scored in full, and what the others can have at most.

    `listed` says of each of the m selected passages whether it is on the list, bool (m,). Any other
    passage has a cosine, and a mean cosine of its window, of at most `passage`, and its sentences
    of at most `sentence`. `length` is that of the lists.
    """

    listed: NDArray[np.bool_]
    passage: float
    sentence: float
    length: int

    @classmethod
    def first(cls, scoring: Scoring, k: int = 1) -> Self:
        """Return a short list for `k` hits; everything of a small index or a narrow selection."""
        few = _NARROW * scoring.index.passages.rows
        if scoring.index.rounded is None or len(scoring.selection.rows) <= few:
            return cls.everything(scoring)
        return cls._of_length(scoring, max(_FIRST, 2 * k))

    @classmethod
    def everything(cls, scoring: Scoring) -> Self:
        """Return a list of all passages."""
        everything = np.ones(len(scoring.selection.rows), dtype=np.bool_)
        return cls(everything, -math.inf, -math.inf, len(everything))

    @classmethod
    def _of_length(cls, scoring: Scoring, length: int) -> Self:
        index, vector = scoring.index, scoring.vector
        if index.rounded is None or length > _LONGEST * index.passages.rows:
            return cls.everything(scoring)
        passages, sentences = (vectors.nearest(vector, length) for vectors in index.rounded)
        of_sentences = np.searchsorted(index.bounds, sentences.rows, side="right") - 1
        # Whose window holds a listed passage is listed too, so the bound holds for means as well.
        rows = np.concatenate([holders_of(index, passages.rows), of_sentences])
        listed = np.zeros(index.passages.rows, dtype=np.bool_)
        listed[rows] = True
        selected = listed[scoring.selection.rows]
        selected[scoring.best_by_words(length)] = True
        return cls(selected, passages.bound, sentences.bound, length)

    def including(self, positions: NDArray[np.int64]) -> Self:
        """Return the list with the passages at some positions too, int64."""
        listed = self.listed.copy()
        listed[positions] = True
        return replace(self, listed=listed)

    def with_also(self, scoring: Scoring, positions: NDArray[np.int64], *, longer: bool) -> Self:
        """Return a list with the passages at some positions too, int64; or a longer one."""
        if not longer and len(positions) <= _WIDER * self.length:
            return self.including(positions)
        wider = self._of_length(scoring, _WIDER * self.length)
        return replace(wider, listed=wider.listed | self.listed)

    def others(self, scoring: Scoring) -> Others:
        """Return what the passages that are not on the list can have at most."""
        worded = scoring.worded[~self.listed[scoring.worded]]
        rest = len(self.listed) - int(np.count_nonzero(self.listed)) - len(worded)
        return Others(
            worded,
            scoring.with_cosines(self.passage, self.sentence, worded),
            rest,
            wordless(self.passage, self.sentence),
        )

    def candidates(self, scoring: Scoring) -> Candidates:
        """Score the passages on the list."""
        if self.listed.all():
            return scoring.candidates()
        return scoring.candidates(np.flatnonzero(self.listed))


@dataclass(frozen=True, slots=True, eq=False)
class Others:
    """The passages that are not on a shortlist, with the most that they can have.

    Those at `positions`, int64 (n,), have found words and are `candidates` one by one. The others,
    `rest` in number, have none, and all have the same bound: that of the one candidate of `alike`.
    """

    positions: NDArray[np.int64]
    candidates: Candidates
    rest: int
    alike: Candidates


def best_total(scoring: Scoring, weights: Weights) -> float:
    """Return the largest weighted sum of any selected passage; minus infinity if there is none."""
    shortlist = Shortlist.first(scoring)
    while True:
        best = float(shortlist.candidates(scoring).total(weights).max(initial=-math.inf))
        if shortlist.listed.all():
            return best
        others = shortlist.others(scoring)
        missing = others.positions[others.candidates.total(weights) > best]
        longer = others.rest > 0 and bool(others.alike.total(weights)[0] > best)
        if not len(missing) and not longer:
            return best
        shortlist = shortlist.with_also(scoring, missing, longer=longer)


def holders_of(index: SearchedIndex, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows whose window holds one of some rows; each row is in its own window."""
    before, after, _ = index.windows.T
    last = len(before) - 1
    found = [rows]
    for offset in range(1, int(max(before.max(initial=0), after.max(initial=0))) + 1):
        later, earlier = np.minimum(rows + offset, last), np.maximum(rows - offset, 0)
        found.append(later[before[later] >= later - rows])
        found.append(earlier[after[earlier] >= rows - earlier])
    return np.concatenate(found)
