"""Plain text to paragraphs, whatever the file's habits: blank lines, line ends, hard wraps."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import groupby, pairwise
from typing import Self

from index.splitting.line_cues import (
    SHORT,
    Lines,
    ends_sentence,
    first_letter,
    goes_on,
    has_complete_sentence,
    is_bullet,
    is_fragment,
    is_short,
)
from index.splitting.text_columns import right_column
from index.types import Gap

LONGEST_CHAIN = 3
"""Most headings in a row; more short lines than that are a list."""

_WIDEST_WRAP = 200
_NARROWEST_WRAP = 20
_SHORTEST_WRAPPED = 40
"""Columns from which a line may be wrapped in a file that as a whole is not."""

_SEPARATOR = re.compile(r"\s*([^\w\s>])(?:\s*\1){2,}\s*$|[\s>]*$")
_FIRST_WORD = re.compile(r"\s*(\S{1,200})")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_CONTINUES = re.compile(
    r"(?:[,;，；、،؛]|(?<=\w)[-‐‑]|[–—]|(?<!\w)(?:a|an|and|as|at|but|by|for|from|in|into|is|its|nor|of|on|or|"
    r"our|than|that|the|their|to|was|were|which|with))$",
    re.IGNORECASE,
)


# An address, an ellipsis or a dash ends a paragraph as well as a full stop does.
_ENDS_FOR_ITSELF = re.compile(
    r"(?:://|www\.|@)\S*$|\w\.[a-z]{2,}/\S*$|(?:\.\.\.|…|[–—]|--)[\"'”’»)\]]*$"
)


class Kind(Enum):
    """What a paragraph is made of."""

    TEXT = auto()
    HEADING = auto()
    LINES = auto()
    """Lines that belong together and each stand for themselves: verse, list, table, code."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph by offset.

    `breaks` are the offsets inside it where a line begins that does not run on from the one
    before. `block` counts runs of lines without a blank one between; `barrier` says that
    something stood before it across which no sentence goes. `gaps` lie inside it and do not belong
    to it. A stretch before it that is left out begins at `gap_before` and ends at `gap_end`. If
    `gap_before` is -1, nothing is left out. If only `gap_end` is -1, the stretch ends at `start`.
    `level` is that of a heading, 1 the highest, and 0 if it is not known. `header` is the span of
    the first row of a table, which stands before a row that is a paragraph. `stands_alone` says
    that it is never joined with what stands beside it: a row, a record. `under` is the place that
    it stands at, below the headings: the keys of an object.
    """

    start: int
    end: int
    kind: Kind = Kind.TEXT
    breaks: tuple[int, ...] = ()
    block: int = 0
    barrier: bool = False
    gaps: tuple[Gap, ...] = ()
    gap_before: int = -1
    gap_end: int = -1
    level: int = 0
    header: tuple[int, int] | None = None
    stands_alone: bool = False
    under: str = ""

    def moved(self, by: int) -> Self:
        """Return it as it stands `by` code points further on, in another text."""
        return replace(
            self,
            start=self.start + by,
            end=self.end + by,
            breaks=tuple(point + by for point in self.breaks),
            gaps=tuple(Gap(gap.start + by, gap.end + by) for gap in self.gaps),
            gap_before=self.gap_before + by if self.gap_before >= 0 else -1,
            gap_end=self.gap_end + by if self.gap_end >= 0 else -1,
            header=(self.header[0] + by, self.header[1] + by) if self.header else None,
        )


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    indent: int
    block: int
    barrier: bool
    gap_before: int = -1
    gap_end: int = -1
    in_column: bool = False


def read_paragraphs(
    text: str, start: int = 0, end: int | None = None, furniture: Set[int] = frozenset()
) -> list[Paragraph]:
    """Return each paragraph of plain text, titles, headings and lines of verse still one by one.

    `furniture` are the numbers, from 0, of lines of the stretch that belong to no paragraph.
    """
    lines = list(_lines(text, start, len(text) if end is None else end, furniture))
    width = _wrap_width(text, lines)
    base = Counter(line.indent for line in lines).most_common(1)[0][0] if lines else 0
    paragraphs: list[Paragraph] = []
    previous: _Line | None = None
    for line in lines:
        if previous and _is_soft(text, previous, line, width, base):
            before = paragraphs[-1]
            gaps = (*before.gaps, *_gap_before(line))
            paragraphs[-1] = replace(before, end=line.end, gaps=gaps)
        else:
            paragraphs.append(
                Paragraph(
                    line.start,
                    line.end,
                    block=line.block,
                    barrier=line.barrier,
                    gap_before=line.gap_before,
                )
            )
        previous = line
    return paragraphs


def _gap_before(part: "_Line | Paragraph") -> tuple[Gap, ...]:
    end = part.gap_end if part.gap_end >= 0 else part.start
    return (Gap(part.gap_before, end),) if part.gap_before >= 0 else ()


def join_lines(text: str, paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Join the short lines of a block that are not sentences: verse, addresses, lists."""
    joined: list[Paragraph] = []
    for _, block in groupby(paragraphs, key=lambda paragraph: paragraph.block):
        joined.extend(_join_block(text, list(block)))
    return joined


def _join_block(text: str, block: Sequence[Paragraph]) -> list[Paragraph]:
    """One paragraph of a block of mostly open short lines, else of each run of them."""
    short = [is_short(text[line.start : line.end]) for line in block]
    is_open = [
        s and not ends_sentence(_tail(text, line)) for s, line in zip(short, block, strict=True)
    ]
    if len(block) > LONGEST_CHAIN and all(short) and 2 * sum(is_open) > len(block):
        return [join(block)]
    joined: list[Paragraph] = []
    run: list[Paragraph] = []
    for line, line_is_short, line_is_open in zip(block, short, is_open, strict=True):
        if line_is_open:
            run.append(line)
        elif run and line_is_short:
            joined.append(join([*run, line]))
            run = []
        else:
            joined.extend(_join_run(run))
            joined.append(line)
            run = []
    return joined + _join_run(run)


def _join_run(run: list[Paragraph]) -> list[Paragraph]:
    """Return a run of short lines as one paragraph, unless so short that they may be headings."""
    return [join(run)] if len(run) > LONGEST_CHAIN else run


def join(paragraphs: Sequence[Paragraph]) -> Paragraph:
    """One paragraph of lines from the first of `paragraphs` to the last, a break before each."""
    first = paragraphs[0]
    breaks = [point for part in paragraphs for point in (part.start, *part.breaks)]
    return replace(
        first,
        end=paragraphs[-1].end,
        kind=Kind.LINES,
        breaks=tuple(breaks[1:]),
        gaps=(*first.gaps, *_gaps_of(paragraphs[1:])),
        level=0,
        header=next((part.header for part in paragraphs if part.header), None),
    )


def _gaps_of(parts: Sequence[Paragraph]) -> list[Gap]:
    """Return the gaps before and inside paragraphs that are joined to others."""
    return [gap for part in parts for gap in (*_gap_before(part), *part.gaps)]


def join_broken(text: str, paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Make whole again the paragraphs that stop in mid-sentence and go on after a page break."""
    prose = [
        piece
        for paragraph in paragraphs
        if paragraph.kind is Kind.TEXT
        and not is_fragment(piece := text[paragraph.start : paragraph.end])
    ]
    punctuated = 2 * sum(ends_sentence(p) or has_complete_sentence(p) for p in prose) > len(prose)
    closed = 2 * sum(map(ends_sentence, prose)) > len(prose)
    joined: list[Paragraph] = []
    for paragraph in paragraphs:
        if joined and punctuated and _is_rest(text, joined[-1], paragraph, closed):
            before = joined[-1]
            gaps = (*before.gaps, *_gaps_of([paragraph]))
            joined[-1] = replace(before, end=paragraph.end, gaps=gaps)
        else:
            joined.append(paragraph)
    return joined


def _is_rest(text: str, before: Paragraph, after: Paragraph, closed: bool) -> bool:
    """Return whether `after` is the rest of `before`.

    `closed` says that most long paragraphs of the text end as sentences do.
    """
    if after.barrier or before.kind is not Kind.TEXT or after.kind is not Kind.TEXT:
        return False
    head, rest = _tail(text, before), text[after.start : after.end]
    if ends_sentence(head) or head.endswith((":", "：")) or is_bullet(rest):
        return False
    is_open = first_letter(rest).islower() or head.endswith((",", "-", "‐"))
    if is_fragment(head) and not is_open:
        return False
    if not first_letter(rest).islower() and _ENDS_FOR_ITSELF.search(head):
        return False
    if first_letter(rest).islower() or _CONTINUES.search(head, max(0, len(head) - 12)):
        return True
    return closed and head[-1].isalnum() and not is_fragment(rest)


def _tail(text: str, paragraph: Paragraph) -> str:
    """Return the end of a paragraph: all of a short one, enough of a long one to judge it by."""
    return text[max(paragraph.start, paragraph.end - 2 * SHORT) : paragraph.end]


def _lines(text: str, start: int, end: int, furniture: Set[int]) -> Iterator[_Line]:
    """Yield the lines that hold something, in order of reading, numbered by block."""
    lines = Lines.of(text[start:end])
    block: list[_Line] = []
    number, barrier, gap = 0, False, -1
    last_end = -1
    for line_number, (line_start, line_end) in enumerate(
        zip(lines.starts, lines.ends, strict=True)
    ):
        line = text[start + line_start : start + line_end]
        if line_number in furniture:
            gap = gap if gap >= 0 or last_end < 0 else last_end
            continue
        if _SEPARATOR.match(line):
            yield from _in_columns(text, block)
            block = []
            number += 2
            barrier = barrier or bool(line.strip("> \t\f"))
            continue
        content = line.strip()
        first = start + line_start + len(line) - len(line.lstrip())
        indent = len(line[: first - start - line_start].expandtabs(4))
        block.append(_Line(first, first + len(content), indent, number, barrier, gap))
        barrier, gap = False, -1
        last_end = start + (lines.starts[line_number + 1] if line_number + 1 < len(lines) else 0)
    yield from _in_columns(text, block)


def _in_columns(text: str, block: list[_Line]) -> Iterator[_Line]:
    """Yield the lines of a block; if it is laid out in two columns, one column after the other."""
    rows = [" " * line.indent + text[line.start : line.end] for line in block]
    place = right_column(rows) if any("   " in row.strip() for row in rows) else 0
    if not place:
        yield from block
        return
    left, right = [], []
    for line in block:
        split = line.start + max(0, place - line.indent)
        own = text[line.start : split].rstrip()
        if own:
            left.append(replace(line, end=line.start + len(own), in_column=True))
        if split < line.end:
            right.append(replace(line, start=split, in_column=True, block=line.block + 1))
    yield from _with_gaps(text, left)
    if right:
        right[0] = replace(right[0], barrier=True, gap_before=-1)
    yield from _with_gaps(text, right)


def _with_gaps(text: str, column: Sequence[_Line]) -> Iterator[_Line]:
    """Yield the lines of a column, each with the gap to the one before it."""
    yield from column[:1]
    for before, line in pairwise(column):
        spaces = len(text[before.end : line.start]) - len(text[before.end : line.start].lstrip())
        yield replace(
            line, gap_before=before.end + spaces if before.end + spaces < line.start else -1
        )


def _wrap_width(text: str, lines: Sequence[_Line]) -> int:
    """Return the column at which the file is hard-wrapped; 0 if it is not.

    A line break is explained by a width if the next line's first word would not have fitted
    before it. Where most are, and lines do go on in mid-sentence, the file is wrapped there.
    """
    pairs = [(a, b) for a, b in pairwise(lines) if a.block == b.block]
    lengths = sorted(a.indent + a.end - a.start for a, _ in pairs)
    if not lengths:
        return 0
    width = lengths[len(lengths) - 1 - len(lengths) // 50]
    if not _NARROWEST_WRAP <= width <= _WIDEST_WRAP:
        return 0
    explained = [(a, b) for a, b in pairs if _is_full(text, a, b, width)]
    going_on = sum(goes_on(text[a.start : a.end], text[b.start : b.end]) for a, b in explained)
    is_wrapped = 2 * len(explained) > len(pairs) and 3 * going_on > len(explained)
    return width if is_wrapped else 0


def _is_full(text: str, line: _Line, following: _Line, width: int) -> bool:
    """Return whether the first word of `following` would not have fitted on `line`."""
    word = _FIRST_WORD.match(text, following.start, following.end)
    length = len(word[1]) if word else 0
    if _UNSPACED.match(text, following.start):
        length = 1
    return line.indent + line.end - line.start + 1 + length > width


def _is_soft(text: str, line: _Line, following: _Line, width: int, base: int) -> bool:
    """Return whether `following` continues the paragraph of `line`; `_wrap_width` gives `width`."""
    if line.block != following.block or line.in_column:
        return line.block == following.block
    head, rest = text[line.start : line.end], text[following.start : following.end]
    if head.startswith(">") != rest.startswith(">"):
        return False
    is_full = _is_full(text, line, following, width) if width else len(head) >= _SHORTEST_WRAPPED
    if is_bullet(rest) and (is_bullet(head) or not is_full or ends_sentence(head)):
        return False
    if not width:
        return is_full and is_short(head) and first_letter(rest).islower() and goes_on(head, rest)
    is_indented = following.indent >= base + 2
    if is_indented and not first_letter(rest).islower() and ends_sentence(head):
        return False
    return is_full or goes_on(head, rest)
