"""What can go wrong with an index, in words for the person who can put it right."""

from __future__ import annotations

from embed.errors import PassageSearchError


class CorpusError(PassageSearchError):
    """A folder cannot be read, or holds no article to index."""


class BuildError(PassageSearchError):
    """The build could not keep its promises, and published nothing."""


class OtherFolderError(PassageSearchError):
    """The index directory holds the index of another folder."""


class BusyIndexError(PassageSearchError):
    """Another process is writing this index."""


class NoIndexError(PassageSearchError):
    """There is no index where one was looked for."""


class ClosedIndexError(PassageSearchError):
    """The index was closed, and is asked all the same."""


class DamagedIndexError(PassageSearchError):
    """The index is not what was written; the message names the file."""


class FormatError(PassageSearchError):
    """The index has format `version`, and this program reads format `reads`.

    `command` builds the index again.
    """

    def __init__(self, version: int, reads: int, command: str = "index build FOLDER") -> None:
        self.version = version
        self.reads = reads
        self.newer = version > reads
        age, remedy = "older", f"build it again: {command}"
        if self.newer:
            age = "newer"
            remedy = f"use the passage-search that made it, or remove it and {remedy}"
        super().__init__(
            f"the index has the {age} format {version}, this program reads {reads}: {remedy}"
        )
