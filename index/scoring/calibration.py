"""What a match means: the p-value of its score, by what unrelated questions score in a corpus.

The best evidence for an unrelated question is a maximum over many passages, so its distribution is
taken for a Gumbel distribution, the limit of maxima. It is fitted to the lower half of what the
shipped questions score, so that those which happen to be on topic in a corpus do not spoil it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from embed import TextEncoder
from index.scoring.parts import Candidates, Scoring, Selection
from index.scoring.shortlist import best_total
from index.scoring.weights import EVIDENCE, HEAD_WEIGHT
from index.stop_words import STOP_WORDS

if TYPE_CHECKING:
    from index.store.searched_index import SearchedIndex

# The maximum over a few passages varies much, and is lower than it could be. So a small corpus is
# judged as if it had this many passages.
LEAST_PASSAGES = 250

_LOW, _MIDDLE = 0.1, 0.5


@dataclass(frozen=True, slots=True)
class Calibration:
    """The Gumbel distribution of the best evidence that a corpus has for unrelated questions."""

    location: float
    scale: float

    @classmethod
    def fit(cls, scores: Sequence[float], passages: int) -> Calibration:
        """Fit to the best evidence for unrelated questions in a corpus of so many passages."""
        low, middle = np.quantile(np.asarray(scores, dtype=np.float64), (_LOW, _MIDDLE))
        scale = float(middle - low) / (_reduced(_MIDDLE) - _reduced(_LOW))
        scale = max(scale, 1e-6)
        location = float(middle) - scale * _reduced(_MIDDLE)
        few = math.log(max(1.0, LEAST_PASSAGES / max(passages, 1)))
        # The maximum of m times as many draws lies log(m) scales higher.
        return cls(location + scale * few, scale)

    def p_value(self, score: float) -> float:
        """Return the chance that an unrelated question finds evidence as high as `score`."""
        return float(self.p_values(np.array([score], dtype=np.float64))[0])

    def p_values(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the p-value of each score, float64, both of shape (n,)."""
        exponents = np.minimum((self.location - scores) / self.scale, 700.0)
        return -np.expm1(-np.exp(exponents))

    def at_most(self, scores: NDArray[np.float64], p: float) -> NDArray[np.bool_]:
        """Return which scores have a p-value of at most `p`; float64 (n,) to bool (n,)."""
        if not 0.0 < p < 1.0:
            return self.p_values(scores) <= p
        # Only those near it or above are worked out: exponentials of a million take a while.
        near = scores >= self.score_at(p) - self.scale
        found = np.zeros(len(scores), dtype=np.bool_)
        found[near] = self.p_values(scores[near]) <= p
        return found

    def score_at(self, p: float) -> float:
        """Return the evidence that an unrelated question finds with chance `p`, 0 < p < 1."""
        return self.location - self.scale * math.log(-math.log1p(-p))


def _reduced(probability: float) -> float:
    """Return the quantile of the standard Gumbel distribution."""
    return -math.log(-math.log(probability))


def evidence_of(candidates: Candidates) -> NDArray[np.float64]:
    """Return the score by which each candidate is judged to match, float64 (n,)."""
    return candidates.total(EVIDENCE)


def unrelated_questions() -> list[str]:
    """Return the shipped questions, on hundreds of subjects that few corpora are about."""
    from importlib.resources import files

    text = files("index.scoring").joinpath("unrelated_questions.txt").read_text(encoding="utf-8")
    return text.splitlines()


def learnt_with() -> str:
    """Return a digest of all that the calibration depends on: questions, words, weights, fit."""
    fit = [EVIDENCE, HEAD_WEIGHT, LEAST_PASSAGES, _LOW, _MIDDLE]
    parts = [*fit, sorted(STOP_WORDS), unrelated_questions()]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def calibrate(
    index: SearchedIndex,
    encoder: TextEncoder,
    on_question: Callable[[int, int], None] = lambda *_: None,
) -> Calibration:
    """Ask every unrelated question, and fit the distribution to the best evidence of each.

    `on_question` is called before each: how many have been asked, and how many there are.
    """
    questions = unrelated_questions()
    everything = Selection.everything(index)
    on_question(0, len(questions))
    vectors = _question_vectors(encoder, questions)
    scores = []
    for asked, (question, vector) in enumerate(zip(questions, vectors, strict=True)):
        on_question(asked, len(questions))
        scores.append(best_total(Scoring(index, everything, question, vector), EVIDENCE))
    return Calibration.fit(scores, index.passages.rows)


def _question_vectors(encoder: TextEncoder, questions: Sequence[str]) -> NDArray[np.float32]:
    """Return the vectors of the questions, float32 (n, dim), which our own encoder keeps."""
    from embed.encoder import Encoder

    if isinstance(encoder, Encoder):
        return encoder.encode_fixed_queries(questions)
    return encoder.encode_queries(questions)
