"""A text in tokens: their number, their offsets, and the ids that the model is fed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer

# A tokenizer's memory grows with its input. So a long text is given to it in pieces of about this
# many characters, cut before the blank between two words, where no word piece crosses and many
# tokenizers want to see the blank ...
PIECE = 1 << 16
_BLANK = re.compile(r"(?<=\S) (?=\S)")
# ... which is looked for in so many characters, or else cut after any whitespace, ...
_NEAR = 1 << 12
# ... and inside a word only if there is no whitespace for this long.
LONGEST_PIECE = 1 << 20
_SURROGATE = re.compile("[\ud800-\udfff]")


class Feed(NamedTuple):
    """One text as the model is fed it."""

    ids: NDArray[np.int64]
    """The token ids of prompt and text with the special tokens, cut off; shape (tokens,)."""
    tokens: int
    """How many of the ids are word pieces of the text; special tokens and prompt do not count."""


class TokenPlace(NamedTuple):
    """A token that the model is fed, and its span in the text, in code points.

    A special token has none, and neither has one of the prompt, which `is_prompt` tells.
    """

    name: str
    span: tuple[int, int] | None
    is_prompt: bool = False


class PlacedFeed(NamedTuple):
    """One text as the model is fed it: token ids of shape (tokens,), and what each stands for."""

    ids: NDArray[np.int64]
    places: tuple[TokenPlace, ...]


class TextTokenizer:
    """The tokenizer of a model. Safe to share between threads."""

    def __init__(self, tokenizer: Tokenizer, max_tokens: int) -> None:
        self._tokenizer = tokenizer
        special = tokenizer.num_special_tokens_to_add(False)
        self.room = max_tokens - special
        """The most word pieces that the model reads beside the special tokens."""

    def count(self, text: str, prompt: str = "") -> int:
        """Return the number of word pieces of a text after its prompt, nothing cut off.

        Special tokens and those of the prompt are not counted. A word may be split otherwise after
        a prompt than at the beginning.
        """
        return sum(
            _pieces_after(len(prompt) - offset, encoding)
            for offset, encoding in self._encode(prompt + text)
        )

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """Return the start and the end of each word piece, in code points of the text."""
        return [
            (offset + start, offset + end)
            for offset, encoding in self._encode(text)
            for start, end in encoding.offsets
        ]

    def feed(self, prompt: str, text: str) -> Feed:
        """Return a text after its prompt as the model is fed it."""
        import numpy as np

        pieces = self._pieces(prompt + text)
        tokens = sum(_pieces_after(len(prompt) - offset, piece) for offset, piece in pieces)
        return Feed(np.array(self._whole(pieces).ids, dtype=np.int64), tokens)

    def places(self, prompt: str, text: str) -> PlacedFeed:
        """Return a text after its prompt as the model is fed it, and what each token stands for."""
        import numpy as np

        pieces = self._pieces(prompt + text)
        spans = (
            (offset + start - len(prompt), offset + end - len(prompt))
            for offset, piece in pieces
            for start, end in piece.offsets
        )
        whole = self._whole(pieces)
        places = []
        for name, is_special in zip(whole.tokens, whole.special_tokens_mask, strict=True):
            start, end = (0, 0) if is_special else next(spans, (0, 0))
            is_prompt = not is_special and start < 0 >= end
            has_span = not is_special and not is_prompt
            places.append(
                TokenPlace(name, (max(start, 0), end) if has_span else None, is_prompt=is_prompt)
            )
        return PlacedFeed(np.array(whole.ids, dtype=np.int64), tuple(places))

    def _pieces(self, text: str) -> list[tuple[int, Encoding]]:
        """Return the encoding of each piece of a text, cut off, with where it starts."""
        room = self.room
        pieces: list[tuple[int, Encoding]] = []
        for offset, piece in self._encode(text):
            piece.truncate(room)
            room -= len(piece)
            pieces.append((offset, piece))
            if room <= 0:
                break
        return pieces

    def _whole(self, pieces: list[tuple[int, Encoding]]) -> Encoding:
        """Return the pieces of a text as one, with the special tokens."""
        parts = [piece for _, piece in pieces]
        whole = parts[0] if len(parts) == 1 else type(parts[0]).merge(parts, True)
        return self._tokenizer.post_process(whole)

    def prompt_length(self, prompt: str) -> int:
        """Return how many ids the model is fed before the text, as sentence-transformers counts.

        Those of the prompt, and of the special tokens before it; 0 if there is no prompt.
        """
        if not prompt:
            return 0
        whole = self._tokenizer.encode(without_surrogates(prompt))
        return len(whole) - whole.special_tokens_mask[-1] if len(whole) else 0

    def _encode(self, text: str) -> Iterator[tuple[int, Encoding]]:
        """Give the encoding of each piece of a text, with the code point at which it starts."""
        for start, piece in split_pieces(text):
            yield start, self._tokenizer.encode(without_surrogates(piece), add_special_tokens=False)


def _pieces_after(characters: int, encoding: Encoding) -> int:
    """Return how many word pieces there are from the first that ends after so many characters."""
    if characters <= 0:
        return len(encoding)
    ends = (end for _, end in encoding.offsets)
    within = next((row for row, end in enumerate(ends) if end > characters), len(encoding))
    return len(encoding) - within


def split_pieces(text: str) -> Iterator[tuple[int, str]]:
    """Give the pieces of a text, each with its start; a text that is not long is one piece."""
    start = 0
    while len(text) - start > PIECE:
        end = _end_of_piece(text, start)
        yield start, text[start:end]
        start = end
    if start < len(text) or not text:
        yield start, text[start:]


def _end_of_piece(text: str, start: int) -> int:
    """Return the end of the piece that starts at `start`."""
    near, far = start + PIECE, start + LONGEST_PIECE
    for blank in reversed([*_BLANK.finditer(text, near - _NEAR, near)]):
        return blank.start()
    space = max(text.rfind(" ", start, near), text.rfind("\n", start, near))
    if space < 0:
        spaces = [text.find(" ", near, far), text.find("\n", near, far)]
        space = min((found for found in spaces if found >= 0), default=far - 1)
    return min(space + 1, len(text))


def without_surrogates(text: str) -> str:
    """Return the text with U+FFFD in place of each lone surrogate, which no tokenizer takes."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
