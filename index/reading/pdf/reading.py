"""A PDF as a text with paragraphs, each with the page it stands on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from index.reading.content import Content
from index.reading.pdf.document import Opened, read_document
from index.reading.pdf.elements import Line, Page, Row, Word
from index.reading.pdf.footnotes import mark_notes
from index.reading.pdf.furniture import find_furniture, without_rows
from index.reading.pdf.habits import Habits, habits_of, with_edges
from index.reading.pdf.headings import mark_headings, title_of
from index.reading.pdf.hyphens import Joiner
from index.reading.pdf.lines import Column, columns_of
from index.reading.pdf.page_breaks import join_over_breaks
from index.reading.pdf.paragraphs import Block, blocks_of
from index.reading.pdf.placed_text import joined as joined_texts
from index.reading.pdf.places import PlacedWriter, Places
from index.reading.pdf.words import join_words, rows_of
from index.reading.text_writer import TextWriter
from index.splitting.paragraphs import Kind

_JUNK_TITLE = re.compile(
    r"untitled|\(?anonymous\)?|\(?unspecified\)?|document\d*|title|microsoft \w+ - .*|about:blank"
    r"|.*\.(?:docx?|pdf|tex|indd|qxd|odt|xlsx?|pptx?|dvi|html?)"
    r"|[\w-]*_[\w-]*|\S*\d{4,}\S*|(?:presentation|slide|book|sheet)\s*\d*",
    re.IGNORECASE,
)
_JUNK_AUTHOR = re.compile(r"\(?anonymous\)?|unknown|user|admin\w*|owner|author", re.IGNORECASE)
_MOST_UNMAPPED = 0.3
_FEWEST_TURNED, _FEWEST_TURNED_ROWS = 12, 3
_DATE = re.compile(r"(?:D:)?(\d{4})(\d{2})(\d{2})")


def read_pdf(data: bytes, places: Places | None = None) -> Content:
    """Read a PDF. If `places` are given, they learn where each character of its text stands.

    Raises UnreadableError if it cannot be read.
    """
    opened = read_document(data, places)
    writer = TextWriter() if places is None else PlacedWriter(places)
    title = _Pages(opened, writer).write()
    _take_metadata(opened, writer)
    writer.head.title = writer.head.title or title
    writer.notes += [*_picture_notes(opened.pages), *_unmapped_notes(opened.pages), *opened.notes]
    return writer.content(title_first=bool(writer.head.title))


def _take_metadata(opened: Opened, writer: TextWriter) -> None:
    title, author = opened.title, opened.author
    if title and not _JUNK_TITLE.fullmatch(title) and len(title) <= 300:
        writer.head.title = title
    if author and not _JUNK_AUTHOR.fullmatch(author) and len(author) <= 300:
        writer.head.byline = author
    match = _DATE.match(opened.date)
    if (
        match
        and "1980" < match[1] < "2100"
        and "01" <= match[2] <= "12"
        and "01" <= match[3] <= "31"
    ):
        writer.head.date = "-".join(match.groups())


def _picture_notes(pages: Sequence[Page]) -> list[str]:
    pictures = sum(page.is_picture for page in pages)
    if not pictures:
        return []
    if pictures == len(pages):
        whole = (
            "the only page is a picture: it needs"
            if pictures == 1
            else f"all {pictures} pages are pictures: they need"
        )
        return [f"{whole} OCR first"]
    verb = "is a picture: it needs" if pictures == 1 else "are pictures: they need"
    return [f"{pictures} of {len(pages)} pages {verb} OCR first"]


def _unmapped_notes(pages: Sequence[Page]) -> list[str]:
    """Name the pages whose fonts do not say which letters they show."""
    count = sum(
        page.unmapped > _MOST_UNMAPPED * sum(len(word.text) for word in page.words)
        for page in pages
    )
    if not count:
        return []
    return [f"{count} of {len(pages)} pages have fonts that do not name their letters: OCR helps"]


def _is_text(turned: Sequence[Word]) -> bool:
    """Check whether words that are turned are a text or a table rather than a stamp."""
    return len(turned) >= _FEWEST_TURNED and len(rows_of(turned)) >= _FEWEST_TURNED_ROWS


class _Pages:
    """Writes the pages of one document."""

    def __init__(self, opened: Opened, writer: TextWriter) -> None:
        self._opened = opened
        self._writer = writer
        self._labels = {page.number: page.label for page in opened.pages}
        self._at = 0

    def write(self) -> str:
        """Write all pages: their text, then their footnotes and their furniture.

        Returns the title that stands on the first page, or "".
        """
        pages = self._opened.pages
        furniture = find_furniture(pages)
        columns: list[Column] = []
        for page in pages:
            words = without_rows(page.words, furniture.get(page.number, ()))
            if words:
                columns += columns_of(page, words, len(columns))
            for turned in page.turned:
                if _is_text(turned):
                    columns += columns_of(replace(page, rules=[]), turned, len(columns))
        columns = with_edges(columns)
        habits = habits_of(columns)
        blocks = self._blocks(columns, habits)
        mark_headings(blocks, self._opened.outline, habits)
        self._joiner = Joiner(
            part.text for column in columns for part in column.parts if isinstance(part, Line)
        )
        heights = {page.number: page.height for page in pages}
        self._write_by_page(join_over_breaks(blocks, habits, heights), furniture)
        return title_of(blocks) if blocks else ""

    def _blocks(self, columns: Sequence[Column], habits: Habits) -> list[Block]:
        heights = {page.number: page.height for page in self._opened.pages}
        blocks: list[Block] = []
        for column in columns:
            own = blocks_of(column, habits)
            mark_notes(own, blocks, habits, heights[column.page])
            blocks += own
        return blocks

    def _write_by_page(self, blocks: Sequence[Block], furniture: dict[int, list[Row]]) -> None:
        by_page: dict[int, list[Block]] = {}
        for block in blocks:
            by_page.setdefault(block.page, []).append(block)
        for page in self._opened.pages:
            own = by_page.get(page.number, [])
            for block in sorted(own, key=lambda block: block.is_note):
                self._write_block(block)
            for words in page.turned:
                if _is_text(words):
                    continue
                for row in rows_of(words):
                    self._go_to(page.number)
                    self._writer.write(join_words(row.words) + " ")
                self._writer.end_paragraph()
            for row in furniture.get(page.number, ()):
                self._go_to(page.number)
                self._writer.write(join_words(row.words))
                self._writer.omit("page furniture")

    def _go_to(self, page: int) -> None:
        if page != self._at:
            self._writer.at_page(page, self._labels[page])
            self._at = page

    def _write_block(self, block: Block) -> None:
        if block.table is not None:
            self._write_table(block)
        elif block.kind is Kind.LINES:
            self._write_lines(block.lines)
        else:
            self._write_running(block)

    def _write_table(self, block: Block) -> None:
        table = block.table
        assert table is not None
        self._go_to(table.page)
        for number, row in enumerate(table.rows):
            if number:
                self._writer.break_line()
            cells = [reduce(self._joiner.join, cell, "").replace("\u00ad", "-") for cell in row]
            self._writer.write_verbatim(joined_texts(cells, "\t").rstrip("\t"))
        self._writer.end_paragraph(Kind.LINES, has_header=table.has_header)

    def _write_lines(self, lines: Sequence[Line]) -> None:
        left = min(line.x0 for line in lines)
        for number, line in enumerate(lines):
            self._go_to(line.page)
            if number:
                self._writer.break_line()
            indent = round((line.x0 - left) / (0.6 * line.style.size)) if line.style.mono else 0
            self._writer.write_verbatim(" " * indent + line.text.replace("\u00ad", "-"))
        self._writer.end_paragraph(Kind.LINES)

    def _write_running(self, block: Block) -> None:
        text = ""
        written = 0
        before: Line | None = None
        for line in block.lines:
            in_code = before is not None and before.ends_mono and line.starts_mono
            joined = self._joiner.join(text, line.text, in_code=in_code)
            if line.page != self._at:
                cut = len(joined) - len(line.text)
                self._writer.write(joined[written:cut])
                self._go_to(line.page)
                written = cut
            text, before = joined, line
        self._writer.write(text[written:].replace("\u00ad", "-"))
        self._writer.end_paragraph(block.kind, level=block.level)
