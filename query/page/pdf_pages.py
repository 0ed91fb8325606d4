"""The pages of PDFs as pictures, and where characters of their text stand on them."""

from __future__ import annotations

import hashlib
import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Self

from index import FileViewer, IndexedFile, PageBox, PageSize, ViewRequest, reader_of
from query.adapters import missing_extra

if TYPE_CHECKING:
    from index import DocumentRecord, View
    from query.searcher import Searcher

WIDTHS = (200, 300, 450, 600, 900, 1200, 1600, 2000, 2400)
"""How many pixels a picture may be wide."""

_MOST_PICTURE_BYTES = 64 << 20
"""How much the pictures take that are kept."""

_MOST_TEXTS = 1000
_PNG = b"\x89PNG\r\n\x1a\n"


class PdfPages:
    """Draws pages of PDFs, and finds characters on them, in one process of its own.

    That process is started when it is needed, and has the limits of one that reads for a build.
    Several threads may ask; it answers one after the other. Documents are those of the catalog of
    `searcher()`, which may be another one after an update: nothing else is ever opened.

    Raises MissingExtraError if the library that writes pictures is not installed.
    """

    def __init__(self, searcher: Callable[[], Searcher]) -> None:
        if find_spec("PIL") is None:
            raise missing_extra("page", ImportError("no module named PIL"))
        self._searcher = searcher
        self._viewer = FileViewer()
        self._pictures = _Pictures()
        self._texts: dict[str, str] = {}

    @classmethod
    def of(cls, searcher: Searcher) -> Self:
        """Return the pages of the documents of one searcher."""
        return cls(lambda: searcher)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process, if there is one."""
        self._viewer.close()

    def pages(self, document: DocumentRecord) -> tuple[PageSize, ...] | None:
        """Return the size of each page in points, as it is shown: cropped, and turned.

        Returns None if the document is not a PDF, its file is gone or not the one that was indexed,
        or it cannot be shown. Then its extracted text is to be shown.
        """
        found = self._view(document, ViewRequest(document.sha256))
        return found[0].pages if found and found[0].pages else None

    def image(self, document: DocumentRecord, page: int, width: int) -> bytes | None:
        """Return a page, from 1, as a PNG; None if there is no such page, or as `pages` does.

        It is as wide as the least of `WIDTHS` that is at least `width` pixels, and less wide if it
        would be extremely high. All that is drawn on paper is drawn: annotations and what forms
        hold. No script of the file is run.
        """
        pixels = WIDTHS[min(bisect_left(WIDTHS, width), len(WIDTHS) - 1)]
        request = ViewRequest(document.sha256, page=page, width=pixels)
        file = self._file(document)
        if file is None:
            return None
        kept = self._pictures.get(request)
        if kept is not None:
            return kept if self._viewer.is_unchanged(file) else None
        found = self._viewer.view(file, request)
        if found is None or not found[1].startswith(_PNG):
            return None
        self._pictures.put(request, found[1])
        return found[1]

    def boxes(self, document: DocumentRecord, start: int, end: int) -> tuple[PageBox, ...] | None:
        """Return where the characters from `start` to `end` of the extracted text stand.

        There is one box for each line, or each part of a line with wide white around. They are in
        the order of the text. The first question about a document reads all of it, as a build does.
        Returns None as `pages` does, and if the text that was indexed is read otherwise now.
        """
        if end <= max(start, 0):
            return ()
        found = self._view(document, ViewRequest(document.sha256, start=start, end=end))
        if found is None or found[0].text_sha256 != self._text_sha256(document):
            return None
        return found[0].boxes

    def _view(self, document: DocumentRecord, request: ViewRequest) -> tuple[View, bytes] | None:
        file = self._file(document)
        return None if file is None else self._viewer.view(file, request)

    def _file(self, document: DocumentRecord) -> IndexedFile | None:
        """Return the file of a document, if it is a PDF that was read as it is read now."""
        if document.reader != reader_of("pdf"):
            return None
        searcher = self._searcher()
        try:
            folder = searcher.folder_of(document)
        except KeyError:
            # An update has removed it.
            return None
        return IndexedFile(searcher.corpus, document.doc_id, document.sha256, folder.max_bytes)

    def _text_sha256(self, document: DocumentRecord) -> str:
        """Return the digest of the extracted text of a document."""
        if document.sha256 not in self._texts:
            if len(self._texts) >= _MOST_TEXTS:
                self._texts.clear()
            text = self._searcher().text_of(document) or ""
            self._texts[document.sha256] = hashlib.sha256(text.encode()).hexdigest()
        return self._texts[document.sha256]


class _Pictures:
    """The pictures that were asked for last, as many as fit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[ViewRequest, bytes] = OrderedDict()
        self._bytes = 0

    def get(self, request: ViewRequest) -> bytes | None:
        with self._lock:
            if request in self._kept:
                self._kept.move_to_end(request)
            return self._kept.get(request)

    def put(self, request: ViewRequest, picture: bytes) -> None:
        with self._lock:
            self._bytes += len(picture) - len(self._kept.pop(request, b""))
            self._kept[request] = picture
            while self._bytes > _MOST_PICTURE_BYTES:
                self._bytes -= len(self._kept.popitem(last=False)[1])
