"""What `make eval` counts of the verdict."""

from typing import cast

import pytest
from fake_hits import hits_of, ranking_of

from benchmarks.quality import refused_though_right
from index.types import Verdict
from query import Hit, Ranking, Retriever

TEXT = "First one. It is short.\n\nSecond one. Best here.\n"
RIGHT = {"a": 2, "b": 2, "c": 1, "d": 2}


class Fixed:
    """Gives the same rankings whatever is asked."""

    def __init__(self, *verdicts: tuple[Verdict, int]) -> None:
        self.rankings = [
            ranking_of(hits_of(TEXT, *numbers), verdict=verdict)
            for verdict, number in verdicts
            for numbers in [(number,) if number else ()]
        ]

    def retrieve_batch(self, queries: list[str], k: int) -> list[Ranking]:
        assert (len(queries), k) == (len(self.rankings), 1)
        return self.rankings


def relevance(query_id: str, hit: Hit) -> int:
    return int(hit.passage.number == RIGHT[query_id])


def test_only_refusals_with_the_right_passage_first_are_counted() -> None:
    # Refused with the right one; refused with another; found; refused with none.
    retriever = Fixed(("no_match", 2), ("no_match", 1), ("match", 1), ("no_match", 0))
    queries = dict.fromkeys(RIGHT, "?")
    share = refused_though_right(cast("Retriever", retriever), queries, relevance)
    assert share == pytest.approx(1 / 4)
