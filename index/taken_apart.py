"""How a file is taken apart: its head, its passages, and what is in neither, to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from index.document import Document
from index.errors import CorpusError
from index.reading.document_reader import read_document
from index.reading.folder import LeftOut
from index.reading.formats import CONVERTIBLE, SUFFIXES, format_name, is_article, structure_of
from index.splitting.line_cues import Lines
from index.splitting.passages import Article, split_passages
from index.types import Passage

if TYPE_CHECKING:
    from embed import TextEncoder

_WIDEST_WHERE = 14


def check_article(path: Path) -> None:
    """Raise CorpusError if the file is not there, or is of a kind that is not read."""
    if not path.exists():
        raise CorpusError(f"no such file: {path}")
    if path.is_dir():
        raise CorpusError(f"{path} is a folder: give a file")
    if not is_article(path.name):
        advice = f"give one of {', '.join(SUFFIXES)}"
        if path.suffix.lower() in CONVERTIBLE:
            advice = "convert it first, to PDF or .docx for instance"
        raise CorpusError(f"{path} is not of a kind that is read: {advice}")


@dataclass(frozen=True, slots=True)
class TakenApart:
    """A document with its head, its passages and what was left out of them."""

    document: Document
    article: Article

    @classmethod
    def read(cls, path: Path, encoder: TextEncoder, *, encoding: str = "") -> Self:
        """Read a file and take it apart as a build does.

        Raises CorpusError if it is not a file of a format that is read, or cannot be read.
        """
        check_article(path)
        found = read_document(path.absolute().parent, path.name, encoding=encoding)
        if isinstance(found, LeftOut):
            raise CorpusError(f"{path} cannot be shown: {found.reason}")
        structure = structure_of(found)
        return cls(found, split_passages(found, structure, encoder))

    def to_dict(self) -> dict[str, Any]:
        """Return everything by name, for JSON."""
        article = self.article
        return {
            "doc_id": self.document.doc_id,
            "format": format_name(self.document.doc_id),
            "encoding": self.document.encoding or "utf-8",
            "head": asdict(article.head),
            "notes": list(self.document.notes),
            "passages": [
                {**asdict(passage), "shown_under": article.shown_under.get(passage.number)}
                for passage in article.passages
            ],
            "left_out": [
                {**asdict(omission), "text": self.document.text[omission.start : omission.end]}
                for omission in article.left_out
            ],
        }

    def lines(self, width: int, *, furniture: bool = False) -> Iterator[str]:
        """Yield it as lines for a terminal of so many columns.

        What is left out is counted by reason, and shown with `furniture`.
        """
        document, article = self.document, self.article
        encoding = document.encoding or "utf-8"
        kind = format_name(document.doc_id).replace("_", " ")
        count = len(article.passages)
        passages = "1 passage" if count == 1 else f"{count:,} passages"
        yield f"{document.doc_id}: {kind}, {encoding}, {passages}"
        places = Lines.of(document.text)
        for span in article.head.spans:
            text = document.text[span.start : span.end]
            yield _row(self._line(places, span.start), f"{span.name}: {text}", width)
        for passage in article.passages:
            yield from self._passage_lines(passage, places, width)
        for note in document.notes:
            yield _row("", f"not read: {note}", width)
        if furniture:
            yield from self._omission_lines(places, width)
        elif article.left_out:
            yield _row("", f"left out: {self._left_out()}; --furniture shows it", width)

    def _left_out(self) -> str:
        """Return how many words are left out, by reason."""
        counts: Counter[str] = Counter()
        for omission in self.article.left_out:
            words = self.document.text[omission.start : omission.end].split()
            counts[omission.reason] += len(words)
        return ", ".join(f"{count:,} words of {reason}" for reason, count in counts.items())

    def _omission_lines(self, places: Lines, width: int) -> Iterator[str]:
        for omission in self.article.left_out:
            text = self.document.text[omission.start : omission.end]
            where = self._line(places, omission.start)
            yield _row(where, f"left out ({omission.reason}): {text}", width)

    def _line(self, places: Lines, offset: int) -> str:
        """Return the line of a place as text; a line of extracted text says nothing."""
        return "" if self.document.structure else f"line {places.number_at(offset)}"

    def _passage_lines(self, passage: Passage, places: Lines, width: int) -> Iterator[str]:
        under = f"{passage.section}: " if passage.section else ""
        place = f":{passage.line}" if passage.locator.line else str(passage.locator)
        yield _row(f"{passage.number:>4}  {place}", f"{under}{passage.text}", width)
        for gap in passage.gaps if passage.line else ():
            first, last = places.number_at(gap.start), places.number_at(max(gap.start, gap.end - 1))
            yield _row("", f"(joined over lines {first} to {last})", width)
        if passage.table_header:
            yield _row("", f"(header of the table: {passage.table_header})", width)
        if (other := self.article.shown_under.get(passage.number)) is not None:
            yield _row("", f"(shown under passage {other}, which says the same)", width)


def _row(where: str, text: str, width: int) -> str:
    row = f"{where:<{_WIDEST_WHERE - 1}} {' '.join(text.split())}"
    return row if len(row) <= width else f"{row[: width - 1]}…"
