"""Tables as text: CSV and its kin, in which each row is a passage with its header."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.reading.decoded_text import DecodedText

if TYPE_CHECKING:
    from index.splitting.structure import Structure


class Csv(DecodedText):
    """Files of values parted by commas, semicolons, tabs or bars."""

    suffixes = (".csv", ".tsv")
    version = "csv 2"

    def split(self, text: str) -> Structure:
        """Find the rows, and the header over them; a table has no head."""
        # Imported late: a build that finds nothing changed splits nothing.
        from index.splitting.csv import read_csv

        return read_csv(text)


FORMAT = Csv()
