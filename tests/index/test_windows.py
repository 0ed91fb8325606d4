"""Windows of short passages: the rule, and the means, against brute force."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from small_index import bm25_of

from index.build import EncoderSource, build_index
from index.scoring.context import Context
from index.scoring.lexical import inverse_document_frequency, telling_words
from index.scoring.parts import Selection, find_candidates
from index.scoring.ranking import totals
from index.scoring.weights import HEAD_WEIGHT, HYBRID
from index.store.open_index import OpenIndex
from index.windows import WINDOW_WORDS, windows_of

LENGTHS = st.lists(st.integers(1, 25) | st.integers(1, 255), max_size=30)


@given(LENGTHS)
def test_a_window_grows_by_the_nearest_passage_that_fits(lengths: list[int]) -> None:
    windows = windows_of(lengths)
    assert len(windows) == len(lengths)
    for position, window in enumerate(windows):
        inside = [position]
        while lengths[position] < WINDOW_WORDS:
            room = WINDOW_WORDS - sum(lengths[other] for other in inside)
            beside = [min(inside) - 1, max(inside) + 1]
            fit = [p for p in beside if 0 <= p < len(lengths) and lengths[p] <= room]
            if not fit:
                break
            inside.append(min(fit, key=lambda other: (abs(other - position), other)))
        assert [*window] == sorted(inside)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> OpenIndex:
    folder = tmp_path_factory.mktemp("corpus")
    for name, lengths in {
        "a": [3, 70, 20, 5, 9],
        "b": [80],
        "c": [2, 2, 2, 30, 40, 61, 59],
    }.items():
        paragraphs = [" ".join(["word"] * length) + "." for length in lengths]
        (folder / f"{name}.txt").write_text("\n\n".join(paragraphs), encoding="utf-8")
    directory = tmp_path_factory.mktemp("index") / "index"
    build_index(folder, directory, EncoderSource.of(FakeEncoder()))
    return OpenIndex.open(directory)


@given(st.data())
def test_means_are_those_of_each_window(index: OpenIndex, data: st.DataObject) -> None:
    passages = index.passages.rows
    rows = data.draw(st.sets(st.integers(0, passages - 1)).map(sorted))
    values = np.array(data.draw(st.lists(st.floats(-1, 1), min_size=passages, max_size=passages)))
    context = Context.of(index, np.array(rows, dtype=np.int64))
    expected = []
    for row in rows:
        before, after, _ = index.windows[row]
        window = np.arange(row - before, row + after + 1)
        words = index.windows[window, 2]
        expected.append(np.average(values[window], weights=words))
        if len(window) == 1:
            expected[-1] = values[row]
    assert context.rows[context.places].tolist() == rows
    assert context.means(values[context.rows]) == pytest.approx(np.array(expected))


def test_no_window_reaches_into_another_section(articles: OpenIndex) -> None:
    catalog = articles.catalog
    headings = [p.path for record in catalog.documents() for p in catalog.passages_of(record)]
    assert len(set(headings)) > 5
    for row, (before, after, _) in enumerate(articles.windows.tolist()):
        assert set(headings[row - before : row + after + 1]) == {headings[row]}


def test_a_heading_of_the_same_name_begins_a_section_too(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.md").write_text("# A\n\n" + "## Notes\n\nOne thing.\n\nAnother one.\n\n" * 2)
    build_index(folder, tmp_path / "index", EncoderSource.of(FakeEncoder()))
    index = OpenIndex.open(tmp_path / "index")
    assert index.windows[:, :2].tolist() == [[0, 1], [1, 0], [0, 1], [1, 0]]


def test_no_window_reaches_into_another_document(index: OpenIndex) -> None:
    for record in index.catalog.documents():
        before, after, words = index.windows[record.first_row : record.rows.stop].T
        numbers = np.arange(record.passages)
        assert (before <= numbers).all()
        assert (after < record.passages - numbers).all()
        lengths = [len(p.text.split()) for p in index.catalog.passages_of(record)]
        assert words.tolist() == lengths
    assert index.windows[:, :2].any()


WORDS = ["ceasefire", "terms", "truce", "army", "river", "bank", "bread", "salt"]


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> OpenIndex:
    """Articles of short and long passages, under titles and headings."""
    chance = random.Random(1)
    folder = tmp_path_factory.mktemp("corpus")
    for number in range(12):
        lines = [f"# {' '.join(chance.choices(WORDS, k=2))}"]
        for _ in range(10):
            if chance.random() < 0.3:
                lines.append(f"## {chance.choice(WORDS)}")
            lines.append(" ".join(chance.choices([*WORDS, "and", "of"], k=chance.randint(3, 80))))
        (folder / f"{number}.md").write_text("\n\n".join(lines), encoding="utf-8")
    directory = tmp_path_factory.mktemp("index") / "index"
    build_index(folder, directory, EncoderSource.of(FakeEncoder()))
    return OpenIndex.open(directory)


@given(
    st.lists(st.sampled_from([*WORDS, "unheard"]), min_size=1, max_size=4).map(" ".join),
    st.integers(1, 40),
)
def test_what_no_route_has_listed_scores_no_more_than_the_routes_allow(
    articles: OpenIndex, question: str, depth: int
) -> None:
    vector = FakeEncoder().encode_queries([question])[0]
    everything = Selection.everything(articles)
    candidates = find_candidates(articles, everything, question, vector)
    words = [worth_of(articles, word) for word in telling_words(question)]
    routes: list[NDArray[np.floating[Any]]] = [candidates.passage, candidates.sentence]
    routes += [worth for _, worth, _ in words]
    read = set(np.flatnonzero(candidates.verbatim).tolist())
    last = []
    for route in routes:
        listed = np.argsort(-route, kind="stable")[:depth]
        read.update(listed.tolist())
        last.append(float(route[listed[-1]]))
    passage, sentence, *of_words = last
    has_ended = any(holders <= depth for _, _, holders in words)
    share = min(sum(of_words) / sum(rarity for rarity, _, _ in words), 1.0)
    most = (
        (HYBRID.passage + HYBRID.context) * passage
        + HYBRID.sentence * sentence
        + HYBRID.words * share
        + HYBRID.complete * (not has_ended)
    )
    scores = totals(candidates, "hybrid")
    for row, (before, after, _) in enumerate(articles.windows.tolist()):
        if read.isdisjoint(range(row - before, row + after + 1)):
            assert scores[row] <= most + 1e-6


def worth_of(index: OpenIndex, word: str) -> tuple[float, NDArray[np.float64], int]:
    """Return what a word is worth, what it is worth in each passage, and how many hold it."""
    rows, weights, in_body = bm25_of(index.catalog, word, HEAD_WEIGHT)
    rarity = inverse_document_frequency(int(in_body.sum()), index.passages.rows)
    worth = np.zeros(index.passages.rows)
    worth[rows] = rarity * weights
    return rarity, worth, len(rows)
