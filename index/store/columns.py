"""Columns of the catalog that hold several values: JSON, or "" for none."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from index.types import Anchor, Gap, HeadSpan, Markup, Passage
from index.windows import windows_of
from index.words import words_of

_LONGEST_RECORDING = 1e9
"""Seconds; longer ones are refused."""

_MOST_PAGES = 1 << 31

_Value = TypeVar("_Value", list[Any], dict[str, Any])


def column_of(values: Sequence[object] | Mapping[str, object]) -> str:
    """Return some values as a column has them."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")) if values else ""


def spans_column(spans: Sequence[Gap | Markup | HeadSpan], origin: int = 0) -> str:
    """Return spans as a column has them; offsets count from `origin`.

    >>> spans_column([Markup(12, 14), Markup(17, 30, " ")], 10)
    '[[2,4],[7,20," "]]'
    """
    rows: list[list[object]] = []
    for span in spans:
        place: list[object] = [span.start - origin, span.end - origin]
        if isinstance(span, HeadSpan):
            place.append(span.name)
        elif isinstance(span, Markup) and span.shown:
            place.append(span.shown)
        rows.append(place)
    return column_of(rows)


def anchors_column(anchors: Sequence[Anchor], origin: int) -> str:
    """Return anchors as a column has them; offsets count from `origin`.

    >>> anchors_column([Anchor(10, 30, page=2), Anchor(30, 35, page=3, label="i")], 10)
    '[[0,20,2,"",null,null],[20,25,3,"i",null,null]]'
    """
    return column_of(
        [[a.start - origin, a.end - origin, a.page, a.label, a.time, a.time_end] for a in anchors]
    )


def read_anchors(column: str, start: int, end: int) -> tuple[Anchor, ...]:
    """Return the anchors of a passage; ValueError or TypeError if it cannot have them."""
    return tuple(_anchors(column, start, end))


def _anchors(column: str, start: int, end: int) -> Iterator[Anchor]:
    position = start
    for first, last, page, label, *times in _load(column, list):
        if not (type(first) is type(last) is type(page) is int and isinstance(label, str)):
            raise TypeError("an anchor of the wrong types")
        anchor = Anchor(first + start, last + start, page, label, *map(_seconds, times))
        if (
            not position <= anchor.start < anchor.end <= end
            or not 0 <= page < _MOST_PAGES
            or len(times) != 2
        ):
            raise ValueError(f"an anchor from {anchor.start} to {anchor.end}")
        position = anchor.end
        yield anchor


def _seconds(value: object) -> float | None:
    if value is None:
        return None
    if not isinstance(value, int | float) or not 0 <= value < _LONGEST_RECORDING:
        raise TypeError("a time that is not a number of seconds")
    return float(value)


def read_gaps(column: str, start: int, end: int) -> tuple[Gap, ...]:
    """Return the gaps of a passage; ValueError or TypeError if it cannot have them."""
    return tuple(Gap(first, last) for first, last, _ in _spans(column, start, end))


def read_markup(column: str, start: int, end: int) -> tuple[Markup, ...]:
    """Return the markup of a passage; ValueError or TypeError if it cannot have it."""
    return tuple(Markup(first, last, shown) for first, last, shown in _spans(column, start, end))


def read_head_spans(column: str) -> tuple[HeadSpan, ...]:
    """Return where a head stands; ValueError or TypeError if it cannot stand there."""
    found = _spans(column, 0, None)
    return tuple(HeadSpan(name, first, last) for first, last, name in found)


def read_texts(column: str) -> tuple[str, ...]:
    """Return a list of texts; TypeError if it is something else."""
    values = _load(column, list)
    if not all(isinstance(value, str) for value in values):
        raise TypeError("not a list of texts")
    return tuple(values)


def read_fields(column: str) -> dict[str, tuple[str, ...]]:
    """Return fields by name, each with its values; TypeError if it is something else."""
    return {name: read_texts(json.dumps(value)) for name, value in _load(column, dict).items()}


def _spans(column: str, start: int, end: int | None) -> Iterator[tuple[int, int, str]]:
    """Yield spans in order, within `start` and `end`, each with its text or ""."""
    position = start
    for row in _load(column, list):
        first, last, *rest = islice(row, 4)
        text = rest[0] if rest else ""
        if type(first) is not int or type(last) is not int or not isinstance(text, str):
            raise TypeError("a span of the wrong types")
        first, last = first + start, last + start
        if not position <= first <= last or (end is not None and last > end) or len(rest) > 1:
            raise ValueError(f"a span from {first} to {last}")
        position = last
        yield first, last, text


def _load(column: str, kind: type[_Value]) -> _Value:
    """Return what a column holds; TypeError if it is not of that kind."""
    if not column:
        return kind()
    try:
        value = json.loads(column)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(value, kind):
        raise TypeError(f"a {type(value).__name__} in a column")
    return value


def windows_column(passages: Sequence[Passage]) -> bytes:
    """Return three bytes for each passage of a document: passages before, after, and its words.

    The first two are those in its window, which stays between two headings.
    """
    column = bytearray()
    for section in _sections(passages):
        lengths = [min(max(len(words_of(passage.reading)), 1), 255) for passage in section]
        for position, window in enumerate(windows_of(lengths)):
            before, after = position - window.start, window.stop - position - 1
            column += bytes((before, after, lengths[position]))
    return bytes(column)


def _sections(passages: Sequence[Passage]) -> Iterator[list[Passage]]:
    """Yield the passages of a document from one heading to the next, and each row of a table."""
    section: list[Passage] = []
    for passage in passages:
        # A heading is the beginning of the passage below it, or was left out as furniture.
        has_heading = passage.section != " › ".join(passage.path)
        # What a row is about its header says, and not the row beside it.
        is_row = passage.table_header or (section and section[-1].table_header)
        if section and (has_heading or is_row or passage.path != section[-1].path):
            yield section
            section = []
        section.append(passage)
    if section:
        yield section
