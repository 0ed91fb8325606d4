"""PowerPoint: the slides in the order of the show, each with its notes and comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.reading.content import MAX_PACKED_BYTES

if TYPE_CHECKING:
    from index.reading.content import Content


class PowerPoint:
    """Files of PowerPoint since 2007 (Office Open XML), shows, templates and those with macros."""

    suffixes = (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm")
    max_bytes = MAX_PACKED_BYTES
    isolated = True

    @property
    def version(self) -> str:
        """The version of this reader, and of the library that reads XML."""
        from importlib.metadata import version

        return f"powerpoint 1, lxml {version('lxml')}"

    def read(self, data: bytes, encoding: str = "") -> Content:
        """Read the slides, each under its title; footers and numbers of slides are left out.

        `encoding` is not needed: the file says it.
        """
        # Imported late: only the process that reads needs the library.
        from index.reading.powerpoint.deck import read_deck

        return read_deck(data)


FORMAT = PowerPoint()
