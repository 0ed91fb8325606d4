"""Paragraphs that run on in the next column or on the next page."""

from __future__ import annotations

import re
from collections.abc import Sequence

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


def join_over_breaks(blocks: Sequence[Block], habits: Habits) -> list[Block]:
    """Join the paragraphs that go on in the next column, past what stands between."""
    indents = _indents(blocks, habits)
    joined: list[Block] = []
    for block in blocks:
        before = _open_before(joined, block)
        if before is not None and _runs_on(before, block, habits, indents=indents):
            before.lines.extend(block.lines)
        else:
            joined.append(block)
    return joined


def _is_caption(block: Block) -> bool:
    """Check whether a paragraph is the text to a picture or a table, which stands where it fits."""
    return bool(_CAPTION.match(block.lines[0].text))


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


def _open_before(blocks: Sequence[Block], block: Block) -> Block | None:
    """Return the last paragraph of the columns before, if `block` is the first of its own."""
    if block.table or block.kind is not Kind.TEXT or _is_caption(block):
        return None
    farthest = _FARTHEST_NOTE if block.is_note else _FARTHEST
    for other in reversed(blocks[-farthest:]):
        if other.is_note != block.is_note or other.table or other.kind is Kind.LINES:
            continue
        if _is_caption(other):
            continue
        if other.kind is Kind.HEADING or other.lines[-1].column == block.lines[0].column:
            return None
        return other
    return None


def _runs_on(before: Block, block: Block, habits: Habits, *, indents: bool) -> bool:
    """Check whether the first paragraph of a column is the rest of one in a column before."""
    line, following = before.lines[-1], block.lines[0]
    if not _are_alike(line, following) or (block.is_note and starts_note(following)):
        return False
    starts_low = following.text[:1].islower()
    if is_short(line, following):
        is_wide = line.x1 > line.right - 0.25 * (line.right - line.left)
        return starts_low and stops_open(line) and is_wide
    return starts_low or stops_open(line) or _may_go_on(line, following, habits, indents=indents)


def _are_alike(line: Line, following: Line) -> bool:
    return (
        line.style.bold == following.style.bold
        and is_one_size(line, following)
        and not is_item(following)
        and not is_centred(line)
        and not is_centred(following)
    )


def _may_go_on(line: Line, following: Line, habits: Habits, *, indents: bool) -> bool:
    """Check whether a paragraph goes on though a sentence ends at the end of the column."""
    if following.x0 > following.left + 0.5 * following.style.size:
        return False
    return is_flush(line) if habits.is_justified else indents
