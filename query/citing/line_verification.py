"""What became of the words that a line cites: they stand there, have moved, or are gone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from index import Document, DocumentReader, LeftOut, Locator, ReadingOrder, as_read, locator_in
from query.citing.citation_line import CitationLine
from query.citing.citations import (
    Citation,
    find_in_order,
    lookup,
    plain_words,
    sha256_of,
    verify_in,
)
from query.hits import place_values

if TYPE_CHECKING:
    from query.searcher import Searcher
    from query.texts import Texts

_Status = Literal["unchanged", "moved", "gone", "missing", "unreadable"]
_Spans = tuple[tuple[int, int], ...]
_Read = Callable[[str], Document | LeftOut | None]

# Documents may be large, and most lines in a text cite one after the other.
_DOCUMENTS_KEPT = 8
_MOST_PASSAGES_COMPARED = 50_000


@dataclass(frozen=True, slots=True)
class LineVerification:
    """What became of the words that a line cites.

    `ok` says that they are still there, all of them and in order. Then `found` has the stretches of
    the document in which they stand, `locator` their place as a person looks it up, and `text` the
    words as they are read there. `doc_id` is the document that they were found in: another one than
    the line names if the file has another name now. `reason` says it all in words that follow a
    place: "these words stand here". If the file is not there, the status is "missing".
    """

    line: CitationLine
    status: _Status
    reason: str
    doc_id: str
    found: _Spans = ()
    locator: Locator = field(default_factory=Locator)
    text: str = ""

    @property
    def ok(self) -> bool:
        """Whether the words are there: unchanged or moved."""
        return bool(self.found)

    def to_dict(self) -> dict[str, Any]:
        """Everything by name, for JSON; `citation` is the line."""
        return {
            "citation": str(self.line),
            "cited": [citation.to_dict() for citation in self.line.citations],
            "ok": self.ok,
            "status": self.status,
            "reason": self.reason,
            "doc_id": self.doc_id,
            "found": [list(span) for span in self.found],
            "line": self.locator.line,
            **place_values(self.locator),
            "text": self.text,
        }

    def __str__(self) -> str:
        return f"{self.locator.after(self.doc_id)}: {self.reason}"


def verify_lines(
    lines: Iterable[CitationLine],
    root: str | os.PathLike[str] | Texts,
    *,
    max_bytes: int | None = None,
    encoding: str = "",
) -> list[LineVerification]:
    """Look up what lines cite in the files under `root`, in the order given.

    As `verify_citations`, whose arguments these are. What a line cites as several stretches must
    stand there in one piece as well: nothing but what is not read with it may stand in between.
    Raises CorpusError if `root` is not a folder.
    """
    with DocumentReader(max_bytes=max_bytes, encoding=encoding) as reader:
        read = lru_cache(_DOCUMENTS_KEPT)(lookup(root, reader))
        return [_verified(line, read) for line in lines]


def verify_lines_with(searcher: Searcher, lines: Iterable[CitationLine]) -> list[LineVerification]:
    """Look up what lines cite in the files of an index, read as they were for the index.

    If a file is not there, the words are looked for in those documents of the index that had the
    same bytes or have the same passage. Passages are compared if the index has at most 50,000.
    Raises CorpusError if the folder that was indexed is gone.
    """
    with ExitStack() as stack:
        read = _read_with(searcher, stack)
        by_digests = cache(lambda: _documents_by_digests(searcher))
        found = []
        for line in lines:
            verification = _verified(line, read)
            if verification.status == "missing":
                digests = tuple(citation.passage_sha256 for citation in line.citations)
                known = by_digests()
                names = [*known.get((line.document_sha256,), ()), *known.get(digests, ())]
                verification = _verified_elsewhere(line, read, names) or verification
            found.append(verification)
        return found


def _read_with(searcher: Searcher, stack: ExitStack) -> _Read:
    """Return a function that reads a document as it was for the index; `stack` ends its readers."""
    documents = searcher.documents()
    by_id = {document.doc_id: document for document in documents}

    @cache
    def lookup_with(max_bytes: int | None, encoding: str) -> _Read:
        reader = DocumentReader(max_bytes=max_bytes, encoding=encoding)
        return lookup(Path(searcher.corpus), stack.enter_context(reader))

    @lru_cache(_DOCUMENTS_KEPT)
    def read(doc_id: str) -> Document | LeftOut | None:
        document = by_id.get(doc_id, documents[0] if documents else None)
        if document is None:
            return lookup_with(None, "")(doc_id)
        folder = searcher.folder_of(document)
        return lookup_with(folder.max_bytes, folder.encoding)(doc_id)

    return read


def _documents_by_digests(searcher: Searcher) -> dict[tuple[str, ...], list[str]]:
    """Return the documents of an index by their own digest, and by those of each passage."""
    found: dict[tuple[str, ...], list[str]] = {}
    documents = searcher.documents()
    for document in documents:
        found.setdefault((document.sha256,), []).append(document.doc_id)
    if sum(document.passages for document in documents) <= _MOST_PASSAGES_COMPARED:
        for document in documents:
            for passage in searcher.passages_of(document, 1, document.passages):
                pieces = passage.pieces_of(passage.start, passage.end)
                digests = tuple(sha256_of(passage.text_of(*piece)) for piece in pieces)
                found.setdefault(digests, []).append(document.doc_id)
    return found


def _verified_elsewhere(
    line: CitationLine, read: _Read, names: Iterable[str]
) -> LineVerification | None:
    """Return where the words of a line stand in the first of other documents that has them."""
    for name in dict.fromkeys(names):
        found = _verified(line.in_document(name), read)
        if found.ok:
            reason = f"these words stand here now, and were cited from {line.doc_id}"
            return replace(found, line=line, status="moved", reason=reason)
    return None


def _verified(line: CitationLine, read: _Read) -> LineVerification:
    document = read(line.doc_id)
    if document is None:
        return LineVerification(line, "missing", "the file is not there", line.doc_id)
    if isinstance(document, LeftOut):
        reason = f"the file cannot be read: {document.reason}"
        return LineVerification(line, "unreadable", reason, line.doc_id)
    spans = _spans_of(line.citations, document)
    if not spans:
        return LineVerification(line, "gone", "these words are no longer there", line.doc_id)
    status, reason = _change(line, document, spans)
    locator = locator_in(document, spans[0][0], spans[-1][1])
    text = as_read(_joined(spans, document))
    return LineVerification(line, status, reason, line.doc_id, spans, locator, text)


def _change(line: CitationLine, document: Document, spans: _Spans) -> tuple[_Status, str]:
    """Return the status of words that were found, and the reason."""
    texts = [sha256_of(document.text[start:end]) for start, end in spans]
    if texts != [citation.passage_sha256 for citation in line.citations]:
        return "moved", "these words stand here, with other line ends, spaces or page breaks"
    if spans != tuple((citation.start, citation.end) for citation in line.citations):
        return "moved", "these words have moved here"
    if document.sha256 != line.document_sha256:
        return "unchanged", "these words stand here, and the file has changed elsewhere"
    return "unchanged", "these words stand here"


def _spans_of(citations: Sequence[Citation], document: Document) -> _Spans:
    """Return the stretches in which all that is cited stands, in one piece; else none."""
    longest = max(citations, key=lambda citation: citation.end - citation.start)
    anchor = verify_in(document, longest).found
    if len(citations) == 1 and anchor:
        words = plain_words(document.text[slice(*anchor)])
        has_others = len(words) > max(longest.words, 1)
        return (has_others and find_in_order(citations, document)) or (anchor,)
    # Short stretches may stand in several places: the right one has moved as far as the longest.
    shift = anchor[0] - longest.start if anchor else 0
    found = [verify_in(document, _shifted(citation, shift)).found for citation in citations]
    spans = tuple(span for span in found if span)
    # Also in a document that is unchanged: a line may have been made to leave out a "not".
    if len(spans) == len(citations) > 1 and _is_one_piece(spans, document):
        return spans
    return find_in_order(citations, document)


def _shifted(citation: Citation, by: int) -> Citation:
    start = max(citation.start + by, 0)
    return replace(citation, start=start, end=start + citation.end - citation.start)


def _is_one_piece(spans: _Spans, document: Document) -> bool:
    """Check that nothing stands between stretches but what is not read with them."""
    order = ReadingOrder.of(document)
    first, last = order.place_of(spans[0][0]), order.place_of(spans[-1][1] - 1)
    if first is None or last is None:
        return False
    cited = plain_words(_joined(spans, document))
    return plain_words(order.text[first : last + 1]) == cited


def _joined(spans: _Spans, document: Document) -> str:
    return "\n".join(document.text[start:end] for start, end in spans)
