"""Text of documents that is safe to show, and how wide it is."""

from __future__ import annotations

import unicodedata

# Format characters that scripts need to be read: the two zero-width joiners.
_HARMLESS = {"\u200c", "\u200d"}


def shown(text: str) -> str:
    r"""`text` with everything that could act on a terminal written out.

    Control characters, bidirectional controls, surrogates and the like become `\x1b`,
    `\u202e`; letters, marks, punctuation, and spaces stay.

    >>> shown("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _is_harmless(char) else _written_out(char) for char in text)


def _is_harmless(char: str) -> bool:
    return char.isprintable() or char in _HARMLESS or unicodedata.category(char) == "Zs"


def _written_out(char: str) -> str:
    return (
        char.encode("ascii", "backslashreplace").decode()
        if char > "\x7f"
        else f"\\x{ord(char):02x}"
    )


def columns(text: str) -> int:
    """Return how many terminal columns `text` takes (https://www.unicode.org/reports/tr11/)."""
    if text.isascii():
        return len(text)
    return sum(char_columns(char) for char in text)


def char_columns(char: str) -> int:
    """Return how many terminal columns a character takes."""
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
