"""An 8-bit copy of a flat index, which says fast what the best rows may be, and misses none.

Each number of a row is rounded to a whole number from -127 to 127, times one scale for all rows. A
question is rounded in the same way, so products of rows and questions are whole numbers, and
exact. By the triangle inequality the product of the rows as they were is near:

    |q.x - q8.x8| <= |q| |x - x8| + |q - q8| |x8|

A file is what FAISS writes for an `IndexScalarQuantizer` of the type `QT_8bit_direct_signed`: an
81-byte header, then a byte for each number, 128 more than it. It can be made again from the flat
index at any time.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from index.store.checked_files import damaged_file, open_regular
from index.store.manifest import Rounding
from index.store.vectors import Vectors, on_one_thread

LEAST_ROUNDED = 1 << 15
"""Passages from which on an index has the copy: a scan of fewer takes a few milliseconds."""

_MOST = 127
_ZERO = 128
_WINDOW = 1 << 14
_TINY = float(np.finfo(np.float32).tiny)

# Fourcc, dimension, rows, two reserved fields, is_trained, metric (0: inner product); then the
# quantizer: its type, two settings of the range, dimension and bytes of a row, no learnt values;
# and the bytes of all rows.
_HEADER = struct.Struct("<4siqqq?iiifQQQQ")
_FOURCC = b"IxSQ"
_RESERVED = 1 << 20
_DIRECT_SIGNED = 8

# What float32 sums of a flat index may be off by, for each number of a row.
ROUNDING_OF_SUMS = 1e-5 / 384


def write_rounded(vectors: Vectors, path: Path) -> Rounding:
    """Write the 8-bit copy of a flat index, durably; OSError if the disk refuses."""
    with path.open("wb") as file:
        file.write(_header(vectors.rows, vectors.dim))
        rounding = _round(vectors, file.write)
        file.flush()
        os.fsync(file.fileno())
    return rounding


def check_rounded(vectors: Vectors, path: Path, rounding: Rounding) -> None:
    """Raise DamagedIndexError unless a file is the 8-bit copy of a flat index, rounded so."""
    with open_regular(path) as file:
        file.seek(_HEADER.size)

        def compare(data: bytes) -> None:
            if file.read(len(data)) != data:
                raise damaged_file(path, "is not the 8-bit copy of its vectors")

        if not _round(vectors, compare).is_near(rounding):
            raise damaged_file(path, "was rounded otherwise than its manifest says")


def _round(vectors: Vectors, take: Callable[[bytes], object]) -> Rounding:
    """Round a flat index, window by window, and return how it was rounded."""
    scale = max(_largest(vectors) / _MOST, _TINY)
    error = length = 0.0
    for start in range(0, vectors.rows, _WINDOW):
        rows = vectors.take(start, min(start + _WINDOW, vectors.rows)).astype(np.float64)
        whole = np.rint(rows / scale)
        error = max(error, _longest(rows - scale * whole))
        length = max(length, _longest(scale * whole))
        take((whole + _ZERO).astype(np.uint8).tobytes())
    return Rounding(scale, error, length)


def _largest(vectors: Vectors) -> float:
    """Return the largest number in a flat index, its sign aside."""
    windows = range(0, vectors.rows, _WINDOW)
    return max(
        float(np.abs(vectors.take(start, min(start + _WINDOW, vectors.rows))).max())
        for start in windows
    )


def _longest(rows: NDArray[np.float64]) -> float:
    return math.sqrt(float(np.einsum("ij,ij->i", rows, rows).max(initial=0.0)))


def _header(rows: int, dim: int) -> bytes:
    index = (_FOURCC, dim, rows, _RESERVED, _RESERVED, True, 0)
    return _HEADER.pack(*index, _DIRECT_SIGNED, 0, 0.0, dim, dim, 0, rows * dim)


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """Some rows, int64 (n,), and the most that the inner product of any other row can be.

    `reach`, float64 (n,), is the most that those of the rows can be, from the nearest one on; None
    if that is not told. `is_longest` says that a longer list cannot be had.
    """

    rows: NDArray[np.int64]
    bound: float
    reach: NDArray[np.float64] | None = None
    is_longest: bool = False


class RoundedVectors:
    """An 8-bit copy of a flat index, read-only."""

    def __init__(self, index: Any, rounding: Rounding) -> None:  # noqa: ANN401  (FAISS has no types)
        self._index = index
        self._rounding = rounding
        self.rows = int(index.ntotal)

    @classmethod
    def open(cls, path: Path, rows: int, dim: int, rounding: Rounding) -> Self:
        """Map a copy of the expected shape; DamagedIndexError if it is another."""
        import faiss

        with open_regular(path) as file:
            header = file.read(_HEADER.size)
            size = os.fstat(file.fileno()).st_size
            if header != _header(rows, dim) or size != _HEADER.size + rows * dim:
                raise damaged_file(path, f"is not an 8-bit copy of {rows} rows of {dim}")
        try:
            return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC), rounding)
        except RuntimeError as error:
            raise damaged_file(path, "cannot be mapped") from error

    def nearest(
        self, query: NDArray[np.float32], most: int, _among: NDArray[np.int64] | None = None
    ) -> Nearest:
        """Return about the `most` nearest rows to a vector, float32 (dim,), as 8 bits tell them.

        The bound holds for the rows as they were before rounding.
        """
        most = min(most, self.rows)
        scale = max(float(np.abs(query).max()) / _MOST, _TINY)
        # FAISS cuts off what stands after the point, so the question is rounded before.
        whole = np.rint(query.astype(np.float64) / scale)
        with on_one_thread():
            products, [rows] = self._index.search(whole.astype(np.float32)[np.newaxis], most)
        if most == self.rows:
            return Nearest(rows, -math.inf)
        last = float(products[0, -1]) * scale * self._rounding.scale
        return Nearest(rows, last + self._slack(query, scale * whole))

    def _slack(self, query: NDArray[np.float32], rounded: NDArray[np.float64]) -> float:
        """Return how far a product of rounded vectors may be from that of the vectors."""
        off = float(np.linalg.norm(query - rounded))
        length = float(np.linalg.norm(query.astype(np.float64)))
        rounded_off = ROUNDING_OF_SUMS * max(len(query), 384)
        return length * self._rounding.error + off * self._rounding.length + rounded_off
