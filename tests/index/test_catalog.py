"""The catalog against what was put in, against SQLite's own BM25, and against hostile files."""

import os
import sqlite3
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_index import bm25_of

from index.errors import ClosedIndexError, DamagedIndexError
from index.scoring.lexical import inverse_document_frequency
from index.store import postings
from index.store.catalog import Catalog
from index.store.catalog_schema import TABLES, digest_of
from index.store.catalog_writer import CatalogWriter
from index.store.stems import stems_of
from index.types import DocumentRecord, Head, Passage, Sentence
from index.words import words_of

TEXTS = [
    "The army crossed the river. It was cold.",
    "Bread and salt, bread and wine.",
    "Terms of the ceasefire: none.",
    "Another river\u2019s bank holds the bank of the river.",
]


def passage(doc_id: str, number: int, text: str, *, pieces: int = 1, start: int = 0) -> Passage:
    """A passage whose sentences are ``pieces`` equal parts of its text."""
    bounds = [start + len(text) * piece // pieces for piece in range(pieces + 1)]
    sentences = tuple(Sentence(*span) for span in pairwise(bounds))
    return Passage(doc_id, number, start, start + len(text), number, text, sentences)


def record(doc_id: str, title: str = "") -> DocumentRecord:
    return DocumentRecord(doc_id, "ab" * 32, Head(title, date="2024"), 9, 0, 0)


def write(path: Path, documents: Sequence[tuple[str, Sequence[Passage]]]) -> Path:
    writer = CatalogWriter(path)
    for doc_id, passages in documents:
        writer.add(record(doc_id), passages)
    writer.close()
    return path


def write_texts(path: Path, texts: Sequence[str] = TEXTS) -> Path:
    passages = [passage("a.txt", n, text, pieces=2) for n, text in enumerate(texts, start=1)]
    return write(path, [("a.txt", passages)])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_texts(tmp_path / "catalog.sqlite")


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
documents = st.lists(st.lists(st.tuples(texts, st.integers(0, 10**6)), max_size=4), max_size=4)


@settings(deadline=None, max_examples=60)
@given(documents)
def test_what_was_put_in_comes_out(
    tmp_path_factory: pytest.TempPathFactory, contents: list[list[tuple[str, int]]]
) -> None:
    given_documents = [
        (
            f"{name}.txt",
            [
                passage(f"{name}.txt", number, text, pieces=min(len(text), 3), start=start)
                for number, (text, start) in enumerate(content, start=1)
            ],
        )
        for name, content in enumerate(contents)
    ]
    path = write(tmp_path_factory.mktemp("catalog") / "c", given_documents)
    catalog = Catalog.open(path)
    everything = [p for _, passages in given_documents for p in passages]
    records = catalog.documents()
    assert [r.doc_id for r in records] == [doc_id for doc_id, _ in given_documents]
    assert [catalog.passages_of(r) for r in records] == [list(p) for _, p in given_documents]
    assert [catalog.passage(row).passage for row in range(len(everything))] == everything
    assert catalog.sentences_stored == sum(len(p.sentences) for p in everything)
    sizes = [len(p.sentences) for p in everything]
    assert catalog.first_sentences().tolist() == [sum(sizes[:row]) for row in range(len(sizes))]
    for row, found in enumerate(everything):
        assert row in catalog.rows_saying(digest_of(found.reading))
    catalog.check()
    catalog.close()


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = write_texts(tmp_path / "one"), write_texts(tmp_path / "two")
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("head_weight", [0.0, 0.6, 1.0])
def test_bm25_is_that_of_sqlite(path: Path, head_weight: float) -> None:
    plain = sqlite3.connect(":memory:")
    plain.execute("CREATE VIRTUAL TABLE t USING fts5 (x, head, tokenize = 'porter unicode61')")
    catalog = Catalog.open(path)
    rows = [
        (row, passage.text, record.words_over(passage, first=row == record.first_row))
        for record in catalog.documents()
        for row, passage in zip(record.rows, catalog.passages_of(record), strict=True)
    ]
    plain.executemany("INSERT INTO t (rowid, x, head) VALUES (?, ?, ?)", rows)
    for word in ["river", "rivers", "bank", "bread", "salt", "the", "nothing", "s"]:
        expected = plain.execute(
            "SELECT rowid, -bm25(t, 1.0, ?) FROM t WHERE t MATCH ? ORDER BY rowid",
            (head_weight, word),
        ).fetchall()
        found, frequencies, _ = bm25_of(catalog, word, head_weight)
        assert found.tolist() == [row for row, _ in expected]
        rarity = inverse_document_frequency(len(found), len(rows))
        np.testing.assert_allclose(rarity * frequencies, [score for _, score in expected])


some_words = st.lists(
    st.sampled_from(["river", "rivers", "bank", "banks", "who", "=who", "Ω中", "a"]), max_size=9
)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.tuples(some_words, some_words), max_size=9),
    st.integers(1, 4),
    st.integers(1, 3),
)
def test_postings_are_the_words_of_each_passage(
    contents: list[tuple[list[str], list[str]]], block: int, most: int
) -> None:
    database = sqlite3.connect(":memory:")
    database.execute(TABLES["postings"])
    with patch.multiple(postings, BLOCK=block, MOST_COUNTED=most):
        writer = postings.PostingsWriter(database)
        for body, head in contents:
            writer.add(body, head)
        lengths = np.frombuffer(writer.close(), dtype=np.int32)
        assert lengths.tolist() == [len(body) + len(head) for body, head in contents]
        stem_of = stems_of(word for pair in contents for words in pair for word in words)
        for stem in {*stem_of.values(), "nothing"}:
            sql = "SELECT first_row, data FROM postings WHERE stem = ? ORDER BY first_row"
            rows = database.execute(sql, (stem,)).fetchall()
            found = postings.read_occurrences(rows, len(contents))
            counts = [
                tuple(min([stem_of[word] for word in words].count(stem), most) for words in pair)
                for pair in contents
            ]
            holding = [row for row, pair in enumerate(counts) if any(pair)]
            assert found.rows.tolist() == holding
            assert found.in_body.tolist() == [counts[row][0] for row in holding]
            assert found.in_head.tolist() == [counts[row][1] for row in holding]
    database.close()


def test_a_title_counts_as_a_sentence_and_as_words_over_every_passage(tmp_path: Path) -> None:
    writer = CatalogWriter(tmp_path / "c")
    for doc_id, title in [("a.txt", "Ceasefires"), ("b.txt", "")]:
        passages = [passage(doc_id, n, text, pieces=2) for n, text in enumerate(TEXTS[:2], 1)]
        writer.add(record(doc_id, title), passages)
    writer.close()
    catalog = Catalog.open(tmp_path / "c")
    assert catalog.first_sentences().tolist() == [0, 3, 5, 7]
    rows, frequencies, in_body = bm25_of(catalog, "ceasefire", 0.6)
    assert rows.tolist() == [0, 1]
    assert (frequencies > 0).all() and (frequencies < 1).all()
    assert not in_body.any()
    assert [len(p.sentences) for r in catalog.documents() for p in catalog.passages_of(r)] == [
        2
    ] * 4
    catalog.check()


def test_phrases_are_found_after_stemming(path: Path) -> None:
    catalog = Catalog.open(path)
    assert catalog.rows_with_phrase(["river", "bank"]).tolist() == []
    assert catalog.rows_with_phrase(["armies", "crossing"]).tolist() == [0]
    assert catalog.rows_with_phrase(["bread", "and"]).tolist() == [1]


# Letters that both SQLite and Python know as such, and what stands between words.
plain_texts = st.text(st.characters(codec="latin-1") | st.sampled_from("Яжщłőγδ—“”’…"), min_size=1)


@settings(deadline=None, max_examples=200)
@given(plain_texts)
def test_every_word_of_a_passage_finds_it(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = write_texts(tmp_path_factory.mktemp("catalog") / "c", ["be--fore", text * 2])
    catalog = Catalog.open(path)
    for word in words_of(text * 2):
        assert 1 in bm25_of(catalog, word, 0.6)[0].tolist()
    catalog.close()


@pytest.mark.parametrize("word", ["", '"', 'a" OR "b', "NEAR(", "*", "x" * 9999])
def test_no_word_is_taken_for_a_command(path: Path, word: str) -> None:
    assert bm25_of(Catalog.open(path), word, 0.6)[0].tolist() == []
    assert Catalog.open(path).rows_with_phrase([word]).tolist() == []


def test_a_passage_without_a_sentence_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no sentence"):
        write(tmp_path / "c", [("a.txt", [Passage("a.txt", 1, 0, 1, 1, "x", ())])])


def test_a_closed_catalog_says_so_and_is_not_called_damaged(path: Path) -> None:
    catalog = Catalog.open(path)
    catalog.close()
    with pytest.raises(ClosedIndexError):
        catalog.documents()


def read_everything(path: Path) -> None:
    catalog = Catalog.open(path)
    for found in catalog.documents():
        catalog.passages_of(found)
    for row in range(catalog.passages_stored):
        catalog.passage(row)
    catalog.first_sentences()
    catalog.shown_under()
    catalog.windows()
    catalog.lengths()
    bm25_of(catalog, "river", 0.6)
    catalog.rows_with_phrase(["river"])
    catalog.rows_saying(digest_of(TEXTS[0]))


ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n) "
    "SELECT i, '', '', '', '', '', '', 0, 0, 0 FROM n"
)
FIRST_SENTENCES = "WHERE name = 'first_sentences'"
RIVER = "WHERE stem = 'river'"
HOSTILE = {
    "a table missing": "DROP TABLE sentences",
    "a table more": "CREATE TABLE extra (x)",
    "an index more": "CREATE INDEX extra ON documents (title || title)",
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON documents BEGIN SELECT 1; END",
    "an endless view": f"DROP TABLE documents; CREATE VIEW documents AS {ENDLESS}",
    "a column more": "ALTER TABLE documents ADD COLUMN x",
    "a document's number": "UPDATE documents SET document = 7",
    "a document of another type": "UPDATE documents SET title = x'00'",
    "a document that leads out": "UPDATE documents SET doc_id = '../a.txt'",
    "a document at the root": "UPDATE documents SET doc_id = '/etc/passwd'",
    "a document with a NUL": "UPDATE documents SET doc_id = 'a' || char(0)",
    "a document's rows": "UPDATE documents SET first_row = 1",
    "a document's passages": "UPDATE documents SET passages = 3",
    "negative passages": "UPDATE documents SET passages = -1",
    "endless passages": "UPDATE documents SET passages = 9223372036854775807",
    "a passage without a document": "UPDATE passages SET document = 5 WHERE row = 1",
    "a passage gone": "DELETE FROM passages WHERE row = 1",
    "the last passage gone": "DELETE FROM passages WHERE row = 3",
    "the first passage gone": "DELETE FROM passages WHERE row = 0",
    "passages far away": "INSERT INTO passages SELECT 1 << 60, document, number, start, "
    '"end", line, text, gaps, markup, path, table_header, anchors, digest, 0, 1 '
    "FROM passages WHERE row = 0",
    "a text that is bytes": "UPDATE passages SET text = x'00ff' WHERE row = 1",
    "a text that is as many bytes": "UPDATE passages SET text = CAST(text AS BLOB) WHERE row = 1",
    "a text that is no UTF-8": "UPDATE passages SET text = CAST(x'ff' AS TEXT) WHERE row = 1",
    "a text that is another": "UPDATE passages SET text = replace(text, 'e', 'u') WHERE row = 1",
    "a text that is longer": "UPDATE passages SET text = text || 'x' WHERE row = 1",
    "a place that is a string": "UPDATE passages SET start = 'x' WHERE row = 1",
    "a place before the start": 'UPDATE passages SET start = -1, "end" = "end" - 1',
    "no sentences": "UPDATE passages SET sentences = 0 WHERE row = 1",
    "endless sentences": "UPDATE passages SET sentences = 9223372036854775807 WHERE row = 1",
    "other sentences": "UPDATE passages SET first_sentence = 3 WHERE row = 1",
    "a sentence gone": "DELETE FROM sentences WHERE row = 3",
    "a sentence elsewhere": 'UPDATE sentences SET "end" = 999 WHERE row = 3',
    "a sentence of no length": 'UPDATE sentences SET "end" = start WHERE row = 3',
    "a sentence that is a string": "UPDATE sentences SET start = 'x' WHERE row = 3",
    "no array": "DELETE FROM arrays",
    "an array that is text": "UPDATE arrays SET data = 'x'",
    "an array that is short": f"UPDATE arrays SET data = substr(data, 1, 24) {FIRST_SENTENCES}",
    "an array of odd length": f"UPDATE arrays SET data = substr(data, 1, 31) {FIRST_SENTENCES}",
    "an array of zeros": "UPDATE arrays SET data = zeroblob(32)",
    "an array of large numbers": "UPDATE arrays SET data = CAST(substr(data, 1, 24) || "
    "x'ffffffffffffff7f' AS BLOB) WHERE name = 'first_sentences'",
    "an array of negative numbers": "UPDATE arrays SET data = CAST(x'ffffffffffffffff' || "
    "substr(data, 9) AS BLOB) WHERE name = 'first_sentences'",
    "rows shown under others that are not there": "UPDATE arrays SET data = "
    "x'0000000000000000ffffffffffffff7f' WHERE name = 'shown_under'",
    "windows of one passage": "UPDATE arrays SET data = x'000005' WHERE name = 'windows'",
    "windows that begin too early": "UPDATE arrays SET data = "
    "CAST(x'010005' || substr(data, 4) AS BLOB) WHERE name = 'windows'",
    "windows that end too late": "UPDATE arrays SET data = "
    "CAST(substr(data, 1, 9) || x'000105' AS BLOB) WHERE name = 'windows'",
    "a window without words": "UPDATE arrays SET data = "
    "CAST(x'000100' || substr(data, 4) AS BLOB) WHERE name = 'windows'",
    "another window": "UPDATE arrays SET data = "
    "CAST(x'000005' || substr(data, 4) AS BLOB) WHERE name = 'windows'",
    "half a pair of rows": "UPDATE arrays SET data = zeroblob(8) WHERE name = 'shown_under'",
    "gaps that are text": "UPDATE passages SET gaps = 'x' WHERE row = 1",
    "a gap outside its passage": "UPDATE passages SET gaps = '[[0,999]]' WHERE row = 1",
    "a gap that is not one": "UPDATE passages SET gaps = '[[1,2]]' WHERE row = 1",
    "markup out of order": "UPDATE passages SET markup = '[[3,4],[1,2]]' WHERE row = 1",
    "markup of numbers": "UPDATE passages SET markup = '[[1,2,3]]' WHERE row = 1",
    "markup nested deep": f"UPDATE passages SET markup = '{'[' * 2000}' WHERE row = 1",
    "a path that is a table": "UPDATE passages SET path = '{}' WHERE row = 1",
    "a path of numbers": "UPDATE passages SET path = '[1]' WHERE row = 1",
    "fields that are a list": "UPDATE documents SET fields = '[1]'",
    "a head before the start": "UPDATE documents SET spans = '[[-1,2]]'",
    "words of no passage": "INSERT INTO words (rowid, text) VALUES (99, 'river')",
    "words of passage -1": "INSERT INTO words (rowid, text) VALUES (-1, 'river')",
    "no words": "DELETE FROM words_data",
    "no postings": "DELETE FROM postings",
    "postings that are text": "UPDATE postings SET data = 'xxxx'",
    "postings of odd length": "UPDATE postings SET data = CAST(data || 'x' AS BLOB)",
    "postings out of order": f"UPDATE postings SET data = x'{'0300010000000100'}' {RIVER}",
    "a posting twice": f"UPDATE postings SET data = x'{'0000010000000100'}' {RIVER}",
    "a posting of no passage": f"UPDATE postings SET data = x'04000100' {RIVER}",
    "postings of another block": f"UPDATE postings SET first_row = 65536 {RIVER}",
    "postings of half a block": f"UPDATE postings SET first_row = 1 {RIVER}",
    "postings before the start": f"UPDATE postings SET first_row = -65536 {RIVER}",
    "postings from nowhere": f"UPDATE postings SET first_row = 'x' {RIVER}",
    "endless postings": f"INSERT INTO postings SELECT stem, 65536, data FROM postings {RIVER}",
    "other postings": f"UPDATE postings SET data = x'00000900' {RIVER}",
    "lengths of one passage": "UPDATE arrays SET data = x'01000000' WHERE name = 'lengths'",
    "negative lengths": "UPDATE arrays SET data = "
    "CAST(x'ffffffff' || substr(data, 5) AS BLOB) WHERE name = 'lengths'",
    "other lengths": "UPDATE arrays SET data = "
    "CAST(x'00000000' || substr(data, 5) AS BLOB) WHERE name = 'lengths'",
    "another ranking": "INSERT INTO words_config VALUES ('rank', 'nothing()')",
    "another version": "UPDATE words_config SET v = 99",
    "digests that are numbers": "UPDATE passages SET digest = 1",
}


def tamper(path: Path, statements: str) -> None:
    database = sqlite3.connect(path)
    database.executescript(statements)
    database.close()


# What gives answers of the right kind, if not the right ones; only a look at everything finds it.
SUBTLE = {
    "a text that is another",
    "another window",
    "no postings",
    "other postings",
    "other lengths",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_catalog_is_a_damaged_one(path: Path, name: str) -> None:
    tamper(path, HOSTILE[name])
    if name == "another ranking":  # never asked for, so it can do nothing
        read_everything(path)
        return
    if name in SUBTLE:
        read_everything(path)
        with pytest.raises(DamagedIndexError, match=r"catalog\.sqlite"):
            Catalog.open(path).check()
        return
    with pytest.raises(DamagedIndexError, match=r"catalog\.sqlite"):
        read_everything(path)


def test_no_read_gives_more_rows_than_there_can_be(path: Path) -> None:
    catalog = Catalog.open(path)
    assert len(catalog._rows(len(TEXTS), "SELECT row FROM passages")) == len(TEXTS)
    with pytest.raises(ValueError, match="more than 3 rows"):
        catalog._rows(len(TEXTS) - 1, "SELECT row FROM passages")


def test_a_read_that_would_not_end_is_ended(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Catalog, "_check_schema", lambda _: None)
    tamper(
        path,
        f"DROP TABLE documents; CREATE VIEW documents AS "
        f"SELECT i AS document FROM ({ENDLESS.replace('SELECT i, ', 'SELECT i AS i, ')})",
    )
    with pytest.raises(DamagedIndexError, match="interrupted"):
        Catalog.open(path)


@pytest.mark.parametrize("content", [b"", b"x", b"SQLite format 3\0", bytes(8192)])
def test_a_file_that_is_no_database_is_a_damaged_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "catalog.sqlite").write_bytes(content)
    with pytest.raises(DamagedIndexError, match=r"catalog\.sqlite"):
        Catalog.open(tmp_path / "catalog.sqlite")


def test_a_catalog_may_be_larger_than_any_value(path: Path) -> None:
    os.truncate(path, 3 << 30)
    catalog = Catalog.open(path)
    assert catalog.passages_stored == len(TEXTS)
    catalog.close()


def test_a_catalog_in_a_folder_with_an_odd_name_is_opened(tmp_path: Path) -> None:
    folder = tmp_path / "a?b#c %41&mode=rw"
    folder.mkdir()
    assert Catalog.open(write_texts(folder / "c")).passages_stored == len(TEXTS)


def test_a_catalog_is_never_written_to(path: Path) -> None:
    before = path.read_bytes()
    catalog = Catalog.open(path)
    with pytest.raises(DamagedIndexError), catalog._reading():
        catalog._rows(1, "DELETE FROM passages")
    catalog.close()
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["catalog.sqlite"]


def test_a_list_that_is_said_to_be_endless_is_damage(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = Catalog.open(path)

    def execute(*_: object) -> list[object]:
        raise MemoryError

    monkeypatch.setattr(catalog, "_rows", execute)
    with pytest.raises(DamagedIndexError, match="more memory than there is"):
        bm25_of(catalog, "river", 0.6)
