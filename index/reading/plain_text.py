"""Plain text: UTF-8 or what a byte order mark says; paragraphs by the habits of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.reading.decoding import Content, decode

if TYPE_CHECKING:
    from index.splitting.structure import Structure


class PlainText:
    """Files of plain text."""

    suffixes = (".txt",)
    version = "1"

    def read(self, data: bytes) -> Content:
        """Decode the file."""
        return decode(data)

    def split(self, text: str) -> Structure:
        """Take the head off the first paragraphs, and join short lines that belong together."""
        # Imported late: a build that finds nothing changed splits nothing.
        from index.splitting.head import take_head
        from index.splitting.paragraphs import join_lines, read_paragraphs
        from index.splitting.structure import Structure

        head, paragraphs = take_head(text, read_paragraphs(text))
        return Structure(head, join_lines(text, paragraphs), marks_headings=False)


FORMAT = PlainText()
