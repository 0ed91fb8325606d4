"""How a document is set: its body text, the distances of its lines, and its edges."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from index.reading.pdf.elements import Line, Style
from index.reading.pdf.lines import Column

_FEWEST_LINES = 8
"""The lines from which on a column shows how wide the columns of the document are."""

_SLACK = 2.0
_RARE = 0.25
"""The part of a text that its headings make up, at most."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What is usual in a document."""

    body: Style
    """The look of most of the text."""

    largest: float = 0.0
    """The size of letters from which on they are rare, as those of headings are."""

    bold_is_rare: bool = True
    leading: dict[float, float] = field(default_factory=dict)
    is_justified: bool = False

    def leading_of(self, size: float) -> float:
        """Return the usual distance of two baselines of a size."""
        body = round(self.body.size, 1)
        spacing = self.leading.get(body, 1.2 * body) / max(body, 0.1)
        # If lines of a size are rare, their distance may be that of paragraphs.
        return min(self.leading.get(round(size, 1), 1.2 * size), 1.15 * spacing * size)


def habits_of(columns: Sequence[Column]) -> Habits:
    """Find what is usual in a document."""
    lines = [part for column in columns for part in column.parts if isinstance(part, Line)]
    sizes: Counter[Style] = Counter()
    for line in lines:
        sizes[rounded(line.style)] += len(line.text)
    body = max(sizes, key=lambda style: sizes[style]) if sizes else Style(10.0)
    flush = [is_flush(line) for line in lines if rounded(line.style) == body]
    bold = sum(count for style, count in sizes.items() if style.bold)
    return Habits(
        body,
        _largest_common(sizes),
        bold <= _RARE * sum(sizes.values()),
        _leading_of(columns),
        2 * sum(flush) > len(flush),
    )


def _largest_common(sizes: Counter[Style]) -> float:
    """Return the size of letters above which little of the text is set."""
    left = _RARE * sum(sizes.values())
    for style in sorted(sizes, reverse=True):
        left -= sizes[style]
        if left < 0:
            return style.size
    return 0.0


def rounded(style: Style) -> Style:
    """Return what tells the parts of a document apart in the look of their letters."""
    return Style(round(style.size, 1), style.bold, style.mono)


def is_flush(line: Line) -> bool:
    """Check whether a line ends at the right edge of its column."""
    return line.x1 >= line.right - 0.3 * line.style.size


def _leading_of(columns: Iterable[Column]) -> dict[float, float]:
    """Return the most common distance of the lines of each size."""
    distances: dict[float, Counter[float]] = defaultdict(Counter)
    for column in columns:
        for a, b in pairwise(column.parts):
            if not (isinstance(a, Line) and isinstance(b, Line)):
                continue
            size = round(a.style.size, 1)
            if round(b.style.size, 1) == size and 0.8 * size < b.y - a.y < 2.5 * size:
                distances[size][round(2 * (b.y - a.y)) / 2] += min(len(a.text), len(b.text))
    return {size: counts.most_common(1)[0][0] for size, counts in distances.items()}


def with_edges(columns: Sequence[Column]) -> list[Column]:
    """Return the columns; those of few lines are as wide as the narrowest one that holds them."""
    frames = sorted(
        {
            (round(first.left), round(first.right))
            for column in columns
            if len(column.parts) >= _FEWEST_LINES
            for first in column.parts[:1]
            if isinstance(first, Line)
        },
        key=lambda frame: frame[1] - frame[0],
    )
    return [
        column
        if column.is_beside or len(column.parts) >= _FEWEST_LINES
        else _widened(column, frames)
        for column in columns
    ]


def _widened(column: Column, frames: Sequence[tuple[int, int]]) -> Column:
    lines = [part for part in column.parts if isinstance(part, Line)]
    if not lines:
        return column
    left, right = lines[0].left, lines[0].right
    frame = next(
        (f for f in frames if f[0] <= left + _SLACK and f[1] >= right - _SLACK), (left, right)
    )
    parts = [
        replace(part, left=min(left, frame[0]), right=max(right, frame[1]))
        if isinstance(part, Line)
        else part
        for part in column.parts
    ]
    return replace(column, parts=parts)
