"""Spreadsheets: each sheet a heading, each row a passage with its header.

The values that the file keeps are read: those of formulas as they were when it was saved.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING

from index.reading.archive import Archive
from index.reading.content import MAX_PACKED_BYTES, Content, UnreadableError
from index.reading.text_writer import TextWriter
from index.splitting.header_row import LOOKED_AT, find_header
from index.splitting.paragraphs import Kind

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

_OLD_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ODS_ENCRYPTED = b"manifest:encryption-data"
_ODS_SHEETS = "content.xml"
_DIGITS = 15
"""How many digits of a number a spreadsheet program shows at most."""

_HEADING = 2

_Row = tuple[int, Sequence[str]]


class Spreadsheet:
    """Files of Excel and OpenDocument."""

    suffixes = (".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".ods")
    max_bytes = MAX_PACKED_BYTES
    isolated = True

    @property
    def version(self) -> str:
        """The version of this reader, and of the library that reads the sheets."""
        from importlib.metadata import version

        return f"spreadsheet 2, python-calamine {version('python-calamine')}"

    def read(self, data: bytes, encoding: str = "") -> Content:
        """Read every sheet. Raises UnreadableError if the file is encrypted or damaged."""
        _check(data)
        writer = TextWriter()
        try:
            _read_workbook(data, writer)
        except (MemoryError, UnreadableError):
            raise
        except BaseException as error:
            # The library has errors of its own, and a panic of it is no Exception.
            if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
                raise
            raise UnreadableError(_reason(error)) from error
        return writer.content(title_first=False)


def _check(data: bytes) -> None:
    """Check that a file is one of a spreadsheet program, and does not unpack to too much."""
    if data.startswith(_OLD_FILE):
        if _ENCRYPTED in data:
            raise UnreadableError("is encrypted: save it without a password")
        return
    archive = Archive.of(data)
    for name in archive.names:
        # The limits are those of the sizes that the archive states. The library unpacks what there
        # is, so each part is unpacked here first: that of another size is damaged.
        part = archive.read(name)
        if name == "META-INF/manifest.xml" and _ODS_ENCRYPTED in part:
            raise UnreadableError("is encrypted: save it without a password")
        if name == _ODS_SHEETS:
            _check_xml(part)


class _Nothing:
    """Takes what a parser finds, and keeps nothing of it."""

    def close(self) -> None:
        """Return nothing."""


def _check_xml(part: bytes) -> None:
    """Check the tags of the sheets of OpenDocument: the library looks for a missing end forever."""
    from lxml import etree

    parser = etree.XMLParser(
        target=_Nothing(), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )
    try:
        parser.feed(part)
        parser.close()
    except etree.XMLSyntaxError as error:
        raise UnreadableError("is damaged: its XML cannot be read") from error


def _reason(error: BaseException) -> str:
    if type(error).__name__ == "PasswordError":
        return "is encrypted: save it without a password"
    return "is damaged, or not a spreadsheet"


def _read_workbook(data: bytes, writer: TextWriter) -> None:
    from python_calamine import SheetTypeEnum, load_workbook

    with load_workbook(io.BytesIO(data)) as workbook:
        for number, sheet in enumerate(workbook.sheets_metadata):
            if sheet.typ in (SheetTypeEnum.WorkSheet, SheetTypeEnum.MacroSheet):
                _read_sheet(writer, sheet.name, workbook.get_sheet_by_index(number))
            elif sheet.typ is SheetTypeEnum.ChartSheet:
                writer.notes.append(f"the sheet {sheet.name!r} is a chart")


def _read_sheet(writer: TextWriter, name: str, sheet: CalamineSheet) -> None:
    """Write the rows of a sheet under its name."""
    rows = _rows(sheet)
    first = list(islice(rows, LOOKED_AT))
    if not first:
        return
    writer.at_page(*_place(first[0][0]))
    writer.write(name)
    writer.end_paragraph(Kind.HEADING, level=_HEADING)
    header = find_header([cells for _, cells in first])
    for place, (number, cells) in enumerate(chain(first, rows)):
        writer.at_page(*_place(number))
        filled = [cell for cell in cells if cell]
        for column, cell in enumerate(filled):
            if column:
                writer.next_cell()
            writer.write(cell)
        if place == header:
            writer.break_line()
        else:
            after_header = header is not None and place == header + 1
            writer.end_paragraph(Kind.LINES, is_row=True, has_header=after_header)


def _place(number: int) -> tuple[int, str]:
    return number, f"row {number}"


def _rows(sheet: CalamineSheet) -> Iterator[_Row]:
    """Yield the rows that hold something, each with its number."""
    for number, values in enumerate(sheet.iter_rows(), 1):
        cells = [_shown(value) for value in values]
        if any(cells):
            yield number, cells


def _shown(value: object) -> str:
    """Return a value as a person sees it, as far as that does not depend on its format.

    >>> [_shown(value) for value in (3.0, 0.1 + 0.2, True, datetime.datetime(2021, 5, 12))]
    ['3', '0.3', 'TRUE', '2021-05-12']
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return (
            f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.{_DIGITS}g}"
        )
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, datetime.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return str(value).strip()


FORMAT = Spreadsheet()
