"""`index verify`: what stands on disk, what the model makes of it, and what is cited."""

import sqlite3
import struct
from dataclasses import asdict
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import build, current_folder, rehash

from embed import ModelError
from index.errors import DamagedIndexError
from index.store.layout import CATALOG, PASSAGES, ROUNDED, SENTENCES
from index.store.open_index import OpenIndex
from index.store.verification import IndexVerification, Moved, verify


def verified(directory: Path, encoder: FakeEncoder | None = None) -> IndexVerification:
    return verify(OpenIndex.open(directory), encoder or FakeEncoder())


def test_a_whole_index_is_found_right(directory: Path) -> None:
    opened = OpenIndex.open(directory)
    found = verified(directory)
    assert found.bytes == opened.generation.size
    assert found.vectors == opened.passages.rows + opened.sentences.rows
    assert found.largest_difference == 0.0
    assert (found.passages, found.moved) == (7, ())


def test_a_sample_of_a_large_index_is_embedded_again(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.store.verification.SAMPLE", 3)
    encoder = FakeEncoder()
    verified(directory, encoder)
    catalog = OpenIndex.open(directory).catalog
    for row in (0, 3, 6):  # the first, the last, and between them
        assert catalog.passage(row).passage.text in encoder.encoded
    assert len([text for text in encoder.encoded if text.count(".") > 1]) <= 3


def test_passages_that_no_longer_stand_where_they_are_cited_are_named(directory: Path) -> None:
    corpus = directory.parent / "corpus"
    river = corpus / "east/river.txt"
    river.write_text(river.read_text().replace("Nobody", "Someone"))
    (corpus / "east/bread.txt").unlink()
    talks = corpus / "talks.md"
    talks.write_text(talks.read_text() + "\nA new paragraph, at the end.\n")  # moves nothing
    winter = corpus / "winter.txt"
    winter.write_text("\n" + winter.read_text())
    found = verified(directory)
    assert found.moved == (
        Moved("east/bread.txt", "gone before it was read", (1,)),
        Moved("east/river.txt", "changed", (2,)),
        Moved("winter.txt", "changed", (1, 2)),
    )
    assert found.passages == 3


def test_a_byte_that_opening_does_not_hash_is_found(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.store.generation.HASHED_AT_OPEN", 0)
    for name in (PASSAGES, SENTENCES, CATALOG):
        path = current_folder(directory) / name
        good = path.read_bytes()
        path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        with pytest.raises(DamagedIndexError, match=name):
            verified(directory)
        path.write_bytes(good)
    verified(directory)


@pytest.mark.parametrize("name", [PASSAGES, SENTENCES])
def test_vectors_of_other_texts_are_found_though_the_hashes_fit(directory: Path, name: str) -> None:
    path = current_folder(directory) / name
    data = path.read_bytes()
    row = 64 * 4
    path.write_bytes(data[:45] + data[45 + row : 45 + 2 * row] + data[45 + row :])
    rehash(directory)
    with pytest.raises(DamagedIndexError, match=rf"{name} has other vectors of east/bread.txt#1"):
        verified(directory)


def test_vectors_that_are_none_are_found(directory: Path) -> None:
    path = current_folder(directory) / PASSAGES
    data = path.read_bytes()
    path.write_bytes(data[:45] + struct.pack("<f", float("nan")) + data[49:])
    rehash(directory)
    with pytest.raises(DamagedIndexError, match=PASSAGES):
        verified(directory)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE passages SET digest = x'00' WHERE row = 3",
        "UPDATE passages SET first_sentence = 0, sentences = 1 WHERE row = 3",
        "UPDATE passages SET sentences = 1 WHERE row = 6",
        "DELETE FROM passages WHERE row = 3",
    ],
)
def test_a_catalog_that_does_not_fit_itself_is_found(directory: Path, statement: str) -> None:
    database = sqlite3.connect(current_folder(directory) / CATALOG)
    database.execute(statement)
    database.commit()
    database.close()
    rehash(directory)
    with pytest.raises(DamagedIndexError, match=CATALOG):
        verified(directory)


def test_another_model_is_refused(directory: Path) -> None:
    with pytest.raises(ModelError, match=r"built with fake .*not with other"):
        verified(directory, FakeEncoder(name="other", fingerprint="1" * 64))


@pytest.mark.parametrize("what", ["the copy", "the rounding"])
def test_another_copy_of_the_vectors_is_found(
    directory: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr("index.store.rounded_vectors.LEAST_ROUNDED", 1)
    corpus = directory.parent / "corpus"
    (corpus / "new.txt").write_text("Fresh bread.\n")
    build(corpus, directory)
    assert verified(directory).passages == 8
    folder = current_folder(directory)
    if what == "the copy":
        data = bytearray((folder / ROUNDED[1]).read_bytes())
        data[-1] ^= 1
        (folder / ROUNDED[1]).write_bytes(data)
        rehash(directory)
    else:
        rounding = OpenIndex.open(directory).generation.manifest.rounding
        rehash(directory, rounding=[{**asdict(one), "error": one.error * 0.9} for one in rounding])
    with pytest.raises(DamagedIndexError, match=r"8-?bit"):
        verified(directory)
