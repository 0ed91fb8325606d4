"""The bytes of a text file to its text, whatever its encoding."""

from __future__ import annotations

import codecs
import re

from index.reading.content import Content, UnreadableError

_SURROGATE = re.compile("[\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins as the mark of UTF-16 does, so it comes first
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")

# How files begin that are not text, though their names may say so.
_MAGIC = (b"%PDF-", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"\x7fELF")
_MOST_LOOKED_AT = 1 << 16
# Control characters that no text has, as a share of the characters looked at.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_CONTROL_BYTES = bytes([*range(9), *range(14, 32)])
_MOST_CONTROLS_OF_BYTES = 3
"""A third of the bytes of a text in UTF-8 that are control characters, at most."""
_FEW_CONTROLS, _MOST_CONTROLS = 40, 0.02
_SHORTEST_WIDE = 16
"""Bytes from which a wide encoding without a mark can be told, at least."""

_FEWEST_TELLING_BYTES = 12
"""Bytes outside ASCII from which the encoding of a file can be told, at least."""

_USUAL = "cp1252"
_MOST_GUESSED_FROM = 1 << 18
_MOST_CHAOS, _LEAST_COHERENCE = 0.1, 0.2
_MULTIBYTE = ("cp932", "euc_jp", "gb18030", "big5", "cp949")
_LEGACY = (
    *(f"cp125{number}" for number in range(8)),
    "koi8_r",
    *_MULTIBYTE,
)
"""The encodings that files in use have; of many more, a short text would seem to be in one."""
_DOS = ("cp850", "cp852", "cp866")
_LETTERS_OF_DOS = bytes(range(0x80, 0xB0))
_FEWEST_OF_DOS = 0.1
"""The share of the bytes outside ASCII in which DOS has letters, and Windows has nearly none."""
_LETTERS_OF_1250 = re.compile(rb"[\x80-\x9f]")
_LETTERS_OF_LATIN_2 = re.compile(rb"[\xa6\xac\xb1\xb6\xbc\xbe]")
_CENTRAL_EUROPEAN = {"Polish", "Czech", "Slovak", "Hungarian", "Romanian", "Croatian", "Slovene"}
_LANGUAGES = {
    "cp1250": _CENTRAL_EUROPEAN,
    "cp1257": {"Lithuanian", "Latvian", "Estonian", "English"},
}
"""The languages of encodings in which a text of any other may seem to be by chance.

A text that is mostly English may hold another language, which is not named.
"""


def decode(data: bytes, encoding: str = "") -> Content:
    """Decode the bytes of a file; a byte order mark is not part of the text.

    UTF-8, UTF-16 and UTF-32 are known by their marks or by themselves. Any other file is read in
    `encoding`, or if that is "", in the one that charset-normalizer finds most likely; if the bytes
    tell too little, in Windows-1252. Raises UnreadableError if the bytes are not those of a text.
    """
    for mark, marked_encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode(data[len(mark) :], marked_encoding)
    if data.startswith(_MAGIC):
        raise UnreadableError("not text")
    if b"\0" in data and (wide := _wide_encoding(data)):
        return _decode(data, wide)
    content = _decode(data, "utf-8")
    if not content.replaced and b"\0" not in data:
        return content
    if content.replaced and not _is_damaged_utf8(content):
        content = _decode(data, encoding or _guessed(data))
    controls = len(_CONTROLS.findall(content.text, 0, _MOST_LOOKED_AT))
    if controls > _FEW_CONTROLS + _MOST_CONTROLS * min(len(content.text), _MOST_LOOKED_AT):
        raise UnreadableError("not text")
    return content


def _decode(data: bytes, encoding: str) -> Content:
    name = "" if encoding == "utf-8" else encoding
    try:
        return Content(data.decode(encoding), encoding=name)
    except UnicodeDecodeError:
        text = data.decode(encoding, errors="replace")
    own = data.decode(encoding, errors="ignore").count(_REPLACEMENT)
    return Content(text, text.count(_REPLACEMENT) - own, name)


def _wide_encoding(data: bytes) -> str:
    """Return the encoding of a text in UTF-16 or UTF-32 without a mark, or "" if it is neither.

    A text has spaces or ends of lines, and signs of few kinds: most high bytes are alike.
    """
    start = data[:_MOST_LOOKED_AT]
    controls = len(start) - len(start.translate(None, _CONTROL_BYTES))
    if len(data) < _SHORTEST_WIDE:
        return ""
    if _is_utf8(start) and _MOST_CONTROLS_OF_BYTES * controls <= len(start):
        return ""
    for encoding in _WIDE:
        width = 4 if "32" in encoding else 2
        if len(data) % width:
            continue
        try:
            text = start[: len(start) // width * width].decode(encoding)
        except UnicodeDecodeError:
            continue
        printed = sum(char.isprintable() or char in "\r\n\t\f" for char in text)
        usual = sum(char.isspace() or char.isascii() for char in text)
        if 20 * printed >= 19 * len(text) and 20 * usual >= len(text):
            return encoding
    return ""


def _is_utf8(data: bytes) -> bool:
    return not _decode(data, "utf-8").replaced


def _is_damaged_utf8(content: Content) -> bool:
    """Return whether a text is in UTF-8 but for a few bytes: most that are not ASCII fit."""
    fitting = sum(not char.isascii() for char in content.text) - content.replaced
    return fitting >= content.replaced


def _guessed(data: bytes) -> str:
    """Return the likeliest encoding, with ISO 8859-2 told from Windows-1250."""
    likeliest = _likeliest(data)
    return "iso8859_2" if likeliest == "cp1250" and _is_latin_2(data) else likeliest


def _likeliest(data: bytes) -> str:
    """Return the encoding that fits the bytes best, by their frequencies and the language."""
    telling = len(data) - len(data.translate(None, bytes(range(128, 256))))
    if telling < _FEWEST_TELLING_BYTES:
        return _USUAL
    # Imported late: few folders hold such a file.
    from charset_normalizer import from_bytes

    of_dos = len(data) - len(data.translate(None, _LETTERS_OF_DOS))
    possible = [*_LEGACY, *_DOS] if of_dos >= _FEWEST_OF_DOS * telling else [*_LEGACY]
    found = from_bytes(data[:_MOST_GUESSED_FROM], cp_isolation=possible)
    best = found.best()
    if best is None or best.chaos > _MOST_CHAOS:
        return _USUAL
    encodings = {match.encoding: match for match in found}
    if best.language in _CENTRAL_EUROPEAN and "cp1250" in encodings:
        return "cp1250"
    usual = encodings.get(_USUAL)
    if usual and best.language not in _LANGUAGES.get(best.encoding, {best.language}):
        return _USUAL
    fits_as_well = usual and usual.chaos <= best.chaos and usual.coherence >= best.coherence
    if fits_as_well or (best.coherence < _LEAST_COHERENCE and best.encoding not in _MULTIBYTE):
        return _USUAL
    return best.encoding


def _is_latin_2(data: bytes) -> bool:
    """Return whether a text is in ISO 8859-2 rather than in Windows-1250, by what both may hold.

    One has control characters where the other has letters, which has signs where the first has
    letters such as ą, ś, ź and ž.
    """
    return not _LETTERS_OF_1250.search(data) and _LETTERS_OF_LATIN_2.search(data) is not None


def without_surrogates(text: str) -> Content:
    """Replace the lone surrogates of a text at hand, which no file in UTF-8 could hold."""
    return Content(*_SURROGATE.subn(_REPLACEMENT, text))
