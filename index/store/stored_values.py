"""Values as a store of an index holds them, read back and checked.

A store may have been filled by anybody. Whatever stands in it, what is read has the right types and
stays in its range, or one of ValueError and TypeError is raised.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.names import is_doc_id
from index.store.columns import (
    read_anchors,
    read_fields,
    read_gaps,
    read_head_spans,
    read_markup,
    read_texts,
)
from index.types import DocumentRecord, Head, Passage, Reader, Refusal, Sentence

PASSAGE_COLUMNS = (
    'number, start, "end", line, text, gaps, markup, path, table_header, anchors, '
    "first_sentence, sentences"
)

# The types of the columns of a document, from doc_id on, and of a passage, from number on.
_DOCUMENT_TYPES = (str,) * 8 + (int,) * 3 + (str,) * 3 + (int, str)
PASSAGE_TYPES = (int,) * 4 + (str,) * 6 + (int,) * 2


def read_first_sentences(data: bytes, passages: int, sentences: int) -> NDArray[np.int64]:
    """Return the row of the title or first sentence of each passage, int64 (passages,)."""
    firsts = np.frombuffer(data, dtype=np.dtype("<i8"))
    if len(firsts) != passages:
        raise ValueError(f"sentences of {len(firsts)} passages")
    bounds = np.concatenate(([-1], firsts, [sentences]))
    # Each passage has a sentence of its own: both ends and every step are checked at once.
    if not (bounds[1:] > bounds[:-1]).all() or (len(firsts) and firsts[0] != 0):
        raise ValueError("sentences out of order")
    return firsts


def read_shown_under(data: bytes, passages: int) -> NDArray[np.int64]:
    """Return the pairs of a row and the row that it is shown under, int64 (pairs, 2)."""
    pairs = np.frombuffer(data, dtype=np.dtype("<i8")).reshape(-1, 2)
    if len(pairs) and not 0 <= pairs.min() <= pairs.max() < passages:
        raise ValueError("passages shown under others that are not there")
    return pairs


def read_windows(data: bytes, passages: int) -> NDArray[np.uint8]:
    """Return the window of each passage, uint8 (passages, 3): see `index.windows`."""
    windows = np.frombuffer(data, dtype=np.uint8).reshape(-1, 3)
    if len(windows) != passages:
        raise ValueError(f"windows of {len(windows)} passages")
    rows = np.arange(len(windows))
    before, after, words = windows.T
    if (before > rows).any() or (after >= len(rows) - rows).any() or (words < 1).any():
        raise ValueError("windows that reach beyond its passages")
    return windows


def read_lengths(data: bytes, passages: int) -> NDArray[np.int32]:
    """Return the words of each passage and of what stands over it, int32 (passages,)."""
    lengths = np.frombuffer(data, dtype=np.dtype("<i4"))
    if len(lengths) != passages or (lengths < 0).any():
        raise ValueError(f"lengths of {len(lengths)} passages")
    return lengths


def records_of(
    found: Sequence[Sequence[Any]], documents: int, passages: int
) -> list[DocumentRecord]:
    """Return all documents from the rows of their table, which must hold so many passages."""
    records = [record_of(values) for values in found]
    row = 0
    for record in records:
        if record.first_row != row:
            raise ValueError(f"{record.doc_id} begins at row {record.first_row}, not {row}")
        row += record.passages
    if row != passages or len(records) != documents:
        raise ValueError("documents and passages do not fit together")
    return records


def check_types(values: Sequence[object], types: tuple[type, ...]) -> None:
    """Raise TypeError unless the values have these types: SQLite keeps any type in any column."""
    if tuple(map(type, values)) != types:
        raise TypeError(f"values of types {', '.join(type(value).__name__ for value in values)}")


def check_place(doc_id: str, values: Sequence[Any]) -> None:
    """Raise unless a row of the passages has the right types, and a place as long as its text."""
    check_types(values, PASSAGE_TYPES)
    number, start, end, line, text, *_, first, count = values
    if min(start, number - 1, line, first) < 0 or end - start < len(text):
        raise ValueError(f"{doc_id}#{number} does not fit its place")
    if not 0 < count <= len(text):
        raise ValueError(f"{doc_id}#{number} has {count} sentences")


def passage_of(doc_id: str, values: Sequence[Any], spans: Iterator[tuple[int, int]]) -> Passage:
    """Return the passage of a row, which takes its sentences off `spans`."""
    number, start, end, line, text, gaps, markup, path, table_header, anchors, _, count = values
    passage = Passage(
        doc_id,
        number,
        start,
        end,
        line,
        text,
        _sentences(spans, count, start, end),
        read_gaps(gaps, start, end),
        read_markup(markup, start, end),
        read_texts(path),
        table_header,
        read_anchors(anchors, start, end),
    )
    if passage.place_of(end) != len(text):
        raise ValueError(f"{doc_id}#{number} does not fit its place")
    return passage


def _sentences(
    spans: Iterator[tuple[int, int]], count: int, start: int, end: int
) -> tuple[Sentence, ...]:
    """Return the next `count` spans as the sentences of the passage from `start` to `end`."""
    sentences = []
    for first, last in islice(spans, count):
        check_types((first, last), (int, int))
        if not start <= first < last <= end:
            raise ValueError(f"a sentence from {first} to {last} in {start} to {end}")
        sentences.append(Sentence(first, last))
        start = last
    if len(sentences) != count:
        raise ValueError(f"{len(sentences)} sentences, not {count}")
    return tuple(sentences)


def refusal_of(values: Sequence[Any]) -> Refusal:
    """Return a file that could not be read from a row of its table."""
    check_types(values[1:], (str,) * 5)
    doc_id, sha256, form, version, reason = values[1:]
    if not is_doc_id(doc_id):
        raise ValueError(f"a file called {doc_id!r}")
    return Refusal(doc_id, sha256, Reader(form, version), reason)


def record_of(values: Sequence[Any]) -> DocumentRecord:
    """Return a document from a row of its table; raise if a build could not have written it."""
    check_types(values[1:], _DOCUMENT_TYPES)
    doc_id, sha256, title, subtitle, byline, date, fields, spans, *rest = values[1:]
    head = Head(title, subtitle, byline, date, read_fields(fields), read_head_spans(spans))
    *counts, form, version, encoding, replaced, notes = rest
    reader = Reader(form, version)
    tokens, first_row, passages = counts
    record = DocumentRecord(
        doc_id,
        sha256,
        head,
        tokens,
        first_row,
        passages,
        reader,
        replaced,
        encoding,
        read_texts(notes),
    )
    if not is_doc_id(record.doc_id):
        raise ValueError(f"a document called {record.doc_id!r}")
    if min(record.passages, record.first_row, record.replaced) < 0:
        raise ValueError(f"{record.doc_id} has {record.passages} passages")
    return record
