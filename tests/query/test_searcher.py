"""What `Retriever` asks of a searcher: the tests that every implementation must pass.

A further store adds a line to `SEARCHERS`: a function that indexes a folder and opens the result.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from small_index import CORPUS, FEW, build, write_corpus

from embed import ModelError
from index import JointCalibration, Mode, stems_of, words_of
from index.errors import ClosedIndexError
from index.store.joined_index import JoinedIndex
from index.store.milvus.address import MilvusAddress
from index.store.milvus.pushed_index import PushedIndex
from index.store.milvus.pushing import push
from index.store.open_index import OpenIndex
from query import QueryError, Ranking, Retriever, Searcher, SearchOptions
from query.index_searcher import IndexSearcher

ENCODER = FakeEncoder()
TWICE = {"again/bread.txt": "Bread and salt were all they had. They shared it.\n"}
QUESTIONS = ["bread and salt", "the river at night", "terms of the ceasefire", "unheard words"]


def local(corpus: Path, directory: Path) -> Searcher:
    build(corpus, directory, ENCODER)
    return IndexSearcher(OpenIndex.open(directory))


def joined(corpus: Path, directory: Path) -> Searcher:
    """Two indexes, of one folder and of one inside of it."""
    directories = [directory / "east", directory / "all"]
    for folder, own in zip((corpus / "east", corpus), directories, strict=True):
        build(folder, own, ENCODER)
    searcher = IndexSearcher(JoinedIndex.open(directories), JointCalibration(lambda: ENCODER))
    with patch("index.scoring.calibration.unrelated_questions", lambda: list(FEW)):
        searcher.learn()
    return searcher


def pushed(corpus: Path, directory: Path) -> Searcher:
    """An index in a file of milvus-lite."""
    pytest.importorskip("milvus_lite")
    build(corpus, directory / "index", ENCODER)
    address = MilvusAddress.parse(str(directory / "store.db"))
    push(directory / "index", address)
    return IndexSearcher(PushedIndex.open(address))


SEARCHERS: dict[str, Callable[[Path, Path], Searcher]] = {
    "local": local,
    "joined": joined,
    "milvus": pushed,
}


@dataclass
class Store:
    """A corpus, and how it is indexed."""

    corpus: Path
    directory: Path
    index: Callable[[Path, Path], Searcher]
    searcher: Searcher


@pytest.fixture(
    params=[
        pytest.param(name, marks=[pytest.mark.slow] if name == "milvus" else [])
        for name in SEARCHERS
    ]
)
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    monkeypatch.setenv("PASSAGE_CACHE", str(tmp_path / "cache"))
    corpus = write_corpus(tmp_path / "corpus", {**CORPUS, **TWICE})
    index = SEARCHERS[request.param]
    store = Store(corpus, tmp_path / "store", index, index(corpus, tmp_path / "store"))
    yield store
    store.searcher.close()


@pytest.fixture
def searcher(store: Store) -> Searcher:
    return store.searcher


def rank(searcher: Searcher, question: str, **options: object) -> Ranking:
    [vector] = ENCODER.encode_queries([question])
    return searcher.rank(question, vector, SearchOptions(**options))  # type: ignore[arg-type]


def row_of(searcher: Searcher, passage_id: str) -> int:
    doc_id, number = passage_id.rsplit("#", 1)
    [record] = [record for record in searcher.documents() if record.doc_id == doc_id]
    return record.first_row + int(number) - 1


def test_it_says_what_it_is(store: Store) -> None:
    assert store.searcher.generation
    assert store.searcher.corpus == store.corpus
    assert store.searcher.calibration.p_value(-1.0) > 0.9
    store.searcher.check_model(ENCODER)
    with pytest.raises(ModelError):
        store.searcher.check_model(FakeEncoder(fingerprint="0" * 64))


def test_documents_come_in_order_and_hold_every_row(searcher: Searcher) -> None:
    records = searcher.documents()
    assert [record.doc_id for record in records] == sorted({**CORPUS, **TWICE})
    rows = [row for record in records for row in record.rows]
    assert rows == list(range(searcher.passages))


def test_passages_are_exact_and_come_in_order(store: Store) -> None:
    for record in store.searcher.documents():
        text = (store.corpus / record.doc_id).read_text(encoding="utf-8")
        passages = store.searcher.passages_of(record, 1, record.passages)
        assert [passage.number for passage in passages] == list(range(1, record.passages + 1))
        assert all(text[p.start : p.end] == p.text for p in passages)
        assert store.searcher.passages_of(record, -5, record.passages + 5) == passages
        assert store.searcher.passages_of(record, 2, 1) == ()
        assert store.searcher.passages_of(record, 1, 1) == passages[:1]


@pytest.mark.parametrize("word", ["bread", "crossed", "crossing", "the", "talks", "penguins"])
def test_passages_that_hold_a_word_are_counted(searcher: Searcher, word: str) -> None:
    texts = [
        passage.text
        for record in searcher.documents()
        for passage in searcher.passages_of(record, 1, record.passages)
    ]
    stems = stems_of([word, *(other for text in texts for other in words_of(text))])
    holding = [text for text in texts if stems[word] in {stems[w] for w in words_of(text)}]
    assert searcher.passages_with(word) == len(holding)


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_hits_come_in_order_of_score_and_then_of_row(
    searcher: Searcher, question: str, mode: str
) -> None:
    ranking = rank(searcher, question, k=100, mode=mode)
    assert [hit.rank for hit in ranking] == list(range(1, len(ranking) + 1))
    places = [(-hit.score, row_of(searcher, hit.passage.passage_id)) for hit in ranking]
    assert places == sorted(places)
    assert (ranking.query, ranking.mode) == (question, mode)
    assert ranking.generation == searcher.generation
    for k in (1, 2, 3):
        assert rank(searcher, question, k=k, mode=mode) == ranking[:k]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_top_is_that_of_all_scores_sorted(searcher: Searcher, question: str) -> None:
    [vector] = ENCODER.encode_queries([question])
    parts = searcher.parts_at(question, vector, range(searcher.passages))
    best = np.argsort([-each.score("dense") for each in parts], kind="stable")
    ranking = rank(searcher, question, k=100, mode="dense")
    found = [row_of(searcher, hit.passage.passage_id) for hit in ranking]
    alike = {row_of(searcher, other) for hit in ranking for other in hit.also_in}
    assert found == [row for row in best if row not in alike or row in found]


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_parts_that_are_taken_apart_are_those_of_the_score(
    searcher: Searcher, question: str, mode: Mode
) -> None:
    [vector] = ENCODER.encode_queries([question])
    ranking = rank(searcher, question, k=50, mode=mode)
    rows = [row_of(searcher, hit.passage.passage_id) for hit in ranking]
    parts = searcher.parts_at(question, vector, rows)
    assert [each.row for each in parts] == rows
    scores = [each.score(mode) for each in parts]
    np.testing.assert_allclose(scores, [hit.score for hit in ranking], atol=1e-6)
    assert searcher.parts_at(question, vector, []) == []


def test_a_passage_stands_where_the_ranking_has_it(searcher: Searcher) -> None:
    question = "bread and salt"
    [vector] = ENCODER.encode_queries([question])
    ranking = rank(searcher, question, k=50)
    before = 0
    for hit in ranking:
        row = row_of(searcher, hit.passage.passage_id)
        standing = searcher.standing_of(question, vector, row, SearchOptions(k=1))
        assert (standing.rank, standing.same) == (hit.rank + before, hit.also_in)
        assert (standing.fits, standing.is_possible) == (True, True)
        assert (standing.matches, standing.shown_under) == (hit.matches, ())
        assert standing.passages == sum(1 + len(each.also_in) for each in ranking)
        before += len(hit.also_in)
    row = row_of(searcher, "winter.txt#1")
    elsewhere = searcher.standing_of(question, vector, row, SearchOptions(docs="east/*"))
    assert not elsewhere.fits
    low = searcher.standing_of(question, vector, row, SearchOptions(min_score=2.0))
    assert not low.is_possible
    with pytest.raises(QueryError):
        searcher.standing_of(question, vector, row, SearchOptions(docs="nowhere/*"))


def test_what_says_the_same_is_one_hit(searcher: Searcher) -> None:
    [first] = rank(searcher, "bread and salt", k=1)
    assert first.passage.doc_id == "again/bread.txt"
    assert first.also_in == ("east/bread.txt#1",)


def test_a_filter_goes_first(searcher: Searcher) -> None:
    ranking = rank(searcher, "bread and salt", k=100, docs="east/*")
    assert {hit.passage.doc_id for hit in ranking} == {"east/bread.txt", "east/river.txt"}
    assert ranking[0].passage.doc_id == "east/bread.txt"
    assert rank(searcher, "bread", docs=["talks.md", "winter.txt"], k=1)[0].passage.doc_id != ""
    with pytest.raises(QueryError, match="no document fits west"):
        rank(searcher, "bread", docs="west/*")


def test_low_scores_are_left_out(searcher: Searcher) -> None:
    everything = rank(searcher, "bread and salt", k=100)
    least = everything[2].score
    assert all(hit.score >= least for hit in rank(searcher, "bread", k=100, min_score=least))
    assert rank(searcher, "bread", k=100, min_score=1e9).verdict == "no_match"


def test_the_newest_generation_is_opened_if_there_is_one(store: Store) -> None:
    assert store.searcher.newest() is None
    (store.corpus / "new.txt").write_text("A new one came.")
    store.index(store.corpus, store.directory).close()
    newest = store.searcher.newest()
    assert newest is not None
    assert newest.generation != store.searcher.generation
    assert newest.passages == store.searcher.passages + 1
    newest.close()
    assert rank(store.searcher, "bread", k=1)


def test_threads_share_it(searcher: Searcher) -> None:
    expected = [rank(searcher, question) for question in QUESTIONS]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            assert list(pool.map(lambda q: rank(searcher, q), QUESTIONS)) == expected


def test_a_closed_one_says_so(searcher: Searcher) -> None:
    searcher.close()
    with pytest.raises(ClosedIndexError):
        searcher.documents()
    with pytest.raises(ClosedIndexError):
        searcher.passages_with("bread")
    with pytest.raises(ClosedIndexError):
        rank(searcher, "bread")


class Backwards:
    """A further stage of ranking that turns the first hits around."""

    depth = 4

    def __init__(self) -> None:
        self.seen: list[int] = []

    def rerank(self, ranking: Ranking) -> Ranking:
        self.seen.append(len(ranking))
        return ranking.reordered(reversed(ranking))


def test_a_further_stage_sees_more_hits_and_orders_them(searcher: Searcher) -> None:
    plain = Retriever(searcher, ENCODER).retrieve("bread and salt", k=4)
    stage = Backwards()
    ranking = Retriever(searcher, ENCODER, stage).retrieve("bread and salt", k=2)
    assert stage.seen == [4]
    assert [hit.passage for hit in ranking] == [hit.passage for hit in plain[::-1][:2]]
    assert [hit.rank for hit in ranking] == [1, 2]
    assert (ranking.verdict, ranking.p_chance) == (plain.verdict, plain.p_chance)
