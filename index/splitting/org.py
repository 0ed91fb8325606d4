"""Org to structure: blocks by their lines, the text as it is exported."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator

from index.splitting.head import take_title
from index.splitting.line_reading import LONGEST_TAKEN_APART, LineReading
from index.splitting.paragraphs import Kind
from index.splitting.plain_text import read_plain_text
from index.splitting.structure import Structure
from index.types import Markup

_HEADING = re.compile(r"(\*+)[ \t]+(?=\S)")
_KEYWORD = re.compile(r"[ \t]*#\+([\w-]+)(?:\[[^\]]*\])?:[ \t]*")
_BEGIN = re.compile(r"[ \t]*#\+begin_(\S+)", re.IGNORECASE)
_END = re.compile(r"[ \t]*#\+end_(\S+)$", re.IGNORECASE)
_DRAWER = re.compile(r"[ \t]*:[\w-]+:$")
_END_OF_DRAWER = re.compile(r"[ \t]*:end:$", re.IGNORECASE)
_NOT_SHOWN_LINE = re.compile(r"[ \t]*(?:#(?: |$)|-{5,}$|#\+end_\S+$)", re.IGNORECASE)
_FIXED = re.compile(r"[ \t]*:(?: |$)")
_TABLE = re.compile(r"[ \t]*\|")
_TABLE_RULE = re.compile(r"[ \t]*\|[-+|: ]*-[-+|: ]*$")
_ITEM = re.compile(r"[ \t]*(?:[-+]|\d+[.)]|[A-Za-z][.)])[ \t]+\S|[ \t]+\*[ \t]+\S")

_FIELDS = {"title": "title", "subtitle": "subtitle", "author": "byline", "date": "date"}
_FURTHER_FIELDS = frozenset({"keywords", "description", "filetags", "category", "email"})
_VERBATIM = frozenset({"src", "example", "verse", "ascii"})
_NOT_SHOWN = frozenset({"comment", "export"})

_LINK = re.compile(r"\[\[([^\[\]\n]+)\](?:\[([^\[\]]+)\])?\]")
_NOTE = re.compile(r"\[fn:([\w-]*)(?=[:\]])")
_TERM = re.compile(r"[ \t]::(?=[ \t])")
# Emphasis stands between spaces, brackets and punctuation, and has no space at its ends.
_BEFORE, _AFTER = r"(?<![^\s\-–—(\[{'\"*/_+|])", r"(?=[\s\-–—.,:;!?'\")\]}*/_+|]|\Z)"
_CODE = re.compile(rf"{_BEFORE}([=~])(?=\S)[^\n]{{0,400}}?(?<=\S)\1{_AFTER}")
_STRONG = re.compile(rf"{_BEFORE}([*/_+])(?=[^\s*/_+|-])[^*/_+|]{{0,400}}?(?<=[^\s])\1{_AFTER}")

_Reader = Callable[[int, re.Match[str]], int]
"""Adds the block that begins on a line; returns the line after it, or 0 if it adds nothing."""


def read_org(text: str) -> Structure:
    """Return the head and the paragraphs of an Org file, and the markup in them."""
    return read_plain_text(text) if len(text) > LONGEST_TAKEN_APART else _Org(text).read_file()


class _Org(LineReading):
    """One file while it is taken apart."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._ends: dict[str, list[int]] = {}
        self._ends_of_drawers: list[int] = []
        self._headings: list[int] = []
        for number in range(len(self)):
            line = self.line(number)
            if match := _END.match(line):
                self._ends.setdefault(match[1].lower(), []).append(number)
            elif _END_OF_DRAWER.match(line):
                self._ends_of_drawers.append(number)
            elif _HEADING.match(line):
                self._headings.append(number)

    def read_file(self) -> Structure:
        """Read the whole file."""
        number = 0
        while number < len(self):
            number = self._block(number)
        self.markup += _inline(self.text)
        titles = [paragraph for paragraph in self.paragraphs if paragraph.level == 1]
        if len(titles) == 1 and titles[0] is self.paragraphs[0] and not self.head.title:
            wording = self.shown(titles[0].start, titles[0].end)
            own = take_title(self.head, self.text, self.paragraphs, titles[0], wording)
            return self.structure(own)
        return self.structure()

    def _block(self, number: int) -> int:
        """Add what begins on a line; return the line after it."""
        line = self.line(number)
        for pattern, add in self._readers:
            if (match := pattern.match(line)) and (end := add(number, match)):
                return end
        return self._paragraph(number) if line else number + 1

    @property
    def _readers(self) -> Iterator[tuple[re.Pattern[str], _Reader]]:
        """The patterns of lines, each with what adds the block that begins on such a line."""
        yield _HEADING, self._heading
        yield _BEGIN, self._delimited
        yield _KEYWORD, self._keyword
        yield _DRAWER, self._drawer
        yield _NOT_SHOWN_LINE, self._left_out
        yield _FIXED, self._fixed
        yield _TABLE, self._table

    def _heading(self, number: int, match: re.Match[str]) -> int:
        stars = len(match[1])
        self.omit_span(self.start(number), self.start(number, stars))
        self.add(number, number + 1, Kind.HEADING, column=match.end(), level=stars)
        return number + 1

    def _left_out(self, number: int, match: re.Match[str]) -> int:
        self.omit(number, number + 1)
        return number + 1

    def _delimited(self, number: int, match: re.Match[str]) -> int:
        """Add a block between begin and end: code by line, or what it holds as any other text."""
        self.omit(number, number + 1)
        name = match[1].lower()
        if name not in _VERBATIM | _NOT_SHOWN:
            return number + 1
        ends = self._ends.get(name, [])
        place = bisect_right(ends, number)
        if place == len(ends):
            return number + 1
        end = ends[place]
        if name in _NOT_SHOWN:
            self.omit(number + 1, end)
        elif number + 1 < end:
            self.add(number + 1, end, Kind.LINES)
        self.omit(end, end + 1)
        return end + 1

    def _keyword(self, number: int, match: re.Match[str]) -> int:
        name = match[1].lower()
        start, end = self.span(number, number + 1, match.end())
        if start < end and (name in _FIELDS or name in _FURTHER_FIELDS):
            self.state(_FIELDS.get(name, name), start, end, self.start(number))
            if name == "filetags":
                self._part_tags(name)
        elif start < end and name == "caption":
            self.omit_span(self.start(number), start)
            self.add(number, number + 1, column=match.end())
        else:
            self.omit(number, number + 1)
        return number + 1

    def _part_tags(self, name: str) -> None:
        """Make a list of values such as `:sea:ice:`."""
        stated = ":".join(self.head.fields.pop(name)).split(":")
        if tags := tuple(filter(None, map(str.strip, stated))):
            self.head.fields[name] = tags

    def _drawer(self, number: int, match: re.Match[str]) -> int:
        end = self._end_of_drawer(number)
        self.omit(number, end)
        return end

    def _end_of_drawer(self, number: int) -> int:
        """Return the line after a drawer, or 0 if it has no end before the next heading."""
        place = bisect_right(self._ends_of_drawers, number)
        if place == len(self._ends_of_drawers):
            return 0
        end = self._ends_of_drawers[place]
        heading = bisect_right(self._headings, number)
        is_over = heading < len(self._headings) and self._headings[heading] < end
        return 0 if is_over else end + 1

    def _fixed(self, number: int, match: re.Match[str]) -> int:
        end = number
        while end < len(self) and (mark := _FIXED.match(self.line(end))):
            start = self.start(end)
            self.markup.append(Markup(start, start + mark.end()))
            end += 1
        self.add(number, end, Kind.LINES)
        return end

    def _table(self, number: int, match: re.Match[str]) -> int:
        end = number
        rules = []
        while end < len(self) and _TABLE.match(line := self.line(end)):
            start = self.start(end)
            if _TABLE_RULE.match(line):
                rules.append(end)
                self.markup.append(Markup(start, start + len(line)))
            else:
                bars = re.finditer(r"\|", line)
                self.markup += [Markup(start + bar.start(), start + bar.end(), " ") for bar in bars]
            end += 1
        rows = sorted({*range(number, end)} - {*rules})
        header = next(((number, rule) for rule in rules if rule > number), None)
        is_header = header is not None and rows[-1:] > [header[1]]
        self.add(number, end, Kind.LINES, breaks=rows[1:], header=header if is_header else None)
        return end

    def _paragraph(self, number: int) -> int:
        """Add a paragraph, or an item of a list with what is indented under it."""
        end = number + 1
        is_item = _ITEM.match(self.line(number)) is not None
        indent = self.indent(number)
        while end < len(self) and self._goes_on(end, indent if is_item else -1):
            end += 1
        self.add(number, end)
        return end

    def _goes_on(self, number: int, item_indent: int) -> bool:
        """Return whether a line belongs to the paragraph before it."""
        line = self.line(number)
        begins = (_HEADING, _BEGIN, _KEYWORD, _NOT_SHOWN_LINE, _FIXED, _TABLE, _ITEM)
        if not line or any(pattern.match(line) for pattern in begins):
            return False
        if _DRAWER.match(line) and self._end_of_drawer(number):
            return False
        return self.indent(number) > item_indent


def _inline(text: str) -> Iterator[Markup]:
    """Yield the markup inside lines: of a link its text stays, of emphasis what it holds."""
    for link in _LINK.finditer(text):
        shown = link.span(2 if link[2] else 1)
        yield Markup(link.start(), shown[0])
        yield Markup(shown[1], link.end())
    for note in _NOTE.finditer(text):
        yield Markup(note.start() + 1, note.start() + 4)
    for term in _TERM.finditer(text):
        yield Markup(*term.span(), ":")
    code = list(_CODE.finditer(text))
    for match in code:
        yield from _ends(match)
    strong = _STRONG.finditer(_blanked(text, code))
    for match in strong:
        yield from _ends(match)


def _blanked(text: str, spans: list[re.Match[str]]) -> str:
    """Return a text in which code has no signs that could be read as emphasis."""
    parts, position = [], 0
    for match in spans:
        parts += [text[position : match.start()], "x" * (match.end() - match.start())]
        position = match.end()
    return "".join([*parts, text[position:]])


def _ends(match: re.Match[str]) -> Iterator[Markup]:
    """Yield the first and the last sign of a stretch."""
    yield Markup(match.start(), match.start() + 1)
    yield Markup(match.end() - 1, match.end())
