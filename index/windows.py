"""The window of a short passage: the passages of its section that it is ranked together with.

An item of a list, a line of a dialogue, or an answer in a few words does not say what it is about:
what stands beside it does.
"""

from __future__ import annotations

from collections.abc import Sequence

WINDOW_WORDS = 60
"""A passage of fewer words has a window, of at most so many words."""


def windows_of(lengths: Sequence[int]) -> list[range]:
    """Return the window of each passage of a section, as a range of positions.

    A section is what stands between two headings. On pages of questions and answers, windows that
    reached over headings took 0.010 of nDCG@10.

    `lengths` are words. A window grows by the nearest passage that still fits, the one before
    if two are as near. A passage that is not short, or beside which nothing fits, stands alone.

    >>> windows_of([50, 8, 9, 70, 5])
    [range(0, 2), range(0, 2), range(1, 3), range(3, 4), range(4, 5)]
    """
    return [_window(lengths, position) for position in range(len(lengths))]


def _window(lengths: Sequence[int], position: int) -> range:
    first, last = position, position + 1
    room = WINDOW_WORDS - lengths[position]
    while True:
        before = first > 0 and lengths[first - 1] <= room
        after = last < len(lengths) and lengths[last] <= room
        if before and (not after or position - first < last - position):
            first -= 1
            room -= lengths[first]
        elif after:
            room -= lengths[last]
            last += 1
        else:
            return range(first, last)
