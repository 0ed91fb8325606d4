"""Shows files of a folder, page by page, as long as they are what was indexed."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from index.reading.content import ReadingFailedError, UnreadableError
from index.reading.document_reader import DocumentReader
from index.reading.folder import LeftOut, stamp_of
from index.reading.views import View, ViewRequest
from index.reading.worker import Worker

_SECONDS_TO_DRAW = 30.0
"""The time limit of a picture. Finding characters takes as long as reading does."""

_MOST_TRIES = 2
"""How often a question is asked that the worker has no answer to."""

_MOST_FAILURES, _MOST_STAMPS = 10_000, 10_000


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """A file under `root` as it was indexed. `max_bytes` is None for the limit of its format."""

    root: Path
    doc_id: str
    sha256: str
    max_bytes: int | None = None


class FileViewer:
    """Asks a process of its own about PDFs. It keeps the last few open; several threads may ask."""

    def __init__(self) -> None:
        self._worker = Worker()
        self._lock = threading.Lock()
        self._stamps: dict[tuple[Path, str], tuple[tuple[int, ...], str]] = {}
        self._failures: Counter[ViewRequest] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process. A question that is asked afterwards starts another one."""
        self._worker.close()

    def view(self, file: IndexedFile, request: ViewRequest) -> tuple[View, bytes] | None:
        """Return the answer to a request, and the picture if it asks for one.

        Returns None if the file is gone, is not what was indexed, or cannot be shown.
        """
        task = _task_of(request)
        if self._failures[task] >= _MOST_TRIES or not self.is_unchanged(file):
            return None
        try:
            found = self._asked(file, request)
        except ReadingFailedError:
            self._note_failure(task, 1)
            return None
        except UnreadableError:
            self._note_failure(task, _MOST_TRIES)
            return None
        return found

    def is_unchanged(self, file: IndexedFile) -> bool:
        """Return whether a file is what was indexed. It is read again only if it was touched."""
        stamp = stamp_of(file.root, file.doc_id)
        if stamp is None:
            return False
        with self._lock:
            known = self._stamps.get((file.root, file.doc_id))
        if known is None or known[0] != stamp:
            return self._bytes_of(file) is not None
        return known[1] == file.sha256

    def _asked(self, file: IndexedFile, request: ViewRequest) -> tuple[View, bytes] | None:
        seconds = _SECONDS_TO_DRAW if request.width else None
        found = self._worker.show("pdf.viewer", request, seconds=seconds)
        if found[0].is_open:
            return found
        data = self._bytes_of(file)
        if not data:
            return None
        return self._worker.show("pdf.viewer", request, data, seconds=seconds)

    def _bytes_of(self, file: IndexedFile) -> bytes | None:
        """Return the bytes of a file if they are those that were indexed."""
        # The stamp first: who writes meanwhile changes it.
        stamp = stamp_of(file.root, file.doc_id)
        source = DocumentReader(max_bytes=file.max_bytes).open(file.root, file.doc_id)
        if stamp is None or isinstance(source, LeftOut):
            return None
        with self._lock:
            if len(self._stamps) >= _MOST_STAMPS:
                self._stamps.clear()
            self._stamps[file.root, file.doc_id] = stamp, source.sha256
        return source.data if source.sha256 == file.sha256 else None

    def _note_failure(self, task: ViewRequest, tries: int) -> None:
        with self._lock:
            if len(self._failures) >= _MOST_FAILURES:
                self._failures.clear()
            self._failures[task] += tries


def _task_of(request: ViewRequest) -> ViewRequest:
    """Return what has to be done for a request: for any characters, the whole text is read."""
    return replace(request, start=0, end=1) if request.end else request
