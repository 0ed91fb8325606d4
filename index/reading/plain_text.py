"""Plain text: any encoding, paragraphs by the habits of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.reading.decoded_text import DecodedText

if TYPE_CHECKING:
    from index.splitting.structure import Structure


class PlainText(DecodedText):
    """Files of plain text."""

    suffixes = (".txt", ".text")
    version = "3"

    def split(self, text: str) -> Structure:
        """Take the head off the first paragraphs, and join short lines that belong together."""
        # Imported late: a build that finds nothing changed splits nothing.
        from index.splitting.plain_text import read_plain_text

        return read_plain_text(text)


FORMAT = PlainText()
