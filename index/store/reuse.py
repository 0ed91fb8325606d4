"""Reusing the generation before: its passages and vectors need not be computed again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Self

from index.errors import DamagedIndexError, FormatError, NoIndexError
from index.store.catalog_schema import digest_of
from index.store.embedded_texts import sentence_texts
from index.store.open_index import OpenIndex
from index.store.vectors import Vectors, VectorWriter
from index.types import DocumentRecord, Passage, Refusal, embedded_title

if TYPE_CHECKING:
    from index.reading.document_reader import SourceFile

# Rows with a passage's words that are looked at for one with its very text and sentences.
_MOST_ALIKE = 16

# Vectors in memory at once while they are copied.
_WINDOW = 4096


class Previous:
    """An opened generation that was made with the same model.

    Its vectors can be taken over for equal texts. Its documents can be if they were read and split
    by the same code: by the same `splitter`, in the same `encoding`, and with the same reader.
    `documents` and `refusals` are those of the same splitter and encoding, in order of `doc_id`.
    """

    def __init__(self, index: OpenIndex, splitter: str, encoding: str) -> None:
        self.generation = index.generation
        self._index = index
        manifest = index.generation.manifest
        self.documents: list[DocumentRecord] = []
        self.refusals: list[Refusal] = []
        if (manifest.splitter, manifest.encoding) == (splitter, encoding):
            self.documents = index.catalog.documents()
            self.refusals = index.catalog.refusals()
        self._by_content = {(record.sha256, record.reader): record for record in self.documents}
        self._refused = {(refusal.sha256, refusal.reader): refusal for refusal in self.refusals}
        self._sources = {
            source.doc_id: (source.sha256, source.reader)
            for listed in (self.documents, self.refusals)
            for source in listed
        }

    @classmethod
    def open(
        cls, directory: Path, made_with: tuple[str, str], splitter: str, encoding: str
    ) -> Self | None:
        """Open the generation in use; None if there is none, or if it cannot be reused.

        It can be reused if its model fingerprint and precision are `made_with`. Every byte is
        verified, however large it is, since it is about to be copied and hashed anew. Raises
        FormatError if a newer version wrote it: that is not ours to replace.
        """
        try:
            index = OpenIndex.open(directory)
        except (NoIndexError, DamagedIndexError):
            return None
        except FormatError as error:
            if error.newer:
                raise
            return None
        try:
            manifest = index.generation.manifest
            if (manifest.fingerprint, manifest.precision) == made_with:
                index.generation.verify()
                return cls(index, splitter, encoding)
        except DamagedIndexError:
            pass
        index.close()
        return None

    def close(self) -> None:
        """Close its files."""
        self._index.close()

    def has_exactly(
        self, sources: Iterable[SourceFile], fails_again: Callable[[SourceFile], bool]
    ) -> bool:
        """Return whether it was made from these files, read as they would be now.

        A file that it does not have may have been one that could not be read then, and was not
        kept: `fails_again` tries to read it.
        """
        left = dict(self._sources)
        for source in sources:
            known = left.pop(source.doc_id, None)
            if known != (source.sha256, source.reader) and (known or not fails_again(source)):
                return False
        return not left

    def refusal_of(self, source: SourceFile) -> str | None:
        """Return why a file with the same bytes could not be read by the same reader, or None."""
        refusal = self._refused.get((source.sha256, source.reader))
        return None if refusal is None else refusal.reason

    def same_document(self, source: SourceFile) -> DocumentRecord | None:
        """Return a document with the same bytes, reader and title over it, or None."""
        record = self._by_content.get((source.sha256, source.reader))
        if record is None:
            return None
        same_title = embedded_title(record.head, source.doc_id) == record.title_at(record.first_row)
        return record if same_title else None

    def extracted_text(self, record: DocumentRecord) -> str | None:
        """Return the text of a document whose file is not text, else None."""
        return self._index.catalog.extracted_text(record)

    def passages_of(self, record: DocumentRecord) -> list[Passage]:
        """Return every passage of a document, in order."""
        return self._index.catalog.passages_of(record)

    def shown_under(self, record: DocumentRecord) -> dict[int, int]:
        """Return the numbers of passages that are shown under others, and those of the others."""
        first = record.first_row - 1
        return {
            int(row) - first: int(other) - first
            for row, other in self._index.shown_under
            if row in record.rows
        }

    def row_of(self, passage: Passage, title: str) -> int | None:
        """Return a row of any document whose vectors are of the same texts, or None."""
        catalog = self._index.catalog
        for row in catalog.rows_saying(digest_of(passage.reading), _MOST_ALIKE):
            stored = catalog.passage(row)
            own = sentence_texts(stored.passage, stored.document.title_at(row))
            if stored.passage.reading == passage.reading and own == sentence_texts(passage, title):
                return row
        return None

    def copy(self, rows: range, passages: VectorWriter, sentences: VectorWriter) -> None:
        """Append the vectors of these passages, and of all their sentences, to the writers."""
        bounds = self._index.bounds
        _copy(self._index.passages, rows, passages)
        _copy(self._index.sentences, range(bounds[rows.start], bounds[rows.stop]), sentences)


def _copy(vectors: Vectors, rows: range, writer: VectorWriter) -> None:
    for start in range(rows.start, rows.stop, _WINDOW):
        some = vectors.take(start, min(start + _WINDOW, rows.stop))
        try:
            writer.append(some)
        except ValueError as error:
            raise DamagedIndexError(f"the index before cannot be taken over: {error}") from error
