"""What the value of a field is: a date, a number or a text, and when two of them are the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from query.filtering.dates import Days, days_in, may_be_two_days

Kind = Literal["date", "number", "text"]

_NUMBER = re.compile(
    r"(?P<whole>[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,30}))(?:\.\d{0,30})?(?:e[+-]?\d{1,2})?"
    r"|[+-]?\.\d{1,30}",
    re.IGNORECASE | re.ASCII,
)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it is written, and what it can be read as.

    Four figures are both a year and a number: what they are compared with tells which.

    >>> Value.of("2023-06").kinds, Value.of("1,250.5").number, Value.of("soon").kinds
    (('date',), 1250.5, ('text',))
    >>> Value.of("2023").kinds
    ('date', 'number')
    """

    text: str
    days: Days | None
    number: float | None
    may_be_two_days: bool = False

    @classmethod
    def of(cls, text: str) -> Value:
        """Read a value."""
        days = days_in(text)
        return cls(text, days, _number_in(text.strip()), days is None and may_be_two_days(text))

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What it can be read as: a date, a number or both, or else a text.

        A date that may be two days is nothing that could be compared.
        """
        if self.may_be_two_days:
            return ()
        kinds: tuple[Kind, ...] = ("date",) if self.days else ()
        if self.number is not None:
            kinds += ("number",)
        return kinds or ("text",)

    def what(self, wanted: Sequence[Kind] = ()) -> str:
        """Say what it is; one of the kinds that are wanted if it can be that."""
        if self.may_be_two_days:
            return "a date that may be two days"
        alike = [kind for kind in self.kinds if kind in wanted]
        return named(alike[:1] or self.kinds)

    def holds(self, other: Value) -> bool:
        """Return whether another value is the same, case aside, or a date within this one.

        >>> june = Value.of("June 2023")
        >>> june.holds(Value.of("2023-06-15")), june.holds(Value.of("2023"))
        (True, False)
        """
        if self.days and other.days:
            return self.days.first <= other.days.first and other.days.last <= self.days.last
        if self.number is not None and self.number == other.number:
            return True
        return plain(self.text) == plain(other.text)


def named(kinds: Sequence[Kind]) -> str:
    """Return kinds as they are told: "a date or a number"."""
    return " or ".join(f"a {kind}" for kind in kinds)


def _number_in(text: str) -> float | None:
    """Return the number that a text is; a whole one exactly, since it may be long."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    figures = text.replace(",", "")
    return int(figures) if match["whole"] == text else float(figures)


def plain(text: str) -> str:
    """Return a text as it is compared: case, Unicode form and white space aside.

    >>> plain(" Solar  POWER") == plain("solar power")
    True
    """
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def wording(text: str) -> str:
    """Return the words of a text, case and punctuation aside, with a space around each.

    >>> wording("luzin") in wording("By Pavel Luzin"), wording("luz") in wording("By Pavel Luzin")
    (True, False)
    """
    return f" {' '.join(_WORD.findall(plain(text)))} "
