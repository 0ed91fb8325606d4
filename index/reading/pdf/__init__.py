"""PDF: characters to words, lines, columns and paragraphs, each with its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.reading.content import MAX_PACKED_BYTES

if TYPE_CHECKING:
    from index.reading.content import Content


class Pdf:
    """Files of the Portable Document Format."""

    suffixes = (".pdf",)
    max_bytes = MAX_PACKED_BYTES
    isolated = True

    @property
    def version(self) -> str:
        """The version of this reader and of the library that finds the characters."""
        from importlib.metadata import version

        return f"pdf 2, pypdfium2 {version('pypdfium2')}"

    def read(self, data: bytes, encoding: str = "") -> Content:
        """Read the pages in the order in which a person would."""
        from index.reading.pdf.reading import read_pdf

        return read_pdf(data)


FORMAT = Pdf()
