"""Plain text to paragraphs, whatever the file's habits: blank lines, line ends, hard wraps."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import groupby, pairwise

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
    r"(?:[,;，；、،؛\-‐‑–—]|(?<!\w)(?:a|an|and|as|at|but|by|for|from|in|into|is|its|nor|of|on|or|"
    r"our|than|that|the|their|to|was|were|which|with))$",
    re.IGNORECASE,
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
    something stood before it across which no sentence goes.
    """

    start: int
    end: int
    kind: Kind = Kind.TEXT
    breaks: tuple[int, ...] = ()
    block: int = 0
    barrier: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    indent: int
    block: int
    barrier: bool


def read_paragraphs(text: str, start: int = 0, end: int | None = None) -> list[Paragraph]:
    """Return each paragraph of plain text, titles, headings and lines of verse still one by one."""
    lines = list(_lines(text, start, len(text) if end is None else end))
    width = _wrap_width(text, lines)
    base = Counter(line.indent for line in lines).most_common(1)[0][0] if lines else 0
    paragraphs: list[Paragraph] = []
    previous: _Line | None = None
    for line in lines:
        if previous and _is_soft(text, previous, line, width, base):
            paragraphs[-1] = replace(paragraphs[-1], end=line.end)
        else:
            paragraphs.append(
                Paragraph(line.start, line.end, block=line.block, barrier=line.barrier)
            )
        previous = line
    return paragraphs


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
    breaks = [point for part in paragraphs for point in (part.start, *part.breaks)]
    return Paragraph(
        paragraphs[0].start,
        paragraphs[-1].end,
        Kind.LINES,
        tuple(breaks[1:]),
        paragraphs[0].block,
        paragraphs[0].barrier,
    )


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
            joined[-1] = replace(joined[-1], end=paragraph.end)
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
    if ends_sentence(head) or head.endswith((":", "：")) or is_bullet(rest) or is_fragment(head):
        return False
    if first_letter(rest).islower() or _CONTINUES.search(head, max(0, len(head) - 12)):
        return True
    return closed and head[-1].isalnum() and not is_fragment(rest)


def _tail(text: str, paragraph: Paragraph) -> str:
    """Return the end of a paragraph: all of a short one, enough of a long one to judge it by."""
    return text[max(paragraph.start, paragraph.end - 2 * SHORT) : paragraph.end]


def _lines(text: str, start: int, end: int) -> Iterator[_Line]:
    """Yield the lines that hold something, numbered by block."""
    lines = Lines.of(text[start:end])
    block, barrier = 0, False
    for line_start, line_end in zip(lines.starts, lines.ends, strict=True):
        line = text[start + line_start : start + line_end]
        if _SEPARATOR.match(line):
            block += 1
            barrier = barrier or bool(line.strip("> \t"))
            continue
        content = line.strip()
        first = start + line_start + len(line) - len(line.lstrip())
        indent = len(line[: first - start - line_start].expandtabs(4))
        yield _Line(first, first + len(content), indent, block, barrier)
        barrier = False


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
    if line.block != following.block:
        return False
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
