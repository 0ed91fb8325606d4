"""Citations: spans of documents that anyone who has the files can check, word for word."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import chain, compress, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from index import (
    CorpusError,
    Document,
    DocumentReader,
    LeftOut,
    ReadingOrder,
    as_read,
    document_of,
)
from query.texts import texts_by_id

if TYPE_CHECKING:
    from index import DocumentRecord
    from query.texts import Texts

_Status = Literal["unchanged", "moved", "gone", "unreadable"]

# A span is first looked for at places that cut no word, and then everywhere, unless more characters
# than this would have to be hashed.
_MOST_HASHED = 1 << 31
_MOST_WORDS_HASHED = 1 << 28

_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Citation:
    """A span of a document, under the number that a prompt or an answer names it by.

    `start` and `end` are code-point offsets into the document as it is decoded or extracted.
    `document_sha256` is the hex digest of the file's bytes, `passage_sha256` that of the
    span's text in UTF-8. `words` counts what white space parts in it, and `words_sha256` is the
    digest of this, in NFC, with single spaces. Hyphens do not count, since one at the end of a line
    may belong to its word or not, nor do marks of quotation before a line.
    """

    number: int
    doc_id: str
    start: int
    end: int
    document_sha256: str
    passage_sha256: str
    words: int = 0
    words_sha256: str = ""

    @classmethod
    def of(cls, number: int, document: DocumentRecord, start: int, text: str) -> Citation:
        """Return the citation of `text`, which stands in `document` from offset `start`.

        >>> hit = retriever.retrieve("ceasefire terms")[0]          # doctest: +SKIP
        >>> Citation.of(1, hit.document, hit.passage.start, hit.passage.text)  # doctest: +SKIP
        """
        end = start + len(text)
        words = plain_words(text)
        return cls(
            number,
            document.doc_id,
            start,
            end,
            document.sha256,
            sha256_of(text),
            len(words),
            sha256_of(" ".join(words)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name, for JSON; `Citation(**fields)` reads them back."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CitationVerification:
    """What became of a cited span.

    `ok` says that its words are still in the file, all of them and in order. `found` gives their
    offsets, or is None.
    """

    citation: Citation
    status: _Status
    reason: str
    found: tuple[int, int] | None = None

    @property
    def ok(self) -> bool:
        """Whether the words are there: unchanged or moved."""
        return self.found is not None

    def to_dict(self) -> dict[str, Any]:
        """Everything by name, for JSON."""
        return {**asdict(self), "ok": self.ok}

    def __str__(self) -> str:
        return f"{self._cited}: {self.reason}"

    def _repr_html_(self) -> str:
        from query.showing.notebook import line_html

        return line_html(f"{'✓' if self.ok else '✗'} {self._cited}", self.reason)

    @property
    def _cited(self) -> str:
        citation = self.citation
        return f"[{citation.number}] {citation.doc_id} {citation.start}..{citation.end}"


def sha256_of(text: str) -> str:
    """Return the hex SHA-256 of a text's UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def verify_citations(
    citations: Iterable[Citation],
    root: str | os.PathLike[str] | Texts,
    *,
    max_bytes: int | None = None,
    encoding: str = "",
) -> list[CitationVerification]:
    """Look every citation up in the files under `root`, in the order given.

    `root` is the folder that was indexed, or the texts that `Retriever.from_texts` was given. A
    span whose words stand elsewhere in its document now has moved, to the place nearest to where it
    was. Line ends, wrapping, indentation and the Unicode form of the text do not matter, nor does
    page furniture that now stands among the words. The text
    of a PDF, and of other files that are not text, is extracted again. Files that are not in
    Unicode are read in `encoding`, or as what they are taken for. Files of more than `max_bytes`,
    by default the limit of their format, are not read, and nothing outside `root` is. Raises
    CorpusError if `root` is not a folder.
    """
    with DocumentReader(max_bytes=max_bytes, encoding=encoding) as reader:
        read = cache(lookup(root, reader))
        return [verify_in(read(citation.doc_id), citation) for citation in citations]


def lookup(
    root: str | os.PathLike[str] | Texts, reader: DocumentReader
) -> Callable[[str], Document | LeftOut | None]:
    """Return a function that reads a document by its id; None if there is no such document."""
    if not isinstance(root, str | os.PathLike):
        texts = texts_by_id(root)
        return lambda doc_id: (
            document_of(doc_id, texts[doc_id], reader) if doc_id in texts else None
        )
    folder = Path(root)
    if not folder.is_dir():
        raise CorpusError(f"no such folder: {folder}: give the folder that was indexed")

    def read(doc_id: str) -> Document | LeftOut | None:
        document = reader.document(folder, doc_id)
        # A file may be left out and be there all the same.
        if isinstance(document, LeftOut) and not os.path.exists(folder / doc_id):  # noqa: PTH110
            return None  # Path.exists would raise for a name that is too long
        return document

    return read


def verify_in(document: Document | LeftOut | None, citation: Citation) -> CitationVerification:
    """Look a citation up in its document, if that could be read."""
    if document is None:
        return CitationVerification(citation, "gone", "the file is missing")
    if isinstance(document, LeftOut):
        return CitationVerification(
            citation, "unreadable", f"the file is left out: {document.reason}"
        )
    found = _find(citation, document.text)
    if found is None:
        return _verify_words(citation, document)
    span = (found, found + citation.end - citation.start)
    if found != citation.start:
        return CitationVerification(citation, "moved", f"moved to {span[0]}..{span[1]}", span)
    edited = document.sha256 != citation.document_sha256
    reason = "unchanged, though the file has changed elsewhere" if edited else "unchanged"
    return CitationVerification(citation, "unchanged", reason, span)


def _verify_words(citation: Citation, document: Document) -> CitationVerification:
    """Look for the words of a citation, whatever the white space between them."""
    if span := _find_words([citation], document.text, citation.start):
        change = "the same words with other white space or Unicode form"
    elif spans := find_in_order([citation], document):
        span = spans[0][0], spans[-1][1]
        change = "the same words, with what is not read with them in between"
    else:
        return CitationVerification(citation, "gone", "gone: the file no longer has these words")
    reason = f"moved to {span[0]}..{span[1]}, {change}"
    return CitationVerification(citation, "moved", reason, span)


def find_in_order(citations: Sequence[Citation], document: Document) -> tuple[tuple[int, int], ...]:
    """Return the stretches in which the words of citations follow one another as they are read.

    Page furniture and other columns are passed over. If the words stand there several times, it is
    the place nearest to where the first citation was; if they do not, there are no stretches.
    """
    order = ReadingOrder.of(document)
    near = order.place_of(citations[0].start)
    found = _find_words(citations, order.text, citations[0].start if near is None else near)
    stretches = order.stretches(*found) if found else ()
    in_order = all(before[1] <= after[0] for before, after in pairwise(stretches))
    return stretches if in_order else ()


def _find_words(citations: Sequence[Citation], text: str, near: int) -> tuple[int, int] | None:
    """Return the span nearest to a place in which all cited words follow one another, or None."""
    words, spans = _words_in(text)
    if any(citation.words < 1 or not 0 <= citation.start < citation.end for citation in citations):
        return None
    count = sum(citation.words for citation in citations)
    if count > len(words) or len(words) * count > _MOST_WORDS_HASHED:
        return None
    starts = sorted(range(len(words) - count + 1), key=lambda first: abs(spans[first][0] - near))
    for first in starts:
        if _follow(citations, words[first : first + count]):
            return spans[first][0], spans[first + count - 1][1]
    return None


def _follow(citations: Iterable[Citation], words: Sequence[str]) -> bool:
    """Check that words are those of citations, one after the other."""
    first = 0
    for citation in citations:
        own = words[first : first + citation.words]
        if sha256_of(" ".join(own)) != citation.words_sha256:
            return False
        first += citation.words
    return True


def _words_in(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """Return what white space parts in a text, as it is read, and the span of each.

    A word that is broken at the end of a line is one.
    """
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        own = plain_words(match[0])
        if words and len(joined := plain_words(text[spans[-1][0] : end])) == 1 and own:
            words[-1], spans[-1] = joined[0], (spans[-1][0], end)
        elif own:
            words.append(own[0])
            spans.append((start, end))
    return words, spans


def plain_words(text: str) -> list[str]:
    """Return what white space parts in a text, as it is read, without hyphens and line marks."""
    return [word for word in as_read(text).replace("-", "").split() if word != ">"]


def _find(citation: Citation, text: str) -> int | None:
    """Return the offset of the cited words in `text`: the old one, or else the nearest."""
    length = citation.end - citation.start
    if citation.start < 0 or not 0 < length <= len(text):
        return None
    starts = chain([citation.start], _starts(text, length, citation.start))
    for start in starts:
        if sha256_of(text[start : start + length]) == citation.passage_sha256:
            return start
    return None


def _starts(text: str, length: int, near: int) -> Iterator[int]:
    """Yield the offsets at which a span may begin: between words first, and the nearest first."""
    # A passage neither begins nor ends with white space, nor inside a word if it can help it.
    places = [
        start
        for start in range(len(text) - length + 1)
        if not text[start].isspace() and not text[start + length - 1].isspace()
    ]
    places.sort(key=lambda start: abs(start - near))
    whole = [_cuts_no_word(text, start) and _cuts_no_word(text, start + length) for start in places]
    yield from compress(places, whole)
    if len(places) * length <= _MOST_HASHED:
        yield from compress(places, (not likely for likely in whole))


def _cuts_no_word(text: str, place: int) -> bool:
    return not (0 < place < len(text) and text[place - 1].isalnum() and text[place].isalnum())
