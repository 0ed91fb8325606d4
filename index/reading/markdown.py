"""Markdown: text as of plain files, structure by its blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.reading.decoding import Content, decode

if TYPE_CHECKING:
    from index.splitting.structure import Structure


class Markdown:
    """Files of Markdown (CommonMark with tables and front matter)."""

    suffixes = (".md",)

    @property
    def version(self) -> str:
        """The versions of the libraries that find the blocks."""
        from importlib.metadata import version

        libraries = ("markdown-it-py", "mdit-py-plugins")
        return ", ".join(f"{library} {version(library)}" for library in libraries)

    def read(self, data: bytes) -> Content:
        """Decode the file."""
        return decode(data)

    def split(self, text: str) -> Structure:
        """Find the blocks, and the head in front matter and title."""
        # Imported late: a build that finds nothing changed splits nothing.
        from index.splitting.markdown import read_markdown
        from index.splitting.structure import Structure

        return Structure(*read_markdown(text), marks_headings=True)


FORMAT = Markdown()
