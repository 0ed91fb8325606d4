"""Documents, passages and words of a pushed generation; see `index.store.catalog.Catalog`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.stop_words import STOP_WORDS
from index.store.milvus.words import read_counts, read_places, rows_of
from index.store.postings import Occurrences, storable
from index.store.stems import stems_of, terms_in_order
from index.store.stored_values import PASSAGE_TYPES, check_place, check_types, passage_of
from index.types import DocumentRecord, Passage, StoredPassage

if TYPE_CHECKING:
    from index.store.milvus.engine import Engine
    from index.store.milvus.pieces import PieceReader
    from index.store.milvus.schema import Collections
    from index.store.milvus.stem_table import StemTable

DIGEST_BYTES = 16

LARGEST_TEXT = 1 << 28
"""Bytes of the text of a document, or of a passage with all that is said of it, at most."""

_NOTHING = np.empty(0, dtype=np.int64)


class PushedCatalog:
    """The catalog of a pushed generation; safe to share between threads.

    Documents and the digests of passages are in memory; passages, texts and words are fetched.
    """

    def __init__(
        self,
        engine: Engine,
        collections: Collections,
        pieces: PieceReader,
        documents: Sequence[tuple[DocumentRecord, int]],
        digests: bytes,
        counts: StemTable,
        places: StemTable,
    ) -> None:
        """Take documents, each with the bytes of its text, -1 if its file is text."""
        self._engine = engine
        self._collection = collections.passages
        self._pieces = pieces
        self._documents = [record for record, _ in documents]
        self._texts = {
            record.doc_id: (number, size) for number, (record, size) in enumerate(documents)
        }
        self._digests = np.frombuffer(digests, dtype=f"V{DIGEST_BYTES}")
        self._counts = counts
        self._places = places
        self._firsts = np.array([record.first_row for record in self._documents], dtype=np.int64)
        self.passages_stored = len(self._digests)

    def documents(self) -> list[DocumentRecord]:
        """Return every document, in order of `doc_id`."""
        self._engine.check_open()
        return [*self._documents]

    def documents_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the numbers of the documents that hold some passages, int64, ascending."""
        last = self._last_documents
        if last is not None and last[0] is rows:  # most questions are about the same ones
            return last[1]
        # A document without passages begins where the next one does.
        found: NDArray[np.int64] = np.unique(np.searchsorted(self._firsts, rows, side="right") - 1)
        if len(rows) > 1:
            self._last_documents = rows, found
        return found

    _last_documents: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None

    def extracted_text(self, record: DocumentRecord) -> str | None:
        """Return the text of a document whose file is not text, else None."""
        number, size = self._texts.get(record.doc_id, (0, -1))
        if size < 0:
            self._engine.check_open()
            return None
        data = self._pieces.read(f"text-{number}", size)
        with self._engine.reading():
            return data.decode()

    def passage(self, row: int) -> StoredPassage:
        """Return the passage at `row`, which must be one of `range(passages_stored)`."""
        [stored] = self.passages_at([row])
        return stored

    def passages_at(self, rows: Sequence[int]) -> list[StoredPassage]:
        """Return the passages at `rows`, which are different ones, in that order."""
        found = self._engine.rows(self._collection, "row", rows, "record")
        return [self._stored(row, found[row]) for row in rows]

    def passages_of(self, record: DocumentRecord) -> list[Passage]:
        """Return every passage of a document, in order."""
        return [stored.passage for stored in self.passages_at(record.rows)]

    def _stored(self, row: int, text: object) -> StoredPassage:
        """Return the passage of a row from its record."""
        with self._engine.reading():
            check_types((text,), (str,))
            values = json.loads(str(text))
            if type(values) is int:  # it is so long that it stands in a file of its own
                if not 0 <= values <= LARGEST_TEXT:
                    raise ValueError(f"a passage of {values} bytes")
                values = json.loads(self._pieces.read(f"record-{row}", values))
            return self._passage(row, values)

    def _passage(self, row: int, values: Any) -> StoredPassage:  # noqa: ANN401
        check_types((values,), (list,))
        columns, spans = values[: len(PASSAGE_TYPES)], values[len(PASSAGE_TYPES) :]
        [number] = self.documents_of(np.array([row], dtype=np.int64)).tolist()
        record = self._documents[number]
        check_place(record.doc_id, columns)
        if row not in record.rows or columns[0] != row - record.first_row + 1:
            raise ValueError(f"row {row} is not one of {record.doc_id}")
        [pairs] = spans
        passage = passage_of(record.doc_id, columns, ((first, last) for first, last in pairs))
        return StoredPassage(row, record, passage, self._digests[row].tobytes())

    def places_saying(self, digests: Sequence[bytes]) -> dict[bytes, list[tuple[int, str]]]:
        """Return row and passage_id, in order of row, of all passages with these digests."""
        places = {}
        for digest in dict.fromkeys(digests):
            if rows := self.rows_saying(digest):
                places[digest] = [(row, self._passage_id(row)) for row in rows]
        return places

    def rows_saying(self, digest: bytes) -> list[int]:
        """Return the rows of the passages whose text has this digest, in order."""
        self._engine.check_open()
        order, words = self._by_digest
        half = np.frombuffer(digest[: DIGEST_BYTES // 2], dtype="<u8")
        first, last = (
            np.searchsorted(words, half, "left")[0],
            np.searchsorted(words, half, "right")[0],
        )
        rows = order[first:last].tolist()
        return sorted(row for row in rows if self._digests[row].tobytes() == digest)

    @cached_property
    def _by_digest(self) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """The rows in order of the first half of their digests, and these halves."""
        words = self._digests.view("<u8")[::2]
        order = np.argsort(words, kind="stable")
        return order, words[order]

    def _passage_id(self, row: int) -> str:
        [number] = self.documents_of(np.array([row], dtype=np.int64)).tolist()
        record = self._documents[number]
        return f"{record.doc_id}#{row - record.first_row + 1}"

    def passages_with(self, word: str) -> int:
        """Return how many passages hold a word in their text; the head over them does not count."""
        return int(np.count_nonzero(self.occurrences(stems_of([word])[word]).in_body))

    def occurrences(self, stem: str) -> Occurrences:
        """Return where the words of a stem stand, see `stems_of`."""
        self._engine.check_open()
        with self._engine.reading():
            return read_counts(self._counts.find(storable(stem)), self.passages_stored)

    def rows_with_phrase(self, words: Sequence[str]) -> NDArray[np.int64]:
        """Return the rows in whose body `words` follow one another after stemming, ascending.

        Rare words are looked up first: the others are not if these already stand nowhere in a row.
        """
        self._engine.check_open()
        terms = terms_in_order(" ".join(words))
        if not terms:
            return _NOTHING
        order = sorted(range(len(terms)), key=lambda place: terms[place] in STOP_WORDS)
        common: NDArray[np.int64] | None = None
        for place in order:
            with self._engine.reading():
                data = self._places.find(terms[place])
                found = read_places(data, self.passages_stored) - place
            common = found if common is None else np.intersect1d(common, found, assume_unique=True)
            if not len(common):
                return _NOTHING
        assert common is not None
        return rows_of(common)
