"""reStructuredText: text as of plain files, structure by its markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.reading.decoded_text import DecodedText

if TYPE_CHECKING:
    from index.splitting.structure import Structure


class ReStructuredText(DecodedText):
    """Files of reStructuredText, as Docutils and Sphinx read it."""

    suffixes = (".rst",)
    version = "rst 1"

    def split(self, text: str) -> Structure:
        """Find the blocks, and the head in the title and the fields under it."""
        # Imported late: a build that finds nothing changed splits nothing.
        from index.splitting.rst import read_rst

        return read_rst(text)


FORMAT = ReStructuredText()
