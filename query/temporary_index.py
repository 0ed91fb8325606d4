"""Indexes built on the spot, in a temporary directory, for a prototype that has none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from index import (
    CorpusError,
    Document,
    DocumentReader,
    EncoderSource,
    LeftOut,
    SourceDocument,
    build_index,
    build_texts,
    check_doc_id,
    document_of,
    words_of,
)
from query.texts import texts_by_id

if TYPE_CHECKING:
    from embed import TextEncoder
    from query.texts import Texts


def index_folder(
    folder: str | os.PathLike[str], encoder: TextEncoder | None = None
) -> tuple[Path, TextEncoder]:
    """Index the articles of a folder, nothing written into it; gives index directory and encoder.

    The caller removes the directory. Raises CorpusError if there is nothing to index.
    """
    if not os.fspath(folder):  # which would be the working directory
        raise CorpusError(
            "the path of the folder is empty: give the folder that holds the articles"
        )
    opened = encoder or _packaged()
    source = EncoderSource.of(opened)
    return _in_temporary(lambda directory: build_index(Path(folder), directory, source)), opened


def index_texts(texts: Texts, encoder: TextEncoder | None = None) -> tuple[Path, TextEncoder]:
    """Index texts by their ids, which become their doc_ids; gives index directory and encoder.

    The ids of a list are "1", "2" and so on. A text is read as a file of that name would be: as
    Markdown if the id ends in `.md`. A SourceDocument may name another format. The caller removes
    the directory. Raises CorpusError for no text, no word in any of them, an id that cannot be
    cited, an unknown format, or a document that cannot be read.
    """
    named = texts_by_id(texts)
    for doc_id, text in named.items():
        if not isinstance(doc_id, str):
            raise CorpusError(f"the id {doc_id!r} is not a str")
        if not isinstance(text, str | SourceDocument):
            raise CorpusError(f"the text of {doc_id!r} is not a str")
        check_doc_id(doc_id)
    with DocumentReader() as reader:
        documents = [_read(doc_id, source, reader) for doc_id, source in named.items()]
    if not any(words_of(document.text) for document in documents):
        raise CorpusError(f"nothing to index: the {len(documents)} texts given hold no word")
    opened = encoder or _packaged()
    source = EncoderSource.of(opened)
    return _in_temporary(lambda directory: build_texts(documents, directory, source)), opened


def _read(doc_id: str, source: str | SourceDocument, reader: DocumentReader) -> Document:
    document = document_of(doc_id, source, reader)
    if isinstance(document, LeftOut):
        raise CorpusError(f"{doc_id!r} cannot be read: {document.reason}")
    return document


def _packaged() -> TextEncoder:
    from embed.encoder import Encoder

    return Encoder.load()


def _in_temporary(build: Callable[[Path], object]) -> Path:
    """Return a new directory that `build` has filled; it is removed if that fails."""
    directory = Path(tempfile.mkdtemp(prefix="passage-search-"))
    try:
        build(directory)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    return directory
