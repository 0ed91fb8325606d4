"""The bytes of a text file to its text."""

from __future__ import annotations

import codecs
import contextlib
import re
from dataclasses import dataclass

_SURROGATE = re.compile("[\ud800-\udfff]")

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins as the mark of UTF-16 does, so it comes first
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Content:
    """The text of a file. `replaced` counts the U+FFFD that stand for bytes which are not text."""

    text: str
    replaced: int = 0


def decode(data: bytes) -> Content:
    """Decode UTF-8, or what a byte order mark says; the mark itself is not part of the text."""
    encoding = "utf-8"
    for mark, marked_encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            data, encoding = data[len(mark) :], marked_encoding
            break
    with contextlib.suppress(UnicodeDecodeError):
        return Content(data.decode(encoding))
    text = data.decode(encoding, errors="replace")
    own = data.decode(encoding, errors="ignore").count("\ufffd")
    return Content(text, text.count("\ufffd") - own)


def without_surrogates(text: str) -> Content:
    """Replace the lone surrogates of a text at hand, which no file in UTF-8 could hold."""
    return Content(*_SURROGATE.subn("\N{REPLACEMENT CHARACTER}", text))
