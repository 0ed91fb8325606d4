"""The words of passages as they are pushed: how often a stem stands in each, and where.

Counts are those of the postings of a catalog, and places those of its full-text index, so words
find the same passages, to the bit. A question reads the entries of its own stems alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from index.store.postings import BLOCK, Occurrences

_ROW = np.dtype("<u4")
_COUNT = np.dtype("u1")
_LARGEST_PLACE = 1 << 31


def _counts_entry(where: Occurrences) -> bytes:
    """Return the passages that hold a stem, and how often body and head do."""
    return b"".join(
        [
            where.rows.astype(_ROW).tobytes(),
            where.in_body.astype(_COUNT).tobytes(),
            where.in_head.astype(_COUNT).tobytes(),
        ]
    )


def read_counts(data: bytes, passages: int) -> Occurrences:
    """Read what `_counts_entry` wrote; ValueError if it does not fit so many passages."""
    length = len(data) // (_ROW.itemsize + 2)
    if length * (_ROW.itemsize + 2) != len(data):
        raise ValueError("counts that are cut off")
    rows = np.frombuffer(data, _ROW, length).astype(np.int64)
    counts = np.frombuffer(data, _COUNT, 2 * length, length * _ROW.itemsize).astype(np.float64)
    if length and (rows[-1] >= passages or (np.diff(rows) <= 0).any()):
        raise ValueError("counts that do not fit the passages")
    return Occurrences(rows, counts[:length], counts[length:])


def count_entries(
    blocks: Iterable[tuple[str, int, bytes]], passages: int
) -> Iterator[tuple[str, bytes]]:
    """Yield the entry of each stem, for blocks in order of stem and row; see `Occurrences`."""
    for stem, own in groupby(blocks, key=itemgetter(0)):
        pairs = [(first, data) for _, first, data in own]
        if any(first >= passages or first % BLOCK for first, _ in pairs):
            raise ValueError("postings that do not fit the passages")
        yield stem, _counts_entry(Occurrences.of_blocks(pairs, passages))


def place_entries(places: Iterable[tuple[str, int, int]]) -> Iterator[tuple[str, bytes]]:
    """Yield the entry of each term, for terms in order with row and place, these in order too."""
    for term, own in groupby(places, key=itemgetter(0)):
        pairs = np.array([(row, place) for _, row, place in own], dtype=np.int64)
        yield term, pairs.T.astype(_ROW).tobytes()


def read_places(data: bytes, passages: int) -> NDArray[np.int64]:
    """Return where a term stands as numbers, ascending: 2^32 times its row, and its place.

    Raises ValueError if that does not fit so many passages.
    """
    values = np.frombuffer(data, _ROW).astype(np.int64)
    if len(values) % 2:
        raise ValueError("places that are cut off")
    rows, places = values.reshape(2, -1)
    if len(rows) and (int(rows.max()) >= passages or int(places.max()) >= _LARGEST_PLACE):
        raise ValueError("places that do not fit the passages")
    found: NDArray[np.int64] = (rows << 32) + places
    if (np.diff(found) <= 0).any():
        raise ValueError("places out of order")
    return found


def rows_of(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the different rows, ascending, of some places as `read_places` has them."""
    rows: NDArray[np.int64] = np.unique(places >> 32)
    return rows
