"""Dates as files and articles write them, each as the days that it stands for."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from query.months import MONTHS

_LEAD = (
    r"(?:(?:first\s+|last\s+)?(?:published|updated|posted|dated?|created|modified)(?:\s+on)?"
    r"\s*:?\s*)?(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
)
_DAY = r"(?:the\s+)?(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?"
_MONTH = r"(?P<month>[a-z]{3,9})\.?"
_YEAR = r"(?P<year>\d{4})"
_TIME = (
    r"(?:(?:T|,?\s+(?:at\s+)?)\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?"
    r"(?:\s*[ap]\.?m\.?)?(?:\s*(?:[+-]\d{2}:?\d{2}|[a-z]{1,5}))?)?"
)
_FORMS = tuple(
    re.compile(_LEAD + form + _TIME, re.IGNORECASE | re.ASCII)
    for form in (
        rf"{_YEAR}(?:(?P<sign>[-/])(?P<month>\d{{1,2}})(?:(?P=sign)(?P<day>\d{{1,2}}))?)?",
        rf"{_YEAR}\.(?P<month>\d{{1,2}})\.(?P<day>\d{{1,2}})",
        rf"{_YEAR}年(?:(?P<month>\d{{1,2}})月(?:(?P<day>\d{{1,2}})日)?)?",
        rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        rf"{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}",
        rf"{_DAY}-{_MONTH}-{_YEAR}",
        rf"{_MONTH},?\s+{_YEAR}",
    )
)
_FIGURES = re.compile(
    rf"{_LEAD}(?P<one>\d{{1,2}})(?P<sign>[-/.])(?P<other>\d{{1,2}})(?P=sign){_YEAR}{_TIME}",
    re.IGNORECASE | re.ASCII,
)
_STAMP = r"[<\[](\d{4})-(\d{2})-(\d{2})(?:\s[^<>\[\]]{0,40})?[>\]]"
_ORG = re.compile(rf"{_STAMP}(?:--{_STAMP})?", re.ASCII)
_HAS_YEAR = re.compile(r"\d{4}", re.ASCII)
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Days:
    """The days that a date stands for, from the first to the last."""

    first: date
    last: date


def days_in(text: str) -> Days | None:
    """Return the days of a text that is a date and nothing else, or None.

    A date is a day, a month or a year: in ISO 8601, with English names of months, in figures, or as
    Org writes a day or a span of days. A time of day does not count. In figures, day and month may
    stand in either order, and what could be two days is not read.

    >>> days_in("2023-06"), days_in("Nov. 10, 2023") == days_in("2023-11-10T08:30:00Z")
    (Days(first=datetime.date(2023, 6, 1), last=datetime.date(2023, 6, 30)), True)
    >>> days_in("25.11.2023") == days_in("25 November 2023"), days_in("10.11.2023")
    (True, None)
    >>> days_in("<2023-06-05 Mon 10:00 +1w>") == days_in("2023-06-05")
    True
    """
    found = _readings(text)
    return found[0] if len(found) == 1 else None


def may_be_two_days(text: str) -> bool:
    """Return whether a text is a date in figures of which nobody can say which day it is.

    >>> may_be_two_days("10.11.2023"), may_be_two_days("25.11.2023"), may_be_two_days("1.1.2023")
    (True, False, False)
    """
    return len(_readings(text)) > 1


def _readings(text: str) -> list[Days]:
    """Return what a date may mean, or nothing."""
    if len(text) > _LONGEST or not _HAS_YEAR.search(text):
        return []
    plain = text.strip("*_ .")
    for form in _FORMS:
        if match := form.fullmatch(plain):
            parts = {"month": None, "day": None} | match.groupdict()
            days = _days(parts["year"], parts["month"], parts["day"])
            return [days] if days else []
    if match := _ORG.fullmatch(plain):
        return _org(match)
    match = _FIGURES.fullmatch(plain)
    if match is None:
        return []
    year, one, other = match["year"], match["one"], match["other"]
    both = (_days(year, other, one), _days(year, one, other))
    return list(dict.fromkeys(days for days in both if days))


def _org(match: re.Match[str]) -> list[Days]:
    """Return the day of a timestamp, or the days from one to another."""
    year, month, day, *last = match.groups()
    days = _days(year, month, day)
    if days is None or last[0] is None:
        return [days] if days else []
    until = _days(*last)
    return [Days(days.first, until.last)] if until and days.first <= until.last else []


def _days(year: str | None, month: str | None, day: str | None) -> Days | None:
    """Return the days of a year, a month or a day; None if there is no such one."""
    number = 0 if month is None else MONTHS.get(month.lower()) or _figure(month)
    if number is None or year is None:
        return None
    try:
        if day is not None:
            only = date(int(year), number, int(day))
            return Days(only, only)
        if month is not None:
            last = monthrange(int(year), number)[1]
            return Days(date(int(year), number, 1), date(int(year), number, last))
        return Days(date(int(year), 1, 1), date(int(year), 12, 31))
    except ValueError:
        return None


def _figure(month: str) -> int | None:
    return int(month) if month.isdecimal() else None
