"""The members of a ZIP file, within limits."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass

from index.reading.content import UnreadableError

_MOST_MEMBERS = 20_000
_MOST_BYTES = 1 << 30
_MOST_OF_MEMBER = 256 << 20
_HIGHEST_RATIO = 200
_SMALL = 1 << 20
_ENCRYPTED = 1


@dataclass(frozen=True, slots=True)
class Archive:
    """A ZIP file that holds neither too much nor too many members."""

    names: tuple[str, ...]
    _file: zipfile.ZipFile

    @classmethod
    def of(cls, data: bytes) -> Archive:
        """Open the archive; raises UnreadableError if it cannot be read, or holds too much."""
        try:
            file = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise UnreadableError("is damaged: not a ZIP archive") from error
        members = file.infolist()
        if len(members) > _MOST_MEMBERS:
            raise UnreadableError(f"holds more than {_MOST_MEMBERS:,} files")
        if any(member.flag_bits & _ENCRYPTED for member in members):
            raise UnreadableError("is encrypted")
        size = sum(member.file_size for member in members)
        if size > _MOST_BYTES or size > _HIGHEST_RATIO * len(data) + _SMALL:
            raise UnreadableError("holds more than it may when it is unpacked")
        return cls(tuple(member.filename for member in members), file)

    def read(self, name: str) -> bytes:
        """Return the bytes of a member; raises UnreadableError if it is missing or damaged."""
        try:
            with self._file.open(name) as member:
                data = member.read(_MOST_OF_MEMBER + 1)
        except KeyError as error:
            raise UnreadableError(f"is damaged: {name} is missing") from error
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            ValueError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise UnreadableError(f"is damaged: {name} cannot be unpacked") from error
        if len(data) > _MOST_OF_MEMBER:
            raise UnreadableError("holds more than it may when it is unpacked")
        return data
