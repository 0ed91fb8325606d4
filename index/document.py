"""A document as it was read: its text, and what its reader found beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.types import Head

if TYPE_CHECKING:
    from index.splitting.structure import Structure


@dataclass(frozen=True, slots=True)
class Document:
    """An article as it stands in its file.

    `doc_id` is the POSIX path relative to the corpus folder, or the name of a text at hand. `text`
    is decoded without its byte order mark, line ends untouched, so that offsets into it can be
    checked against the file. `sha256` is the hex digest of the file's bytes. `replaced` counts the
    U+FFFD that stand for bytes which are not text. `encoding` is "" for UTF-8.

    `format` is the name of the format that it is read as, or "" for the one that its name tells.
    The text of a format that is not text, such as PDF, is extracted. Then `structure` is what was
    found beside it, and `notes` say what could not be read. `stated` is what is known of its head
    beside the file, and counts for more than what the file says.
    """

    doc_id: str
    text: str
    sha256: str
    replaced: int = 0
    encoding: str = ""
    format: str = ""
    structure: Structure | None = field(default=None, compare=False, repr=False)
    notes: tuple[str, ...] = ()
    stated: Head | None = None
