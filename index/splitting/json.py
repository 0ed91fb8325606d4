"""JSON to structure: the records and texts in it, each with its path, as a person reads them.

A small object is one paragraph, with all that is inside it. Of a larger one the short values stand
together, and each long text, each larger object and each record of an array by itself. Keys belong
to what stands under them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.splitting.json_values import DamagedError, Values, decoded, read_values
from index.splitting.line_cues import Lines, has_word, trim
from index.splitting.paragraphs import Kind, Paragraph
from index.splitting.plain_text import read_plain_text
from index.splitting.structure import READ_AS_TEXT, FoundHead, Omission, Structure
from index.types import Markup

_LARGEST = 1000
"""Characters of keys and values that are one paragraph, which about fill a passage."""

_LONG = 300
"""Characters of a text, or of an object, that stands by itself in a larger object."""

_LONGEST_TITLE = 150
_LONGEST_KEY, _DEEPEST = 60, 12
"""Characters of a key, and levels, that a path says."""

_SHARE_OF_LINES = 0.5
"""How many lines of a file with a value on each line must be sound."""

_ENCODED = re.compile(r"(?:data:[\w/+.;=-]*,)?[A-Za-z0-9+/=_-]+(?:\\[nr/][A-Za-z0-9+/=_-]*)*")
_HIGH, _LOW = r"\\u[dD][89abAB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = rf"(?:{_HIGH}{_LOW}|\\u[0-9a-fA-F]{{4}}|\\[^u])"
_ESCAPES = re.compile(rf"{_ESCAPE}{{1,4}}")
"""A few at once, so that a text in which every letter is one takes less memory."""

_NEW_LINE = re.compile(r"\\[nr](?:\\[nrt]|[ \t])*")
_FULL_STOP = re.compile(r"\\u(?:3002|[fF][fF]01|[fF][fF]1[fF])")
"""The full stops of East Asia, after which no space need stand."""

_BLANK_ENDS = ("\\n", "\\r", "\\t")

_PLAIN_KEY = re.compile(r"[\w$@-]+")
_UNSHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def read_json(text: str) -> Structure:
    """Return the paragraphs of a JSON text, or of one with a value on each line.

    A text that is neither is read as plain text.
    """
    try:
        values = read_values(text)
    except DamagedError:
        found = _records(text)
        return _Reading(text).lines(found) if found else read_plain_text(text)
    return _Reading(text).whole(values)


def damage_of(text: str) -> str:
    """Return what cannot be read of a JSON text, for the person who builds; "" if nothing."""
    try:
        read_values(text)
    except DamagedError as error:
        found = _records(text)
        if not found:
            line = Lines.of(text).number_at(error.offset)
            return f"damaged in line {line:,}, {READ_AS_TEXT}"
        damaged = sum(values is None for _, _, values in found)
        if damaged:
            return f"{damaged:,} of {len(found):,} lines damaged, {READ_AS_TEXT}"
    return ""


_Record = tuple[int, int, Values | None]


def _records(text: str) -> list[_Record]:
    """Return the lines that hold something, each with its values, or None if it is damaged.

    The list is empty if it is not a file with an object on most lines.
    """
    found: list[_Record] = []
    lines = Lines.of(text)
    for first, last in zip(lines.starts, lines.ends, strict=True):
        start, end = trim(text, first, last)
        if start == end:
            continue
        try:
            values = read_values(text, start, end) if text[start] in "{[" else None
        except DamagedError:
            values = None
        found.append((start, end, values))
        if len(found) == 1 and values is None:
            break
    sound = sum(values is not None for _, _, values in found)
    is_of_lines = sound > 1 and sound >= _SHARE_OF_LINES * len(found)
    return found if is_of_lines else []


@dataclass(slots=True)
class _Open:
    """A container whose values are being read; `count` are those that were."""

    number: int
    count: int = 0


class _Reading:
    """A text while its values are put together to paragraphs."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._head = FoundHead()
        self._paragraphs: list[Paragraph] = []
        self._markup: list[Markup] = []
        self._omissions: list[Omission] = []
        self._record = ""

    def whole(self, values: Values) -> Structure:
        """Read a text that is one value."""
        self._find_title(values)
        self._read(values)
        return self._structure()

    def lines(self, records: list[_Record]) -> Structure:
        """Read a text with a value on each line."""
        for number, (start, end, values) in enumerate(records, 1):
            self._record = f"record {number}"
            if values is not None:
                self._read(values)
            elif has_word(self._text[start:end]):
                self._add(start, end, (), self._record)
        return self._structure()

    def _structure(self) -> Structure:
        return Structure(
            self._head,
            self._paragraphs,
            marks_headings=True,
            markup=self._markup,
            omissions=self._omissions,
        )

    def _find_title(self, values: Values) -> None:
        """Take the title that an object states; its words stay in their place."""
        number = 1
        while number < len(values) and values.is_object(0):
            start, end = values.content(number)
            is_text = values.text[values.starts[number]] == '"' and end - start <= _LONGEST_TITLE
            if is_text and values.key(number) == "title":
                self._head.title = " ".join(decoded(self._text[start:end]).split())
                return
            number = values.nexts[number]

    def _read(self, values: Values) -> None:
        _Walk(self, values).walk()

    def add_values(self, values: Values, first: int, last: int, path: str, over: int) -> None:
        """Add the values from one to another as a paragraph, with the keys over them from `over`.

        They are left out if there is nothing but numbers.
        """
        says = (
            has_word(self._text[start:end])
            for start, end, is_key in _contents(values, first, last)
            if is_key or self._text[start - 1] == '"'
        )
        if not any(says):
            self.omit(list(_contents(values, over, last)), "numbers")
            return
        self.add_contents(list(_contents(values, over, last)), path)

    def add_contents(self, contents: list[_Said], path: str) -> None:
        """Add keys and values as a paragraph."""
        start, end = contents[0][0], contents[-1][1]
        breaks: set[int] = set()
        before, was_key = start, True
        for number, (begin, stop, is_key) in enumerate(contents):
            if number:
                shown = _between(was_key=was_key, is_key=is_key)
                self._markup.append(Markup(before, begin, shown))
                if is_key:
                    breaks.add(begin)
            if self._text.find("\\", begin, stop) >= 0:
                breaks.update(self._mark_escapes(begin, stop))
            before, was_key = stop, is_key
        place = " › ".join(part for part in (self._record, path) if part)
        inside = sorted(point for point in breaks if start < point < end)
        self._add(start, end, tuple(inside), place)

    def _add(self, start: int, end: int, breaks: tuple[int, ...], place: str) -> None:
        number = len(self._paragraphs)
        self._paragraphs.append(
            Paragraph(
                start,
                end,
                Kind.LINES,
                breaks,
                block=number,
                barrier=True,
                stands_alone=True,
                under=place,
            )
        )

    def _mark_escapes(self, start: int, end: int) -> Iterator[int]:
        """Mark what stands for another sign; yield where a line begins, or a sentence."""
        for match in _ESCAPES.finditer(self._text, start, end):
            self._markup.append(Markup(*match.span(), _UNSHOWN.sub(" ", decoded(match[0]))))
        # The end of a line stands before the first word of the next one, so that it is not alone.
        yield from (match.start() for match in _NEW_LINE.finditer(self._text, start, end))
        yield from (match.end() for match in _FULL_STOP.finditer(self._text, start, end))

    def omit(self, contents: list[_Said], reason: str) -> None:
        """Leave out keys and values."""
        if not contents:
            return
        start, end = contents[0][0], contents[-1][1]
        before = self._omissions[-1] if self._omissions else None
        after_paragraph = self._paragraphs and before and before.end < self._paragraphs[-1].end
        if before and before.reason == reason and not after_paragraph:
            start = self._omissions.pop().start
        self._omissions.append(Omission(start, end, reason))


_Said = tuple[int, int, bool]
"""The span of what a key or a value says, and whether it is a key."""


def _contents(values: Values, first: int, last: int) -> Iterator[_Said]:
    """Yield the spans of what keys and values say, in order, and whether each is a key."""
    for number in range(first, last):
        if values.keys[number] >= 0 and values.key_ends[number] > values.keys[number] + 2:
            yield values.keys[number] + 1, values.key_ends[number] - 1, True
        start, end = values.content(number)
        end = _without_blank_end(values.text, start, end)
        if start < end:
            yield start, end, False


def _without_blank_end(text: str, start: int, end: int) -> int:
    """Return where a string ends without the escapes of white space at its end."""
    while end - start > 2 and text.endswith(_BLANK_ENDS, start, end):
        if text[end - 3] == "\\":
            break  # a backslash that is escaped, and a letter
        end -= 2
    return end


def _between(*, was_key: bool, is_key: bool) -> str:
    """Return what a reader sees between two of them."""
    if was_key:
        return ":\n" if is_key else ": "
    return "\n" if is_key else ", "


class _Walk:
    """Goes through the values of a text, and puts them together."""

    def __init__(self, reading: _Reading, values: Values) -> None:
        self._reading = reading
        self._values = values
        self._open: list[_Open] = []
        self._run = (0, 0)
        self._keys = -1
        """The first container whose key no paragraph has yet; the next one has it."""

    def walk(self) -> None:
        """Add every value to a paragraph, or leave it out."""
        values, number = self._values, 0
        while number < len(values):
            while self._open and values.nexts[self._open[-1].number] <= number:
                self._end_run()
                self._open.pop()
                if self._open:
                    self._open[-1].count += 1
            if self._is_entered(number):
                self._end_run()
                self._keys = number if self._keys < 0 else self._keys
                self._open.append(_Open(number))
                number += 1
                continue
            self._take(number)
            if self._open:
                self._open[-1].count += 1
            number = values.nexts[number]
        self._end_run()

    def _is_entered(self, number: int) -> bool:
        """Return whether a value is more than one paragraph: large, or with records in it."""
        values = self._values
        largest = _LONG if values.has_records(number) else _LARGEST
        return values.is_container(number) and values.weight(number) > largest

    def _take(self, number: int) -> None:
        values = self._values
        first, last = self._run
        weight = values.weight(number)
        if _is_encoded(values, number):
            self._end_run()
            self._leave_out(number)
            return
        in_array = self._open and not values.is_object(self._open[-1].number)
        is_own = weight > _LONG or (in_array and values.is_container(number))
        if first < last and (
            is_own or values.weights[last] - values.weights[first] + weight > _LARGEST
        ):
            self._end_run()
        if is_own:
            self._add(number, values.nexts[number], self._path(own=number))
        else:
            first, last = self._run
            self._run = (first if first < last else number, values.nexts[number])

    def _end_run(self) -> None:
        first, last = self._run
        self._run = (0, 0)
        if first < last:
            self._add(first, last, self._path())

    def _add(self, first: int, last: int, path: str) -> None:
        self._reading.add_values(self._values, first, last, path, self._with_keys(first))

    def _leave_out(self, number: int) -> None:
        """Leave out encoded data; the keys over it are words."""
        first = self._with_keys(number)
        *keys, value = _contents(self._values, first, self._values.nexts[number])
        if any(has_word(self._values.text[start:end]) for start, end, _ in keys):
            self._reading.add_contents(keys, self._path())
        self._reading.omit([value], "encoded data")

    def _with_keys(self, first: int) -> int:
        """Return where a paragraph begins that has the keys over it which no other one has."""
        first, self._keys = (self._keys if self._keys >= 0 else first), -1
        return first

    def _path(self, own: int | None = None) -> str:
        """Return the path of the container that is read, or of a value of it."""
        parts = []
        above = self._open[-_DEEPEST:]
        if not above:
            return ""
        for outer, inner in zip(above, [*(entry.number for entry in above[1:]), own], strict=True):
            if inner is not None:
                parts.append(_step(self._values.key(inner), outer.count))
        start = "…" if len(self._open) > _DEEPEST else ""
        return start + "".join(parts).removeprefix(".")


def _step(key: str | None, count: int) -> str:
    if key is None:
        return f"[{count}]"
    key = key if len(key) <= _LONGEST_KEY else f"{key[:_LONGEST_KEY]}…"
    return f".{key}" if _PLAIN_KEY.fullmatch(key) else f"[{json.dumps(key, ensure_ascii=False)}]"


def _is_encoded(values: Values, number: int) -> bool:
    """Return whether a value is a long string without a space: a picture, a key, a digest."""
    start, end = values.content(number)
    return end - start > _LARGEST and bool(_ENCODED.fullmatch(values.text, start, end))
