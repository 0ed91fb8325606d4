"""What an index in Milvus answers is what its files answer, to the bit."""

from collections.abc import Iterator
from random import Random
from unittest.mock import patch

import pytest
from click import UsageError
from click.testing import CliRunner
from fake_encoder import FakeEncoder
from made_up_articles import WORDS, counting_as, passages_of, text_of
from pushed import Pair, fetched_rows, push_to, short_lists
from seed_index import questions, seed_index
from small_index import build

from embed import Encoder
from index import FOUND
from index.errors import EngineError
from index.scoring import shortlist
from index.store.milvus import engine
from index.store.milvus.address import MilvusAddress
from query import Retriever
from query.citing.citation_line import CitationLine
from query.cli import query
from query.named_index import NamedIndex
from query.options import SearchOptions
from query.places import place_named

pytest.importorskip("milvus_lite")
pytestmark = pytest.mark.slow

CASES = 400

HTML = "<html><head><title>Bridges</title></head><body><h1>Bridges</h1>{}</body></html>"
ITEM = "<h2>{}</h2><p>The {} bridge over the river was closed that winter. Snow lay on it.</p>"


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Pair]]:
    """Two collections: headings, windows, what says the same, dates, and text that is extracted."""
    found, encoder = [], FakeEncoder()
    for seed in range(2):
        folder, chance = tmp_path_factory.mktemp(f"collection-{seed}"), Random(seed)
        for number in range(12):
            head = f"---\ndate: 2023-{number + 1:02}-01\ntag: {'ab'[number % 2]}\n---\n"
            text = head + text_of(chance)
            (folder / f"{'ab'[number % 2]}{number}.md").write_text(text)
        # Its text has more bytes than Milvus takes in one.
        items = (
            ITEM.format(word.capitalize(), f"{word} no. {n}") for n in range(60) for word in WORDS
        )
        (folder / "long.html").write_text(HTML.format("".join(items)))
        build(folder, folder / ".passage-index", encoder)
        address = push_to(folder / ".passage-index", folder / "store.db")
        files = Retriever.open(folder, encoder=encoder)
        found.append(Pair(files, Retriever.open(str(address), encoder=encoder)))
    yield found
    for pair in found:
        pair.close()


def some_options(chance: Random, retriever: Retriever) -> SearchOptions:
    options = {
        "k": chance.choice([1, 3, 10, 100]),
        "docs": chance.choice([None, None, "*a?*.md", ["b1.md", "a2.md"], "long.html"]),
        "where": chance.choice([None, None, "date > 2023-04", "tag = a", "format = html"]),
        "mode": chance.choice(["hybrid", "hybrid", "dense", "lexical"]),
        "min_score": chance.choice([None, None, None, 0.3, 0.9]),
        "most_chance": chance.choice([0.05, 0.05, 0.5, 0.0, 1.0]),
        "matches_only": chance.random() < 0.5,
        "without": passages_of(retriever, chance) if chance.random() < 0.2 else (),
    }
    if options["docs"] == ["b1.md", "a2.md"] or options["docs"] == "long.html":
        options["where"] = None
    if options["docs"] == "*a?*.md" and options["where"] == "format = html":
        options["where"] = None
    return SearchOptions(**options)  # type: ignore[arg-type]


def some_question(chance: Random) -> str:
    words = " ".join(chance.choices([*WORDS, "the", "unheard"], k=chance.randint(1, 6)))
    return chance.choice([words, words, words, f'"{words}"', "The talks go on"])


def test_the_ranking_is_that_of_the_files(pairs: list[Pair]) -> None:
    chance = Random(7)
    counted = 0
    for number in range(CASES):
        pair = chance.choice(pairs)
        question, options = some_question(chance), some_options(chance, pair.files)
        [expected] = pair.files.search([question], options)
        with short_lists(chance.choice([2, 8, 64]), chance.choice([1, 4, 16])):
            [found] = pair.milvus.search([question], options)
        counted += found.left_out is not None
        assert found.exact
        assert found == counting_as(found, expected), (number, question, options)
    assert counted > 0.9 * CASES


def test_few_vectors_are_fetched_for_a_question(pairs: list[Pair]) -> None:
    # The last ones of the many passages are asked for, of which nothing is kept from before.
    with short_lists(4, 16), fetched_rows() as fetched:
        ranking = pairs[0].milvus.retrieve("The harbour bridge no. 31 over the river", k=3)
    assert ranking == pairs[0].files.retrieve("The harbour bridge no. 31 over the river", k=3)
    assert sum(fetched) < len(pairs[0].milvus) / 2


@pytest.mark.parametrize("most", [3, 40])
def test_a_list_that_ends_too_early_is_said(pairs: list[Pair], most: int) -> None:
    unproven = 0
    with patch.object(engine, "MOST_RESULTS", most), short_lists(2, 4):
        for question in WORDS:
            for mode in ("hybrid", "dense"):
                found = pairs[0].milvus.retrieve(question, k=10, mode=mode)
                if found.exact:
                    assert found == pairs[0].files.retrieve(question, k=10, mode=mode)
                unproven += not found.exact
                assert found.to_dict()["exact"] is found.exact
                assert ("not proven" in str(found)) is not found.exact
    assert unproven


def test_too_many_passages_to_be_fetched_are_said(pairs: list[Pair]) -> None:
    # Dozens of passages have the same score by words.
    asked, options = "the bridge over the river", SearchOptions(k=3, mode="lexical")
    with short_lists(2, 4), patch.object(engine, "MOST_RESULTS", 24):
        with patch.object(shortlist, "_MOST_OF_ENGINE", 40):
            [found] = pairs[0].milvus.search([asked], options)
        assert not found.exact
        assert pairs[0].milvus.search([asked], options) == pairs[0].files.search([asked], options)


def test_a_proof_that_needs_no_more_passages_is_one_however_many_there_are(
    pairs: list[Pair],
) -> None:
    # Everything that holds a word is scored at once, and nothing else can be a hit.
    asked, options = "the bridge over the river", SearchOptions(k=1000, mode="lexical")
    with (
        short_lists(1000, 1),
        patch.object(engine, "MOST_RESULTS", 24),
        patch.object(shortlist, "_MOST_OF_ENGINE", 40),
    ):
        [found] = pairs[0].milvus.search([asked], options)
    [expected] = pairs[0].files.search([asked], options)
    assert found == counting_as(found, expected)
    assert (len(found) > 40, found.exact) == (True, True)


def test_documents_and_texts_are_the_same(pairs: list[Pair]) -> None:
    for pair in pairs:
        files, milvus = pair.files.searcher, pair.milvus.searcher
        assert milvus.documents() == files.documents()
        assert (milvus.corpus, milvus.folders) == (files.corpus, files.folders)
        for record in files.documents():
            every = files.passages_of(record, 1, record.passages)
            assert milvus.passages_of(record, 1, record.passages) == every
            assert milvus.text_of(record) == files.text_of(record)
            assert milvus.folder_of(record) == files.folder_of(record)
        assert len((files.text_of(files.documents()[-1]) or "").encode()) > 1 << 16


def test_explanations_and_standings_are_the_same(pairs: list[Pair]) -> None:
    pair, question = pairs[0], "the river bridge and the truce"
    expected, found = (each.retrieve(question, k=8) for each in (pair.files, pair.milvus))
    for rank in range(1, 9):
        assert pair.milvus.explain(found, rank) == pair.files.explain(expected, rank)
    for passage_id in ("a2.md#1", "long.html#700"):
        options = SearchOptions(k=3, docs="*.md")
        why = pair.files.why_not(question, passage_id, options)
        assert pair.milvus.why_not(question, passage_id, options) == why


def test_citations_hold_and_what_is_like_a_passage_is_the_same(pairs: list[Pair]) -> None:
    for record in pairs[1].files.documents()[::5]:
        like = f"{record.doc_id}#2"
        expected = pairs[1].files.like(like)
        found = pairs[1].milvus.like(like)
        assert found == counting_as(found, expected)
        assert [hit.passage for hit in found] == [hit.passage for hit in expected]


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> MilvusAddress:
    return push_to(seed_index(), tmp_path_factory.mktemp("seeds") / "seeds.db")


def test_the_seeds_are_answered_the_same(seeds: MilvusAddress, encoder: Encoder) -> None:
    asked = questions()
    with (
        Retriever.open(seed_index(), encoder=encoder) as files,
        Retriever.open(str(seeds), encoder=encoder) as milvus,
    ):
        for options in (SearchOptions(), SearchOptions(k=20, matches_only=True, mode="lexical")):
            expected = files.search(asked, options)
            with short_lists(4, 2):
                found = milvus.search(asked, options)
            assert found == [counting_as(own, of) for own, of in zip(found, expected, strict=True)]
        assert len(asked) > 100


@pytest.mark.parametrize(
    "options",
    [
        ["--json"],
        ["--json", "--all", "-k", "3", "--mode", "dense", "--doc", "003*"],
        ["--explain", "--color", "never"],
        ["--why-not", "000_53edba5626bfd8b0.txt#2"],
        ["--context", "300"],
        ["--format", "vimgrep"],
    ],
)
def test_the_command_answers_the_same(
    seeds: MilvusAddress, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    asked = [*options, "ceasefire terms"]
    files = CliRunner().invoke(query, ["--index", str(seed_index()), *asked], standalone_mode=False)
    milvus = CliRunner().invoke(query, ["--index", str(seeds), *asked], standalone_mode=False)
    assert (files.return_value, files.stderr) == (milvus.return_value, milvus.stderr)
    assert files.stdout == milvus.stdout != ""
    monkeypatch.setenv("PASSAGE_INDEX", str(seeds))
    named = CliRunner().invoke(query, asked, standalone_mode=False)
    assert named.stdout == files.stdout


def test_an_article_is_shown(seeds: MilvusAddress) -> None:
    place = ["--show", "003_c6ab9badc77dffa3.txt#3", "--color", "never"]
    files = CliRunner().invoke(query, ["--index", str(seed_index()), *place], standalone_mode=False)
    milvus = CliRunner().invoke(query, ["--index", str(seeds), *place], standalone_mode=False)
    assert files.stdout == milvus.stdout != ""


def test_a_citation_is_verified_in_the_folder_that_was_pushed(
    seeds: MilvusAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    searcher = NamedIndex.find([str(seed_index())]).searcher()
    line = str(CitationLine.of(*place_named(searcher, "003_c6ab9badc77dffa3.txt#3")))
    asked = ["--verify", line, "--color", "never"]
    files = CliRunner().invoke(query, ["--index", str(seed_index()), *asked], standalone_mode=False)
    milvus = CliRunner().invoke(query, ["--index", str(seeds), *asked], standalone_mode=False)
    assert files.return_value == milvus.return_value == FOUND
    assert files.output == milvus.output != ""
    monkeypatch.setenv("PASSAGE_INDEX", str(seeds))
    assert CliRunner().invoke(query, asked, standalone_mode=False).output == files.output


def test_what_needs_the_folder_says_so(seeds: MilvusAddress) -> None:
    def error_of(*words: str) -> str:
        ended = CliRunner().invoke(query, [*words, "bread"], standalone_mode=False)
        assert isinstance(ended.exception, EngineError | UsageError)
        return str(ended.exception)

    assert "--update is for an index in files" in error_of("--index", str(seeds), "--update")
    both = error_of("--index", str(seeds), "--index", str(seed_index()))
    assert "cannot be joined with others" in both
