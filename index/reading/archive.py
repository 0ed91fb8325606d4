"""The members of a ZIP file, within limits."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO

from index.reading.content import UnreadableError

_MOST_MEMBERS = 20_000
_MOST_BYTES = 512 << 20
_HIGHEST_RATIO = 200


class Archive:
    """A ZIP file whose members can be read."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file

    @classmethod
    def of(cls, data: bytes) -> Archive:
        """Open the bytes of a ZIP file. Raises UnreadableError if they are not one, or too much."""
        try:
            file = zipfile.ZipFile(BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError) as error:
            raise UnreadableError("not a ZIP file, or damaged") from error
        members = file.infolist()
        total = sum(member.file_size for member in members)
        if len(members) > _MOST_MEMBERS or total > _MOST_BYTES:
            raise UnreadableError("holds too much when unpacked")
        if total > (1 << 20) + _HIGHEST_RATIO * len(data):
            raise UnreadableError("is packed more tightly than documents are")
        if any(member.flag_bits & 1 for member in members):
            raise UnreadableError("is encrypted: save it without a password first")
        return cls(file)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the members."""
        return tuple(self._file.namelist())

    def read(self, name: str) -> bytes:
        """Return a member. Raises UnreadableError if it is missing or damaged."""
        try:
            return self._file.read(name)
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise UnreadableError(f"{name} is missing or damaged") from error
