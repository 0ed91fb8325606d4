"""Paragraphs from lines: by gaps, indents, short last lines and how the lines look."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.reading.pdf.elements import Line, Table
from index.reading.pdf.habits import Habits
from index.reading.pdf.lines import Column
from index.reading.pdf.tables import has_leaders
from index.splitting.paragraphs import Kind

SIZE_STEP = 0.06
"""Letters that differ by less than this part of their size are of one size."""

_WIDER = 1.22
"""The distance of two paragraphs, in parts of that of two lines."""

_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹*†‡"
_SIGN = "•◦▪▫■□●○‣⁃∙·➢➤✓✔❖❑★"
_SIGNED = re.compile(rf"[{_SIGN}](?:\s|$)")
_LISTED = re.compile(
    r"(?:[*–—-]|(?:\(?\d{1,3}|\(?[a-zA-Z]|\(?[ivxIVX]{1,5})[.)]|\[\w{1,12}\])\s+\S"
)
_LONE_SIGN = re.compile(rf"(?:[{_SIGN}*–—-]|(?:\(?\d{{1,3}}|\(?[a-z])[.)])$")
_SENTENCE_END = re.compile(r"[.!?…:;]['\"”’»)\]]*[\d¹²³⁰-⁹]{0,3}$|[。！？؟۔]$")
_PAGE_NUMBER = re.compile(r"\d{1,4}|[ivxlc]{1,7}")


@dataclass(slots=True)
class Block:
    """Lines that belong together, or a table."""

    lines: list[Line]
    kind: Kind = Kind.TEXT
    table: Table | None = None
    level: int = 0
    is_note: bool = False

    @property
    def page(self) -> int:
        """The page it begins on."""
        return self.table.page if self.table else self.lines[0].page

    @property
    def text(self) -> str:
        """Its lines, one after the other."""
        return " ".join(line.text for line in self.lines)


def blocks_of(column: Column, habits: Habits) -> list[Block]:
    """Return the paragraphs, tables and runs of code of a column."""
    blocks: list[Block] = []
    previous: Line | None = None
    for part in column.parts:
        if isinstance(part, Table):
            blocks.append(Block([], Kind.LINES, part))
            previous = None
            continue
        if previous is not None and _belongs(blocks[-1], previous, part, habits):
            blocks[-1].lines.append(part)
        else:
            blocks.append(Block([part], Kind.LINES if _is_verbatim(part) else Kind.TEXT))
        previous = part
    for block in blocks:
        if len(block.lines) == 1 and " " not in block.lines[0].text:
            # A word in letters of one width is a term rather than code.
            block.kind = Kind.TEXT
    return blocks


def stops_open(line: Line) -> bool:
    """Check whether a line does not end as a sentence or the lead of a list does."""
    return not _SENTENCE_END.search(line.text)


def is_short(line: Line, following: Line) -> bool:
    """Check whether the next word would have fitted on a line, so that its end is meant."""
    size = line.style.size
    slack = 2.0 * size if stops_open(line) else 0.6 * size
    return line.x1 + 0.35 * size + following.first_width + slack < line.right


def is_centred(line: Line) -> bool:
    """Check whether a line stands in the middle of its column, away from both edges."""
    left, right = line.x0 - line.left, line.right - line.x1
    size = line.style.size
    return left > 2 * size and right > 2 * size and abs(left - right) < max(size, 0.1 * left)


def is_one_size(line: Line, other: Line) -> bool:
    """Check whether two lines are in letters of the same size."""
    size = max(line.style.size, other.style.size)
    return abs(line.style.size - other.style.size) <= SIZE_STEP * size + 0.1


def is_item(line: Line) -> bool:
    """Check whether a line begins with the marker of a list."""
    return bool(_SIGNED.match(line.text) or _LISTED.match(line.text))


def _is_verbatim(line: Line) -> bool:
    """Check whether a line is code, or of a table of contents."""
    ends_in_number = bool(line.cells) and _PAGE_NUMBER.fullmatch(line.cells[-1])
    return line.style.mono or has_leaders(line.text) or bool(ends_in_number)


def _belongs(block: Block, line: Line, following: Line, habits: Habits) -> bool:
    """Check whether a line goes on with the paragraph of the one above it."""
    if not is_one_size(line, following) or not _is_near(block, line, following, habits):
        return False
    is_code = block.kind is Kind.LINES
    if is_code or _is_verbatim(following):
        return is_code == _is_verbatim(following) or (
            not is_code and following.style.mono and _wraps(line, following)
        )
    if line.style.bold != following.style.bold and not (
        _wraps(line, following) and following.text[:1].islower()
    ):
        return False
    return bool(_LONE_SIGN.fullmatch(line.text)) or not _begins(block, line, following)


def _is_near(block: Block, line: Line, following: Line, habits: Habits) -> bool:
    size = max(line.style.size, following.style.size)
    usual = max(habits.leading_of(size), 1.0)
    if len(block.lines) > 1:
        usual = max(usual, min(line.y - block.lines[-2].y, 2 * size))
    return 0.3 * size <= following.y - line.y <= _WIDER * usual + 0.5


def _wraps(line: Line, following: Line) -> bool:
    """Check whether a line is full and stops in mid-sentence, and the next does not stand in."""
    return (
        stops_open(line)
        and not is_short(line, following)
        and following.x0 <= line.x0 + 0.5 * line.style.size
    )


def _begins(block: Block, line: Line, following: Line) -> bool:
    """Check whether a line begins a paragraph, or an item of a list."""
    is_note = following.raised_start and following.text[0] in _RAISED and not stops_open(line)
    if is_note or _SIGNED.match(following.text):
        return True
    if _LISTED.match(following.text) and (
        not _wraps(line, following) or _is_next_item(block.lines[0], following)
    ):
        return True
    if is_centred(line) and is_centred(following):
        return False
    if is_short(line, following):
        return True
    if following.x0 - line.x0 <= 0.8 * line.style.size or stops_open(line):
        return False
    # A first line may hang out: that of an item.
    return not (len(block.lines) == 1 and is_item(line))


def _is_next_item(first: Line, following: Line) -> bool:
    """Check whether a line with a marker stands right below the marker of the item before."""
    return bool(_LISTED.match(first.text)) and abs(first.x0 - following.x0) < first.style.size
