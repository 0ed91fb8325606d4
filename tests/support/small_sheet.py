"""Small spreadsheets, written part by part: Excel's with styles, and OpenDocument's."""

import datetime
import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

Value = str | float | bool | datetime.date | None
Rows = Sequence[Sequence[Value]]

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OPEN = "urn:oasis:names:tc:opendocument:xmlns"
_FIRST_DAY = datetime.date(1899, 12, 30)
_DATE_STYLE = 1


def packed(parts: Mapping[str, str]) -> bytes:
    """A ZIP archive, the same for the same parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name), text.encode(), zipfile.ZIP_DEFLATED)
    return file.getvalue()


def excel(sheets: Mapping[str, Rows], *, hidden: Sequence[str] = (), merged: str = "") -> bytes:
    """A workbook of Excel; `hidden` are names of sheets, `merged` a range of each."""
    states = dict.fromkeys(hidden, ' state="hidden"')
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="r{n}"{states.get(name, "")}/>'
        for n, name in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="r{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    links += f'<Relationship Id="s" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="application/vnd.'
        'openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    styles = (
        f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/>'
        "</cellXfs></styleSheet>"
    )
    parts = {
        "[Content_Types].xml": (
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="'
            'application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="'
            '/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            f'spreadsheetml.sheet.main+xml"/>{kinds}</Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r" '
            f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'
        ),
        "xl/styles.xml": styles,
    }
    for number, rows in enumerate(sheets.values(), 1):
        parts[f"xl/worksheets/sheet{number}.xml"] = _sheet(rows, merged)
    return packed(parts)


def _sheet(rows: Rows, merged: str) -> str:
    lines = "".join(
        f'<row r="{n}">{"".join(_cell(value, column, n) for column, value in enumerate(row))}</row>'
        for n, row in enumerate(rows, 1)
    )
    ranges = f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData>{ranges}</worksheet>'


def _cell(value: Value, column: int, row: int) -> str:
    place = f'r="{chr(65 + column)}{row}"'
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c {place} t="b"><v>{int(value)}</v></c>'
    if isinstance(value, datetime.date):
        days: float = (datetime.date(value.year, value.month, value.day) - _FIRST_DAY).days
        if isinstance(value, datetime.datetime):
            days += (value.hour * 3600 + value.minute * 60 + value.second) / 86400
        return f'<c {place} s="{_DATE_STYLE}"><v>{days!r}</v></c>'
    if isinstance(value, str):
        text = escape(value)
        return f'<c {place} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    return f"<c {place}><v>{value!r}</v></c>"


def ods(sheets: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
    """A spreadsheet of OpenDocument with cells of text."""
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>{''.join(map(_open_row, rows))}</table:table>"
        for name, rows in sheets.items()
    )
    names = " ".join(f'xmlns:{name}="{_OPEN}:{name}:1.0"' for name in ("office", "table", "text"))
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return packed(
        {
            "mimetype": kind,
            "META-INF/manifest.xml": (
                f'<manifest:manifest xmlns:manifest="{_OPEN}:manifest:1.0"><manifest:file-entry '
                f'manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
            ),
            "content.xml": (
                f"<office:document-content {names}><office:body><office:spreadsheet>{tables}"
                "</office:spreadsheet></office:body></office:document-content>"
            ),
        }
    )


def _open_row(row: Sequence[str]) -> str:
    cells = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p>'
        "</table:table-cell>"
        if value
        else "<table:table-cell/>"
        for value in row
    )
    return f"<table:table-row>{cells}</table:table-row>"
