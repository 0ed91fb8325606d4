"""What the windows of short passages lend to them, see `index.windows`.

Half of what counts for a short passage is its own, and half is the mean over its window. The mean
is taken when a question is asked, so an index has no vectors for windows.

A bound for exact search: a route lists passages by their own value, best first. Read with each
listed passage all passages whose window holds it. Then a passage that has not been read has nothing
in its window that was listed, so neither its own value nor the mean exceeds the last one of the
list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from index.store.searched_index import SearchedIndex


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """Some passages, and those in the windows of the short ones among them.

    `rows` are the rows of both, int64, ascending, and `places` the positions among them of the m
    passages themselves. `short` are the positions of the short ones among the m. The window of the
    i-th short one is `rows[edges[2 * i] : edges[2 * i + 1]]`. `words` are the lengths of `rows`,
    and `lengths` those of the windows, both float64.
    """

    rows: NDArray[np.int64]
    places: NDArray[np.int64]
    short: NDArray[np.int64]
    edges: NDArray[np.int64]
    words: NDArray[np.float64]
    lengths: NDArray[np.float64]

    @classmethod
    def of(cls, index: SearchedIndex, rows: NDArray[np.int64]) -> Context:
        """Return the context of the passages at `rows`, int64, ascending."""
        before, after, words = index.windows.T
        short = np.flatnonzero(before[rows] | after[rows])
        firsts = rows[short] - before[rows[short]]
        stops = rows[short] + after[rows[short]] + 1
        every = _union(rows, firsts, stops, index.passages.rows)
        starts = np.searchsorted(every, firsts)
        edges = np.stack([starts, starts + stops - firsts], axis=1).ravel()
        weights = words[every].astype(np.float64)
        places = np.searchsorted(every, rows)
        return cls(every, places, short, edges, weights, _sums(weights, edges))

    def means(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return the mean over the window of each of the m passages, weighted by length.

        `values` are those of `rows`. A passage that is not short has its own value.
        """
        means = values[self.places].astype(np.float64)
        if len(self.short):
            means[self.short] = _sums(values * self.words, self.edges) / self.lengths
        return means


_FEW = 8
"""Sorting some rows takes less time than a look at so many times as many."""


def _sums(values: NDArray[np.float64], edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the sum of each window."""
    if not len(edges):
        return np.empty(0)
    # Between two windows `reduceat` sums up too; a window may end at the last row.
    sums: NDArray[np.float64] = np.add.reduceat(np.append(values, 0.0), edges)[::2]
    return sums


def _union(
    rows: NDArray[np.int64], firsts: NDArray[np.int64], stops: NDArray[np.int64], passages: int
) -> NDArray[np.int64]:
    """Return, ascending, the rows among `rows` and those from each of `firsts` to its stop."""
    lengths = stops - firsts
    if _FEW * (len(rows) + lengths.sum()) < passages:
        starts = np.cumsum(lengths) - lengths
        inside = np.repeat(firsts - starts, lengths) + np.arange(lengths.sum())
        return np.unique(np.concatenate([rows, inside]))
    steps = np.zeros(passages + 1, dtype=np.int64)
    np.add.at(steps, firsts, 1)
    np.add.at(steps, stops, -1)
    covered = np.cumsum(steps[:-1]) > 0
    covered[rows] = True
    return np.flatnonzero(covered)
