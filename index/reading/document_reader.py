"""Files to documents: their bytes at once, their text when it is asked for."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from index.document import Document
from index.names import printable
from index.reading.content import Content, ReadingFailedError, UnreadableError
from index.reading.decoding import without_surrogates
from index.reading.folder import LeftOut, NotReadNow, read_file
from index.reading.formats import (
    TextFormat,
    format_called,
    format_meant,
    format_name,
    reader_of,
    size_limit,
)
from index.types import Reader, SourceDocument

if TYPE_CHECKING:
    from index.reading.worker import Worker


_PAGE = re.compile(r"<(?:!doctype|html|head|body|p|div|h[1-6]|table|ul|ol|br)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The bytes of a document, and what it is to be read with. `sha256` is that of the bytes."""

    doc_id: str
    sha256: str
    reader: Reader
    data: bytes = field(repr=False)

    @classmethod
    def of(cls, doc_id: str, data: bytes, format_called: str = "") -> Self:
        """Return a file by its bytes; its name tells its format if that is not given."""
        reader = reader_of(format_called or format_name(doc_id))
        return cls(doc_id, hashlib.sha256(data).hexdigest(), reader, data)


class DocumentReader:
    """Reads documents, those of binary formats in a process of their own.

    That process is started when it is needed, and kept until the reader is closed. Files larger
    than `max_bytes` are left out; None stands for the limit of each format. `encoding` is that of
    files which are not in Unicode, or "" to find it.
    """

    def __init__(self, *, max_bytes: int | None = None, encoding: str = "") -> None:
        self.max_bytes = max_bytes
        self.encoding = encoding
        self._worker: Worker | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process that reads, if there is one."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def open(self, root: Path, doc_id: str) -> SourceFile | LeftOut:
        """Read the bytes of one file under `root`, or say why it is left out."""
        data = read_file(root, doc_id, max_bytes=size_limit(doc_id, self.max_bytes))
        return data if isinstance(data, LeftOut) else SourceFile.of(doc_id, data)

    def read(self, source: SourceFile) -> Document | LeftOut:
        """Turn the bytes of a document into its text, or say why it is left out."""
        try:
            content = self._content(source)
        except ReadingFailedError as error:
            return NotReadNow(printable(source.doc_id), str(error))
        except UnreadableError as error:
            return LeftOut(printable(source.doc_id), str(error))
        return _document(source, content)

    def document(self, root: Path, doc_id: str) -> Document | LeftOut:
        """Read one file under `root`, bytes and text, or say why it is left out."""
        source = self.open(root, doc_id)
        return source if isinstance(source, LeftOut) else self.read(source)

    def _content(self, source: SourceFile) -> Content:
        form = format_called(source.reader.format)
        if not form.isolated:
            return form.read(source.data, self.encoding)
        if not source.data or source.data.isspace():
            raise UnreadableError("is empty")
        if self._worker is None:
            # Imported late: most folders hold files of text alone.
            from index.reading.worker import Worker

            self._worker = Worker()
        return self._worker.read(source.reader.format, source.data, self.encoding)


def _document(source: SourceFile, content: Content) -> Document:
    return Document(
        source.doc_id,
        content.text,
        source.sha256,
        content.replaced,
        content.encoding,
        source.reader.format,
        content.structure,
        content.notes,
    )


def read_document(
    root: Path, doc_id: str, *, max_bytes: int | None = None, encoding: str = ""
) -> Document | LeftOut:
    """Read one file, or say why it is left out; as a `DocumentReader` does."""
    with DocumentReader(max_bytes=max_bytes, encoding=encoding) as reader:
        return reader.document(root, doc_id)


def _format_at_hand(doc_id: str, content: str | bytes) -> str:
    """Return the format of a document whose format is not given.

    An id such as an address may end as a PDF does, and its text be at hand: that is plain text. So
    is what has the name of a page and none of its marks.
    """
    name = format_name(doc_id)
    if isinstance(content, bytes) or not format_called(name).isolated:
        return name
    is_page = name == "html" and _PAGE.search(content) is not None
    return name if is_page else format_name("")


def document_of(
    doc_id: str, source: str | SourceDocument, reader: DocumentReader
) -> Document | LeftOut:
    """Make a document of what is at hand, as if a file held it."""
    given = SourceDocument(source) if isinstance(source, str) else source
    name = format_meant(given.format) if given.format else _format_at_hand(doc_id, given.content)
    if isinstance(given.content, bytes):
        found = reader.read(SourceFile.of(doc_id, given.content, name))
    else:
        content = without_surrogates(given.content)
        file = SourceFile.of(doc_id, content.text.encode(), name)
        is_text = isinstance(format_called(name), TextFormat)
        found = _document(file, content) if is_text else reader.read(file)
    return found if isinstance(found, LeftOut) else replace(found, stated=given.head)
