"""Org: text as of plain files, structure by its markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.reading.decoded_text import DecodedText

if TYPE_CHECKING:
    from index.splitting.structure import Structure


class Org(DecodedText):
    """Files of Org mode."""

    suffixes = (".org",)
    version = "org 2"

    def split(self, text: str) -> Structure:
        """Find the blocks, and the head in the keywords at the top."""
        # Imported late: a build that finds nothing changed splits nothing.
        from index.splitting.org import read_org

        return read_org(text)


FORMAT = Org()
