"""The documents of a build: the articles of a folder, or texts that are at hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from index.errors import CorpusError
from index.names import is_doc_id, leads_inside
from index.reading.folder import MAX_BYTES, LeftOut, list_files, read_document
from index.store.generation import Generation
from index.store.staleness import Note
from index.types import Document


class Corpus(Protocol):
    """Documents in order of `doc_id`, which can be gone through more than once.

    `folder` is where they come from, `max_bytes` the limit of their size, and `encoding` that of
    files which are not in Unicode, or "". `kinds` counts the files of other kinds that lie there.
    `left_out`, `replaced` with the number of bytes that were not text by `doc_id`, and `encodings`
    with what files were taken for that are not in UTF-8, tell of the last time they were gone
    through.
    """

    folder: Path
    max_bytes: int
    kinds: list[tuple[str, int]]
    left_out: list[LeftOut]
    replaced: dict[str, int]
    encoding: str
    encodings: dict[str, str]

    def __str__(self) -> str:
        """Return a name for it, as a part of a sentence."""

    def __len__(self) -> int:
        """Return how many documents there are, or were when they were listed."""

    def __iter__(self) -> Iterator[Document]:
        """Yield every document, one in memory at a time."""

    def write_note(self, generation: Generation) -> None:
        """Write a note that tells later whether the documents have changed."""


class Folder:
    """The articles of a folder, as they are listed now; `directory` is that of the index."""

    def __init__(
        self, folder: Path, directory: Path, *, max_bytes: int = MAX_BYTES, encoding: str = ""
    ) -> None:
        self.folder = folder
        self.encoding = encoding
        self.encodings: dict[str, str] = {}
        self.max_bytes = max_bytes
        self.replaced: dict[str, int] = {}
        self._note = Note(folder, directory)
        listing = list_files(folder, max_bytes=max_bytes, index_directory=directory)
        self.kinds = listing.kinds
        self._doc_ids = listing.doc_ids
        self._not_listed = listing.left_out
        self.left_out = list(self._not_listed)

    def __str__(self) -> str:
        return f"the {len(self)} files in {self.folder}"

    def __len__(self) -> int:
        return len(self._doc_ids)

    def __iter__(self) -> Iterator[Document]:
        self.left_out = list(self._not_listed)
        self.replaced, self.encodings = {}, {}
        for doc_id in self._doc_ids:
            stamp = self._note.stamp(doc_id)
            found = read_document(
                self.folder, doc_id, max_bytes=self.max_bytes, encoding=self.encoding
            )
            if isinstance(found, Document):
                self._note.add(found, stamp)
                if found.replaced:
                    self.replaced[found.doc_id] = found.replaced
                if found.encoding:
                    self.encodings[found.doc_id] = found.encoding
                yield found
            else:
                self.left_out.append(found)

    def write_note(self, generation: Generation) -> None:
        """Write the note of sizes and times beside the generation."""
        self._note.write(generation)


class Texts:
    """Documents at hand, as if they stood in `folder`."""

    def __init__(self, documents: Sequence[Document], folder: Path) -> None:
        for document in documents:
            check_doc_id(document.doc_id)
        self.folder = folder
        self.max_bytes = MAX_BYTES
        self.encoding = ""
        self.encodings: dict[str, str] = {}
        self.kinds: list[tuple[str, int]] = []
        self.left_out: list[LeftOut] = []
        self.replaced = {
            document.doc_id: document.replaced for document in documents if document.replaced
        }
        self._documents = sorted(documents, key=lambda document: document.doc_id)

    def __str__(self) -> str:
        return f"the {len(self)} texts given"

    def __len__(self) -> int:
        return len(self._documents)

    def __iter__(self) -> Iterator[Document]:
        return iter(self._documents)

    def write_note(self, generation: Generation) -> None:
        """Do nothing: texts at hand have no folder that could change."""


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
