"""Footnotes: small print at the foot of a column that begins with a mark."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.reading.pdf.elements import Line
from index.reading.pdf.habits import Habits
from index.reading.pdf.paragraphs import SIZE_STEP, Block, stops_open

_MARK = re.compile(r"(?:\d{1,3}|[*†‡§¶]{1,3}|\[\d{1,3}\]|[a-z])(?=\W|$)")
_HIGHEST = 0.4
"""The part of the height of a page above which no footnote stands."""


def starts_note(line: Line) -> bool:
    """Check whether a line begins with the mark of a footnote."""
    return line.raised_start or bool(_MARK.match(line.text))


def mark_notes(
    blocks: Sequence[Block], before: Sequence[Block], habits: Habits, page_height: float
) -> None:
    """Mark the footnotes of a column. `before` are the blocks of the columns before.

    Small print at the foot without a mark is the rest of the last footnote, if that stops open.
    """
    first = len(blocks)
    while first and _is_small(blocks[first - 1], habits):
        first -= 1
    goes_on = bool(before) and before[-1].is_note and stops_open(before[-1].lines[-1])
    for number in range(first, len(blocks)):
        line = blocks[number].lines[0]
        if line.y >= _HIGHEST * page_height and (goes_on or starts_note(line)):
            for block in blocks[number:]:
                block.is_note = True
            return


def _is_small(block: Block, habits: Habits) -> bool:
    return block.table is None and all(
        line.style.size < (1 - SIZE_STEP) * habits.body.size for line in block.lines
    )
