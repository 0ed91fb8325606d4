"""The parts of the score of single passages, taken apart: by neighbour, by word and by field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.scoring.calibration import evidence_of
from index.scoring.lexical import (
    NEXT_TO_NOTHING,
    frequencies,
    inverse_document_frequency,
    phrases,
    telling_words,
    usual_length,
)
from index.scoring.parts import Candidates, Selection
from index.scoring.ranking import totals
from index.scoring.weights import HEAD_WEIGHT
from index.stop_words import STOP_WORDS
from index.store.stems import stems_of

if TYPE_CHECKING:
    from index.store.postings import Occurrences
    from index.store.searched_index import SearchedIndex
    from index.types import Mode


@dataclass(frozen=True, slots=True)
class WindowPassage:
    """A passage of a window: its share of the words of the window, and its own cosine."""

    row: int
    weight: float
    cosine: float


@dataclass(frozen=True, slots=True)
class WordFind:
    """What a word of a question is worth in one passage.

    `passages` is how many hold it in their text, and `rarity` its IDF. `in_body` and `in_head` are
    the counts in the passage and in what stands over it. `of_body` and `of_head` are what they add
    to the BM25 share of that passage.
    """

    word: str
    stem: str
    passages: int
    rarity: float
    row: int
    in_body: int
    in_head: int
    of_body: float
    of_head: float


@dataclass(frozen=True, slots=True, eq=False)
class ExactParts:
    """The parts of the score of the passage at `row` for a question, as they are added up.

    `window` are the passages whose mean is its context, itself among them: it alone, with a weight
    of 1, if it is not short. `sentence` is the number of its best sentence, -1 for the title that
    is embedded with the first passage. `words` are those of the question that are looked up, and
    `finds` what they find in the passages of the window. `candidate` has the parts themselves, and
    `evidence` is the score by which it is judged to match. `length` is its words, with what stands
    over it.
    """

    row: int
    window: tuple[WindowPassage, ...]
    sentence: int
    words: tuple[str, ...]
    finds: tuple[WordFind, ...]
    candidate: Candidates
    evidence: float
    length: int

    def score(self, mode: Mode) -> float:
        """Return the score in a mode."""
        return float(totals(self.candidate, mode)[0])


def exact_parts(
    index: SearchedIndex, question: str, vector: NDArray[np.float32], rows: Sequence[int]
) -> list[ExactParts]:
    """Take the score of the passages at `rows` apart, for a question and its vector (dim,)."""
    words = _Words.of(index, question)
    found = [index.catalog.rows_with_phrase(phrase) for phrase in phrases(question)]
    verbatim = set(np.concatenate(found).tolist()) if found else set()
    return [_parts(index, words, verbatim, vector, row) for row in rows]


def _parts(
    index: SearchedIndex,
    words: _Words,
    verbatim: set[int],
    vector: NDArray[np.float32],
    row: int,
) -> ExactParts:
    selection = Selection.of(index, np.array([row], dtype=np.int64))
    context = selection.context
    cosines = index.passages.scores(vector, context.rows)
    sentences = index.sentences.scores(vector, selection.sentence_rows)
    finds = [words.finds_in(each) for each in context.rows.tolist()]
    shares = np.array([sum(find.of_body + find.of_head for find in some) for some in finds])
    own = finds[int(context.places[0])]
    in_body = sum(find.in_body > 0 for find in own)
    candidate = Candidates(
        rows=selection.rows,
        passage=cosines[context.places],
        context=context.means(cosines),
        sentence=sentences[[int(sentences.argmax())]],
        bm25_share=shares[context.places],
        context_share=context.means(shares),
        complete=np.array([float(words.are_telling and in_body == len(words.words))]),
        verbatim=np.array([float(row in verbatim)]),
    )
    has_title = len(sentences) > len(index.catalog.passage(row).passage.sentences)
    weights = context.words / context.lengths[0] if len(context.short) else np.ones(1)
    window = [
        WindowPassage(*values)
        for values in zip(context.rows.tolist(), weights.tolist(), cosines.tolist(), strict=True)
    ]
    return ExactParts(
        row,
        tuple(window),
        int(sentences.argmax()) - has_title,
        tuple(words.words),
        tuple(find for some in finds for find in some),
        candidate,
        float(evidence_of(candidate)[0]),
        int(index.lengths[row]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Words:
    """The telling words of a question, where they stand, and what they are worth together."""

    index: SearchedIndex
    words: list[str]
    stems: dict[str, str]
    where: list[Occurrences]
    rarities: list[float]
    usual: float
    are_telling: bool

    @classmethod
    def of(cls, index: SearchedIndex, question: str) -> _Words:
        words = telling_words(question)
        stems = stems_of(words)
        where = [index.catalog.occurrences(stems[word]) for word in words]
        rarities = [
            inverse_document_frequency(_in_bodies(each), len(index.lengths)) for each in where
        ]
        are_telling = not STOP_WORDS.issuperset(words)
        return cls(index, words, stems, where, rarities, usual_length(index.lengths), are_telling)

    def finds_in(self, row: int) -> list[WordFind]:
        """Return what each word finds in the passage at `row`, those that find nothing left out."""
        worth = sum(self.rarities) or 1.0
        scale = (1.0 if self.are_telling else NEXT_TO_NOTHING) / worth
        finds = []
        for word, where, rarity in zip(self.words, self.where, self.rarities, strict=True):
            place = int(np.searchsorted(where.rows, row))
            if place == len(where.rows) or where.rows[place] != row:
                continue
            here = where.at(place)
            [weight] = frequencies(here, self.index.lengths[here.rows], self.usual).tolist()
            value = rarity * weight * scale
            body, head = float(here.in_body[0]), HEAD_WEIGHT * float(here.in_head[0])
            of_head = value * head / (body + head)
            finds.append(
                WordFind(
                    word,
                    self.stems[word],
                    _in_bodies(where),
                    rarity,
                    row,
                    int(body),
                    int(here.in_head[0]),
                    value - of_head,
                    of_head,
                )
            )
        return finds


def _in_bodies(where: Occurrences) -> int:
    """Return how many passages hold a word in their text."""
    return int(np.count_nonzero(where.in_body))
