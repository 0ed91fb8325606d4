"""The documents that conditions mean: `--where` at the command line, `where=` in Python."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from index import DocumentRecord
from query.document_filter import documents_below
from query.filtering.conditions import Condition
from query.filtering.fields import UNORDERED, WORDED, Column
from query.filtering.refusals import (
    nothing_between,
    nothing_together,
    only_equal,
    two_kinds,
    unknown_field,
    unknown_value,
)
from query.filtering.values import Kind, Value, plain, wording

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def documents_that_fit(
    records: Sequence[DocumentRecord],
    conditions: Sequence[Condition],
    corpus: Path | None = None,
    folders: Iterable[str] = (),
) -> set[str]:
    """Return the doc_ids of the documents for which all conditions hold.

    - A name means a field in any case, in the singular or the plural: `tag` is `tags`. `author` is
      the byline, and `published` the date. `format` is the name of a format or a suffix, and
      `folder` is a folder in which a document lies, or below which. It is read as
      `query.document_filter.matching_doc_ids` reads one, with `corpus` and `folders` as there.
    - In tags, keywords and categories, a single text with commas or semicolons is a list, unless
      the value that is given has some too.
    - A document without the field does not fit, whatever the sign is.
    - `=` holds if one of the values is this one, case aside, and `!=` if none is. In a title, a
      subtitle and a byline, it holds if the words of the value stand there one after the other.
    - A value is read as a date, else as a number, else as text. `<`, `<=`, `>` and `>=` compare
      values of one kind, and hold if they hold for one of the values of a document.
    - A date is a span from its first day to its last one. `<` is before the first day of the one
      that is given, `<=` up to its last one, `>=` from its first one, `>` after its last one, and
      `=` within it; each for all days of the date in the document.

    The values that `<` and the like compare are those of the documents for which every `=` and `!=`
    holds. Raises QueryError if no document has a field, if nothing fits, and if a field that `<` or
    the like compares has values of two kinds.

    >>> from index.types import DocumentRecord, Head
    >>> may = DocumentRecord("a.md", "", Head(date="May 3, 2023"), 0, 0, 1)
    >>> july = DocumentRecord("b.md", "", Head(date="2023-07"), 0, 1, 1)
    >>> documents_that_fit([may, july], [Condition("date", ">=", "2023-06")])
    {'b.md'}
    """
    columns = [(condition, _column(records, condition)) for condition in conditions]
    for condition, column in columns:
        if not column.values:
            raise unknown_field(records, condition)
        if condition.operator in _COMPARE and column.key in UNORDERED:
            raise only_equal(condition)
    equal = [each for each in columns if each[0].operator not in _COMPARE]
    compared = [each for each in columns if each[0].operator in _COMPARE]
    found = [_equal(column, condition, corpus, folders) for condition, column in equal]
    left = {record.doc_id for record in records}.intersection(*found)
    held = [condition for condition, _ in equal]
    found = [_compared(column.among(left), condition, held) for condition, column in compared]
    fit = left.intersection(*found)
    if not fit:
        raise nothing_together(conditions)
    return fit


def _column(records: Sequence[DocumentRecord], condition: Condition) -> Column:
    """Return the field that a condition is about; lists as a whole if its value may be one."""
    whole = condition.operator == "is" or "," in condition.value or ";" in condition.value
    return Column.of(records, condition.name, whole=whole)


def _equal(
    column: Column, condition: Condition, corpus: Path | None, folders: Iterable[str]
) -> set[str]:
    """Return the documents that have the value, or, for `!=`, other values alone."""
    found = column.fitting(_same_as(condition, column.key))
    if column.key == "folder" and condition.operator != "is":
        found |= documents_below(column.values, condition.value, corpus, folders)
    if condition.operator == "!=":
        found = column.values.keys() - found
    if not found:
        raise unknown_value(column, condition)
    return found


def _same_as(condition: Condition, key: str) -> Callable[[str], bool]:
    """Return the test of whether a value of a field is the one of a condition."""
    same = plain(condition.value)
    if condition.operator == "is":
        return lambda text: plain(text) == same
    if key in WORDED and (words := wording(condition.value)).strip():
        return lambda text: words in wording(text)
    if key == "format":
        same = same.removeprefix(".").replace(" ", "_")
    if key in UNORDERED:
        return lambda text: plain(text) == same
    value = Value.of(condition.value)
    return lambda text: value.holds(Value.of(text))


def _compared(column: Column, condition: Condition, equal: Sequence[Condition]) -> set[str]:
    """Return the documents that have a value on the side of the given one that is wanted."""
    if not column.values:
        raise nothing_together([*equal, condition])
    values = {text: Value.of(text) for text in dict.fromkeys(column.all())}
    given = Value.of(condition.value)
    kinds = [kind for kind in given.kinds if all(kind in value.kinds for value in values.values())]
    if not kinds:
        raise two_kinds(column, list(values.values()), given, condition)
    holds = _COMPARE[condition.operator]
    # What is before or up to a date is so with its last day, and what is after or from it with its
    # first one.
    with_last = condition.operator in ("<", "<=")
    bound = _place(given, kinds[0], last=condition.operator in ("<=", ">"))
    found = column.fitting(
        lambda text: holds(_place(values[text], kinds[0], last=with_last), bound)
    )
    if not found:
        ordered = sorted(values.values(), key=lambda value: _place(value, kinds[0], last=False))
        raise nothing_between(column, ordered, condition, equal)
    return found


def _place(value: Value, kind: Kind, *, last: bool) -> date | float | str:
    """Return what a value is ordered by: a day, a number or a text."""
    if kind == "date" and value.days is not None:
        return value.days.last if last else value.days.first
    if kind == "number" and value.number is not None:
        return value.number
    return plain(value.text)
