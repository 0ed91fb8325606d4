"""OpenDocument text: what LibreOffice Writer saves, as a reader sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.reading.content import MAX_PACKED_BYTES

if TYPE_CHECKING:
    from index.reading.content import Content


class OpenDocument:
    """Texts in OpenDocument, and their templates: packed, or flat in one file of XML."""

    suffixes = (".odt", ".ott", ".fodt")
    max_bytes = MAX_PACKED_BYTES
    isolated = True

    @property
    def version(self) -> str:
        """The version of this reader, and of the library that reads XML."""
        from importlib.metadata import version

        return f"open_document 1, lxml {version('lxml')}"

    def read(self, data: bytes, encoding: str = "") -> Content:
        """Read the body with its tables, notes and comments; heads and feet of pages are left out.

        `encoding` is not needed: the file says it.
        """
        # Imported late: only the process that reads needs the library.
        from index.reading.open_document.document import read_open_document

        return read_open_document(data)


FORMAT = OpenDocument()
