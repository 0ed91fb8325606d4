"""Texts to vectors in a build: those that were kept are taken over, the others are embedded."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.store.kept import SENTENCE, Kept

# A call of the encoder should take about so many seconds, so that what it gives can be kept before
# long. The first call has few characters, and each has at most so many times those of the last.
_CALL_SECONDS = 15.0
_FIRST_CALL = 1 << 14
_GROWTH = 8
# More texts in a call take memory, and give hardly better batches.
_MOST_TEXTS = 2048


class PassageEncoder(Protocol):
    """What makes vectors of passages: a `TextEncoder`, or the workers of a build."""

    @property
    def dim(self) -> int:
        """The length of a vector."""

    def encode_passages(
        self, texts: Sequence[str], *, on_batch: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        """Return vectors as a `TextEncoder` does."""


class Embedding:
    """Makes the vectors of passages and sentences, in calls that take seconds each.

    `embedded` passages and `sentences_embedded` were given to the model so far, and `kept` passages
    taken over. `tokens_embedded` are the word pieces of all these passages. `on_work` is called
    with the word pieces that are done.
    """

    def __init__(
        self,
        encoder: PassageEncoder,
        kept: Kept | None,
        on_work: Callable[[int], None],
        portions: int = 1,
    ) -> None:
        self.embedded = 0
        self.sentences_embedded = 0
        self.tokens_embedded = 0
        self.kept = 0
        self._encoder = encoder
        self._store = kept
        self._on_work = on_work
        self._characters = float(_FIRST_CALL * portions)
        self._most_texts = _MOST_TEXTS * portions

    def passages(self, texts: Sequence[str], tokens: Sequence[int]) -> NDArray[np.float32]:
        """Return the vectors of passages, float32 (n, dim), given the word pieces of each."""
        return self._vectors(texts, tokens, self._count_passages)

    def sentences(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of sentences, float32 (n, dim)."""
        return self._vectors(texts, [SENTENCE] * len(texts), self._count_sentences)

    def _vectors(
        self, texts: Sequence[str], tokens: Sequence[int], count: Callable[[int, int], None]
    ) -> NDArray[np.float32]:
        vectors = np.empty((len(texts), self._encoder.dim), dtype=np.float32)
        missing = list(range(len(texts)))
        if self._store is not None:
            missing = self._store.take(texts, tokens, vectors)
            self._count_kept(tokens, missing)
        for rows in self._calls(texts, missing):
            before = self.tokens_embedded
            chosen = [texts[row] for row in rows]
            made = self._encoder.encode_passages(chosen, on_batch=count)
            vectors[rows] = made
            counts = [tokens[row] for row in rows]
            # What the model was not fed whole stops the build, and is not kept for another one.
            fed = self.tokens_embedded - before
            if self._store is not None and fed == sum(n for n in counts if n != SENTENCE):
                self._store.add(chosen, counts, made)
        return vectors

    def _calls(self, texts: Sequence[str], rows: Sequence[int]) -> Iterator[list[int]]:
        """Yield rows in order, as many at a time as are embedded in a few seconds."""
        start = 0
        while start < len(rows):
            stop, characters = start, 0
            last = min(start + self._most_texts, len(rows))
            while stop < last and (stop == start or characters < self._characters):
                characters += len(texts[rows[stop]])
                stop += 1
            begun = time.monotonic()
            yield list(rows[start:stop])
            self._learn(characters, time.monotonic() - begun)
            start = stop

    def _learn(self, characters: int, seconds: float) -> None:
        """Choose the size of the next call by how long one took."""
        if 2 * characters < self._characters and seconds < _CALL_SECONDS:
            return  # the rest of a window, which tells little
        most = self._characters * _GROWTH
        wanted = characters * _CALL_SECONDS / max(seconds, 1e-3)
        self._characters = max(min(wanted, most), 1.0)

    def _count_kept(self, tokens: Sequence[int], missing: Sequence[int]) -> None:
        left = set(missing)
        counts = [n for row, n in enumerate(tokens) if row not in left and n != SENTENCE]
        self.kept += len(counts)
        self.tokens_embedded += sum(counts)
        self._on_work(sum(counts))

    def _count_passages(self, texts: int, tokens: int) -> None:
        self.embedded += texts
        self.tokens_embedded += tokens
        self._on_work(tokens)

    def _count_sentences(self, texts: int, tokens: int) -> None:
        self.sentences_embedded += texts
        self._on_work(tokens)
