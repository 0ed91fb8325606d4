"""The formats that are read: which there are, and which one a document has.

A format is a module beside this one with an object `FORMAT`, and a line of `_MODULES`. It is
imported when a document of its kind is read.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from index.reading.content import Content
    from index.splitting.structure import Structure
    from index.types import Document

_MODULES = {
    "plain_text": (".txt", ".text"),
    "markdown": (".md", ".markdown"),
    "mdx": (".mdx",),
    "rst": (".rst",),
    "org": (".org",),
    "log": (".log",),
    "subtitles": (".srt", ".vtt"),
    "word": (".docx", ".docm", ".dotx", ".dotm"),
}
"""The suffixes of each format, in lower case, by the name of its module."""

_DEFAULT = "plain_text"
_BY_SUFFIX = {suffix: module for module, suffixes in _MODULES.items() for suffix in suffixes}

SUFFIXES = tuple(_BY_SUFFIX)
"""How the name of an article ends, in lower case."""


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
    return _load(format_name(doc_id))


def structure_of(document: Document) -> Structure:
    """Return the head and the paragraphs of a document: as the reader found them, or its text."""
    if document.structure is not None:
        return document.structure
    form = format_of(document.doc_id)
    if not isinstance(form, TextFormat):
        raise TypeError(f"{document.doc_id} has no structure: it was not read by its format")
    return form.split(document.text)


def all_formats() -> list[Format]:
    """Return every format, in the order in which they are registered."""
    return [_load(module) for module in _MODULES]


def is_article(name: str) -> bool:
    """Check that a file is one of those that are read, by its name."""
    return name.lower().endswith(SUFFIXES)


def splitter_id() -> str:
    """Name the code that takes documents apart here: equal means equal passages and sentences."""
    from importlib.metadata import version
    from unicodedata import unidata_version

    versions = [form.version for form in all_formats()]
    return ", ".join([*versions, f"sentencex {version('sentencex')}", f"unicode {unidata_version}"])


def _load(module: str) -> Format:
    form: Format = import_module(f"index.reading.{module}").FORMAT
    return form
