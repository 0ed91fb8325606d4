"""HTML and XHTML: the text of a page, without the furniture of its site."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from index.reading.content import MAX_TEXT_BYTES, Content, UnreadableError
from index.reading.decoding import decode

if TYPE_CHECKING:
    from index.reading.html_tree import Element

_VERSION = "2"
_BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LOOKED_AT = 4096
_CHARSET = re.compile(
    rb"<meta\b[^>]{0,500}?charset\s*=\s*[\"']?\s*([\w.:-]+)"
    rb"|<\?xml\b[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]+)",
    re.IGNORECASE,
)
_XML = re.compile(r"\s*(?:<\?xml\b|<!DOCTYPE html PUBLIC \"[^\"]{0,99}XHTML 1)", re.IGNORECASE)
# What pages mean that name an encoding which is part of another.
_MEANT = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}


class Html:
    """Pages of HTML or XHTML."""

    suffixes = (".html", ".htm", ".xhtml")
    max_bytes = MAX_TEXT_BYTES
    isolated = True

    @property
    def version(self) -> str:
        """The version of this reader, and of the library that takes a page apart."""
        from importlib.metadata import version

        return f"html {_VERSION}, selectolax {version('selectolax')}"

    def read(self, data: bytes, encoding: str = "") -> Content:
        """Take the text out of the page, its furniture kept apart."""
        # Imported late: only the process that reads the page needs them.
        from dataclasses import replace

        from index.reading.html_head import read_head
        from index.reading.html_parting import part_words
        from index.reading.html_text import headings_of, write_text, write_unseen
        from index.reading.main_text import hidden_parts, site_parts
        from index.reading.text_writer import TextWriter

        decoded = decode_page(data, encoding)
        root = parse_page(decoded.text)
        part_words(root)
        writer = TextWriter()
        omitted = site_parts(root, hidden_parts(root))
        read_head(root, writer.head, headings_of(root, omitted))
        write_text(writer, root, omitted)
        write_unseen(writer, root)
        return replace(writer.content(), replaced=decoded.replaced, encoding=decoded.encoding)


def decode_page(data: bytes, encoding: str = "") -> Content:
    """Decode a page: by its mark, by what it says of itself, else as any text.

    `encoding` is that of pages which do not say it. Raises UnreadableError if it is not text.
    """
    if not data.startswith(_BYTE_ORDER_MARKS):
        named = _CHARSET.search(data, 0, _LOOKED_AT)
        if named and (own := _known((named[1] or named[2]).decode("ascii"))):
            encoding = own
            if own != "utf-8" and b"\0" not in data and not data.startswith(b"%PDF-"):
                return _decode(data, own)
    return decode(data, encoding)


def _decode(data: bytes, encoding: str) -> Content:
    """Decode a page in the encoding that it names, unless it is in UTF-8 all the same."""
    as_usual = decode(data, encoding)
    if not as_usual.encoding and not as_usual.replaced and not data.isascii():
        return as_usual
    text = data.decode(encoding, errors="replace")
    return Content(text, text.count("\N{REPLACEMENT CHARACTER}"), encoding)


def _known(name: str) -> str:
    """Return the encoding of a name as Python calls it, "" if there is none of text."""
    try:
        codec = codecs.lookup(name)
        "".encode(codec.name)
    except (LookupError, ValueError, TypeError):
        return ""
    if codec.name.startswith(("utf-16", "utf-32")):
        return ""  # the name itself could be read, so it is not in one of them
    return _MEANT.get(codec.name, codec.name)


def parse_page(text: str, *, is_xml: bool = False) -> Element:
    """Return the tree of a page: as XML if it is that and well-formed, else as HTML."""
    from index.reading.html_tree import parse_html, parse_xml

    if is_xml or _XML.match(text):
        try:
            return parse_xml(text)
        except UnreadableError:
            raise
        except ValueError:
            pass
    return parse_html(text)


FORMAT = Html()
