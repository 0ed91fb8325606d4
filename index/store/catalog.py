"""Reading the catalog of a generation: documents, passages by row, sentences, words, phrases.

A catalog may have been made by anybody. Whatever stands in it, a read ends, and gives values of the
right types and in their range, or the catalog counts as damaged.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from index.errors import ClosedIndexError
from index.store.catalog_schema import SCHEMA, digest_of
from index.store.checked_files import damaged_file, open_regular
from index.store.columns import windows_column
from index.store.postings import (
    BLOCK,
    Occurrences,
    counts_by_row,
    read_occurrences,
    storable,
)
from index.store.stems import stems_of
from index.store.stored_values import (
    PASSAGE_COLUMNS,
    PASSAGE_TYPES,
    check_place,
    check_types,
    passage_of,
    read_first_sentences,
    read_lengths,
    read_shown_under,
    read_windows,
    record_of,
    records_of,
    refusal_of,
)
from index.types import DocumentRecord, Passage, Refusal, StoredPassage

# A catalog may have been made by anybody: nothing in it may act.
_READ_ONLY = (
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "temp_store = MEMORY",
)

# And no read may go on for ever. SQLite counts steps of its virtual machine. An honest catalog is
# opened in some dozens of them, whatever its size. The longest read of one, the integrity check,
# takes 17 for each row of its tables; tests hold both figures for a catalog of millions of rows.
_TICK = 100_000
_STEPS_TO_OPEN = 1_000_000
_STEPS_PER_ROW = 100
# Bytes: a question may be longer than a small catalog; a limit of SQLite is a C int.
_LEAST_LIMIT, _LARGEST_LIMIT = 1_000_000, (1 << 31) - 1

# Values that one statement is given: SQLite takes some 32,000 at most.
_MOST_VALUES = 1000
_AMONG_ROWS = "row IN (SELECT value FROM json_each(?))"

# The place of the first sentence among row, digest and the columns of a passage.
_FIRST_SENTENCE = 12


class Catalog:
    """A published catalog, read-only; safe to share between threads.

    Whatever stands in the file, a read ends, and gives values of the right types and in their
    range, or raises DamagedIndexError.
    """

    def __init__(self, database: sqlite3.Connection, path: Path) -> None:
        self._database = database
        self._path = path
        self._lock = threading.Lock()
        self._steps = 0
        self._most_steps = _STEPS_TO_OPEN
        database.set_progress_handler(self._tick, _TICK)
        with self._reading():
            for pragma in _READ_ONLY:
                database.execute(f"PRAGMA {pragma}")
            self._check_schema()
            self.documents_stored = self._count("documents", "document")
            self.passages_stored = self._count("passages", "row")
            self.sentences_stored = self._count("sentences", "row")
            self._refusals_stored = self._count("refusals", "refusal")
        rows = self.documents_stored + self.passages_stored + self.sentences_stored
        rows += self._refusals_stored
        self._most_steps = _STEPS_TO_OPEN + _STEPS_PER_ROW * rows

    @classmethod
    def open(cls, path: Path) -> Catalog:
        """Open a catalog that never changes again, so that SQLite needs no lock on it.

        Raises DamagedIndexError if it is not a catalog.
        """
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
        uri = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
        try:
            database = sqlite3.connect(uri, uri=True, check_same_thread=False)
        except sqlite3.Error as error:
            raise damaged_file(path, f"cannot be opened ({error})") from error
        # SQLite asks for as much memory as a value claims to have; none is longer than its file.
        longest = min(max(size, _LEAST_LIMIT), _LARGEST_LIMIT)
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, longest)
        database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        try:
            return cls(database, path)
        except BaseException:
            database.close()
            raise

    def close(self) -> None:
        """Close the file; later calls raise ClosedIndexError."""
        with self._lock:
            self._database.close()

    def _tick(self) -> bool:
        """Count steps; SQLite calls this every `_TICK` steps, and ends the query if it is True."""
        self._steps += _TICK
        return self._steps > self._most_steps

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Turn every error of a read into a DamagedIndexError, or a ClosedIndexError."""
        try:
            yield
        except sqlite3.ProgrammingError as error:
            raise ClosedIndexError("the index was closed: open it again") from error
        except (sqlite3.Error, ValueError, TypeError, IndexError, OverflowError) as error:
            raise damaged_file(self._path, f"cannot be read ({error})") from error
        except MemoryError as error:  # a damaged word index says how long its lists are
            raise damaged_file(self._path, "asks for more memory than there is") from error

    def _rows(self, most: int, sql: str, *values: object) -> list[Any]:
        """Return the rows of a query; ValueError if there are more than `most`."""
        with self._lock:
            self._steps = 0
            cursor = self._database.execute(sql, values)
            found = cursor.fetchmany(most + 1)
            cursor.close()
        if len(found) > most:
            raise ValueError(f"more than {most} rows")
        return found

    def _check_schema(self) -> None:
        found = self._rows(len(SCHEMA), "SELECT name, sql FROM sqlite_schema")
        if len(found) != len(SCHEMA) or dict(found) != SCHEMA:
            raise ValueError("it is not a catalog")

    def _count(self, table: str, key: str) -> int:
        """Return how many rows a table has whose keys count from 0."""
        # Two statements, each a step to one end of the table: one with both reads every row.
        [(first,)] = self._rows(1, f"SELECT min({key}) FROM {table}")
        [(last,)] = self._rows(1, f"SELECT max({key}) FROM {table}")
        if first is None:
            return 0
        check_types((first, last), (int, int))
        if first != 0:
            raise ValueError(f"rows from {first}")
        return int(last) + 1

    def passages_with(self, word: str) -> int:
        """Return how many passages hold a word in their text; the head over them does not count."""
        return int(np.count_nonzero(self.occurrences(stems_of([word])[word]).in_body))

    def first_sentences(self) -> NDArray[np.int64]:
        """Return the row of the title or first sentence of each passage, int64 (passages,)."""
        with self._reading():
            [(data,)] = self._rows(1, "SELECT data FROM arrays WHERE name = 'first_sentences'")
            check_types((data,), (bytes,))
            return read_first_sentences(data, self.passages_stored, self.sentences_stored)

    def shown_under(self) -> NDArray[np.int64]:
        """Return the pairs of a row and the row that it is shown under, int64 (pairs, 2)."""
        with self._reading():
            [(data,)] = self._rows(1, "SELECT data FROM arrays WHERE name = 'shown_under'")
            check_types((data,), (bytes,))
            return read_shown_under(data, self.passages_stored)

    def windows(self) -> NDArray[np.uint8]:
        """Return the window of each passage, uint8 (passages, 3): see `index.windows`.

        The columns are passages before it, passages after it, and its words, from 1 to 255.
        """
        with self._reading():
            [(data,)] = self._rows(1, "SELECT data FROM arrays WHERE name = 'windows'")
            check_types((data,), (bytes,))
            return read_windows(data, self.passages_stored)

    def lengths(self) -> NDArray[np.int32]:
        """Return the words of each passage and of what stands over it, int32 (passages,)."""
        with self._reading():
            [(data,)] = self._rows(1, "SELECT data FROM arrays WHERE name = 'lengths'")
            check_types((data,), (bytes,))
            return read_lengths(data, self.passages_stored)

    def documents(self) -> list[DocumentRecord]:
        """Return every document, in order of `doc_id`."""
        with self._reading():
            found = self._rows(self.documents_stored, "SELECT * FROM documents ORDER BY document")
            return records_of(found, self.documents_stored, self.passages_stored)

    def refusals(self) -> list[Refusal]:
        """Return every file that could not be read, in order of `doc_id`."""
        with self._reading():
            found = self._rows(self._refusals_stored, "SELECT * FROM refusals ORDER BY refusal")
            return [refusal_of(values) for values in found]

    def extracted_text(self, record: DocumentRecord) -> str | None:
        """Return the text of a document whose file is not text, else None."""
        with self._reading():
            found = self._rows(
                1,
                "SELECT text FROM texts JOIN documents USING (document) WHERE doc_id = ?",
                record.doc_id,
            )
            for (text,) in found:
                check_types((text,), (str,))
                return str(text)
            return None

    def passage(self, row: int) -> StoredPassage:
        """Return the passage at `row`, which must be one of `range(passages_stored)`."""
        [stored] = self.passages_at([row])
        return stored

    def passages_at(self, rows: Sequence[int]) -> list[StoredPassage]:
        """Return the passages at `rows`, in that order.

        The rows must be different ones of `range(passages_stored)`.
        """
        with self._reading():
            found = self._rows(
                len(rows),
                f"SELECT row, digest, {PASSAGE_COLUMNS}, documents.* "
                f"FROM passages JOIN documents USING (document) WHERE {_AMONG_ROWS}",
                _json(rows),
            )
            if len(found) != len(rows):
                raise ValueError(f"{len(found)} passages, not {len(rows)}")
            stored = {passage.row: passage for passage in self._stored(found)}
            return [stored[row] for row in rows]

    def _stored(self, found: Sequence[Sequence[Any]]) -> Iterator[StoredPassage]:
        """Yield the passages of rows from their columns, those of their document at the end."""
        records: dict[int, DocumentRecord] = {}
        # Their sentences are read at once, in order of row.
        found = sorted(found, key=lambda values: (values[_FIRST_SENTENCE], values[0]))
        for values in found:
            row, digest, *rest = values
            check_types((row, digest), (int, bytes))
            own, about = rest[: len(PASSAGE_TYPES)], rest[len(PASSAGE_TYPES) :]
            if about[0] not in records:
                records[about[0]] = record_of(about)
            check_place(records[about[0]].doc_id, own)
        spans = self._spans([(v[_FIRST_SENTENCE], v[_FIRST_SENTENCE + 1]) for v in found])
        for row, digest, *rest in found:
            record = records[rest[len(PASSAGE_TYPES)]]
            passage = passage_of(record.doc_id, rest[: len(PASSAGE_TYPES)], spans)
            yield StoredPassage(row, record, passage, digest)

    def passages_of(self, record: DocumentRecord) -> list[Passage]:
        """Return every passage of a document, in order."""
        with self._reading():
            rows = self._rows(
                record.passages,
                f"SELECT {PASSAGE_COLUMNS} FROM passages WHERE row >= ? AND row < ? ORDER BY row",
                record.rows.start,
                record.rows.stop,
            )
            if len(rows) != record.passages:
                raise ValueError(f"{len(rows)} passages, not {record.passages}")
            return self._passages(record.doc_id, rows)

    def _passages(self, doc_id: str, rows: Sequence[Sequence[Any]]) -> list[Passage]:
        """Return passages that follow one another in a document, from their columns."""
        for row in rows:
            check_place(doc_id, row)
        spans = self._spans([(rows[0][-2], sum(row[-1] for row in rows))] if rows else [])
        return [passage_of(doc_id, row, spans) for row in rows]

    def _spans(self, runs: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Return the spans of sentences in order: of runs, each a first row and how many."""
        if len(runs) == 1:
            [(first, count)] = runs
            return iter(
                self._rows(
                    count,
                    'SELECT start, "end" FROM sentences WHERE row >= ? AND row < ? ORDER BY row',
                    first,
                    first + count,
                )
            )
        rows = [row for first, count in runs for row in range(first, first + count)]
        return iter(
            self._rows(
                len(rows),
                f'SELECT start, "end" FROM sentences WHERE {_AMONG_ROWS} ORDER BY row',
                _json(rows),
            )
        )

    def places_saying(self, digests: Sequence[bytes]) -> dict[bytes, list[tuple[int, str]]]:
        """Return row and passage_id, in order of row, of all passages with these digests."""
        places: dict[bytes, list[tuple[int, str]]] = {}
        different = list(dict.fromkeys(digests))
        with self._reading():
            for start in range(0, len(different), _MOST_VALUES):
                some = different[start : start + _MOST_VALUES]
                found = self._rows(
                    self.passages_stored,
                    "SELECT digest, row, doc_id, number FROM passages "
                    "JOIN documents USING (document) "
                    f"WHERE digest IN ({','.join('?' * len(some))}) ORDER BY row",
                    *some,
                )
                for digest, row, doc_id, number in found:
                    check_types((digest, row, doc_id, number), (bytes, int, str, int))
                    places.setdefault(digest, []).append((row, f"{doc_id}#{number}"))
        return places

    def rows_saying(self, digest: bytes, most: int | None = None) -> list[int]:
        """Return the rows of the passages whose text has this digest, in order, at most `most`."""
        with self._reading():
            limit = self.passages_stored if most is None else most
            found = self._rows(
                limit,
                "SELECT row FROM passages WHERE digest = ? ORDER BY row LIMIT ?",
                digest,
                limit,
            )
            check_types([row for (row,) in found], (int,) * len(found))
            return [row for (row,) in found]

    def occurrences(self, stem: str) -> Occurrences:
        """Return where the words of a stem stand, see `stems_of`."""
        with self._reading():
            blocks = self._rows(
                -(-self.passages_stored // BLOCK),
                "SELECT first_row, data FROM postings WHERE stem = ? ORDER BY first_row",
                storable(stem),
            )
            return read_occurrences(blocks, self.passages_stored)

    def rows_with_phrase(self, words: Sequence[str]) -> NDArray[np.int64]:
        """Return the rows in whose body `words` follow one another after stemming, ascending."""
        phrase = _quoted(" ".join(words))
        if phrase == '""':
            return np.empty(0, dtype=np.int64)
        with self._reading():
            found = self._rows(
                self.passages_stored,
                "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid",
                phrase,
            )
            rows = np.array([row for (row,) in found], dtype=np.int64)
            bounds = np.concatenate(([-1], rows, [self.passages_stored]))
            if not (bounds[1:] > bounds[:-1]).all():
                raise ValueError("its word index does not fit its passages")
            return rows

    def check(self) -> None:
        """Read the whole catalog. Raises DamagedIndexError if a part does not fit the rest."""
        with self._reading():
            [(verdict,)] = self._rows(1, "PRAGMA integrity_check(1)")
            if verdict != "ok":
                raise ValueError(str(verdict))
            firsts = self.first_sentences().tolist()
            self.shown_under()
            windows = self.windows()
            self.refusals()
            self._check_postings()
            for record in self.documents():
                text = self.extracted_text(record)
                passages = self.passages_of(record)
                own = windows[record.first_row : record.rows.stop].tobytes()
                if own != windows_column(passages):
                    raise ValueError(f"the windows of {record.doc_id} are not what they were")
                for row, passage in zip(record.rows, passages, strict=True):
                    self._check_passage(row, passage, firsts[row] + bool(record.title_at(row)))
                    # A passage without a line stands in a text that was extracted.
                    is_extracted = text is not None or not passage.line
                    if is_extracted and not passage.stands_in(text or ""):
                        raise ValueError(f"{passage.passage_id} does not stand in its text")

    def _check_postings(self) -> None:
        lengths = self.lengths()
        for first in range(0, self.passages_stored, BLOCK):
            [(stems,)] = self._rows(1, "SELECT count(*) FROM postings")
            sql = "SELECT first_row, data FROM postings WHERE first_row = ?"
            blocks = [
                read_occurrences([block], self.passages_stored)
                for block in self._rows(stems, sql, first)
            ]
            counted, is_exact = counts_by_row(blocks, first, min(BLOCK, len(lengths) - first))
            own = lengths[first : first + len(counted)]
            if (counted > own).any() or (counted != own)[is_exact].any():
                raise ValueError("the postings are not what they were")

    def _check_passage(self, row: int, passage: Passage, first_sentence: int) -> None:
        [(digest, first)] = self._rows(
            1, "SELECT digest, first_sentence FROM passages WHERE row = ?", row
        )
        if first != first_sentence or digest != digest_of(passage.reading):
            raise ValueError(f"{passage.passage_id} is not what it was")


def _quoted(text: str) -> str:
    """Return a string of FTS5's query language."""
    return '"' + text.replace('"', '""') + '"'


def _json(rows: Sequence[int]) -> str:
    """Return row numbers as one value of a statement."""
    return f"[{','.join(map(str, rows))}]"
