"""The values that an index is made of; cheap to import, since every query does."""

from __future__ import annotations

from dataclasses import dataclass

SUFFIXES = (".txt", ".md")
"""How the name of an article ends, in lower case."""

SPLITTER_VERSION = 1
"""Changes whenever the same document may give other passages than before."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage: `document.text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, or a part of one that is too long for the model.

    `start` and `end` are code-point offsets: `document.text[start:end] == text`. `number` counts
    the passages of a document from 1, `line` is the line, from 1, on which the passage begins.
    `sentences` are in order, do not overlap, and hold every character that is not whitespace.
    """

    doc_id: str
    number: int
    start: int
    end: int
    line: int
    text: str
    sentences: tuple[Sentence, ...]

    @property
    def passage_id(self) -> str:
        """What a passage is cited by."""
        return f"{self.doc_id}#{self.number}"


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """What the catalog knows of one source file: its identity, its head, and its rows."""

    doc_id: str
    sha256: str
    title: str
    subtitle: str
    byline: str
    date: str
    tokens: int
    first_row: int
    passages: int

    @property
    def rows(self) -> range:
        """The rows of its passages."""
        return range(self.first_row, self.first_row + self.passages)

    @property
    def head(self) -> str:
        """What stands over the text, as the lexical index reads it."""
        return " ".join(part for part in (self.title, self.subtitle, self.byline) if part)

    def title_at(self, row: int) -> str:
        """The title, if the passage at ``row`` is the one that it stands over."""
        return self.title if row == self.first_row else ""


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage at its row, with the document that it stands in."""

    row: int
    document: DocumentRecord
    passage: Passage
    digest: bytes
