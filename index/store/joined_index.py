"""Several indexes as one: its documents are theirs, under ids that tell them apart.

The joined corpus is the deepest folder that holds the corpora of all of them, so `a.txt` of an
index of `papers` is `papers/a.txt`. Rows run through the documents in order of these ids. So
everything is as in one index that was built from all of the folders, to the bit.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from embed import PassageSearchError
from index.names import is_doc_id, printable
from index.store.catalog import Catalog
from index.store.checked_files import damaged_file
from index.store.generation import (
    Generation,
    check_one_model,
    current_name,
    open_each_current,
)
from index.store.layout import CATALOG
from index.store.open_index import OpenIndex
from index.store.postings import Occurrences
from index.store.rounded_vectors import Nearest, RoundedVectors
from index.store.row_map import LEFT_OUT, RowMap
from index.store.stems import stems_of

if TYPE_CHECKING:
    from embed import TextEncoder
    from embed.model import Model
    from index.store.vectors import Vectors
    from index.types import DocumentRecord, IndexedFolder, Passage, StoredPassage


@dataclass(frozen=True, slots=True)
class _Part:
    """One of the indexes, and the way from the joined corpus to its own, "" if they are one."""

    index: OpenIndex
    folder: str

    @property
    def catalog(self) -> Catalog:
        return self.index.catalog

    @property
    def beginning(self) -> str:
        """What the joined ids of its documents begin with."""
        return f"{self.folder}/" if self.folder else ""

    @property
    def folders(self) -> list[str]:
        """The folders that were indexed, relative to the joined corpus."""
        return [(self.beginning + folder).rstrip("/") for folder in self.index.folders]

    def own_id(self, doc_id: str) -> str:
        """Return the id that a document has in its own index."""
        return doc_id.removeprefix(self.beginning)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which documents of the parts the whole has, and in which order.

    `homes` has the part of each document by its joined id; None if the corpora hold nothing in
    common, so that the ids tell.
    """

    rows: RowMap
    homes: dict[str, int] | None

    @classmethod
    def of(cls, parts: Sequence[_Part]) -> _Layout:
        """Lay the parts out. A document that several of them have is that of the first."""
        order = sorted(range(len(parts)), key=lambda number: parts[number].beginning)
        beginnings = [parts[number].beginning for number in order]
        # What begins with another one comes after it at once, or after more that begin so.
        if not any(map(str.startswith, beginnings[1:], beginnings)):
            runs = [(number, range(parts[number].index.passages.rows)) for number in order]
            return cls(RowMap.of(runs), None)
        found: dict[str, tuple[int, range]] = {}
        for number, part in enumerate(parts):
            for record in part.catalog.documents():
                found.setdefault(part.beginning + record.doc_id, (number, record.rows))
        in_order = sorted(found)
        rows = RowMap.of(found[doc_id] for doc_id in in_order)
        return cls(rows, {doc_id: found[doc_id][0] for doc_id in in_order})


class JoinedCatalog:
    """The catalogs of several indexes as one; see `index.store.catalog.Catalog`."""

    def __init__(self, parts: Sequence[_Part], layout: _Layout) -> None:
        self._parts = parts
        self._map = layout.rows
        self._homes = layout.homes
        self.passages_stored = layout.rows.rows

    def home_of(self, doc_id: str) -> int | None:
        """Return the number of the part that a document is from; None if there is no such one."""
        if self._homes is not None:
            return self._homes.get(doc_id)
        for number, part in enumerate(self._parts):
            if doc_id.startswith(part.beginning):
                return number
        return None

    def documents(self) -> list[DocumentRecord]:
        """Return every document, in order of `doc_id`."""
        found = [
            replace(record, doc_id=doc_id)
            for number, part in enumerate(self._parts)
            for record in part.catalog.documents()
            if self.home_of(doc_id := part.beginning + record.doc_id) == number
        ]
        found.sort(key=lambda record: record.doc_id)
        row = 0
        for position, record in enumerate(found):
            found[position] = replace(record, first_row=row)
            row += record.passages
        return found

    def extracted_text(self, record: DocumentRecord) -> str | None:
        """Return the text of a document whose file is not text, else None."""
        number = self.home_of(record.doc_id)
        if number is None:
            return None
        part = self._parts[number]
        return part.catalog.extracted_text(replace(record, doc_id=part.own_id(record.doc_id)))

    def passage(self, row: int) -> StoredPassage:
        """Return the passage at `row`, which must be one of `range(passages_stored)`."""
        [stored] = self.passages_at([row])
        return stored

    def passages_at(self, rows: Sequence[int]) -> list[StoredPassage]:
        """Return the passages at `rows`, which are different ones, in that order."""
        stored: dict[int, StoredPassage] = {}
        wanted = np.asarray(rows, dtype=np.int64)
        homes, own = self._map.places(wanted)
        for number, part in enumerate(self._parts):
            positions = np.flatnonzero(homes == number)
            for position, found in zip(
                positions.tolist(), part.catalog.passages_at(own[positions].tolist()), strict=True
            ):
                stored[position] = self._renamed(number, rows[position], found)
        return [stored[position] for position in range(len(rows))]

    def _renamed(self, number: int, row: int, stored: StoredPassage) -> StoredPassage:
        """Return a passage of a part as it stands in the whole, at `row`."""
        record = stored.document
        doc_id = self._parts[number].beginning + record.doc_id
        first_row = row - (stored.row - record.first_row)
        return replace(
            stored,
            row=row,
            document=replace(record, doc_id=doc_id, first_row=first_row),
            passage=replace(stored.passage, doc_id=doc_id),
        )

    def passages_of(self, record: DocumentRecord) -> list[Passage]:
        """Return every passage of a document, in order."""
        if not record.passages:
            return []
        number, first_row = self._map.place(record.first_row)
        # With the id of the whole, which the passages take over.
        return self._parts[number].catalog.passages_of(replace(record, first_row=first_row))

    def places_saying(self, digests: Sequence[bytes]) -> dict[bytes, list[tuple[int, str]]]:
        """Return row and passage_id, in order of row, of all passages with these digests."""
        places: dict[bytes, list[tuple[int, str]]] = {}
        for number, part in enumerate(self._parts):
            for digest, found in part.catalog.places_saying(digests).items():
                rows = self._map.whole(number, np.array([row for row, _ in found], dtype=np.int64))
                places.setdefault(digest, []).extend(
                    (row, part.beginning + passage_id)
                    for row, (_, passage_id) in zip(rows.tolist(), found, strict=True)
                    if row != LEFT_OUT
                )
        return {digest: sorted(found) for digest, found in places.items()}

    def rows_saying(self, digest: bytes) -> list[int]:
        """Return the rows of the passages whose text has this digest, in order."""
        rows: list[int] = self._in_whole(
            lambda catalog: np.array(catalog.rows_saying(digest), dtype=np.int64)
        ).tolist()
        return rows

    def passages_with(self, word: str) -> int:
        """Return how many passages hold a word in their text; the head over them does not count."""
        return int(np.count_nonzero(self.occurrences(stems_of([word])[word]).in_body))

    def occurrences(self, stem: str) -> Occurrences:
        """Return where the words of a stem stand, see `stems_of`."""
        found = [part.catalog.occurrences(stem) for part in self._parts]
        rows = np.concatenate([self._map.whole(n, own.rows) for n, own in enumerate(found)])
        order = np.argsort(rows, kind="stable")
        order = order[rows[order] != LEFT_OUT]
        return Occurrences(
            rows[order],
            np.concatenate([own.in_body for own in found])[order],
            np.concatenate([own.in_head for own in found])[order],
        )

    def rows_with_phrase(self, words: Sequence[str]) -> NDArray[np.int64]:
        """Return the rows in whose body `words` follow one another after stemming, ascending."""
        return self._in_whole(lambda catalog: catalog.rows_with_phrase(words))

    def _in_whole(self, rows_of: Callable[[Catalog], NDArray[np.int64]]) -> NDArray[np.int64]:
        """Return the rows of the whole, ascending, of those that are found in each catalog."""
        found = [
            self._map.kept(number, rows_of(part.catalog)) for number, part in enumerate(self._parts)
        ]
        return np.sort(np.concatenate(found))


class JoinedVectors:
    """The vectors of several indexes as one; see `index.store.vectors.Vectors`."""

    def __init__(self, parts: Sequence[Vectors], rows: RowMap) -> None:
        self._parts = parts
        self._map = rows
        self.rows = rows.rows

    def scores(
        self, query: NDArray[np.float32], rows: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """Inner products, float32 (n,), of a unit `query` (dim,) with `rows` (default: all)."""
        if rows is None:
            rows = np.arange(self.rows, dtype=np.int64)
        scores = np.empty(len(rows), dtype=np.float32)
        if not len(rows):
            return scores
        if not 0 <= int(rows.min()) <= int(rows.max()) < self.rows:
            raise IndexError(f"rows {rows.min()} to {rows.max()} of an index of {self.rows}")
        homes, own = self._map.places(rows)
        for number, part in enumerate(self._parts):
            positions = np.flatnonzero(homes == number)
            scores[positions] = part.scores(query, own[positions])
        return scores


class JoinedCopy:
    """The 8-bit copies of several files of vectors as one. A part may be small and have none."""

    def __init__(
        self, parts: Sequence[Vectors], copies: Sequence[RoundedVectors | None], rows: RowMap
    ) -> None:
        self._parts = parts
        self._copies = copies
        self._map = rows

    def nearest(
        self, query: NDArray[np.float32], most: int, _among: NDArray[np.int64] | None = None
    ) -> Nearest:
        """Return about the `most` nearest rows of each part, and every row of a small one."""
        found = [
            Nearest(np.arange(part.rows, dtype=np.int64), -math.inf)
            if copy is None
            else copy.nearest(query, most)
            for part, copy in zip(self._parts, self._copies, strict=True)
        ]
        rows = [self._map.kept(number, own.rows) for number, own in enumerate(found)]
        return Nearest(np.concatenate(rows), max(own.bound for own in found))


@dataclass(frozen=True, slots=True, eq=False)
class JoinedIndex:
    """Several open indexes of one model as one, which never changes; see `OpenIndex`."""

    parts: tuple[OpenIndex, ...]
    corpus: Path
    folders: tuple[str, ...]
    rows: RowMap
    catalog: JoinedCatalog
    passages: JoinedVectors
    sentences: JoinedVectors
    bounds: NDArray[np.int64]
    shown_under: NDArray[np.int64]
    windows: NDArray[np.uint8]
    lengths: NDArray[np.int32]
    rounded: tuple[JoinedCopy, JoinedCopy] | None
    is_remote = False

    @classmethod
    def open(cls, directories: Sequence[Path]) -> Self:
        """Open the generation in use of each index; raises as `OpenIndex.open` and `of` do."""
        return open_each_current(directories, cls.of)

    @classmethod
    def of(cls, generations: Sequence[Generation]) -> Self:
        """Open the files of each generation and join them.

        Raises ModelError if they were not made with one model, and PassageSearchError if no folder
        holds all of their corpora.
        """
        check_one_model(generations)
        with ExitStack() as opened:
            parts = [opened.enter_context(closing(OpenIndex.of(each))) for each in generations]
            index = cls._join(tuple(parts))
            opened.pop_all()
        return index

    @classmethod
    def _join(cls, indexes: tuple[OpenIndex, ...]) -> Self:
        corpus = _common_folder(indexes)
        parts = [_Part(index, _folder_in(corpus, index)) for index in indexes]
        layout = _Layout.of(parts)
        rows = layout.rows
        sentence_rows = rows.among([index.bounds for index in indexes])
        counts = rows.spread([np.diff(index.bounds) for index in indexes])
        for number, index in enumerate(indexes):
            _check_windows(number, index, rows)
        return cls(
            indexes,
            corpus,
            tuple(dict.fromkeys(folder for part in parts for folder in part.folders)),
            rows,
            JoinedCatalog(parts, layout),
            JoinedVectors([index.passages for index in indexes], rows),
            JoinedVectors([index.sentences for index in indexes], sentence_rows),
            np.concatenate(([0], np.cumsum(counts))),
            _shown_under(indexes, rows),
            rows.spread([index.windows for index in indexes]),
            rows.spread([index.lengths for index in indexes]),
            _copies(indexes, rows, sentence_rows),
        )

    @property
    def name(self) -> str:
        """The names of the generations: equal means equal contents."""
        return "+".join(part.name for part in self.parts)

    @property
    def identity(self) -> str:
        """The names of the generations, and which rows of each there are."""
        # What is in no run is left out.
        runs = [(part, rows.start, rows.stop) for part, rows in self.rows.runs()]
        return repr((self.name, runs))

    @property
    def chance(self) -> None:
        """What unrelated questions score in all of them together is to be learnt."""

    def open_encoder(self, *, on_export: Callable[[Model], None] | None = None) -> TextEncoder:
        """Open the model that the indexes were built with, or raise ModelError."""
        return self.parts[0].open_encoder(on_export=on_export)

    def check_model(self, encoder: TextEncoder) -> None:
        """Raise ModelError unless `encoder` is the model that the indexes were built with."""
        for part in self.parts:
            part.check_model(encoder)

    def folder_of(self, document: DocumentRecord) -> IndexedFolder:
        """Return the folder that a document was found in."""
        home = self.catalog.home_of(document.doc_id)
        if home is None:
            raise KeyError(f"no document {document.doc_id}")
        return self.parts[home].folder_of(document)

    def newest(self) -> Self | None:
        """Open what is in use now; None if no index has a new generation."""
        directories = [part.generation.path.parent for part in self.parts]
        if [current_name(directory) for directory in directories] == [p.name for p in self.parts]:
            return None
        index = self.open(directories)
        if index.name == self.name:
            index.close()
            return None
        return index

    def close(self) -> None:
        """Close every index."""
        for part in self.parts:
            part.close()


def _copies(
    indexes: Sequence[OpenIndex], rows: RowMap, sentence_rows: RowMap
) -> tuple[JoinedCopy, JoinedCopy] | None:
    """Join the 8-bit copies of passages and sentences; None if no index has such."""
    pairs = [index.rounded or (None, None) for index in indexes]
    if not any(index.rounded for index in indexes):
        return None
    passages, sentences = zip(*pairs, strict=True)
    return (
        JoinedCopy([index.passages for index in indexes], passages, rows),
        JoinedCopy([index.sentences for index in indexes], sentences, sentence_rows),
    )


def _common_folder(indexes: Sequence[OpenIndex]) -> Path:
    """Return the deepest folder that holds the corpora of all indexes."""
    try:
        return Path(os.path.commonpath([index.corpus for index in indexes]))
    except ValueError as error:  # two drives of Windows
        raise PassageSearchError(
            f"no folder holds {' and '.join(str(index.corpus) for index in indexes)}: "
            "ask these indexes one by one"
        ) from error


def _folder_in(corpus: Path, index: OpenIndex) -> str:
    """Return the way from the joined corpus to that of an index, "" if they are one."""
    folder = index.corpus.relative_to(corpus).as_posix()
    if folder == ".":
        return ""
    if not is_doc_id(folder):
        raise PassageSearchError(
            f"the folder {printable(str(index.corpus))} has a name that cannot be shown, so that "
            "its index cannot be joined with others: rename it, and build the index again"
        )
    return folder


def _check_windows(number: int, index: OpenIndex, rows: RowMap) -> None:
    """Raise DamagedIndexError if a window reaches over what is not beside it any more."""
    own = np.arange(index.passages.rows, dtype=np.int64)
    whole = rows.whole(number, own)
    before, after = index.windows[:, 0], index.windows[:, 1]
    beside = (rows.whole(number, own - before) == whole - before) & (
        rows.whole(number, own + after) == whole + after
    )
    if not (beside | (whole == LEFT_OUT)).all():
        file = index.generation.file(CATALOG)
        raise damaged_file(file, "has windows that reach over documents")


def _shown_under(indexes: Sequence[OpenIndex], rows: RowMap) -> NDArray[np.int64]:
    """Return the pairs of a row and the row that it is shown under, int64 (pairs, 2)."""
    found = [
        rows.whole(number, index.shown_under.ravel()).reshape(-1, 2)
        for number, index in enumerate(indexes)
    ]
    pairs: NDArray[np.int64] = np.concatenate(found)
    kept: NDArray[np.int64] = pairs[(pairs != LEFT_OUT).all(axis=1)]
    return kept
