"""Files that are text: their formats differ in how the text is split, not in how it is read."""

from __future__ import annotations

from index.reading.content import MAX_TEXT_BYTES, Content
from index.reading.decoding import decode


class DecodedText:
    """A format of text. One of its own adds `suffixes`, `version` and `split`."""

    max_bytes = MAX_TEXT_BYTES
    isolated = False

    def read(self, data: bytes, encoding: str = "") -> Content:
        """Decode the file."""
        return decode(data, encoding)
