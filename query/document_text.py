"""The text of a document, in which the offsets of its passages count."""

from __future__ import annotations

from index import CorpusError, DocumentReader, LeftOut
from query.places import document_of
from query.searcher import Searcher


def document_text(searcher: Searcher, doc_id: str) -> str:
    """Return the text of a document: as the index keeps it, or else from its file.

    Raises NoSuchPassageError if there is no such document, and CorpusError if its file is gone or
    has changed since it was indexed.
    """
    document = document_of(searcher, doc_id)
    kept = searcher.text_of(document)
    if kept is not None:
        return kept
    folder = searcher.folder_of(document)
    with DocumentReader(max_bytes=folder.max_bytes, encoding=folder.encoding) as reader:
        found = reader.document(searcher.corpus, doc_id)
    if isinstance(found, LeftOut):
        raise CorpusError(f"{doc_id} cannot be read again: {found.reason}")
    if found.sha256 != document.sha256:
        raise CorpusError(f"{doc_id} has changed since it was indexed: build the index again")
    return found.text
