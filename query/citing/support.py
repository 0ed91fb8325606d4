"""How well what is cited supports a claim: by the sense of its sentences, and by its words.

The parts, their weights and the limit were chosen on the development file of AttributionBench
(https://github.com/OSU-NLP-Group/AttributionBench), with the packaged model;
`python -m benchmarks.answers FILE` measures them there.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from index import LEAST_PASSAGES, STOP_WORDS, stems_of, words_of

if TYPE_CHECKING:
    from embed import TextEncoder
    from query.citing.numbered_hits import NumberedHits
    from query.hits import Hit

LEAST_SUPPORT = 0.6
"""A claim counts as supported if its support is above this, and no number of it is missing."""

_COVERAGE_WEIGHT = 0.4
_LONGEST_RUN = 3


class WordCounts(Protocol):
    """What knows in how many passages a word stands: the `Searcher` of an index, for one."""

    @property
    def passages(self) -> int:
        """How many passages there are."""

    def passages_with(self, word: str) -> int:
        """Return how many passages hold a word of those that `words_of` gives, after stemming."""


@dataclass(frozen=True, slots=True)
class Support:
    """How well the best run of up to three sentences of one passage supports a claim.

    `degree` is 0.6 of `cosine`, that of the claim and the mean vector of the run, and 0.4 of
    `coverage`: the share of the claim's words, each counted by its IDF, that stand in the run or in
    the titles and headings over the passage. `absent` are its other words, the most
    telling first.
    """

    degree: float
    cosine: float
    coverage: float
    absent: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """Neighbouring sentences: their mean as a unit vector, and the stems of their words."""

    vector: NDArray[np.float32]
    stems: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class _Claim:
    """The unit vector of a claim; its words by their stems, and what each is worth."""

    vector: NDArray[np.float32]
    words: Mapping[str, str]
    worth: Mapping[str, float]

    def degree(self, run: _Run) -> float:
        return _COVERAGE_WEIGHT * self._coverage(run) + (1.0 - _COVERAGE_WEIGHT) * self._cosine(run)

    def support(self, run: _Run) -> Support:
        absent = [stem for stem in self.words if stem not in run.stems]
        absent.sort(key=self.worth.__getitem__, reverse=True)
        return Support(
            degree=self.degree(run),
            cosine=self._cosine(run),
            coverage=self._coverage(run),
            absent=tuple(self.words[stem] for stem in absent),
        )

    def _cosine(self, run: _Run) -> float:
        return float(self.vector @ run.vector)

    def _coverage(self, run: _Run) -> float:
        found = sum(worth for stem, worth in self.worth.items() if stem in run.stems)
        return found / (sum(self.worth.values()) or 1.0)


def find_supports(
    claims: Sequence[str],
    hits: NumberedHits,
    encoder: TextEncoder | None = None,
    counts: WordCounts | None = None,
) -> dict[str, dict[int, Support]]:
    """Return for each claim the support that each number gives it.

    `counts` are those of the index; without them the hits themselves are counted. The claims are
    encoded as questions, and the sentences as passages.
    """
    numbered = {number: hits.of(number) for number in hits.numbers()}
    different = list({id(hit): hit for some in numbered.values() for hit in some}.values())
    if not claims or not different:
        return {claim: {} for claim in claims}
    if encoder is None:
        from embed.encoder import Encoder

        encoder = Encoder.load()
    texts = [
        *claims,
        *(text for hit in different for text in (headings_of(hit), *sentences_of(hit))),
    ]
    stems = stems_of(word for text in texts for word in words_of(text))
    counted = counts or _CountsOfHits(different, stems)
    asked = encoder.encode_queries(list(claims))
    held = [_claim(text, v, stems, counted) for text, v in zip(claims, asked, strict=True)]
    runs = _runs_of(different, encoder, stems)
    return {
        text: {
            number: claim.support(max((r for hit in some for r in runs[id(hit)]), key=claim.degree))
            for number, some in numbered.items()
        }
        for text, claim in zip(claims, held, strict=True)
    }


def sentences_of(hit: Hit) -> list[str]:
    """Return the sentences of a hit as a reader sees them, each on one line."""
    passage = hit.passage
    readings = [passage.reading_of(sentence.start, sentence.end) for sentence in passage.sentences]
    return [reading for reading in readings if reading] or [passage.reading]


def headings_of(hit: Hit) -> str:
    """Return what says over a hit what it is about: titles, headings, the header of its table."""
    document, passage = hit.document, hit.passage
    parts = (document.title, document.subtitle, passage.section, passage.table_header)
    return "\n".join(part for part in parts if part)


def _claim(
    text: str, vector: NDArray[np.float32], stems: Mapping[str, str], counts: WordCounts
) -> _Claim:
    words = words_of(text)
    telling = [word for word in words if word not in STOP_WORDS] or words
    by_stem = {stems[word]: word for word in reversed(telling)}
    worth = {
        stem: _worth(counts.passages_with(word), counts.passages) for stem, word in by_stem.items()
    }
    return _Claim(vector, dict(reversed(by_stem.items())), worth)


def _worth(holding: int, passages: int) -> float:
    """Return the IDF of a word, above 0 however many passages hold it.

    In a small index, rare and frequent words are told apart by chance. It is taken as a larger one,
    in which all of them count nearly alike.
    """
    passages = max(passages, LEAST_PASSAGES)
    return math.log1p((passages - holding + 0.5) / (holding + 0.5))


class _CountsOfHits:
    """Counts of the words of hits, if there is no index to ask."""

    def __init__(self, hits: Sequence[Hit], stems: Mapping[str, str]) -> None:
        self.passages = len(hits)
        self._stems = stems
        self._counts = Counter(
            stem
            for hit in hits
            for stem in {stems[word] for text in sentences_of(hit) for word in words_of(text)}
        )

    def passages_with(self, word: str) -> int:
        """Return how many of the hits hold a word."""
        return self._counts[self._stems[word]]


def _runs_of(
    hits: Sequence[Hit], encoder: TextEncoder, stems: Mapping[str, str]
) -> dict[int, list[_Run]]:
    """Return the runs of one to three sentences of each hit, by its identity."""
    texts = list(dict.fromkeys(text for hit in hits for text in sentences_of(hit)))
    vectors = dict(zip(texts, encoder.encode_passages(texts), strict=True))
    return {id(hit): list(_runs(hit, vectors, stems)) for hit in hits}


def _runs(
    hit: Hit, vectors: Mapping[str, NDArray[np.float32]], stems: Mapping[str, str]
) -> Iterator[_Run]:
    sentences = sentences_of(hit)
    words = [frozenset(stems[word] for word in words_of(text)) for text in sentences]
    above = frozenset(stems[word] for word in words_of(headings_of(hit)))
    for length in range(1, min(_LONGEST_RUN, len(sentences)) + 1):
        for first in range(len(sentences) - length + 1):
            some = slice(first, first + length)
            total = np.sum([vectors[text] for text in sentences[some]], axis=0)
            norm = float(np.linalg.norm(total))
            yield _Run(total / (norm or 1.0), above.union(*words[some]))
