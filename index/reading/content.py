"""The result of reading the bytes of a file: its text, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.splitting.structure import Structure

MAX_TEXT_BYTES = 16 << 20
"""The size limit of a file of text; larger ones are data rather than articles."""

MAX_PACKED_BYTES = 256 << 20
"""The size limit of a file that holds more than its text: pictures, fonts."""


class UnreadableError(ValueError):
    """The bytes cannot be read. The message says why, as the end of "left out a.pdf: ..."."""


class ReadingFailedError(UnreadableError):
    """Reading failed, and may not fail again: the process crashed, or took too long.

    Nothing is known of the bytes then, so they are read again by the next build.
    """


@dataclass(frozen=True, slots=True)
class Content:
    """The text of a file.

    `replaced` counts the U+FFFD that stand for bytes which are not text. `encoding` is that of the
    file, or "" for UTF-8. `structure` is what the reader found beside the text; None if the text
    itself tells it. `notes` are sentences for the person who builds, about what could not be read:
    "3 of 12 pages are pictures: they need OCR first".
    """

    text: str
    replaced: int = 0
    encoding: str = ""
    structure: Structure | None = None
    notes: tuple[str, ...] = ()
