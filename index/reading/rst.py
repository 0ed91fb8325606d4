"""reStructuredText: text as of plain files, structure by its markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.reading.content import MAX_TEXT_BYTES, Content
from index.reading.decoding import decode

if TYPE_CHECKING:
    from index.splitting.structure import Structure


class ReStructuredText:
    """Files of reStructuredText, as Docutils and Sphinx read it."""

    suffixes = (".rst",)
    max_bytes = MAX_TEXT_BYTES
    isolated = False
    version = "rst 1"

    def read(self, data: bytes, encoding: str = "") -> Content:
        """Decode the file."""
        return decode(data, encoding)

    def split(self, text: str) -> Structure:
        """Find the blocks, and the head in the title and the fields under it."""
        # Imported late: a build that finds nothing changed splits nothing.
        from index.splitting.rst import read_rst

        return read_rst(text)


FORMAT = ReStructuredText()
