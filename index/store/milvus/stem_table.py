"""A file that has some bytes for each stem, in order of stem, and a second one to find them by.

The second file names, for each piece of the first one in which the bytes of a stem begin, the first
such stem. It is read once, and tells which pieces hold a stem.
"""

from __future__ import annotations

import json
import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from index.store.milvus.pieces import PIECE

if TYPE_CHECKING:
    from index.store.milvus.pieces import PieceReader

_HEADER = struct.Struct("<II")


class StemTableWriter:
    """Writes the bytes of each stem, and notes where those of some begin."""

    def __init__(self) -> None:
        self._size = 0
        self._starts: list[tuple[str, int]] = []

    def parts(self, entries: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
        """Yield the parts of the first file, for stems in order and their bytes."""
        for stem, data in entries:
            if not self._starts or self._starts[-1][1] // PIECE < self._size // PIECE:
                self._starts.append((stem, self._size))
            name = stem.encode()
            part = _HEADER.pack(len(name), len(data)) + name + data
            self._size += len(part)
            yield part

    def starts(self) -> bytes:
        """Return the second file."""
        return json.dumps(self._starts, ensure_ascii=False).encode()


class StemTable:
    """Finds the bytes of a stem."""

    def __init__(self, reader: PieceReader, file: str, size: int, starts: bytes) -> None:
        """Read the second file; ValueError or TypeError if it cannot be one."""
        self._reader = reader
        self._file = file
        self._size = size
        self._stems: list[str] = []
        self._offsets: list[int] = []
        for stem, offset in json.loads(starts):
            if type(stem) is not str or type(offset) is not int:
                raise TypeError("a stem that begins nowhere")
            self._stems.append(stem)
            self._offsets.append(offset)
        bounds = [0, *self._offsets[1:], size]
        if self._offsets[:1] not in ([], [0]) or bounds != sorted(bounds):
            raise ValueError("stems out of order")

    def find(self, stem: str) -> bytes:
        """Return the bytes of a stem, none if it is not there; ValueError if they cannot be."""
        # In order of their bytes in UTF-8, which is that of their characters.
        place = bisect_right(self._stems, stem) - 1
        if place < 0:
            return b""
        start = self._offsets[place]
        stop = self._offsets[place + 1] if place + 1 < len(self._offsets) else self._size
        data = self._reader.read(self._file, self._size, start, stop)
        return _find(data, stem.encode())


def _find(data: bytes, name: bytes) -> bytes:
    position = 0
    while position < len(data):
        if position + _HEADER.size > len(data):
            raise ValueError("a stem that is cut off")
        own, length = _HEADER.unpack_from(data, position)
        position += _HEADER.size
        if position + own + length > len(data):
            raise ValueError("a stem that is cut off")
        if data[position : position + own] == name:
            return data[position + own : position + own + length]
        position += own + length
    return b""
