"""The lexical parts of a score: what the words of a question find, and what they are worth."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.scoring.weights import HEAD_WEIGHT
from index.stop_words import STOP_WORDS
from index.store.stems import stems_of
from index.words import index_terms, words_of

if TYPE_CHECKING:
    from index.store.postings import Occurrences
    from index.store.searched_index import SearchedIndex

# Words of a question that are looked up; the model reads no more than some 250 word pieces either.
_MOST_WORDS = 256

_ACRONYM = re.compile("[A-Z]{2}")
_CAPITALISED = re.compile(r"\b[A-Z]")
_NAME_INSIDE = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+")

NEXT_TO_NOTHING = 1e-6

# How soon further finds of a word stop to count, and how much the length of a passage does.
_K1, _B = 1.2, 0.75

# No opening mark inside, or the search would begin anew at each of many that are never closed.
_QUOTED = re.compile(r'"([^"]+)"|“([^“”]+)”|«([^«»]+)»|„([^„“”]+)[“”]')


@dataclass(frozen=True, slots=True, eq=False)
class LexicalParts:
    """What the words of a question find in each passage of a catalog; float64 (passages,) each.

    `bm25_share` is BM25 as a share of what the words are worth. More than one find of a word can
    lift it above 1. It is next to nothing if all words are stop words. Words of the head and of the
    headings over a passage count as `HEAD_WEIGHT` of a word each (BM25F: Robertson, Zaragoza and
    Taylor, 2004); how rare a word is, bodies alone say. `complete` is 1 if all of the words are in
    the body, else 0; `verbatim` is 1 if the question, or what it quotes, is there word for word,
    else 0.
    """

    bm25_share: NDArray[np.float64]
    complete: NDArray[np.float64]
    verbatim: NDArray[np.float64]

    @classmethod
    def find(cls, index: SearchedIndex, question: str) -> LexicalParts:
        """Look up every telling word and every phrase of a question."""
        passages = len(index.lengths)
        bm25, found, verbatim = np.zeros(passages), np.zeros(passages), np.zeros(passages)
        words = telling_words(question)
        stem_of = stems_of(words)
        usual = usual_length(index.lengths)
        worth = 0.0
        for word in words:
            where = index.catalog.occurrences(stem_of[word])
            in_body = where.in_body > 0
            rarity = inverse_document_frequency(int(in_body.sum()), passages)
            bm25[where.rows] += rarity * frequencies(where, index.lengths[where.rows], usual)
            found[where.rows] += in_body
            worth += rarity
        complete = (found == len(words)).astype(np.float64)
        for phrase in phrases(question):
            # What holds a question word for word has all of its words, but for names in capitals.
            if complete.any() or phrase != words_of(question) or any(map(_is_name_term, words)):
                verbatim[index.catalog.rows_with_phrase(phrase)] = 1.0
        share = bm25 / (worth or 1.0)
        if STOP_WORDS.issuperset(words):  # they only order the passages
            return cls(share * NEXT_TO_NOTHING, np.zeros(passages), verbatim)
        return cls(share, complete, verbatim)


def usual_length(lengths: NDArray[np.int32]) -> float:
    """Return the mean of the lengths of all passages, int32 (passages,), which is at least 1."""
    return max(float(lengths.mean(dtype=np.float64)), 1.0) if len(lengths) else 1.0


def frequencies(
    where: Occurrences,
    lengths: NDArray[np.int32],
    usual: float,
    head_weight: float = HEAD_WEIGHT,
) -> NDArray[np.float64]:
    """Return what a word weighs in the n passages that hold it, float64 (n,).

    That is BM25 without the IDF, as SQLite has it (https://sqlite.org/fts5.html): about 1 if the
    word stands once in a passage of the usual length, and always less than 2.2. In the head a word
    counts `head_weight` times. `lengths`, int32 (n,), are those of the passages.
    """
    counts = where.in_body + head_weight * where.in_head
    return counts * (_K1 + 1) / (counts + _K1 * (1 - _B + _B * lengths / usual))


def inverse_document_frequency(rows: int, passages: int) -> float:
    """Return the IDF of a word that stands in `rows` of `passages`, as SQLite has it."""
    return max(math.log((passages - rows + 0.5) / (rows + 0.5)), 1e-6)


def telling_words(question: str) -> list[str]:
    """Return the different words of a question, without stop words unless there are no others.

    A stop word that is written as a name counts: in capitals, or with one inside a sentence.

    >>> telling_words("What are the terms of the ceasefire?")
    ['terms', 'ceasefire']
    >>> telling_words("What does the WHO recommend?")
    ['recommend', '=who']
    """
    words = list(dict.fromkeys(words_of(question)))
    telling = [word for word in words if word not in STOP_WORDS]
    return ([*telling, *_names(question, telling)] or words)[:_MOST_WORDS]


def _names(question: str, telling: Sequence[str]) -> Iterator[str]:
    """Yield the stop words that are written as names: the WHO, the US, when did Will resign."""
    in_capitals = _ACRONYM.search(question) is not None
    if in_capitals and (question != question.upper() or not telling):  # some write all in capitals
        yield from filter(_is_name_term, dict.fromkeys(index_terms(question)))
    capitalised = len(_CAPITALISED.findall(question))
    if 2 * (capitalised - 1) < len(question.split()):
        for name in _NAME_INSIDE.findall(question):
            if name.lower() in STOP_WORDS:
                yield name.lower()


def _is_name_term(word: str) -> bool:
    return word.startswith("=")


def phrases(question: str) -> list[Sequence[str]]:
    """Return the word sequences that are looked for word for word.

    They are the quotations of two words or more, or else the whole question. A question of stop
    words alone has none: that "of the" stands somewhere tells nothing.

    >>> phrases('who said "no way out"?')
    [['no', 'way', 'out']]
    """
    quoted = [words_of("".join(groups)) for groups in _QUOTED.findall(question)]
    chosen = [words for words in quoted if len(words) > 1]
    if not chosen and not STOP_WORDS.issuperset(telling_words(question)):
        chosen = [words_of(question)]
    return [words for words in chosen if 0 < len(words) <= _MOST_WORDS]
