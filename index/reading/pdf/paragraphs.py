"""Paragraphs from lines: by gaps, indents, short last lines and how the lines look."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from index.reading.pdf.elements import Line, Style, Table
from index.reading.pdf.lines import Column
from index.reading.pdf.tables import has_leaders
from index.splitting.paragraphs import Kind

_SIZE_STEP = 0.06
_BULLET = re.compile(
    r"(?:[•◦▪▫■□●○‣⁃∙·➢➤✓✔❖❑★*–—-]|(?:\(?\d{1,3}|\(?[a-zA-Z]|\(?[ivxIVX]{1,5})[.)]|\[\d{1,3}\])\s+\S"
)
_LONE_BULLET = re.compile(r"[•◦▪▫■□●○‣⁃∙·➢➤✓✔❖❑★]$")
_PAGE_NUMBER = re.compile(r"\d{1,4}|[ivxlc]{1,7}")
_SENTENCE_END = re.compile(r"[.!?…:;]['\"”’»)\]]*\d{0,2}$|[。！？؟۔]$")
_MARK = re.compile(r"(?:\d{1,3}|[*†‡§¶]{1,3}|\[\d{1,3}\]|[a-z])(?=\W|$)")


@dataclass(slots=True)
class Block:
    """Lines that belong together, or a table."""

    lines: list[Line]
    kind: Kind = Kind.TEXT
    table: Table | None = None
    level: int = 0
    continues: bool = False
    is_note: bool = False
    is_furniture: bool = False

    @property
    def page(self) -> int:
        """The page it begins on."""
        return self.table.page if self.table else self.lines[0].page


@dataclass(frozen=True, slots=True)
class Habits:
    """How a document is set: its body text, the usual distances of lines, and indents."""

    body: Style
    leading: dict[float, float] = field(default_factory=dict)
    is_justified: bool = False

    def leading_of(self, size: float) -> float:
        """Return the usual distance of two baselines of a size."""
        return self.leading.get(round(size, 1), 1.2 * size)


def habits_of(columns: Sequence[Column]) -> Habits:
    """Find what is usual in a document."""
    sizes: Counter[Style] = Counter()
    distances: dict[float, Counter[float]] = {}
    for column in columns:
        lines = [part for part in column.parts if isinstance(part, Line)]
        for line in lines:
            sizes[_rounded(line.style)] += len(line.text)
        for a, b in pairwise(lines):
            distance = b.y - a.y
            size = round(a.style.size, 1)
            if round(b.style.size, 1) == size and 0.8 * size < distance < 2.5 * size:
                near = distances.setdefault(size, Counter())
                near[round(2 * distance) / 2] += min(len(a.text), len(b.text))
    leading = {size: counts.most_common(1)[0][0] for size, counts in distances.items()}
    body = max(sizes, key=lambda style: sizes[style]) if sizes else Style(10.0)
    body_lines = [
        part
        for column in columns
        for part in column.parts
        if isinstance(part, Line) and _rounded(part.style) == body
    ]
    flush = sum(is_flush(line) for line in body_lines)
    return Habits(body, leading, 2 * flush > len(body_lines))


def is_flush(line: Line) -> bool:
    """Check whether a line ends at the right edge of its column."""
    return line.x1 >= line.right - 0.3 * line.style.size


def indents_paragraphs(blocks: Sequence[Block], habits: Habits) -> bool:
    """Check whether the first lines of paragraphs are set in."""
    starts = [
        block.lines[0].x0 - block.lines[1].x0 > 0.5 * block.lines[0].style.size
        for block in blocks
        if block.kind is Kind.TEXT
        and len(block.lines) >= 2
        and _rounded(block.lines[0].style) == habits.body
    ]
    return 2 * sum(starts) > len(starts)


def _rounded(style: Style) -> Style:
    return Style(round(style.size, 1), style.bold, style.mono)


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
    return blocks


def _is_verbatim(line: Line) -> bool:
    ends_in_number = bool(line.cells) and _PAGE_NUMBER.fullmatch(line.cells[-1])
    return line.style.mono or has_leaders(line.text) or bool(ends_in_number)


def _belongs(block: Block, line: Line, following: Line, habits: Habits) -> bool:
    """Check whether a line goes on with the paragraph of the one above it."""
    size = max(line.style.size, following.style.size)
    if abs(line.style.size - following.style.size) > _SIZE_STEP * size + 0.1:
        return False
    is_code = block.kind is Kind.LINES
    if is_code != _is_verbatim(following) and (is_code or not _wraps_code(line, following)):
        return False
    distance = following.y - line.y
    if distance > 1.22 * max(habits.leading_of(size), 1.0) + 0.5 or distance < 0.3 * size:
        return False
    if line.style.bold != following.style.bold:
        return False
    if is_code:
        return True
    if _LONE_BULLET.fullmatch(line.text):
        return True
    if _BULLET.match(following.text) and (
        _starts_item(block.lines[0], following) or _is_short(line, following)
    ):
        return False
    if is_centred(line) and is_centred(following):
        return True
    if _is_short(line, following):
        return False
    indent = following.x0 - line.x0
    if indent <= 0.8 * size:
        return True
    # A first line may hang out: that of an item, or of a heading with a number.
    stops_open = not _SENTENCE_END.search(line.text)
    return stops_open or (len(block.lines) == 1 and bool(_BULLET.match(line.text)))


def _wraps_code(line: Line, following: Line) -> bool:
    """Check whether a line of code is the middle of a paragraph, as a long address is."""
    return (
        not _SENTENCE_END.search(line.text)
        and not _is_short(line, following)
        and following.x0 <= line.x0 + 0.5 * line.style.size
        and bool(following.style.mono)
    )


def _starts_item(first: Line, following: Line) -> bool:
    """Check whether a line with a marker stands at the edge of the paragraph, as items do."""
    return bool(_BULLET.match(first.text)) or following.x0 <= first.left + 3 * first.style.size


def _is_short(line: Line, following: Line) -> bool:
    """Check whether the next word would have fitted on a line, so that its end is meant."""
    space = 0.35 * line.style.size
    slack = 0.6 * line.style.size if _SENTENCE_END.search(line.text) else 2.0 * line.style.size
    return line.x1 + space + following.first_width + slack < line.right


def is_centred(line: Line) -> bool:
    """Check whether a line stands in the middle of its column, away from both edges."""
    left, right = line.x0 - line.left, line.right - line.x1
    size = line.style.size
    return left > 2 * size and right > 2 * size and abs(left - right) < max(size, 0.1 * left)


def split_notes(
    blocks: list[Block], habits: Habits, page_height: float, *, goes_on: bool
) -> list[Block]:
    """Mark the footnotes at the foot of a column: small print that begins with a mark.

    `goes_on` says that the last footnote before was left open: then small print without a mark at
    the foot is its rest.
    """
    position = len(blocks)
    while position and _is_small(blocks[position - 1], habits):
        position -= 1
    for number in range(position, len(blocks)):
        first = blocks[number].lines[0]
        if first.y < 0.4 * page_height:
            continue
        if goes_on or _starts_note(first):
            for block in blocks[number:]:
                block.is_note = True
            break
    return blocks


def _is_small(block: Block, habits: Habits) -> bool:
    return block.table is None and all(
        line.style.size < (1 - _SIZE_STEP) * habits.body.size for line in block.lines
    )


def join_over_breaks(blocks: Sequence[Block], habits: Habits) -> list[Block]:
    """Join the paragraphs that go on in the next column, past what stands between."""
    indents = indents_paragraphs(blocks, habits)
    joined: list[Block] = []
    for block in blocks:
        before = _open_before(joined, block)
        if before is not None and _runs_on(before, block, habits, indents=indents):
            before.lines.extend(block.lines)
        else:
            joined.append(block)
    return joined


def _open_before(blocks: Sequence[Block], block: Block) -> Block | None:
    """Return the last paragraph of the column before, if `block` is the first of its own."""
    if block.table or block.kind is not Kind.TEXT:
        return None
    for other in reversed(blocks[-12:]):
        if other.is_note != block.is_note or other.table or other.kind is not Kind.TEXT:
            continue
        if other.lines[-1].column == block.lines[0].column:
            return None
        return other
    return None


def _runs_on(before: Block, block: Block, habits: Habits, *, indents: bool) -> bool:
    line, following = before.lines[-1], block.lines[0]
    if line.style.bold != following.style.bold or is_centred(line) or is_centred(following):
        return False
    size = max(line.style.size, following.style.size)
    if abs(line.style.size - following.style.size) > _SIZE_STEP * size + 0.1:
        return False
    if _BULLET.match(following.text) or (block.is_note and _starts_note(following)):
        return False
    stops_open = not _SENTENCE_END.search(line.text)
    is_full = line.x1 > line.right - 0.25 * (line.right - line.left)
    if following.text[:1].islower():
        return is_full if stops_open else is_full and not _is_short(line, following)
    if _is_short(line, following):
        return False
    if stops_open:
        return is_full
    is_set_in = following.x0 > following.left + 0.5 * size
    if indents:
        return not is_set_in and (is_flush(line) or not habits.is_justified)
    return habits.is_justified and is_flush(line) and not is_set_in


def is_open(block: Block) -> bool:
    """Check whether a paragraph stops in the middle of a sentence."""
    return bool(block.lines) and not _SENTENCE_END.search(block.lines[-1].text)


def _starts_note(line: Line) -> bool:
    return line.raised_start or bool(_MARK.match(line.text))


def as_lines(block: Block) -> Block:
    """Return a block whose lines each stand for themselves."""
    return replace(block, kind=Kind.LINES)
