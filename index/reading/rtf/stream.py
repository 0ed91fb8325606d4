"""A stream of paragraphs and tables: the body, a note, a comment, a text box, a head of pages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from index.reading.laying_out import (
    blocks_of,
    end_table,
    kind_of,
    only_arranges,
    write_lines,
    write_rows,
)
from index.reading.text_writer import TextWriter
from index.splitting.line_cues import has_word
from index.splitting.paragraphs import Kind

_NAVIGATION_STYLE = re.compile(
    r"toc ?\d|toc heading|contents heading|table of figures|index ?\d|contents \d"
)
_HEADING_STYLE = re.compile(r"heading ?([1-9])")
_HALF = re.compile("[\ud800-\udfff]")
_BODY_LEVEL = 9


def joined(text: str) -> str:
    """Return a text in which the halves of characters beyond 16 bits are put together.

    >>> joined("\\ud83d\\ude00") == "\\U0001f600"
    True
    """
    if _HALF.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@dataclass(frozen=True, slots=True)
class Look:
    """How a paragraph is set: the name of its style in lower case, and its level as a heading."""

    style: str = ""
    level: int = 0
    in_table: bool = False

    @classmethod
    def of(cls, style: str, outline: int | None, *, in_table: bool) -> Look:
        """Return the look of a paragraph; `outline` is its level from 0, None if it has none."""
        if outline is not None:
            return cls(style, outline + 1 if 0 <= outline < _BODY_LEVEL else 0, in_table)
        match = _HEADING_STYLE.fullmatch(style)
        return cls(style, int(match[1]) if match else 0, in_table)


@dataclass(slots=True)
class _Item:
    """A paragraph, or a table."""

    text: str = ""
    look: Look = field(default_factory=Look)
    is_bold: bool = False
    rows: list[list[str]] = field(default_factory=list)
    has_header: bool = False
    reason: str = ""


@dataclass(slots=True)
class _Row:
    cells: list[list[str]] = field(default_factory=list)
    is_bold: bool = True


@dataclass(slots=True)
class Stream:
    """What is written one after the other; `reason` says why none of it is in a passage.

    `prefix` stands before its first paragraph. `is_endnote` and `is_numbered` are about notes.
    `depth` counts the streams around it.
    """

    reason: str = ""
    prefix: str = ""
    is_endnote: bool = False
    is_numbered: bool = False
    depth: int = 0
    items: list[_Item] = field(default_factory=list)
    label: str = ""
    _pieces: list[str] = field(default_factory=list)
    _has_bold: bool = False
    _has_plain: bool = False
    _asides: list[Stream] = field(default_factory=list)
    _cell: list[str] = field(default_factory=list)
    _row: _Row = field(default_factory=_Row)
    _rows: list[_Row] = field(default_factory=list)
    _has_header: bool = False

    def add(self, text: str, *, is_bold: bool = False) -> None:
        """Add text to the paragraph at hand."""
        self._pieces.append(text)
        if has_word(text):
            self._has_bold = self._has_bold or is_bold
            self._has_plain = self._has_plain or not is_bold

    def set_aside(self, aside: Stream) -> None:
        """Let another stream be read after the paragraph at hand."""
        self._asides.append(aside)

    def end_paragraph(self, look: Look) -> None:
        """End the paragraph at hand."""
        text, is_bold = self._take()
        if look.in_table:
            if text.strip():
                self._cell.append(text)
                self._row.is_bold = self._row.is_bold and is_bold
            return
        if text.strip():
            if self._row.cells or self._cell:
                self.end_cell()
                self.end_row(is_header=False)
            self._end_table()
            self.items.append(_Item(text, look, is_bold, reason=self._reason_of(look)))
            if not look.level:
                self._read_asides()

    def end_cell(self) -> None:
        """End the cell at hand."""
        self.end_paragraph(Look(in_table=True))
        self._row.cells.append(self._cell)
        self._cell = []

    def end_row(self, *, is_header: bool) -> None:
        """End the row at hand."""
        if any(self._row.cells):
            self._has_header = self._has_header or (is_header and not self._rows)
            self._rows.append(self._row)
        self._row = _Row()

    def end(self) -> None:
        """End all that is at hand."""
        self.end_paragraph(Look())
        if self._cell:
            self.end_cell()
        self.end_row(is_header=False)
        self._end_table()
        self._read_asides()

    def _take(self) -> tuple[str, bool]:
        text = joined("".join(self._pieces))
        is_bold = self._has_bold and not self._has_plain
        label, self.label = " ".join(self.label.split()), ""
        self._pieces, self._has_bold, self._has_plain = [], False, False
        if text.strip():
            if label:
                text = f"{label} {text.lstrip()}"
            if self.prefix:
                text, self.prefix = self.prefix + text.lstrip(), ""
        return text, is_bold

    def _reason_of(self, look: Look) -> str:
        is_navigation = _NAVIGATION_STYLE.fullmatch(look.style) is not None
        return self.reason or ("navigation" if is_navigation else "")

    def _read_asides(self) -> None:
        asides, self._asides = self._asides, []
        for aside in asides:
            aside.end()
            self.items += aside.items

    def _end_table(self) -> None:
        rows, self._rows = self._rows, []
        has_header, self._has_header = self._has_header, False
        if not rows:
            return
        if only_arranges([row.cells for row in rows]):
            texts = [text for row in rows for cell in row.cells for text in cell]
            self.items += [_Item(text, reason=self.reason) for text in texts]
        else:
            is_bold = rows[0].is_bold and not all(row.is_bold for row in rows)
            cells = [[" ".join(" ".join(cell).split()) for cell in row.cells] for row in rows]
            item = _Item(rows=cells, has_header=has_header or is_bold, reason=self.reason)
            self.items.append(item)
        self._read_asides()

    def write(self, writer: TextWriter) -> None:
        """Write all that was ended."""
        for item in self.items:
            if not item.rows:
                _write_paragraph(writer, item)
            elif item.reason:
                write_rows(writer, item.rows)
                writer.omit(item.reason)
            else:
                end_table(writer, item.rows, has_header=item.has_header)


def _write_paragraph(writer: TextWriter, item: _Item) -> None:
    """Write a paragraph; an empty line in it parts it in two."""
    look = item.look
    for lines in blocks_of(item.text):
        text = " ".join(lines)
        is_heading = has_word(text) and (look.level > 0 or look.style in {"title", "subtitle"})
        write_lines(writer, [text] if is_heading else lines)
        if item.reason:
            writer.omit(item.reason)
        elif is_heading:
            if look.style == "title" and not writer.head.spans:
                writer.head.title = text
            elif look.style == "subtitle" and not writer.head.subtitle:
                writer.head.subtitle = text
            level = look.level or int(look.style == "title")
            writer.end_paragraph(Kind.HEADING, level=level)
        else:
            kind, level = kind_of(lines, is_bold=item.is_bold and look.style != "caption")
            writer.end_paragraph(kind, level=level)
