"""A deterministic encoder for tests: words are tokens, vectors are hashed bags of words."""

import re
import zlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

WORD = re.compile(r"\S+")


class FakeEncoder:
    """Implements `embed.TextEncoder` without a model."""

    def __init__(
        self,
        token_limit: int = 64,
        *,
        dim: int = 64,
        name: str = "fake",
        fingerprint: str = "fake" * 16,
        precision: str = "fp32",
    ) -> None:
        self.token_limit = token_limit
        self.max_tokens = token_limit + 2
        self.dim = dim
        self.name = name
        self.fingerprint = fingerprint
        self.precision = precision
        self.encoded: list[str] = []

    def count_tokens(self, text: str) -> int:
        return len(WORD.findall(text))

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in WORD.finditer(text)]

    def encode(
        self, texts: Sequence[str], *, on_batch: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            words = WORD.findall(text)[: self.token_limit]
            for word in words:
                plain = word.casefold().strip(".,;:!?\"'()[]“”‘’").encode("utf-8", "replace")
                vectors[row, zlib.crc32(plain) % self.dim] += 1.0
            if not words:
                vectors[row, 0] = 1.0
            vectors[row] /= np.linalg.norm(vectors[row])
            if on_batch is not None:
                on_batch(1, len(words))
        return vectors

    def encode_passages(
        self, texts: Sequence[str], *, on_batch: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        self.encoded.extend(texts)
        return self.encode(texts, on_batch=on_batch)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.encode(texts)
