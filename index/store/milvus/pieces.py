"""Files in rows of texts: cut into pieces, each compressed and written in base64.

All pieces of a file but the last one hold equally many bytes before they are compressed, so any
stretch of a file can be read alone.
"""

from __future__ import annotations

import base64
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from index.store.milvus.schema import LONGEST_TEXT

if TYPE_CHECKING:
    from index.store.milvus.engine import Engine

PIECE = 48_000
"""Bytes of a file in one piece: in base64 it fits, though it cannot be compressed."""

_KEPT = 64 << 20
"""Bytes of pieces that are kept in memory."""

assert 4 * -(-(PIECE + PIECE // 100 + 64) // 3) < LONGEST_TEXT


def packed(data: bytes) -> str:
    """Return the text of a piece."""
    return base64.b64encode(zlib.compress(data, 6)).decode("ascii")


def unpacked(text: object, size: int) -> bytes:
    """Return the bytes of a piece; ValueError or TypeError if it does not hold so many."""
    if not isinstance(text, str):
        raise TypeError("a piece that is not text")
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(base64.b64decode(text, validate=True), size + 1)
    except zlib.error as error:
        raise ValueError(f"a piece that cannot be unpacked: {error}") from error
    if len(data) != size or not unpacker.eof:
        raise ValueError(f"a piece of {len(data)} bytes, not {size}")
    return data


def _key_of(file: str, number: int) -> str:
    """Return the key of a piece of a file."""
    return f"{file}/{number}"


class PieceWriter:
    """Cuts files into pieces, and hands each on as its key and its text."""

    def __init__(self, take: Callable[[str, str], None]) -> None:
        self._take = take
        self.pieces = 0

    def write(self, file: str, parts: Iterator[bytes] | Sequence[bytes]) -> int:
        """Write a file that is made of parts, and return its size in bytes."""
        waiting = bytearray()
        number = size = 0
        for part in parts:
            waiting += part
            size += len(part)
            while len(waiting) >= PIECE:
                self._put(file, number, bytes(waiting[:PIECE]))
                del waiting[:PIECE]
                number += 1
        if waiting:
            self._put(file, number, bytes(waiting))
        return size

    def _put(self, file: str, number: int, data: bytes) -> None:
        self._take(_key_of(file, number), packed(data))
        self.pieces += 1


class PieceReader:
    """Reads files from the third collection of a generation, and keeps the pieces read last."""

    def __init__(self, engine: Engine, collection: str) -> None:
        self._engine = engine
        self._collection = collection
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def read(self, file: str, size: int, start: int = 0, stop: int | None = None) -> bytes:
        """Return the bytes from `start` to `stop` of a file that has `size` of them.

        Raises DamagedIndexError if it is not as it was pushed.
        """
        stop = size if stop is None else stop
        if not 0 <= start <= stop <= size:
            raise self._engine.damaged(f"bytes {start} to {stop} of {size} of {file}")
        if start == stop:
            return b""
        numbers = range(start // PIECE, (stop - 1) // PIECE + 1)
        with self._lock:
            held = {number: self._kept.get(_key_of(file, number)) for number in numbers}
        missing = [number for number, data in held.items() if data is None]
        texts = self._engine.rows(
            self._collection, "piece", [_key_of(file, number) for number in missing], "data"
        )
        with self._engine.reading():
            for number in missing:
                own = min(PIECE, size - number * PIECE)
                held[number] = unpacked(texts[_key_of(file, number)], own)
        self._keep({_key_of(file, number): data for number, data in held.items() if data})
        data = b"".join(data for data in held.values() if data)
        first = numbers.start * PIECE
        return data[start - first : stop - first]

    def _keep(self, pieces: dict[str, bytes]) -> None:
        with self._lock:
            for key, data in pieces.items():
                self._bytes += len(data) - len(self._kept.pop(key, b""))
                self._kept[key] = data
            while self._bytes > _KEPT:
                _, data = self._kept.popitem(last=False)
                self._bytes -= len(data)
