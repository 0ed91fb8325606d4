from itertools import combinations, product
from math import prod

import pytest
from pairwise import pairwise_rows

SIZES = [(2, 2), (3, 3, 3, 3), (11, 3, 3, 3), (2, 3, 4, 5), (4, 1, 4), (1, 1)]


@pytest.mark.parametrize("sizes", SIZES)
def test_every_pair_of_levels_occurs(sizes: tuple[int, ...]) -> None:
    rows = pairwise_rows(sizes)
    for first, second in combinations(range(len(sizes)), 2):
        together = {(row[first], row[second]) for row in rows}
        assert together == set(product(range(sizes[first]), range(sizes[second])))


@pytest.mark.parametrize("sizes", SIZES)
def test_rows_are_few_and_always_the_same(sizes: tuple[int, ...]) -> None:
    rows = pairwise_rows(sizes)
    fewest = prod(sorted(sizes)[-2:])
    assert fewest <= len(rows) <= 1.5 * fewest
    assert len(set(rows)) == len(rows)
    assert rows == pairwise_rows(sizes)
