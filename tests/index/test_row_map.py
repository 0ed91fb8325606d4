"""Rows of several parts in one sequence, against a list of all of them."""

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.store.row_map import LEFT_OUT, RowMap

PIECES = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=8
)
"""The part of each run, its rows, and the rows before it that are left out."""


def runs_of(pieces: list[tuple[int, int, int]]) -> tuple[list[tuple[int, range]], list[int]]:
    """The runs, and how many rows each part has, some after its last run."""
    sizes = [0, 0, 0]
    runs = []
    for part, rows, left_out in pieces:
        first = sizes[part] + left_out
        runs.append((part, range(first, first + rows)))
        sizes[part] = first + rows
    return runs, [size + part for part, size in enumerate(sizes)]


@given(PIECES)
def test_rows_are_found_both_ways(pieces: list[tuple[int, int, int]]) -> None:
    runs, sizes = runs_of(pieces)
    rows = RowMap.of(runs)
    every = [(part, row) for part, own in runs for row in own]
    assert rows.rows == len(every)
    parts, own = rows.places(np.arange(len(every)))
    assert [*zip(parts.tolist(), own.tolist(), strict=True)] == every
    for part, size in enumerate(sizes):
        expected = [
            every.index((part, row)) if (part, row) in every else LEFT_OUT for row in range(size)
        ]
        assert rows.whole(part, np.arange(size)).tolist() == expected
        kept = [row for row in expected if row != LEFT_OUT]
        assert rows.kept(part, np.arange(size)).tolist() == kept
    columns = [np.arange(size) + 100 * part for part, size in enumerate(sizes)]
    assert rows.spread(columns).tolist() == [row + 100 * part for part, row in every]
    again = RowMap.of(rows.runs())
    assert [(part, row) for part, own in again.runs() for row in own] == every


@given(PIECES, st.randoms(use_true_random=False))
def test_what_rows_hold_stands_in_their_order(
    pieces: list[tuple[int, int, int]], chance: random.Random
) -> None:
    runs, sizes = runs_of(pieces)
    bounds = [
        np.cumsum([0, *(chance.randint(0, 3) for _ in range(size))]).astype(np.int64)
        for size in sizes
    ]
    held = RowMap.of(runs).among(bounds)
    every = [
        (part, inner)
        for part, own in runs
        for row in own
        for inner in range(bounds[part][row], bounds[part][row + 1])
    ]
    parts, own = held.places(np.arange(held.rows))
    assert [*zip(parts.tolist(), own.tolist(), strict=True)] == every


def test_runs_that_follow_one_another_are_one() -> None:
    rows = RowMap.of([(0, range(2)), (0, range(2, 5)), (1, range(0)), (0, range(6, 7))])
    assert rows.runs() == [(0, range(5)), (0, range(6, 7))]
