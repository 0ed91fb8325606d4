"""Several indexes are searched as one that was built from all of their folders, to the bit."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from fake_encoder import FakeEncoder
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from small_index import FEW, build, write_corpus

from index.types import MODES
from query import Ranking, Retriever, SearchOptions

FOLDERS = ["a", "b", "a-b", "a/b"]
NAMES = ["one.txt", "two.md", "sub/one.txt", "Closing the gates.txt", "z.txt"]
WORDS = ["ceasefire", "terms", "truce", "army", "river", "bank", "bread", "salt", "winter", "tank"]
QUESTIONS = ["ceasefire terms", "bread", "river bank winter", "gates", '"army river"', "the"]
ENCODER = FakeEncoder()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder that nobody else has."""
    monkeypatch.setenv("PASSAGE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def sentence(chance: random.Random) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(3, 9))).capitalize() + "."


def prose(chance: random.Random) -> str:
    """Some 45 words."""
    return " ".join(" ".join(chance.choices(WORDS, k=9)).capitalize() + "." for _ in range(5))


def article(chance: random.Random, shared: Sequence[str], *, is_markdown: bool) -> str:
    """Short and long paragraphs, some of which stand elsewhere too, a pull quote, headings."""
    paragraphs = [
        " ".join(sentence(chance) for _ in range(chance.randint(1, 8)))
        for _ in range(chance.randint(1, 4))
    ]
    if chance.random() < 0.6:
        paragraphs.insert(chance.randint(0, len(paragraphs)), chance.choice(shared))
    if chance.random() < 0.5:  # the quote is shown under what it repeats
        quote = f"The army of Pavel Luzin {sentence(chance).lower()}"
        paragraphs += [f"{quote} {prose(chance)}", quote, prose(chance)]
    if is_markdown:
        paragraphs.insert(0, f"# {sentence(chance)[:-1]}")
        paragraphs.insert(2, f"## {sentence(chance)[:-1]}")
    elif chance.random() < 0.3:
        paragraphs.insert(0, f"{sentence(chance)[:-1]}\n\nBy Ann Author · May 3, 2023")
    return "\n\n".join(paragraphs) + "\n"


def corpora(seed: int, folders: Sequence[str]) -> dict[str, dict[str, str]]:
    """Files by folder and name; some are the same in several folders."""
    chance = random.Random(seed)
    shared = [" ".join(sentence(chance) for _ in range(3)) for _ in range(2)]
    whole = article(chance, shared, is_markdown=False)
    found: dict[str, dict[str, str]] = {}
    for folder in folders:
        names = chance.sample(NAMES, chance.randint(1, len(NAMES)))
        found[folder] = {
            name: whole
            if chance.random() < 0.2
            else article(chance, shared, is_markdown=name.endswith(".md"))
            for name in names
        }
    return found


@contextmanager
def joined_and_built(
    files: Mapping[str, Mapping[str, str]], encoder: Any = ENCODER
) -> Iterator[tuple[Retriever, Retriever]]:
    """A retriever over an index of each folder, and one over an index of all of them."""
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(
            patch("index.scoring.calibration.unrelated_questions", lambda: list(FEW))
        )
        corpus = scratch / "corpus"
        directories = [scratch / f"index{number}" for number in range(len(files))]
        for folder, inside in files.items():
            write_corpus(corpus / folder, inside)
        for folder, directory in zip(files, directories, strict=True):
            build(corpus / folder, directory, encoder)
        common = common_folder(corpus, files)
        build(common, scratch / "all", encoder)
        joined = stack.enter_context(Retriever.open(directories, encoder=encoder))
        built = stack.enter_context(Retriever.open(scratch / "all", encoder=encoder))
        yield joined, built


def common_folder(corpus: Path, files: Mapping[str, Mapping[str, str]]) -> Path:
    folders = [(corpus / folder).parts for folder in files]
    same = [parts[0] for parts in zip(*folders, strict=False) if len({*parts}) == 1]
    return Path(*same)


def values(ranking: Ranking) -> list[Any]:
    """All that a ranking says, but for the name of the generation."""
    found = {**ranking.to_dict(), "generation": ""}
    return [found, list(ranking), list(ranking.nearest), ranking.p_chance, ranking.left_out]


def assert_same(joined: Retriever, built: Retriever, options: SearchOptions) -> None:
    found, expected = (retriever.search(QUESTIONS, options) for retriever in (joined, built))
    for one, other in zip(found, expected, strict=True):
        assert values(one) == values(other)


@given(
    seed=st.integers(0, 10_000),
    folders=st.lists(st.sampled_from(FOLDERS), min_size=2, max_size=3, unique=True),
    k=st.integers(1, 30),
    mode=st.sampled_from(MODES),
    matches_only=st.booleans(),
    docs=st.sampled_from([None, None, ["*.txt"], ["*one*"], ["a/*", "b/*"]]),
)
# A corpus of another seed is not a simpler one, so nothing is shrunk.
@settings(max_examples=30, deadline=None, phases=[Phase.explicit, Phase.generate])
def test_a_ranking_is_that_of_one_index_of_all_folders(
    seed: int,
    folders: list[str],
    k: int,
    mode: Any,
    matches_only: bool,
    docs: list[str] | None,
) -> None:
    with joined_and_built(corpora(seed, folders)) as (joined, built):
        assert joined.corpus == built.corpus
        assert joined.documents() == built.documents()
        assert joined.searcher.calibration == built.searcher.calibration
        for word in (*WORDS, "gates", "nothing"):
            assert joined.searcher.passages_with(word) == built.searcher.passages_with(word)
        for record in built.documents():
            assert joined.passages(record.doc_id) == built.passages(record.doc_id)
            assert joined.text(record.doc_id) == built.text(record.doc_id)
            for passage in built.passages(record.doc_id)[-2:]:
                like = SearchOptions(k=k, mode=mode, matches_only=matches_only)
                found = joined.like(passage.passage_id, like)
                assert values(found) == values(built.like(passage.passage_id, like))
        try:
            built.search(QUESTIONS, SearchOptions(docs=docs))
        except Exception:
            docs = None
        assert_same(joined, built, SearchOptions(k, docs, mode, matches_only=matches_only))
