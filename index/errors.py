"""What can go wrong with an index, in words for the person who can put it right."""

from __future__ import annotations

from embed.errors import PassageSearchError


class CorpusError(PassageSearchError):
    """A folder cannot be read, or holds no article to index."""


class BuildError(PassageSearchError):
    """The build failed, and published nothing."""


class WorkersError(PassageSearchError):
    """The workers of a build cannot be reached, are gone, or differ from the one that builds."""


class OtherFolderError(PassageSearchError):
    """The index directory holds the index of another folder."""


class BusyIndexError(PassageSearchError):
    """Another process is writing this index; `what` says which process, and which index."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"{what}: try again when it is done, or wait with --wait SECONDS")

    def __reduce__(self) -> tuple[type[BusyIndexError], tuple[str]]:
        return BusyIndexError, (self.what,)


class NoIndexError(PassageSearchError):
    """No index was found in the place that was named, or in those that were searched."""


class ClosedIndexError(PassageSearchError):
    """The index was asked after it had been closed."""


class DamagedIndexError(PassageSearchError):
    """The index is not what was written; the message names the file."""


class EngineError(PassageSearchError):
    """An engine that keeps an index cannot be reached, or does not do what it is asked."""


class MissingExtraError(PassageSearchError, ImportError):
    """The library that a part of this program needs is not installed."""


class FormatError(PassageSearchError):
    """The index has format `version`, and this program reads format `reads`.

    `remedy` says what to do, and ends in a command.
    """

    def __init__(self, version: int, reads: int, remedy: str = "build it again") -> None:
        self.version = version
        self.reads = reads
        self.remedy = remedy
        self.newer = version > reads
        age = "newer" if self.newer else "older"
        if self.newer:
            remedy = f"use the passage-search that made it, or remove the index and {remedy}"
        super().__init__(
            f"the index has the {age} format {version}, this program reads {reads}: {remedy}"
        )

    def __reduce__(self) -> tuple[type[FormatError], tuple[int, int, str]]:
        return FormatError, (self.version, self.reads, self.remedy)


def system_message(error: Exception) -> str:
    """Return the message of the system without its error number, and the file that it is about."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror} ({error.filename})" if error.filename else error.strerror
    return str(error)
