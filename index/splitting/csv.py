"""Tables as text to structure: rows by offset, with the header over them.

What parts the cells, and whether the first row is a header, is found by the cells themselves.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from index.splitting.header_row import LOOKED_AT, find_header, most_frequent
from index.splitting.line_cues import has_word, trim
from index.splitting.paragraphs import Kind, Paragraph
from index.splitting.structure import FoundHead, Omission, Structure
from index.types import Markup

_DELIMITERS = "\t;|,"
"""The one that fits best counts, and of those that fit as well the first: commas stand in prose."""

_STATED = re.compile(r"sep=([^\w\s\"']|\t)[ \t]*(?:\r\n|\r|\n|\Z)", re.IGNORECASE)
"""The first line of some files, by which a spreadsheet program knows the delimiter."""

_QUOTED = re.compile(r' *"[^"]*(?:""[^"]*)*"?')
_DOUBLED = re.compile(r'""')
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class _Cell:
    """What a cell holds, by offset, the quotation marks around it left out."""

    start: int
    end: int
    is_quoted: bool


_Row = Sequence[_Cell]


def read_csv(text: str) -> Structure:
    """Return each row of a table with its header; the header stands with the first row."""
    stated = _STATED.match(text)
    start = stated.end() if stated else 0
    delimiter = stated[1] if stated else _delimiter_of(text)
    reading = _Reading(text)
    if stated:
        reading.omissions.append(Omission(0, len(stated[0].rstrip()), "markup"))
    header = _header_of(text, list(islice(_rows(text, delimiter, start), LOOKED_AT)))
    for row in _rows(text, delimiter, start):
        reading.add(row, is_header=header is not None and row[0].start == header)
    return reading.structure()


def _rows(text: str, delimiter: str, start: int = 0) -> Iterator[_Row]:
    """Yield the rows of a table, each with at least one cell."""
    plain = re.compile(rf"[^{re.escape(delimiter)}\r\n]*" if delimiter else r"[^\r\n]*")
    while start < len(text):
        row: list[_Cell] = []
        while True:
            cell, start = _cell_at(text, start, plain)
            row.append(cell)
            if not delimiter or not text.startswith(delimiter, start):
                break
            start += 1
        yield row
        line_end = _LINE_END.match(text, start)
        start = line_end.end() if line_end else start


def _cell_at(text: str, start: int, plain: re.Pattern[str]) -> tuple[_Cell, int]:
    """Return a cell, and the offset at which it ends.

    A quotation mark that is never closed, or is closed further down in mid-cell, is one of the
    text: a single sign must not make one cell of the rest of the file.
    """
    whole = plain.match(text, start)
    end = whole.end() if whole else start
    quoted = _QUOTED.match(text, start)
    if quoted is None:
        return _Cell(start, end, is_quoted=False), end
    opening = text.index('"', start)
    is_closed = quoted.end() > opening + 1 and text[quoted.end() - 1] == '"'
    rest = plain.match(text, quoted.end())
    after = rest.end() if rest else quoted.end()
    is_whole = not text[quoted.end() : after].strip()
    if not is_closed or (not is_whole and quoted.end() > end):
        return _Cell(start, end, is_quoted=False), end
    if is_whole:
        return _Cell(opening + 1, quoted.end() - 1, is_quoted=True), after
    return _Cell(opening + 1, after, is_quoted=True), after


def _delimiter_of(text: str) -> str:
    """Return what parts the cells: with which most rows have as many; "" if nothing does."""
    best, found = 0.0, ""
    for delimiter in _DELIMITERS:
        rows = islice(_rows(text, delimiter), LOOKED_AT)
        lengths = Counter(len(row) for row in rows if not _is_blank(text, row))
        length, share = most_frequent(lengths)
        if length > 1 and share > best:
            best, found = share, delimiter
    return found


def _is_blank(text: str, row: _Row) -> bool:
    return not any(text[cell.start : cell.end].strip() for cell in row)


def _header_of(text: str, rows: Sequence[_Row]) -> int | None:
    """Return where the header of a table begins, or None if it has none."""
    said = [[text[cell.start : cell.end].strip() for cell in row] for row in rows]
    number = find_header(said)
    return None if number is None else rows[number][0].start


class _Reading:
    """A table while its rows are put together."""

    def __init__(self, text: str) -> None:
        self.omissions: list[Omission] = []
        self._text = text
        self._paragraphs: list[Paragraph] = []
        self._markup: list[Markup] = []
        self._header: tuple[int, int] | None = None
        self._waits = False
        """Whether the header still waits for the row that it stands with."""

    def add(self, row: _Row, *, is_header: bool) -> None:
        """Add a row, unless there is no word in it."""
        text = self._text
        cells = [cell for cell in row if text[cell.start : cell.end].strip()]
        if not cells:
            return
        start = trim(text, cells[0].start, cells[0].end)[0]
        end = trim(text, cells[-1].start, cells[-1].end)[1]
        if not any(has_word(text[cell.start : cell.end]) for cell in cells):
            self.omissions.append(Omission(start, end, "markup"))
            return
        if self._waits:
            # Quotation marks and empty rows may stand between the two.
            self._markup.append(Markup(self._paragraphs[-1].end, start, "\n"))
        self._mark_up(cells)
        lines = tuple(point for cell in cells for point in self._lines_in(cell, start, end))
        if self._waits:
            header = self._paragraphs.pop()
            start, lines = header.start, (start, *lines)
        self._paragraphs.append(
            Paragraph(
                start,
                end,
                Kind.LINES,
                lines,
                block=len(self._paragraphs),
                barrier=True,
                header=self._header,
                stands_alone=True,
            )
        )
        self._waits = is_header
        if is_header:
            self._header = (start, end)

    def _mark_up(self, cells: Sequence[_Cell]) -> None:
        """Mark what parts the cells of a row, and two quotation marks in them for one."""
        for cell, following in pairwise([*cells, None]):
            assert cell
            if cell.is_quoted:
                for match in _DOUBLED.finditer(self._text, cell.start, cell.end):
                    self._markup.append(Markup(*match.span(), '"'))
            if following:
                self._mark(cell.end, following.start, "\t")

    def _mark(self, start: int, end: int, shown: str) -> None:
        if self._text[start:end].strip():
            self._markup.append(Markup(start, end, shown))

    def _lines_in(self, cell: _Cell, start: int, end: int) -> Iterator[int]:
        """Yield where lines begin in a cell that has several."""
        if cell.is_quoted:
            for match in _LINE_END.finditer(self._text, cell.start, cell.end):
                if start < match.end() < end:
                    yield match.end()

    def structure(self) -> Structure:
        """Return what was found."""
        return Structure(
            FoundHead(),
            self._paragraphs,
            marks_headings=True,
            markup=self._markup,
            omissions=self.omissions,
        )
