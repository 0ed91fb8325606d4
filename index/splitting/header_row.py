"""Whether a table of values has a header, and which row it is: told by the cells themselves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

LOOKED_AT = 200
"""Rows by which a header is found."""

_LONGEST_NAME = 80
"""Characters of the name of a column."""

_LETTER = re.compile(r"[^\W\d_]")
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_BEGINS_AS_VALUE = re.compile(r"[\W_]*\d")


def find_header(rows: Sequence[Sequence[str]]) -> int | None:
    """Return the number, from 0, of the row that is the header; None if there is none.

    It is the first row that is as long as most and mostly filled, if its cells are names: text,
    each another one, none of them a value below it. Titles and notes may stand above it.

    >>> find_header([["Costs", ""], ["name", "cost"], ["lock", "1250"]])
    1
    >>> find_header([["lock", "1250"], ["bridge", "980"]])
    """
    length, _ = most_frequent(Counter(len(row) for row in rows if any(row)))
    full = (n for n, row in enumerate(rows) if len(row) == length and _is_filled(row))
    number = next(full, None)
    if number is None or length < 2:
        return None
    names, below = rows[number], [row for row in rows[number + 1 :] if any(row)]
    given = [name.casefold() for name in names if name]
    if not below or len(set(given)) < len(given):
        return None
    if not all(map(_is_name, names)) or all(map(_YEAR.fullmatch, given)):
        return None
    columns = zip(*(row[:length] for row in below if len(row) >= length), strict=True)
    found = any(name and name in values for name, values in zip(names, columns, strict=False))
    return None if found else number


def most_frequent(lengths: Counter[int]) -> tuple[int, float]:
    """Return how many cells most rows have, and the share of these rows."""
    if not lengths:
        return 0, 0.0
    length, count = max(lengths.items(), key=lambda item: (item[1], item[0]))
    return length, count / lengths.total()


def _is_filled(row: Sequence[str]) -> bool:
    """Return whether most cells of a row hold something, or the half with an empty corner."""
    filled = sum(map(bool, row))
    return 2 * filled > len(row) or (2 * filled == len(row) > 0 and not row[0])


def _is_name(cell: str) -> bool:
    """Return whether a cell may be the name of a column: text, a year, or nothing."""
    if not cell or _YEAR.fullmatch(cell):
        return True
    is_short = len(cell) <= _LONGEST_NAME
    return is_short and bool(_LETTER.search(cell)) and not _BEGINS_AS_VALUE.match(cell)
