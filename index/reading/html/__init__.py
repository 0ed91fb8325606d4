"""HTML and XHTML: the text of a page, without the furniture of its site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.reading.content import MAX_TEXT_BYTES

if TYPE_CHECKING:
    from index.reading.content import Content

_VERSION = "5"


class Html:
    """Pages of HTML or XHTML."""

    suffixes = (".html", ".htm", ".xhtml")
    max_bytes = MAX_TEXT_BYTES
    isolated = True

    @property
    def version(self) -> str:
        """The version of this reader, and of the library that takes a page apart."""
        from importlib.metadata import version

        return f"html {_VERSION}, selectolax {version('selectolax')}"

    def read(self, data: bytes, encoding: str = "") -> Content:
        """Take the text out of the page, its furniture kept apart."""
        # Imported late: only the process that reads the page needs them.
        from dataclasses import replace

        from index.reading.html.head import read_head
        from index.reading.html.main_text import hidden_parts, site_parts
        from index.reading.html.page import decode_page, parse_page
        from index.reading.html.parting import part_words
        from index.reading.html.text import headings_of, write_text, write_unseen
        from index.reading.text_writer import TextWriter

        decoded = decode_page(data, encoding)
        root = parse_page(decoded.text)
        part_words(root)
        writer = TextWriter()
        omitted = site_parts(root, hidden_parts(root))
        read_head(root, writer.head, headings_of(root, omitted))
        write_text(writer, root, omitted)
        write_unseen(writer, root)
        return replace(writer.content(), replaced=decoded.replaced, encoding=decoded.encoding)


FORMAT = Html()
