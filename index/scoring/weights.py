"""What each part of a score counts, side by side and with the reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part of a score counts.

    `passage`, `context` and `sentence` weigh cosines; `words` the BM25 share, half of it that of
    the context, `complete` that all words of the question are there, `verbatim` that it, or what it
    quotes, is there word for word.
    """

    passage: float = 0.0
    context: float = 0.0
    sentence: float = 0.0
    words: float = 0.0
    complete: float = 0.0
    verbatim: float = 0.0

    @property
    def lexical(self) -> float:
        """The weight of the lexical parts together."""
        return self.words + self.complete + self.verbatim


HYBRID = Weights(passage=0.25, context=0.25, sentence=0.5, words=0.4, complete=0.2, verbatim=0.3)
"""The score of the mode "hybrid".

The weights were found on two public collections and on questions about the two articles. Around
them nDCG@10 is flat: passage and context together from 0.4 to 0.6 and words from 0.3 to 0.5 change
it by less than 0.004 on the articles and on short paragraphs, and by up to 0.007 on long scientific
ones, for which more words are better. The weight of a verbatim find is the smallest one at which
quotations came first in all of them.
"""

DENSE = Weights(passage=1.0)
"""The score of the mode "dense": the plain flat search."""

EVIDENCE = Weights(passage=0.25, context=0.25, sentence=0.5, words=0.1, complete=0.2, verbatim=0.2)
"""The score by which a match is judged.

It is near that of the ranking, but words count less: in a large corpus they are found by chance.
"""

HEAD_WEIGHT = 0.6
"""How much a word of the title, or of a heading, over a passage counts beside one of the passage.

From 0.3 to 1 nothing changes by more than 0.004 of nDCG@10.
"""
