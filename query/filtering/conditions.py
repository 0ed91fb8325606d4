"""Conditions on documents, as they are typed: `date >= 2023-06`, `author = Luzin`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast

from query.errors import QueryError

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "is"]
"""How values are compared. "is" is not typed: it asks for the whole value as it is written."""

_OPERATOR = re.compile(r"==|[!<>]=|[=<>]")
_QUOTED = re.compile(r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'")
_QUOTES = ('"', "'")
_LONGEST = 1_000
_EXAMPLE = "give a name, one of = != < <= > >=, and a value, such as 'date >= 2023-06'"


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold for a document: the values of a field, compared with one that was given.

    As text it can be read again:

    >>> print(Condition("tag", "!=", " solar "))
    tag != " solar "
    """

    name: str
    operator: Operator
    value: str

    def __str__(self) -> str:
        sign = "=" if self.operator == "is" else self.operator
        return f"{quoted(self.name)} {sign} {quoted(self.value)}"


def condition_in(text: str) -> Condition:
    '''Return the condition that a text is: NAME, one of = != < <= > >=, and VALUE.

    Spaces around the sign are free, and `==` is `=`. NAME and VALUE may be in quotation marks, " or
    ', and have to be if they begin with one, hold a sign in NAME, or begin with a sign in VALUE. A
    mark inside is doubled then. Raises QueryError for any other text.

    >>> condition_in("date>=2023-06")
    Condition(name='date', operator='>=', value='2023-06')
    >>> condition_in('tag = "say ""=="""').value
    'say "=="'
    '''
    if not isinstance(text, str):
        raise QueryError(f"a condition is text, not {type(text).__name__}: {_EXAMPLE}")
    shown = text if len(text) <= _LONGEST else f"{text[:40]} ..."
    stripped = text.strip()
    quoted = _QUOTED.match(stripped)
    sign = _OPERATOR.search(stripped, quoted.end() if quoted else 0)
    if sign is None or len(text) > _LONGEST:
        raise QueryError(f"{shown!r} is not a condition: {_EXAMPLE} (a shell needs the quotes)")
    name = _unquoted(stripped[: sign.start()].strip())
    value = _unquoted(stripped[sign.end() :].strip())
    if not name or not value or _OPERATOR.match(stripped[sign.end() :].strip()):
        raise QueryError(f"{shown!r} is not a condition: {_EXAMPLE}")
    operator = "=" if sign[0] == "==" else sign[0]
    return Condition(name, cast("Operator", operator), value)


def conditions_in(where: str | Iterable[str] | None) -> tuple[Condition, ...]:
    """Return the conditions of a filter: one, or several that must hold together."""
    if where is None:
        return ()
    return tuple(condition_in(text) for text in ([where] if isinstance(where, str) else where))


def quoted(text: str) -> str:
    """Return a name or a value as it has to be typed."""
    is_plain = text == text.strip() and not text.startswith(_QUOTES)
    return text if text and is_plain and not _OPERATOR.search(text) else in_quotes(text)


def in_quotes(text: str) -> str:
    """Return a name or a value in quotation marks, those inside doubled."""
    return '"' + text.replace('"', '""') + '"'


def _unquoted(text: str) -> str | None:
    """Return a name or a value without its quotation marks; None if they are not closed."""
    if not text.startswith(_QUOTES):
        return text
    if not _QUOTED.fullmatch(text):
        return None
    return text[1:-1].replace(text[0] * 2, text[0])
