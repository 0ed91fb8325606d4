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

        room = self.room
        pieces: list[Encoding] = []
        tokens = 0
        for offset, piece in self._encode(prompt + text):
            piece.truncate(room)
            room -= len(piece)
            tokens += _pieces_after(len(prompt) - offset, piece)
            pieces.append(piece)
            if room <= 0:
                break
        whole = pieces[0] if len(pieces) == 1 else type(pieces[0]).merge(pieces, True)
        return Feed(np.array(self._tokenizer.post_process(whole).ids, dtype=np.int64), tokens)

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
