"""Markdown: text as of plain files, structure by its blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.reading.decoded_text import DecodedText

if TYPE_CHECKING:
    from index.splitting.structure import Structure

_VERSION = "5"


class Markdown(DecodedText):
    """Files of Markdown (CommonMark with tables and front matter)."""

    suffixes = (".md", ".markdown")

    @property
    def version(self) -> str:
        """The version of this reader, and of the library that finds the blocks."""
        from importlib.metadata import version

        return f"markdown {_VERSION}, markdown-it-py {version('markdown-it-py')}"

    def split(self, text: str) -> Structure:
        """Find the blocks, and the head in front matter and title."""
        # Imported late: a build that finds nothing changed splits nothing.
        from index.splitting.markdown import read_markdown

        return read_markdown(text)


FORMAT = Markdown()
