"""Passages by their place in a document: the neighbours of a hit, a passage by its id."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from embed.errors import PassageSearchError
from index import DocumentRecord, Locator, Passage
from query.hits import Hit
from query.searcher import Searcher

_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
# As `query` prints a place: a page, or what is counted like pages, a time of a recording, or after
# more the number of a paragraph.
_PAGE = re.compile(r"(.+?) (p\.|slide|row|cell) ([0-9]{1,9})(?:-([0-9]{1,9}))?(?: \(printed .*\))?")
_TIME = re.compile(r"(.+?) ([0-9]{1,9}):([0-5][0-9]):([0-5][0-9])")
_PARAGRAPH = re.compile(r"(.+?) · (?:.* · )?paragraph ([1-9][0-9]{0,17})(?: of [0-9]+)?(?: · .*)?")
_LINE_END = re.compile(r"\r\n|\r|\n")


class NoSuchPassageError(PassageSearchError):
    """The index that was asked has no such passage."""


def expand(searcher: Searcher, hit: Hit, before: int = 1, after: int = 1) -> tuple[Passage, ...]:
    """Return the passage of a hit among its neighbours in the document, in order of reading.

    At most `before` passages before it and `after` after it. Raises NoSuchPassageError if
    the hit is from another generation of the index, in which passages have other numbers.
    """
    passages = around(searcher, hit.document, hit.passage.number, before, after)
    if hit.passage not in passages:
        raise NoSuchPassageError(
            f"{hit.passage.passage_id} is not what it was when it was found: "
            "the index has changed since, ask the question again"
        )
    return passages


def around(
    searcher: Searcher, document: DocumentRecord, number: int, before: int, after: int
) -> tuple[Passage, ...]:
    """Return the passage `number` with at most `before` ones before it and `after` ones after."""
    if before < 0 or after < 0:
        raise NoSuchPassageError(
            f"{before} passages before and {after} after: ask for none or more of each"
        )
    return searcher.passages_of(document, number - before, number + after)


def read(
    searcher: Searcher, passage_id: str, before: int = 0, after: int = 0
) -> tuple[DocumentRecord, tuple[Passage, ...]]:
    """Return a passage by its id, among its neighbours, with the document that they stand in."""
    document, number = locate(searcher.documents(), passage_id)
    return document, around(searcher, document, number, before, after)


def place_named(searcher: Searcher, text: str) -> tuple[DocumentRecord, Passage]:
    """Return the passage that a person means by its id or its place, and its document.

    A place is `FILE:LINE`, `FILE p. 12`, `FILE slide 4`, `FILE 0:12:03`, or all that `query` prints
    under a hit. FILE is a path as `query` prints it, or the name of a document. The passage is the
    first one of the page, and else the one that stands at the place, or the one before it. Raises
    NoSuchPassageError if nothing, or more than one document, is meant.
    """
    documents = searcher.documents()
    if printed := _PARAGRAPH.fullmatch(text):
        name = printed[1]
        for place in (_PAGE, _TIME):
            name = found[1] if (found := place.fullmatch(name)) else name
        text = f"{name}#{printed[2]}"
    if page := _PAGE.fullmatch(text):
        document = _document_named(documents, page[1], searcher)
        what = "page" if page[2] == "p." else page[2]
        return document, _on_page(searcher, document, what, int(page[3]), int(page[4] or page[3]))
    if time := _TIME.fullmatch(text):
        hours, minutes, seconds = map(int, time.groups()[1:])
        document = _document_named(documents, time[1], searcher)
        return document, _at_time(searcher, document, 3600 * hours + 60 * minutes + seconds)
    name, sign, number = text.rpartition(":")
    if not sign or not _NUMBER.fullmatch(number):
        if "#" not in text:
            raise NoSuchPassageError(
                f"no passage {text!r}: give an id, such as a.txt#3, FILE:LINE or FILE p. 12"
            )
        document, own = locate(documents, _full_id(documents, text, searcher))
        [passage] = searcher.passages_of(document, own, own)
        return document, passage
    document = _document_named(documents, name, searcher)
    passages = searcher.passages_of(document, 1, document.passages)
    if not any(passage.line for passage in passages):
        raise NoSuchPassageError(
            f"{document.doc_id} has no lines: name a passage, such as {document.doc_id}#1"
        )
    line = int(number)
    above = [passage for passage in passages if 0 < passage.line <= line] or list(passages[:1])
    last = _last_line(above[-1])
    if above[-1] == passages[-1] and line > last:
        raise NoSuchPassageError(f"no passage on line {line}: {name} ends on line {last}")
    return document, above[-1]


def _on_page(
    searcher: Searcher, document: DocumentRecord, what: str, page: int, end: int
) -> Passage:
    """Return the first passage from one page to another, or that begins or goes on on the first.

    `what` is the name of what is counted as pages.
    """
    places = [
        (passage, passage.locator.page, passage.locator.page_end or 0)
        for passage in searcher.passages_of(document, 1, document.passages)
    ]
    pages = sorted({first for _, first, _ in places if first}, key=lambda n: abs(n - page))
    if not pages:
        raise NoSuchPassageError(
            f"{document.doc_id} has no {what}s: name a passage, such as {document.doc_id}#1"
        )
    there = [place for place in places if place[1] and place[1] <= page <= place[2]]
    if not there:
        raise NoSuchPassageError(
            f"no passage on {what} {page:,} of {document.doc_id}: the nearest {what} with text is "
            f"{pages[0]:,}"
        )
    there.sort(key=lambda place: (place[1] != page, place[2] != end))
    return there[0][0]


def _at_time(searcher: Searcher, document: DocumentRecord, second: int) -> Passage:
    """Return the passage that is spoken at a second, or else the one before it."""
    passages = searcher.passages_of(document, 1, document.passages)
    timed = [passage for passage in passages if passage.locator.time is not None]
    if not timed:
        raise NoSuchPassageError(
            f"{document.doc_id} has no times: name a passage, such as {document.doc_id}#1"
        )
    # A place is printed in whole seconds.
    before = [passage for passage in timed if int(passage.locator.time or 0) <= second] or timed[:1]
    end = before[-1].locator.time_end or 0
    if before[-1] == timed[-1] and second > end:
        ends = Locator(time=end)
        raise NoSuchPassageError(f"nothing is said that late: {document.doc_id} ends at {ends}")
    return before[-1]


def _full_id(documents: Sequence[DocumentRecord], text: str, searcher: Searcher) -> str:
    """Return the id of a passage that may begin with a path as `query` prints it."""
    name, _, number = text.rpartition("#")
    if any(record.doc_id == name for record in documents):
        return text
    return f"{_document_named(documents, name, searcher).doc_id}#{number}"


def _document_named(
    documents: Iterable[DocumentRecord], name: str, searcher: Searcher
) -> DocumentRecord:
    """Return the one document that a person means by a path or a name."""
    from query.document_filter import matching_doc_ids, near_names

    by_id = {record.doc_id: record for record in documents}
    found = sorted(matching_doc_ids(by_id, [name], searcher.corpus, searcher.folders))
    if not found:
        near = ", ".join(near_names(by_id, [name]))
        raise NoSuchPassageError(f"no document {name!r}: their names are like {near}")
    if len(found) > 1:
        raise NoSuchPassageError(
            f"{name!r} means {len(found):,} documents, such as {found[0]} and {found[1]}: name one"
        )
    return by_id[found[0]]


def _last_line(passage: Passage) -> int:
    """Return the line on which a passage ends; every character of a gap may end one."""
    gaps = sum(gap.end - gap.start for gap in passage.gaps)
    ends = len(_LINE_END.findall(passage.text))
    return passage.line + ends + gaps


def document_of(searcher: Searcher, doc_id: str) -> DocumentRecord:
    """Return the document of that name; NoSuchPassageError if there is none."""
    for record in searcher.documents():
        if record.doc_id == doc_id:
            return record
    raise NoSuchPassageError(f"no document {doc_id!r}: give the doc_id of one that was indexed")


def locate(documents: Iterable[DocumentRecord], passage_id: str) -> tuple[DocumentRecord, int]:
    """Return the document and the number of a passage by its id, or raise NoSuchPassageError."""
    doc_id, _, number = passage_id.rpartition("#")
    document = next((record for record in documents if record.doc_id == doc_id), None)
    if document is None or not _NUMBER.fullmatch(number) or int(number) > document.passages:
        last = f" to {document.passages}" if document else ""
        raise NoSuchPassageError(
            f"no passage {passage_id!r}: an id is that of a document, #, and a number from 1{last}"
        )
    return document, int(number)
