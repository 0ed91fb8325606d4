"""What scoring and searching ask of an index: of an open one, or of several that are joined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from embed import TextEncoder
    from embed.model import Model
    from index.store.postings import Occurrences
    from index.store.rounded_vectors import Nearest
    from index.types import DocumentRecord, IndexedFolder, Passage, StoredPassage


class SearchedCatalog(Protocol):
    """Documents, passages by row, and words; see `index.store.catalog.Catalog`."""

    @property
    def passages_stored(self) -> int:
        """How many passages there are."""

    def documents(self) -> list[DocumentRecord]:
        """Return every document, in order of `doc_id`."""

    def extracted_text(self, record: DocumentRecord) -> str | None:
        """Return the text of a document whose file is not text, else None."""

    def passage(self, row: int) -> StoredPassage:
        """Return the passage at `row`, which must be one of `range(passages_stored)`."""

    def passages_at(self, rows: Sequence[int]) -> list[StoredPassage]:
        """Return the passages at `rows`, which are different ones, in that order."""

    def passages_of(self, record: DocumentRecord) -> list[Passage]:
        """Return every passage of a document, in order."""

    def places_saying(self, digests: Sequence[bytes]) -> dict[bytes, list[tuple[int, str]]]:
        """Return row and passage_id, in order of row, of all passages with these digests."""

    def rows_saying(self, digest: bytes) -> list[int]:
        """Return the rows of the passages whose text has this digest, in order."""

    def passages_with(self, word: str) -> int:
        """Return how many passages hold a word in their text; the head over them does not count."""

    def occurrences(self, stem: str) -> Occurrences:
        """Return where the words of a stem stand."""

    def rows_with_phrase(self, words: Sequence[str]) -> NDArray[np.int64]:
        """Return the rows in whose body `words` follow one another after stemming, ascending."""


class SearchedVectors(Protocol):
    """Unit rows; see `index.store.vectors.Vectors`."""

    @property
    def rows(self) -> int:
        """How many there are."""

    def scores(
        self, query: NDArray[np.float32], rows: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """Inner products, float32 (n,), of a unit `query` (dim,) with `rows` (default: all)."""


class SearchedCopy(Protocol):
    """What lists unit rows, nearest first; see `index.store.rounded_vectors.RoundedVectors`."""

    def nearest(
        self, query: NDArray[np.float32], most: int, among: NDArray[np.int64], /
    ) -> Nearest:
        """Return about the `most` nearest rows to a vector, and what any other row is below.

        The list may be of the documents alone that hold the passages `among`, ascending.
        """


class SearchedIndex(Protocol):
    """One generation of an index, or of each of several; see `index.store.open_index.OpenIndex`."""

    @property
    def name(self) -> str:
        """The name of the generation: equal means equal contents."""

    @property
    def identity(self) -> str:
        """What tells its generations, and which rows of each it has."""

    @property
    def corpus(self) -> Path:
        """The folder that doc_ids are relative to."""

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that were indexed, relative to `corpus`; "" stands for all of it."""

    @property
    def chance(self) -> tuple[float, float] | None:
        """Location and scale of what unrelated questions score; None if that is to be learnt."""

    @property
    def catalog(self) -> SearchedCatalog:
        """Documents, passages and words."""

    @property
    def passages(self) -> SearchedVectors:
        """The vector of each passage."""

    @property
    def sentences(self) -> SearchedVectors:
        """The vectors of the sentences of each passage."""

    @property
    def bounds(self) -> NDArray[np.int64]:
        """The sentence rows of passage row i are `bounds[i]` to `bounds[i + 1]`."""

    @property
    def shown_under(self) -> NDArray[np.int64]:
        """Pairs of a row and the row that it is shown under, (pairs, 2)."""

    @property
    def windows(self) -> NDArray[np.uint8]:
        """Passages before and after each in its window, and its words, (passages, 3)."""

    @property
    def lengths(self) -> NDArray[np.int32]:
        """The words of body and head of each passage, (passages,)."""

    @property
    def rounded(self) -> tuple[SearchedCopy, SearchedCopy] | None:
        """What lists `passages` and `sentences`, 8-bit copies or an engine, if there is such."""

    @property
    def is_remote(self) -> bool:
        """Whether vectors are fetched one by one, so that few should be scored in full."""

    def open_encoder(self, *, on_export: Callable[[Model], None] | None = None) -> TextEncoder:
        """Open the model that the index was built with, or raise ModelError."""

    def check_model(self, encoder: TextEncoder) -> None:
        """Raise ModelError unless `encoder` is the model that the index was built with."""

    def folder_of(self, document: DocumentRecord) -> IndexedFolder:
        """Return the folder that a document was found in."""

    def newest(self) -> SearchedIndex | None:
        """Open what is in use now; None if this is it."""

    def close(self) -> None:
        """Close the files."""
