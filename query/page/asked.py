"""What the address of the page asks: a question, how it is searched, and what is open."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self, cast
from urllib.parse import urlencode

from index import Mode
from query.errors import QueryError
from query.filtering.conditions import Condition
from query.options import MOST_CHANCE, SearchOptions

MOST_HITS = 100
"""The most hits that a page shows."""

_HITS = 10
_LONGEST = 2000
"""Characters of a question, and of any other value, beyond which an address is refused."""

_MOST_VALUES = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, or a passage that others are to be `like`, and how it is searched.

    `docs`, `where`, `most_chance` and `min_score` are those of `SearchOptions`. With `show_all` the
    nearest passages are shown, also those that match no better than chance. `opened` is the id of
    the passage whose article is open, "" for that of the first hit.

    >>> asked = Asked.of([("q", "ceasefire terms"), ("doc", "2023/*"), ("k", "3")])
    >>> asked.address(), asked.address(k=10, opened="a.txt#2")
    ('/?q=ceasefire+terms&doc=2023%2F%2A&k=3', '/?q=ceasefire+terms&doc=2023%2F%2A&open=a.txt%232')
    """

    question: str = ""
    like: str = ""
    docs: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    mode: Mode = "hybrid"
    k: int = _HITS
    most_chance: float = MOST_CHANCE
    min_score: float | None = None
    show_all: bool = False
    opened: str = ""

    @classmethod
    def of(cls, parameters: Iterable[tuple[str, str]]) -> Self:
        """Return what the parameters of an address ask; other parameters are passed over.

        Raises QueryError for a value that cannot be meant.
        """
        given: dict[str, list[str]] = {}
        for name, value in parameters:
            if len(value) > _LONGEST:
                raise QueryError(f"{name} has more than {_LONGEST:,} characters: shorten it")
            given.setdefault(name, []).append(value)
        if any(len(values) > _MOST_VALUES for values in given.values()):
            raise QueryError(f"a parameter is given more than {_MOST_VALUES} times")
        chance = _number(given, "p")
        asked = cls(
            question=_last(given, "q"),
            like=_last(given, "like"),
            docs=tuple(filter(None, given.get("doc", ()))),
            where=tuple(filter(None, given.get("where", ()))),
            mode=cast("Mode", _last(given, "mode") or "hybrid"),
            k=whole_number("k", _last(given, "k"), _HITS, 1, MOST_HITS),
            most_chance=MOST_CHANCE if chance is None else chance,
            min_score=_number(given, "min_score"),
            show_all=_last(given, "all") == "1",
            opened=_last(given, "open"),
        )
        asked.options()  # which checks what it is given
        return asked

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked."""
        return not self.question.strip() and not self.like

    def options(self) -> SearchOptions:
        """Return how the question is searched."""
        return SearchOptions(
            self.k,
            self.docs or None,
            self.mode,
            self.min_score,
            self.most_chance,
            matches_only=not self.show_all,
            where=self.where or None,
        )

    def address(self, path: str = "/", **changes: Any) -> str:  # noqa: ANN401 - as `replace` has it
        """Return the address of the page that asks this, with some fields changed."""
        asked = replace(self, **changes)
        values = [
            ("q", asked.question),
            ("like", asked.like),
            *(("doc", doc) for doc in asked.docs),
            *(("where", condition) for condition in asked.where),
            ("mode", "" if asked.mode == "hybrid" else asked.mode),
            ("k", "" if asked.k == _HITS else str(asked.k)),
            ("p", "" if asked.most_chance == MOST_CHANCE else f"{asked.most_chance:.12g}"),
            ("min_score", "" if asked.min_score is None else f"{asked.min_score:.12g}"),
            ("all", "1" if asked.show_all else ""),
            ("open", asked.opened),
        ]
        query = urlencode([(name, value) for name, value in values if value])
        return f"{path}?{query}" if query else path


def asked_first(given: Mapping[str, Iterable[str]], fields: Mapping[str, str]) -> Asked:
    """Return what the page asks when it is opened, by the names that its address has.

    A value that a field must have becomes a condition, which the page has. Raises QueryError for a
    value that cannot be meant.
    """
    conditions = [("where", str(Condition(name, "is", value))) for name, value in fields.items()]
    return Asked.of([*((name, value) for name in given for value in given[name]), *conditions])


def _last(given: dict[str, list[str]], name: str) -> str:
    return given.get(name, [""])[-1]


def _number(given: dict[str, list[str]], name: str) -> float | None:
    """Return the value of a parameter, None without; QueryError unless it is a finite number."""
    text = _last(given, name)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise QueryError(f"{name} is {text[:40]!r}: give a number")
    return number


def whole_number(name: str, text: str, default: int, least: int, most: int) -> int:
    """Return the value of a parameter; QueryError unless it is a number from `least` to `most`."""
    if not text:
        return default
    # Python raises an error for some thousands of digits.
    number = int(text) if re.fullmatch("[0-9]{1,10}", text) else -1
    if not least <= number <= most:
        raise QueryError(f"{name} is {text[:40]!r}: give a number from {least} to {most:,}")
    return number
