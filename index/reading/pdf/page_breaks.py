"""Paragraphs that run on in the next column or on the next page."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from index.reading.pdf.elements import Line
from index.reading.pdf.footnotes import starts_note
from index.reading.pdf.habits import Habits, is_flush, rounded
from index.reading.pdf.paragraphs import (
    Block,
    is_centred,
    is_item,
    is_one_size,
    is_short,
    stops_open,
)
from index.splitting.paragraphs import Kind

_CAPTION = re.compile(
    r"(?i:fig(?:ure|\.)|table|tab\.|chart|box|abb(?:ildung|\.)|tabelle|tableau|figura|tabla|tabella)"
    r"\s+(?:\d+|[A-Z]|[IVX]+)(?:\.\d+)*\s*(?:[.:–—-]|$)"
)
_FARTHEST, _FARTHEST_NOTE = 12, 200
"""The most blocks that stand between the two parts of a paragraph, and of a footnote."""

_LOWEST_FOOT = 0.72
"""The part of the height of a page that its text reaches down to, at least, if it is full."""

_USUAL_FOOT = 0.8
"""The part of the pages whose text does not end below the usual foot."""

_SMALL = 0.6
"""The part of its column that a line fills, at most, that does not begin with a small letter."""

_MISSING_LINES = 4
"""The most lines that a full page has less than others, as its next paragraph is kept whole."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """What tells whether a paragraph goes on.

    `indents` says that first lines are set in, `full` holds the pages that are filled to their
    foot, and `prose` those whose lines are mostly of paragraphs of several lines.
    """

    habits: Habits
    indents: bool
    full: frozenset[int]
    prose: frozenset[int]


def join_over_breaks(
    blocks: Sequence[Block], habits: Habits, heights: Mapping[int, float]
) -> list[Block]:
    """Join the paragraphs that go on in the next column, past what stands between.

    `heights` are those of the pages.
    """
    layout = _Layout(
        habits, _indents(blocks, habits), _full_pages(blocks, habits, heights), _prose_pages(blocks)
    )
    joined: list[Block] = []
    for block in blocks:
        before = _first_part(joined, block, layout)
        if before is not None:
            before.lines.extend(block.lines)
        else:
            joined.append(block)
    return joined


def _is_caption(block: Block) -> bool:
    """Check whether a paragraph is the text to a picture or a table, which stands where it fits."""
    return bool(_CAPTION.match(block.lines[0].text))


def _is_aside(other: Block, block: Block) -> bool:
    """Check whether a paragraph stands in a box beside the text, in letters of another size."""
    return other.kind is Kind.TEXT and not is_one_size(other.lines[-1], block.lines[0])


def _indents(blocks: Sequence[Block], habits: Habits) -> bool:
    """Check whether the first lines of paragraphs are set in."""
    starts = [
        block.lines[0].x0 - block.lines[1].x0 > 0.5 * block.lines[0].style.size
        for block in blocks
        if block.kind is Kind.TEXT
        and len(block.lines) >= 2
        and rounded(block.lines[0].style) == habits.body
    ]
    return 2 * sum(starts) > len(starts)


def _full_pages(
    blocks: Sequence[Block], habits: Habits, heights: Mapping[int, float]
) -> frozenset[int]:
    """Return the pages whose text ends as far down as that of most pages does."""
    feet: dict[int, float] = defaultdict(float)
    for block in blocks:
        if block.table:
            feet[block.page] = max(feet[block.page], block.table.bottom)
        for line in block.lines:
            feet[line.page] = max(feet[line.page], line.y)
    by_height: dict[int, list[float]] = defaultdict(list)
    for page, foot in feet.items():
        by_height[round(heights[page])].append(foot)
    usual = {
        height: sorted(own)[int(_USUAL_FOOT * (len(own) - 1))] for height, own in by_height.items()
    }
    slack = _MISSING_LINES * habits.leading_of(habits.body.size)
    return frozenset(
        page
        for page, foot in feet.items()
        if foot >= _LOWEST_FOOT * heights[page] and foot >= usual[round(heights[page])] - slack
    )


def _prose_pages(blocks: Sequence[Block]) -> frozenset[int]:
    """Return the pages with at least as many lines in paragraphs of several lines as others."""
    counts: dict[int, int] = defaultdict(int)
    for block in blocks:
        if block.kind is Kind.TEXT:
            for line in block.lines:
                counts[line.page] += 1 if len(block.lines) > 1 else -1
    return frozenset(page for page, count in counts.items() if count >= 0)


def _open_before(blocks: Sequence[Block], block: Block) -> Iterator[Block]:
    """Yield the last paragraphs of the columns before, if `block` is the first of its own."""
    if block.table or block.kind is not Kind.TEXT or _is_caption(block):
        return
    farthest = _FARTHEST_NOTE if block.is_note else _FARTHEST
    has_table = False
    for other in reversed(blocks[-farthest:]):
        if other.is_note != block.is_note or other.table or other.kind is Kind.LINES:
            has_table = has_table or other.table is not None
            continue
        if _is_caption(other) or _is_aside(other, block):
            continue
        if other.kind is Kind.HEADING:
            return
        if other.lines[-1].column == block.lines[0].column:
            if has_table and _is_mid_sentence(other.lines[-1], block.lines[0]):
                yield other
            return
        yield other


def _is_mid_sentence(line: Line, following: Line) -> bool:
    """Check whether a full line stops in mid-sentence, and another begins there."""
    return following.text[:1].islower() and stops_open(line) and not is_short(line, following)


def _first_part(blocks: Sequence[Block], block: Block, layout: _Layout) -> Block | None:
    """Return the paragraph that a block goes on with.

    Past another paragraph it goes on only with one that stops in mid-sentence, as it begins.
    """
    candidates = _open_before(blocks, block)
    nearest = next(candidates, None)
    if nearest is None or _runs_on(nearest, block, layout):
        return nearest
    following = block.lines[0]
    for other in candidates:
        line = other.lines[-1]
        if _is_mid_sentence(line, following):
            return other if _are_alike(line, following) else None
    return None


def _runs_on(before: Block, block: Block, layout: _Layout) -> bool:
    """Check whether the first paragraph of a column is the rest of one in a column before."""
    line, following = before.lines[-1], block.lines[0]
    if not _are_alike(line, following) or (block.is_note and starts_note(following)):
        return False
    starts_low = following.text[:1].islower()
    if is_short(line, following):
        is_wide = line.x1 > line.right - 0.25 * (line.right - line.left)
        return starts_low and stops_open(line) and is_wide
    if starts_low and stops_open(line):
        return True
    if line.page != following.page and line.page not in layout.full:
        return False
    if len(block.lines) == 1 and following.x1 < following.left + _SMALL * (
        following.right - following.left
    ):
        # A few words under a picture or a figure.
        return starts_low
    return starts_low or stops_open(line) or _may_go_on(line, following, layout)


def _are_alike(line: Line, following: Line) -> bool:
    return (
        line.style.bold == following.style.bold
        and is_one_size(line, following)
        and not is_item(following)
        and not is_centred(line)
        and not is_centred(following)
    )


def _may_go_on(line: Line, following: Line, layout: _Layout) -> bool:
    """Check whether a paragraph goes on though a sentence ends at the end of the column."""
    if following.x0 > following.left + 0.5 * following.style.size:
        return False
    if layout.habits.is_justified:
        return is_flush(line) and line.page in layout.prose
    return layout.indents and line.page in layout.prose
