"""Writing the rows of a generation: in the catalog, and their vectors, copied or embedded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embed import TextEncoder
from index.store.catalog_writer import CatalogWriter
from index.store.embedded_texts import sentence_texts
from index.store.layout import CATALOG, PASSAGES, SENTENCES
from index.store.reuse import Previous
from index.store.vectors import VectorWriter
from index.types import DocumentRecord, Passage

# Vectors to be made, and characters of their texts, held before they are made and written: enough
# to form good batches, and no more than memory has room for.
_WINDOW = 8192
_WINDOW_CHARACTERS = 16 << 20


@dataclass(frozen=True, slots=True)
class New:
    """A passage whose vectors are to be made, as it is read.

    `sentences` are the texts of its sentences as they are read, the title over it, if any, before
    them.
    """

    reading: str
    sentences: tuple[str, ...]

    @classmethod
    def of(cls, passage: Passage, title: str = "") -> New:
        """Return a passage as it is read, and the title that stands over it, if any."""
        return cls(passage.reading, tuple(sentence_texts(passage, title)))


@dataclass(frozen=True, slots=True)
class Copy:
    """Rows of the generation before whose vectors are taken over."""

    previous: Previous
    rows: range


class RowWriter:
    """Writes documents in order; the vectors follow in windows, so that memory stays bounded.

    `embedded` passages and `sentences_embedded` have been given to the model so far, and
    `tokens_embedded` are the word pieces of the passages; `on_progress` is called as they grow.
    """

    def __init__(
        self, folder: Path, encoder: TextEncoder, on_progress: Callable[[], None] = lambda: None
    ) -> None:
        self.embedded = 0
        self.sentences_embedded = 0
        self.tokens_embedded = 0
        self._encoder = encoder
        self._on_progress = on_progress
        self._pending: list[New | Copy] = []
        self._pending_vectors = 0
        self._pending_characters = 0
        self.catalog = CatalogWriter(folder / CATALOG)
        self._passages = VectorWriter(folder / PASSAGES, encoder.dim)
        self._sentences = VectorWriter(folder / SENTENCES, encoder.dim)

    def add(
        self,
        record: DocumentRecord,
        passages: Sequence[Passage],
        vectors: Sequence[New | Copy],
        shown_under: Mapping[int, int],
        extracted: str | None = None,
    ) -> None:
        """Append a document; `extracted` is its text if its file is not text.

        `vectors` gives the source of the vectors of each passage. `shown_under` has the numbers of
        passages that are shown under others, and those of the others.
        """
        first_row = self.catalog.passages
        for number, other in shown_under.items():
            self.catalog.show_under(first_row + number - 1, first_row + other - 1)
        self.catalog.add(record, passages, extracted)
        for source in vectors:
            self._pending.append(source)
            self._pending_vectors += 1
            if isinstance(source, New):
                self._pending_vectors += len(source.sentences)
                self._pending_characters += len(source.reading)
            if self._pending_vectors > _WINDOW or self._pending_characters > _WINDOW_CHARACTERS:
                self._flush()

    def close(self) -> None:
        """Write what is pending and make all three files durable."""
        self._flush()
        self.catalog.close()
        self._passages.close()
        self._sentences.close()

    def abandon(self) -> None:
        """Close the files of a build that failed."""
        self.catalog.abandon()
        self._passages.abandon()
        self._sentences.abandon()

    def _flush(self) -> None:
        embedded = self._embed([item for item in self._pending if isinstance(item, New)])
        for item in self._pending:
            if isinstance(item, Copy):
                item.previous.copy(item.rows, self._passages, self._sentences)
            else:
                passage, sentences = next(embedded)
                self._passages.append(passage)
                self._sentences.append(sentences)
        self._pending = []
        self._pending_vectors = 0
        self._pending_characters = 0

    def _embed(
        self, sources: Sequence[New]
    ) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Yield the vector of each passage (1, dim) and those of its sentences (n, dim)."""
        # A passage that is one sentence needs no second vector.
        sentences = [
            () if source.sentences == (source.reading,) else source.sentences for source in sources
        ]
        whole = self._encoder.encode_passages(
            [source.reading for source in sources], on_batch=self._count_passages
        )
        parts = self._encoder.encode_passages(
            [text for texts in sentences for text in texts], on_batch=self._count_sentences
        )
        start = 0
        for row, texts in enumerate(sentences):
            own = whole[row : row + 1]
            yield own, parts[start : start + len(texts)] if texts else own
            start += len(texts)

    def _count_passages(self, texts: int, tokens: int) -> None:
        self.embedded += texts
        self.tokens_embedded += tokens
        self._on_progress()

    def _count_sentences(self, texts: int, _: int) -> None:
        self.sentences_embedded += texts
        self._on_progress()
