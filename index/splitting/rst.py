"""reStructuredText to structure: blocks by their lines, the text as it is rendered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from index.splitting.head import take_title
from index.splitting.line_cues import has_word
from index.splitting.line_reading import LONGEST_TAKEN_APART, LineReading
from index.splitting.paragraphs import Kind
from index.splitting.plain_text import read_plain_text
from index.splitting.rst_inline import find_inline, substitutions_of, targets_of
from index.splitting.structure import Structure
from index.types import Markup

_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1*$")
_SHORTEST_ADORNMENT = 3
_EXPLICIT = re.compile(r"[ \t]*\.\.(?:[ \t]+|$)")
_DIRECTIVE = re.compile(r"[ \t]*\.\.[ \t]+([A-Za-z][\w.:+-]*?)[ \t]?::(?:[ \t]+|$)")
_NOTE = re.compile(r"[ \t]*\.\.[ \t]+(?=\[(?:\d+|\#[\w-]*|\*|[A-Za-z][\w.:-]*)\](?:[ \t]|$))")
_ANONYMOUS = re.compile(r"[ \t]*__[ \t]+\S")
_FIELD = re.compile(r"[ \t]*:((?![: ])(?:[^:\n\\`]|\\.|:(?!\s|$)|`[^`\n]*`)+):(?:[ \t]+|$)")
_BULLET = re.compile(r"[ \t]*[-*+•‣⁃][ \t]+\S")
_ENUMERATED = re.compile(r"[ \t]*(?:\(?(?:\d{1,4}|[A-Za-z]|[ivxlcIVXLC]{1,6}|\#)[.)])[ \t]+\S")
_OPTION = re.compile(r"[ \t]*--?[A-Za-z]\S*(?: \S+){0,3}(?:[ \t]{2,}\S|$)")
_LINE_BLOCK = re.compile(r"[ \t]*\|(?:[ \t]+|$)")
_GRID = re.compile(r"[ \t]*\+(?:[-=]+\+)+$")
_SIMPLE = re.compile(r"[ \t]*=+(?:[ \t]+=+)+$")
_SPANS = re.compile(r"[ \t]*-+(?:[ \t]+-+)+$")
_DOCTEST = re.compile(r"[ \t]*>>>(?: |$)")

_SHOWN_OPTIONS = frozenset({"caption", "header"})
"""Options of directives that hold text: over code, over a table."""
_FIELDS = {"author": "byline", "authors": "byline", "date": "date", "subtitle": "subtitle"}
_CODE = frozenset(
    {"code", "code-block", "sourcecode", "parsed-literal", "math", "doctest", "testcode"}
    | {"testoutput", "productionlist", "csv-table", "prompt", "console", "ipython", "literal"}
)
_NOT_SHOWN = frozenset(
    {"raw", "index", "meta", "toctree", "contents", "testsetup", "testcleanup", "graphviz"}
    | {"digraph", "uml", "mermaid", "plot", "image", "include", "literalinclude", "replace"}
    | {"unicode", "role", "default-role", "highlight", "currentmodule", "tabularcolumns"}
    | {"sectnum", "title", "comment", "autosummary", "todolist"}
)
# Directives of which what stands on their line is not shown, but what stands below is.
_SILENT = frozenset({"figure", "container", "class", "rst-class", "only", "cssclass", "ifconfig"})
_SHOWN_AS = {
    "versionadded": "New in version ",
    "versionchanged": "Changed in version ",
    "deprecated": "Deprecated since version ",
}

_Reader = Callable[[int, re.Match[str]], int]
"""Adds the block that begins on a line; returns the line after it, or 0 if it adds nothing."""


def read_rst(text: str) -> Structure:
    """Return the head and the paragraphs of a file, and the markup in them."""
    if len(text) > LONGEST_TAKEN_APART:
        return read_plain_text(text)
    return _ReStructuredText(text).read_file()


class _ReStructuredText(LineReading):
    """One file while it is taken apart."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._styles: list[tuple[str, bool]] = []
        # The blank line that was found last, and the line from which it was looked for.
        self._blank, self._asked = -1, 0
        self._substitutions = substitutions_of(text)
        self._targets = targets_of(text)

    def read_file(self) -> Structure:
        """Read the whole file."""
        number = 0
        while number < len(self):
            number = self._block(number)
        first = self.paragraphs[0] if self.paragraphs else None
        if first is None or first.kind is not Kind.HEADING:
            return self.structure()
        wording = self.shown(first.start, first.end)
        return self.structure(take_title(self.head, self.text, self.paragraphs, first, wording))

    def _block(self, number: int) -> int:
        """Add what begins on a line; return the line after it."""
        line = self.line(number)
        if not line:
            return number + 1
        if end := self._section(number):
            return end
        for pattern, add in self._readers:
            if (match := pattern.match(line)) and (end := add(number, match)):
                return end
        return self._paragraph(number)

    @property
    def _readers(self) -> Iterator[tuple[re.Pattern[str], _Reader]]:
        """The patterns of lines, each with what adds the block that begins on such a line."""
        yield _DIRECTIVE, self._directive
        yield _NOTE, self._note
        yield _EXPLICIT, self._comment
        yield _ANONYMOUS, self._comment
        yield _GRID, self._grid
        yield _SIMPLE, self._simple
        yield _LINE_BLOCK, self._line_block
        yield _DOCTEST, self._doctest
        yield _FIELD, self._field

    def _section(self, number: int) -> int:
        """Add the heading that begins on a line; return the line after it, or 0 without one."""
        line, following = self.line(number), self.line(number + 1)
        if _is_adornment(line):
            closing = self.line(number + 2)
            if following.strip() and _is_adornment(closing) and closing[0] == line[0]:
                return self._heading(number + 1, (line[0], True), number, number + 3)
            return 0 if has_word(line) else number + 1  # a line across the page
        if line[0].isspace() or not _is_adornment(following) or not has_word(line):
            return 0
        return self._heading(number, (following[0], False), number, number + 2)

    def _heading(self, number: int, style: tuple[str, bool], first: int, last: int) -> int:
        if style not in self._styles:
            self._styles.append(style)
        self.omit(first, number)
        self._text(number, number + 1, Kind.HEADING, level=self._styles.index(style) + 1)
        self.omit(number + 1, last)
        return last

    def _text(
        self,
        first: int,
        last: int,
        kind: Kind = Kind.TEXT,
        *,
        column: int = 0,
        level: int = 0,
        breaks: tuple[int, ...] = (),
        header: tuple[int, int] | None = None,
    ) -> None:
        """Add a paragraph of text, with the markup in it."""
        span = self.span(first, last, column)
        self.markup += find_inline(self.text, *span, self._substitutions, self._targets)
        self.add(first, last, kind, column=column, level=level, breaks=breaks, header=header)

    def _verbatim(self, first: int, last: int) -> int:
        """Add lines that are shown as they stand."""
        if first < last:
            self.add(first, last, Kind.LINES)
        return last

    # Explicit markup

    def _note(self, number: int, match: re.Match[str]) -> int:
        """Add a footnote or a citation."""
        self.omit_span(self.start(number), self.start(number, match.end()))
        end = min(self._end_of_run(number), self._inside(number))
        self._text(number, end, column=match.end())
        return end

    def _comment(self, number: int, match: re.Match[str]) -> int:
        """Leave out a comment, a target or a substitution; one may hold blank lines."""
        is_empty = self.line(number).strip() == ".." and self.is_blank(number + 1)
        end = number + 1 if is_empty else self._inside(number)
        self.omit(number, end)
        return end

    def _inside(self, number: int) -> int:
        """Return the line after what is indented under an explicit markup."""
        return max(self.block_end(number + 1, self.indent(number) + 1), number + 1)

    def _directive(self, number: int, match: re.Match[str]) -> int:
        name = match[1].rpartition(":")[2].lower()
        end = self._inside(number)
        if name in _NOT_SHOWN:
            self.omit(number, end)
            return end
        first = self._argument(number, end, match, name)
        while first < end and (option := _FIELD.match(self.line(first))):
            last = self._end_of_field(first, end)
            self._directive_option(first, last, option)
            first = last
        if name in _CODE:
            while first < end and self.is_blank(first):
                first += 1
            return self._verbatim(first, end)
        return first

    def _directive_option(self, first: int, last: int, option: re.Match[str]) -> None:
        """Leave out an option, unless it is text that a reader sees."""
        if option[1].lower() not in _SHOWN_OPTIONS:
            self.omit(first, last)
            return
        start = self.start(first)
        self.omit_span(start, start + option.end())
        self._text(first, last, column=option.end())

    def _argument(self, number: int, end: int, match: re.Match[str], name: str) -> int:
        """Add what stands on the line of a directive and right below; return the line after it."""
        last = number + 1
        while last < end and not self.is_blank(last) and not _FIELD.match(self.line(last)):
            last += 1
        start = self.start(number)
        is_code = name in _CODE and name not in {"math", "csv-table"}
        if is_code or name in _SILENT:
            self.omit(number, number + 1)
            return number + 1
        if name in _SHOWN_AS:
            marker = self.span(number, number + 1)[0]
            self.markup.append(Markup(marker, start + match.end(), _SHOWN_AS[name]))
            self._text(number, last)
        elif match.end() < len(self.line(number)):
            self.omit_span(start, start + match.end())
            self._text(number, last, column=match.end())
        else:
            self.omit(number, number + 1)
            return number + 1
        return last

    # Fields, lists, paragraphs

    def _doctest(self, number: int, match: re.Match[str]) -> int:
        return self._verbatim(number, self._end_of_run(number))

    def _field(self, number: int, match: re.Match[str]) -> int:
        """Add a field; of those at the top, the head takes what it knows."""
        end = self._end_of_field(number, len(self))
        is_top = all(p.kind is Kind.HEADING for p in self.paragraphs) and len(self.paragraphs) < 2
        name = match[1].lower()
        start, last = self.span(number, end, match.end())
        if is_top and not self.indent(number):
            if start < last:
                self.state(_FIELDS.get(name, name), start, last, self.start(number))
            else:
                self.omit(number, end)
            return end
        colon = self.start(number, match.start(1) - 1)
        self.markup.append(Markup(colon, colon + 1))
        self._text(number, end)
        return end

    def _end_of_field(self, number: int, end: int) -> int:
        """Return the line after a field: what is indented below belongs to it."""
        last = number + 1
        while last < end and not self.is_blank(last) and self.indent(last) > self.indent(number):
            last += 1
        return last

    def _line_block(self, number: int, match: re.Match[str]) -> int:
        end = number
        while mark := _LINE_BLOCK.match(self.line(end)):
            self.markup.append(Markup(self.start(end), self.start(end, mark.end())))
            end += 1
        self._text(number, end, Kind.LINES)
        return end

    def _paragraph(self, number: int) -> int:
        """Add a paragraph, an item of a list, or a term with its definition."""
        end = self._end_of_item(number) if self._is_item(number) else self._end_of_run(number)
        indent = self.indent(number)
        breaks: tuple[int, ...] = ()
        for line in range(number + 1, end):
            if not self._is_item(number) and self.indent(line) != indent:
                # A single line with deeper ones below is a term, with its definition.
                is_term = line == number + 1 and self.indent(line) > indent
                breaks, end = ((line,), self._end_of_level(line)) if is_term else ((), line)
                break
        end = self._before_section(number, end)
        self._text(number, end, Kind.LINES if breaks else Kind.TEXT, breaks=breaks)
        if self.line(end - 1).endswith("::"):
            return self._literal(end, indent)
        return end

    def _literal(self, number: int, indent: int) -> int:
        """Add the block that a double colon announces: it is indented deeper."""
        while number < len(self) and self.is_blank(number):
            number += 1
        return self._verbatim(number, self.block_end(number, indent + 1))

    def _is_item(self, number: int) -> bool:
        """Return whether an item of a list begins on a line."""
        line = self.line(number)
        if _BULLET.match(line) or _OPTION.match(line):
            return True
        if not _ENUMERATED.match(line):
            return False
        following = self.line(number + 1)
        is_over = not following or self.indent(number + 1) > self.indent(number)
        return is_over or _ENUMERATED.match(following) is not None

    def _end_of_item(self, number: int) -> int:
        indent = self.indent(number)
        end = number + 1
        while not self.is_blank(end) and self.indent(end) > indent and not self._is_item(end):
            end += 1
        return end

    def _end_of_run(self, number: int) -> int:
        """Return the next blank line."""
        if self._blank <= number or self._asked > number:
            self._blank = number
            while not self.is_blank(self._blank):
                self._blank += 1
        self._asked = number
        return self._blank

    def _end_of_level(self, number: int) -> int:
        """Return the line after those that are indented as this one, without a blank line."""
        indent = self.indent(number)
        end = number
        while not self.is_blank(end) and self.indent(end) == indent:
            end += 1
        return end

    def _before_section(self, number: int, end: int) -> int:
        """Return the end of a paragraph that runs into a heading, or into an explicit markup."""
        for line in range(number + 1, end):
            if _EXPLICIT.match(self.line(line)) or (
                _is_adornment(self.line(line + 1)) and not self.line(line)[:1].isspace()
            ):
                return line
        return end

    # Tables

    def _grid(self, number: int, match: re.Match[str]) -> int:
        end = number
        breaks, rule = [], 0
        while self.line(end).lstrip()[:1] in {"+", "|"}:
            line, start = self.line(end), self.start(end)
            if _GRID.match(line):
                self.markup.append(Markup(start, start + len(line)))
                breaks.append(end + 1)
                rule = end if "=" in line else rule
            else:
                bars = re.finditer(r"\||\+[-=+]+\+?", line)
                self.markup += [Markup(start + bar.start(), start + bar.end(), " ") for bar in bars]
            end += 1
        header = (number + 1, rule) if rule > number + 1 else None
        self._text(number, end, Kind.LINES, breaks=tuple(breaks), header=header)
        return end

    def _end_of_simple(self, number: int) -> int:
        """Return the line after a simple table: after the last rule before a blank line."""
        rules = [number]
        line = number + 1
        while line < len(self):
            if _SIMPLE.match(self.line(line)):
                rules.append(line)
                if self.is_blank(line + 1):
                    return line + 1
            elif self.is_blank(line) and len(rules) > 2:
                return 0
            line += 1
        return 0

    def _simple(self, number: int, match: re.Match[str]) -> int:
        end = self._end_of_simple(number)
        if not end:
            return 0
        rules = [line for line in range(number, end) if _SIMPLE.match(self.line(line))]
        among_rules = {*rules}
        first_column = self.indent(number)
        for line in range(number, end):
            if line in among_rules or _SPANS.match(self.line(line)):
                self.markup.append(
                    Markup(self.start(line), self.start(line) + len(self.line(line)))
                )
        breaks = tuple(
            line
            for line in range(number + 1, end)
            if not self.is_blank(line)
            and line not in among_rules
            and self.indent(line) == first_column
        )
        header = next(((a + 1, b) for a, b in pairwise(rules[:2]) if len(rules) > 2), None)
        self._text(number, end, Kind.LINES, breaks=breaks, header=header)
        return end


def _is_adornment(line: str) -> bool:
    """Return whether a line over or under a heading is one of signs, all the same."""
    return len(line) >= _SHORTEST_ADORNMENT and _ADORNMENT.match(line) is not None
