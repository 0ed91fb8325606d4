"""The parts of the score of every passage for a question.

A passage has several vectors, its own and one a sentence, since a long paragraph dilutes its
vector and a sentence repairs that; the lexical part repairs names and rare words, which a small
model blurs. How the parts are weighed, and ranked, is for the callers: `index.scoring.ranking` and
`index.scoring.calibration`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from index.scoring.stop_words import STOP_WORDS
from index.store.catalog import Catalog
from index.store.open_index import OpenIndex
from index.words import words_of

# Words of a question that are looked up; the model reads no more than some 250 word pieces either.
_MOST_WORDS = 256

_NEXT_TO_NOTHING = 1e-6

# No opening mark inside, or the search would begin anew at each of many that are never closed.
_QUOTED = re.compile(r'"([^"]+)"|“([^“”]+)”|«([^«»]+)»|„([^„“”]+)[“”]')


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part of a score counts."""

    passage: float = 0.0
    sentence: float = 0.0
    words: float = 0.0
    complete: float = 0.0
    verbatim: float = 0.0

    @property
    def lexical(self) -> float:
        """The weight of the lexical parts together."""
        return self.words + self.complete + self.verbatim


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The passages that may be hits, and their sentences; each int64, ascending.

    ``rows`` are passage rows, ``sentence_rows`` the rows of their sentences, and ``starts`` where
    among the latter those of each passage begin.
    """

    rows: NDArray[np.int64]
    sentence_rows: NDArray[np.int64]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, index: OpenIndex, rows: NDArray[np.int64]) -> Selection:
        """The passages at ``rows``."""
        firsts = index.bounds[rows]
        counts = index.bounds[rows + 1] - firsts
        starts = np.cumsum(counts) - counts
        return cls(rows, np.repeat(firsts - starts, counts) + np.arange(counts.sum()), starts)

    @classmethod
    def everything(cls, index: OpenIndex) -> Selection:
        """All passages."""
        return cls.of(index, np.arange(index.passages.rows, dtype=np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The n passages of a selection with the parts of their score, arrays of shape (n,).

    ``passage`` and ``sentence`` are cosines, float32, the latter of the best sentence. The lexical
    ones are float64: ``bm25``, as a share of what the question's words are worth, which more than
    one find of a word can lift above 1, and next to nothing for stop words alone; ``complete``, 1
    where all of its words are there, else 0; ``verbatim`` likewise where the question, or what
    stands in quotation marks in it, is there word for word.
    """

    rows: NDArray[np.int64]
    passage: NDArray[np.float32]
    sentence: NDArray[np.float32]
    bm25: NDArray[np.float64]
    complete: NDArray[np.float64]
    verbatim: NDArray[np.float64]

    def at(self, positions: Sequence[int]) -> Candidates:
        """Those at some positions, in that order."""
        return Candidates(*(getattr(self, field.name)[list(positions)] for field in fields(self)))

    def lexical(self, weights: Weights) -> NDArray[np.float64]:
        """The weighted sum of the lexical parts, float64 (n,)."""
        return (
            weights.words * np.minimum(self.bm25, 1.0)
            + weights.complete * self.complete
            + weights.verbatim * self.verbatim
        )

    def total(self, weights: Weights) -> NDArray[np.float64]:
        """The weighted sum, float64 (n,)."""
        return (
            weights.passage * self.passage.astype(np.float64)
            + weights.sentence * self.sentence.astype(np.float64)
            + self.lexical(weights)
        )


def find_candidates(
    index: OpenIndex, selection: Selection, question: str, vector: NDArray[np.float32]
) -> Candidates:
    """Score every selected passage for a question and its vector, float32 (dim,)."""
    rows = selection.rows
    lexical = _Lexical.of(index.catalog, question)
    return Candidates(
        rows=rows,
        passage=index.passages.scores(vector, rows),
        sentence=best_of_groups(
            index.sentences.scores(vector, selection.sentence_rows), selection.starts
        ),
        bm25=lexical.bm25[rows],
        complete=lexical.complete[rows],
        verbatim=lexical.verbatim[rows],
    )


def best_of_groups(scores: NDArray[np.float32], starts: NDArray[np.int64]) -> NDArray[np.float32]:
    """The largest score of each group; group i is ``scores[starts[i]:starts[i + 1]]``, never empty.

    >>> best_of_groups(np.float32([0.1, 0.9, 0.4]), np.array([0, 2]))
    array([0.9, 0.4], dtype=float32)
    """
    if not len(starts):
        return np.empty(0, dtype=np.float32)
    best: NDArray[np.float32] = np.maximum.reduceat(scores, starts)
    return best


@dataclass(frozen=True, slots=True, eq=False)
class _Lexical:
    """What the words of a question find in every passage of the catalog: float64 (passages,)."""

    bm25: NDArray[np.float64]
    complete: NDArray[np.float64]
    verbatim: NDArray[np.float64]

    @classmethod
    def of(cls, catalog: Catalog, question: str) -> _Lexical:
        passages = catalog.passages_stored
        bm25, found, verbatim = np.zeros(passages), np.zeros(passages), np.zeros(passages)
        words = telling_words(question)
        worth = 0.0
        for word in words:
            rows, scores = catalog.bm25(word)
            bm25[rows] += scores
            found[rows] += 1.0
            worth += inverse_document_frequency(len(rows), passages)
        for phrase in phrases(question):
            verbatim[catalog.rows_with_phrase(phrase)] = 1.0
        share = bm25 / (worth or 1.0)
        if STOP_WORDS.issuperset(words):  # they give an order to the passages, and no evidence
            return cls(share * _NEXT_TO_NOTHING, np.zeros(passages), verbatim)
        return cls(share, (found == len(words)).astype(np.float64), verbatim)


def telling_words(question: str) -> list[str]:
    """The different words of a question, stop words left out unless there are no others.

    >>> telling_words("What are the terms of the ceasefire?")
    ['terms', 'ceasefire']
    """
    words = list(dict.fromkeys(word.lower() for word in words_of(question)))
    return ([word for word in words if word not in STOP_WORDS] or words)[:_MOST_WORDS]


def phrases(question: str) -> list[Sequence[str]]:
    """What may stand word for word: each quotation of two words or more, else the whole question.

    But not a question of stop words alone: that "of the" stands somewhere tells nothing.

    >>> phrases('who said "no way out"?')
    [['no', 'way', 'out']]
    """
    quoted = [words_of("".join(groups)) for groups in _QUOTED.findall(question)]
    chosen = [words for words in quoted if len(words) > 1]
    if not chosen and not STOP_WORDS.issuperset(telling_words(question)):
        chosen = [words_of(question)]
    return [words for words in chosen if 0 < len(words) <= _MOST_WORDS]


def inverse_document_frequency(rows: int, passages: int) -> float:
    """What a word is worth that stands in ``rows`` of ``passages`` (as FTS5's BM25 has it)."""
    return max(math.log((passages - rows + 0.5) / (rows + 0.5)), 1e-6)
