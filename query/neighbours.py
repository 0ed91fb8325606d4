"""Passages by their place in a document: the neighbours of a hit, a passage by its id."""

from __future__ import annotations

import re
from collections.abc import Iterable

from embed.errors import PassageSearchError
from index import DocumentRecord, Passage
from query.hits import Hit
from query.searcher import Searcher

_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


class NoSuchPassageError(PassageSearchError):
    """The index that was asked has no such passage."""


def expand(searcher: Searcher, hit: Hit, before: int = 1, after: int = 1) -> tuple[Passage, ...]:
    """Return the passage of a hit among its neighbours in the document, in order of reading.

    At most `before` passages before it and `after` after it. Raises NoSuchPassageError if
    the hit is from another generation of the index, in which passages have other numbers.
    """
    passages = around(searcher, hit.document, hit.passage.number, before, after)
    if hit.passage not in passages:
        raise NoSuchPassageError(
            f"{hit.passage.passage_id} is not what it was when it was found: "
            "the index has changed since, ask the question again"
        )
    return passages


def around(
    searcher: Searcher, document: DocumentRecord, number: int, before: int, after: int
) -> tuple[Passage, ...]:
    """Return the passage `number` with at most `before` ones before it and `after` ones after."""
    if before < 0 or after < 0:
        raise NoSuchPassageError(
            f"{before} passages before and {after} after: ask for none or more of each"
        )
    return searcher.passages_of(document, number - before, number + after)


def read(
    searcher: Searcher, passage_id: str, before: int = 0, after: int = 0
) -> tuple[DocumentRecord, tuple[Passage, ...]]:
    """Return a passage by its id, among its neighbours, with the document that they stand in."""
    document, number = _locate(searcher.documents(), passage_id)
    return document, around(searcher, document, number, before, after)


def document_of(searcher: Searcher, doc_id: str) -> DocumentRecord:
    """Return the document of that name; NoSuchPassageError if there is none."""
    for record in searcher.documents():
        if record.doc_id == doc_id:
            return record
    raise NoSuchPassageError(f"no document {doc_id!r}: give the doc_id of one that was indexed")


def _locate(documents: Iterable[DocumentRecord], passage_id: str) -> tuple[DocumentRecord, int]:
    """Return the document and the number of a passage by its id, or raise NoSuchPassageError."""
    doc_id, _, number = passage_id.rpartition("#")
    document = next((record for record in documents if record.doc_id == doc_id), None)
    if document is None or not _NUMBER.fullmatch(number) or int(number) > document.passages:
        last = f" to {document.passages}" if document else ""
        raise NoSuchPassageError(
            f"no passage {passage_id!r}: an id is that of a document, #, and a number from 1{last}"
        )
    return document, int(number)
