"""What matches better than chance, what is left out, and what the verdict says of it."""

import math
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fake_encoder import FakeEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seed_index import MIXED, questions, seed_index
from small_index import CORPUS, build, index_of, write_corpus

from index.scoring.parts import Selection, find_candidates
from index.scoring.weights import EVIDENCE
from index.types import MODES, Mode
from query import Hit, Ranking, Retriever, SearchOptions
from query.options import MOST_CHANCE

ENCODER = FakeEncoder()
TITLED = {
    "winter.md": "# A long winter on the quiet northern road\n\nTanks stood still.\n\nSnow fell.\n",
    "again/bread.txt": CORPUS["east/bread.txt"],
}
WORDS = "bread salt river night terms ceasefire winter tanks money snow unheard quite other words"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    folder = tmp_path_factory.mktemp("verdict")
    corpus = write_corpus(folder / "corpus", {**CORPUS, **TITLED})
    build(corpus, folder / "index", ENCODER)
    with Retriever.open(folder / "index", encoder=ENCODER) as retriever:
        yield retriever


@pytest.fixture(scope="module")
def articles() -> Iterator[Retriever]:
    with Retriever.open(seed_index()) as retriever:
        yield retriever


def test_each_hit_has_the_chance_of_its_own_evidence(small: Retriever) -> None:
    question = "the terms of the ceasefire at night"
    index, calibration = index_of(small), small.searcher.calibration
    [vector] = ENCODER.encode_queries([question])
    candidates = find_candidates(index, Selection.everything(index), question, vector)
    evidence = dict(zip(candidates.rows.tolist(), candidates.total(EVIDENCE), strict=True))
    for hit in small.retrieve(question, k=100):
        row = hit.document.first_row + hit.passage.number - 1
        reduced = (evidence[row] - calibration.location) / calibration.scale
        assert hit.p_chance == pytest.approx(1 - math.exp(-math.exp(-reduced)), abs=1e-9)
        assert hit.matches == (hit.p_chance <= MOST_CHANCE)
        assert (hit.to_dict()["p_chance"], hit.to_dict()["matches"]) == (
            round(hit.p_chance, 6),
            hit.matches,
        )


ASKED = st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=4).map(" ".join)
FILTERS = st.sampled_from([None, ("east/*",), ("winter.md", "talks.md")])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    question=ASKED,
    k=st.integers(1, 4),
    docs=FILTERS,
    mode=st.sampled_from(MODES),
    least=st.sampled_from([None, 0.2, 0.6, 9.0]),
    matches=st.integers(0, 12),
)
def test_the_verdict_is_match_exactly_if_something_matches(
    small: Retriever,
    question: str,
    k: int,
    docs: tuple[str, ...] | None,
    mode: Mode,
    least: float | None,
    matches: int,
) -> None:
    options = SearchOptions(k, docs, mode)
    [unlimited] = small.search([question], replace(options, k=100))
    # A chance at which so many of them match, that of the last one among them included.
    chances = [0.0, *sorted(hit.p_chance for hit in unlimited), 1.0]
    most = chances[min(matches, len(chances) - 1)]
    options = replace(options, min_score=least, most_chance=most)
    [everything] = small.search([question], replace(options, k=100))
    [first] = small.search([question], options)
    [only] = small.search([question], replace(options, matches_only=True))
    matching = [hit for hit in everything if hit.matches]
    high = [hit for hit in unlimited if least is None or hit.score >= least]
    assert unmarked(everything) == unmarked(high)

    # The best match decides, shown or not.
    for ranking in (first, only):
        assert (ranking.verdict, ranking.p_chance) == (everything.verdict, everything.p_chance)
    assert (only.verdict == "match") == bool(only)
    assert bool(only) == bool(matching)
    assert everything.p_chance == min([hit.p_chance for hit in everything], default=1.0)
    assert all(hit.matches == (hit.p_chance <= most) for hit in everything)

    # `k` counts what matches; else the nearest are at hand, and nothing is said twice.
    assert unranked(only) == unranked(matching[:k])
    assert only.nearest == (() if only else first.hits)
    assert [hit.rank for hit in only] == list(range(1, len(only) + 1))
    assert (first.nearest, everything.nearest) == ((), ())
    assert first.hits == everything.hits[:k]
    assert bool(only.left_out) == (len(matching) < len(everything))
    assert (first.left_out, everything.left_out) == (0, 0)


def unmarked(hits: Ranking | list[Hit]) -> list[Hit]:
    return [replace(hit, matches=False) for hit in hits]


def unranked(hits: Ranking | list[Hit]) -> list[Hit]:
    return [replace(hit, rank=0) for hit in hits]


def test_passages_that_say_the_same_match_together() -> None:
    """Under another title, beside other passages, the same words have another chance."""
    chance = random.Random(3)
    words = WORDS.split()
    shared = [" ".join(chance.choices(words, k=5)).capitalize() + "." for _ in range(6)]
    texts = {}
    for number in range(15):
        own = [" ".join(chance.choices(words, k=9)).capitalize() + "." for _ in range(2)]
        body = "\n\n".join([*chance.sample(shared, 2), *own])
        texts[f"{number}.md"] = f"# {chance.choice(words)}\n\n{body}"
    differ = 0
    with Retriever.from_texts(texts, encoder=ENCODER) as retriever:
        for _ in range(60):
            question = " ".join(chance.choices(words, k=3))
            chances = [hit.p_chance for hit in retriever.retrieve(question, k=100)]
            most = chance.choice(chances)
            everything = retriever.retrieve(question, k=100, most_chance=most)
            only = retriever.retrieve(question, k=100, most_chance=most, matches_only=True)
            marked = {hit.text for hit in everything if hit.matches}
            assert {hit.text for hit in only} == marked
            assert everything.p_chance == min(chances)
            differ += {hit.passage for hit in only} != {
                hit.passage for hit in everything.hits if hit.matches
            }
    assert differ > 0


def test_a_match_further_down_comes_up(articles: Retriever) -> None:
    came_up = 0
    for question in (*MIXED, *questions()):
        everything = articles.retrieve(question, k=100)
        only = articles.retrieve(question, k=5, matches_only=True)
        assert unranked(only) == unranked([hit for hit in everything if hit.matches][:5])
        came_up += unranked(only) != unranked(list(everything[: len(only)]))
    assert came_up > 0


def test_a_match_below_the_hits_that_are_shown_is_one(articles: Retriever) -> None:
    below = 0
    for mode in MODES:
        for question in (*MIXED, *questions()):
            first = articles.retrieve(question, k=1, mode=mode)
            only = articles.retrieve(question, k=1, mode=mode, matches_only=True)
            assert (first.verdict == "match") == bool(only)
            assert (first.verdict, first.p_chance) == (only.verdict, only.p_chance)
            below += first.verdict == "match" and not first[0].matches
    assert below > 0


def test_boilerplate_changes_nothing(articles: Retriever) -> None:
    for question in questions()[:20]:
        framed = f"According to the passage, {question}"
        plain, found = articles.retrieve(question), articles.retrieve(framed)
        assert found == replace(plain, query=framed)


def test_a_question_that_holds_the_title_is_asked_again_without_it(small: Retriever) -> None:
    question = "tanks: A long winter on the quiet northern road"
    title = "A long winter on the quiet northern road"
    [document] = [record for record in small.documents() if record.doc_id == "winter.md"]
    assert document.title == title
    options = SearchOptions(k=3, most_chance=chance_between(small, question, "tanks:"))
    found, plain = small.search([question, "tanks:"], options)
    assert (found.verdict, found.query) == ("match", question)
    assert found[0].passage == plain[0].passage
    assert {hit.passage.doc_id for hit in found} == {"winter.md"}
    # Without a match in that document the first ranking stays.
    [refused] = small.search([question], replace(options, most_chance=0.0))
    assert refused.verdict == "no_match"
    assert len({hit.passage.doc_id for hit in refused}) > 1


def chance_between(retriever: Retriever, question: str, short: str) -> float:
    """A chance at which a question does not match as it is, and a shorter one does."""
    [vector, other] = ENCODER.encode_queries([question, short])
    searcher, options = retriever.searcher, SearchOptions()
    high = searcher.rank(question, vector, options).p_chance
    low = searcher.rank(short, other, options).p_chance
    assert low < high
    return math.sqrt(low * high)


class Backwards:
    """A further stage of ranking that turns the first hits around."""

    depth = 4

    def __init__(self) -> None:
        self.seen: list[Ranking] = []

    def rerank(self, ranking: Ranking) -> Ranking:
        self.seen.append(ranking)
        return ranking.reordered(reversed(ranking))


def test_a_further_stage_orders_the_nearest_if_nothing_matches(small: Retriever) -> None:
    stage = Backwards()
    staged = Retriever(small.searcher, ENCODER, stage)
    question = "According to the text, who met with bread and other words?"
    plain = small.retrieve(question, k=4, most_chance=0.0)
    ranking = staged.retrieve(question, k=2, most_chance=0.0, matches_only=True)
    assert (list(ranking), ranking.verdict) == ([], "no_match")
    assert [hit.passage for hit in ranking.nearest] == [hit.passage for hit in plain[::-1][:2]]
    assert [hit.rank for hit in ranking.nearest] == [1, 2]
    [seen] = stage.seen
    assert (len(seen), seen.nearest, seen.query) == (4, (), question)
