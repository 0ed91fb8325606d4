"""What says something similar to a passage: ranked like a question, itself and its copies apart."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_index import retriever_over

from query.options import SearchOptions
from query.places import NoSuchPassageError
from query.ranking import Ranking
from query.retriever import Retriever

SAME = "The army crossed the river at night and nobody spoke of the bank."
FILES = {
    "a.txt": f"{SAME}\n\nThe army crossed the other river in the morning and spoke of it.\n",
    "b.txt": f"{SAME}\n\nBread and salt were all that they had in winter.\n",
    "c.txt": "Nobody of the army spoke of the night at the river.\n",
}


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    with retriever_over(tmp_path_factory.mktemp("files"), FILES) as opened:
        yield opened


def ids(ranking: Ranking) -> list[str]:
    return [hit.passage.passage_id for hit in ranking]


def test_it_is_the_ranking_of_the_text_without_the_passage_and_its_copies(
    retriever: Retriever,
) -> None:
    asked = retriever.retrieve(SAME, k=9)
    assert (ids(asked)[0], asked[0].also_in) == ("a.txt#1", ("b.txt#1",))
    for name in ("a.txt#1", "b.txt#1"):
        found = retriever.like(name, SearchOptions(k=9))
        assert ids(found) == ids(asked)[1:]
        assert [hit.score for hit in found] == [hit.score for hit in asked[1:]]
        assert [hit.rank for hit in found] == [1, 2, 3]
        assert found.query == SAME


def test_k_counts_what_is_left(retriever: Retriever) -> None:
    assert len(retriever.like("a.txt#1", SearchOptions(k=2))) == 2


def test_the_verdict_is_that_of_the_others(retriever: Retriever) -> None:
    asked = retriever.retrieve(SAME, k=9, docs="b.txt")
    found = retriever.like("a.txt#1", SearchOptions(k=9, docs="b.txt"))
    assert ids(found) == ["b.txt#2"]
    assert asked.p_chance == asked[0].p_chance < asked[1].p_chance == found.p_chance
    strict = SearchOptions(docs="b.txt", most_chance=asked[0].p_chance, matches_only=True)
    assert retriever.retrieve(SAME, docs="b.txt", most_chance=asked[0].p_chance).verdict == "match"
    nothing = retriever.like("a.txt#1", strict)
    assert (nothing.verdict, ids(nothing), nothing.left_out) == ("no_match", [], 1)
    assert [hit.passage.passage_id for hit in nothing.nearest] == ["b.txt#2"]


def test_what_a_pull_quote_is_shown_under_says_the_same(tmp_path: Path) -> None:
    quote = "The truth is secondary to the Kremlin’s fictions."
    long = f"Rain fell. {quote} {'It rained on and on over the old harbour. ' * 5}"
    after = "It rained all over the northern valleys until evening. Nobody spoke. " * 5
    text = f"{long.strip()}\n\n{quote}\n\n{after.strip()}\n"
    with retriever_over(tmp_path, {"a.txt": text}) as opened:
        [first, _] = opened.retrieve(quote, k=9)
        assert first.also_in == ("a.txt#2",)
        assert ids(opened.like("a.txt#2")) == ["a.txt#3"]
        assert ids(opened.like("a.txt#1")) == ["a.txt#3"]


def test_no_such_passage(retriever: Retriever) -> None:
    with pytest.raises(NoSuchPassageError, match="from 1 to 2"):
        retriever.like("a.txt#3")


def test_a_further_stage_ranks_them_too(retriever: Retriever) -> None:
    class Reversed:
        depth = 3

        def rerank(self, ranking: Ranking) -> Ranking:
            return ranking.reordered(reversed(ranking))

    plain = retriever.like("a.txt#1", SearchOptions(k=3))
    other = Retriever(retriever.searcher, retriever.encoder, Reversed())
    assert ids(other.like("a.txt#1", SearchOptions(k=1))) == ids(plain)[:-2:-1]
