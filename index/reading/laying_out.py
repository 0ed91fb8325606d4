"""Writing what a word processor has: paragraphs by their lines, and tables row by row."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from index.reading.text_writer import TextWriter
from index.splitting.line_cues import ends_sentence, goes_on, has_word, is_label, is_short
from index.splitting.paragraphs import Kind

if TYPE_CHECKING:
    from lxml import etree

_T = TypeVar("_T")
_EMPTY_LINE = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")

# What PowerPoint adds to a description that it made itself.
_MADE = re.compile(r"\s*(?:Description|Beschreibung) automati\w+ \w+\s*$")
_FILE_NAME = re.compile(r"\S+\.(?:png|jpe?g|gif|emf|wmf|svg|tiff?|bmp)", re.IGNORECASE)


def description(text: str) -> tuple[str, str]:
    """Return what is said of a picture for those who do not see it, and why it is in no passage.

    >>> description("A lock"), description("IMG_1.JPG")
    (('A lock', ''), ('IMG_1.JPG', 'names of files'))
    """
    text = " ".join(_MADE.sub("", text).split())
    return text, "names of files" if _FILE_NAME.fullmatch(text) else ""


def blocks_of(text: str) -> list[list[str]]:
    """Return the lines of a paragraph; an empty line in it parts it in two.

    >>> blocks_of("one\\n two\\n\\nthree")
    [['one', 'two'], ['three']]
    """
    blocks = (
        [own for line in block.split("\n") if (own := " ".join(line.split()))]
        for block in _EMPTY_LINE.split(text)
    )
    return [lines for lines in blocks if lines]


def write_lines(writer: TextWriter, lines: Sequence[str]) -> None:
    """Write each line of a paragraph."""
    for place, line in enumerate(lines):
        if place:
            writer.break_line()
        writer.write(line)


def write_rows(writer: TextWriter, rows: Sequence[Sequence[str]]) -> None:
    """Write the rows of a table, each on a line, and tabs between the cells."""
    for row in rows:
        writer.break_line()
        writer.write_verbatim("\t".join(row).rstrip("\t"))


def end_table(writer: TextWriter, rows: Sequence[Sequence[str]], *, has_header: bool) -> None:
    """Write a table as a paragraph. A table of one row has no header."""
    write_rows(writer, rows)
    writer.end_paragraph(Kind.LINES, has_header=has_header and len(rows) > 1)


@dataclass(slots=True)
class Table:
    """A table as it is read, with the row and the cell at hand. Rows without text are left out."""

    has_header: bool = False
    rows: list[list[str]] = field(default_factory=list)
    _bold_rows: list[bool] = field(default_factory=list)
    _cells: list[str] = field(default_factory=list)
    _cell: list[str] = field(default_factory=list)
    _row_is_bold: bool = True
    _row_is_header: bool = False

    def start_row(self, *, is_header: bool) -> None:
        """Begin a row; the first one may be marked as the header."""
        self._cells, self._row_is_bold, self._row_is_header = [], True, is_header

    def start_cell(self) -> None:
        """Begin a cell of the row."""
        self._cell = []

    def add(self, text: str, *, is_bold: bool) -> None:
        """Add a paragraph to the cell."""
        self._cell.append(text)
        self._row_is_bold = self._row_is_bold and is_bold

    def end_cell(self, times: int = 1) -> None:
        """End the cell, which stands so many times in the row if it has text."""
        text = " ".join(self._cell)
        self._cells += [text] * (times if text else 1)
        self._cell = []

    def end_row(self) -> None:
        """End the row."""
        if any(self._cells):
            self.has_header = self.has_header or (self._row_is_header and not self.rows)
            self.rows.append(self._cells)
            self._bold_rows.append(self._row_is_bold)
        self._cells = []

    def write(self, writer: TextWriter, reason: str) -> None:
        """Write the table as a paragraph, or as left out if there is a reason."""
        if reason:
            write_rows(writer, self.rows)
            writer.omit(reason)
        else:
            is_bold = self._bold_rows[:1] == [True] and not all(self._bold_rows)
            end_table(writer, self.rows, has_header=self.has_header or is_bold)


def only_arranges(
    rows: Sequence[Sequence[Sequence[_T]]], is_heading: Callable[[_T], bool] = lambda _: False
) -> bool:
    """Return whether a table only arranges what stands in it, rather than states rows of values.

    It has one column, or one row with several paragraphs in a cell, or a cell with a heading over
    its text. `rows` have the paragraphs of each cell, without empty ones.
    """
    if all(len(row) < 2 for row in rows):
        return True
    full = [cell for row in rows for cell in row if len(cell) > 1]
    return bool(full) if len(rows) == 1 else any(is_heading(cell[0]) for cell in full)


def kind_of(lines: Sequence[str], *, is_bold: bool = False) -> tuple[Kind, int]:
    """Return what a paragraph is made of that is not marked as a heading, and its level.

    A line all of bold type is a heading without a level, if its wording could be one.
    """
    if is_bold and len(lines) == 1 and _could_head(lines[0]):
        return Kind.HEADING, 0
    pairs = list(pairwise(lines))
    runs_on = 2 * sum(goes_on(*pair) for pair in pairs) > len(pairs)
    stand_alone = bool(pairs) and all(map(is_short, lines)) and not runs_on
    return (Kind.LINES if stand_alone else Kind.TEXT), 0


def _could_head(text: str) -> bool:
    """Return whether a line all of bold type is a heading by its wording."""
    return (
        has_word(text)
        and is_short(text)
        and not is_label(text)
        and not ends_sentence(text.rstrip("?？؟"))
    )


@dataclass(frozen=True, slots=True)
class Aside:
    """What stands beside a paragraph and is read after it: a note, a comment, a text box."""

    element: etree._Element
    prefix: str = ""
