"""Lines and tables of a page, in the order of reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from index.reading.pdf.elements import Line, Page, Row, Rule, Table, Word
from index.reading.pdf.regions import regions_of
from index.reading.pdf.tables import find_tables, segments_of, table_of
from index.reading.pdf.words import join_words, main_style, rows_of

_NARROWEST_CODE = 0.5
"""The width of the letters of code, at least, in parts of the font size."""

_MOST_COMMON, _LONGER = 0.35, 0.15
"""The parts of the lines that end at the edge of a justified column, and, at most, beyond it."""


@dataclass(frozen=True, slots=True)
class Column:
    """Lines and tables of one column, from its top."""

    number: int
    page: int
    is_beside: bool = False
    """Whether another column stands beside it."""

    parts: list[Line | Table] = field(default_factory=list)


def columns_of(page: Page, words: Sequence[Word], first: int) -> Iterator[Column]:
    """Yield the columns of a page, numbered from `first`."""
    for number, (region, is_beside) in enumerate(regions_of(words), first):
        rows = rows_of(region)
        column = Column(number, page.number, is_beside)
        tables = dict(find_tables(rows, page.rules))
        left, right = min(row.x0 for row in rows), _right_edge(rows)
        position = 0
        while position < len(rows):
            if position in tables:
                last = tables[position]
                own = rows[position : last + 1]
                column.parts.append(table_of(own, _rules_near(page.rules, own), page.number))
                position = last + 1
            else:
                column.parts.append(_line_of(rows[position], page.number, number, left, right))
                position += 1
        yield column


def _right_edge(rows: Sequence[Row]) -> float:
    """Return how far lines reach. Few may be too long for a column whose others are justified."""
    ends = Counter(round(row.x1) for row in rows)
    common, count = max(ends.items(), key=lambda item: (item[1], item[0]))
    longer = sum(other for end, other in ends.items() if end > common + 1)
    if count >= _MOST_COMMON * len(rows) and longer <= _LONGER * len(rows):
        return max(row.x1 for row in rows if round(row.x1) == common)
    return max(row.x1 for row in rows)


def _line_of(row: Row, page: int, column: int, left: float, right: float) -> Line:
    """Return a row as a line of a column."""
    words = row.words
    first = words[0]
    end = next((i for i, word in enumerate(words[1:], 1) if not word.glued), len(words))
    segments = segments_of(row, 2.0)
    style = main_style(words)
    is_code = all(word.style.mono for word in words) or _has_one_width(words)
    return Line(
        join_words(words),
        row.x0,
        row.x1,
        row.y,
        style._replace(mono=is_code),
        page,
        column,
        left,
        right,
        max(word.x1 for word in words[:end]) - first.x0,
        first.raised,
        tuple(join_words(segment) for segment in segments) if len(segments) > 1 else (),
        is_code or first.style.mono,
        is_code or words[-1].style.mono,
    )


def _has_one_width(words: Sequence[Word]) -> bool:
    """Check whether all letters are as wide as the others, in a font that does not say so."""
    long = [word for word in words if len(word.text) >= 3]
    widths = [(word.x1 - word.x0) / len(word.text) for word in long]
    letters = {char for word in words for char in word.text}
    if len(widths) < 2 or len(letters) < 8 or max(widths) > 1.002 * min(widths):
        return False
    # Two words of other letters may happen to be alike, but those are narrower.
    return len(widths) > 2 or widths[0] >= _NARROWEST_CODE * long[0].style.size


def _rules_near(rules: Sequence[Rule], rows: Sequence[Row]) -> list[Rule]:
    top, bottom = rows[0].y - 2 * rows[0].size, rows[-1].y + rows[-1].size
    return [rule for rule in rules if rule.y1 >= top and rule.y0 <= bottom]
