"""Word: the text as a reader sees it, headings by style, notes after what they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.reading.content import MAX_PACKED_BYTES

if TYPE_CHECKING:
    from index.reading.content import Content


class Word:
    """Files of Word since 2007 (Office Open XML), templates and those with macros too."""

    suffixes = (".docx", ".docm", ".dotx", ".dotm")
    max_bytes = MAX_PACKED_BYTES
    isolated = True

    @property
    def version(self) -> str:
        """The version of this reader, and of the library that reads XML."""
        from importlib.metadata import version

        return f"word 1, lxml {version('lxml')}"

    def read(self, data: bytes, encoding: str = "") -> Content:
        """Read the body with its tables, notes and comments; heads and feet of pages are left out.

        `encoding` is not needed: the file says it.
        """
        # Imported late: only the process that reads needs the library.
        from index.reading.word.document import read_word

        return read_word(data)


FORMAT = Word()
