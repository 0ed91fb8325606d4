"""MDX to structure: as Markdown, without the code of its components."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from index.splitting.front_matter import find_front_matter
from index.splitting.line_cues import Lines
from index.splitting.line_reading import around_gaps
from index.splitting.markdown import read_markdown
from index.splitting.paragraphs import Paragraph
from index.splitting.structure import Omission, Structure
from index.types import Gap

_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})")
_CODE = re.compile(
    r"import\s*(?:[\w*{},$\s]{1,500}?[\s}]from\s*)?['\"]|export\s+(?:default|const|let|var|function|async|class|type"
    r"|interface|enum)\b|export\s+[{*]"
)
_COMMENT = re.compile(r"[ \t]*\{/\*")
_TAG = re.compile(r"[ \t]*<(?:/?[A-Za-z][\w.:-]*(?=[\s/>]|$)|/?>)")
_END_OF_TAG = re.compile(r"(?<!=)>[ \t]*$")
_VALUE = r"(?:\"[^\"]*\"|'[^']*'|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})"
_ATTRIBUTE = rf"(?:[\w:.-]+(?:\s*=\s*{_VALUE})?|\{{[^{{}}]*\}})"
_ONLY_TAGS = re.compile(rf"\s*(?:</?(?:[A-Za-z][\w.:-]*)?(?:\s+{_ATTRIBUTE})*\s*/?>\s*)+")
_LONGEST_COMMENT = 10_000
_MOST_LINES = 50
"""Lines that a tag takes, at most."""


def read_mdx(text: str) -> Structure:
    """Return the head and the paragraphs of an MDX file, and the markup in them."""
    spans = list(_code(text))
    if not spans:
        return read_markdown(text)
    # In the place of code are as many spaces, so that offsets stay what they are.
    parts, position = [], 0
    for start, end in spans:
        parts += [text[position:start], re.sub(r"[^\r\n]", " ", text[start:end])]
        position = end
    structure = read_markdown("".join([*parts, text[position:]]))
    omissions = [*structure.omissions, *(Omission(start, end, "markup") for start, end in spans)]
    left_out = [(span.start, span.end) for span in omissions]
    left_out += [(span.start, span.end) for span in structure.head.spans]
    paragraphs = [_without(paragraph, spans) for paragraph in structure.paragraphs]
    return replace(structure, paragraphs=around_gaps(paragraphs, left_out), omissions=omissions)


def _without(paragraph: Paragraph, spans: Sequence[tuple[int, int]]) -> Paragraph:
    """Return a paragraph with gaps where code stands inside it.

    What stands before it is found anew, for there may be code beside the markup.
    """
    start, end = paragraph.start, paragraph.end
    inside = tuple(Gap(*span) for span in spans if start <= span[0] and span[1] <= end)
    return replace(paragraph, gaps=(*paragraph.gaps, *inside), gap_before=-1, gap_end=-1)


def _code(text: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches of imports, exports, comments, and lines that hold only tags."""
    lines = Lines.of(text)
    front_matter = find_front_matter(text)
    number = lines.number_at(front_matter.end()) - 1 if front_matter else 0
    fence = ""
    while number < len(lines):
        start = lines.starts[number]
        line = text[start : lines.ends[number]]
        end = number + 1
        if match := _FENCE.match(line):
            fence = _after_fence(fence, match[1], line)
        elif not fence:
            end = _end_of_code(text, lines, number)
            if end > number:
                yield start, lines.ends[end - 1]
            end = max(end, number + 1)
        number = end


def _after_fence(fence: str, mark: str, line: str) -> str:
    """Return the mark of the block of code that is open after a line that may fence one."""
    if not fence:
        return mark
    closes = line.strip("> \t") == mark and mark.startswith(fence)
    return "" if closes else fence


def _end_of_code(text: str, lines: Lines, number: int) -> int:
    """Return the line after the code that begins on a line; the line itself if none does."""
    line = text[lines.starts[number] : lines.ends[number]]
    if _CODE.match(text, lines.starts[number]):
        return _next_blank(text, lines, number)
    if _COMMENT.match(line):
        closing = text.find("*/}", lines.starts[number], lines.starts[number] + _LONGEST_COMMENT)
        end = lines.number_at(closing) if closing >= 0 else number + 1
        is_whole = text[closing + 3 : lines.ends[end - 1]].strip() == ""
        return end if closing >= 0 and is_whole else number
    if _TAG.match(line):
        for end in range(number + 1, min(number + _MOST_LINES, len(lines)) + 1):
            last = text[lines.starts[end - 1] : lines.ends[end - 1]]
            if not last.strip():
                break
            if _END_OF_TAG.search(last):
                own = _ONLY_TAGS.fullmatch(text, lines.starts[number], lines.ends[end - 1])
                return end if own else number
    return number


def _next_blank(text: str, lines: Lines, number: int) -> int:
    while number < len(lines) and text[lines.starts[number] : lines.ends[number]].strip():
        number += 1
    return number
