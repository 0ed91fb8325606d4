"""Several indexes are searched as one that was built from all of their folders, to the bit."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from click.testing import CliRunner
from fake_encoder import FakeEncoder
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from seed_index import ROOT, SEEDS, questions
from small_index import FEW, build, rehash, write_corpus

from embed import Encoder, ModelError
from index.build import EncoderSource, build_index
from index.errors import ClosedIndexError, DamagedIndexError, FormatError, NoIndexError
from index.reading.selection import FolderSelection
from index.scoring.calibration import Calibration
from index.store.catalog import Catalog
from index.store.joined_index import JoinedIndex
from index.store.layout import FORMAT
from index.types import MODES, Mode
from query import Ranking, Retriever, SearchOptions, build_context, verify_citations
from query.cli import query
from query.opening import OpenError, open_hit
from query.places import NoSuchPassageError, place_named

pytestmark = pytest.mark.usefixtures("cache")

FOLDERS = ["a", "b", "a-b", "a/b"]
NAMES = ["one.txt", "two.md", "sub/one.txt", "Closing the gates.txt", "z.txt"]
WORDS = ["ceasefire", "terms", "truce", "army", "river", "bank", "bread", "salt", "winter", "tank"]
QUESTIONS = ["ceasefire terms", "bread", "river bank winter", "gates", '"army river"', "the"]
ENCODER = FakeEncoder()


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
    files: Mapping[str, Mapping[str, str]], encoder: FakeEncoder = ENCODER
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


@pytest.mark.slow
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
    mode: Mode,
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


BREAD = "Bread and salt were all they had. They shared it with the army.\n"
PAPERS = {
    "a.txt": BREAD + "\nThe river froze in May.\n",
    "b.txt": "The bank was closed all winter.\n",
}
NOTES = {"a.txt": "A truce was signed at the river.\n", "c.txt": BREAD}


@pytest.fixture
def few() -> Iterator[None]:
    """Only a few unrelated questions, since many take most of the time."""
    with patch("index.scoring.calibration.unrelated_questions", lambda: list(FEW)):
        yield


@pytest.fixture
def pair(tmp_path: Path) -> list[Path]:
    """The indexes of two folders, which both have an a.txt."""
    for name, files in (("papers", PAPERS), ("notes", NOTES)):
        build(write_corpus(tmp_path / name, files), tmp_path / f"{name}-index", ENCODER)
    return [tmp_path / "papers-index", tmp_path / "notes-index"]


def test_ids_tell_documents_apart(pair: list[Path], tmp_path: Path, few: None) -> None:
    with Retriever.open(pair, encoder=ENCODER) as retriever:
        assert retriever.corpus == tmp_path
        ids = [record.doc_id for record in retriever.documents()]
        assert ids == ["notes/a.txt", "notes/c.txt", "papers/a.txt", "papers/b.txt"]
        [hit, *_] = retriever.retrieve("bread and salt")
        assert (hit.passage.passage_id, hit.also_in) == ("notes/c.txt#1", ("papers/a.txt#1",))
        context = build_context([hit], 500)
        assert all(check.ok for check in verify_citations(context.citations, retriever.corpus))
        assert retriever.text("papers/b.txt") == PAPERS["b.txt"]
        assert retriever.source("papers/b.txt") == str(tmp_path / "papers" / "b.txt")
        assert [p.doc_id for p in retriever.expand(hit, 3, 3)] == ["notes/c.txt"]
        assert retriever.like("notes/c.txt#1")[0].passage.passage_id != "papers/a.txt#1"


def test_one_index_in_a_list_is_that_index(pair: list[Path], few: None, cache: Path) -> None:
    first = pair[0]
    lists: list[list[str | Path]] = [
        [first],
        [first, str(first)],
        [first, pair[1] / ".." / first.name],
    ]
    for paths in lists:
        with Retriever.open(paths, encoder=ENCODER) as retriever:
            assert retriever.documents()[0].doc_id == "a.txt"
            assert "+" not in retriever.generation
    assert not cache.exists()
    with pytest.raises(NoIndexError, match="no index is named"):
        Retriever.open([], encoder=ENCODER)


def test_a_filter_may_name_a_document_as_its_own_index_does(pair: list[Path], few: None) -> None:
    with Retriever.open(pair, encoder=ENCODER) as retriever:
        found = {
            docs: {h.passage.doc_id for h in retriever.retrieve("the", 30, docs, "dense")}
            for docs in ("a.txt", "notes/a.txt", "c.txt", "papers", "?.txt", "papers/*")
        }
        assert found == {
            "a.txt": {"notes/a.txt", "papers/a.txt"},
            "notes/a.txt": {"notes/a.txt"},
            "c.txt": {"notes/c.txt"},
            "papers": {"papers/a.txt", "papers/b.txt"},
            "?.txt": {"notes/a.txt", "notes/c.txt", "papers/a.txt", "papers/b.txt"},
            "papers/*": {"papers/a.txt", "papers/b.txt"},
        }
        _, passage = place_named(retriever.searcher, "c.txt#1")
        assert passage.passage_id == "notes/c.txt#1"
        _, passage = place_named(retriever.searcher, "b.txt:1")
        assert passage.passage_id == "papers/b.txt#1"
        with pytest.raises(NoSuchPassageError, match=r"such as notes/a\.txt and papers/a\.txt"):
            place_named(retriever.searcher, "a.txt#1")


def test_a_name_of_one_folder_is_found_in_one_index_of_several_too(
    pair: list[Path], tmp_path: Path, few: None
) -> None:
    selection = FolderSelection(("notes", "papers"))
    source = EncoderSource.of(ENCODER)
    build_index(tmp_path, tmp_path / "all", source, selection=selection)
    for paths in (pair, [tmp_path / "all"]):
        with Retriever.open(paths, encoder=ENCODER) as retriever:
            assert {*retriever.searcher.folders} == {"notes", "papers"}
            found = retriever.retrieve("the", 30, "a.txt", "dense")
            assert {hit.passage.doc_id for hit in found} == {"notes/a.txt", "papers/a.txt"}


def test_a_document_of_several_indexes_is_that_of_the_first(tmp_path: Path, few: None) -> None:
    """The two were made at different times, and hold different contents of one file."""
    corpus = write_corpus(tmp_path / "corpus", {**PAPERS, "inner/x.txt": "Old bread.\n"})
    build(corpus, tmp_path / "outer", ENCODER)
    write_corpus(corpus, {"inner/x.txt": "The tank of the army is new.\n", "inner/y.txt": BREAD})
    build(corpus / "inner", tmp_path / "inner-index", ENCODER)
    orders = {
        "Old bread.": ["outer", "inner-index"],
        "The tank of the army is new.": ["inner-index", "outer"],
    }
    for text, names in orders.items():
        with Retriever.open([tmp_path / name for name in names], encoder=ENCODER) as retriever:
            ids = [record.doc_id for record in retriever.documents()]
            assert ids == ["a.txt", "b.txt", "inner/x.txt", "inner/y.txt"]
            [passage] = retriever.passages("inner/x.txt")
            assert passage.text == text
            assert retriever.searcher.passages_with("tank") == text.count("tank")
            assert retriever.searcher.passages_with("old") == text.count("Old")
            again = tmp_path / f"again-{names[0]}"
            write_corpus(again, {"inner/x.txt": f"{text}\n", "inner/y.txt": BREAD, **PAPERS})
            build(again, again / "index", ENCODER)
            with Retriever.open(again / "index", encoder=ENCODER) as built:
                assert_same(retriever, built, SearchOptions(k=30))


def test_indexes_of_other_models_are_named(pair: list[Path], tmp_path: Path, few: None) -> None:
    other = FakeEncoder(name="other", fingerprint="0" * 64)
    build(tmp_path / "notes", tmp_path / "third", other)
    with pytest.raises(ModelError) as caught:
        Retriever.open([*pair, tmp_path / "third"], encoder=ENCODER)
    message = str(caught.value)
    assert f"{pair[0]} was built with fake (fp32, fakefakefake)" in message
    assert f"{tmp_path / 'third'} with other (fp32, 000000000000)" in message
    assert "\n" not in message


def test_what_is_wrong_with_one_is_said_of_that_one(
    pair: list[Path], tmp_path: Path, few: None
) -> None:
    with pytest.raises(NoIndexError, match=r"no index at .*gone"):
        Retriever.open([pair[0], tmp_path / "gone"], encoder=ENCODER)
    (pair[1] / "CURRENT").write_text("nothing")
    with pytest.raises(DamagedIndexError, match="notes-index"):
        Retriever.open(pair, encoder=ENCODER)
    rehash_format(pair[0])
    with pytest.raises(FormatError, match="papers-index"):
        Retriever.open(pair, encoder=ENCODER)


def rehash_format(directory: Path) -> None:
    rehash(directory, format=FORMAT + 1)


def test_a_folder_whose_name_cannot_be_shown_is_refused(tmp_path: Path, few: None) -> None:
    odd = tmp_path / "a\x1b[31m"
    for name, folder in (("one", odd), ("two", tmp_path / "b")):
        build(write_corpus(folder, NOTES), tmp_path / name, ENCODER)
    with pytest.raises(Exception, match=r"a\\x1b\[31m has a name that cannot be shown"):
        Retriever.open([tmp_path / "one", tmp_path / "two"], encoder=ENCODER)


def test_what_is_learnt_is_kept_and_what_is_damaged_is_learnt_anew(
    pair: list[Path], tmp_path: Path, few: None, cache: Path
) -> None:
    def opened(paths: Sequence[Path] = pair) -> tuple[Calibration, list[str]]:
        encoder = FakeEncoder()
        asked: list[str] = []
        encode = encoder.encode_queries
        encoder.encode_queries = lambda texts: (asked.extend(texts), encode(texts))[1]  # type: ignore[method-assign,func-returns-value]
        with Retriever.open(paths, encoder=encoder) as retriever:
            return retriever.searcher.calibration, asked

    learnt, asked = opened()
    assert asked == FEW
    [kept] = cache.rglob("*.json")
    assert opened() == (learnt, [])
    good = kept.read_bytes()
    for damage in (
        b"",
        b"{}",
        b"[" * 1000,
        good[:-3],
        b'{"location": NaN, "scale": 1.0}',
        b'{"location": 0.5, "scale": -1.0}',
        b'{"location": "0", "scale": 1.0}',
        b"\xff",
    ):
        kept.write_bytes(damage)
        assert opened() == (learnt, FEW), damage
        assert kept.read_bytes() == good
    kept.unlink()
    kept.symlink_to(tmp_path / "elsewhere.json")
    (tmp_path / "elsewhere.json").write_bytes(good)
    assert opened() == (learnt, FEW)
    assert (tmp_path / "elsewhere.json").read_bytes() == good
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]
    # Another order, another generation or another set is another file.
    assert opened(pair[::-1])[1] == FEW
    write_corpus(tmp_path / "notes", {"d.txt": "The tank is new.\n"})
    build(tmp_path / "notes", pair[1], ENCODER)
    assert opened()[1] == FEW
    with patch("index.scoring.calibration.LEAST_PASSAGES", 9):
        assert opened()[1] == FEW


def test_a_cache_that_cannot_be_written_is_no_error(
    pair: list[Path], few: None, cache: Path
) -> None:
    cache.write_text("a file in its place")
    with Retriever.open(pair, encoder=ENCODER) as retriever:
        assert retriever.retrieve("bread")


def test_it_moves_when_one_of_them_has_a_new_generation(
    pair: list[Path], tmp_path: Path, few: None
) -> None:
    with Retriever.open(pair, encoder=ENCODER) as retriever:
        before, old = retriever.generation, retriever.searcher
        assert not retriever.refresh()
        write_corpus(tmp_path / "notes", {"d.txt": "The tank is new.\n"})
        build(tmp_path / "notes", pair[1], ENCODER)
        assert retriever.refresh()
        assert retriever.generation != before
        assert [part.split("+")[0] for part in (before, retriever.generation)]
        assert before.split("+")[0] == retriever.generation.split("+")[0]
        assert retriever.retrieve("tank")[0].passage.doc_id == "notes/d.txt"
        assert not retriever.refresh()
        assert "d.txt" not in str(old.documents())
        calibration = retriever.searcher.calibration
    with Retriever.open(pair, encoder=ENCODER) as again:
        assert again.searcher.calibration == calibration


def test_closing_closes_all(pair: list[Path], few: None) -> None:
    retriever = Retriever.open(pair, encoder=ENCODER)
    retriever.close()
    with pytest.raises(ClosedIndexError):
        retriever.documents()
    closed: list[Path] = []
    close = Catalog.close
    with (
        patch.object(Catalog, "close", lambda self: (closed.append(self._path), close(self))[1]),  # type: ignore[func-returns-value]
        patch("index.store.joined_index._common_folder", side_effect=DamagedIndexError("no")),
        pytest.raises(DamagedIndexError),
    ):
        JoinedIndex.open(pair)
    assert {path.parent.parent for path in closed} == {*pair}


def test_a_window_that_reaches_over_a_document_is_damage(tmp_path: Path, few: None) -> None:
    import sqlite3

    lines = "Short one.\n\nShort two.\n"
    corpus = write_corpus(
        tmp_path / "c", {"inner/a.txt": lines, "inner/b.txt": lines, "z.txt": lines}
    )
    build(corpus / "inner", tmp_path / "first", ENCODER)
    build(corpus, tmp_path / "second", ENCODER)
    [catalog] = (tmp_path / "second").glob("g-*/catalog.sqlite")
    with sqlite3.connect(catalog) as database:
        [(windows,)] = database.execute("SELECT data FROM arrays WHERE name = 'windows'")
        changed = bytearray(windows)
        changed[4 * 3] = 3  # the first passage of z.txt: back into inner/a.txt, which is left out
        database.execute("UPDATE arrays SET data = ? WHERE name = 'windows'", (bytes(changed),))
    database.close()
    rehash(tmp_path / "second")
    with pytest.raises(DamagedIndexError, match=r"second.* windows that reach over"):
        Retriever.open([tmp_path / "first", tmp_path / "second"], encoder=ENCODER)


def test_a_link_from_one_folder_to_another_is_not_opened(
    pair: list[Path], tmp_path: Path, few: None
) -> None:
    with Retriever.open(pair, encoder=ENCODER) as retriever:
        [hit] = retriever.retrieve("bank", 1, "papers/b.txt")
        (tmp_path / "papers" / "b.txt").unlink()
        (tmp_path / "papers" / "b.txt").symlink_to(tmp_path / "notes" / "c.txt")
        folder = retriever.searcher.folder_of(hit.document).path
        assert folder == tmp_path / "papers"
        with pytest.raises(OpenError, match="out of its folder"):
            open_hit(hit, retriever.corpus, {"EDITOR": "true"}, folder)


def test_show_needs_neither_a_model_nor_what_is_learnt(pair: list[Path], cache: Path) -> None:
    arguments = [part for directory in pair for part in ("--index", str(directory))]
    done = CliRunner().invoke(query, [*arguments, "--show", "notes/c.txt#1"], standalone_mode=False)
    assert "Bread and salt were all they had." in done.output
    assert not cache.exists()


@pytest.mark.slow
def test_the_real_model_finds_the_same(tmp_path: Path, encoder: Encoder) -> None:
    """The two articles in two folders, all questions about them, and all that is learnt."""
    source = EncoderSource.of(encoder)
    directories = []
    for number, path in enumerate(sorted(SEEDS.iterdir())):
        folder = tmp_path / "corpus" / f"{number}"
        folder.mkdir(parents=True)
        shutil.copy(path, folder / "article.txt")
        shutil.copy(ROOT / "CONTRIBUTING.md", folder / f"{number}.md")
        build_index(folder, tmp_path / f"i{number}", source)
        directories.append(tmp_path / f"i{number}")
    build_index(tmp_path / "corpus", tmp_path / "all", source)
    with (
        Retriever.open(directories[::-1], encoder=encoder) as joined,
        Retriever.open(tmp_path / "all", encoder=encoder) as built,
    ):
        assert joined.searcher.calibration == built.searcher.calibration
        for options in (SearchOptions(30), SearchOptions(5, matches_only=True, docs="*.txt")):
            found, expected = (each.search(questions(), options) for each in (joined, built))
            for one, other in zip(found, expected, strict=True):
                assert values(one) == values(other)


BIN = Path(sys.executable).parent


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ},
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.slow
def test_the_command_takes_several(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", "true")
    shutil.rmtree(cache, ignore_errors=True)
    write_corpus(tmp_path / "papers", PAPERS)
    write_corpus(tmp_path / "notes", NOTES)
    for name in ("papers", "notes"):
        run(BIN / "index", "build", tmp_path / name, "--index", tmp_path / f"{name}-index")
    both: list[str | Path] = [
        "--index",
        tmp_path / "papers-index",
        "--index",
        tmp_path / "notes-index",
    ]
    first = run(BIN / "query", *both, "--json", "--all", "bread and salt")
    assert first.stderr.count("Learning what unrelated questions score") == 1
    second = run(BIN / "query", *both, "--json", "--all", "bread and salt")
    assert (second.stderr, second.stdout) == ("", first.stdout)
    bank = tmp_path / "papers" / "b.txt"
    bank.rename(tmp_path / "aside")
    bank.symlink_to(tmp_path / "notes" / "c.txt")
    opened = run(BIN / "query", *both, "--all", "--doc", "b.txt", "--open", "1", "bank")
    assert "b.txt is a link that leads out of its folder" in opened.stderr
    assert opened.returncode == 2
    (tmp_path / "aside").rename(bank)
    folders = (tmp_path / "papers", tmp_path / "notes")
    run(BIN / "index", "build", *folders, "--index", tmp_path / "all")
    built = run(BIN / "query", "--index", tmp_path / "all", "--json", "--all", "bread and salt")
    answers = [json.loads(done.stdout) | {"generation": ""} for done in (first, built)]
    assert answers[0] == answers[1]
    assert answers[0]["hits"]
    # To the last bit, though the process that learnt it asks its own question in fewer ones.
    [kept] = (cache / "joined-indexes").iterdir()
    learnt = json.loads(kept.read_bytes())
    with Retriever.open(tmp_path / "all") as retriever:
        assert Calibration(**learnt) == retriever.searcher.calibration


@pytest.mark.slow
def test_indexes_of_other_models_are_one_line(tmp_path: Path, few: None) -> None:
    corpus = write_corpus(tmp_path / "papers", PAPERS)
    for name, fingerprint in (("one", "1" * 64), ("two", "2" * 64)):
        build(corpus, tmp_path / name, FakeEncoder(name=name, fingerprint=fingerprint))
    done = run(BIN / "query", "--index", tmp_path / "one", "--index", tmp_path / "two", "bread")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"{tmp_path / 'one'} was built with one (fp32, 111111111111)" in done.stderr
    assert f"{tmp_path / 'two'} with two (fp32, 222222222222)" in done.stderr
