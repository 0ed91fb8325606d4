"""The file that a page is exported to: written beside its place and renamed, never half of one."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from embed.errors import PassageSearchError
from query.page.views.exported import MARK

_HEAD = 4096
"""In so many bytes at its beginning a file says that it was exported."""


class ExportError(PassageSearchError):
    """A file cannot be written, or must not be replaced."""


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """The place of an exported page, which may be written.

    An earlier export may be replaced, and an empty file. Raises ExportError for any other file,
    for what is not a file, and if its folder is not there.
    """

    name: str

    def __post_init__(self) -> None:
        """Raise ExportError unless it may be written, as far as that is known beforehand."""
        path = self.path
        if self.name.endswith("/"):
            raise self._no_file()
        try:
            found = path.stat()
        except FileNotFoundError:
            if not path.parent.is_dir():
                raise ExportError(f"{self.name}: its folder is not there: make it") from None
            return
        except OSError as error:
            raise self._failure(error) from error
        if not stat.S_ISREG(found.st_mode):
            raise self._no_file()
        try:
            with path.open("rb") as file:
                start = file.read(_HEAD)
        except OSError as error:
            raise self._failure(error) from error
        if start and MARK.encode() not in start:
            raise ExportError(
                f"{self.name} is there, and --html did not write it: "
                "give another name, or remove it"
            )

    @property
    def path(self) -> Path:
        """The file itself, if the name is that of a link."""
        return Path(os.path.realpath(self.name))

    def write(self, data: bytes) -> None:
        """Write the file whole, in place of an earlier one; ExportError if that fails."""
        path = self.path
        beside = path.with_name(f".{secrets.token_hex(8)}.html")
        try:
            with beside.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError as error:
            raise self._failure(error) from error
        finally:
            with suppress(OSError):
                beside.unlink()

    def _no_file(self) -> ExportError:
        return ExportError(
            f"{self.name} is not a file: give the name of one, or - for standard output"
        )

    def _failure(self, error: OSError) -> ExportError:
        return ExportError(f"{self.name} cannot be written: {error.strerror or error}")
