"""The documents of a build: the articles of a folder, or texts that are at hand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from index.document import Document
from index.errors import CorpusError
from index.names import is_doc_id, leads_inside
from index.reading.document_reader import DocumentReader, SourceFile
from index.reading.folder import LeftOut, list_files
from index.reading.formats import format_name, reader_of
from index.reading.selection import EVERYTHING, FolderSelection, Selector
from index.store.generation import Generation
from index.store.staleness import Note
from index.types import Reader


class Corpus(Protocol):
    """Documents in order of `doc_id`, which can be gone through more than once.

    `folder` is where they come from, `max_bytes` the limit of their size (None for that of each
    format), and `encoding` that of files which are not in Unicode, or "". `selection` says which
    files of the folder are meant. `kinds` counts the files of other kinds that lie there, and
    `ignored` are the files and folders that patterns leave out. `left_out` tells of the last time
    they were gone through: files whose bytes could not be had. `in_memory` says that there are no
    files to read them from again.
    """

    in_memory: bool

    folder: Path
    max_bytes: int | None
    encoding: str
    selection: FolderSelection
    kinds: list[tuple[str, int]]
    ignored: tuple[LeftOut, ...]
    left_out: list[LeftOut]

    def __str__(self) -> str:
        """Return a name for it, as a part of a sentence."""

    def __len__(self) -> int:
        """Return how many documents there are, or were when they were listed."""

    def __iter__(self) -> Iterator[SourceFile]:
        """Yield every document as bytes, one in memory at a time."""

    def size(self) -> int:
        """Return how many bytes the documents have, as far as they lie in files."""

    def read(self, source: SourceFile) -> Document | LeftOut:
        """Turn the bytes of one of them into its text, or say why it is left out."""

    def write_note(self, generation: Generation) -> None:
        """Write a note that tells later whether the documents have changed."""

    def close(self) -> None:
        """End what reading them has started."""


class Folder:
    """The articles of a folder, as they are listed now; `directory` is that of the index."""

    in_memory = False

    def __init__(
        self,
        folder: Path,
        directory: Path,
        *,
        max_bytes: int | None = None,
        encoding: str = "",
        selection: FolderSelection = EVERYTHING,
    ) -> None:
        self.folder = folder
        self.selection = selection
        self.encoding = encoding
        self.max_bytes = max_bytes
        self._reader = DocumentReader(max_bytes=max_bytes, encoding=encoding)
        selector = Selector(folder, selection)
        self._note = Note(selector, directory)
        listing = list_files(
            folder, max_bytes=max_bytes, index_directory=directory, selector=selector
        )
        self.kinds = listing.kinds
        self.ignored = listing.ignored
        self._doc_ids = listing.doc_ids
        self._not_listed = listing.left_out
        self.left_out = list(self._not_listed)

    def __str__(self) -> str:
        files = "the file" if len(self) == 1 else f"the {len(self)} files"
        return f"{files} in {self.folder}"

    def __len__(self) -> int:
        return len(self._doc_ids)

    def __iter__(self) -> Iterator[SourceFile]:
        self.left_out = list(self._not_listed)
        for doc_id in self._doc_ids:
            stamp = self._note.stamp(doc_id)
            source = self._reader.open(self.folder, doc_id)
            if isinstance(source, LeftOut):
                self.left_out.append(source)
            else:
                self._note.add(source, stamp)
                yield source

    def size(self) -> int:
        """Return the sizes of the files, added up."""
        stamps = map(self._note.stamp, self._doc_ids)
        return sum(stamp[0] for stamp in stamps if stamp is not None)

    def read(self, source: SourceFile) -> Document | LeftOut:
        """Read one of them."""
        return self._reader.read(source)

    def write_note(self, generation: Generation) -> None:
        """Write the note of sizes and times beside the generation."""
        self._note.write(generation)

    def close(self) -> None:
        """End the process that reads, if there is one."""
        self._reader.close()


class Texts:
    """Documents at hand, as if they stood in `folder`."""

    in_memory = True

    def __init__(self, documents: Sequence[Document], folder: Path) -> None:
        for document in documents:
            check_doc_id(document.doc_id)
        self.folder = folder
        self.max_bytes: int | None = None
        self.encoding = ""
        self.selection = EVERYTHING
        self.kinds: list[tuple[str, int]] = []
        self.ignored: tuple[LeftOut, ...] = ()
        self.left_out: list[LeftOut] = []
        self._documents = {
            document.doc_id: document
            for document in sorted(documents, key=lambda document: document.doc_id)
        }

    def __str__(self) -> str:
        return f"the {len(self)} texts given"

    def __len__(self) -> int:
        return len(self._documents)

    def __iter__(self) -> Iterator[SourceFile]:
        for document in self._documents.values():
            reader = reader_of(document.format or format_name(document.doc_id))
            if document.stated:
                own = hashlib.sha256(repr(document.stated).encode()).hexdigest()[:16]
                reader = Reader(reader.format, f"{reader.version}, stated {own}")
            yield SourceFile(document.doc_id, document.sha256, reader, b"")

    def size(self) -> int:
        """Return 0: they lie in no files."""
        return 0

    def read(self, source: SourceFile) -> Document | LeftOut:
        """Return one of them."""
        return self._documents[source.doc_id]

    def write_note(self, generation: Generation) -> None:
        """Do nothing: texts at hand have no folder that could change."""

    def close(self) -> None:
        """Do nothing: they are read."""


def check_doc_id(doc_id: str) -> None:
    """Raise CorpusError with the reason unless a document may have this name."""
    if is_doc_id(doc_id):
        return
    if not doc_id.strip():
        reason = "is empty: give a name"
    elif not leads_inside(doc_id):
        reason = "cannot be an id: it may not begin with / nor have .. between slashes"
    else:
        reason = "cannot be an id: it holds control characters"
    raise CorpusError(f"{doc_id!r} {reason}")
