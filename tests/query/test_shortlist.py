"""A ranking from a shortlist is the one from scoring every passage."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from unittest.mock import patch

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from made_up_articles import WORDS, counting_as, passages_of, text_of
from small_index import build, index_of

from index.scoring import calibration, shortlist
from index.scoring.parts import Scoring, Selection
from index.scoring.shortlist import Shortlist, holders_of
from index.store import rounded_vectors
from query import Retriever
from query.options import SearchOptions

CASES = 2000


@contextmanager
def always_short(first: int) -> Iterator[None]:
    """Short lists, however small the index and the selection are."""
    with patch.multiple(shortlist, _FIRST=first, _NARROW=-1.0, _LONGEST=1.0):
        yield


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Retriever]]:
    """Three indexes with 8-bit copies, and one joined of two, of which one has none."""
    folders, encoder = [], FakeEncoder()
    for seed in range(4):
        folder, chance = tmp_path_factory.mktemp(f"corpus-{seed}"), Random(seed)
        for number in range(12):
            (folder / f"{'ab'[number % 2]}{number}.md").write_text(text_of(chance))
        with patch.object(rounded_vectors, "LEAST_ROUNDED", 1 if seed < 3 else 10_000):
            build(folder, folder / ".passage-index", encoder)
        folders.append(folder)
    retrievers = [Retriever.open(folder, encoder=encoder) for folder in folders[:3]]
    cache = str(tmp_path_factory.mktemp("cache"))
    with patch.dict("os.environ", PASSAGE_CACHE=cache):
        retrievers.append(Retriever.open(folders[2:], encoder=encoder))
    yield retrievers
    for retriever in retrievers:
        retriever.close()


@pytest.mark.slow
def test_the_ranking_is_that_of_every_passage(searched: list[Retriever]) -> None:
    chance = Random(7)
    shorter = counted = 0
    for _ in range(CASES):
        retriever = chance.choice(searched)
        question = " ".join(chance.choices([*WORDS, "the", "unheard"], k=chance.randint(1, 6)))
        options = {
            "k": chance.choice([1, 3, 10, 100]),
            "docs": chance.choice([None, None, "*a?*.md", ["b1.md", "a2.md"]]),
            "mode": chance.choice(["hybrid", "hybrid", "dense", "lexical"]),
            "min_score": chance.choice([None, None, None, 0.3, 0.9]),
            "most_chance": chance.choice([0.05, 0.05, 0.5, 0.0, 1.0]),
            "matches_only": chance.random() < 0.5,
            "without": passages_of(retriever, chance) if chance.random() < 0.3 else (),
        }
        asked = SearchOptions(**options)  # type: ignore[arg-type]
        [expected] = retriever.search([question], asked)
        with always_short(chance.choice([2, 8, 32])), scored_passages() as scored:
            [found] = retriever.search([question], asked)
        shorter += min(scored) < len(retriever)
        counted += found.left_out is not None
        assert found == counting_as(found, expected), (question, options)
    assert shorter > CASES / 2  # or nothing was put to the test
    assert counted > 0.9 * CASES


@contextmanager
def scored_passages() -> Iterator[list[int]]:
    """How many passages were scored in full, each time."""
    counts: list[int] = []
    candidates = Shortlist.candidates

    def counting(self: Shortlist, scoring: object) -> object:
        counts.append(int(np.count_nonzero(self.listed)))
        return candidates(self, scoring)  # type: ignore[arg-type]

    with patch.object(Shortlist, "candidates", counting):
        yield counts


def test_the_first_list_grows_with_the_index(searched: list[Retriever]) -> None:
    for retriever in searched[:3]:
        index = index_of(retriever)
        [vector] = retriever.encoder.encode_queries(["bread"])
        scoring = Scoring(index, Selection.everything(index), "bread", vector)
        with always_short(8):
            assert Shortlist.first(scoring).length == 8
            with patch.object(shortlist, "_FIRST_SHARE", 1 / 4):
                assert Shortlist.first(scoring).length == index.passages.rows // 4


def test_what_is_like_a_passage_is_the_same(searched: list[Retriever]) -> None:
    for retriever in searched:
        for record in retriever.documents()[::4]:
            expected = retriever.like(f"{record.doc_id}#2")
            with always_short(2):
                found = retriever.like(f"{record.doc_id}#2")
            assert found == counting_as(found, expected)


def test_holders_are_the_rows_whose_window_has_a_row(searched: list[Retriever]) -> None:
    for retriever in searched[:3]:
        index = index_of(retriever)
        rows = np.array([0, 3, len(retriever) - 1])
        expected = {
            holder
            for holder, (before, after, _) in enumerate(index.windows.tolist())
            if any(holder - before <= row <= holder + after for row in rows)
        }
        assert set(holders_of(index, rows).tolist()) == expected


def test_a_small_index_has_no_copy(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Bread and salt.")
    build(tmp_path, tmp_path / ".passage-index")
    [generation] = (tmp_path / ".passage-index").glob("g-*")
    assert sorted(path.name for path in generation.iterdir()) == [
        "MANIFEST.json",
        "catalog.sqlite",
        "passages.faiss",
        "sentences.faiss",
    ]


def test_unrelated_questions_reach_the_same(searched: list[Retriever]) -> None:
    questions = ["how to bake bread", "the price of a bank", "when did winter begin", "who met it"]
    for retriever in searched[:3]:
        index = index_of(retriever)
        with patch.object(calibration, "unrelated_questions", lambda: questions):
            expected = calibration.calibrate(index, retriever.encoder)
            with always_short(2), scored_passages() as scored:
                assert calibration.calibrate(index, retriever.encoder) == expected
        assert min(scored) < len(retriever)
