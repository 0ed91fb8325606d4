"""Builds small OpenDocument texts for tests."""

import io
import zipfile
from collections.abc import Mapping

_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
NAMESPACES = (
    f'xmlns:office="{_OASIS}:office:1.0" xmlns:text="{_OASIS}:text:1.0" '
    f'xmlns:table="{_OASIS}:table:1.0" xmlns:style="{_OASIS}:style:1.0" '
    f'xmlns:draw="{_OASIS}:drawing:1.0" xmlns:meta="{_OASIS}:meta:1.0" '
    f'xmlns:svg="{_OASIS}:svg-compatible:1.0" xmlns:fo="{_OASIS}:xsl-fo-compatible:1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:math="http://www.w3.org/1998/Math/MathML"'
)
STYLES = (
    '<style:style style:family="paragraph" style:name="Title"/>'
    '<style:style style:family="paragraph" style:name="P1" style:parent-style-name="Title"/>'
    '<style:style style:family="paragraph" style:name="Bold">'
    '<style:text-properties fo:font-weight="bold"/></style:style>'
    '<style:style style:family="paragraph" style:name="Gone">'
    '<style:text-properties text:display="none"/></style:style>'
    '<style:style style:family="text" style:name="gone">'
    '<style:text-properties text:display="none"/></style:style>'
    '<style:style style:family="text" style:name="up">'
    '<style:text-properties style:text-position="super 58%"/></style:style>'
    '<style:style style:family="text" style:name="circle" style:parent-style-name="circle"/>'
    '<text:list-style style:name="L1">'
    '<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>'
    '<text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")"'
    ' text:display-levels="2"/></text:list-style>'
    '<text:list-style style:name="L2">'
    '<text:list-level-style-bullet text:level="1" text:bullet-char="•"/></text:list-style>'
    '<text:outline-style><text:outline-level-style text:level="2" style:num-format="I"/>'
    "</text:outline-style>"
)


def part(name: str, inside: str) -> str:
    """A part of a file."""
    return f"<office:{name} {NAMESPACES}>{inside}</office:{name}>"


def p(inside: str, style: str = "") -> str:
    """A paragraph."""
    return f'<text:p text:style-name="{style}">{inside}</text:p>'


def h(inside: str, level: int = 1) -> str:
    """A heading."""
    return f'<text:h text:outline-level="{level}">{inside}</text:h>'


def items(*inside: str, style: str = "", attributes: str = "") -> str:
    """A list of which each item has these paragraphs, or lists."""
    lines = "".join(f"<text:list-item>{own}</text:list-item>" for own in inside)
    return f'<text:list text:style-name="{style}" {attributes}>{lines}</text:list>'


def row(*cells: str) -> str:
    """A row of a table, each cell with a paragraph."""
    inside = "".join(f"<table:table-cell>{p(cell)}</table:table-cell>" for cell in cells)
    return f"<table:table-row>{inside}</table:table-row>"


def table(*rows: str, header: str = "") -> str:
    """A table."""
    before = f"<table:table-header-rows>{header}</table:table-header-rows>" if header else ""
    return f"<table:table>{before}{''.join(rows)}</table:table>"


def frame(inside: str) -> str:
    """A frame with a picture, a text box or an object."""
    return f"<draw:frame>{inside}</draw:frame>"


def odt(
    body: str, *, meta: str = "", pages: str = "", members: Mapping[str, str] | None = None
) -> bytes:
    """A packed file; `pages` are the heads and feet of its pages."""
    own = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": part(
            "document-content", f"<office:body><office:text>{body}</office:text></office:body>"
        ),
        "styles.xml": part(
            "document-styles",
            f"<office:styles>{STYLES}</office:styles><office:master-styles>"
            f"<style:master-page>{pages}</style:master-page></office:master-styles>",
        ),
        "meta.xml": part("document-meta", f"<office:meta>{meta}</office:meta>"),
        **(members or {}),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, inside in own.items():
            archive.writestr(zipfile.ZipInfo(name), inside, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def fodt(body: str, *, meta: str = "", pages: str = "") -> bytes:
    """The same in one file of XML."""
    return (
        "<?xml version='1.0' encoding='UTF-8'?>"
        + part(
            "document",
            f"<office:meta>{meta}</office:meta><office:styles>{STYLES}</office:styles>"
            f"<office:master-styles><style:master-page>{pages}</style:master-page>"
            f"</office:master-styles><office:body><office:text>{body}</office:text></office:body>",
        )
    ).encode()
