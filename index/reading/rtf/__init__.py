"""RTF: the text as a word processor shows it, headings by style, notes after their paragraph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.reading.content import MAX_PACKED_BYTES

if TYPE_CHECKING:
    from index.reading.content import Content


class Rtf:
    """Files in Rich Text Format."""

    suffixes = (".rtf",)
    version = "rtf 2"
    max_bytes = MAX_PACKED_BYTES
    isolated = True

    def read(self, data: bytes, encoding: str = "") -> Content:
        """Read the body with its tables, notes and comments; heads and feet of pages are left out.

        `encoding` is not needed: the file says it.
        """
        # Imported late: only the process that reads needs it.
        from index.reading.rtf.document import read_rtf

        return read_rtf(data)


FORMAT = Rtf()
