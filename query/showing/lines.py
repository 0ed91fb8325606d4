"""The lines of a passage on screen: prose is one, each row of a table, list or code is its own."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})")
_MARKER = re.compile(
    r"\s*(?:(?:[-*+•‣◦▪]|\d{1,3}[.)]|[A-Za-z][.)]|\((?:\d{1,3}|[A-Za-z])\))(?:[^\S\r\n]+|$))"
)
_NUMBERING = re.compile(r"\s*\(?(?:(?P<digit>\d{1,3})|(?P<letter>[A-Za-z]))[.)]\s")
_ROW = re.compile(r"\s*\||\S[^\S\r\n]*\t|\S {3,}\S")
_SPACES = re.compile(r"(?<=\S) {2,}(?=\S)")
_CODE = re.compile(r"[{};]\s*$|\)\s*[:;{]\s*$|^\s*[\])}]")
_WORD_LIKE = re.compile(r"\w")
# The end of a line after which a sentence goes on, over a page break for one.
_CONTINUED = re.compile(r"[\w,;\u2010-\u2015-]\s*$")
# A line of prose that somebody wrapped is longer than the items of a list mostly are.
_LONGEST_ITEM = 40


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A stretch of the text of a passage that is shown on a line of its own, as far as it fits.

    `indent` is how many columns stand before it, and `hanging` before what does not fit and is
    wrapped. If it is `spaced`, the spaces between its words stay as they are.
    """

    start: int
    end: int
    indent: int = 0
    hanging: int = 0
    spaced: bool = False


def shown_lines(
    text: str, joints: Collection[int] = (), line_ends: Sequence[int] = ()
) -> list[ShownLine]:
    r"""Return the lines of a passage in order. They hold every word of it.

    Prose is one line, however it is wrapped in the source. `joints` are the places in the text at
    which something was left out: a break of lines there is none of the author's. `line_ends` are
    those at which a line ends in any case, in order.

    >>> [line.end for line in shown_lines("one\ntwo")], len(shown_lines("- one\n- two"))
    ([7], 2)
    """
    if "\n" not in text and "\r" not in text:
        return [ShownLine(0, len(text), spaced="\t" in text)]  # a tab parts cells
    raw = [match for match in _LINE.finditer(text) if match[0].strip()]
    breaks = _breaks(text, raw, joints, line_ends)
    found: list[ShownLine] = []
    for number, match in enumerate(raw):
        if found and breaks[number] is None:
            found[-1] = replace(found[-1], end=match.end())
            continue
        line = breaks[number] or ShownLine(0, 0)
        found.append(replace(line, start=match.start(), end=match.end()))
    margin = _margin(text, found)
    return [
        line
        if number == 0 or not line.hanging
        else replace(line, indent=line.indent - margin, hanging=line.hanging - margin)
        for number, line in enumerate(found)
    ]


def _margin(text: str, lines: Sequence[ShownLine]) -> int:
    """Return how far the items after the first are indented, if that one is numbered as they are.

    A passage begins with its first word, so that the spaces before that are not known.
    """
    numbers = [_NUMBERING.match(text, line.start, line.end) for line in lines]
    if len(lines) < 2 or numbers[0] is None:
        return 0
    kind = numbers[0].lastgroup
    if any(number is None or number.lastgroup != kind for number in numbers):
        return 0
    return min(line.indent for line in lines[1:])


def _breaks(
    text: str,
    raw: Sequence[re.Match[str]],
    joints: Collection[int],
    line_ends: Sequence[int],
) -> list[ShownLine | None]:
    """Return for each line of the source how it begins a line on screen; None if it does not."""
    lines = [match[0].rstrip() for match in raw]
    blocks = _blocks(text, raw)
    code, items = _code_lines(lines, blocks), _items(lines)
    rows = _rows(lines) | _stated(raw, line_ends)
    short = _are_short_items(lines)
    breaks: list[ShownLine | None] = []
    for number, line in enumerate(lines):
        indent = _indent(line.expandtabs(4))
        marker = _MARKER.match(line) if number in items else None
        if number in code or number in rows:
            breaks.append(ShownLine(0, 0, indent, indent + 4, spaced=True))
        elif marker is not None:
            breaks.append(ShownLine(0, 0, indent, indent + len(marker[0].strip()) + 1))
        elif number and (number - 1 in code or number - 1 in rows):
            breaks.append(ShownLine(0, 0))
        elif number and (short or blocks[number] > blocks[number - 1]):
            above = range(raw[number - 1].start(), raw[number].start() + 1)
            joined = any(place in above for place in joints)
            goes_on = (
                not short and _CONTINUED.search(lines[number - 1]) and line.lstrip()[0].islower()
            )
            breaks.append(None if joined or goes_on else ShownLine(0, 0))
        else:
            breaks.append(None)
    return breaks


def _stated(raw: Sequence[re.Match[str]], line_ends: Sequence[int]) -> set[int]:
    """Return the numbers of the lines before which one ends in any case."""
    starts = [match.start() for match in raw]
    return {bisect_right(starts, end) for end in line_ends} - {len(raw)}


def _blocks(text: str, raw: Sequence[re.Match[str]]) -> list[int]:
    """Return the number of the block between blank lines that each line stands in."""
    blocks = [0] * len(raw)
    for number in range(1, len(raw)):
        blank = raw[number].start() > raw[number - 1].end()
        blocks[number] = blocks[number - 1] + blank
    return blocks


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _code_lines(lines: Sequence[str], blocks: Sequence[int]) -> set[int]:
    """Return the numbers of the lines that are code.

    They stand between fences, or in a block of which half looks so, or of which all is indented and
    a part looks so. `blocks` numbers the blocks between blank lines, one for each line.
    """
    code: set[int] = set()
    fences = [number for number, line in enumerate(lines) if _FENCE.match(line)]
    # One that is never closed does not count.
    for opened, closed in zip(fences[::2], fences[1::2], strict=False):
        code |= set(range(opened, closed + 1))
    for _, block in groupby(sorted(set(range(len(lines))) - code), key=lambda n: blocks[n]):
        numbers = list(block)
        alike = sum(_CODE.search(lines[number]) is not None for number in numbers)
        indented = all(_indent(lines[number].expandtabs(4)) >= 4 for number in numbers)
        if alike and (indented or (alike > 1 and 2 * alike >= len(numbers))):
            code |= set(numbers)
    return code


def _rows(lines: Sequence[str]) -> set[int]:
    """Return the numbers of the lines that are rows of a table: at least two on end."""
    rows: set[int] = set()
    for number in range(1, len(lines)):
        above, line = lines[number - 1], lines[number]
        aligned = _gap_ends(above) & _gap_ends(line)
        if aligned or (_ROW.search(above) and _ROW.search(line)):
            rows |= {number - 1, number}
    return rows


def _gap_ends(line: str) -> set[int]:
    """Return the columns at which words begin after more than one space, sentences aside."""
    return {
        gap.end() for gap in _SPACES.finditer(line) if line[gap.start() - 1] not in ".?!:\"'”’)"
    }


def _items(lines: Sequence[str]) -> set[int]:
    """Return the numbers of the lines that begin an item of a list.

    A lone mark in the middle of prose may be a dash, or a number at the end of a sentence.
    """
    marked = [number for number, line in enumerate(lines) if _MARKER.match(line)]
    lone = len(marked) == 1 and marked[0] > 0 and not lines[marked[0] - 1].endswith(":")
    return set() if lone else set(marked)


def _are_short_items(lines: Sequence[str]) -> bool:
    """Check that lines without marks are a list: all short, and none begins in the middle."""
    beginnings = [_WORD_LIKE.search(line) for line in lines]
    return all(
        len(line) <= _LONGEST_ITEM and found is not None and not found[0].islower()
        for line, found in zip(lines, beginnings, strict=True)
    )
