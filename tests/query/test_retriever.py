"""Retriever against brute force, on an index made with the deterministic encoder."""

import asyncio
import random
import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from small_index import bm25_of, index_of

from embed import ModelError
from index.build import EncoderSource, build_index
from index.errors import ClosedIndexError, NoIndexError
from index.scoring.lexical import inverse_document_frequency
from index.scoring.parts import Selection, find_candidates
from index.scoring.ranking import totals
from index.scoring.weights import HEAD_WEIGHT, HYBRID
from index.store.embedded_texts import sentence_texts
from index.types import MODES, Mode, Passage
from index.windows import WINDOW_WORDS
from query import QueryError, Ranking, Retriever, SearchOptions
from query.document_filter import matching_doc_ids

WORDS = ["ceasefire", "terms", "truce", "army", "river", "bank", "bread", "salt", "winter", "tank"]
QUESTIONS = ["ceasefire terms", "bread", "river bank winter", "nothing of this", "the"]


def write_corpus(folder: Path, documents: int = 12, seed: int = 0) -> None:
    """Articles of random sentences, some paragraphs of which stand in several of them."""
    chance = random.Random(seed)
    shared = [sentences(chance, 2) for _ in range(3)]
    for number in range(documents):
        paragraphs = [sentences(chance, chance.randint(1, 4)) for _ in range(5)]
        paragraphs.insert(2, chance.choice(shared))
        path = folder / ("west" if number % 2 else "east") / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n\n".join(paragraphs), encoding="utf-8")


def sentences(chance: random.Random, count: int) -> str:
    return " ".join(
        " ".join(chance.choices(WORDS, k=chance.randint(6, 9))).capitalize() + "."
        for _ in range(count)
    )


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    folder = tmp_path_factory.mktemp("corpus")
    write_corpus(folder)
    directory = tmp_path_factory.mktemp("index") / ".passage-index"
    encoder = FakeEncoder()
    build_index(folder, directory, EncoderSource.of(encoder))
    with Retriever.open(directory, encoder=encoder) as opened:
        yield opened


def brute_force(
    retriever: Retriever, question: str, k: int, glob: str, mode: Mode
) -> list[tuple[str, float]]:
    """Every passage scored one by one, then sorted, then those that say the same dropped."""
    query = vector_of(question)
    rows = {passage.passage_id: row for row, passage in enumerate(all_passages(retriever))}
    words = list(dict.fromkeys(question.split()))
    bm25: Counter[int] = Counter()
    worth = 0.0
    for word in words:
        holding = sum(word in words_in(passage) for passage in all_passages(retriever))
        rarity = inverse_document_frequency(holding, len(rows))
        worth += rarity
        holders, frequencies, _ = bm25_of(index_of(retriever).catalog, word, HEAD_WEIGHT)
        bm25.update(
            {int(row): rarity * value for row, value in zip(holders, frequencies, strict=True)}
        )
    cosines = {p.passage_id: float(vector_of(p.text) @ query) for p in all_passages(retriever)}
    shares = {passage_id: bm25[row] / worth for passage_id, row in rows.items()}
    scored = []
    for passage in all_passages(retriever):
        if not fnmatchcase(passage.doc_id, glob):
            continue
        texts = sentence_texts(passage, "")
        cosine, found = cosines[passage.passage_id], shares[passage.passage_id]
        window = window_by_hand(retriever, passage)
        lengths = [len(words_in(other)) for other in window]
        context, context_share = (
            np.average([values[other.passage_id] for other in window], weights=lengths)
            for values in (cosines, shares)
        )
        total = {
            "dense": cosine,
            "lexical": found,
            "hybrid": HYBRID.passage * cosine
            + HYBRID.context * context
            + HYBRID.sentence * max(float(vector_of(text) @ query) for text in texts)
            + HYBRID.words * min((found + context_share) / 2, 1.0)
            + HYBRID.complete * all(word in words_in(passage) for word in words)
            + HYBRID.verbatim * (f" {question} " in f" {' '.join(words_in(passage))} "),
        }[mode]
        if mode != "lexical" or total > 0:
            scored.append((round(total, 5), passage))
    scored.sort(key=lambda pair: (-pair[0], rows[pair[1].passage_id]))
    unique = {" ".join(p.text.split()): (p.passage_id, total) for total, p in reversed(scored)}
    kept = set(unique.values())
    ranked = [(p.passage_id, t) for t, p in scored if (p.passage_id, t) in kept]
    return ranked[:k]


def test_the_score_is_the_sum_that_the_readme_gives(retriever: Retriever) -> None:
    hits = [hit for question in QUESTIONS for hit in retriever.retrieve(question, k=10)]
    assert any(hit.scores.context != pytest.approx(hit.scores.passage) for hit in hits)
    for hit in hits:
        parts = hit.scores
        total = 0.25 * parts.passage + 0.25 * parts.context
        total += 0.5 * parts.sentence + 0.9 * parts.lexical
        assert hit.score == pytest.approx(total)


def window_by_hand(retriever: Retriever, passage: Passage) -> list[Passage]:
    """The passages that a short one is ranked together with, taken up one by one."""
    article = [other for other in all_passages(retriever) if other.doc_id == passage.doc_id]
    window = [passage]
    while len(words_in(passage)) < WINDOW_WORDS:
        words = sum(len(words_in(other)) for other in window)
        fit = [
            other
            for other in article
            if other.number in (window[0].number - 1, window[-1].number + 1)
            and words + len(words_in(other)) <= WINDOW_WORDS
        ]
        if not fit:
            break
        window.append(min(fit, key=lambda other: abs(other.number - passage.number)))
        window.sort(key=lambda other: other.number)
    return window


@cache
def words_in(passage: Passage) -> list[str]:
    return re.findall("[a-z]+", passage.text.lower())


@cache
def vector_of(text: str) -> NDArray[np.float32]:
    vector: NDArray[np.float32] = FakeEncoder().encode([text])[0]
    return vector


@cache
def all_passages(retriever: Retriever) -> list[Passage]:
    records = index_of(retriever).catalog.documents()
    return [
        passage for record in records for passage in index_of(retriever).catalog.passages_of(record)
    ]


requests = {
    "question": st.lists(st.sampled_from([*WORDS, "unheard"]), min_size=1, max_size=4).map(
        " ".join
    ),
    "k": st.integers(1, 90),
    "glob": st.sampled_from(["*", "east/*", "west/3.txt", "*1.txt"]),
    "mode": st.sampled_from(MODES),
}


@pytest.mark.slow
@settings(max_examples=2000, deadline=None)
@given(**requests)
def test_the_top_k_is_that_of_all_scores_sorted_ties_included(
    retriever: Retriever, question: str, k: int, glob: str, mode: Mode
) -> None:
    index = index_of(retriever)
    vector = retriever.encoder.encode_queries([question])[0]
    scores = totals(
        find_candidates(index, Selection.everything(index), question, vector), mode
    ).tolist()
    every = all_passages(retriever)
    expected, seen = [], set[str]()
    for row in sorted(range(len(every)), key=lambda row: (-scores[row], row)):
        said = " ".join(every[row].text.split())
        if fnmatchcase(every[row].doc_id, glob) and said not in seen:
            seen.add(said)
            if mode != "lexical" or scores[row] > 0:
                expected.append((every[row].passage_id, scores[row]))
    hits = retriever.retrieve(question, k, docs=glob, mode=mode)
    assert [(hit.passage.passage_id, hit.score) for hit in hits] == expected[:k]


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(**requests)
def test_the_scores_are_those_of_a_brute_force(
    retriever: Retriever, question: str, k: int, glob: str, mode: Mode
) -> None:
    expected = brute_force(retriever, question, k, glob, mode)
    hits = retriever.retrieve(question, k, docs=glob, mode=mode)
    assert [hit.score for hit in hits] == pytest.approx([score for _, score in expected], abs=2e-5)
    # Where scores tie to within float32, either order is that of the score.
    scores = [score for _, score in expected]
    for hit, (passage_id, score) in zip(hits, expected, strict=True):
        if sum(abs(score - other) < 5e-5 for other in scores) == 1 and score != scores[-1]:
            assert hit.passage.passage_id == passage_id


def test_equal_passages_are_one_hit_that_names_the_others(retriever: Retriever) -> None:
    hits = retriever.retrieve("river bank", k=1000)
    texts = [" ".join(hit.text.split()) for hit in hits]
    assert len(set(texts)) == len(texts)
    every = all_passages(retriever)
    for hit in hits:
        same = [p.passage_id for p in every if p.text == hit.text and p != hit.passage]
        assert list(hit.also_in) == same
    assert any(hit.also_in for hit in hits)


def test_a_filter_starves_nothing(retriever: Retriever) -> None:
    for question in QUESTIONS:
        hits = retriever.retrieve(question, k=6, docs="west/1.txt", mode="dense")
        assert {hit.passage.doc_id for hit in hits} == {"west/1.txt"}
        assert len(hits) == 6


def test_ranks_count_from_one_and_scores_fall(retriever: Retriever) -> None:
    hits = retriever.retrieve("truce talks", k=20)
    assert [hit.rank for hit in hits] == list(range(1, 21))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_the_best_sentence_is_the_nearest_one(retriever: Retriever) -> None:
    query = retriever.encoder.encode_queries(["bread salt"])[0]
    for hit in retriever.retrieve("bread salt", k=30):
        passage = hit.passage
        texts = sentence_texts(passage, "")
        scores = retriever.encoder.encode_passages(texts) @ query
        assert scores[texts.index(hit.best_text)] == pytest.approx(scores.max(), abs=1e-6)
        assert hit.scores.sentence == pytest.approx(scores.max(), abs=1e-5)


def test_a_batch_answers_as_one_by_one(retriever: Retriever) -> None:
    batch = retriever.retrieve_batch(QUESTIONS, k=7)
    assert [r.to_dict() for r in batch] == [retriever.retrieve(q, k=7).to_dict() for q in QUESTIONS]


def test_threads_share_a_retriever(retriever: Retriever) -> None:
    expected = {question: retriever.retrieve(question).to_dict() for question in QUESTIONS}
    wrong: list[str] = []

    def ask() -> None:
        wrong.extend(
            question
            for question in QUESTIONS * 10
            if retriever.retrieve(question).to_dict() != expected[question]
        )

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_min_score_leaves_lower_hits_out(retriever: Retriever) -> None:
    scores = [hit.score for hit in retriever.retrieve("winter", k=1000)]
    least = scores[len(scores) // 2]
    kept = retriever.retrieve("winter", k=1000, min_score=least)
    assert [hit.score for hit in kept] == [score for score in scores if score >= least]


def test_k_beyond_the_corpus_gives_all_there_is(retriever: Retriever) -> None:
    texts = {" ".join(passage.text.split()) for passage in all_passages(retriever)}
    assert len(retriever.retrieve("tank", k=10**9)) == len(texts)


@pytest.mark.parametrize(
    "question",
    [
        'tank OR "border', "NEAR(tank border)", "tank*", "-tank", "text:tank", "(", '"', "'; DROP",
        "tank AND NOT", "a\0b", "\ud800 tank", "!!!", "中文", "tank " * 5000,
    ],
)  # fmt: skip
def test_what_the_lexical_index_takes_for_syntax_is_text(
    retriever: Retriever, question: str
) -> None:
    for mode in MODES:
        hits = retriever.retrieve(question, mode=mode)
        assert mode == "lexical" or len(hits) == 5


def test_lexical_hits_share_a_word(retriever: Retriever) -> None:
    hits = retriever.retrieve("Salt unheard", k=1000, mode="lexical")
    assert hits
    assert all("salt" in hit.text.casefold() for hit in hits)
    assert not retriever.retrieve("unheard", mode="lexical")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"query": ""}, "empty"),
        ({"query": " \n"}, "empty"),
        ({"query": "x" * 100_001}, "shorten"),
        ({"query": "x", "k": 0}, "at least one"),
        ({"query": "x", "mode": "fuzzy"}, "hybrid, dense, lexical"),
        ({"query": "x", "docs": "no/*"}, "no document fits"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    retriever: Retriever, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(QueryError, match=message):
        retriever.retrieve(**arguments)


def test_another_model_is_refused_with_both_names(retriever: Retriever) -> None:
    other = FakeEncoder(name="other", fingerprint="b" * 64)
    with pytest.raises(ModelError, match=r"built with fake .* not with other"):
        Retriever.open(index_of(retriever).generation.path.parent, encoder=other)
    with pytest.raises(ModelError, match="int8"):
        Retriever.open(
            index_of(retriever).generation.path.parent, encoder=FakeEncoder(precision="int8")
        )


def test_no_index_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PASSAGE_INDEX", raising=False)
    with pytest.raises(NoIndexError, match="index build"):
        Retriever.open()
    with pytest.raises(NoIndexError, match="index build"):
        Retriever.open(tmp_path / "nowhere")


def test_the_index_is_found_from_a_folder_below(
    retriever: Retriever, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = index_of(retriever).generation.path.parent
    below = directory.parent / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    monkeypatch.delenv("PASSAGE_INDEX", raising=False)
    assert Retriever.open(encoder=FakeEncoder()).generation == retriever.generation
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PASSAGE_INDEX", str(directory))
    assert Retriever.open(encoder=FakeEncoder()).generation == retriever.generation


def test_offsets_of_hits_stand_in_the_files(retriever: Retriever) -> None:
    for hit in retriever.retrieve("river", k=1000):
        text = (retriever.corpus / hit.passage.doc_id).read_text(encoding="utf-8")
        assert text[hit.passage.start : hit.passage.end] == hit.text
        assert text[hit.best.start : hit.best.end] == hit.best_text


def test_scores_stay_what_they_are_without_the_numpy_of_the_day(retriever: Retriever) -> None:
    """Plain numbers come out, so that they can be compared, pickled and printed anywhere."""
    [hit] = retriever.retrieve("river", k=1)
    assert type(hit.score) is type(hit.scores.lexical) is float
    assert not isinstance(hit.score, np.floating)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"query": None}, "a question is text"),
        ({"query": "x", "k": 2.5}, r"k is 2\.5"),
        ({"query": "x", "k": "3"}, "k is 3"),
        ({"query": "x", "min_score": float("nan")}, "min_score is not a number"),
        ({"query": "x", "most_chance": float("nan")}, "most_chance is nan"),
        ({"query": "x", "most_chance": 7}, "most_chance is 7"),
    ],
)
def test_what_cannot_be_used_is_one_clear_line(
    retriever: Retriever, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(QueryError, match=message):
        retriever.retrieve(**options)


def test_one_question_is_no_batch(retriever: Retriever) -> None:
    with pytest.raises(QueryError, match="for one alone there is retrieve"):
        retriever.retrieve_batch("abc")


def test_there_may_be_fewer_passages_than_anyone_can_ask_for(retriever: Retriever) -> None:
    assert len(retriever.retrieve("river", k=10**30)) == len(retriever.retrieve("river", k=10**6))


def test_a_document_fits_its_own_name(retriever: Retriever) -> None:
    assert matching_doc_ids(["a [draft].txt", "a d.txt"], ["a [draft].txt"]) == {"a [draft].txt"}
    assert matching_doc_ids(["a [draft].txt", "a d.txt"], ["a [draft].tx?"]) == {"a d.txt"}
    assert matching_doc_ids(["a", "b", "c"], ["b", "[a-b]"]) == {"a", "b"}
    with pytest.raises(
        QueryError, match=r"no document fits nothing/\*: their names are like east/"
    ):
        retriever.retrieve("river", docs="nothing/*")


def test_no_hits_are_no_match(retriever: Retriever) -> None:
    ranking = retriever.retrieve("river", min_score=99)
    assert (list(ranking), ranking.verdict) == ([], "no_match")


def test_a_closed_retriever_says_so(tmp_path: Path) -> None:
    write_corpus(tmp_path / "c")
    encoder = FakeEncoder()
    build_index(tmp_path / "c", tmp_path / "i", EncoderSource.of(encoder))
    retriever = Retriever.open(tmp_path / "i", encoder=encoder)
    retriever.close()
    with pytest.raises(ClosedIndexError, match="closed"):
        retriever.retrieve("river")


class WaitingEncoder(FakeEncoder):
    """Gives no vector of a question until the event loop has said that it goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.said = threading.Event(), threading.Event()
        self.was_told: list[bool] = []

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.set()
        self.was_told.append(self.said.wait(timeout=20))
        return super().encode_queries(texts)


def test_aretrieve_does_not_hold_up_the_event_loop(tmp_path: Path) -> None:
    write_corpus(tmp_path / "corpus")
    encoder = WaitingEncoder()

    async def ask(retriever: Retriever) -> tuple[Ranking, Ranking]:
        task = asyncio.create_task(
            retriever.aretrieve("river bank", 3, "east/*", matches_only=True)
        )
        while not encoder.asked.is_set():
            await asyncio.sleep(0)
        encoder.said.set()
        found = await task
        return found, retriever.retrieve("river bank", 3, "east/*", matches_only=True)

    build_index(tmp_path / "corpus", tmp_path / "i", EncoderSource.of(FakeEncoder()))
    with Retriever.open(tmp_path / "i", encoder=encoder) as retriever:
        found, expected = asyncio.run(ask(retriever))
    assert encoder.was_told == [True, True]
    assert found == expected
    assert len(found) + len(found.nearest) == 3


def test_aretrieve_takes_the_arguments_of_retrieve(
    retriever: Retriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert signature(Retriever.aretrieve) == signature(Retriever.retrieve)
    with pytest.raises(QueryError, match="ask for at least one passage"):
        asyncio.run(retriever.aretrieve("river", 0))
    asked: list[tuple[Sequence[str], SearchOptions]] = []
    search = Retriever.search

    def listen(self: Retriever, queries: Sequence[str], options: SearchOptions) -> list[Ranking]:
        asked.append((queries, options))
        return search(self, queries, options)

    monkeypatch.setattr(Retriever, "search", listen)
    options: dict[str, Any] = {
        "mode": "dense", "min_score": 0.1, "most_chance": 0.9, "fields": {}, "matches_only": True,
        "where": "format = txt",
    }  # fmt: skip
    found = asyncio.run(retriever.aretrieve("river", 2, "east/*", **options))
    assert found == retriever.retrieve("river", 2, "east/*", **options)
    assert asked[0] == asked[1]
    assert asked[0][1] == SearchOptions(
        2, "east/*", "dense", 0.1, 0.9, {}, matches_only=True, where="format = txt"
    )
