"""Plain text that is laid out in two columns, as PDF programs print it."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from index.splitting.line_cues import ends_sentence, first_letter

_GUTTER = 3
_FEWEST_LINES = 3
_FEWEST_WORDS = 3


def right_column(lines: Sequence[str]) -> int:
    """Return the place at which the right one of two columns begins in all lines; 0 if none does.

    Both columns must be prose that goes on from line to line, so that a table is not one.
    """
    if len(lines) < _FEWEST_LINES or any("\t" in line for line in lines):
        return 0
    starts = Counter(place for line in lines for place in _after_gutters(line))
    if not starts:
        return 0
    place, count = max(starts.items(), key=lambda item: (item[1], -item[0]))
    if count < _FEWEST_LINES or 3 * count < 2 * len(lines):
        return 0
    if any(line[place - 2 : place].strip() for line in lines):
        return 0
    left = [line[:place].strip() for line in lines]
    right = [line[place:].strip() for line in lines]
    return place if _is_prose(left) and _is_prose(right) else 0


def _after_gutters(line: str) -> list[int]:
    """Return the places in a line at which something begins after a gutter."""
    text = line.rstrip()
    found = []
    place = len(text) - len(text.lstrip())
    while (gap := text.find(" " * _GUTTER, place)) >= 0:
        place = gap + len(text[gap:]) - len(text[gap:].lstrip())
        found.append(place)
    return found


def _is_prose(column: Sequence[str]) -> bool:
    """Return whether most lines of a column go on in the middle of a sentence."""
    lines = [line for line in column if line]
    if len(lines) < _FEWEST_LINES or len(" ".join(lines).split()) < _FEWEST_WORDS * len(lines):
        return False
    going_on = sum(
        first_letter(after).islower() and not ends_sentence(before)
        for before, after in pairwise(lines)
    )
    return 2 * going_on >= len(lines) - 1
