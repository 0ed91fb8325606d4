"""Headings, by what the outline says, and by how large and bold they are."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from index.reading.pdf.document import Bookmark
from index.reading.pdf.elements import Style
from index.reading.pdf.habits import Habits
from index.reading.pdf.paragraphs import Block
from index.splitting.paragraphs import Kind

_MOST_LINES = 4
_LONGEST = 200
_LARGER, _SMALLER = 1.08, 0.93
_NUMBER = re.compile(
    r"(?:(?:chapter|part|appendix|kapitel)\s+)?(\d{1,3}(?:\.\d{1,3}){0,5})\.?\s+\S", re.I
)
_LETTERS = re.compile(r"[^\W\d_]")
_NOT_WORD = re.compile(r"[\W_¹²³⁰-⁹]+")


def mark_headings(blocks: Sequence[Block], outline: Sequence[Bookmark], habits: Habits) -> None:
    """Set kind and level of the blocks that are headings."""
    depths = {(mark.page, _plain(mark.title)): mark.depth for mark in outline if mark.title}
    titles = defaultdict(list)
    for (_, plain), depth in depths.items():
        titles[plain].append(depth)
    found: list[tuple[Block, Style, int]] = []
    for block in blocks:
        if block.is_note or block.table or block.kind is not Kind.TEXT:
            continue
        text = block.text
        style = block.lines[0].style
        depth = _outlined(text, block, depths)
        if depth or _looks_like_heading(block, text, style, habits):
            key = Style(round(style.size, 1), style.bold)
            found.append((block, key, depth or -_numbered(text)))
    levels = _levels(found)
    for block, style, depth in found:
        block.kind = Kind.HEADING
        block.level = depth + 1 if depth > 0 else levels[style]


def title_of(blocks: Sequence[Block]) -> str:
    """Return the title: the largest heading of the first page, if it is larger than all others.

    On a page that holds little else it may be as large as they are.
    """
    first = [block for block in blocks if block.page == blocks[0].page]
    headings = [block for block in first if block.kind is Kind.HEADING]
    if not headings:
        return ""
    title = max(headings, key=lambda block: block.lines[0].style.size)
    size = title.lines[0].style.size - 0.2
    is_largest = not any(
        block is not title
        and block.kind is Kind.HEADING
        and block.lines[0].style.size > size
        and _plain(block.text) != _plain(title.text)
        for block in blocks
    )
    is_title_page = all(
        block.table is None and block.kind is not Kind.LINES and len(block.lines) <= _MOST_LINES
        for block in first
    )
    return title.text if (is_largest or is_title_page) and not _NUMBER.match(title.text) else ""


def _plain(text: str) -> str:
    return _NOT_WORD.sub("", text).casefold()


def _outlined(text: str, block: Block, depths: dict[tuple[int, str], int]) -> int:
    """Return the depth of the bookmark that leads to a block, or 0."""
    if len(text) > _LONGEST:
        return 0
    plain = _plain(text)
    bare = _plain(
        re.sub(r"^(?:chapter|kapitel|appendix)?\s*[\dA-Z]{1,3}(?:\.\d+)*\.?\s+", "", text)
    )
    for page in (block.page, block.page - 1, block.page + 1):
        for title in (plain, bare):
            if (page, title) in depths:
                return depths[page, title]
    return 0


def _looks_like_heading(block: Block, text: str, style: Style, habits: Habits) -> bool:
    if len(block.lines) > _MOST_LINES or len(text) > _LONGEST or not _LETTERS.search(text):
        return False
    body = habits.body
    usual = max(body.size, habits.largest)
    if all(line.style.size > _LARGER * usual for line in block.lines):
        return not (text.endswith((".", ",", ";")) and len(text) > 80)
    return (
        style.bold
        and habits.bold_is_rare
        and style.size >= 0.95 * body.size
        and len(block.lines) <= 2
        and not text.endswith((".", ",", ";", ":"))
    )


def _numbered(text: str) -> int:
    match = _NUMBER.match(text)
    return match[1].count(".") + 1 if match else 0


def _levels(found: Sequence[tuple[Block, Style, int]]) -> dict[Style, int]:
    """Return the level of each look: as most headings that state theirs, else by rank."""
    votes: dict[Style, Counter[int]] = defaultdict(Counter)
    for _, style, depth in found:
        if depth:
            votes[style][abs(depth) + 1] += 1
    levels: dict[Style, int] = {}
    reached, size = 0, 0.0
    is_outlined = any(depth > 0 for _, _, depth in found)
    for style in sorted({style for _, style, _ in found}, key=lambda s: (-s.size, not s.bold)):
        level = votes[style].most_common(1)[0][0] if votes[style] else reached + 1
        if not is_outlined and style.size < _SMALLER * size:
            # Numbers may count the sections of chapters that have none.
            level = max(level, reached + 1)
        levels[style] = level
        reached, size = max(reached, level), style.size
    return levels
