"""The postings of a catalog: for each stem the passages that hold it, and how often.

They are kept beside the full-text index of SQLite, which finds phrases: they are read as arrays,
many times faster than that ranks, and those of several catalogs can be put together exactly.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.store.stems import stems_of

BLOCK = 1 << 16
"""Rows of passages in a block; a posting has two bytes for the row within it."""

MOST_COUNTED = 255
"""How often a stem is counted in one passage at most: BM25 hardly tells more from this."""

_POSTING = np.dtype([("row", "<u2"), ("in_body", "u1"), ("in_head", "u1")])


@dataclass(frozen=True, slots=True, eq=False)
class Occurrences:
    """Where a word stands: n passages, by ascending row, and how often it stands in each.

    `rows` is int64. `in_body` and `in_head` are float64, the counts in the passage and in what
    stands over it, each at most `MOST_COUNTED`. All have shape (n,).
    """

    rows: NDArray[np.int64]
    in_body: NDArray[np.float64]
    in_head: NDArray[np.float64]

    @classmethod
    def of_blocks(cls, blocks: Sequence[tuple[int, bytes]], passages: int) -> Occurrences:
        """Read the blocks of a stem, each with its first row; ValueError if they cannot be so."""
        rows = [np.empty(0, dtype=np.int64)]
        # Column by column: to put arrays of records together takes three times as long.
        in_body: list[NDArray[Any]] = [np.empty(0)]
        in_head: list[NDArray[Any]] = [np.empty(0)]
        for first, data in blocks:
            if first % BLOCK or first < 0:
                raise ValueError(f"postings from row {first}")
            block = np.frombuffer(data, dtype=_POSTING)
            rows.append(first + block["row"].astype(np.int64))
            in_body.append(block["in_body"])
            in_head.append(block["in_head"])
        every = np.concatenate(rows)
        if len(every) and (every[-1] >= passages or (every[1:] <= every[:-1]).any()):
            raise ValueError("postings that do not fit the passages")
        return cls(every, np.concatenate(in_body), np.concatenate(in_head))

    def at(self, place: int) -> Occurrences:
        """Return one of the n alone."""
        one = slice(place, place + 1)
        return Occurrences(self.rows[one], self.in_body[one], self.in_head[one])


class PostingsWriter:
    """Collects the words of passages in order of row, and writes the postings block by block."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._lengths = array("i")
        self._begin_block()

    def _begin_block(self) -> None:
        self._first_row = len(self._lengths)
        self._numbers: dict[str, int] = {}
        self._words = array("I")
        self._places = array("I")  # the row within the block, times two, and 1 for the head

    def add(self, body: Iterable[str], head: Iterable[str]) -> None:
        """Append the words of the next passage, and those over it, before stemming."""
        if len(self._lengths) - self._first_row == BLOCK:
            self._write_block()
        place = 2 * (len(self._lengths) - self._first_row)
        before = len(self._words)
        for column, words in enumerate((body, head)):
            numbers = self._numbers
            found = [numbers.setdefault(word, len(numbers)) for word in words]
            self._words.extend(found)
            self._places.extend([place + column] * len(found))
        self._lengths.append(len(self._words) - before)

    def close(self) -> bytes:
        """Write the last block; return the words of each passage and of what is over it, int32."""
        self._write_block()
        return np.asarray(self._lengths, dtype="<i4").tobytes()

    def _write_block(self) -> None:
        stems = stems_of(self._numbers)
        names = sorted(set(stems.values()))
        number_of = {stem: number for number, stem in enumerate(names)}
        by_word = np.array([number_of[stems[word]] for word in self._numbers], dtype=np.int64)
        if len(by_word):
            numbers = by_word[np.frombuffer(self._words, dtype=np.uint32)]
            places = np.frombuffer(self._places, dtype=np.uint32).astype(np.int64)
            self._insert(names, *_counted(numbers, places))
        self._begin_block()

    def _insert(
        self, names: Sequence[str], numbers: NDArray[np.int64], postings: NDArray[Any]
    ) -> None:
        bounds = np.searchsorted(numbers, np.arange(len(names) + 1))
        self._database.executemany(
            "INSERT INTO postings VALUES (?, ?, ?)",
            (
                (storable(name), self._first_row, postings[start:stop].tobytes())
                for name, start, stop in zip(names, bounds[:-1], bounds[1:], strict=True)
            ),
        )


def _counted(
    numbers: NDArray[np.int64], places: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return the stem of each posting, ascending, and the postings, for stems and their places."""
    keys, counts = np.unique(numbers * (2 * BLOCK) + places, return_counts=True)
    pairs, first = np.unique(keys >> 1, return_index=True)
    postings = np.zeros(len(pairs), dtype=_POSTING)
    postings["row"] = pairs % BLOCK
    at = np.repeat(np.arange(len(pairs)), np.diff(np.append(first, len(keys))))
    counts = np.minimum(counts, MOST_COUNTED).astype(np.uint8)
    for column, name in enumerate(("in_body", "in_head")):
        of_column = keys & 1 == column
        postings[name][at[of_column]] = counts[of_column]
    return pairs // BLOCK, postings


def storable(stem: str) -> str:
    """Return a stem as SQLite takes it, which takes no lone surrogates."""
    return stem.encode("utf-8", "replace").decode()


def read_occurrences(rows: Sequence[Sequence[object]], passages: int) -> Occurrences:
    """Return the occurrences of a stem by its rows of the table; raise if they are damaged."""
    blocks: list[tuple[int, bytes]] = []
    for first, data in rows:
        if type(first) is not int or not isinstance(data, bytes):
            raise TypeError("postings of the wrong types")
        blocks.append((first, data))
    return Occurrences.of_blocks(blocks, passages)


def counts_by_row(
    blocks: Sequence[Occurrences], first: int, rows: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return how many words passages have by all of their postings, and whether that is exact.

    `blocks` are those of every stem for the passages from row `first` on; both have shape (rows,).
    """
    counted = np.zeros(rows, dtype=np.int64)
    is_exact = np.ones(rows, dtype=np.bool_)
    for block in blocks:
        places = block.rows - first
        counted[places] += (block.in_body + block.in_head).astype(np.int64)
        is_exact[places] &= np.maximum(block.in_body, block.in_head) < MOST_COUNTED
    return counted, is_exact
