"""The one recipe for an index: read, split, embed what changed, publish."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from embed import ModelError, TextEncoder
from embed.wording import listed
from index.build_workers import Asked, BuildWorkers, ThisProcess, WorkersSource
from index.document import Document
from index.errors import (
    BuildError,
    CorpusError,
    DamagedIndexError,
    OtherFolderError,
    WorkersError,
    system_message,
)
from index.names import printable
from index.reading.corpus import Corpus, Folder, Texts
from index.reading.document_reader import SourceFile
from index.reading.folder import LeftOut, NotReadNow, list_files
from index.reading.formats import splitter_id
from index.reading.selection import EVERYTHING, FolderSelection, Selector
from index.scoring.calibration import calibrate, learnt_with
from index.splitting.split_document import SplitDocument
from index.store import rounded_vectors
from index.store.build_command import BuildSettings
from index.store.generation import Generation
from index.store.kept import Kept, keeping, kept_in, remove_kept
from index.store.layout import PASSAGES, ROUNDED, SENTENCES
from index.store.manifest import Manifest, Rounding
from index.store.open_index import OpenIndex
from index.store.publishing import (
    confirm_durable,
    locked_for_writing,
    new_generation_folder,
    publish_generation,
)
from index.store.reuse import Previous
from index.store.row_writer import Copy, New, RowWriter
from index.store.vectors import Vectors
from index.types import DocumentRecord, Refusal, embedded_title


@dataclass(frozen=True, slots=True)
class EncoderSource:
    """A model whose identity is known, and which is opened only if it has to embed something."""

    name: str
    fingerprint: str
    precision: str
    load: Callable[[], TextEncoder]

    @classmethod
    def of(cls, encoder: TextEncoder) -> Self:
        """Return an encoder that is open already."""
        return cls(encoder.name, encoder.fingerprint, encoder.precision, lambda: encoder)

    def open(self) -> TextEncoder:
        """Open the model; ModelError if it is not the one that was announced."""
        encoder = self.load()
        announced = (self.fingerprint, self.precision)
        if (encoder.fingerprint, encoder.precision) != announced:
            raise ModelError(
                f"the model {encoder.name} changed while it was opened "
                f"({self.precision}, {self.fingerprint[:12]}, then {encoder.precision}, "
                f"{encoder.fingerprint[:12]}): build again"
            )
        return encoder


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a build: documents read and in all, passages and sentences embedded.

    Reading runs ahead of embedding: `bytes_done` of the `bytes` of all sources are read and
    embedded. `doc_id` is the document that is worked on, or "" if several share it. In the
    end so many of the unrelated `questions` have been `asked`.
    """

    done: int
    documents: int
    embedded: int
    sentences: int
    bytes_done: int = 0
    bytes: int = 0
    doc_id: str = ""
    asked: int = 0
    questions: int = 0


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The result of a build.

    `encodings` has what files were taken for that are not in UTF-8, and `notes` what could not be
    read of others. `embedded` passages were computed, the others copied from the generation before.
    Tokens are the word pieces of the embedded ones: `tokens_read` as counted in the text,
    `tokens_embedded` as the model was given them. `replaced` has the number of bytes that were
    not text by `doc_id`; `kinds` counts the files of other kinds, and `ignored` has the files and
    folders that patterns leave out. `kept` passages had been embedded by a build that was stopped.
    """

    generation: Generation
    changed: bool
    seconds: float
    left_out: tuple[LeftOut, ...]
    kinds: tuple[tuple[str, int], ...] = ()
    ignored: tuple[LeftOut, ...] = ()
    replaced: Mapping[str, int] = field(default_factory=dict)
    encodings: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    embedded: int = 0
    tokens_read: int = 0
    tokens_embedded: int = 0
    kept: int = 0


def build_index(  # noqa: PLR0913
    folder: Path,
    directory: Path,
    source: EncoderSource,
    *,
    selection: FolderSelection = EVERYTHING,
    max_bytes: int | None = None,
    encoding: str = "",
    wait: float = 0.0,
    replace_other: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    workers: WorkersSource | None = None,
) -> BuildReport:
    """Index the articles in `folder` into `directory`, as a new generation: all, or a `selection`.

    Vectors of passages that have not changed are copied from the generation before; the result is
    the same, byte for byte, as that of a build from nothing. A build that takes long keeps what it
    has embedded: if it is stopped, the next one takes that over. Waits up to `wait` seconds for
    another writer. `encoding` is that of files which are not in Unicode, "" to find it.
    `replace_other` allows it to replace the index of another folder, or of other sources in it.
    `workers` read, split and embed; without them, this process does.

    Raises CorpusError if there is nothing to index or a pattern cannot be read, OtherFolderError,
    BusyIndexError, ModelError, and BuildError if writing fails; the index before is then untouched.
    """
    started = time.monotonic()
    selection.check()
    if not directory.exists():  # make none for a folder that holds no article
        list_files(folder, max_bytes=max_bytes, selector=Selector(folder, selection))
    with _building(directory, wait):
        # Listed under the lock: another writer may have been waited for.
        corpus = Folder(
            folder, directory, max_bytes=max_bytes, encoding=encoding, selection=selection
        )
        if not replace_other:
            check_same_sources(folder, selection, directory)
        with closing(corpus):
            show = on_progress or (lambda _: None)
            report = _Build(corpus, directory, source, show, workers).run()
    return replace(report, seconds=time.monotonic() - started)


def build_texts(
    documents: Sequence[Document], directory: Path, source: EncoderSource
) -> BuildReport:
    """Index documents that are at hand into `directory`; raises as `build_index` does."""
    with _building(directory, wait=0.0):
        corpus = Texts(documents, directory / "texts")
        return _Build(corpus, directory, source, lambda _: None).run()


def check_same_sources(folder: Path, selection: FolderSelection, directory: Path) -> None:
    """Raise OtherFolderError if `directory` holds the index of other sources, or may do so.

    Other patterns are allowed, and so are sources that lie in others that it was made from.
    """
    settings = BuildSettings.read(directory)
    if not settings.holds_index:
        return
    meant = _sources_in(os.path.realpath(folder), selection)
    indexed = None
    if settings.folder is not None and settings.selection is not None:
        indexed = _sources_in(settings.folder, settings.selection)
        if indexed == meant:
            return
    known = listed(indexed) if indexed else "a folder that it does not tell any more"
    raise OtherFolderError(
        f"{directory} is the index of {known}, not of {listed(meant)}: "
        "give --index DIR to make another one, or --replace to replace it"
    )


def _sources_in(folder: str, selection: FolderSelection) -> list[str]:
    return [os.path.normpath(f"{folder}/{source}") for source in selection.covering()]


@contextmanager
def _building(directory: Path, wait: float) -> Iterator[None]:
    """Hold the index for writing; BuildError if the disk refuses something."""
    try:
        with locked_for_writing(directory, wait=wait):
            yield
    except WorkersError as error:
        raise WorkersError(f"{error}{_and_kept(directory)}") from error
    except (OSError, sqlite3.Error) as error:
        raise BuildError(
            f"cannot write the index {directory}: {system_message(error)}; "
            f"what was there before is untouched{_and_kept(directory)}"
        ) from error


def _and_kept(directory: Path) -> str:
    kept = kept_in(directory)
    return f", and {kept.passages:,} passages are kept for the next build" if kept else ""


def _path(left_out: LeftOut) -> str:
    return left_out.path


class _Notes:
    """The messages of a build about its documents, by `doc_id`."""

    def __init__(self) -> None:
        self.replaced: dict[str, int] = {}
        self.encodings: dict[str, str] = {}
        self.notes: dict[str, tuple[str, ...]] = {}
        self.refused: list[LeftOut] = []

    @property
    def first_reason(self) -> str:
        """The first document that could not be read, with the reason, in brackets; or ""."""
        for left_out in self.refused:
            return f" ({left_out.path}: {left_out.reason})"
        for doc_id, notes in self.notes.items():
            return f" ({printable(doc_id)}: {notes[0]})"
        return ""

    def add(self, record: DocumentRecord) -> None:
        if record.replaced:
            self.replaced[record.doc_id] = record.replaced
        if record.encoding:
            self.encodings[record.doc_id] = record.encoding
        if record.notes:
            self.notes[record.doc_id] = record.notes

    def refuse(self, refusal: Refusal) -> None:
        self.refused.append(LeftOut(printable(refusal.doc_id), refusal.reason))


class _Build:
    """One build, under the lock, with the state that its steps share."""

    def __init__(
        self,
        corpus: Corpus,
        directory: Path,
        source: EncoderSource,
        on_progress: Callable[[Progress], None],
        workers: WorkersSource | None = None,
    ) -> None:
        self._corpus = corpus
        self._directory = directory
        self._source = source
        self._on_progress = on_progress
        self._workers = workers or ThisProcess()
        # Relative, so that a folder and the index beside it can be moved together.
        self._folder = os.path.relpath(corpus.folder.resolve(), directory.resolve())
        self._splitter = splitter_id()
        self._notes = _Notes()
        self._done = 0
        self._tokens_read = 0
        self._bytes = 0

    def run(self) -> BuildReport:
        """Build, and remove what a build that was stopped had kept."""
        report = self._run()
        remove_kept(self._directory)
        return report

    def _run(self) -> BuildReport:
        made_with = (self._source.fingerprint, self._source.precision)
        previous = Previous.open(self._directory, made_with, self._splitter, self._corpus.encoding)
        try:
            if previous is not None and self._is_current(previous):
                # The build that published it may have died before it did.
                confirm_durable(self._directory)
                self._corpus.write_note(previous.generation)
                for record in previous.documents:
                    self._notes.add(record)
                for refusal in previous.refusals:
                    self._notes.refuse(refusal)
                return self._report(previous.generation, changed=False)
            try:
                return self._write(previous)
            except (DamagedIndexError, ValueError):
                if previous is None:
                    raise
                # Its hashes fit, and what it says does not, nor does what was made of it: nothing
                # of it can be taken over.
                return self._write(None)
        finally:
            if previous is not None:
                previous.close()

    def _is_current(self, previous: Previous) -> bool:
        manifest = previous.generation.manifest
        corpus = self._corpus
        there = (manifest.model, manifest.folder, manifest.selection, manifest.max_bytes)
        here = (self._source.name, self._folder, corpus.selection, corpus.max_bytes)
        if there != here or manifest.chance_learnt_with != learnt_with():
            return False
        return previous.has_exactly(corpus, self._fails_again)

    def _fails_again(self, source: SourceFile) -> bool:
        """Return whether a file that is not in the index still cannot be read."""
        found = self._corpus.read(source)
        if isinstance(found, NotReadNow):
            self._notes.refused.append(found)
        return isinstance(found, NotReadNow)

    def _write(self, previous: Previous | None) -> BuildReport:
        encoder = self._source.open()
        self._done = self._tokens_read = 0
        self._bytes = self._corpus.size()
        self._notes = _Notes()
        with (
            keeping(self._directory, encoder) as kept,
            new_generation_folder(self._directory) as folder,
        ):
            with self._workers.workers(self._corpus, encoder, self._directory) as workers:
                rows, tokens = self._write_rows(folder, workers, previous, kept)
            manifest = self._manifest(rows, encoder, tokens)
            manifest = replace(manifest, rounding=_round(folder, manifest))
            manifest = replace(manifest, chance=self._calibrate(folder, manifest, rows, encoder))
            generation = publish_generation(self._directory, folder, manifest)
        self._corpus.write_note(generation)
        report = self._report(generation, changed=True)
        return replace(
            report,
            embedded=rows.embedding.embedded,
            tokens_read=self._tokens_read,
            tokens_embedded=rows.embedding.tokens_embedded,
            kept=rows.embedding.kept,
        )

    def _write_rows(
        self, folder: Path, workers: BuildWorkers, previous: Previous | None, kept: Kept
    ) -> tuple[RowWriter, int]:
        """Write catalog and vectors; return what wrote them, and the tokens of all documents."""
        rows = RowWriter(
            folder, workers, lambda doc_id: self._show(rows, doc_id), kept, workers.portions
        )
        try:
            tokens = self._add_documents(rows, workers, previous)
            rows.close()
        except BaseException:
            rows.abandon()
            raise
        self._check(rows)
        return rows, tokens

    def _report(self, generation: Generation, *, changed: bool) -> BuildReport:
        notes = self._notes
        return BuildReport(
            generation,
            changed=changed,
            seconds=0.0,
            left_out=(*self._corpus.left_out, *sorted(notes.refused, key=_path)),
            kinds=tuple(self._corpus.kinds),
            ignored=tuple(self._corpus.ignored),
            replaced=notes.replaced,
            encodings=notes.encodings,
            notes=notes.notes,
        )

    def _show(
        self, rows: RowWriter, doc_id: str = "", *, asked: int = 0, questions: int = 0
    ) -> None:
        embedding = rows.embedding
        self._on_progress(
            Progress(
                self._done,
                len(self._corpus),
                embedding.embedded,
                embedding.sentences_embedded,
                int(rows.bytes_done),
                self._bytes,
                doc_id,
                asked,
                questions,
            )
        )

    def _add_documents(
        self, rows: RowWriter, workers: BuildWorkers, previous: Previous | None
    ) -> int:
        tokens = 0
        for answered in workers.read(self._asked(rows, previous)):
            source, size, found = answered.source, answered.size, answered.found
            if isinstance(found, LeftOut):
                self._leave_out(rows, source, found)
                rows.skip(size)
            else:
                if isinstance(found, SplitDocument):
                    added = self._add_new(rows, source, size, found, previous)
                else:
                    assert previous
                    added = self._add_known(rows, source, size, previous, found)
                self._notes.add(added)
                tokens += added.tokens
            self._done += 1
            self._show(rows)
        return tokens

    def _asked(self, rows: RowWriter, previous: Previous | None) -> Iterator[Asked]:
        """Yield every document, with what the generation before knows of it."""
        for source in self._corpus:
            self._show(rows, source.doc_id)
            known: DocumentRecord | LeftOut | None = None
            if previous is not None:
                known = previous.same_document(source)
                reason = None if known else previous.refusal_of(source)
                if reason is not None:
                    known = LeftOut(printable(source.doc_id), reason)
            yield Asked(source, known)

    def _leave_out(self, rows: RowWriter, source: SourceFile, left_out: LeftOut) -> None:
        self._notes.refused.append(left_out)
        if not isinstance(left_out, NotReadNow):
            refusal = Refusal(source.doc_id, source.sha256, source.reader, left_out.reason)
            rows.catalog.refuse(refusal)

    def _add_known(
        self,
        rows: RowWriter,
        source: SourceFile,
        size: int,
        previous: Previous,
        record: DocumentRecord,
    ) -> DocumentRecord:
        passages = [
            replace(passage, doc_id=source.doc_id) for passage in previous.passages_of(record)
        ]
        copy = [Copy(previous, record.rows)] if passages else []
        known = replace(record, doc_id=source.doc_id)
        text = previous.extracted_text(record)
        under = previous.shown_under(record)
        rows.add(known, passages, copy, under, text, size)
        return known

    def _add_new(
        self,
        rows: RowWriter,
        source: SourceFile,
        size: int,
        document: SplitDocument,
        previous: Previous | None,
    ) -> DocumentRecord:
        """Add a document that was read; passages that were there before keep their vectors."""
        sources: list[New | Copy] = []
        for passage, count in zip(document.passages, document.tokens, strict=True):
            title = "" if sources else embedded_title(document.head, source.doc_id)
            row = previous.row_of(passage, title) if previous else None
            if previous and row is not None:
                sources.append(Copy(previous, range(row, row + 1)))
            else:
                self._tokens_read += count
                sources.append(New.of(passage, count, title))
        record = DocumentRecord(
            doc_id=source.doc_id,
            sha256=source.sha256,
            head=document.head,
            tokens=sum(document.tokens),
            first_row=rows.catalog.passages,
            passages=len(document.passages),
            reader=source.reader,
            replaced=document.replaced,
            encoding=document.encoding,
            notes=document.notes,
        )
        under, text = document.shown_under, document.extracted
        rows.add(record, document.passages, sources, under, text, size)
        return record

    def _check(self, rows: RowWriter) -> None:
        if not rows.catalog.passages:
            raise CorpusError(
                f"nothing to index: no text in {self._corpus}{self._notes.first_reason}"
            )
        embedded = rows.embedding.tokens_embedded
        if embedded != self._tokens_read:
            raise BuildError(
                f"{self._tokens_read} tokens were read, but {embedded} embedded: "
                "nothing was published; please report this with the article that causes it"
            )

    def _manifest(self, rows: RowWriter, encoder: TextEncoder, tokens: int) -> Manifest:
        return Manifest(
            model=encoder.name,
            fingerprint=encoder.fingerprint,
            precision=encoder.precision,
            dim=encoder.dim,
            splitter=self._splitter,
            folder=self._folder,
            sources=self._corpus.selection.sources,
            include=self._corpus.selection.include,
            exclude=self._corpus.selection.exclude,
            max_bytes=self._corpus.max_bytes,
            encoding=self._corpus.encoding,
            documents=rows.catalog.documents,
            passages=rows.catalog.passages,
            sentences=rows.catalog.sentences,
            tokens=tokens,
            chance=(0.0, 1.0),
            chance_learnt_with=learnt_with(),
            files={},
        )

    def _calibrate(
        self, folder: Path, manifest: Manifest, rows: RowWriter, encoder: TextEncoder
    ) -> tuple[float, float]:
        """Return location and scale of what unrelated questions score in the new files."""

        def show(asked: int, questions: int) -> None:
            self._show(rows, asked=asked, questions=questions)

        index = OpenIndex.of(Generation(folder, manifest))
        try:
            calibration = calibrate(index, encoder, show)
        finally:
            index.close()
        return calibration.location, calibration.scale


def _round(folder: Path, manifest: Manifest) -> tuple[Rounding, ...]:
    """Write the 8-bit copies of the vectors of a large index; () for another."""
    if manifest.passages < rounded_vectors.LEAST_ROUNDED:
        return ()
    files = zip(
        (PASSAGES, SENTENCES), (manifest.passages, manifest.sentences), ROUNDED, strict=True
    )
    return tuple(
        rounded_vectors.write_rounded(
            Vectors.open(folder / name, count, manifest.dim), folder / rounded
        )
        for name, count, rounded in files
    )
