"""Page furniture of plain text: page numbers, and running heads and feet around them.

A line is taken for furniture only on evidence that a paragraph does not give: numbers that count
the pages, and lines that come back at the same side of the page breaks.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.splitting.line_cues import Lines

_PAGE = re.compile(
    r"[-–—\[(|\s]*(?P<word>(?:page|seite|pagina|página|p\.|pg\.?)\s*)?(?P<number>\d{1,4})"
    r"(?P<of>\s*(?:of|/|von|de|di|van|sur)\s*\d{1,4})?[-–—\])|\s]*",
    re.IGNORECASE,
)
_NUMBERED_HEAD = re.compile(r"(\d{1,4})(?: {2,}|\t)(\S.*)|(\S.*?)(?: {2,}|\t)(\d{1,4})")
_DIGITS = re.compile(r"\d+")

_LONGEST = 120
_DEEPEST = 3
"""Lines of a running head, or of a foot, at most."""

_SHORTEST_PAGE = 5
"""Lines between two bare numbers that count pages, at least."""

_INDENTED = 8


@dataclass(frozen=True, slots=True)
class _PageNumber:
    line: int
    value: int
    is_worded: bool


def find_furniture(text: str, lines: Lines) -> set[int]:
    """Return the numbers, from 0, of the lines of `text` that are page furniture."""
    if len(lines) < 4:
        return set()
    numbers = {*_page_numbers(text, lines), *_numbered_heads(text, lines)}
    breaks = sorted({*numbers, *_form_feeds(text, lines)})
    if not breaks:
        return set()
    return numbers | _running_lines(text, lines, breaks, numbers)


def _page_numbers(text: str, lines: Lines) -> Iterator[int]:
    """Yield the lines that count the pages: each number is one more than that before."""
    found = list(_candidates(text, lines))
    for is_worded in (True, False):
        chains: dict[int, list[_PageNumber]] = {}
        for number in found:
            if number.is_worded != is_worded:
                continue
            chain = chains.pop(number.value - 1, [])
            if chain and not is_worded and not _is_page_between(text, lines, chain[-1], number):
                chain = []
            chains[number.value] = [*chain, number]
            if len(chain) > 0:
                yield from (member.line for member in chains[number.value][-2:])


def _numbered_heads(text: str, lines: Lines) -> Iterator[int]:
    """Yield running heads with the number of the page on the same line: at least three that count.

    Their words come back, on every page or on every other.
    """
    chains: dict[int, list[_PageNumber]] = {}
    words: dict[int, str] = {}
    for line, (start, end) in enumerate(zip(lines.starts, lines.ends, strict=True)):
        match = (
            _NUMBERED_HEAD.fullmatch(text[start:end].strip()) if end - start < _LONGEST else None
        )
        if match is None or not _stands_apart(text, lines, line):
            continue
        number = _PageNumber(line, int(match[1] or match[4]), is_worded=False)
        words[line] = match[2] or match[3]
        chain = chains.pop(number.value - 1, [])
        if chain and not _is_page_between(text, lines, chain[-1], number):
            chain = []
        chains[number.value] = [*chain, number]
    for chain in chains.values():
        heads = Counter(words[number.line] for number in chain)
        if len(chain) > 2 and max(heads.values()) > 1:
            yield from (number.line for number in chain)


def _candidates(text: str, lines: Lines) -> Iterator[_PageNumber]:
    for line, (start, end) in enumerate(zip(lines.starts, lines.ends, strict=True)):
        if end - start > _LONGEST:
            continue
        match = _PAGE.fullmatch(text, start, end)
        if match is None:
            continue
        is_worded = bool(match["word"] or match["of"])
        indent = match.start("number") - start
        if is_worded or indent >= _INDENTED or _stands_apart(text, lines, line):
            yield _PageNumber(line, int(match["number"]), is_worded)


def _stands_apart(text: str, lines: Lines, line: int) -> bool:
    """Return whether a line has none, or an empty one, on either side."""
    return all(
        not 0 <= other < len(lines) or not text[lines.starts[other] : lines.ends[other]].strip()
        for other in (line - 1, line + 1)
    )


def _is_page_between(text: str, lines: Lines, first: _PageNumber, last: _PageNumber) -> bool:
    if "\f" in text[lines.ends[first.line] : lines.starts[last.line]]:
        return True
    between = range(first.line + 1, last.line)
    written = sum(bool(text[lines.starts[n] : lines.ends[n]].strip()) for n in between)
    return written >= _SHORTEST_PAGE


def _form_feeds(text: str, lines: Lines) -> Iterator[int]:
    """Yield the lines after which a form feed stands."""
    for line, start in enumerate(lines.starts):
        if line and text.startswith("\f", start):
            yield line - 1


def _running_lines(text: str, lines: Lines, breaks: Sequence[int], numbers: set[int]) -> set[int]:
    """Return the lines that come back after page breaks, or before them."""
    found: set[int] = set()
    for step in (1, -1):
        edges = [-1, *breaks] if step > 0 else [*breaks, len(lines)]
        neighbours = {edge: list(_neighbours(text, lines, edge, step, numbers)) for edge in edges}
        counts = Counter(
            _key(text, lines, line) for line in {n for near in neighbours.values() for n in near}
        )
        enough = 2 if len(edges) <= 5 else 3
        for edge, near in neighbours.items():
            if edge in (-1, len(lines)):
                continue  # the first page opens with the title, and the last one closes the text
            for number in near:
                if counts[_key(text, lines, number)] < enough:
                    break
                found.add(number)
    return found


def _neighbours(text: str, lines: Lines, edge: int, step: int, numbers: set[int]) -> Iterator[int]:
    """Yield the next lines from a page break that hold something and are not page numbers."""
    if step < 0 and 0 <= edge < len(lines) and edge not in numbers:
        edge += 1  # a form feed lies after this line
    line, left = edge + step, _DEEPEST
    while 0 <= line < len(lines) and left:
        start, end = lines.starts[line], lines.ends[line]
        if end - start > _LONGEST:
            return
        if text[start:end].strip() and line not in numbers:
            yield line
            left -= 1
        line += step


def _key(text: str, lines: Lines, line: int) -> str:
    """Return a line as it comes back: the numbers in it may differ."""
    return _DIGITS.sub("#", " ".join(text[lines.starts[line] : lines.ends[line]].split()))
