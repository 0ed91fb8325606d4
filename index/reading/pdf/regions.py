"""The order of reading: columns side by side are read one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import median

from index.reading.pdf.elements import Row, Word
from index.reading.pdf.words import FIGURE, rows_of

_NARROWEST = 0.7
"""The width of the narrowest gutter, in parts of the font size."""

_FEWEST_ROWS = 3
_MOST_STRIPS = 40
_MOST_APART, _APART = 3, 2.0
"""The most rows above or below columns that do not belong to them, and their distance to those."""

_GAPS_OF_TWO = 3
"""The stretches of white of a row with a part in each of two columns."""

_CLOSE, _SAME_SIZE = 1.5, 0.06
"""The distance and the difference in size of the lines of a text, in parts of their size."""

_MOST_FIGURES = 0.5
"""The part of the words of a column of text that are figures, at most."""

_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Strip:
    """A stretch of white from row `first` to row `last` that no word crosses."""

    x0: float
    x1: float
    first: int
    last: int


def regions_of(words: Sequence[Word], depth: int = 0) -> Iterator[tuple[list[Word], bool]]:
    """Yield the words of each column or full-width part of a page, in the order of reading.

    Beside them stands whether they are one of several columns.
    """
    rows = rows_of(words)
    gutter = _best_gutter(rows) if depth < _DEEPEST else None
    if gutter is None:
        if words:
            yield list(words), False
        return
    middle = (gutter.x0 + gutter.x1) / 2
    bands = _bands(rows[gutter.first : gutter.last + 1], middle)
    if len(bands) > 1:
        for band in (rows[: gutter.first], *bands, rows[gutter.last + 1 :]):
            yield from regions_of([word for row in band for word in row.words], depth + 1)
        return
    zone = [word for row in rows[gutter.first : gutter.last + 1] for word in row.words]
    above = [word for row in rows[: gutter.first] for word in row.words]
    below = [word for row in rows[gutter.last + 1 :] for word in row.words]
    yield from regions_of(above, depth + 1)
    for side in (
        [word for word in zone if word.x0 < middle],
        [word for word in zone if word.x0 >= middle],
    ):
        yield from ((part, True) for part, _ in regions_of(side, depth + 1))
    yield from regions_of(below, depth + 1)


def _bands(rows: Sequence[Row], middle: float) -> list[list[Row]]:
    """Part rows if the file has all words of the upper ones before those of the lower ones.

    Then columns end there and others begin. Parts without columns of their own stay together; and
    all do if the file goes from line to line, so that its order does not tell.
    """
    firsts = [min(word.order for word in row.words) for row in rows]
    lasts = [max(word.order for word in row.words) for row in rows]
    after = list(accumulate(reversed(firsts), min))[::-1]
    before = list(accumulate(lasts, max))
    cuts = [number for number in range(1, len(rows)) if before[number - 1] < after[number]]
    if not cuts or 2 * len(cuts) > len(rows):
        return [list(rows)]
    bands: list[list[Row]] = []
    has_columns = False
    for start, end in pairwise([0, *cuts, len(rows)]):
        band = list(rows[start:end])
        own = _best_gutter(band) is not None
        if bands and not own and (not has_columns or _goes_on(bands[-1][-1], band[0], middle)):
            bands[-1] += band
        else:
            bands.append(band)
            has_columns = own
    return bands


def _goes_on(row: Row, following: Row, middle: float) -> bool:
    """Check whether a row stands as close below one at the same side as the lines of a text."""
    left = [word for word in row.words if word.x0 < middle]
    side = left if following.x0 < middle else [word for word in row.words if word.x0 >= middle]
    return (
        bool(side)
        and (following.x1 < middle or following.x0 >= middle)
        and following.y - row.y <= _CLOSE * following.size
        and abs(side[0].style.size - following.size) <= _SAME_SIZE * following.size
    )


def strips_of(rows: Sequence[Row], narrowest: float, fewest: int) -> list[Strip]:
    """Return the widest stretches of white between words over at least `fewest` rows."""
    found: list[Strip] = []
    open_strips: list[Strip] = []
    size = median(row.size for row in rows) if rows else 0.0
    for number, row in enumerate(rows):
        width = narrowest * min(row.size, size)
        gaps = _gaps(row, width)
        following: dict[tuple[float, float], Strip] = {}
        for strip in open_strips:
            parts = [
                (max(strip.x0, x0), min(strip.x1, x1))
                for x0, x1 in gaps
                if min(strip.x1, x1) - max(strip.x0, x0) >= width
            ]
            if parts != [(strip.x0, strip.x1)]:
                found.append(Strip(strip.x0, strip.x1, strip.first, number - 1))
            for part in parts:
                before = following.get(part)
                if before is None or strip.first < before.first:
                    following[part] = Strip(*part, strip.first, number)
        for x0, x1 in gaps:
            if (x0, x1) not in following:
                following[x0, x1] = Strip(x0, x1, number, number)
        open_strips = sorted(following.values(), key=lambda strip: strip.first)[:_MOST_STRIPS]
    found += [Strip(s.x0, s.x1, s.first, len(rows) - 1) for s in open_strips]
    return [strip for strip in found if strip.last - strip.first + 1 >= fewest]


_FAR = 1e6


def _gaps(row: Row, narrowest: float) -> list[tuple[float, float]]:
    """Return the white of a row, to the left of all words, between them, and to their right."""
    gaps: list[tuple[float, float]] = []
    reached = -_FAR
    for word in row.words:
        if word.x0 - reached >= narrowest:
            gaps.append((reached, word.x0))
        reached = max(reached, word.x1)
    gaps.append((reached, _FAR))
    return gaps


def _best_gutter(rows: Sequence[Row]) -> Strip | None:
    """Return the white between two columns, if there are any."""
    if len(rows) < _FEWEST_ROWS:
        return None
    found = [
        (share, strip)
        for strip in strips_of(rows, _NARROWEST, _FEWEST_ROWS)
        if (share := _is_gutter(rows, strip))
    ]
    return _trimmed(rows, max(found, key=lambda item: item[0])[1]) if found else None


def _trimmed(rows: Sequence[Row], gutter: Strip) -> Strip:
    """Leave out rows at both ends of a gutter that much white parts from the columns.

    Those that begin as the columns do are part of them.
    """
    first, last = gutter.first, gutter.last
    start = _right_start(rows[first : last + 1], gutter)
    has_more_parts = False
    for number in range(first, min(first + 2 * _MOST_APART, last)):
        row = rows[number]
        # Labels side by side have more parts than there are columns.
        has_more_parts = has_more_parts or len(_gaps(row, 1.2 * row.size)) > _GAPS_OF_TWO
        is_apart = rows[number + 1].y - row.y > _APART * rows[number + 1].size
        is_near_end = number < gutter.first + _MOST_APART and not _begins_at(row, gutter, start)
        if is_apart and (has_more_parts or is_near_end):
            first = number + 1
    for number in range(last, max(last - _MOST_APART, first), -1):
        is_apart = rows[number].y - rows[number - 1].y > _APART * rows[number - 1].size
        if is_apart and not _begins_at(rows[number], gutter, start):
            last = number - 1
    return Strip(gutter.x0, gutter.x1, first, last) if last - first >= 2 else gutter


def _right_start(rows: Sequence[Row], gutter: Strip) -> float:
    """Return where the right column begins."""
    starts = [word.x0 for row in rows for word in row.words if word.x0 >= gutter.x1 - 0.1]
    return min(starts)


def _begins_at(row: Row, gutter: Strip, start: float) -> bool:
    """Check whether the words of a row to the right of a gutter begin where the column does."""
    right = [word.x0 for word in row.words if word.x0 >= gutter.x1 - 0.1]
    return bool(right) and right[0] - start < 2.5 * row.size


def _is_gutter(rows: Sequence[Row], strip: Strip) -> float:
    """Return how much text stands at the sides of a strip, or 0 if it does not part columns."""
    if strip.x0 <= -_FAR or strip.x1 >= _FAR:
        return 0
    middle = (strip.x0 + strip.x1) / 2
    zone = rows[strip.first : strip.last + 1]
    sides = [
        ([w for w in row.words if w.x0 < middle], [w for w in row.words if w.x0 >= middle])
        for row in zone
    ]
    left = [side for side, _ in sides if side]
    right = [side for _, side in sides if side]
    if min(len(left), len(right)) < _FEWEST_ROWS:
        return 0
    if max(_figures(left), _figures(right)) > _MOST_FIGURES:
        return 0
    both = sum(bool(a and b) for a, b in sides)
    lengths = [median(sum(len(w.text) for w in side) for side in part) for part in (left, right)]
    prose = min(_prose(left), _prose(right))
    switches = _switches(zone, middle)
    area = sum(len(word.text) for row in zone for word in row.words)
    if switches <= 1 + len(zone) / 15:
        # The file has one side whole before the other.
        is_column = (
            prose >= 0.5 or min(lengths) >= 12 or (2 * both < len(zone) and min(lengths) >= 8)
        )
    else:
        narrow = strip.x1 - strip.x0 < 4 * zone[0].size
        is_column = prose >= 0.75 and len(zone) >= 6 and min(lengths) >= 18 and narrow
    return area if is_column else 0


def _figures(lines: Sequence[Sequence[Word]]) -> float:
    """Return the part of the words that are figures, as they are in the columns of a table."""
    words = [word for line in lines for word in line]
    return sum(bool(FIGURE.fullmatch(word.text)) for word in words) / len(words)


def _prose(lines: Sequence[Sequence[Word]]) -> float:
    """Return the part of the lines that are about as wide as the widest, and have some words."""
    widths = [max(w.x1 for w in line) - line[0].x0 for line in lines]
    start = min(line[0].x0 for line in lines)
    widest = max(max(w.x1 for w in line) for line in lines) - start
    full = sum(
        len(line) >= 3 and width >= 0.6 * widest for line, width in zip(lines, widths, strict=True)
    )
    return full / len(lines)


def _switches(rows: Sequence[Row], middle: float) -> int:
    """Return how often the file goes from the left side to the right."""
    words = sorted((word for row in rows for word in row.words), key=lambda word: word.order)
    return sum(a.x0 < middle <= b.x0 for a, b in pairwise(words))
