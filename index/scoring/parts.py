"""The parts of the score of each passage for a question.

A passage has several vectors: its own, and one for each of its sentences. A long paragraph dilutes
its vector, and a sentence repairs that. A short passage does not say what it is about, and its
window repairs that. The lexical parts repair names and rare words, which a small model blurs.
`weights` says what each part counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.scoring.context import Context
from index.scoring.lexical import LexicalParts
from index.scoring.weights import HYBRID, Weights
from index.types import Scores

if TYPE_CHECKING:
    from index.store.searched_index import SearchedIndex


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The passages that may be hits, and their sentences; each int64, ascending.

    `rows` are passage rows, `sentence_rows` the rows of their sentences, and `starts` the positions
    among the latter at which those of each passage begin. `context` has the windows of the short
    passages.
    """

    rows: NDArray[np.int64]
    context: Context
    sentence_rows: NDArray[np.int64]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, index: SearchedIndex, rows: NDArray[np.int64]) -> Selection:
        """Return the passages at `rows`, int64, ascending."""
        firsts = index.bounds[rows]
        counts = index.bounds[rows + 1] - firsts
        starts = np.cumsum(counts) - counts
        sentence_rows = np.repeat(firsts - starts, counts) + np.arange(counts.sum())
        return cls(rows, Context.of(index, rows), sentence_rows, starts)

    @classmethod
    def everything(cls, index: SearchedIndex) -> Selection:
        """Return all passages that may be hits."""
        return cls.of(index, hit_rows(index, np.arange(index.passages.rows, dtype=np.int64)))


def hit_rows(index: SearchedIndex, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return those of some rows, int64 and ascending, that are not shown under another one."""
    if not len(index.shown_under):
        return rows
    return np.setdiff1d(rows, index.shown_under[:, 0], assume_unique=True)


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The n passages of a selection with the parts of their score, arrays of shape (n,).

    `passage` and `sentence` are cosines, float32, the latter of the best sentence. `bm25_share`,
    `complete` and `verbatim` are those of `LexicalParts`, float64. `context` and `context_share`
    are the means of `passage` and `bm25_share` over the window of a short passage, float64; those
    of any other passage are its own.
    """

    rows: NDArray[np.int64]
    passage: NDArray[np.float32]
    context: NDArray[np.float64]
    sentence: NDArray[np.float32]
    bm25_share: NDArray[np.float64]
    context_share: NDArray[np.float64]
    complete: NDArray[np.float64]
    verbatim: NDArray[np.float64]

    def at(self, positions: Sequence[int]) -> Candidates:
        """Return the candidates at some positions, in that order."""
        return Candidates(*(getattr(self, field.name)[list(positions)] for field in fields(self)))

    def lexical_part(self, weights: Weights) -> NDArray[np.float64]:
        """Return the weighted sum of the lexical parts, float64 (n,)."""
        share = 0.5 * (self.bm25_share + self.context_share)
        return (
            weights.words * np.minimum(share, 1.0)
            + weights.complete * self.complete
            + weights.verbatim * self.verbatim
        )

    def total(self, weights: Weights) -> NDArray[np.float64]:
        """Return the weighted sum, float64 (n,)."""
        return (
            weights.passage * self.passage.astype(np.float64)
            + weights.context * self.context
            + weights.sentence * self.sentence.astype(np.float64)
            + self.lexical_part(weights)
        )

    def shown(self) -> list[Scores]:
        """Return the parts of each candidate as a hit shows them."""
        lexical = self.lexical_part(HYBRID) / HYBRID.lexical
        columns = (self.passage, self.context, self.sentence, lexical)
        return [Scores(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


class Scoring:
    """Scores m selected passages for a question and its vector, float32 (dim,).

    The lexical parts of all are found at once; the cosines are computed for those asked for.
    """

    def __init__(
        self, index: SearchedIndex, selection: Selection, question: str, vector: NDArray[np.float32]
    ) -> None:
        self.index = index
        self.selection = selection
        self.vector = vector
        found = LexicalParts.find(index, question)
        rows, context = selection.rows, selection.context
        self._bm25_share = _at(rows, found.bm25_share)
        self._context_share = context.means(_at(context.rows, found.bm25_share))
        self._complete = _at(rows, found.complete)
        self._verbatim = _at(rows, found.verbatim)
        self.worded = np.flatnonzero((self._context_share > 0) | (self._verbatim > 0))
        """The positions of the passages in which, or in whose window, words are found, int64."""

    def candidates(self, positions: NDArray[np.int64] | None = None) -> Candidates:
        """Score the passages at some positions of the selection, int64, ascending; or all."""
        selection, chosen = self.selection, slice(None) if positions is None else positions
        if positions is not None:
            selection = Selection.of(self.index, selection.rows[positions])
        context = selection.context
        cosines = self.index.passages.scores(self.vector, context.rows)
        sentences = self.index.sentences.scores(self.vector, selection.sentence_rows)
        return Candidates(
            rows=selection.rows,
            passage=cosines[context.places],
            context=context.means(cosines),
            sentence=best_of_groups(sentences, selection.starts),
            bm25_share=self._bm25_share[chosen],
            context_share=self._context_share[chosen],
            complete=self._complete[chosen],
            verbatim=self._verbatim[chosen],
        )

    def best_by_words(self, most: int) -> NDArray[np.int64]:
        """Return the positions of about the `most` passages with the best BM25 shares, int64."""
        if len(self.worded) <= most:
            return self.worded
        return self.worded[np.argpartition(self._bm25_share[self.worded], -most)[-most:]]

    def with_cosines(
        self,
        positions: NDArray[np.int64],
        passage: float | NDArray[np.float64],
        context: float | NDArray[np.float64],
        sentence: float | NDArray[np.float64],
    ) -> Candidates:
        """Return the n passages at some positions with cosines of all, or of each, float64 (n,)."""
        return Candidates(
            rows=self.selection.rows[positions],
            passage=np.full(len(positions), passage, dtype=np.float32),
            context=np.full(len(positions), context),
            sentence=np.full(len(positions), sentence, dtype=np.float32),
            bm25_share=self._bm25_share[positions],
            context_share=self._context_share[positions],
            complete=self._complete[positions],
            verbatim=self._verbatim[positions],
        )


def wordless(passage: float, sentence: float) -> Candidates:
    """Return one passage with these cosines in which no word is found, at row -1."""
    nothing = np.zeros(1)
    return Candidates(
        rows=np.array([-1]),
        passage=np.array([passage], dtype=np.float32),
        context=np.array([passage]),
        sentence=np.array([sentence], dtype=np.float32),
        bm25_share=nothing,
        context_share=nothing,
        complete=nothing,
        verbatim=nothing,
    )


def _at(rows: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values of some rows, different ones: if they are all, without a copy."""
    return values if len(rows) == len(values) else values[rows]


def find_candidates(
    index: SearchedIndex, selection: Selection, question: str, vector: NDArray[np.float32]
) -> Candidates:
    """Score every selected passage for a question and its vector, float32 (dim,)."""
    return Scoring(index, selection, question, vector).candidates()


def best_of_groups(scores: NDArray[np.float32], starts: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the largest score of each group; group i is `scores[starts[i]:starts[i + 1]]`.

    No group may be empty.

    >>> best_of_groups(np.float32([0.1, 0.9, 0.4]), np.array([0, 2]))
    array([0.9, 0.4], dtype=float32)
    """
    if not len(starts):
        return np.empty(0, dtype=np.float32)
    best: NDArray[np.float32] = np.maximum.reduceat(scores, starts)
    return best
