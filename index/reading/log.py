"""Logs: each entry stands for itself, with the lines that belong to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.reading.decoded_text import DecodedText

if TYPE_CHECKING:
    from index.splitting.structure import Structure


class Log(DecodedText):
    """Files of logs."""

    suffixes = (".log",)
    version = "log 2"

    def split(self, text: str) -> Structure:
        """Group the entries; a log has no head."""
        # Imported late: a build that finds nothing changed splits nothing.
        from index.splitting.log import read_log

        return read_log(text)


FORMAT = Log()
