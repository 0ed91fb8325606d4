"""Dates in figures: "2023-04-05", "5/4/2023", "5.4.2023"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_DATE = re.compile(
    r"(?<![\w./-])(?:(?P<year>\d{4})(?P<sign>[-/.])(?P<month>\d{1,2})(?P=sign)(?P<day>\d{1,2})"
    r"|(?P<one>\d{1,2})(?P<between>[-/.])(?P<other>\d{1,2})(?P=between)(?P<last>\d{4}))"
    r"(?!\d|[-/]\d|\.\d)"
)
_LAST_MONTH, _LAST_DAY = 12, 31


@dataclass(frozen=True, slots=True)
class Date:
    """A day; the month is a number from 1 to 12."""

    year: int
    month: int
    day: int


def dates_in(text: str) -> Iterator[tuple[tuple[int, int], tuple[Date, ...]]]:
    """Yield the span of each date in figures, with what it may mean.

    The year is first or last. If it is last, day and month may stand in either order.

    >>> [[(d.day, d.month) for d in dates] for _, dates in dates_in("4/3/1643 and 1643-04-03")]
    [[(4, 3), (3, 4)], [(3, 4)]]
    """
    for match in _DATE.finditer(text):
        if match["year"]:
            read = [(match["year"], match["month"], match["day"])]
        else:
            one, other, year = match["one"], match["other"], match["last"]
            read = [(year, other, one), (year, one, other)]
        days = dict.fromkeys(Date(int(year), int(month), int(day)) for year, month, day in read)
        valid = tuple(d for d in days if 0 < d.month <= _LAST_MONTH and 0 < d.day <= _LAST_DAY)
        if valid:
            yield match.span(), valid
