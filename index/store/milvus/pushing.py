"""Pushing a generation to Milvus: uploaded whole, read back, and then put in the alias's place.

Readers see the generation before or the new one. A push that dies leaves the alias as it was, and
the next one removes what it has left.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from embed.errors import PassageSearchError
from index.errors import EngineError
from index.store.catalog import Catalog
from index.store.checked_files import damaged_file, open_regular
from index.store.generation import Generation
from index.store.layout import CATALOG, PASSAGES, SENTENCES
from index.store.milvus import schema
from index.store.milvus.address import MilvusAddress
from index.store.milvus.engine import Engine
from index.store.milvus.pieces import PieceWriter
from index.store.milvus.pushed_index import read_head
from index.store.milvus.schema import Collections, PushedHead, generation_of
from index.store.milvus.stem_table import StemTableWriter
from index.store.milvus.words import count_entries, place_entries
from index.store.stored_values import PASSAGE_COLUMNS
from index.store.vectors import Vectors

_BATCH = 1000
_BATCH_CHARACTERS = 4 << 20
"""Rows that are sent at once, and characters of passages: a server takes 64 MiB in one call."""

_PIECES = 100
"""Pieces that are sent at once."""


@dataclass(frozen=True, slots=True)
class PushProgress:
    """How far a push is: vectors that were sent, and those that were read back, of all."""

    sent: int
    read_back: int
    rows: int

    @property
    def line(self) -> str:
        """What a person is told.

        >>> PushProgress(40, 0, 40).line, PushProgress(40, 10, 40).line
        ('Pushing, 100%', 'Reading back, 25%')
        """
        if not self.read_back:
            return f"Pushing, {self._percent(self.sent)}"
        return f"Reading back, {self._percent(self.read_back)}"

    def _percent(self, done: int) -> str:
        return f"{100 * min(done, self.rows) // max(self.rows, 1)}%"


@dataclass(frozen=True, slots=True)
class PushReport:
    """What a push did: it `was_there` if nothing had to be done. `removed` are generations."""

    generation: str
    address: str
    passages: int
    was_there: bool
    removed: tuple[str, ...] = ()


def push(
    directory: Path,
    address: MilvusAddress,
    on_progress: Callable[[PushProgress], None] = lambda _: None,
    *,
    again: bool = False,
) -> PushReport:
    """Upload the generation in use of an index, and let the alias stand for it.

    Of the generations that were pushed before, the one that was in use is kept for its readers.
    What is there already is left as it is, unless it is to be uploaded `again`: then nothing can be
    asked meanwhile.
    Raises NoIndexError, DamagedIndexError if a file is not what was written, or EngineError.
    """
    generation = Generation.open(directory)
    generation.verify()
    with Engine.connect(address, to_write=True) as engine:
        return _Push(engine, generation, on_progress).run(again=again)


class _Push:
    """One push of a generation."""

    def __init__(
        self, engine: Engine, generation: Generation, on_progress: Callable[[PushProgress], None]
    ) -> None:
        self._engine = engine
        self._generation = generation
        self._on_progress = on_progress
        self._name = engine.address.name
        self._collections = Collections.of(self._name, generation.name)
        self._corpus = str(generation.corpus)
        self._sent = self._read_back = 0
        self._batches: list[_Batch] = []

    def run(self, *, again: bool) -> PushReport:
        engine, generation = self._engine, self._generation.name
        before = self._in_use()
        head = None if again else self._whole_head()
        was_there = head is not None and before == generation
        removed: tuple[str, ...] = ()
        if head is None:
            if before == generation:
                engine.forget(self._name)
                before = ""
            self._upload(before)
        elif head.corpus != self._corpus:  # the folder was moved, and its index with it
            self._write_head(replace(head, corpus=self._corpus))
        if not was_there:
            engine.point(self._name, self._collections.data)
            removed = self._remove_all_but({generation, before})
        passages = self._generation.manifest.passages
        return PushReport(generation, str(engine.address), passages, was_there, removed)

    def _in_use(self) -> str:
        """Return the generation that the alias stands for, "" if there is none."""
        collection = self._engine.target(self._name)
        if collection is None:
            if self._engine.has(self._name):
                raise EngineError(
                    f"{self._name} is a collection at {self._engine.address}: push under another "
                    "name"
                )
            return ""
        generation = generation_of(self._name, collection)
        if generation is None:
            raise EngineError(
                f"the alias {self._name} stands for {collection}, which is not an index: push "
                "under another name"
            )
        return generation

    def _whole_head(self) -> PushedHead | None:
        """Return the head of the generation if all of it was uploaded before: it comes last."""
        engine, manifest = self._engine, self._generation.manifest
        if not all(engine.has(collection) for collection in self._collections.every):
            return None
        for collection in self._collections.every:
            engine.load(collection)
        if engine.count(self._collections.data) == 0:
            return None
        try:
            head = read_head(engine, self._collections)
        except PassageSearchError:
            return None
        counts = [engine.count(collection) for collection in self._collections.every]
        is_whole = counts == [head.pieces + 1, manifest.passages, manifest.sentences]
        return head if is_whole else None

    def _upload(self, before: str) -> None:
        for collection in self._collections.every:
            self._engine.drop(collection)
        self._remove_all_but({before})
        manifest, collections = self._generation.manifest, self._collections
        self._engine.create(collections.data, schema.DATA, len(schema.NO_VECTOR))
        self._engine.create(collections.passages, schema.PASSAGES, manifest.dim)
        self._engine.create(collections.sentences, schema.SENTENCES, manifest.dim)
        pieces = PieceWriter(self._take_piece)
        self._waiting: list[tuple[str, str]] = []
        with _Source(self._generation) as source:
            files = self._write_files(source, pieces)
            self._send_passages(source, pieces)
            self._send_sentences(source)
        self._send_pieces()
        for collection in collections.every:
            self._engine.flush(collection)
        self._check()
        self._write_head(PushedHead(self._generation.name, self._corpus, pieces.pieces, files))

    def _write_head(self, head: PushedHead) -> None:
        data = self._collections.data
        row = {"piece": schema.HEAD, "data": head.to_text(), "vector": schema.NO_VECTOR}
        self._engine.put(data, [row])
        self._engine.flush(data)
        read_head(self._engine, self._collections)

    def _write_files(self, source: _Source, pieces: PieceWriter) -> dict[str, int]:
        sizes = {
            "manifest": pieces.write("manifest", [self._generation.manifest.to_bytes()]),
            "digests": pieces.write("digests", source.digests()),
        }
        for name in schema.ARRAYS:
            if name != "digests":
                sizes[name] = pieces.write(name, [source.array(name)])
        lines = []
        for number, (values, text) in enumerate(source.documents()):
            size = -1 if text is None else pieces.write(f"text-{number}", [text.encode()])
            lines.append(json.dumps([*values, size], ensure_ascii=True).encode() + b"\n")
        sizes["documents"] = pieces.write("documents", lines)
        for name, entries in (("postings", source.counts()), ("places", source.places())):
            table = StemTableWriter()
            sizes[name] = pieces.write(name, table.parts(entries))
            sizes[f"{name}_starts"] = pieces.write(f"{name}_starts", [table.starts()])
        return sizes

    def _take_piece(self, key: str, text: str) -> None:
        self._waiting.append((key, text))
        if len(self._waiting) == _PIECES:
            self._send_pieces()

    def _send_pieces(self) -> None:
        rows = [
            {"piece": key, "data": text, "vector": schema.NO_VECTOR} for key, text in self._waiting
        ]
        if rows:
            self._send(self._collections.data, "piece", "data", rows)
        self._waiting.clear()

    def _send_passages(self, source: _Source, pieces: PieceWriter) -> None:
        vectors = source.vectors(PASSAGES)
        for some in _batches(source.records()):
            first = some[0][0]
            own = vectors.take(first, first + len(some))
            rows = [
                {"row": row, "document": document, "record": record, "vector": vector}
                for (row, document, record), vector in zip(some, own, strict=True)
            ]
            for row in rows:
                data = row["record"].encode()
                if len(data) > schema.LONGEST_TEXT:
                    row["record"] = str(pieces.write(f"record-{row['row']}", [data]))
            self._send(self._collections.passages, "row", "record", rows)

    def _send_sentences(self, source: _Source) -> None:
        vectors = source.vectors(SENTENCES)
        for some in _batches(source.sentence_documents()):
            first = some[0][0]
            own = vectors.take(first, first + len(some))
            rows = [
                {"row": row, "document": document, "vector": vector}
                for (row, document), vector in zip(some, own, strict=True)
            ]
            self._send(self._collections.sentences, "row", "document", rows)

    def _send(self, collection: str, key: str, field: str, rows: list[dict[str, Any]]) -> None:
        self._engine.insert(collection, rows)
        self._batches.append(
            _Batch(collection, key, field, [row[key] for row in rows], _digest(rows, key, field))
        )
        self._sent += len(rows) if collection != self._collections.data else 0
        self._tell()

    def _check(self) -> None:
        """Read back what was sent; EngineError if it is not the same, or not all of it."""
        for batch in self._batches:
            fields = [batch.key, batch.field, "vector"]
            rows = self._engine.whole_rows(batch.collection, batch.key, batch.keys, fields)
            if _digest(rows, batch.key, batch.field) != batch.digest:
                raise EngineError(
                    f"Milvus keeps other values in {batch.collection} than were sent: the index in "
                    "use there stays what it was"
                )
            self._read_back += len(rows) if batch.collection != self._collections.data else 0
            self._tell()

    def _tell(self) -> None:
        manifest = self._generation.manifest
        rows = manifest.passages + manifest.sentences
        self._on_progress(PushProgress(self._sent, self._read_back, rows))

    def _remove_all_but(self, kept: set[str]) -> tuple[str, ...]:
        """Remove the collections of all other generations, and return which these are."""
        removed = []
        for collection in self._engine.collections():
            generation = generation_of(self._name, collection)
            if generation is not None and generation not in kept:
                self._engine.drop(collection)
                removed.append(generation)
        return tuple(dict.fromkeys(removed))


@dataclass(frozen=True, slots=True)
class _Batch:
    """Rows that were sent at once: their keys, and a digest of their values."""

    collection: str
    key: str
    field: str
    keys: list[Any]
    digest: str


def _digest(rows: Sequence[dict[str, Any]], key: str, field: str) -> str:
    """Return a digest of rows in order of key."""
    digest = hashlib.sha256()
    for row in sorted(rows, key=lambda row: row[key]):
        digest.update(repr((row[key], row[field])).encode("utf-8", "surrogatepass"))
        digest.update(np.asarray(row["vector"], dtype="<f4").tobytes())
    return digest.hexdigest()


def _batches(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield rows together, as many as may be sent at once. A text stands at the end of a row."""
    some: list[tuple[Any, ...]] = []
    characters = 0
    for row in rows:
        some.append(row)
        characters += len(row[-1]) if isinstance(row[-1], str) else 0
        if len(some) == _BATCH or characters > _BATCH_CHARACTERS:
            yield some
            some, characters = [], 0
    if some:
        yield some


class _Source:
    """What is uploaded of a generation, row by row, as its files hold it."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._path = generation.file(CATALOG)
        with closing(Catalog.open(self._path)) as catalog:  # which checks that it is one
            self._records = catalog.documents()
        with open_regular(self._path):
            uri = f"file:{quote(str(self._path.absolute()))}?mode=ro&immutable=1"
        self._database = sqlite3.connect(uri, uri=True)
        self._database.execute("PRAGMA trusted_schema = OFF")

    def __enter__(self) -> _Source:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def _rows(self, sql: str, *values: object) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._database.execute(sql, values)
        except sqlite3.Error as error:
            raise damaged_file(self._path, f"cannot be read ({error})") from error

    def array(self, name: str) -> bytes:
        [(data,)] = self._rows("SELECT data FROM arrays WHERE name = ?", name)
        return bytes(data)

    def digests(self) -> Iterator[bytes]:
        for (digest,) in self._rows("SELECT digest FROM passages ORDER BY row"):
            yield bytes(digest)

    def documents(self) -> Iterator[tuple[tuple[Any, ...], str | None]]:
        """Yield the columns of each document, from its id on, and its text if it is kept."""
        for *values, text in self._rows(
            "SELECT documents.*, texts.text FROM documents LEFT JOIN texts USING (document) "
            "ORDER BY document"
        ):
            yield tuple(values[1:]), text

    def records(self) -> Iterator[tuple[int, int, str]]:
        """Yield row, document and record of each passage."""
        spans = self._rows('SELECT start, "end" FROM sentences ORDER BY row')
        position = 0
        for row, document, *columns in self._rows(
            f"SELECT row, document, {PASSAGE_COLUMNS} FROM passages ORDER BY row"
        ):
            first, count = columns[-2:]
            for _ in range(first - position):  # a title
                next(spans)
            own = [*islice(spans, count)]
            position = first + count
            yield row, document, json.dumps([*columns, own], ensure_ascii=False)

    def sentence_documents(self) -> Iterator[tuple[int, int]]:
        """Yield the row of each vector of a sentence, and its document."""
        firsts = np.frombuffer(self.array("first_sentences"), dtype="<i8")
        bounds = np.append(firsts, self._generation.manifest.sentences)
        for document, record in enumerate(self._records):
            for row in range(int(bounds[record.first_row]), int(bounds[record.rows.stop])):
                yield row, document

    def counts(self) -> Iterator[tuple[str, bytes]]:
        """Yield the entry of each stem that tells how often it stands where."""
        blocks = self._rows("SELECT stem, first_row, data FROM postings ORDER BY stem, first_row")
        yield from count_entries(
            ((stem, first, data) for stem, first, data in blocks),
            self._generation.manifest.passages,
        )

    def places(self) -> Iterator[tuple[str, bytes]]:
        """Yield the entry of each stem that tells at which places of a body it stands."""
        self._database.execute(
            "CREATE VIRTUAL TABLE temp.places USING fts5vocab (main, words, instance)"
        )
        found = self._rows("SELECT term, doc, offset FROM temp.places")
        yield from place_entries(((term, row, place) for term, row, place in found))

    def vectors(self, name: str) -> Vectors:
        manifest = self._generation.manifest
        rows = manifest.passages if name == PASSAGES else manifest.sentences
        return Vectors.open(self._generation.file(name), rows, manifest.dim)
