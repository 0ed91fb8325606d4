"""The score and its order, against brute force."""

from itertools import islice

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.scoring.ranking import descending

# Few distinct values, so that most cases hold ties.
SCORES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]) | st.floats(-1, 1), max_size=60)


@given(SCORES, st.integers(1, 70))
def test_descending_is_a_stable_sort(scores: list[float], first: int) -> None:
    expected = sorted(range(len(scores)), key=lambda row: (-scores[row], row))
    assert list(descending(np.array(scores), first)) == expected


@given(SCORES, st.integers(1, 10))
def test_descending_begins_with_the_exact_top_k(scores: list[float], k: int) -> None:
    expected = sorted(range(len(scores)), key=lambda row: (-scores[row], row))[:k]
    assert list(islice(descending(np.array(scores), k), k)) == expected
