"""Vectors that a build keeps while it embeds, so that one that is stopped need not begin again.

The file has a header and records of one size, which are only ever appended. A header that is not
the one expected makes all of it useless; a record counts only if its checksum fits. So whatever a
crash or a loss of power leaves of it can be read, and what is not whole is embedded again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from embed import TextEncoder
from embed.operating_system import open_plain_file, sync_directory
from index.store.layout import KEPT

SENTENCE = -1
"""The number of tokens that stands for a text which is not a passage: it is not counted."""

# A build keeps what it embeds each time that so many seconds have passed, and a shorter build
# keeps nothing. In between so many vectors are held in memory.
_EVERY = 20.0
_MOST_HELD = 4096

_FORMAT = 1
_HEADER = re.compile(rb"KEPT 1 [0-9a-z]{64} (?:fp32|int8) ([1-9][0-9]{0,4}) [0-9a-f]{16}\n")
_LONGEST_HEADER = 200
_CHECKSUM_BYTES = 8

# Records that are read at once for their digests, and those at the end that are looked at for one
# that is whole.
_PIECE = 4096
_MOST_TORN = 1 << 16

# How far the square of the length of a unit vector may be off by rounding.
_ROUNDING = 1e-3


def _record_type(dim: int) -> np.dtype[np.void]:
    """Return the layout of a record, without padding.

    `digest` is that of the text, `tokens` its word pieces or SENTENCE, and `passages` how many
    records of passages there are up to this one. `checksum` is over all before it.
    """
    return np.dtype(
        [
            ("digest", "<u8", (2,)),
            ("tokens", "<i4"),
            ("passages", "<u4"),
            ("vector", "<f4", (dim,)),
            ("checksum", "<u8"),
        ]
    )


@dataclass(frozen=True, slots=True)
class KeptVectors:
    """What is kept of a build that was stopped: passages, and the size of the file in bytes."""

    passages: int
    bytes: int


def kept_in(directory: Path) -> KeptVectors | None:
    """Return what an index directory keeps of a build that was stopped; None if it is nothing."""
    try:
        with open_plain_file(directory / KEPT) as file:
            header = file.readline(_LONGEST_HEADER)
            found = _HEADER.fullmatch(header)
            if found is None:
                return None
            passages = _passages_in(file, header, _record_type(int(found[1])))
            return KeptVectors(passages, os.fstat(file.fileno()).st_size) if passages else None
    except OSError:
        return None


def remove_kept(directory: Path) -> int:
    """Remove what is kept of a build that was stopped; return how many bytes that freed.

    The lock must be held. Errors are ignored: what is left is removed by the next build.
    """
    path = directory / KEPT
    with contextlib.suppress(OSError):
        size = path.lstat().st_size
        path.unlink()
        return size
    return 0


def _passages_in(file: BufferedReader, header: bytes, kind: np.dtype[np.void]) -> int:
    """Return the passages up to the last record that is whole; 0 if none is near the end."""
    size = os.fstat(file.fileno()).st_size
    records = (size - len(header)) // kind.itemsize
    for row in range(records - 1, max(records - _MOST_TORN, 0) - 1, -1):
        file.seek(len(header) + row * kind.itemsize)
        data = file.read(kind.itemsize)
        if _is_whole(header, data):
            return int(np.frombuffer(data, kind)["passages"][0])
    return 0


def _checksum(header: bytes, data: bytes | memoryview) -> bytes:
    # With the header in it, a record of another file never counts in this one.
    key = hashlib.sha256(header).digest()
    return hashlib.blake2b(data, digest_size=_CHECKSUM_BYTES, key=key).digest()


def _is_whole(header: bytes, record: bytes) -> bool:
    """Return whether a record is as it was written."""
    content, checksum = record[:-_CHECKSUM_BYTES], record[-_CHECKSUM_BYTES:]
    return _checksum(header, content) == checksum


def _digests(texts: Sequence[str], tokens: Sequence[int]) -> NDArray[np.uint64]:
    """Return 16 bytes of SHA-256 of each text and of its use, uint64 (n, 2)."""
    data = b"".join(
        hashlib.sha256(
            (b"sentence\n" if count == SENTENCE else b"passage\n")
            + text.encode("utf-8", "surrogatepass")
        ).digest()[:16]
        for text, count in zip(texts, tokens, strict=True)
    )
    return np.frombuffer(data, "<u8").reshape(-1, 2)


@contextmanager
def keeping(directory: Path, encoder: TextEncoder) -> Iterator[Kept]:
    """Open what is kept for this model, and keep more of it; the lock must be held.

    If the build fails, what it holds is kept too, unless the build was short.
    """
    from embed.same_bits import computed_with

    made_with = f"{encoder.fingerprint} {encoder.precision} {encoder.dim} {computed_with()}"
    kept = Kept(directory, f"KEPT {_FORMAT} {made_with}\n".encode("ascii"), encoder.dim)
    try:
        yield kept
    except BaseException:
        kept.stop()
        raise
    finally:
        kept.close()


class Kept:
    """The vectors that were kept for a model, and those that are to be kept.

    A file of another model, precision, runtime or processor is removed. The digests are held in
    memory, with 12 bytes for each record.
    """

    def __init__(self, directory: Path, header: bytes, dim: int) -> None:
        self._path = directory / KEPT
        self._header = header
        self._type = _record_type(dim)
        self._file: BufferedReader | None = None
        self._out: BinaryIO | None = None
        self._refused = False
        self._held: list[NDArray[np.void]] = []
        self._held_records = 0
        self._started = self._stored = time.monotonic()
        self._passages = 0
        self._end = 0
        self._first = np.empty(0, dtype=np.uint64)
        self._rows = np.empty(0, dtype=np.uint32)
        self._open()

    def take(
        self, texts: Sequence[str], tokens: Sequence[int], into: NDArray[np.float32]
    ) -> list[int]:
        """Put the vectors that are kept into rows of `into`; return the rows of the others.

        `tokens` are the word pieces of each text, or SENTENCE. `into` has shape (len(texts), dim).
        """
        if self._file is None or not len(self._rows):
            return list(range(len(texts)))
        digests = _digests(texts, tokens)
        ends = np.searchsorted(self._first, digests[:, 0], side="right")
        missing = []
        for row, (digest, end) in enumerate(zip(digests, ends, strict=True)):
            vector = self._find(digest, int(end), tokens[row])
            if vector is None:
                missing.append(row)
            else:
                into[row] = vector
        return missing

    def add(
        self, texts: Sequence[str], tokens: Sequence[int], vectors: NDArray[np.float32]
    ) -> None:
        """Keep vectors, float32 (n, dim); every 20 seconds they are stored for good."""
        if self._refused:
            return
        records = np.zeros(len(texts), self._type)
        records["digest"] = _digests(texts, tokens)
        records["tokens"] = tokens
        records["vector"] = vectors
        self._held.append(records)
        self._held_records += len(records)
        if time.monotonic() - self._stored >= _EVERY:
            self._store()
        elif self._held_records > _MOST_HELD:
            if self._out is not None:
                self._write()
            else:  # of the first seconds nothing is kept that has no room in memory
                self._forget()

    def stop(self) -> None:
        """Store what is held, if the build has taken a while or goes on with another."""
        if self._held and (self._end or time.monotonic() - self._started >= _EVERY):
            self._store()

    def close(self) -> None:
        """Close the files."""
        self._forget()
        for file in (self._file, self._out):
            if file is not None:
                with contextlib.suppress(OSError):
                    file.close()
        self._file = self._out = None

    def _open(self) -> None:
        """Read the digests of what is there, or remove it if it cannot be used."""
        try:
            file = open_plain_file(self._path)
        except OSError:
            self._remove()
            return
        if file.read(len(self._header)) != self._header:
            file.close()
            self._remove()
            return
        self._file = file
        size = os.fstat(file.fileno()).st_size
        records = (size - len(self._header)) // self._type.itemsize
        self._end = len(self._header) + records * self._type.itemsize
        self._passages = _passages_in(file, self._header, self._type)
        file.seek(len(self._header))
        first = np.empty(records, dtype=np.uint64)
        for start in range(0, records, _PIECE):
            stop = min(start + _PIECE, records)
            data = file.read((stop - start) * self._type.itemsize)
            first[start:stop] = np.frombuffer(data, self._type)["digest"][:, 0]
        # Of equal digests the one that was written last comes last.
        self._rows = np.argsort(first, kind="stable").astype(np.uint32)
        self._first = first[self._rows]

    def _remove(self) -> None:
        """Remove what lies there, if it can be: a folder stays, and then nothing is kept."""
        with contextlib.suppress(OSError):
            self._path.unlink()

    def _find(
        self, digest: NDArray[np.uint64], end: int, tokens: int
    ) -> NDArray[np.float32] | None:
        """Return the vector (dim,) of the last whole record of a digest before `end`, or None."""
        for place in range(end - 1, -1, -1):
            if self._first[place] != digest[0]:
                break
            record = self._whole_record(int(self._rows[place]))
            if record is None or record["tokens"] != tokens:
                continue
            vector: NDArray[np.float32] = record["vector"]
            if record["digest"][1] == digest[1] and abs(vector @ vector - 1) <= _ROUNDING:
                return vector
        return None

    def _whole_record(self, row: int) -> Any:  # noqa: ANN401  (NumPy has no type for a record)
        """Return a record, or None if it is not as it was written."""
        assert self._file is not None
        self._file.seek(len(self._header) + row * self._type.itemsize)
        data = self._file.read(self._type.itemsize)
        if len(data) < self._type.itemsize or not _is_whole(self._header, data):
            return None
        return np.frombuffer(data, self._type)[0]

    def _store(self) -> None:
        """Write what is held, and wait until the disk holds it."""
        self._write()
        if self._out is not None:
            with self._refusing():
                self._out.flush()
                os.fsync(self._out.fileno())
        self._stored = time.monotonic()

    def _write(self) -> None:
        """Append what is held to the file, which is made if it is missing."""
        with self._refusing():
            out = self._out = self._out or self._open_to_write()
            # Where the last call ended that was not stopped in the midst of it.
            out.seek(self._end)
            passages = self._passages
            for records in self._held:
                passages = self._finish(records, passages)
                out.write(records.data)
            self._end += self._held_records * self._type.itemsize
            self._passages = passages
        self._forget()

    def _open_to_write(self) -> BinaryIO:
        """Open the file, which is written on behind its last whole record; or make it, durably."""
        if self._file is not None:
            return self._path.open("rb+")
        out = self._path.open("xb")  # which follows no link
        out.write(self._header)
        sync_directory(self._path.parent)
        self._end = len(self._header)
        return out

    def _finish(self, records: NDArray[np.void], passages: int) -> int:
        """Fill in numbers of passages, after so many, and checksums; return how many there are."""
        numbers = passages + np.cumsum(records["tokens"] != SENTENCE)
        records["passages"] = numbers
        size = self._type.itemsize
        data = records.view(np.uint8).data
        checksums = b"".join(
            _checksum(self._header, data[start : start + size - _CHECKSUM_BYTES])
            for start in range(0, len(data), size)
        )
        records["checksum"] = np.frombuffer(checksums, "<u8")
        return int(numbers[-1]) if len(numbers) else passages

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Keep nothing more if the disk refuses something: a build goes on without."""
        try:
            yield
        except OSError:
            self._refused = True

    def _forget(self) -> None:
        self._held = []
        self._held_records = 0
