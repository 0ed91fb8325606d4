"""Splitting what is longer than the model reads: as few, evenly sized, parts as fit."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from embed import TextEncoder
from index.splitting.line_cues import trim
from index.types import Markup, cut_spans
from index.words import word_boundaries

_CHARACTERS_PER_TOKEN = 20
"""A part may not hold more code points than this for each token of the limit: some tokenizers
make one token of a word of any length, and nobody can read, or cite, such a passage."""

_CHUNK = 8192
_SEPARATORS = "|,;"
"""What stands between cells and members if no space does."""


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
    markup: Sequence[Markup] = (),
) -> list[tuple[int, int]]:
    """Return spans that cover `text`, each within the limit, cut at sentences if possible.

    A sentence over the limit is cut at spaces, a stretch without spaces at commas and bars, then
    between its words. A word over the limit is cut between tokens. `read` gives a span as it is
    embedded, by default as it stands. `header` tokens of it are in every part. `markup` is that of
    the text, in its offsets: what a reader sees says where a word ends.
    """
    read = read or (lambda start, end: text[start:end])
    source = _Source(text, tokens, read, max(tokens.token_limit - header, 1), markup)
    if source.fits(0, len(text)):
        return [(0, len(text))]
    pieces = _Pieces()
    for first, last in sentences:
        for piece_start, piece_end, weight in _weigh(source, first, last):
            pieces.add(piece_start, piece_end, weight)
    parts: list[tuple[int, int]] = []
    for first, last in pieces.parts(source.limit):
        parts.extend(_checked(source, pieces, first, last))
    return parts


@dataclass(frozen=True, slots=True)
class _Source:
    """A text to be split, what is embedded of a span of it, and how many tokens a part may have."""

    text: str
    tokens: TextEncoder
    read: Callable[[int, int], str]
    limit: int
    markup: Sequence[Markup]

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

    def parts(self, limit: int) -> list[tuple[int, int]]:
        """As few ranges of pieces as keep to `limit`, the heaviest as light as can be."""
        fewest = len(self._fill(limit))
        low, high = self.total[-1] // fewest, limit
        while low < high:
            middle = (low + high) // 2
            if len(self._fill(middle, fewest)) <= fewest:
                high = middle
            else:
                low = middle + 1
        return self._fill(high)

    def _fill(self, limit: int, most: int | None = None) -> list[tuple[int, int]]:
        """Fill one part after the other; give up after `most` parts."""
        parts: list[tuple[int, int]] = []
        first, last = 0, len(self.starts)
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
    """Halve a span until it fits, at spaces if it has any; a single character is let through."""
    if end - start <= 1 or source.fits(start, end):
        yield start, end
        return
    middle = (start + end) // 2
    seen = _Seen.of(source, start, end)
    for cuts in seen.cuts:
        places = [place for place in map(seen.place, cuts) if start < place < end]
        if places:
            middle = min(places, key=lambda place: abs(2 * place - start - end))
            break
    for half in ((start, middle), (middle, end)):
        first, last = trim(source.text, *half)
        if first < last:
            yield from _halved(source, first, last)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A span as a reader sees it. `ends` are the offsets at which each character of `text` ends.

    `cuts` are the places in `text` at which no word is cut, in order, the best of them first:
    after spaces, after what parts cells, before other words, and after words.
    """

    text: str
    start: int
    ends: Sequence[int]
    cuts: Sequence[Sequence[int]]

    @classmethod
    def of(cls, source: _Source, start: int, end: int) -> Self:
        """Return a span of a source."""
        parts: list[str] = []
        ends = array("q")
        position = start
        for mark in cut_spans(source.markup, start, end):
            parts += [source.text[position : mark.start], mark.shown]
            ends.extend(range(position + 1, mark.start + 1))
            ends.extend([mark.end] * len(mark.shown))
            position = mark.end
        ends.extend(range(position + 1, end + 1))
        text = "".join([*parts, source.text[position:end]])
        return cls(text, start, ends, _cuts(text))

    def place(self, cut: int) -> int:
        """Return the offset of a place in the text; what a reader does not see comes after it."""
        return self.ends[cut - 1] if cut else self.start


def _cuts(text: str) -> list[list[int]]:
    starts, ends = word_boundaries(text)
    return [
        [place for place in starts if text[place - 1].isspace()],
        [place for place in starts if text[place - 1] in _SEPARATORS],
        starts,
        ends,
    ]


def _weigh(source: _Source, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield a sentence as one piece with its weight; one over the limit in the pieces it takes."""
    tokens = source.tokens
    if end - start <= tokens.token_limit * _CHARACTERS_PER_TOKEN:
        weight = _weight(tokens.count_tokens(source.read(start, end)), end - start)
        if weight <= source.limit:
            yield start, end, weight
            return
    seen = _Seen.of(source, start, end)
    position = start
    for cut, weight in _weigh_pieces(seen, source):
        first, last = trim(source.text, position, min(seen.place(cut), end))
        position = max(position, last)
        if first < last:
            yield first, last, weight
    first, last = trim(source.text, position, end)
    if first < last:
        yield first, last, 0


def _weigh_pieces(seen: _Seen, source: _Source) -> Iterator[tuple[int, int]]:
    """Yield where each piece of a text ends, and its weight: the largest that keep to the limit."""
    for first, last in _chunks(seen):
        offsets = source.tokens.token_offsets(seen.text[first:last])
        starts = [first + start for start, _ in offsets]
        yield from _Chunk(seen, source, starts).weigh(first, last)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A part of a text short enough for a tokenizer, and where its tokens begin."""

    seen: _Seen
    source: _Source
    starts: Sequence[int]

    def weigh(self, first: int, last: int, level: int = 0) -> Iterator[tuple[int, int]]:
        """Yield the pieces of a stretch: each as it is if it is light, else cut as well as can be.

        `level` is the first kind of cuts that it may have inside.
        """
        count = bisect_left(self.starts, last) - bisect_left(self.starts, first)
        weight = _weight(count, last - first)
        if weight <= self.source.limit and level:
            yield last, weight
        elif level < len(self.seen.cuts):
            cuts = self.seen.cuts[level]
            inside = cuts[bisect_right(cuts, first) : bisect_left(cuts, last)]
            for start, end in pairwise([first, *inside, last]):
                yield from self.weigh(start, end, level + 1)
        else:
            yield from self._weigh_tokens(first, last)

    def _weigh_tokens(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        longest = self.source.tokens.token_limit * _CHARACTERS_PER_TOKEN
        inside = self.starts[bisect_right(self.starts, first) : bisect_left(self.starts, last)]
        for start, end in pairwise([first, *sorted(set(inside)), last]):
            for piece in range(start, end, longest):
                piece_end = min(piece + longest, end)
                yield piece_end, _weight(1, piece_end - piece)


def _weight(count: int, length: int) -> int:
    """Tokens that a piece takes up, or would by its length if its words were ordinary."""
    return max(count, length // _CHARACTERS_PER_TOKEN)


def _chunks(seen: _Seen) -> Iterator[tuple[int, int]]:
    """Cut a text into chunks small enough for a tokenizer: at spaces, or else between words."""
    start = 0
    while len(seen.text) - start > _CHUNK:
        stop = start + _CHUNK
        for cuts in seen.cuts:
            before = bisect_right(cuts, stop)
            if before and cuts[before - 1] > start:
                stop = cuts[before - 1]
                break
        yield start, stop
        start = stop
    yield start, len(seen.text)
