"""Writing the rows of a generation: in the catalog, and their vectors, copied or embedded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.store.catalog_writer import CatalogWriter
from index.store.embedded_texts import sentence_texts
from index.store.embedding import Embedding, PassageEncoder
from index.store.kept import Kept
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
    """A passage whose vectors are to be made, as it is read, and its word pieces.

    `sentences` are the texts of its sentences as they are read, the title over it, if any, before
    them.
    """

    reading: str
    sentences: tuple[str, ...]
    tokens: int

    @classmethod
    def of(cls, passage: Passage, tokens: int, title: str = "") -> New:
        """Return a passage as it is read, and the title that stands over it, if any."""
        return cls(passage.reading, tuple(sentence_texts(passage, title)), tokens)

    @property
    def own_sentences(self) -> tuple[str, ...]:
        """The sentences that need a vector: a passage that is one sentence has its own."""
        return () if self.sentences == (self.reading,) else self.sentences


@dataclass(frozen=True, slots=True)
class Copy:
    """Rows of the generation before whose vectors are taken over."""

    previous: Previous
    rows: range


class RowWriter:
    """Writes documents in order; the vectors follow in windows, so that memory stays bounded.

    `embedding` makes the vectors, and counts. `bytes_done` are those of the sources whose vectors
    are there; `on_progress` is called as they grow, with the document that is being embedded, or ""
    if several share the work. `kept` has the vectors of a build that was stopped. `portions` is how
    many times as much as usual is embedded together: many workers need more to share.
    """

    def __init__(
        self,
        folder: Path,
        encoder: PassageEncoder,
        on_progress: Callable[[str], None] = lambda _: None,
        kept: Kept | None = None,
        portions: int = 1,
    ) -> None:
        self.bytes_done = 0.0
        self.embedding = Embedding(encoder, kept, self._count_work, portions)
        self._portions = portions
        self._on_progress = on_progress
        self._pending: list[New | Copy] = []
        self._pending_documents: dict[str, float] = {}
        self._pending_vectors = 0
        self._pending_characters = 0
        self._work = _Work()
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
        size: int = 0,
    ) -> None:
        """Append a document; `extracted` is its text if its file is not text.

        `vectors` gives the source of the vectors of each passage. `shown_under` has the numbers of
        passages that are shown under others, and those of the others. `size` is that of the source
        in bytes.
        """
        first_row = self.catalog.passages
        for number, other in shown_under.items():
            self.catalog.show_under(first_row + number - 1, first_row + other - 1)
        self.catalog.add(record, passages, extracted)
        self._pend(record.doc_id, 0 if vectors else size)
        for source in vectors:
            self._pending.append(source)
            self._pend(record.doc_id, size / len(vectors))
            self._pending_vectors += 1
            if isinstance(source, New):
                self._pending_vectors += len(source.sentences)
                self._pending_characters += len(source.reading)
            if self._is_full():
                self._flush()

    def skip(self, size: int) -> None:
        """Pass over a source of so many bytes, of which nothing is written."""
        self.bytes_done += size

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

    def _pend(self, doc_id: str, size: float) -> None:
        self._pending_documents[doc_id] = self._pending_documents.get(doc_id, 0.0) + size

    def _is_full(self) -> bool:
        most, characters = _WINDOW * self._portions, _WINDOW_CHARACTERS * self._portions
        return self._pending_vectors > most or self._pending_characters > characters

    def _flush(self) -> None:
        new = [item for item in self._pending if isinstance(item, New)]
        self._work = _Work.of(new, self.bytes_done, self._pending_documents)
        embedded = self._embed(new)
        for item in self._pending:
            if isinstance(item, Copy):
                item.previous.copy(item.rows, self._passages, self._sentences)
            else:
                passage, sentences = next(embedded)
                self._passages.append(passage)
                self._sentences.append(sentences)
        self.bytes_done = self._work.end
        self._pending = []
        self._pending_documents = {}
        self._pending_vectors = 0
        self._pending_characters = 0

    def _embed(
        self, sources: Sequence[New]
    ) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Yield the vector of each passage (1, dim) and those of its sentences (n, dim)."""
        texts = [source.reading for source in sources]
        whole = self.embedding.passages(texts, [source.tokens for source in sources])
        parts = self.embedding.sentences([text for s in sources for text in s.own_sentences])
        start = 0
        for row, source in enumerate(sources):
            own = whole[row : row + 1]
            count = len(source.own_sentences)
            yield own, parts[start : start + count] if count else own
            start += count

    def _count_work(self, tokens: int) -> None:
        self.bytes_done = self._work.after(tokens)
        self._on_progress(self._work.doc_id)


@dataclass(slots=True)
class _Work:
    """How far a window is: `tokens` of those that are expected, between two numbers of bytes.

    `doc_id` is the document that most of it is of, or "".
    """

    begin: float = 0.0
    end: float = 0.0
    expected: float = 1.0
    doc_id: str = ""
    tokens: int = 0

    @classmethod
    def of(cls, sources: Sequence[New], begin: float, sizes: Mapping[str, float]) -> _Work:
        """Return the work on a window, given the bytes of each document in it.

        The tokens of sentences are estimated.
        """
        size = sum(sizes.values())
        largest = max(sizes, key=sizes.__getitem__, default="")
        doc_id = largest if 2 * sizes.get(largest, 0) > size else ""
        tokens = sum(source.tokens for source in sources)
        whole = sum(len(source.reading) for source in sources)
        parts = sum(len(text) for source in sources for text in source.own_sentences)
        expected = max(tokens * (1 + parts / max(whole, 1)), 1.0)
        return cls(begin, begin + size, expected, doc_id)

    def after(self, tokens: int) -> float:
        """Return how many bytes are done after so many more tokens."""
        self.tokens += tokens
        return self.begin + (self.end - self.begin) * min(self.tokens / self.expected, 1.0)
