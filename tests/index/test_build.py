"""A build from nothing and a build from the generation before give the same, byte for byte."""

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from small_index import (
    CORPUS,
    FEW,
    build,
    current_folder,
    from_nothing,
    generation_bytes,
    rehash,
    split_document,
    write_corpus,
)

from embed import ModelError, TextEncoder
from index.build import EncoderSource, Progress, build_index
from index.document import Document
from index.errors import BuildError, CorpusError, FormatError
from index.scoring.calibration import unrelated_questions
from index.scoring.weights import Weights
from index.splitting import passages as passages_module
from index.splitting.passages import Article
from index.splitting.structure import Structure
from index.store import row_writer as rows
from index.store.generation import Generation
from index.store.layout import CATALOG, FORMAT, PASSAGES, SENTENCES
from index.store.open_index import OpenIndex
from index.store.publishing import locked_for_writing
from index.types import Passage

RIVER = "east/river.txt"


def passages_of(corpus: Path) -> list[Passage]:
    documents = (
        Document(path.relative_to(corpus).as_posix(), path.read_text("utf-8"), "")
        for path in sorted(corpus.rglob("*.*"))
    )
    return [p for d in documents for p in split_document(d, FakeEncoder()).passages]


def test_every_passage_and_sentence_has_its_own_vector(corpus: Path, directory: Path) -> None:
    expected = sorted(passages_of(corpus), key=lambda p: (p.doc_id, p.number))
    opened = OpenIndex.open(directory)
    assert [opened.catalog.passage(row).passage for row in range(len(expected))] == expected
    encoder = FakeEncoder()
    for row, passage in enumerate(expected):
        texts = [
            passage.text[s.start - passage.start : s.end - passage.start] for s in passage.sentences
        ]
        if passage.passage_id == "talks.md#1":  # its title counts as a sentence
            texts.insert(0, "Talks")
        stored = opened.sentences.take(int(opened.bounds[row]), int(opened.bounds[row + 1]))
        np.testing.assert_array_equal(stored, encoder.encode(texts))
        np.testing.assert_array_equal(
            opened.passages.take(row, row + 1), encoder.encode([passage.text])
        )


def test_a_build_reports_what_it_did(corpus: Path, tmp_path: Path) -> None:
    (corpus / "bad.txt").write_bytes("Bäd ".encode() * 3 + b"\xff byte. And another \xfe here.")
    seen: list[Progress] = []
    source = EncoderSource.of(FakeEncoder())
    report = build_index(corpus, tmp_path / "i", source, on_progress=seen.append)
    passages = passages_of(write_corpus(tmp_path / "copy"))
    words = sum(len(p.text.split()) for p in passages) + 9
    assert (report.changed, report.embedded, report.replaced) == (
        True,
        len(passages) + 1,
        {"bad.txt": 2},
    )
    assert report.tokens_read == report.tokens_embedded == report.generation.manifest.tokens
    assert report.tokens_read == words
    assert (seen[-1].done, seen[-1].documents) == (len(CORPUS) + 1, len(CORPUS) + 1)
    assert seen[-1].embedded == report.embedded
    again = build_index(corpus, tmp_path / "i", source)
    assert (again.changed, again.embedded, again.replaced) == (False, 0, {"bad.txt": 2})


def test_progress_counts_the_bytes_that_are_embedded(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (corpus / "bad.docx").write_bytes(b"none")
    long = "\n\n".join(f"Paragraph {number} is here." for number in range(40))
    (corpus / "long.txt").write_text(long)
    monkeypatch.setattr(rows, "_WINDOW", 10)
    seen: list[Progress] = []
    source = EncoderSource.of(FakeEncoder())
    build_index(corpus, tmp_path / "i", source, on_progress=seen.append)
    size = sum(path.stat().st_size for path in corpus.rglob("*.*"))
    done = [progress.bytes_done for progress in seen]
    assert {progress.bytes for progress in seen} == {size}
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, size)
    assert len(set(done)) > 20
    # Reading runs ahead.
    assert next(p.done for p in seen if p.embedded) > 2
    # The one that fills windows by itself is named while it is embedded, and each while it is read.
    assert sum(progress.doc_id == "long.txt" for progress in seen) > 30
    assert {progress.doc_id for progress in seen} == {"", "bad.docx", "long.txt", *CORPUS}
    asked = [(p.asked, p.questions) for p in seen if p.questions]
    assert asked[-1] == (asked[-1][1] - 1, len(unrelated_questions()))
    # What is taken over is done at once.
    seen.clear()
    (corpus / "long.txt").write_text(long + "\n\nOne more.")
    build_index(corpus, tmp_path / "i", source, on_progress=seen.append)
    done = [progress.bytes_done for progress in seen]
    assert done == sorted(done)
    assert done[-1] == size + len("\n\nOne more.")


def rename(corpus: Path, old: str, new: str) -> None:
    (corpus / old).rename(corpus / new)


def swap(corpus: Path, one: str, two: str) -> None:
    rename(corpus, one, "aside")
    rename(corpus, two, one)
    rename(corpus, "aside", two)


def edit(corpus: Path, name: str, change: Callable[[str], str]) -> int:
    path = corpus / name
    return path.write_text(change(path.read_text("utf-8")), "utf-8")


CHANGES: dict[str, tuple[Callable[[Path], object], int]] = {
    "nothing": (lambda _: None, 0),
    "a document added": (
        lambda c: (c / "new.txt").write_text("A new one.\n\nWith a second paragraph here."),
        2,
    ),
    "a document added in front": (lambda c: (c / "a.txt").write_text("The first of all."), 1),
    "a document changed": (lambda c: edit(c, RIVER, lambda t: t.replace("cold", "hot")), 1),
    "a paragraph added": (lambda c: edit(c, RIVER, lambda t: "A new beginning here.\n\n" + t), 1),
    "a paragraph gone": (lambda c: edit(c, RIVER, lambda t: t.split("\n\n")[1]), 0),
    "only space added": (lambda c: edit(c, RIVER, lambda t: "\n\n" + t + "\n\n"), 0),
    "a document deleted": (lambda c: (c / "winter.txt").unlink(), 0),
    "the first document deleted": (lambda c: (c / "east/bread.txt").unlink(), 0),
    "a document renamed": (lambda c: rename(c, "winter.txt", "a.txt"), 0),
    "two documents swapped": (lambda c: swap(c, "winter.txt", RIVER), 0),
    "a document copied": (
        lambda c: (c / "copy.txt").write_bytes((c / "winter.txt").read_bytes()),
        0,
    ),
    "a paragraph moved to another document": (
        lambda c: [
            edit(c, "winter.txt", lambda t: t + "\n\n" + CORPUS[RIVER].split("\n\n")[0]),
            edit(c, RIVER, lambda t: t.split("\n\n")[1]),
        ],
        0,
    ),
    "a space more": (lambda c: edit(c, RIVER, lambda t: t.replace("army", "army ")), 0),
    "a title changed": (
        lambda c: edit(c, "talks.md", lambda t: t.replace("# Talks", "# Words")),
        1,
    ),
    "a title gone": (lambda c: edit(c, "talks.md", lambda t: t.replace("# Talks", "")), 1),
    "a document emptied": (lambda c: (c / RIVER).write_text(""), 0),
    "everything new": (
        lambda c: [edit(c, name, lambda t: t.replace("e", "i")) for name in CORPUS],
        7,
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_index_kept_up_to_date_is_one_built_from_nothing(
    corpus: Path, directory: Path, change: str
) -> None:
    alter, embedded = CHANGES[change]
    alter(corpus)
    encoder = FakeEncoder()
    report = build(corpus, directory, encoder)
    assert report.embedded == embedded
    assert report.changed == (change != "nothing")
    assert generation_bytes(directory) == from_nothing(corpus)
    assert (not encoder.encoded) == (embedded == 0)


def test_a_document_renamed_to_another_kind_is_read_anew(corpus: Path, directory: Path) -> None:
    (corpus / "list.md").write_text("- one item. Of it\n- two\n\nProse at last.\n")
    build(corpus, directory)
    before = OpenIndex.open(directory)
    rename(corpus, "list.md", "list.txt")
    build(corpus, directory)
    assert generation_bytes(directory) == from_nothing(corpus)
    after = OpenIndex.open(directory)
    texts = [
        [
            p.text
            for r in index.catalog.documents()
            if "list" in r.doc_id
            for p in index.catalog.passages_of(r)
        ]
        for index in (before, after)
    ]
    assert texts[0] != texts[1]


words = st.sampled_from(["army", "river", "bread", "salt", "truce", "Winter", "Talks"])
sentences = st.lists(words, min_size=3, max_size=6).map(lambda w: " ".join(w).capitalize() + ".")
paragraphs = st.lists(sentences, min_size=1, max_size=3).map(" ".join)
articles = st.lists(paragraphs, max_size=3).map("\n\n".join)
corpora = st.dictionaries(st.sampled_from(["a.txt", "b.txt", "c.md", "d.txt"]), articles)


@pytest.mark.slow
@settings(deadline=None, max_examples=25)
@given(st.lists(corpora, min_size=2, max_size=4))
def test_a_history_leaves_no_trace(
    tmp_path_factory: pytest.TempPathFactory, history: list[dict[str, str]]
) -> None:
    root = tmp_path_factory.mktemp("history")
    corpus, directory = root / "corpus", root / ".passage-index"
    for version in history:
        files = {**version, "always.txt": "One paragraph that always stands here."}
        for path in list(corpus.rglob("*.*")):
            if path.name not in files:
                path.unlink()
        write_corpus(corpus, files)
        build(corpus, directory)
        fresh = root / ".fresh"
        build(corpus, fresh)
        assert generation_bytes(directory) == generation_bytes(fresh)
        for path in fresh.rglob("*"):
            path.unlink() if path.is_file() else None


def test_small_windows_change_nothing(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = from_nothing(corpus)
    for window, characters in [(1, 1 << 20), (3, 1 << 20), (8192, 1)]:
        monkeypatch.setattr(rows, "_WINDOW", window)
        monkeypatch.setattr(rows, "_WINDOW_CHARACTERS", characters)
        monkeypatch.setattr("index.store.reuse._WINDOW", window)
        directory = corpus.parent / f".index-{window}-{characters}"
        build(corpus, directory)
        edit(corpus, RIVER, str.upper)
        build(corpus, directory)
        edit(corpus, RIVER, lambda _: CORPUS[RIVER])
        build(corpus, directory)
        assert generation_bytes(directory) == whole


def test_no_more_is_held_than_a_window(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_WINDOW", 4)
    at_once: list[int] = []

    class Counting(FakeEncoder):
        def encode_passages(
            self, texts: Sequence[str], *, on_batch: Callable[[int, int], None] | None = None
        ) -> NDArray[np.float32]:
            at_once.append(len(texts))
            return super().encode_passages(texts, on_batch=on_batch)

    assert build(corpus, corpus.parent / ".index", Counting()).embedded == 7
    assert max(at_once) <= 5  # two passages of two sentences each, and a title


def test_an_unchanged_corpus_does_not_open_the_model(corpus: Path, directory: Path) -> None:
    def load() -> TextEncoder:
        raise AssertionError("the model was opened")

    before = generation_bytes(directory)
    report = build(corpus, directory, source=EncoderSource("fake", "fake" * 16, "fp32", load))
    assert (report.changed, report.embedded) == (False, 0)
    assert generation_bytes(directory) == before


def without(directory: Path, name: str) -> None:
    path = current_folder(directory) / name
    path.write_bytes(path.read_bytes()[:-1] + b"\xa5")


@pytest.mark.parametrize("name", [CATALOG, PASSAGES, SENTENCES, "MANIFEST.json"])
def test_a_damaged_index_is_built_again_from_nothing(
    corpus: Path, directory: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.store.generation.HASHED_AT_OPEN", 0)  # as if it were a large one
    good = generation_bytes(directory)
    without(directory, name)
    report = build(corpus, directory)
    assert (report.changed, report.embedded) == (True, 7)
    assert generation_bytes(directory) == good
    OpenIndex.open(directory).generation.verify()


@pytest.mark.parametrize(
    "encoder",
    [FakeEncoder(fingerprint="0" * 64), FakeEncoder(precision="int8")],
    ids=["model", "precision"],
)
def test_vectors_of_another_model_are_never_taken_over(
    corpus: Path, directory: Path, encoder: FakeEncoder
) -> None:
    assert build(corpus, directory, encoder).embedded == 7
    fresh = corpus.parent / ".fresh-index"
    build(corpus, fresh, FakeEncoder(fingerprint=encoder.fingerprint, precision=encoder.precision))
    assert generation_bytes(directory) == generation_bytes(fresh)


@pytest.mark.parametrize(
    ("part", "read_again"),
    [("format", {"a.txt", "b.txt"}), ("library", {"a.txt", "b.txt", "c.md"})],
)
def test_documents_of_another_reader_or_splitter_are_taken_apart_again(
    tmp_path: Path, part: str, read_again: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, directory = tmp_path / "corpus", tmp_path / "i"
    write_corpus(
        corpus, {name: f"The text of {name} stands here." for name in ("a.txt", "b.txt", "c.md")}
    )
    build(corpus, directory)
    taken_apart: set[str] = set()
    real = passages_module.split_passages

    def noted(document: Document, structure: Structure, tokens: TextEncoder) -> Article:
        taken_apart.add(document.doc_id)
        return real(document, structure, tokens)

    monkeypatch.setattr(passages_module, "split_passages", noted)
    if part == "library":
        monkeypatch.setattr("importlib.metadata.version", lambda name: f"{name} 99")
    else:
        monkeypatch.setattr("index.reading.plain_text.PlainText.version", "99")
    report = build(corpus, directory)
    assert (report.changed, taken_apart) == (True, read_again)
    # Vectors of equal texts are taken over all the same.
    assert report.embedded == 0
    assert not build(corpus, directory).changed


@pytest.mark.parametrize("change", ["name", "questions", "weights"])
def test_all_that_an_index_depends_on_brings_it_up_to_date(
    corpus: Path, directory: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = FakeEncoder(name="moved" if change == "name" else "fake")
    questions = FEW[1:] if change == "questions" else FEW
    if change == "weights":
        monkeypatch.setattr("index.scoring.calibration.EVIDENCE", Weights(passage=1.0))
    report = build(corpus, directory, encoder, questions=questions)
    assert (report.changed, report.embedded) == (True, 0)
    fresh = corpus.parent / ".fresh-index"
    build(corpus, fresh, encoder, questions=questions)
    assert generation_bytes(directory) == generation_bytes(fresh)


FAULTS = {
    "places": "UPDATE passages SET number = -5",
    "too few tokens": "UPDATE documents SET tokens = -1000",
    "too many tokens": "UPDATE documents SET tokens = 9000000000000000000",
}


@pytest.mark.parametrize("fault", ["vectors", *FAULTS])
def test_nothing_is_taken_over_from_an_index_that_only_looks_sound(
    corpus: Path, directory: Path, fault: str
) -> None:
    folder = current_folder(directory)
    if fault == "vectors":
        data = bytearray((folder / PASSAGES).read_bytes())
        data[-4:] = b"\xff" * 4  # not a number
        (folder / PASSAGES).write_bytes(data)
    else:
        with closing(sqlite3.connect(folder / CATALOG)) as database:
            database.execute(FAULTS[fault])
            database.commit()
    rehash(directory)
    (corpus / "new.txt").write_text("A new article.")
    assert build(corpus, directory).embedded == 8
    fresh = corpus.parent / ".fresh-index"
    build(corpus, fresh)
    assert generation_bytes(directory) == generation_bytes(fresh)


def test_what_no_reader_would_take_is_not_published(corpus: Path, directory: Path) -> None:
    before = generation_bytes(directory)
    with pytest.raises(ValueError, match="fields of the wrong kind"):
        build_index(corpus, directory, EncoderSource.of(FakeEncoder()), max_bytes=1 << 60)
    assert generation_bytes(directory) == before


def test_what_came_while_another_writer_was_waited_for_is_indexed(
    corpus: Path, directory: Path
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with locked_for_writing(directory):
            waiting = pool.submit(build, corpus, directory, wait=30.0)
            time.sleep(0.2)  # it lists nothing yet
            (corpus / "late.txt").write_text("It came late.")
            (corpus / "winter.txt").unlink()
        report = waiting.result()
    assert report.left_out == ()
    doc_ids = [record.doc_id for record in OpenIndex.open(directory).catalog.documents()]
    assert "late.txt" in doc_ids
    assert "winter.txt" not in doc_ids


def test_a_model_that_changes_while_it_is_opened_is_refused(corpus: Path, tmp_path: Path) -> None:
    source = EncoderSource("fake", "fake" * 16, "fp32", lambda: FakeEncoder(fingerprint="0" * 64))
    with pytest.raises(ModelError, match="changed while it was opened"):
        build_index(corpus, tmp_path / "i", source)


def test_an_older_index_is_replaced_and_a_newer_one_is_not(corpus: Path, directory: Path) -> None:
    good = generation_bytes(directory)
    rehash(directory, format=0)
    assert build(corpus, directory).embedded == 7
    assert generation_bytes(directory) == good
    rehash(directory, format=FORMAT + 1)
    newer = generation_bytes(directory)
    with pytest.raises(FormatError, match=f"newer format {FORMAT + 1}"):
        build(corpus, directory)
    assert generation_bytes(directory) == newer


class Forgetful(FakeEncoder):
    """Embeds less than it is given, and says so."""

    def encode_passages(
        self,
        texts: Sequence[str],
        *,
        on_batch: Callable[[int, int], None] | None = None,
    ) -> NDArray[np.float32]:
        return super().encode_passages(
            texts, on_batch=on_batch and (lambda n, tokens: on_batch(n, tokens - 1))
        )


class Broken(FakeEncoder):
    """Gives vectors that are none."""

    def encode_passages(self, *args: object, **options: object) -> NDArray[np.float32]:
        return super().encode_passages(*args, **options) * np.float32(np.nan)  # type: ignore[arg-type]


def test_a_token_that_is_dropped_stops_the_build(corpus: Path, directory: Path) -> None:
    before = generation_bytes(directory)
    edit(corpus, RIVER, str.upper)
    with pytest.raises(BuildError, match=r"tokens were read, but .* embedded"):
        build(corpus, directory, Forgetful())
    assert generation_bytes(directory) == before


def test_vectors_that_are_none_stop_the_build(corpus: Path, directory: Path) -> None:
    before = generation_bytes(directory)
    edit(corpus, RIVER, str.upper)
    with pytest.raises(ValueError, match="rows must have length 1"):
        build(corpus, directory, Broken())
    assert generation_bytes(directory) == before
    assert not (directory / "new").exists()


def test_nothing_to_index_leaves_the_index_before(corpus: Path, directory: Path) -> None:
    before = generation_bytes(directory)
    for path in corpus.rglob("*.*"):
        path.write_text(" \n")
    with pytest.raises(CorpusError, match="no text in the"):
        build(corpus, directory)
    for path in list(corpus.rglob("*.*")):
        path.unlink()
    with pytest.raises(CorpusError, match="no article"):
        build(corpus, directory)
    with pytest.raises(CorpusError, match="no such folder"):
        build(corpus / "nowhere", directory)
    assert generation_bytes(directory) == before


def test_an_index_inside_the_folder_is_neither_read_nor_mentioned(corpus: Path) -> None:
    (corpus / ".hidden.txt").write_text("Hidden.")
    for name in (".passage-index", "visible"):
        for _ in range(2):
            report = build(corpus, corpus / name)
            assert report.generation.manifest.documents == len(CORPUS)
            assert {entry.path for entry in report.left_out} <= {".hidden.txt", ".passage-index"}
        assert name not in {entry.path for entry in report.left_out}


def test_times_and_the_order_of_the_folder_do_not_matter(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = from_nothing(corpus)
    scandir = os.scandir

    class Shuffled:
        def __init__(self, path: str) -> None:
            with scandir(path) as entries:
                self.entries = list(entries)
            random.Random(len(names)).shuffle(self.entries)
            names.append([entry.name for entry in self.entries])

        def __enter__(self) -> Iterator[os.DirEntry[str]]:
            return iter(self.entries)

        def __exit__(self, *_: object) -> None:
            pass

    names: list[list[str]] = []
    monkeypatch.setattr("index.reading.folder.os.scandir", Shuffled)
    for number in range(4):
        for path in corpus.rglob("*.*"):
            os.utime(path, (number * 10**6, number * 10**6))
        directory = corpus.parent / f".index-{number}"
        build(corpus, directory)
        assert generation_bytes(directory) == good
    assert len({tuple(sorted(order)) for order in names}) < len({tuple(order) for order in names})


SUPPORT = Path(__file__).parents[1] / "support"
PROGRAM = """
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[1], str(Path(sys.argv[1]).parents[1])]
from small_index import build
build(Path(sys.argv[2]), Path(sys.argv[3]))
"""


@pytest.mark.slow
def test_the_hash_seed_the_time_zone_and_the_locale_do_not_matter(corpus: Path) -> None:
    good = from_nothing(corpus)
    for seed, zone, locale in [("1", "Asia/Tokyo", "C"), ("2", "UTC", "C.UTF-8")]:
        directory = corpus.parent / f".index-{seed}"
        subprocess.run(
            [sys.executable, "-c", PROGRAM, SUPPORT, corpus, directory],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale},
            check=True,
        )
        assert generation_bytes(directory) == good


def test_the_generation_is_named_after_its_contents(corpus: Path, directory: Path) -> None:
    first = Generation.open(directory).name
    edit(corpus, RIVER, str.upper)
    second = build(corpus, directory).generation.name
    edit(corpus, RIVER, lambda _: CORPUS[RIVER])
    assert build(corpus, directory).generation.name == first != second
