"""The cosine of a question and a text, as a sum over the tokens of the text.

A model that takes the mean of the vectors of its tokens, and then at most turns it by a matrix and
adds a constant, gives a text the vector `A (h_1 + ... + h_n) / n + b`, made of length 1. So its
product with the vector of a question is a sum with a term for each token, and one for `b`. A share
belongs to a token in its context: attention has mixed into each vector what stands around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from embed.batches import each_in_batches
from embed.runtime import Prompt, Runtime
from embed.tokens import TextTokenizer, TokenPlace


@dataclass(frozen=True, slots=True, eq=False)
class TokenShares:
    """What each of the n tokens of a text, as the model is fed it, adds to a cosine.

    `places` are the tokens in order, each with its span in the text; special tokens and those of
    the prompt have none. `shares` is float64 (n,). `bias` is what the model adds whatever the text
    is. All of them together are the cosine.
    """

    places: tuple[TokenPlace, ...]
    shares: NDArray[np.float64]
    bias: float

    @property
    def cosine(self) -> float:
        """The cosine of question and text."""
        return float(self.shares.sum()) + self.bias


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """What a model does with the mean of its tokens' vectors: `matrix @ mean + bias`.

    `matrix` is float32 (dim, width) and `bias` float32 (dim,); None stands for the mean as it is.
    """

    matrix: NDArray[np.float32] | None = None
    bias: NDArray[np.float32] | None = None

    @classmethod
    def of_bytes(cls, data: bytes) -> Head:
        """Return the head whose `to_array` was saved as these bytes."""
        values = np.load(BytesIO(data), allow_pickle=False)
        return cls(values[:, :-1], values[:, -1])

    def to_array(self) -> NDArray[np.float32]:
        """Return matrix and bias side by side, float32 (dim, width + 1)."""
        if self.matrix is None or self.bias is None:
            raise TypeError("the mean as it is has no matrix")
        return np.column_stack([self.matrix, self.bias]).astype(np.float32)

    def applied(self, means: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what is made of means, float64 (n, width) to (n, dim)."""
        if self.matrix is None or self.bias is None:
            return means
        return means @ self.matrix.T.astype(np.float64) + self.bias

    def back(self, question: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Return the vector (width,) with which means are multiplied, and what the bias adds."""
        if self.matrix is None or self.bias is None:
            return question, 0.0
        return question @ self.matrix.astype(np.float64), float(question @ self.bias)


@dataclass(frozen=True, slots=True)
class TokenSharer:
    """A tokenizer and a runtime that tell what each token adds to a cosine."""

    tokenizer: TextTokenizer
    runtime: Runtime
    head: Head
    threads: int

    def shares(
        self, question: NDArray[np.float32], texts: Sequence[str], prompt: str
    ) -> list[TokenShares]:
        """Return the shares of each text, after `prompt`, in its cosine with a vector (dim,)."""
        before = Prompt(prompt, self.tokenizer.prompt_length(prompt))
        back, added = self.head.back(question.astype(np.float64))
        fed = [self.tokenizer.places(prompt, text) for text in texts]
        found: dict[int, TokenShares] = {}

        def share(rows: list[int]) -> None:
            ids = [fed[row].ids for row in rows]
            vectors = self.runtime.token_vectors(ids, before).astype(np.float64)
            for row, tokens in zip(rows, vectors, strict=True):
                found[row] = self._of(fed[row].places, tokens, question, back, added, before.length)

        lengths = {row: len(each.ids) for row, each in enumerate(fed)}
        each_in_batches(lengths, self.runtime.batch_tokens, self.threads, share)
        return [found[row] for row in range(len(texts))]

    def _of(
        self,
        places: tuple[TokenPlace, ...],
        vectors: NDArray[np.float64],
        question: NDArray[np.float32],
        back: NDArray[np.float64],
        added: float,
        of_prompt: int,
    ) -> TokenShares:
        """Return the shares of one text by the vectors of its tokens, (tokens, width)."""
        counted = np.ones(len(vectors))
        if self.runtime.excludes_prompt:
            counted[:of_prompt] = 0.0
        mean = counted @ vectors / max(counted.sum(), 1.0)
        length = float(np.linalg.norm(self.head.applied(mean[np.newaxis])))
        if not length:  # the text has the last unit vector: see `fill_zero_rows`
            return TokenShares(places, np.zeros(len(vectors)), float(question[-1]))
        shares = counted * (vectors @ back) / (max(counted.sum(), 1.0) * length)
        return TokenShares(places, shares, added / length)
