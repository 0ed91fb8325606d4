"""Splitting what is longer than the model reads: as few, evenly sized, parts as fit."""

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from embed import TextEncoder

_CHARACTERS_PER_TOKEN = 20
"""A part may not hold more code points than this for each token of the limit: some tokenizers
make one token of a word of any length, and nobody can read, or cite, such a passage."""

_CHUNK = 8192
_GAP = re.compile(r"\s+")


def fits(text: str, tokens: TextEncoder) -> bool:
    """Return whether the model reads the whole of `text`."""
    limit = tokens.token_limit
    if len(text) < limit and text.isascii():
        return True  # every token holds a character, and nothing in ASCII expands
    return len(text) <= limit * _CHARACTERS_PER_TOKEN and tokens.count_tokens(text) <= limit


def split_to_fit(
    text: str,
    sentences: Sequence[tuple[int, int]],
    tokens: TextEncoder,
    read: Callable[[int, int], str] | None = None,
    header: int = 0,
) -> list[tuple[int, int]]:
    """Return spans that cover `text`, each within the limit, cut at sentences if possible.

    A sentence over the limit is cut at words, a word over the limit between tokens. `read` gives a
    span as it is embedded, by default as it stands. `header` tokens of it are in every part.
    """
    source = _Source(text, tokens, read or (lambda start, end: text[start:end]))
    if source.fits(0, len(text)):
        return [(0, len(text))]
    pieces = _Pieces()
    for first, last in sentences:
        for piece_start, piece_end, weight in _weigh(source, first, last):
            pieces.add(piece_start, piece_end, weight)
    parts: list[tuple[int, int]] = []
    for first, last in pieces.parts(max(tokens.token_limit - header, 1)):
        parts.extend(_checked(source, pieces, first, last))
    return parts


@dataclass(frozen=True, slots=True)
class _Source:
    """A text to be split, and what is embedded of a span of it."""

    text: str
    tokens: TextEncoder
    read: Callable[[int, int], str]

    def fits(self, start: int, end: int) -> bool:
        """Return whether the model reads the whole of a span."""
        longest = self.tokens.token_limit * _CHARACTERS_PER_TOKEN
        return end - start <= max(longest, 1) and fits(self.read(start, end), self.tokens)


class _Pieces:
    """Pieces that stay whole: where each begins and ends, and their weights added up."""

    def __init__(self) -> None:
        self.starts = array("q")
        self.ends = array("q")
        self.total = array("q", [0])

    def add(self, start: int, end: int, weight: int) -> None:
        self.starts.append(start)
        self.ends.append(end)
        self.total.append(self.total[-1] + weight)

    def parts(self, limit: int, first: int = 0, last: int | None = None) -> list[tuple[int, int]]:
        """As few ranges of pieces as keep to `limit`, the heaviest as light as can be."""
        last = len(self.starts) if last is None else last
        fewest = len(self._fill(limit, first, last))
        low, high = (self.total[last] - self.total[first]) // fewest, limit
        while low < high:
            middle = (low + high) // 2
            if len(self._fill(middle, first, last, fewest)) <= fewest:
                high = middle
            else:
                low = middle + 1
        return self._fill(high, first, last)

    def _fill(
        self, limit: int, first: int, last: int, most: int | None = None
    ) -> list[tuple[int, int]]:
        """Fill one part after the other; give up after `most` parts."""
        parts: list[tuple[int, int]] = []
        while first < last and (most is None or len(parts) <= most):
            stop = bisect_right(self.total, self.total[first] + limit, first + 1, last + 1) - 1
            stop = max(stop, first + 1)
            parts.append((first, stop))
            first = stop
        return parts


def _checked(source: _Source, pieces: _Pieces, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield the span of a range of pieces, halved until the tokenizer says that each half fits."""
    start, end = pieces.starts[first], pieces.ends[last - 1]
    if source.fits(start, end):
        yield start, end
    elif last - first > 1:
        middle = (first + last) // 2
        yield from _checked(source, pieces, first, middle)
        yield from _checked(source, pieces, middle, last)
    else:
        yield from _halved(source, start, end)


def _halved(source: _Source, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Halve a span until it fits; a single character is let through."""
    if end - start <= 1 or source.fits(start, end):
        yield start, end
        return
    middle = (start + end) // 2
    yield from _halved(source, start, middle)
    yield from _halved(source, middle, end)


def _weigh(source: _Source, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield a sentence as one piece with its weight; one over the limit as its words or tokens."""
    tokens = source.tokens
    if end - start <= tokens.token_limit * _CHARACTERS_PER_TOKEN:
        weight = _weight(tokens.count_tokens(source.read(start, end)), end - start)
        if weight <= tokens.token_limit:
            yield start, end, weight
            return
    for first, last in _chunks(source.text, start, end):
        yield from _weigh_words(source.text, first, last, tokens)


def _weigh_words(
    text: str, start: int, end: int, tokens: TextEncoder
) -> Iterator[tuple[int, int, int]]:
    """Yield the words of a span with their weights; a word over the limit token by token."""
    starts = [start + first for first, _ in tokens.token_offsets(text[start:end])]
    position = 0
    for first, last in _words(text, start, end):
        inside = position
        while position < len(starts) and starts[position] < last:
            position += 1
        count = position - inside
        if _weight(count, last - first) <= tokens.token_limit:
            yield first, last, _weight(count, last - first)
            continue
        longest = tokens.token_limit * _CHARACTERS_PER_TOKEN
        cuts = sorted({first, *(cut for cut in starts[inside + 1 : position] if cut > first), last})
        for cut, following in pairwise(cuts):
            for piece in range(cut, following, longest):
                piece_end = min(piece + longest, following)
                yield piece, piece_end, _weight(1, piece_end - piece)


def _weight(count: int, length: int) -> int:
    """Tokens that a piece takes up, or would by its length if its words were ordinary."""
    return max(count, length // _CHARACTERS_PER_TOKEN)


def _words(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the spans between the whitespace of `text[start:end]`."""
    for gap in _GAP.finditer(text, start, end):
        if gap.start() > start:
            yield start, gap.start()
        start = gap.end()
    if start < end:
        yield start, end


def _chunks(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a span at spaces into chunks small enough for a tokenizer."""
    while end - start > _CHUNK:
        space = max(
            text.rfind(" ", start + 1, start + _CHUNK), text.rfind("\n", start + 1, start + _CHUNK)
        )
        stop = space if space > start else start + _CHUNK
        yield start, stop
        start = stop
    yield start, end
