"""Writing the catalog of a generation."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from index.store.catalog_schema import INDEXES, TABLES, digest_of
from index.store.columns import anchors_column, column_of, spans_column, windows_column
from index.store.postings import PostingsWriter
from index.types import DocumentRecord, Passage, Refusal
from index.words import index_terms

_HIDDEN_WORDS = ("](", "][", "```", "~~~")
"""How a stretch of markup begins whose words are searched: an address, the language of code."""


class CatalogWriter:
    """Fills a new catalog, document by document, in one transaction."""

    def __init__(self, path: Path) -> None:
        self.documents = 0
        self.passages = 0
        self.sentences = 0
        self.refusals = 0
        self._path = path
        self._first_sentences: list[int] = []
        self._shown_under: list[int] = []
        self._windows = bytearray()
        self._database = sqlite3.connect(path, isolation_level=None)
        # The generation answers for durability: this file is fsynced whole before it is published.
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute("BEGIN")
        for statement in TABLES.values():
            self._database.execute(statement)
        self._postings = PostingsWriter(self._database)

    def add(
        self, record: DocumentRecord, passages: Sequence[Passage], extracted: str | None = None
    ) -> None:
        """Append a document and its passages; its rows follow those already there.

        `extracted` is its text if its file is not text.
        """
        record = replace(record, first_row=self.passages, passages=len(passages))
        head = record.head
        fields = column_of({name: list(values) for name, values in head.fields.items()})
        own = (record.doc_id, record.sha256, head.title, head.subtitle, head.byline, head.date)
        further = (fields, spans_column(head.spans))
        counts = (record.tokens, record.first_row, record.passages)
        reader = (record.reader.format, record.reader.version, record.encoding, record.replaced)
        notes = column_of(record.notes)
        self._insert("documents", (self.documents, *own, *further, *counts, *reader, notes))
        if extracted is not None:
            self._insert("texts", (self.documents, extracted))
        for passage in passages:
            self._add_passage(passage, record)
        self._windows += windows_column(passages)
        self.documents += 1

    def _add_passage(self, passage: Passage, record: DocumentRecord) -> None:
        if not passage.sentences:
            raise ValueError(f"{passage.passage_id} has no sentence")
        self._first_sentences.append(self.sentences)
        if record.title_at(self.passages):
            self._insert("sentences", (self.sentences, 0, 0))
            self.sentences += 1
        place = (passage.number, passage.start, passage.end, passage.line)
        start = passage.start
        layers = (spans_column(passage.gaps, start), spans_column(passage.markup, start))
        over = (column_of(passage.path), passage.table_header)
        anchors = anchors_column(passage.anchors, start)
        content = (passage.text, *layers, *over, anchors, digest_of(passage.reading))
        sentences = (self.sentences, len(passage.sentences))
        self._insert("passages", (self.passages, self.documents, *place, *content, *sentences))
        head = record.words_over(passage, first=self.passages == record.first_row)
        terms = index_terms(_searched_text(passage))
        self._postings.add(terms, index_terms(head))
        self._database.execute(
            "INSERT INTO words (rowid, text) VALUES (?, ?)", (self.passages, " ".join(terms))
        )
        for sentence in passage.sentences:
            self._insert("sentences", (self.sentences, sentence.start, sentence.end))
            self.sentences += 1
        self.passages += 1

    def _insert(self, table: str, values: tuple[object, ...]) -> None:
        marks = ",".join("?" * len(values))
        self._database.execute(f"INSERT INTO {table} VALUES ({marks})", values)

    def show_under(self, row: int, other: int) -> None:
        """Note that the passage at `row` is shown under the one at `other`."""
        self._shown_under += [row, other]

    def refuse(self, refusal: Refusal) -> None:
        """Append a file that could not be read."""
        reader = (refusal.reader.format, refusal.reader.version)
        values = (refusal.doc_id, refusal.sha256, *reader, refusal.reason)
        self._insert("refusals", (self.refusals, *values))
        self.refusals += 1

    def close(self) -> None:
        """Finish the indexes and make the file durable; an error if the disk refuses."""
        first_sentences = np.asarray(self._first_sentences, dtype="<i8").tobytes()
        self._insert("arrays", ("first_sentences", first_sentences))
        shown_under = np.asarray(self._shown_under, dtype="<i8").tobytes()
        self._insert("arrays", ("shown_under", shown_under))
        self._insert("arrays", ("windows", bytes(self._windows)))
        self._insert("arrays", ("lengths", self._postings.close()))
        self._database.execute("INSERT INTO words (words) VALUES ('optimize')")
        for statement in INDEXES.values():
            self._database.execute(statement)
        self._database.execute("COMMIT")
        self._database.close()
        with self._path.open("rb+") as file:
            os.fsync(file.fileno())

    def abandon(self) -> None:
        """Close the file without caring what is in it."""
        with contextlib.suppress(sqlite3.Error):
            self._database.close()


def _searched_text(passage: Passage) -> str:
    """Return all of a passage whose words are searched, line ends as they are.

    These are the words that a reader sees, and after them the addresses of links and the languages
    of code, which the text has and a reader does not see.
    """
    hidden = (passage.text_of(mark.start, mark.end) for mark in passage.markup)
    searched = (text for text in hidden if text.startswith(_HIDDEN_WORDS))
    shown = passage.shown_of(passage.start, passage.end)
    return "\n".join([shown, passage.table_header, *searched])
