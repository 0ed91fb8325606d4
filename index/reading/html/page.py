"""The bytes of a page to its text, and the text to its tree."""

from __future__ import annotations

import codecs
import re

from index.reading.content import Content, UnreadableError
from index.reading.decoding import decode
from index.reading.html.raised import raise_numbers
from index.reading.html.tree import Element, parse_html, parse_xml

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
_NO_ENCODING_OF_PAGES = frozenset(
    {"punycode", "idna", "unicode_escape", "raw_unicode_escape", "unicode-escape"}
    | {"raw-unicode-escape", "utf-7", "undefined"}
)
"""Codecs of Python that no browser has; some take squared time."""


def decode_page(data: bytes, encoding: str = "") -> Content:
    """Decode a page: by its mark, by what it says of itself, else as any text.

    `encoding` is that of pages which do not say it. Raises UnreadableError if it is not text.
    """
    if not data.startswith(_BYTE_ORDER_MARKS):
        named = _CHARSET.search(data, 0, _LOOKED_AT)
        if named and (own := known_encoding((named[1] or named[2]).decode("ascii"))):
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


def known_encoding(name: str) -> str:
    """Return the encoding of a name as Python calls it, "" if there is none of text.

    >>> known_encoding("Latin1"), known_encoding("GB2312"), known_encoding("punycode")
    ('cp1252', 'gb18030', '')
    """
    try:
        codec = codecs.lookup(name)
        "".encode(codec.name)
    except (LookupError, ValueError, TypeError):
        return ""
    if codec.name in _NO_ENCODING_OF_PAGES or codec.name.startswith(("utf-16", "utf-32")):
        return ""  # the name itself could be read, so the page is in neither of the wide ones
    return _MEANT.get(codec.name, codec.name)


def parse_page(text: str, *, is_xml: bool = False) -> Element:
    """Return the tree of a page: as XML if it is that and well-formed, else as HTML."""
    root = _parse(text, is_xml=is_xml)
    raise_numbers(root)
    return root


def _parse(text: str, *, is_xml: bool) -> Element:
    if is_xml or _XML.match(text):
        try:
            return parse_xml(text)
        except UnreadableError:
            raise
        except ValueError:
            pass
    return parse_html(text)
