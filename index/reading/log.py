"""Logs: each entry stands for itself, with the lines that belong to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.reading.content import MAX_TEXT_BYTES, Content
from index.reading.decoding import decode

if TYPE_CHECKING:
    from index.splitting.structure import Structure


class Log:
    """Files of logs."""

    suffixes = (".log",)
    max_bytes = MAX_TEXT_BYTES
    isolated = False
    version = "log 1"

    def read(self, data: bytes, encoding: str = "") -> Content:
        """Decode the file."""
        return decode(data, encoding)

    def split(self, text: str) -> Structure:
        """Group the entries; a log has no head."""
        # Imported late: a build that finds nothing changed splits nothing.
        from index.splitting.log import read_log

        return read_log(text)


FORMAT = Log()
