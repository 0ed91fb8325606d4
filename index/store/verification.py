"""Verifying an index: every byte, a sample of vectors, and every citation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from embed import TextEncoder
from index.document import Document
from index.reading.document_reader import DocumentReader
from index.reading.folder import LeftOut
from index.store.checked_files import damaged_file
from index.store.embedded_texts import sentence_texts
from index.store.layout import CATALOG, PASSAGES, ROUNDED, SENTENCES
from index.store.open_index import OpenIndex
from index.store.rounded_vectors import check_rounded
from index.types import DocumentRecord, cut_spans

SAMPLE = 32
"""Passages that are embedded again, spread over the whole index."""

# How far a vector may lie, in any component, from the stored one: another processor rounds
# otherwise; another text or model is much further off.
_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True)
class Moved:
    """A document in which passages no longer stand where they are cited.

    `numbers` are those of the passages; `reason` says what became of the document.
    """

    doc_id: str
    reason: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class IndexVerification:
    """The result of a verification.

    `bytes` were hashed, `vectors` were computed again, and `passages` still stand where they are
    cited.

    `largest_difference` is that of any component of the vectors. `moved` names the documents
    in which passages no longer stand where they are cited, because the file has changed.
    """

    bytes: int
    vectors: int
    largest_difference: float
    passages: int
    moved: tuple[Moved, ...]


def verify(index: OpenIndex, encoder: TextEncoder) -> IndexVerification:
    """Read everything again; DamagedIndexError if the index itself is not as it was written."""
    index.generation.check_model(encoder)
    index.generation.verify()
    index.catalog.check()
    _check_copies(index)
    vectors, difference = _compare_vectors(index, encoder)
    moved = tuple(_moved(index))
    return IndexVerification(
        bytes=index.generation.size,
        vectors=vectors,
        largest_difference=difference,
        passages=index.passages.rows - sum(len(entry.numbers) for entry in moved),
        moved=moved,
    )


def _check_copies(index: OpenIndex) -> None:
    """Raise DamagedIndexError unless the 8-bit copies are those of the vectors."""
    rounding = index.generation.manifest.rounding
    for vectors, name, rounded in zip(
        (index.passages, index.sentences), ROUNDED, rounding, strict=False
    ):
        check_rounded(vectors, index.generation.file(name), rounded)


def _compare_vectors(index: OpenIndex, encoder: TextEncoder) -> tuple[int, float]:
    """Embed a sample again; return the number of vectors, and the largest difference."""
    largest = 0.0
    count = 0
    for row in _sample(index.passages.rows):
        found = index.catalog.passage(row)
        passage = found.passage
        texts = [passage.reading, *sentence_texts(passage, found.document.title_at(row))]
        first, last = int(index.bounds[row]), int(index.bounds[row + 1])
        stored = np.concatenate(
            [index.passages.take(row, row + 1), index.sentences.take(first, last)]
        )
        if len(stored) != len(texts):
            raise damaged_file(
                index.generation.file(CATALOG),
                f"has other sentences of {passage.passage_id} than were embedded",
            )
        differences = np.abs(encoder.encode_passages(texts) - stored).max(axis=1)
        if not (differences <= _TOLERANCE).all():
            file = PASSAGES if not differences[0] <= _TOLERANCE else SENTENCES
            raise damaged_file(
                index.generation.file(file), f"has other vectors of {passage.passage_id}"
            )
        largest = max(largest, float(differences.max()))
        count += len(texts)
    return count, largest


def _sample(rows: int) -> Sequence[int]:
    """Return rows from the first to the last, evenly spread."""
    return sorted({round(row) for row in np.linspace(0, rows - 1, min(SAMPLE, rows))})


def _moved(index: OpenIndex) -> Iterator[Moved]:
    generation = index.generation
    manifest = generation.manifest
    with DocumentReader(max_bytes=manifest.max_bytes, encoding=manifest.encoding) as reader:
        for record in index.catalog.documents():
            document = reader.document(generation.corpus, record.doc_id)
            passages = index.catalog.passages_of(record)
            if isinstance(document, LeftOut):
                numbers = tuple(passage.number for passage in passages)
                yield Moved(record.doc_id, document.reason, numbers)
                continue
            # Nor does a passage stand there whose page is another one now.
            anchors = document.structure.anchors if document.structure else ()
            numbers = tuple(
                p.number
                for p in passages
                if not p.stands_in(document.text) or p.anchors != cut_spans(anchors, p.start, p.end)
            )
            if numbers:
                yield Moved(record.doc_id, _reason(record, document), numbers)


def _reason(record: DocumentRecord, document: Document) -> str:
    if record.sha256 == document.sha256:
        return "cited wrongly: please report this"
    return "changed"
