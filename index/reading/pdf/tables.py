"""Tables: rows whose words stand in columns with white between."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from index.reading.pdf.elements import Row, Rule, Table, Word
from index.reading.pdf.regions import strips_of
from index.reading.pdf.words import FIGURE, join_words

_WIDE = 1.0
"""The narrowest white between cells, in parts of the font size."""

_EQUAL = 1.04
"""How much the white between the words of a justified line may differ."""

_FAR = 1e6
_MOST_HEAD_ROWS = 3

_MOST_NAMED = 0.8
"""The part of the rows of a table with a name in the first cell, if they have names."""

_FEWEST_GRID_ROWS, _FEWEST_COLUMNS = 2, 3
_FARTHEST_ROW = 2.2
"""The distance of the rows of a table, at most, in parts of the font size."""

_NARROWEST, _CLOSEST = 0.5, 1.0
"""The white between cells in parts of the font size, and between those of a header in points."""

_WIDEST_SPACE = 5.0
"""The white between the words of a justified line, at most, in parts of the font size."""

_TOUCH = 1.5
_TIGHT = 1.35
_JITTER = 0.7
"""The distance, in parts of the font size, up to which two lines cannot be one below the other."""


_LEADERS = re.compile(r"(?:\.\s?){4,}\s*\S{0,6}$|…{2,}\s*\S{0,6}$|(?:\s\.){3,}\s*\S{0,6}$")


def has_leaders(text: str) -> bool:
    """Check whether a line is that of a table of contents, with dots before its number."""
    return bool(_LEADERS.search(text))


def segments_of(row: Row, wide: float = _WIDE) -> list[list[Word]]:
    """Return the words of a row in parts with wide white between."""
    return [row.words] if _is_spread(row) else _parts_of(row, wide)


def _parts_of(row: Row, wide: float = _WIDE) -> list[list[Word]]:
    segments: list[list[Word]] = [[row.words[0]]]
    reached = row.words[0].x1
    for word in row.words[1:]:
        if word.x0 - reached >= wide * row.size:
            segments.append([])
        segments[-1].append(word)
        reached = max(reached, word.x1)
    return segments


def _is_spread(row: Row) -> bool:
    """Check whether the words of a row have the same white between, as in justified lines."""
    gaps = [b.x0 - a.x1 for a, b in pairwise(row.words) if not b.glued]
    if len(gaps) < 2 or max(gaps) > _WIDEST_SPACE * row.size:
        return False
    return min(gaps) > 0 and max(gaps) <= _EQUAL * min(gaps)


def find_tables(rows: Sequence[Row], rules: Sequence[Rule]) -> list[tuple[int, int]]:
    """Return the first and the last row of each table in a column of a page."""
    many = [len(segments_of(row)) > 1 and not has_leaders(join_words(row.words)) for row in rows]
    leading = _leading(rows)
    spans: list[tuple[int, int]] = []
    for strip in strips_of(rows, 0.9, 2):
        inside = range(strip.first, strip.last + 1)
        middle = (strip.x0 + strip.x1) / 2
        both = [
            i for i in inside if many[i] and rows[i].words[0].x0 < middle < rows[i].words[-1].x0
        ]
        if not _is_table(rows, both, strip.x0, strip.x1, rules):
            continue
        first, last = both[0], both[-1]
        while last < strip.last and _goes_on(rows[last], rows[last + 1], leading):
            last += 1
        spans.append((first, last))
    spans += _grids(rows)
    spans += [(number, number) for number, row in enumerate(rows) if _is_row_of_figures(row)]
    return _merged([_with_head(rows, _framed(rows, span, rules)) for span in _merged(spans)])


def _grids(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Return the first and the last of rows with a word each in the same columns, of figures.

    They may stand as close as the words of a sentence. The first may be a header.
    """
    spans: list[tuple[int, int]] = []
    first = 0
    for number in range(1, len(rows) + 1):
        if number < len(rows) and _is_grid(rows[first : number + 1]):
            continue
        if sum(map(_is_figures, rows[first:number])) >= _FEWEST_GRID_ROWS:
            spans.append((first, number - 1))
        first = number
    return spans


def _is_grid(rows: Sequence[Row]) -> bool:
    """Check whether the last of some rows goes on with them as the rows of a table do."""
    before, row = rows[-2:]
    count = len(row.words)
    return (
        count >= _FEWEST_COLUMNS
        and count == len(before.words)
        and row.y - before.y <= _FARTHEST_ROW * row.size
        and _is_figures(row)
        and all(
            _are_aligned(word, other)
            if _is_figures(before)
            else (word.x0 < other.x1 and other.x0 < word.x1)
            for word, other in zip(row.words, before.words, strict=True)
        )
    )


def _is_row_of_figures(row: Row) -> bool:
    """Check whether a row is one of a table whatever stands around it."""
    parts = segments_of(row)
    return len(parts) >= _FEWEST_COLUMNS and sum(map(_is_one_figure, parts[1:])) >= 2


def _is_figures(row: Row) -> bool:
    """Check whether all words of a row are figures, but for the first."""
    return all(FIGURE.fullmatch(word.text) for word in row.words[1:])


def _are_aligned(word: Word, other: Word) -> bool:
    """Check whether two words have their left ends, right ends or middles one above the other."""
    left, right = abs(word.x0 - other.x0), abs(word.x1 - other.x1)
    return min(left, right, abs(word.x0 + word.x1 - other.x0 - other.x1) / 2) <= _TOUCH


def _with_head(rows: Sequence[Row], span: tuple[int, int]) -> tuple[int, int]:
    """Return the rows of a table with the lines right above it that have its columns."""
    first, last = span
    body = rows[first : last + 1]
    while first and last - first < len(body) + _MOST_HEAD_ROWS - 1:
        if not (_head_edges(rows[first - 1], rows[first], body) or _is_over(rows, first, body)):
            break
        first -= 1
    return first, last


def _is_over(rows: Sequence[Row], first: int, body: Sequence[Row]) -> bool:
    """Check whether each part of the line above a table stands even with one of its columns."""
    head = rows[first - 1]
    if rows[first].y - head.y > _FARTHEST_ROW * head.size:
        return False
    parts = _parts_of(head)
    if len(parts) < 2 or has_leaders(join_words(head.words)):
        return False
    cells = [part for row in body for part in _parts_of(row)]
    lefts, rights = Counter(_edges(cells, 0)), Counter(_edges(cells, 1))
    return all(
        max(lefts[round(part[0].x0 / 2)], rights[round(part[-1].x1 / 2)])
        >= max(2.0, 0.25 * len(body))
        for part in parts
    )


def _edges(parts: Sequence[Sequence[Word]], side: int) -> list[int]:
    return [round((part[-1].x1 if side else part[0].x0) / 2) for part in parts]


def _head_rows(rows: Sequence[Row]) -> tuple[int, list[float]]:
    """Return how many of the first rows of a table are its bold header, and where columns part."""
    count = 0
    while count < min(_MOST_HEAD_ROWS, len(rows) - 1) and _is_bold(rows[count]):
        count += 1
    body = rows[count:]
    if not count or all(map(_is_bold, body)):
        return 0, []
    edges = [_head_edges(row, rows[i + 1], body) for i, row in enumerate(rows[:count])]
    fullest = max(range(count), key=lambda i: len(rows[i].words))
    return (count, edges[fullest]) if all(edges) else (0, [])


def _is_bold(row: Row) -> bool:
    return all(word.style.bold for word in row.words)


def _head_edges(head: Row, following: Row, body: Sequence[Row]) -> list[float]:
    """Return the places between the columns of rows and of a bold line above them.

    Returns none if that is not of their header. Its words may stand close together.
    """
    if following.y - head.y > _FARTHEST_ROW * head.size or not _is_bold(head):
        return []
    if all(map(_is_bold, body)):
        return []
    edges: list[float] = []
    gaps = [(-_FAR, head.x0), *_gaps_of(head), (head.x1, _FAR)]
    for x0, x1 in _white(body):
        if x1 - x0 < _NARROWEST * head.size:
            continue
        shared = [(max(x0, a), min(x1, b)) for a, b in gaps if min(x1, b) - max(x0, a) > _CLOSEST]
        if not shared:
            return []
        a, b = max(shared, key=lambda gap: gap[1] - gap[0])
        edges.append((a + b) / 2)
    if any(head.x0 < edge < head.x1 for edge in edges):
        return edges
    # A name of a single column stands at another height than those of two lines.
    return edges if len(edges) > 1 and head.x0 > edges[0] else []


def _gaps_of(row: Row) -> list[tuple[float, float]]:
    """Return the white between the words of a row."""
    return [(a.x1, b.x0) for a, b in pairwise(row.words) if not b.glued]


def _framed(rows: Sequence[Row], span: tuple[int, int], rules: Sequence[Rule]) -> tuple[int, int]:
    """Return the rows of a table with those that the upright lines between its cells reach."""
    first, last = span
    inside = rows[first : last + 1]
    left, right = min(row.x0 for row in inside), max(row.x1 for row in inside)
    top, bottom = inside[0].y - _JITTER * inside[0].size, inside[-1].y
    drawn = sorted(
        (rule.y0, rule.y1)
        for rule in rules
        if not rule.is_horizontal and left < rule.x0 and rule.x1 < right
    )
    for y0, y1 in drawn:
        if y0 <= bottom + _TOUCH and y1 >= top - _TOUCH:
            bottom = max(bottom, y1)
    for y0, y1 in reversed(drawn):
        if y0 <= bottom + _TOUCH and y1 >= top - _TOUCH:
            top = min(top, y0)
    while first > 0 and rows[first - 1].y > top:
        first -= 1
    while last + 1 < len(rows) and rows[last + 1].y < bottom:
        last += 1
    return first, last


def _is_table(
    rows: Sequence[Row], both: Sequence[int], x0: float, x1: float, rules: Sequence[Rule]
) -> bool:
    if len(both) < 2:
        return False
    size = rows[both[0]].size
    starts = {round(part[0].x0 / 3) for number in both for part in segments_of(rows[number])}
    inside = range(both[0], both[-1] + 1)
    aligned = sum(round(rows[number].x0 / 3) in starts for number in inside)
    if aligned < 0.6 * len(inside):
        return False
    if len(both) >= 3 and (len(both) >= 4 or x1 - x0 >= 1.2 * size):
        return True
    ruled = sum(
        rule.is_horizontal
        and rows[both[0]].y - 2 * size <= rule.y0 <= rows[both[-1]].y + size
        and rule.x0 <= x0
        and rule.x1 >= x1
        for rule in rules
    )
    return ruled >= 2 or x1 - x0 >= 3 * size


def _goes_on(row: Row, following: Row, leading: float) -> bool:
    """Check whether a row below a table is the rest of a wrapped cell in it."""
    return (
        following.y - row.y <= leading * 1.1
        and following.x0 > row.x0 + 2 * row.size
        and following.size <= row.size * 1.05
    )


def _leading(rows: Sequence[Row]) -> float:
    distances = [b.y - a.y for a, b in pairwise(rows) if b.y - a.y > 0.5 * a.size]
    return median(distances) if distances else 0.0


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def table_of(rows: Sequence[Row], rules: Sequence[Rule], page: int) -> Table:
    """Return the rows as a table, wrapped cells whole."""
    heads, edges = _head_rows(rows)
    if len(rows) > 1 and all(_is_grid(pair) for pair in pairwise(rows)):
        lines = [[[word] for word in row.words] for row in rows]
        edges = [word.x0 for word in rows[0].words[1:]]
    elif edges and len(edges) >= len(_separators(rows, rules)):
        lines = [_split(row.words, edges) for row in rows[:heads]]
        lines += [_cells(row, edges) for row in rows[heads:]]
    else:
        edges = _separators(rows, rules)
        lines = [_cells(row, edges) for row in rows]
    groups = _groups(rows, lines, rules)
    nameless = _nameless_rows(lines)
    if sum(bool(line[0]) for line in lines[:heads]) > 1:
        heads = 0
    heads = max(heads, nameless)
    if heads > 1:
        rest = [[part for part in group if part >= heads] for group in groups]
        groups = [list(range(heads)), *filter(None, rest)]
    cells = [
        tuple(
            tuple(text for part in group if (text := join_words(lines[part][column])))
            for column in range(len(edges) + 1)
        )
        for group in groups
    ]
    return Table(cells, page, nameless > 0 or _has_header(rows, groups), rows[0].y, rows[-1].y)


def _separators(rows: Sequence[Row], rules: Sequence[Rule]) -> list[float]:
    """Return the places between the columns of a table."""
    size = rows[0].size
    gaps = [gap for gap in _white(rows) if gap[1] - gap[0] >= _NARROWEST * size]
    drawn = _drawn(rows, rules)
    separators = [
        next((place for place in drawn if x0 <= place <= x1), (x0 + x1) / 2) for x0, x1 in gaps
    ]
    left, right = min(row.x0 for row in rows), max(row.x1 for row in rows)
    for place in drawn:
        if left < place < right and all(abs(place - other) > size for other in separators):
            separators.append(place)
    return sorted(separators)


def _white(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """Return the stretches that hardly any row has words in, between those that have."""
    events: list[tuple[float, int]] = []
    for row in rows:
        for segment in segments_of(row, 0.6):
            events += [(segment[0].x0, 1), (max(word.x1 for word in segment), -1)]
    allowed = len(rows) // 7
    gaps: list[tuple[float, float]] = []
    covered, free_from = 0, None
    for place, change in sorted(events):
        before, covered = covered, covered + change
        if covered <= allowed < before:
            free_from = place
        elif before <= allowed < covered and free_from is not None:
            gaps.append((free_from, place))
            free_from = None
    return gaps


def _drawn(rows: Sequence[Row], rules: Sequence[Rule]) -> list[float]:
    """Return the places of upright lines that run along half of a table."""
    top, bottom = rows[0].y - rows[0].size, rows[-1].y
    lengths: dict[int, float] = defaultdict(float)
    for rule in rules:
        if not rule.is_horizontal:
            place = round((rule.x0 + rule.x1) / 4)
            lengths[place] += max(0.0, min(rule.y1, bottom) - max(rule.y0, top))
    return [2.0 * place for place, length in sorted(lengths.items()) if 2 * length >= bottom - top]


def _cells(row: Row, edges: Sequence[float]) -> list[list[Word]]:
    """Return the words of a row by column. A part that spans columns stands in its first."""
    cells: list[list[Word]] = [[] for _ in range(len(edges) + 1)]
    for segment in segments_of(row, 0.6):
        column = sum(edge < segment[0].x0 + 1 for edge in edges)
        for word in segment:
            own = sum(edge < (word.x0 + word.x1) / 2 for edge in edges)
            if own > column and (
                not cells[column] or word.x0 - cells[column][-1].x1 > 0.4 * row.size
            ):
                column = own
            cells[column].append(word)
    return cells


def _nameless_rows(lines: Sequence[list[list[Word]]]) -> int:
    """Return how many rows at the top have an empty first cell, as names of columns have."""
    count = 0
    while count < min(_MOST_HEAD_ROWS, len(lines) - 2) and not lines[count][0]:
        count += 1
    named = sum(bool(line[0]) for line in lines)
    return count if named >= _MOST_NAMED * (len(lines) - count) else 0


def _split(words: Sequence[Word], edges: Sequence[float]) -> list[list[Word]]:
    """Return words by the column that their middle stands in."""
    cells: list[list[Word]] = [[] for _ in range(len(edges) + 1)]
    for word in words:
        cells[sum(edge < (word.x0 + word.x1) / 2 for edge in edges)].append(word)
    return cells


def _groups(
    rows: Sequence[Row], lines: Sequence[list[list[Word]]], rules: Sequence[Rule]
) -> list[list[int]]:
    """Return the lines of each row: those that only fill some cells further are part of it."""
    ruled = _ruled_groups(rows, rules)
    starts = sum(bool(line[0]) for line in lines)
    if len(ruled) >= 3 and starts <= 1.5 * len(ruled):
        return ruled
    distances = [b.y - a.y for a, b in pairwise(rows)]
    tight = min((b.y - a.y for a, b in pairwise(rows) if b.y - a.y > _JITTER * b.size), default=0.0)
    ends = [
        max((cell[-1].x1 for line in lines if (cell := line[column])), default=0.0)
        for column in range(len(lines[0]))
    ]
    groups: list[list[int]] = [[0]]
    for number in range(1, len(rows)):
        distance = distances[number - 1]
        is_level = distance <= _JITTER * rows[number].size and not any(
            a and b for a, b in zip(lines[number - 1], lines[number], strict=True)
        )
        filled = max(sum(map(bool, lines[part])) for part in groups[-1])
        is_less = sum(map(bool, lines[number])) < filled
        # The other cells of a row may stand at the height of the second line of its first.
        is_lead = (
            filled == 1
            and len(groups[-1]) == 1
            and bool(lines[number - 1][0])
            and (number == 1 or distances[number - 2] > 1.1 * distance)
        )
        is_close = distance <= (_TIGHT if is_less else 1.05) * tight
        size = rows[number].size
        if is_level or (
            (is_less or is_lead)
            and is_close
            and _is_rest(lines[number - 1], lines[number], ends, size, is_lead=is_lead)
        ):
            groups[-1].append(number)
        else:
            groups.append([number])
    return groups


def _ruled_groups(rows: Sequence[Row], rules: Sequence[Rule]) -> list[list[int]]:
    """Return the lines between each two lines drawn across a table."""
    left, right = min(row.x0 for row in rows), max(row.x1 for row in rows)
    groups: list[list[int]] = [[0]]
    for number, (a, b) in enumerate(pairwise(rows), 1):
        drawn = sum(
            min(rule.x1, right) - max(rule.x0, left)
            for rule in rules
            if rule.is_horizontal and a.y < rule.y0 <= b.y and rule.x1 > left and rule.x0 < right
        )
        if drawn >= 0.6 * (right - left):
            groups.append([number])
        else:
            groups[-1].append(number)
    return groups


def _is_rest(
    before: list[list[Word]],
    line: list[list[Word]],
    ends: Sequence[float],
    size: float,
    *,
    is_lead: bool = False,
) -> bool:
    """Check whether all cells of a line go on with those above, which had no room for a word.

    If `is_lead`, only the first cell need go on.
    """
    filled = [number for number, cell in enumerate(line) if cell and not (is_lead and number)]
    if is_lead and not line[0]:
        return False
    if any(_is_one_figure(before[number]) and _is_one_figure(line[number]) for number in filled):
        return False
    return all(
        before[number]
        and before[number][-1].x1 + line[number][0].x1 - line[number][0].x0 + 0.2 * size
        > ends[number]
        for number in filled
    )


def _is_one_figure(cell: Sequence[Word]) -> bool:
    return len(cell) == 1 and bool(FIGURE.fullmatch(cell[0].text))


def _has_header(rows: Sequence[Row], groups: Sequence[Sequence[int]]) -> bool:
    """Check whether the first row is a header: bold over others, or words over figures."""
    if len(groups) < 2:
        return False
    head = [word for part in groups[0] for word in rows[part].words]
    rest = [word for group in groups[1:] for part in group for word in rows[part].words]
    if all(word.style.bold for word in head) and not all(word.style.bold for word in rest):
        return True
    has_digits = any(char.isdigit() for word in head for char in word.text)
    below = sum(any(char.isdigit() for char in word.text) for word in rest)
    return not has_digits and below >= len(groups) - 1
