"""What the folder of an index holds now, and exactly what has changed since it was indexed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from index.names import printable
from index.reading.document_reader import DocumentReader
from index.reading.folder import LeftOut, list_folder
from index.reading.selection import Selector
from index.store.generation import Generation
from index.types import DocumentRecord, Refusal


@dataclass(frozen=True, slots=True)
class Changes:
    """The doc_ids that were added, changed and deleted since the folder was indexed, in order."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.deleted)


@dataclass(frozen=True, slots=True)
class FolderNow:
    """What the folder of an index holds now.

    `sha256` is that of each article by doc_id. `not_read` are the other files, and why they are
    not read; `kinds` counts those of other kinds, `refused` are those that cannot be read, and
    `ignored` are the files and folders that patterns leave out. All are empty if the folder is
    gone.
    """

    sha256: Mapping[str, str]
    not_read: Sequence[LeftOut]
    kinds: Sequence[tuple[str, int]]
    refused: Sequence[LeftOut] = ()
    ignored: Sequence[LeftOut] = ()

    @classmethod
    def read(cls, generation: Generation, refusals: Sequence[Refusal]) -> FolderNow:
        """Look at every file of the folder that `generation` was made from.

        `refusals` are the files that could not be read then. Raises CorpusError if the folder is
        there and cannot be listed, or if a `.passageignore` cannot be read.
        """
        folder, manifest = generation.corpus, generation.manifest
        max_bytes = manifest.max_bytes
        if generation.corpus_is_gone:
            return cls({}, (), ())
        listing = list_folder(
            folder,
            max_bytes=max_bytes,
            index_directory=generation.path.parent,
            selector=Selector(folder, manifest.selection),
        )
        sha256: dict[str, str] = {}
        not_read = listing.not_read
        known = {refusal.doc_id: refusal for refusal in refusals}
        refused: list[LeftOut] = []
        with DocumentReader(max_bytes=max_bytes, encoding=manifest.encoding) as reader:
            for doc_id in listing.doc_ids:
                found = reader.open(folder, doc_id)
                if isinstance(found, LeftOut):
                    not_read.append(found)
                elif doc_id in known and known[doc_id].sha256 == found.sha256:
                    refused.append(LeftOut(printable(doc_id), known[doc_id].reason))
                else:
                    sha256[doc_id] = found.sha256
        not_read = sorted([*not_read, *refused], key=lambda entry: entry.path)
        return cls(sha256, not_read, listing.kinds, refused, listing.ignored)

    def changes_since(self, documents: Iterable[DocumentRecord]) -> Changes:
        """Compare the articles with what the index holds of them."""
        indexed = {record.doc_id: record.sha256 for record in documents}
        found = self.sha256
        return Changes(
            added=tuple(doc_id for doc_id in found if doc_id not in indexed),
            changed=tuple(d for d, sha256 in found.items() if indexed.get(d, sha256) != sha256),
            deleted=tuple(doc_id for doc_id in indexed if doc_id not in found),
        )
