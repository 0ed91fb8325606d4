"""Headings: each opens the paragraph after it, and stands over all that follow in its section."""

import re
from collections.abc import Callable, Iterator, Sequence

from index.splitting.paragraphs import Kind, Paragraph, join

_MARKS = re.compile(
    r"^[>\s]*#{1,6}\s+|\s+#+\s*$|\s*[\r\n][>\s]*[=-]+\s*$|^(?:\*\*|__)|(?:\*\*|__)$"
)
_NUMBERED = re.compile(
    r"\s*(?:(?:§\s*)?(\d{1,3}(?:\.\d{1,3}){0,5})\.?\s|(chapter|part)\s)", re.IGNORECASE
)
_UNNUMBERED = 20
_LONGEST = 120


def under_headings(
    paragraphs: Sequence[Paragraph], shown: Callable[[Paragraph], str]
) -> Iterator[tuple[Paragraph, tuple[str, ...]]]:
    """Yield each paragraph with the headings before it, and the path of all it stands under.

    `shown` gives the text of a heading without its markup.
    """
    open_headings: list[tuple[int, str]] = []
    waiting: list[Paragraph] = []
    for paragraph in paragraphs:
        if paragraph.kind is Kind.HEADING:
            heading = _wording(shown(paragraph))
            level = _level(paragraph, heading, chained=bool(waiting))
            while open_headings and open_headings[-1][0] >= level:
                open_headings.pop()
            open_headings.append((level, heading))
            waiting.append(paragraph)
            continue
        own = join([*waiting, paragraph]) if waiting else paragraph
        waiting = []
        place = (paragraph.under,) if paragraph.under else ()
        yield own, (*(heading for _, heading in open_headings), *place)
    if waiting:
        path = tuple(heading for _, heading in open_headings)
        yield (join(waiting) if len(waiting) > 1 else waiting[0]), path


def _wording(heading: str) -> str:
    return " ".join(_MARKS.sub("", heading.strip()).split())[:_LONGEST]


def _level(paragraph: Paragraph, heading: str, *, chained: bool) -> int:
    """Return the level of a heading, 1 the highest: as marked, or else by its number.

    One without either is below all that have one, and of two in a row the second is below.
    """
    if paragraph.level:
        return paragraph.level
    match = _NUMBERED.match(heading)
    if match is None:
        return _UNNUMBERED + int(chained)
    return 1 if match[2] else 1 + match[1].count(".") + 1
