"""A ranking is an immutable sequence that keeps its verdict when it is sliced."""

from collections.abc import Sequence
from dataclasses import FrozenInstanceError, replace

import pytest
from fake_hits import hits_of, ranking_of

from query import QueryError, Ranking, SearchOptions

TEXT = "First one. It is short.\n\nSecond one. Best here.\n\nThird one.\n"


def ranking() -> Ranking:
    return ranking_of(hits_of(TEXT, 1, 2, 3), verdict="no_match")


def test_it_is_a_sequence_of_hits() -> None:
    found = ranking()
    assert isinstance(found, Sequence)
    assert (len(found), bool(found), bool(found[:0])) == (3, True, False)
    assert [hit.text for hit in found] == [found[0].text, found[1].text, found[-1].text]
    assert found[1] in found
    assert found.index(found[2]) == 2
    assert list(reversed(found)) == [found[2], found[1], found[0]]


def test_a_slice_keeps_question_and_verdict() -> None:
    found = ranking()
    part = found[1:]
    assert isinstance(part, Ranking)
    assert (part.verdict, part.query, part.p_chance) == ("no_match", found.query, found.p_chance)
    assert part.to_dict()["hits"] == found.to_dict()["hits"][1:]


def test_the_nearest_are_kept_as_they_are() -> None:
    found = replace(ranking()[:0], nearest=hits_of(TEXT, 1, 2))
    assert isinstance(found.nearest, tuple)
    assert found[:1].nearest == found.nearest
    shown = found.to_dict()
    assert (shown["hits"], len(shown["nearest"])) == ([], 2)
    assert shown["nearest"] == ranking()[:2].to_dict()["hits"]


def test_it_cannot_be_changed() -> None:
    found = ranking()
    assert not hasattr(found, "append")
    with pytest.raises(FrozenInstanceError):
        found.verdict = "match"  # type: ignore[misc]
    with pytest.raises(TypeError):
        found[0] = found[1]  # type: ignore[index]
    assert hash(found) == hash(ranking())
    assert found == ranking()


def test_another_order_is_numbered_anew() -> None:
    found = ranking()
    turned = found.reordered(reversed(found))
    assert [(hit.rank, hit.passage.number) for hit in turned] == [(1, 3), (2, 2), (3, 1)]
    assert turned.verdict == found.verdict


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k is 0"),
        ({"k": True}, "k is True"),
        ({"k": 1.5}, "k is 1.5"),
        ({"mode": "both"}, "no mode 'both'"),
        ({"min_score": float("nan")}, "min_score is not a number"),
        ({"most_chance": 2}, "most_chance is 2"),
    ],
)
def test_options_are_checked_when_they_are_made(options: dict[str, object], message: str) -> None:
    with pytest.raises(QueryError, match=message):
        SearchOptions(**options)  # type: ignore[arg-type]


def test_one_filter_and_a_list_of_one_are_the_same() -> None:
    assert SearchOptions(docs="a*") == SearchOptions(docs=["a*"]) == SearchOptions(docs=("a*",))
    assert hash(SearchOptions(docs=["a*"])) == hash(SearchOptions(docs="a*"))


def test_a_hit_is_one_line_and_a_ranking_some() -> None:
    hits = hits_of("First one.\nIt is\x1b[31m short.\n\nSecond one. Best here.\n", 2, 1, best=1)
    hits[1] = replace(hits[1], matches=False)
    assert str(hits[0]) == "[1] a.txt:4 (1.00): Best here."
    short = "[2] a.txt:1 (0.50, no better than chance): It is\\x1b[31m short."
    assert str(hits[1]) == short
    found = ranking_of(hits, query="what\n is\u202e best?")
    assert str(found).split("\n") == ["what is\\u202e best?", "2 passages, hybrid", *map(str, hits)]
    nothing = replace(ranking_of([], verdict="no_match"), nearest=hits)
    assert str(nothing).split("\n") == [
        "a question",
        "Nothing here is about that: an unrelated question matches as well in 25% of cases. "
        "The nearest passages:",
        *map(str, hits),
    ]


def test_a_long_best_sentence_is_cut() -> None:
    [hit] = hits_of("word " * 2000, 1)
    assert len(str(hit)) < 240
    assert str(hit).endswith("word…")
