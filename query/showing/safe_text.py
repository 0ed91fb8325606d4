"""Text of documents that is safe to show, and how wide it is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

# Format characters that scripts need to be read: the two zero-width joiners.
_HARMLESS = {"\u200c", "\u200d"}

# Characters of one column each, which most texts are made of: Latin, Greek and Cyrillic letters,
# quotation marks, dashes, arrows. None of them changes the width of another.
_NARROW = re.compile(
    "[\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u052f"
    "\u2010-\u2027\u2030-\u205e\u20a0-\u20c0\u2190-\u2319]*"
)


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
    """Return how many terminal columns a text takes, as `shown` gives it (by `wcwidth`)."""
    if _NARROW.fullmatch(text):
        return len(text)
    # Imported for such a text alone: it takes a cold query some 12 ms.
    from wcwidth import wcswidth

    return wcswidth(text)


def columns_in_line(text: str) -> int:
    """Return how many columns a text takes after others on a line.

    A mark at its beginning may take a column there, and none if nothing stands before it.
    """
    return columns(f" {text}") - 1


def pieces(text: str, room: int) -> Iterator[str]:
    """Yield a text in pieces of at most `room` columns.

    What is shown as one character is not parted, whatever it consists of.
    """
    piece = ""
    for cluster in _clusters(text):
        if piece and columns_in_line(piece + cluster) > room:
            yield piece
            piece = ""
        piece += cluster
    yield piece


def _clusters(text: str) -> Iterable[str]:
    if _NARROW.fullmatch(text):
        return text
    from wcwidth import iter_graphemes

    return iter_graphemes(text)
