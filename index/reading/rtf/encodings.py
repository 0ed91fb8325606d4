"""The encodings of RTF: those of its code pages, and those of its fonts."""

from __future__ import annotations

import codecs

SYMBOL = "symbol"
"""The encoding of fonts that have signs of their own in place of letters."""

_OF_CHARSET = {
    2: SYMBOL,
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gb18030",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp437",
}
_OF_PAGE = {65001: "utf-8", 10000: "mac_roman", 10007: "mac_cyrillic", 936: "gb18030"}


def of_charset(number: int) -> str:
    """Return the encoding of the fonts of a character set; "" for that of the document."""
    return _OF_CHARSET.get(number, "")


def of_page(number: int) -> str:
    """Return the encoding of a code page; "" if there is none such.

    >>> of_page(1251), of_page(65001), of_page(0)
    ('cp1251', 'utf-8', '')
    """
    name = _OF_PAGE.get(number, f"cp{number}")
    try:
        codecs.lookup(name)
    except LookupError:
        return ""
    return name
