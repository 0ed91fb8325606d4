"""The vectors of a pushed generation: fetched to be scored exactly, and listed by the engine."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.store.milvus import engine as engine_module
from index.store.rounded_vectors import ROUNDING_OF_SUMS, Nearest
from index.store.vectors import check_products, check_unit_rows, on_one_thread

if TYPE_CHECKING:
    from index.store.milvus.engine import Engine

_KEPT = 1 << 14
"""Vectors that are kept in memory, those that were fetched last."""

_DEEPER = 16
"""A list names so many times as many rows as are to be scored: the others get a bound each."""

_LOWEST = -1.01
"""Less than any product of unit vectors; a weight of 0 times minus infinity were no number."""

_MOST_DOCUMENTS = 10_000
_MOST_RUNS = 200
"""A condition that names more documents, or more runs of them, would be slow, or too long."""


class MilvusVectors:
    """The vectors of a collection, by row; see `index.store.vectors.Vectors`."""

    def __init__(self, engine: Engine, collection: str, rows: int, dim: int) -> None:
        self._engine = engine
        self._collection = collection
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, NDArray[np.float32]] = OrderedDict()
        self.rows = rows
        self.dim = dim

    def scores(
        self, query: NDArray[np.float32], rows: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """Inner products, float32 (n,), of a unit `query` (dim,) with `rows` (default: all).

        They are computed here, by the code that scores files, so they are the same to the bit.
        Raises DamagedIndexError if a vector that comes is not one, or not of length 1.
        """
        import faiss

        if rows is None:
            rows = np.arange(self.rows, dtype=np.int64)
        query = np.ascontiguousarray(query, dtype=np.float32)
        if query.shape != (self.dim,):
            raise ValueError(f"the query has shape {query.shape}, the index has rows of {self.dim}")
        scores = np.empty(len(rows), dtype=np.float32)
        if not len(rows):
            return scores
        if not 0 <= int(rows.min()) <= int(rows.max()) < self.rows:
            raise IndexError(f"rows {rows.min()} to {rows.max()} of an index of {self.rows}")
        vectors = self._fetched(rows)
        flat: Any = faiss.IndexFlatIP(self.dim)
        flat.add(vectors)
        places = np.arange(len(rows), dtype=np.int64)
        with on_one_thread():
            flat.compute_distance_subset(
                1,
                faiss.swig_ptr(query),
                len(rows),
                faiss.swig_ptr(scores),
                faiss.swig_ptr(places),
            )
        with self._engine.reading():
            check_products(scores)
        return scores

    def _fetched(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the vectors of some rows, float32 (n, dim), in that order."""
        wanted = rows.tolist()
        with self._lock:
            held = {row: self._kept[row] for row in wanted if row in self._kept}
        missing = [row for row in dict.fromkeys(wanted) if row not in held]
        if missing:
            held.update(zip(missing, self._read(missing), strict=True))
            self._keep({row: held[row] for row in missing})
        return np.stack([held[row] for row in wanted])

    def _read(self, rows: list[int]) -> NDArray[np.float32]:
        found = self._engine.rows(self._collection, "row", rows, "vector")
        with self._engine.reading():
            vectors = np.array([found[row] for row in rows], dtype=np.float32)
            if vectors.shape != (len(rows), self.dim):
                raise ValueError(f"vectors of shape {vectors.shape}")
            check_unit_rows(vectors)
        return vectors

    def _keep(self, vectors: dict[int, NDArray[np.float32]]) -> None:
        with self._lock:
            self._kept.update(vectors)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)


class MilvusLists:
    """The rows of a collection that are nearest to a question, as the engine lists them.

    `bounds` are the first row of each document and the number of rows, int64 (documents + 1,), and
    `documents_of` tells which documents some rows of passages are of, int64, ascending.
    """

    def __init__(
        self,
        engine: Engine,
        collection: str,
        bounds: NDArray[np.int64],
        documents_of: Callable[[NDArray[np.int64]], NDArray[np.int64]],
        dim: int,
    ) -> None:
        self._engine = engine
        self._collection = collection
        self._bounds = bounds
        self._documents_of = documents_of
        self._slack = ROUNDING_OF_SUMS * max(dim, 384)

    def nearest(self, query: NDArray[np.float32], most: int, among: NDArray[np.int64]) -> Nearest:
        """List more than the `most` nearest rows of the documents that hold passages `among`."""
        documents = self._documents_of(among)
        rows = int(np.diff(self._bounds)[documents].sum())
        condition = _condition(documents) if rows < self._bounds[-1] else ""
        if not condition:
            rows = int(self._bounds[-1])
        longest = engine_module.MOST_RESULTS
        depth = min(_DEEPER * most, longest, rows)
        found, products = self._engine.search(self._collection, query, depth, condition)
        with self._engine.reading():
            if len(found) != depth:
                raise ValueError(f"{len(found)} rows are listed, {depth} are there")
            check_products(products)
            if len(found) and not 0 <= found.min() <= found.max() < self._bounds[-1]:
                raise ValueError("rows that are not there are listed")
        reach = products + self._slack
        bound = float(reach[-1]) if depth < rows else _LOWEST
        return Nearest(found, bound, reach, is_longest=depth in {longest, rows})


def _condition(documents: NDArray[np.int64]) -> str:
    """Return the condition for some documents, ascending; "" if it were too long."""
    edges = np.flatnonzero(np.diff(documents) > 1)
    firsts = documents[np.concatenate(([0], edges + 1))]
    lasts = documents[np.concatenate((edges, [len(documents) - 1]))]
    if len(firsts) <= _MOST_RUNS:
        return " or ".join(
            f"(document >= {first} and document <= {last})"
            for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)
        )
    return f"document in {documents.tolist()}" if len(documents) <= _MOST_DOCUMENTS else ""
