"""MDX: Markdown with components, of which a reader sees what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.reading.decoded_text import DecodedText

if TYPE_CHECKING:
    from index.splitting.structure import Structure


class Mdx(DecodedText):
    """Files of MDX."""

    suffixes = (".mdx",)
    version = "mdx 5"
    """The blocks are found by the format of Markdown, which has a version of its own."""

    def split(self, text: str) -> Structure:
        """Find the blocks as in Markdown; imports, exports and lines of tags are left out."""
        # Imported late: a build that finds nothing changed splits nothing.
        from index.splitting.mdx import read_mdx

        return read_mdx(text)


FORMAT = Mdx()
