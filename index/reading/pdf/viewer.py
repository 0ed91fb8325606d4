"""Answers questions about the pages of PDFs, in the worker process that keeps them open."""

from __future__ import annotations

import atexit
import hashlib
from collections import OrderedDict
from contextlib import ExitStack

from index.reading.pdf.document import open_document
from index.reading.pdf.places import Places
from index.reading.pdf.reading import read_pdf
from index.reading.pdf.rendering import png_of, sizes_of
from index.reading.views import View, ViewRequest

_MOST_OPEN = 4
_MOST_BYTES = 160 << 20
"""The most documents that are kept open, and their bytes; the last one is, whatever its size."""


class _OpenFile:
    """A PDF that is open, and where its characters stand once that was asked for."""

    def __init__(self, data: bytes) -> None:
        import pypdfium2.raw as library

        library.FPDF_InitLibrary()
        self.data = data
        self._library = library
        self._open = ExitStack()
        self._document = self._open.enter_context(open_document(library, data))
        self._places: Places | None = None
        self._text_sha256 = ""
        # Before the library is gone, which said that it ends with the program when it was imported.
        atexit.register(self.close)

    def close(self) -> None:
        atexit.unregister(self.close)
        self._open.close()

    def answer(self, request: ViewRequest) -> tuple[View, bytes]:
        if request.width:
            return View(), png_of(self._library, self._document, request.page, request.width)
        if not request.end:
            return View(pages=sizes_of(self._library, self._document)), b""
        if self._places is None:
            self._places = self._read()
        boxes = self._places.boxes(request.start, request.end)
        return View(boxes=boxes, text_sha256=self._text_sha256), b""

    def _read(self) -> Places:
        """Read the document as a build does, which takes as long."""
        places = Places()
        text = read_pdf(self.data, places).text
        places.close(text)
        self._text_sha256 = hashlib.sha256(text.encode()).hexdigest()
        return places


class PdfViewer:
    """Keeps the last few documents open. It is used by one thread, since the library is."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, _OpenFile] = OrderedDict()

    def answer(self, request: ViewRequest, data: bytes) -> tuple[View, bytes]:
        """Answer a request about a file; `data` are its bytes, or nothing if it may be open.

        Raises UnreadableError if the file, or the page that is asked for, cannot be read.
        """
        file = self._files.get(request.sha256)
        if file is None:
            if not data:
                return View(is_open=False), b""
            self._make_room(len(data))
            file = self._files[request.sha256] = _OpenFile(data)
        self._files.move_to_end(request.sha256)
        return file.answer(request)

    def _make_room(self, size: int) -> None:
        """Close the documents that were not asked for longest."""
        while self._files and (
            len(self._files) >= _MOST_OPEN
            or size + sum(len(file.data) for file in self._files.values()) > _MOST_BYTES
        ):
            self._files.popitem(last=False)[1].close()


VIEWER = PdfViewer()
