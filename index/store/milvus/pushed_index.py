"""An index in Milvus as its readers hold it: the generation in use, checked and ready."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from embed.errors import PassageSearchError
from index.errors import FormatError, NoIndexError
from index.store.generation import Generation, OpenGeneration
from index.store.manifest import Manifest
from index.store.milvus.address import MilvusAddress
from index.store.milvus.engine import Engine, push_command
from index.store.milvus.pieces import PieceReader
from index.store.milvus.pushed_catalog import DIGEST_BYTES, LARGEST_TEXT, PushedCatalog
from index.store.milvus.schema import (
    HEAD,
    SCHEMA,
    Collections,
    OtherSchemaError,
    PushedHead,
    generation_of,
)
from index.store.milvus.stem_table import StemTable
from index.store.milvus.vectors import MilvusLists, MilvusVectors
from index.store.stored_values import (
    check_types,
    read_first_sentences,
    read_lengths,
    read_shown_under,
    read_windows,
    records_of,
)
from index.types import DocumentRecord


@dataclass(frozen=True, slots=True, eq=False)
class PushedIndex(OpenGeneration):
    """A pushed generation that is open; what is pushed later does not touch it.

    See `index.store.open_index.OpenIndex`. Its arrays are in memory, 31 bytes for each passage.
    """

    engine: Engine
    catalog: PushedCatalog
    passages: MilvusVectors
    sentences: MilvusVectors
    bounds: NDArray[np.int64]
    shown_under: NDArray[np.int64]
    windows: NDArray[np.uint8]
    lengths: NDArray[np.int32]
    rounded: tuple[MilvusLists, MilvusLists]
    is_remote = True

    @classmethod
    def open(cls, address: MilvusAddress) -> Self:
        """Open the generation that the alias stands for.

        Raises NoIndexError if there is none, DamagedIndexError, FormatError if another version
        pushed it, and EngineError if Milvus does not answer.
        """
        engine = Engine.connect(address)
        try:
            return cls._of(engine)
        except BaseException:
            engine.close()
            raise

    @classmethod
    def _of(cls, engine: Engine) -> Self:
        name = _generation_in_use(engine)
        collections = Collections.of(engine.address.name, name)
        while True:
            try:
                for collection in collections.every:
                    engine.load(collection)
                return cls._read(engine, collections, read_head(engine, collections))
            except PassageSearchError:
                # What was replaced twice meanwhile may be gone.
                newer = _generation_in_use(engine)
                if newer == name:
                    raise
                name, collections = newer, Collections.of(engine.address.name, newer)

    @classmethod
    def _read(cls, engine: Engine, collections: Collections, head: PushedHead) -> Self:
        pieces = PieceReader(engine, collections.data)
        files = {
            name: pieces.read(name, size)
            for name, size in head.sizes.items()
            if name not in {"postings", "places"}
        }
        with engine.reading():
            manifest = _manifest(engine, files["manifest"], head.generation)
        _check_counts(engine, collections, head, manifest)
        rows = manifest.passages
        with engine.reading():
            documents = _documents(files["documents"], manifest)
            if len(files["digests"]) != DIGEST_BYTES * rows:
                raise ValueError("digests that do not fit the passages")
            tables = [
                StemTable(pieces, name, head.sizes[name], files[f"{name}_starts"])
                for name in ("postings", "places")
            ]
            catalog = PushedCatalog(
                engine, collections, pieces, documents, files["digests"], *tables
            )
            firsts = read_first_sentences(files["first_sentences"], rows, manifest.sentences)
            bounds = np.append(firsts, manifest.sentences)
            starts = np.array([*(record.first_row for record, _ in documents), rows])
            lists = [
                MilvusLists(engine, collection, own, catalog.documents_of, manifest.dim)
                for collection, own in (
                    (collections.passages, starts),
                    (collections.sentences, bounds[starts]),
                )
            ]
            return cls(
                Generation(Path(head.generation), manifest),
                Path(head.corpus),
                engine,
                catalog,
                MilvusVectors(engine, collections.passages, rows, manifest.dim),
                MilvusVectors(engine, collections.sentences, manifest.sentences, manifest.dim),
                bounds,
                read_shown_under(files["shown_under"], rows),
                read_windows(files["windows"], rows),
                read_lengths(files["lengths"], rows),
                (lists[0], lists[1]),
            )

    def newest(self) -> Self | None:
        """Open the generation that is in use now; None if this is the one."""
        if _generation_in_use(self.engine) == self.name:
            return None
        index = self.open(self.engine.address)
        if index.name == self.name:
            index.close()
            return None
        return index

    def close(self) -> None:
        """Close the connection."""
        self.engine.close()


def _generation_in_use(engine: Engine) -> str:
    """Return the generation that the alias stands for.

    Raises NoIndexError if there is no alias, and EngineError if it is not ours.
    """
    address = engine.address
    collection = engine.target(address.name)
    if collection is None:
        raise NoIndexError(f"there is no index at {address}: make it with {push_command(address)}")
    generation = generation_of(address.name, collection)
    if generation is None:
        raise NoIndexError(
            f"the alias at {address} stands for {collection}, which is not an index: push under "
            "another name"
        )
    return generation


def read_head(engine: Engine, collections: Collections) -> PushedHead:
    """Return what a generation says of itself.

    Raises FormatError if another version pushed it, and DamagedIndexError if it is not whole.
    """
    text = engine.rows(collections.data, "piece", [HEAD], "data")[HEAD]
    try:
        with engine.reading():
            check_types((text,), (str,))
            head = PushedHead.from_text(text)
            if Collections.of(engine.address.name, head.generation) != collections:
                raise ValueError("it is that of another generation")
            return head
    except OtherSchemaError as error:
        raise FormatError(
            error.schema, SCHEMA, f"push it again: {push_command(engine.address, '--again')}"
        ) from None


def _manifest(engine: Engine, data: bytes, generation: str) -> Manifest:
    """Return the manifest of a generation; ValueError and others if it cannot be that."""
    if not hashlib.sha256(data).hexdigest().startswith(generation.removeprefix("g-")):
        raise ValueError("the manifest is not the one that was pushed")
    try:
        return Manifest.from_bytes(data)
    except AttributeError as error:
        raise ValueError(str(error)) from error
    except FormatError as error:
        remedy = f"push it again: {push_command(engine.address, '--again')}"
        raise FormatError(error.version, error.reads, remedy) from None


def _check_counts(
    engine: Engine, collections: Collections, head: PushedHead, manifest: Manifest
) -> None:
    """Raise DamagedIndexError unless the collections have the rows that they should have."""
    expected = (head.pieces + 1, manifest.passages, manifest.sentences)
    found = tuple(engine.count(collection) for collection in collections.every)
    if found != expected:
        raise engine.damaged(f"its collections have {found} rows, not {expected}")


def _documents(data: bytes, manifest: Manifest) -> list[tuple[DocumentRecord, int]]:
    """Return the documents, each with the bytes of its text, -1 if its file is text."""
    lines: Any = [json.loads(line) for line in data.splitlines()]
    check_types(lines, (list,) * len(lines))
    sizes = [size for *_, size in lines]
    check_types(sizes, (int,) * len(sizes))
    if not all(-1 <= size <= LARGEST_TEXT for size in sizes):
        raise ValueError("texts of sizes that cannot be")
    records = records_of(
        [(None, *line[:-1]) for line in lines], manifest.documents, manifest.passages
    )
    return list(zip(records, sizes, strict=True))
