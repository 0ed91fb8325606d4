"""The members of a ZIP archive, read from memory. The archive is not trusted.

Nothing is written to disk, and the name of a member is never used as a path. The standard library
reads the directory of the archive, and this module the members, so that each is checked for its
place, length and checksum.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from index.reading.content import UnreadableError

_MIB = 1 << 20
_MOST_MEMBERS = 10_000
"""Most members; a book of a thousand chapters and pictures has a fifth of it."""

_MOST_ENTRIES = 10 * _MOST_MEMBERS
"""From how many marks of an entry the directory is not even read: each takes half a kilobyte."""

_MOST_UNPACKED = 512 * _MIB
_MOST_OF_A_MEMBER = 128 * _MIB
_HIGHEST_RATIO = 200
"""How much larger everything may be unpacked.

The XML of a long table is packed about thirty times smaller, that of an empty one a hundred times,
a bomb a thousand times, which is the most that DEFLATE can do.
"""

_SMALL = 16 * _MIB
"""An archive that unpacks to no more than this may have any ratio."""

_ENTRY_MARK = b"PK\x01\x02"
_HEADER = struct.Struct("<4s22xHH")
_HEADER_MARK = b"PK\x03\x04"
_ENCRYPTED = 0x1 | 0x40 | 0x2000
"""Flags of a member that is encrypted: simply, strongly, with its header."""


@dataclass(frozen=True, slots=True)
class _Member:
    header: int
    packed: int
    size: int
    checksum: int
    method: int


@dataclass(frozen=True, slots=True)
class Archive:
    """The members of a ZIP archive by name, each checked against its limits.

    >>> buffer = io.BytesIO()
    >>> with zipfile.ZipFile(buffer, "w") as file:
    ...     file.writestr("a/b.txt", "Rivers.")
    >>> archive = Archive.of(buffer.getvalue())
    >>> archive.names, archive.read("a/b.txt")
    (('a/b.txt',), b'Rivers.')
    """

    _data: bytes
    _members: Mapping[str, _Member]

    @classmethod
    def of(cls, data: bytes) -> Archive:
        """Open an archive; nothing is unpacked yet.

        Raises UnreadableError if it is damaged or encrypted, unpacks to too much, is packed in a
        way other than DEFLATE, or has members that share their bytes.
        """
        entries = _entries_of(data)
        if any(entry.flag_bits & _ENCRYPTED for entry in entries):
            raise UnreadableError("is encrypted: save it without a password")
        if any(
            entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
            for entry in entries
        ):
            raise UnreadableError("is packed in an unusual way: pack it again with DEFLATE")
        _check_sizes(entries)
        members = [
            _Member(e.header_offset, e.compress_size, e.file_size, e.CRC, e.compress_type)
            for e in entries
        ]
        _check_apart(data, members)
        # Of members with the same name the last one counts.
        names = [entry.filename for entry in entries]
        return cls(
            data,
            {
                name: member
                for name, member in zip(names, members, strict=True)
                if not name.endswith("/")
            },
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the members in the order of the directory, without those of folders."""
        return tuple(self._members)

    def read(self, name: str) -> bytes:
        """Unpack a member.

        Raises UnreadableError if it is missing or damaged, or has another length than is said.
        """
        member = self._members.get(name)
        if member is None:
            raise UnreadableError("is damaged: a part of it is missing")
        start = _start_of(self._data, member)
        packed = memoryview(self._data)[start : start + member.packed] if start else b""
        if not start or len(packed) != member.packed:
            raise UnreadableError("is damaged: a part of it is cut off")
        data = bytes(packed) if member.method == zipfile.ZIP_STORED else _inflate(packed, member)
        if len(data) != member.size or zlib.crc32(data) != member.checksum:
            raise UnreadableError("is damaged: a part of it has another checksum")
        return data


def _entries_of(data: bytes) -> list[zipfile.ZipInfo]:
    """Return the entries of the directory of an archive."""
    too_many = f"has more than {_MOST_MEMBERS:,} parts"
    if data.count(_ENTRY_MARK) > _MOST_ENTRIES:
        raise UnreadableError(too_many)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            entries = file.infolist()
    except MemoryError:
        raise
    except Exception as error:
        # The library raises half a dozen kinds of errors for a damaged directory.
        reason = "is damaged" if _HEADER_MARK in data[: 1 << 16] else "is not a ZIP archive"
        raise UnreadableError(reason) from error
    if len(entries) > _MOST_MEMBERS:
        raise UnreadableError(too_many)
    return entries


def _check_sizes(entries: Iterable[zipfile.ZipInfo]) -> None:
    """Check what the directory says of the sizes; a member that is longer is not read."""
    sizes = [entry.file_size for entry in entries]
    unpacked, packed = sum(sizes), sum(entry.compress_size for entry in entries)
    if unpacked > _MOST_UNPACKED:
        raise UnreadableError(f"unpacks to more than {_MOST_UNPACKED // _MIB} MiB")
    if max(sizes, default=0) > _MOST_OF_A_MEMBER:
        raise UnreadableError(f"has a part of more than {_MOST_OF_A_MEMBER // _MIB} MiB")
    if unpacked > max(_SMALL, _HIGHEST_RATIO * packed):
        raise UnreadableError(f"unpacks to more than {_HIGHEST_RATIO} times its size")


def _check_apart(data: bytes, members: Iterable[_Member]) -> None:
    """Check that no two members share bytes: a few would unpack to any number of copies.

    A member without a header is left alone here: it cannot be read anyway.
    """
    spans = sorted(
        (member.header, start + member.packed)
        for member in members
        if (start := _start_of(data, member))
    )
    if any(end > following for (_, end), (following, _) in pairwise(spans)):
        raise UnreadableError("is damaged: its parts overlap")


def _start_of(data: bytes, member: _Member) -> int:
    """Return the offset at which the bytes of a member begin, or 0 if it has no header."""
    if not 0 <= member.header <= len(data) - _HEADER.size:
        return 0
    mark, name, extra = _HEADER.unpack_from(data, member.header)
    return member.header + _HEADER.size + name + extra if mark == _HEADER_MARK else 0


def _inflate(packed: bytes | memoryview, member: _Member) -> bytes:
    """Unpack at most one byte more than a member is said to have."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        return unpacker.decompress(packed, member.size + 1)
    except zlib.error as error:
        raise UnreadableError("is damaged: a part of it cannot be unpacked") from error
