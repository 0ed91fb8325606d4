"""What is said if no document fits a condition: what there is instead, in one line."""

from __future__ import annotations

from collections.abc import Sequence

from index import DocumentRecord
from query.errors import QueryError
from query.filtering.conditions import Condition, in_quotes, quoted
from query.filtering.fields import Column, field_names
from query.filtering.values import Kind, Value, named, plain

_MOST_NAMES = 12
_MOST_VALUES = 6
_LONGEST = 60
_MOST_COMPARED = 5_000


def unknown_field(records: Sequence[DocumentRecord], condition: Condition) -> QueryError:
    """Return the error for a field that no document has: it lists those that there are."""
    names = field_names(records)
    known = _listed(_near_first(condition.name, names), _MOST_NAMES)
    return QueryError(f"no document has a field {condition.name!r}: their fields are {known}")


def unknown_value(column: Column, condition: Condition) -> QueryError:
    """Return the error for `=` and `!=` if no document fits: it lists the values that there are."""
    if condition.operator == "!=":
        return QueryError(f"no document has {condition}: every one with that field has that value")
    known = _listed(_near_first(condition.value, column.by_frequency()), _MOST_VALUES)
    return QueryError(f"no document has {condition}: the values there are {known}")


def only_equal(condition: Condition) -> QueryError:
    """Return the error for a field of which none is less than another."""
    return QueryError(
        f"{condition} cannot be compared: {condition.name} takes = and !=, as in "
        f"{Condition(condition.name, '=', condition.value)}"
    )


def two_kinds(
    column: Column, values: Sequence[Value], given: Value, condition: Condition
) -> QueryError:
    """Return the error for a comparison with values of another kind, or of two kinds."""
    told = f"{condition} cannot be compared: {condition.name} is"
    if kinds := _kinds_wanted(values, given):
        return QueryError(f"{told} {_other_kind(column, values, given, kinds)}")
    alike = [value for value in values if set(value.kinds) & set(given.kinds)]
    if len(alike) == len(values):
        alike = _alike(values)
    alike = alike or [value for value in values if value.may_be_two_days]
    others = [value for value in values if value not in alike]
    told += f" {_placed(column, alike[0], given.kinds)}"
    if not others:
        return QueryError(told)
    told += f" and {_placed(column, others[0])}"
    if given.kinds == ("text",):
        return QueryError(told)
    without = str(Condition(condition.name, "!=", others[0].text))
    return QueryError(f"{told}; the condition {without!r} leaves the latter out")


def _kinds_wanted(values: Sequence[Value], given: Value) -> Sequence[Kind]:
    """Return of which kinds a value should have been given; nothing if the given one will do.

    A text will not do if it can be compared with less than half of the values: a date with a slip
    is a text, and among many dates there may be a text too.
    """
    common = [kind for kind in _broad(values[0]) if all(kind in _broad(v) for v in values)]
    alike = [value for value in values if set(_broad(value)) & set(given.kinds)]
    is_stray = given.kinds == ("text",) and 2 * len(alike) < len(values)
    if common and not set(common) & set(given.kinds):
        return common
    if alike and not is_stray:
        return ()
    kinds: tuple[Kind, ...] = ("date", "number", "text")
    return [max(kinds, key=lambda kind: sum(kind in _broad(value) for value in values))]


def _broad(value: Value) -> tuple[Kind, ...]:
    """Return the kinds of a value; a date that may be two days is a date too."""
    return ("date",) if value.may_be_two_days else value.kinds


def _other_kind(
    column: Column, values: Sequence[Value], given: Value, kinds: Sequence[Kind]
) -> str:
    """Say of which kinds the values are, that the given one is not, and what to give."""
    fit = [value for value in values if set(_broad(value)) & set(kinds)]
    first = next((value for value in fit if value.kinds), fit[0])
    wanted = kinds if len(kinds) == 1 else ()
    told = f"{_placed(column, first, wanted)}, and {_short(given.text)} is"
    such = " such as 2023-06" if "date" in kinds else ""
    if given.kinds == ("text",):
        return f"{told} not {named(kinds)}: give one{such}"
    return f"{told} {given.what()}: give {named(kinds[:1])}{such}"


def nothing_between(
    column: Column, ordered: Sequence[Value], condition: Condition, equal: Sequence[Condition]
) -> QueryError:
    """Return the error for a comparison that holds for nothing: it tells the range there is."""
    among = f" among those with {_all_of(equal)}" if equal else ""
    first, last = (_short(value.text) for value in (ordered[0], ordered[-1]))
    there = f"is {first} everywhere" if first == last else f"runs from {first} to {last}"
    return QueryError(f"no document has {condition}{among}: {condition.name} {there}")


def nothing_together(conditions: Sequence[Condition]) -> QueryError:
    """Return the error for conditions that hold, but for no document together."""
    return QueryError(f"no document has {_all_of(conditions)} together: leave one out")


def _all_of(conditions: Sequence[Condition]) -> str:
    return " and ".join(map(str, conditions))


def _alike(values: Sequence[Value]) -> list[Value]:
    """Return the values that have a kind in common with one that has few."""
    first = min(values, key=lambda value: len(value.kinds))
    return [value for value in values if set(value.kinds) & set(first.kinds)]


def _placed(column: Column, value: Value, wanted: Sequence[Kind] = ()) -> str:
    """Say what a value is, and where it stands."""
    place = column.document_with(value.text)
    return f"{value.what(wanted)} in {place} ({_short(value.text)})"


def _near_first(asked: str, names: Sequence[str]) -> list[str]:
    """Return names with those first that look like one, or of which a word does."""
    from difflib import get_close_matches

    owners: dict[str, list[str]] = {}
    for name in names[:_MOST_COMPARED]:
        whole = plain(name)
        for part in dict.fromkeys([whole, *whole.split()]):
            owners.setdefault(part, []).append(name)
    near = get_close_matches(plain(asked), owners, _MOST_VALUES)
    return list(dict.fromkeys([*(name for part in near for name in owners[part]), *names]))


def _listed(names: Sequence[str], most: int) -> str:
    shown = ", ".join(map(_shown, names[:most]))
    rest = len(names) - most
    return f"{shown} and {rest:,} more" if rest > 0 else shown


def _shown(text: str) -> str:
    """Return a value as it is listed among others: in quotation marks if it needs some."""
    short = _short(text)
    return in_quotes(short) if "," in short else quoted(short)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4].rstrip()} ..."
