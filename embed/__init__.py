"""Text to unit vectors."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from embed.errors import ModelError, PassageSearchError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from embed.encoder import Encoder
    from embed.shares import TokenShares

__all__ = ["Encoder", "ExplainingEncoder", "ModelError", "PassageSearchError", "TextEncoder"]


class TextEncoder(Protocol):
    """What the index and the query ask of an encoder; `Encoder` is the real one."""

    @property
    def name(self) -> str:
        """The model's name, as a person would give it."""

    @property
    def fingerprint(self) -> str:
        """Hex digest over everything that shapes a vector: equal means comparable vectors."""

    @property
    def precision(self) -> str:
        """The precision that vectors are computed in: "fp32" or "int8"."""

    @property
    def dim(self) -> int:
        """The length of a vector."""

    @property
    def max_tokens(self) -> int:
        """Most tokens the model reads of a text, special tokens included."""

    @property
    def token_limit(self) -> int:
        """Most word pieces a passage may have to be embedded whole."""

    def count_tokens(self, text: str) -> int:
        """Word pieces of `text` as a passage, nothing cut off.

        Special tokens and the prompt of passages are not counted.
        """

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        """Return the code-point span of each word piece of `text`."""

    def encode_passages(
        self, texts: Sequence[str], *, on_batch: Callable[[int, int], None] | None = None
    ) -> "NDArray[np.float32]":
        """Vectors of passages, shape (len(texts), dim), float32, rows of length 1.

        `on_batch` is called with increments: texts done, word pieces embedded.
        """

    def encode_queries(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """Vectors of questions, shape (len(texts), dim), float32, rows of length 1."""


class ExplainingEncoder(Protocol):
    """An encoder that can also say what each token adds to a cosine; `Encoder` is one.

    No encoder has to: if it does not, the cosines of an explanation are not divided among tokens.
    """

    @property
    def no_token_shares(self) -> str:
        """Why the vectors of this model do not add up over tokens; "" if they do."""

    def token_shares(
        self, question: "NDArray[np.float32]", texts: Sequence[str]
    ) -> "list[TokenShares]":
        """Shares of the tokens of passages in their cosines with a vector, float32 (dim,)."""


def __getattr__(name: str) -> object:
    """Load `Encoder` when it is first asked for: a bare `import embed` stays cheap."""
    if name == "Encoder":
        from embed.encoder import Encoder

        return Encoder
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted(__all__)
