"""The values that an index is made of. They are cheap to import, since every query does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Mode = Literal["hybrid", "dense", "lexical"]
"""What passages are ranked by: everything, the vectors of passages alone, or the words alone."""

MODES: tuple[Mode, ...] = get_args(Mode)

Verdict = Literal["match", "no_match"]


@dataclass(frozen=True, slots=True)
class Document:
    """An article as it stands in its file.

    `doc_id` is the POSIX path relative to the corpus folder, or the name of a text at hand. `text`
    is decoded without its byte order mark, line ends untouched, so that offsets into it can be
    checked against the file. `sha256` is the hex digest of the file's bytes. `replaced` counts the
    U+FFFD that stand for bytes which are not text.
    """

    doc_id: str
    text: str
    sha256: str
    replaced: int = 0


@dataclass(frozen=True, slots=True)
class Head:
    """What stands over a text. A field is "" if the file does not state it.

    `fields` are further ones by name. An index does not store them.
    """

    title: str = ""
    subtitle: str = ""
    byline: str = ""
    date: str = ""
    fields: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def words(self) -> str:
        """Title, subtitle and byline, as the lexical index reads them."""
        return " ".join(part for part in (self.title, self.subtitle, self.byline) if part)

    @property
    def line(self) -> str:
        """Title, byline and date on one line, as a hit is headed."""
        return " · ".join(part for part in (self.title, self.byline, self.date) if part)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage: `document.text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, or a part of one that is too long for the model.

    `start` and `end` are code-point offsets: `document.text[start:end] == text`. `number` counts
    the passages of a document from 1. `line` is the line, from 1, on which the passage begins.
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
        """The name that a passage is cited by."""
        return f"{self.doc_id}#{self.number}"


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """What the catalog knows of a document: its identity, its head, and its rows."""

    doc_id: str
    sha256: str
    head: Head
    tokens: int
    first_row: int
    passages: int

    @property
    def title(self) -> str:
        """The title, or ""."""
        return self.head.title

    @property
    def subtitle(self) -> str:
        """The subtitle, or ""."""
        return self.head.subtitle

    @property
    def byline(self) -> str:
        """The byline, or ""."""
        return self.head.byline

    @property
    def date(self) -> str:
        """The date as the document writes it, or ""."""
        return self.head.date

    @property
    def rows(self) -> range:
        """The rows of its passages."""
        return range(self.first_row, self.first_row + self.passages)

    def title_at(self, row: int) -> str:
        """Return the title if the passage at `row` is the one that it stands over, else ""."""
        return self.head.title if row == self.first_row else ""


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage at its row, with the document that it stands in.

    `digest` is equal for passages that say the same, white space aside.
    """

    row: int
    document: DocumentRecord
    passage: Passage
    digest: bytes


@dataclass(frozen=True, slots=True)
class Scores:
    """The parts of a hit's score as a person reads them.

    `passage` and `sentence` are cosines. `lexical` is the lexical part of the hybrid score as a
    share of the most that it can be, from 0 to 1. It is not the score of the mode "lexical", which
    is the BM25 share alone.
    """

    passage: float
    sentence: float
    lexical: float
