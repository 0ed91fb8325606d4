"""The formats that are read: which there are, and which one a document has.

A format is a module beside this one with an object `FORMAT`, and a line of `_MODULES`. It is
imported when a document of its kind is read.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from index.errors import CorpusError
from index.types import Reader

if TYPE_CHECKING:
    from index.document import Document
    from index.reading.content import Content
    from index.splitting.structure import Structure

_MODULES = {
    "plain_text": (".txt", ".text"),
    "log": (".log",),
    "markdown": (".md", ".markdown"),
    "mdx": (".mdx",),
    "rst": (".rst",),
    "org": (".org",),
    "subtitles": (".srt", ".vtt"),
    "csv": (".csv", ".tsv"),
    "json": (".json", ".jsonl", ".ndjson"),
    "notebook": (".ipynb",),
    "spreadsheet": (".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".ods"),
    "pdf": (".pdf",),
    "word": (".docx", ".docm", ".dotx", ".dotm"),
    "html": (".html", ".htm", ".xhtml"),
    "epub": (".epub",),
    "mail": (".eml",),
    "open_document": (".odt", ".ott", ".fodt"),
    "rtf": (".rtf",),
    "powerpoint": (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"),
}
"""The suffixes of each format, in lower case, by the name of its module."""

KINDS = (
    "text, Markdown, HTML, PDF, office documents, RTF, mail, EPUB, subtitles, CSV, JSON, "
    "notebooks and spreadsheets"
)
"""What is read, as a person is told."""

_DEFAULT = "plain_text"

_BY_SUFFIX = {suffix: module for module, suffixes in _MODULES.items() for suffix in suffixes}

SUFFIXES = tuple(_BY_SUFFIX)
"""How the name of an article ends, in lower case."""


CONVERTIBLE = frozenset(
    {".doc", ".dot", ".wpd", ".wps", ".pages", ".numbers", ".ppt", ".odp", ".key"}
    | {".msg", ".mobi", ".azw", ".azw3", ".djvu", ".ps", ".eps", ".xps", ".chm"}
)
"""Suffixes of documents that are not read, and that other programs can save as one that is."""


class Format(Protocol):
    """How files of one kind are read."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """How the names of its files end, in lower case."""

    @property
    def version(self) -> str:
        """A text that changes whenever the same bytes may give other passages than before."""

    @property
    def max_bytes(self) -> int:
        """The size limit of its files."""

    @property
    def isolated(self) -> bool:
        """Whether its files are read in a process of their own, which may crash or be stopped."""

    def read(self, data: bytes, encoding: str = "") -> Content:
        """Turn the bytes of a file into text. Offsets count in this text.

        `encoding` is that of files which do not say it. The content has the structure, unless the
        text itself tells it: then the format is a `TextFormat`. Raises UnreadableError if the file
        cannot be read.
        """


@runtime_checkable
class TextFormat(Format, Protocol):
    """How files that are text are read and taken apart."""

    def split(self, text: str) -> Structure:
        """Find the head and the paragraphs of a text."""


def format_name(doc_id: str) -> str:
    """Return the name of the format that a document has by its name.

    >>> format_name("a/B.MD"), format_name("https://example.org/a")
    ('markdown', 'plain_text')
    """
    return _BY_SUFFIX.get(PurePosixPath(doc_id).suffix.lower(), _DEFAULT)


def format_of(doc_id: str) -> Format:
    """Return the format that a document has by its name."""
    return format_called(format_name(doc_id))


def format_meant(name: str) -> str:
    """Return the name of the format that a person means by a name, or by a suffix.

    >>> format_meant("markdown"), format_meant("DOCX"), format_meant(".srt")
    ('markdown', 'word', 'subtitles')
    """
    plain = name.lower().removeprefix(".")
    return _BY_SUFFIX.get(f".{plain}", plain)


def format_called(name: str) -> Format:
    """Return the format of a name such as `format_name` gives; CorpusError if none has it."""
    if name not in _MODULES:
        raise CorpusError(f"no format is called {name!r}: give one of {', '.join(_MODULES)}")
    form: Format = import_module(f"index.reading.{name}").FORMAT
    return form


def structure_of(document: Document) -> Structure:
    """Return the head and the paragraphs of a document: as its reader found them, or its text."""
    structure = document.structure
    if structure is None:
        form = format_called(document.format or format_name(document.doc_id))
        if not isinstance(form, TextFormat):
            raise TypeError(f"{document.doc_id} has no structure: it was not read by its format")
        structure = _split(form, document.text)
    if document.stated is not None:
        structure.head.state(document.stated)
    return structure


def _split(form: TextFormat, text: str) -> Structure:
    """Split a text; as plain text if the code for its markup fails, so that no build stops."""
    try:
        return form.split(text)
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError):
        from index.splitting.plain_text import read_plain_text

        return read_plain_text(text)


def is_text(doc_id: str) -> bool:
    """Check that an editor shows what a document says, by its name: that its file is text.

    >>> is_text("a.md"), is_text("b.pdf"), is_text("c.html")
    (True, False, False)
    """
    return not format_of(doc_id).isolated


def all_formats() -> list[Format]:
    """Return every format, in the order in which they are registered."""
    return [format_called(name) for name in _MODULES]


def size_limit(name: str, max_bytes: int | None) -> int:
    """Return the most bytes that a file may have: `max_bytes`, or by its format if that is None."""
    return format_of(name).max_bytes if max_bytes is None else max_bytes


def is_article(name: str) -> bool:
    """Check that a file is one of those that are read, by its name."""
    return name.lower().endswith(SUFFIXES)


def reader_of(name: str) -> Reader:
    """Return what documents of the format called `name` are read with here."""
    return Reader(name, format_called(name).version)


def splitter_id() -> str:
    """Name the code that takes texts apart here, whatever their format."""
    from importlib.metadata import version
    from unicodedata import unidata_version

    return f"splitter 3, sentencex {version('sentencex')}, unicode {unidata_version}"
