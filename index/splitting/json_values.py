"""The values of a JSON text with their offsets: found in one pass, however deep they are nested."""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Iterator
from enum import Enum, auto

_STRING = r'"[^"\\]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\]*+)*+"'
_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_TOKEN = re.compile(
    rf"[ \t\r\n]*+(?:(?P<string>{_STRING})|(?P<sign>[{{}}\[\],:])"
    rf"|(?P<plain>{_NUMBER}|true|false|null|NaN|-?Infinity))"
)
_BLANK = re.compile(r"[ \t\r\n]*+")
_NONE = -1
_NO_KEY = (_NONE, _NONE)


class DamagedError(ValueError):
    """A text is not JSON. `offset` is where it stops to be."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"not JSON from {offset}")
        self.offset = offset


class _Expected(Enum):
    VALUE = auto()
    VALUE_OR_END = auto()
    KEY = auto()
    KEY_OR_END = auto()
    COLON = auto()
    COMMA = auto()
    NOTHING = auto()


class Values:
    """The values of a JSON text in the order in which they begin, a container before its own.

    The i-th one is `text[starts[i] : ends[i]]`. Its key is `text[keys[i] : key_ends[i]]`, or
    `keys[i]` is -1 if it has none. `nexts[i]` is the first value that is not inside it. The weight
    of the values before it, `weights[i]`, counts the characters of keys and of texts, numbers and
    the like; `records[i]` counts the containers before it that stand in an array.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = array("q")
        self.ends = array("q")
        self.keys = array("q")
        self.key_ends = array("q")
        self.nexts = array("q")
        self.weights = array("q", [0])
        self.records = array("q", [0])

    def __len__(self) -> int:
        return len(self.starts)

    def is_container(self, number: int) -> bool:
        """Return whether a value is an object or an array."""
        return self.text[self.starts[number]] in "{["

    def is_object(self, number: int) -> bool:
        """Return whether a value is an object."""
        return self.text[self.starts[number]] == "{"

    def weight(self, number: int) -> int:
        """Return the weight of a value with all that is inside it."""
        return self.weights[self.nexts[number]] - self.weights[number]

    def has_records(self, number: int) -> bool:
        """Return whether there is an array of containers in a value."""
        return self.records[self.nexts[number]] > self.records[number + 1]

    def content(self, number: int) -> tuple[int, int]:
        """Return the span of what a value says: nothing for a container, no quotation marks."""
        start, end = self.starts[number], self.ends[number]
        if self.is_container(number):
            return start, start
        return (start + 1, end - 1) if self.text[start] == '"' else (start, end)

    def key(self, number: int) -> str | None:
        """Return the key of a value, or None if it has none."""
        if self.keys[number] == _NONE:
            return None
        return decoded(self.text[self.keys[number] + 1 : self.key_ends[number] - 1])

    def add(self, start: int, end: int, key: tuple[int, int], *, in_array: bool) -> int:
        """Add a value, and return its number."""
        self.starts.append(start)
        self.ends.append(end)
        self.keys.append(key[0])
        self.key_ends.append(key[1])
        self.nexts.append(len(self.starts))
        is_container = self.text[start] in "{["
        length = key[1] - key[0] + (0 if is_container else end - start)
        self.weights.append(self.weights[-1] + length)
        self.records.append(self.records[-1] + int(is_container and in_array))
        return len(self.starts) - 1


def decoded(inside: str) -> str:
    """Return what stands between the quotation marks of a string."""
    if "\\" not in inside:
        return inside
    text: str = json.loads(f'"{inside}"', strict=False)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def read_values(text: str, start: int = 0, end: int | None = None) -> Values:
    """Return the values of `text[start:end]`. Raises DamagedError if it is not JSON.

    As the json module does by default, NaN and Infinity are taken, and so are ends of lines in
    strings.
    """
    end = len(text) if end is None else end
    parser = _Parser(text)
    for match in _tokens(text, start, end):
        parser.take(match)
    if parser.expected is not _Expected.NOTHING:
        raise DamagedError(end)
    return parser.values


class _Parser:
    """Takes the tokens of a text in order."""

    def __init__(self, text: str) -> None:
        self.values = Values(text)
        self.expected = _Expected.VALUE
        self._key = _NO_KEY
        self._opened = array("q")

    def take(self, match: re.Match[str]) -> None:
        """Take a token. Raises DamagedError if it cannot stand here."""
        kind = match.lastgroup or ""
        start, end = match.span(kind)
        sign = match[kind] if kind == "sign" else ""
        expected = self.expected
        if expected is _Expected.COMMA and sign == ",":
            in_object = self.values.is_object(self._opened[-1])
            self.expected = _Expected.KEY if in_object else _Expected.VALUE
        elif expected is _Expected.COLON and sign == ":":
            self.expected = _Expected.VALUE
        elif sign and sign in "]}":
            self._close(sign, start)
        elif expected in (_Expected.KEY, _Expected.KEY_OR_END) and kind == "string":
            self._key, self.expected = (start, end), _Expected.COLON
        elif expected in (_Expected.VALUE, _Expected.VALUE_OR_END) and sign not in (",", ":"):
            self._add(sign, start, end)
        else:
            raise DamagedError(start)

    def _add(self, sign: str, start: int, end: int) -> None:
        in_array = bool(self._opened) and not self.values.is_object(self._opened[-1])
        number = self.values.add(start, end, self._key, in_array=in_array)
        self._key = _NO_KEY
        if sign:
            self._opened.append(number)
            self.expected = _Expected.KEY_OR_END if sign == "{" else _Expected.VALUE_OR_END
        else:
            self._end_value()

    def _close(self, sign: str, start: int) -> None:
        empty = _Expected.KEY_OR_END if sign == "}" else _Expected.VALUE_OR_END
        is_own = self._opened and self.values.is_object(self._opened[-1]) == (sign == "}")
        if not is_own or self.expected not in (empty, _Expected.COMMA):
            raise DamagedError(start)
        number = self._opened.pop()
        self.values.ends[number], self.values.nexts[number] = start + 1, len(self.values)
        self._end_value()

    def _end_value(self) -> None:
        self.expected = _Expected.COMMA if self._opened else _Expected.NOTHING


def _tokens(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """Yield strings, signs and plain values. Raises DamagedError for anything else."""
    while match := _TOKEN.match(text, start, end):
        start = match.end()
        yield match
    blank = _BLANK.match(text, start, end)
    if blank and blank.end() < end:
        raise DamagedError(blank.end())
