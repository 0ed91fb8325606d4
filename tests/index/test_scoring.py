"""The parts of a score, against brute force on a small index."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st
from small_index import bm25_of

from index.build import EncoderSource, build_index
from index.scoring.lexical import inverse_document_frequency, phrases, telling_words
from index.scoring.parts import Candidates, Selection, best_of_groups, find_candidates
from index.scoring.weights import HEAD_WEIGHT, Weights
from index.stop_words import STOP_WORDS
from index.store.open_index import OpenIndex

ARTICLES = {
    "a.txt": "The army crossed the river. It froze.\n\nBread was dear in winter.",
    "b.txt": "A truce holds along the river.\n\nNobody asked who baked the bread.",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> OpenIndex:
    folder = tmp_path_factory.mktemp("corpus")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    directory = tmp_path_factory.mktemp("index") / "index"
    build_index(folder, directory, EncoderSource.of(FakeEncoder()))
    return OpenIndex.open(directory)


def candidates_for(index: OpenIndex, question: str) -> Candidates:
    vector = FakeEncoder().encode_queries([question])[0]
    return find_candidates(index, Selection.everything(index), question, vector)


@given(st.lists(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=5), max_size=20))
def test_best_of_groups_is_the_maximum_of_each(groups: list[list[float]]) -> None:
    flat = np.array([score for group in groups for score in group], dtype=np.float32)
    starts = np.cumsum([0, *map(len, groups)])[:-1].astype(np.int64)
    best = best_of_groups(flat, starts)
    assert best.dtype == np.float32
    assert best.tolist() == [max(group) for group in groups]


def test_total_is_the_weighted_sum() -> None:
    one = np.array([1.0])
    candidates = Candidates(
        rows=np.array([4]),
        passage=np.array([0.5], dtype=np.float32),
        context=np.array([0.125]),
        sentence=np.array([0.25], dtype=np.float32),
        bm25_share=one * 7,
        context_share=one * 0.5,  # the mean counts as 1
        complete=one * 2,
        verbatim=one * 3,
    )
    weights = Weights(passage=1, context=4, sentence=2, words=10, complete=100, verbatim=1000)
    assert candidates.total(weights).tolist() == [0.5 + 0.5 + 0.5 + 10 + 200 + 3000]
    assert candidates.lexical_part(weights).tolist() == [10 + 200 + 3000]
    assert weights.lexical == 1110


def test_bm25_is_a_share_of_what_the_words_are_worth(index: OpenIndex) -> None:
    texts = [p.text for r in index.catalog.documents() for p in index.catalog.passages_of(r)]
    words = ["river", "truce", "unheard"]
    worth = sum(
        inverse_document_frequency(sum(bool(re.search(word, t)) for t in texts), len(texts))
        for word in words
    )
    bm25 = np.zeros(len(texts))
    for word in words:
        rows, frequencies, in_body = bm25_of(index.catalog, word, HEAD_WEIGHT)
        assert in_body.all()
        bm25[rows] += inverse_document_frequency(len(rows), len(texts)) * frequencies
    found = candidates_for(index, "the river truce, unheard?")
    assert found.bm25_share == pytest.approx(bm25 / worth)
    assert found.complete.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("question", ["the", "what is the", "of the"])
def test_stop_words_alone_are_no_evidence(index: OpenIndex, question: str) -> None:
    found = candidates_for(index, question)
    assert found.bm25_share.max() < 1e-5
    assert not found.complete.any()
    assert not found.verbatim.any()


def test_complete_needs_every_telling_word(index: OpenIndex) -> None:
    assert candidates_for(index, "where is the river truce").complete.tolist() == [0, 0, 1, 0]
    assert candidates_for(index, "bread").complete.tolist() == [0, 1, 0, 1]
    assert candidates_for(index, "!?").complete.tolist() == [0, 0, 0, 0]


def test_a_title_counts_for_every_passage_and_completes_none(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.md").write_text("# Ovens\n\nLight it.\n\n## Rye bread\n\nBake long.\n\nCool it.")
    (folder / "b.md").write_text("# Rivers\n\nRye grows here.\n\nSo does oats.")
    build_index(folder, tmp_path / "index", EncoderSource.of(FakeEncoder()))
    index = OpenIndex.open(tmp_path / "index")
    assert (candidates_for(index, "ovens").bm25_share > 0).tolist() == [True] * 3 + [False] * 2
    assert not candidates_for(index, "ovens").complete.any()
    assert not candidates_for(index, "ovens").verbatim.any()
    # The heading is the first words of the passage that it stands before, and counts once.
    assert bm25_of(index.catalog, "rye", 0.0)[1][0] == bm25_of(index.catalog, "rye", 1.0)[1][0]
    found = candidates_for(index, "rye bread")
    assert (found.bm25_share > 0).tolist() == [False, True, True, True, False]
    assert found.complete.tolist() == found.verbatim.tolist() == [0, 1, 0, 0, 0]


def test_how_rare_a_word_is_bodies_say(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number, text in enumerate(["An oven.", "Bread.", "Bread.", "Bread."]):
        (folder / f"{number}.md").write_text(f"# Ovens\n\n{text}")
    build_index(folder, tmp_path / "index", EncoderSource.of(FakeEncoder()))
    found = candidates_for(OpenIndex.open(tmp_path / "index"), "oven bread")
    # The oven of the body is rare, and in the question it is nearly all that counts.
    assert found.bm25_share[0] > 0.8
    assert found.bm25_share[0] > found.bm25_share[1] > 0.4


def test_verbatim_is_the_whole_question_or_what_is_quoted(index: OpenIndex) -> None:
    assert candidates_for(index, "along the river").verbatim.tolist() == [0, 0, 1, 0]
    assert candidates_for(index, "river the along").verbatim.tolist() == [0, 0, 0, 0]
    assert candidates_for(index, "who wrote “along the river”?").verbatim.tolist() == [0, 0, 1, 0]
    assert candidates_for(index, 'who wrote "along the river"').verbatim.tolist() == [0, 0, 1, 0]
    assert candidates_for(index, "who wrote along the river").verbatim.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What are the terms of the ceasefire?", ["terms", "ceasefire"]),
        ("the of and", ["the", "of", "and"]),
        ("Terms, terms and TERMS", ["terms"]),
        ("...", []),
    ],
)
def test_telling_words(question: str, words: list[str]) -> None:
    assert telling_words(question) == words


def test_the_articles_are_stop_words() -> None:
    assert {"a", "an", "the"} <= STOP_WORDS


def test_one_quoted_word_is_no_phrase_of_its_own() -> None:
    assert phrases('a "word" here') == [["a", "word", "here"]]
    assert phrases("“one two” and «three four»") == [["one", "two"], ["three", "four"]]
    assert phrases("?") == []
    assert phrases("to be or not") == []
    assert phrases("“to be or not”") == [["to", "be", "or", "not"]]


def test_a_common_word_is_worth_next_to_nothing_and_never_less() -> None:
    assert inverse_document_frequency(90, 100) == 1e-6
    assert inverse_document_frequency(0, 100) == math.log(100.5 / 0.5)


@pytest.mark.parametrize("mark", ["«", "„", "“", '"'])
def test_marks_that_are_never_closed_cost_no_more_than_they_are_long(mark: str) -> None:
    assert phrases(mark * 100_000 + " word") == [["word"]]  # which took minutes
