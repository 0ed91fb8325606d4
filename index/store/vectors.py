"""FAISS flat inner-product indexes of unit vectors on disk: write, open, score.

A file is what `faiss.write_index(IndexFlatIP)` writes, byte for byte: a 45-byte header, then the
rows as little-endian float32. It is written here as a stream, because FAISS wants all rows in
memory and reports success on a full disk; it is read by FAISS once the header has been checked,
because FAISS can crash on a crafted one.
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embed.operating_system import interrupts_held
from index.store.checked_files import damaged_file, open_regular

# Fourcc, dimension, rows, two reserved fields, is_trained, metric (0: inner product), floats.
_HEADER = struct.Struct("<4siqqq?iQ")
_FOURCC = b"IxFI"
_RESERVED = 1 << 20
_INNER_PRODUCT = 0
_FLOAT_BYTES = 4

# How far the length of a unit vector, or an inner product of two, may be off by rounding.
_ROUNDING = 1e-3


def _header(rows: int, dim: int) -> bytes:
    return _HEADER.pack(_FOURCC, dim, rows, _RESERVED, _RESERVED, True, _INNER_PRODUCT, rows * dim)


class VectorWriter:
    """Appends rows to a flat index file; nothing but the rows in hand is held in memory."""

    def __init__(self, path: Path, dim: int) -> None:
        self.rows = 0
        self._dim = dim
        self._file = path.open("wb")
        self._file.write(_header(0, dim))

    def append(self, vectors: NDArray[np.float32]) -> None:
        """Append unit rows, float32 of shape (n, dim); ValueError for anything else."""
        if vectors.dtype != np.float32 or vectors.ndim != 2 or vectors.shape[1] != self._dim:
            raise ValueError(
                f"rows must be float32 (n, {self._dim}), not {vectors.dtype} {vectors.shape}"
            )
        check_unit_rows(vectors)
        self._file.write(np.ascontiguousarray(vectors).data)
        self.rows += len(vectors)

    def close(self) -> None:
        """Write the final header and make the file durable; OSError if the disk refuses."""
        with self._file as file:
            file.seek(0)
            file.write(_header(self.rows, self._dim))
            file.flush()
            os.fsync(file.fileno())

    def abandon(self) -> None:
        """Close the file without caring what is in it."""
        with contextlib.suppress(OSError):  # what is still buffered may not fit on the disk
            self._file.close()


class Vectors:
    """A FAISS flat inner-product index of unit rows, read-only: exact scores of any of them."""

    def __init__(self, index: Any, path: Path) -> None:  # noqa: ANN401  (FAISS has no types)
        self._index = index
        self._path = path
        self.rows = int(index.ntotal)
        self.dim = int(index.d)

    @classmethod
    def open(cls, path: Path, rows: int, dim: int) -> Vectors:
        """Map a flat index file of the expected shape; DamagedIndexError if it is another."""
        with interrupts_held():
            import faiss

        _check_header(path, rows, dim)
        try:
            return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC), path)
        except RuntimeError as error:  # how FAISS reports everything, files just pruned included
            raise damaged_file(path, "cannot be mapped") from error

    def scores(
        self, query: NDArray[np.float32], rows: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """Inner products, float32 (n,), of a unit `query` (dim,) with `rows` (default: all).

        Each is computed on its own, so that equal rows get equal scores wherever they stand.
        Raises DamagedIndexError if one is not that of unit vectors: not a number, or too large.
        """
        import faiss

        if rows is None:
            rows = np.arange(self.rows, dtype=np.int64)
        # FAISS reads raw pointers: shape, type and range are ours to assure.
        rows = np.ascontiguousarray(rows, dtype=np.int64)
        query = np.ascontiguousarray(query, dtype=np.float32)
        if query.shape != (self.dim,):
            raise ValueError(f"the query has shape {query.shape}, the index has rows of {self.dim}")
        scores = np.empty(len(rows), dtype=np.float32)
        if not len(rows):  # FAISS refuses to compute nothing
            return scores
        if not 0 <= int(rows.min()) <= int(rows.max()) < self.rows:
            raise IndexError(f"rows {rows.min()} to {rows.max()} of an index of {self.rows}")
        with on_one_thread():
            self._index.compute_distance_subset(
                1,
                faiss.swig_ptr(query),
                len(rows),
                faiss.swig_ptr(scores),
                faiss.swig_ptr(rows),
            )
        try:
            check_products(scores)
        except ValueError as error:
            raise damaged_file(self._path, f"holds {error}") from error
        return scores

    def take(self, start: int, stop: int) -> NDArray[np.float32]:
        """Rows `start` to `stop`, float32 (stop - start, dim), as a copy."""
        if not 0 <= start <= stop <= self.rows:
            raise IndexError(f"rows {start} to {stop} of an index of {self.rows}")
        if start == stop:
            return np.empty((0, self.dim), dtype=np.float32)
        rows: NDArray[np.float32] = self._index.reconstruct_n(int(start), int(stop - start))
        return rows


def check_unit_rows(vectors: NDArray[np.float32]) -> None:
    """Raise ValueError unless all rows, float32 (n, dim), have length 1."""
    lengths = np.einsum("ij,ij->i", vectors, vectors)
    if not (np.abs(lengths - 1) <= _ROUNDING).all():  # NaN is not
        raise ValueError("rows must have length 1")


def check_products(products: NDArray[np.floating]) -> None:
    """Raise ValueError unless these can be inner products of unit vectors."""
    if len(products) and not (products.min() >= -1 - _ROUNDING and products.max() <= 1 + _ROUNDING):
        raise ValueError("rows that are not unit vectors")


@contextlib.contextmanager
def on_one_thread() -> Iterator[None]:
    """Let FAISS work on one thread.

    It shares its work out by queries, of which there is one here: a team of threads would only be
    waited for, on a busy machine for milliseconds.
    """
    import faiss

    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def _check_header(path: Path, rows: int, dim: int) -> None:
    """Raise DamagedIndexError unless a file is a flat inner-product index of that shape."""
    with open_regular(path) as file:
        header = file.read(_HEADER.size)
        size = os.fstat(file.fileno()).st_size
        if header != _header(rows, dim) or size != _HEADER.size + rows * dim * _FLOAT_BYTES:
            raise damaged_file(path, f"is not a flat index of {rows} rows of {dim}")
