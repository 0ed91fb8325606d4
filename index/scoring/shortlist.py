"""Which passages of a large index are scored in full, so that none is missed that could count.

This is the threshold algorithm (Fagin, Lotem and Naor, "Optimal aggregation algorithms for
middleware", 2001). Three routes list passages: by their own cosine, by that of their best sentence,
and by words. Whatever is not listed has at most the cosines with which the lists end, and what
words find is known of every passage. So each passage that is not on the shortlist has a bound, and
belongs on it only if the bound says that it may count.

An engine that keeps the vectors lists them too. There a vector is worth more than a place on a
list: lists go deeper, few passages are scored in full, and each of the others that are listed has a
bound of its own. The engine's longest list may end before the proof does.
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
    from index.store.rounded_vectors import Nearest
    from index.store.searched_index import SearchedIndex

_FIRST = 512
"""Passages that each list begins with, at least."""

_FIRST_SHARE = 1 / 512
"""The same as a share of all passages.

The more passages there are, the more lie close together, and the longer the list has to be. A list
that is too short costs another scan; one that is too long, only the scoring of what it names.
"""

_WIDER = 4

_FIRST_OF_ENGINE = 64
"""The same of an engine."""

_NARROW = 1 / 8
"""A selection of no more than this share of all passages is scored whole."""

_NARROW_OF_ENGINE = 64
"""A selection of no more passages than this is scored whole if an engine keeps the vectors."""

_MOST_OF_ENGINE = 1 << 14
"""Passages that are scored in full for one question, at most, if an engine keeps the vectors."""

_LONGEST = 1 / 8
"""A list longer than this share of all passages takes no less time than scoring every one."""


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """The most that each of some passages can have: those that a list names, and their windows.

    `positions` are those among the selected passages, int64 (n,), ascending. `passage`, `context`
    and `sentence` are bounds of the cosines, float64 (n,).
    """

    positions: NDArray[np.int64]
    passage: NDArray[np.float64]
    context: NDArray[np.float64]
    sentence: NDArray[np.float64]

    @classmethod
    def of(
        cls, scoring: Scoring, passages: Nearest, sentences: Nearest, holders: NDArray[np.int64]
    ) -> Self:
        """Return the bounds that two lists give; `holders` are the passages of the sentences."""
        rows, context = scoring.selection.rows, scoring.selection.context
        own = np.full(scoring.index.passages.rows, passages.bound)
        own[passages.rows] = passages.reach
        best = np.full(scoring.index.passages.rows, sentences.bound)
        # From the last one on, so that the best sentence of a passage counts.
        best[holders[::-1]] = np.asarray(sentences.reach)[::-1]
        means = context.means(own[context.rows])
        is_near = (own[rows] > passages.bound) | (means > passages.bound)
        is_near |= best[rows] > sentences.bound
        near = np.flatnonzero(is_near)
        return cls(near, own[rows[near]], means[near], best[rows[near]])


@dataclass(frozen=True, slots=True, eq=False)
class Shortlist:
    """Passages to be scored in full, and what the others can have at most.

    `listed` says of each of the m selected passages whether it is on the list, bool (m,). Any other
    passage has a cosine, and a mean cosine of its window, of at most `passage`, and its sentences
    of at most `sentence`, unless it is one of `near`. `length` is that of the lists, and
    `is_longest` says that the index has no longer ones.
    """

    listed: NDArray[np.bool_]
    passage: float
    sentence: float
    length: int
    near: Near | None = None
    is_longest: bool = False

    @classmethod
    def first(cls, scoring: Scoring, k: int = 1) -> Self:
        """Return a short list for `k` hits; everything of a small index or a narrow selection."""
        few: float = _NARROW * scoring.index.passages.rows
        if scoring.index.is_remote:
            few = _NARROW_OF_ENGINE
        if scoring.index.rounded is None or len(scoring.selection.rows) <= few:
            return cls.everything(scoring)
        first = max(_FIRST, int(_FIRST_SHARE * scoring.index.passages.rows))
        if scoring.index.is_remote:
            first = _FIRST_OF_ENGINE
        return cls._of_length(scoring, max(first, 2 * k))

    @classmethod
    def everything(cls, scoring: Scoring) -> Self:
        """Return a list of all passages."""
        everything = np.ones(len(scoring.selection.rows), dtype=np.bool_)
        return cls(everything, -math.inf, -math.inf, len(everything))

    @classmethod
    def _of_length(cls, scoring: Scoring, length: int) -> Self:
        index, vector = scoring.index, scoring.vector
        is_long = not index.is_remote and length > _LONGEST * index.passages.rows
        if index.rounded is None or is_long:
            return cls.everything(scoring)
        passages, sentences = (
            vectors.nearest(vector, length, scoring.selection.rows) for vectors in index.rounded
        )
        of_sentences = np.searchsorted(index.bounds, sentences.rows, side="right") - 1
        near = None
        if index.is_remote:
            near = Near.of(scoring, passages, sentences, of_sentences)
            rows = np.concatenate([passages.rows[:length], of_sentences[:length]])
        else:
            # Whose window holds a listed passage is listed too: the bound holds for means as well.
            rows = np.concatenate([holders_of(index, passages.rows), of_sentences])
        listed = np.zeros(index.passages.rows, dtype=np.bool_)
        listed[rows] = True
        selected = listed[scoring.selection.rows]
        selected[scoring.best_by_words(length)] = True
        is_longest = passages.is_longest and sentences.is_longest
        return cls(selected, passages.bound, sentences.bound, length, near, is_longest)

    def including(self, positions: NDArray[np.int64]) -> Self:
        """Return the list with the passages at some positions too, int64."""
        listed = self.listed.copy()
        listed[positions] = True
        return replace(self, listed=listed)

    def with_also(self, scoring: Scoring, positions: NDArray[np.int64], *, longer: bool) -> Self:
        """Return a list with the passages at some positions too, int64; or a longer one."""
        is_enough = not longer and (len(positions) <= _WIDER * self.length or self.is_longest)
        if is_enough:
            return self.including(positions)
        wider = self._of_length(scoring, _WIDER * self.length)
        return replace(wider, listed=wider.listed | self.listed)

    def is_full(self, positions: NDArray[np.int64]) -> bool:
        """Return whether some more passages, int64, are too many to be fetched from an engine."""
        if not len(positions) or not self.is_longest:
            return False
        return int(np.count_nonzero(self.listed)) + len(positions) > _MOST_OF_ENGINE

    def others(self, scoring: Scoring) -> Others:
        """Return what the passages that are not on the list can have at most."""
        bounded = scoring.worded
        if self.near is not None:
            bounded = np.union1d(bounded, self.near.positions)
        bounded = bounded[~self.listed[bounded]]
        rest = len(self.listed) - int(np.count_nonzero(self.listed)) - len(bounded)
        return Others(
            bounded, self._bounds_of(scoring, bounded), rest, wordless(self.passage, self.sentence)
        )

    def _bounds_of(self, scoring: Scoring, positions: NDArray[np.int64]) -> Candidates:
        """Return the most that the passages at some positions, ascending, can have."""
        if self.near is None:
            return scoring.with_cosines(positions, self.passage, self.passage, self.sentence)
        near = self.near
        bounds = [
            np.full(len(positions), bound) for bound in (self.passage, self.passage, self.sentence)
        ]
        _, places, own = np.intersect1d(positions, near.positions, True, return_indices=True)
        for bound, values in zip(bounds, (near.passage, near.context, near.sentence), strict=True):
            bound[places] = values[own]
        return scoring.with_cosines(positions, *bounds)

    def candidates(self, scoring: Scoring) -> Candidates:
        """Score the passages on the list."""
        if self.listed.all():
            return scoring.candidates()
        return scoring.candidates(np.flatnonzero(self.listed))


@dataclass(frozen=True, slots=True, eq=False)
class Others:
    """The passages that are not on a shortlist, with the most that they can have.

    Those at `positions`, int64 (n,), have found words, or a bound of their own, and are
    `candidates` one by one. The others, `rest` in number, have neither, and all have the same
    bound: that of the one candidate of `alike`.
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
        longer = longer and not shortlist.is_longest
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
