"""The support of a claim: cosine and words of the best run of sentences, by hand."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from fake_hits import hits_of

from index.stop_words import STOP_WORDS
from index.types import Head
from query.citing.numbered_hits import NumberedHits
from query.citing.support import Support, find_supports
from query.hits import Hit

ENCODER = FakeEncoder(dim=4096)
TEXT = (
    "The bridge fell. Nobody was hurt. Rain had come. The river rose for weeks. Ice broke.\n\n"
    "Something else stands between.\n\n"
    "The mill burned. A storm followed.\n"
)


@dataclass
class Counts:
    """An index of 1000 passages, in which some words are frequent."""

    frequent: dict[str, int]
    passages: int = 1000

    def passages_with(self, word: str) -> int:
        return self.frequent.get(word, 0)


def support(
    claim: str, counts: Counts | None = None, hits: list[Hit] | None = None, number: int = 1
) -> Support:
    numbered = NumberedHits(hits_of(TEXT, 1, 3, title="") if hits is None else hits)
    return find_supports([claim], numbered, ENCODER, counts)[claim][number]


def by_hand(claim: str, sentences: list[str]) -> float:
    """The cosine of a claim and the mean vector of some sentences."""
    one, *others = ENCODER.encode([claim, *sentences])
    mean = np.mean(others, axis=0)
    return float(one @ mean / np.linalg.norm(mean))


def idf(holding: int, passages: int) -> float:
    return math.log(1 + (passages - holding + 0.5) / (holding + 0.5))


def test_the_words_of_a_claim_count_by_their_idf() -> None:
    counts = Counts({"bridge": 400, "collapsed": 3})
    found = support("The bridge collapsed", counts)
    bridge, collapsed = idf(400, 1000), idf(3, 1000)
    assert found.coverage == pytest.approx(bridge / (bridge + collapsed))
    assert found.cosine == pytest.approx(by_hand("The bridge collapsed", ["The bridge fell."]))
    assert found.degree == pytest.approx(0.4 * found.coverage + 0.6 * found.cosine)
    assert found.absent == ("collapsed",)


def test_a_small_index_is_taken_as_one_of_250_passages() -> None:
    counts = Counts({"bridge": 4}, passages=5)
    bridge, collapsed = idf(4, 250), idf(0, 250)
    coverage = support("The bridge collapsed", counts).coverage
    assert coverage == pytest.approx(bridge / (bridge + collapsed))


def test_without_an_index_the_hits_are_counted() -> None:
    twice = hits_of("The bridge fell.\n\nThen this.\n\nA bridge rose.\n", 1, 3, title="")
    rose, bridge = idf(1, 250), idf(2, 250)
    found = support("a bridge rose", hits=twice)
    assert found.coverage == pytest.approx(bridge / (bridge + rose))


def test_the_words_that_lack_are_told_and_the_most_telling_first() -> None:
    counts = Counts({"paris": 500, "mayor": 50, "resigned": 5})
    found = support("The mayor of Paris resigned over the bridge", counts)
    assert found.absent == ("over", "resigned", "mayor", "paris")
    assert "over" not in STOP_WORDS


def test_words_are_compared_by_their_stems() -> None:
    assert support("bridges falling").absent == ("falling",)
    assert support("a hurting nobody").absent == ()


@pytest.mark.parametrize(
    ("claim", "absent"),
    [
        ("bridge nobody rain", ()),  # three sentences on end
        ("bridge rain", ()),
        ("bridge river", ("bridge",)),  # four are too far
        ("nobody river", ()),
        ("rain mill", ("mill",)),  # another passage
    ],
)
def test_words_stand_in_up_to_three_sentences_of_a_passage(
    claim: str, absent: tuple[str, ...]
) -> None:
    assert len(support(claim).absent) == len(absent)


def test_both_parts_are_of_the_same_run() -> None:
    claim = "rain ice"
    found = support(claim)
    assert found.absent == ()
    run = ["Rain had come.", "The river rose for weeks.", "Ice broke."]
    assert found.cosine == pytest.approx(by_hand(claim, run))


def test_headings_count_and_dates_do_not() -> None:
    [hit] = hits_of("It fell.\n", 1)
    head = Head("The bridge of Genoa", date="May 2018")
    hit = replace(hit, document=replace(hit.document, head=head))
    assert support("The bridge of Genoa fell", hits=[hit]).absent == ()
    assert support("Genoa fell in 2018", hits=[hit]).absent == ("2018",)


def test_a_claim_of_stop_words_alone_keeps_them() -> None:
    assert support("it was had").absent == ("it",)


def test_numbers_of_joined_hits_have_the_support_of_all() -> None:
    joined = hits_of(TEXT, 1, 2, 3, title="")
    claims = ["the mill burned"]
    [found] = find_supports(claims, NumberedHits(joined), ENCODER).values()
    apart = hits_of(TEXT, 1, 3, title="")
    [alone] = find_supports(claims, NumberedHits(apart), ENCODER).values()
    assert alone[2].degree > alone[1].degree
    assert [one.degree for one in found.values()] == [alone[2].degree] * 3


def test_no_claims_and_no_hits() -> None:
    assert find_supports([], NumberedHits(hits_of(TEXT, 1)), ENCODER) == {}
    assert find_supports(["a claim"], NumberedHits([]), ENCODER) == {"a claim": {}}
