"""The answer to one question, with the articles of its hits, as it stands in a file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Self

from query.errors import QueryError
from query.explaining.explainer import explain_verdict
from query.page.asked import MOST_HITS, Asked
from query.page.scores import scores_alone
from query.page.service import Answered, Stretch
from query.ranking_values import explanations_of

if TYPE_CHECKING:
    from index import DocumentRecord, PageBox, PageSize
    from query.explaining.explanation import Explanation
    from query.hits import Hit
    from query.options import SearchOptions
    from query.page.pdf_pages import PdfPages
    from query.ranking import Ranking
    from query.retriever import Retriever
    from query.searcher import Searcher

# A file that is sent must stay small: mail servers take 10 to 25 MB. On the page an article of any
# length is whole; here it is up to some 60 printed pages, and a longer one is what stands around
# its hits. A file with 100 hits and all pictures that it may hold takes some 5 MB.
WHOLE = 300
"""The most passages of an article that stands in the file whole."""

MOST_WHOLE = 600_000
"""The most characters of all articles that stand in the file whole: those of the best hits."""

AROUND = 12
"""How many passages stand before and after a hit of an article that is not whole."""

MOST_PICTURES = 3_000_000
"""The most bytes of all pictures of pages."""

_MOST_PAGES_OF_HIT = 3
_MOST_SCORED = 20_000
_WIDTH = 900


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that a hit is one: why it has its score."""

    hit: Hit
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page of a PDF as a PNG, of `size` points, and what is lit on it.

    `passages` are the boxes of the hits that stand on the page, and `best` those of their best
    sentences.
    """

    page: int
    size: PageSize
    png: bytes
    passages: tuple[PageBox, ...]
    best: tuple[PageBox, ...]


@dataclass(frozen=True, slots=True)
class ExportedArticle:
    """An article of the file: stretches of its passages in order, with what belongs to its hits.

    What stands between the stretches is left out. `proofs` and `pictures` stand below the passages
    with these numbers; `undrawn` counts pages of hits that are not there as pictures. `scores` are
    those of all passages, () if there are too many of them.
    """

    document: DocumentRecord
    stretches: tuple[Stretch, ...]
    proofs: Mapping[int, Proof]
    scores: Sequence[float | None] = ()
    pictures: Mapping[int, Sequence[PagePicture]] = field(default_factory=dict)
    undrawn: int = 0

    @property
    def shown(self) -> int:
        """How many of its passages stand in the file."""
        return sum(len(stretch.passages) for stretch in self.stretches)


@dataclass(frozen=True, slots=True)
class ExportedAnswer:
    """All that the file shows: `restrictions` are those on the documents that were searched."""

    answered: Answered
    restrictions: tuple[str, ...]
    articles: tuple[ExportedArticle, ...]
    documents: int
    passages: int


def exported_answer(
    retriever: Retriever, ranking: Ranking, search: SearchOptions, like: str = ""
) -> ExportedAnswer:
    """Return what a file shows of a ranking: of a question, or of what is `like` a passage.

    Pages of PDFs are drawn if the library for it is installed. Raises QueryError if there are more
    hits than a page shows, or if the index has moved on since.
    """
    hits = ranking.hits or ranking.nearest
    if len(hits) > MOST_HITS:
        raise QueryError(
            f"{len(hits):,} passages are too many for one page: give -k {MOST_HITS} or less"
        )
    searcher = retriever.searcher
    question = "" if like else ranking.query
    asked = Asked(question, like, mode=search.mode, k=search.k, min_score=search.min_score)
    verdict = explain_verdict(searcher, ranking, search.most_chance)
    explanations = explanations_of(retriever, ranking) if hits else []
    proofs = [Proof(*each) for each in zip(hits, explanations, strict=True)]
    return ExportedAnswer(
        Answered(asked, ranking, verdict),
        _restrictions(search, searcher.corpus),
        tuple(_articles(retriever, ranking, search, like, proofs)),
        len(searcher.documents()),
        searcher.passages,
    )


def numbers_shown(passages: int, hits: Iterable[int], *, whole: bool) -> list[range]:
    """Return the stretches of an article that a file shows, as ranges of numbers of passages.

    `hits` are the numbers of its passages that were found. Stretches that touch are one.

    >>> numbers_shown(1000, [40, 50, 900], whole=False)
    [range(28, 63), range(888, 913)]
    """
    if whole:
        return [range(1, passages + 1)]
    stretches: list[range] = []
    for number in sorted(hits):
        first, end = max(number - AROUND, 1), min(number + AROUND, passages) + 1
        if stretches and first <= stretches[-1].stop:
            first = stretches.pop().start
        stretches.append(range(first, end))
    return stretches


def _articles(
    retriever: Retriever,
    ranking: Ranking,
    search: SearchOptions,
    like: str,
    proofs: Sequence[Proof],
) -> Iterable[ExportedArticle]:
    """Yield the articles in order of their best hits."""
    searcher = retriever.searcher
    by_document: dict[str, dict[int, Proof]] = {}
    for proof in proofs:
        passage = proof.hit.passage
        by_document.setdefault(passage.doc_id, {})[passage.number] = proof
    options = replace(search, without=(like,)) if like else search
    room = MOST_WHOLE
    with _Drawing(searcher) as drawing:
        for own in by_document.values():
            document = next(iter(own.values())).hit.document
            stretches = _stretches(searcher, document, own, room)
            if sum(len(each.passages) for each in stretches) == document.passages:
                room -= _characters(stretches)
            scores: Sequence[float | None] = ()
            if document.passages <= _MOST_SCORED:
                scores = scores_alone(searcher, retriever.encoder, ranking, options, document)
            pictures, undrawn = drawing.pictures_of(document, own)
            yield ExportedArticle(document, stretches, own, scores, pictures, undrawn)


def _stretches(
    searcher: Searcher, document: DocumentRecord, hits: Iterable[int], room: int
) -> tuple[Stretch, ...]:
    """Return the whole article if it is short and has room, or else what is around its hits."""

    def read(*, whole: bool) -> tuple[Stretch, ...]:
        return tuple(
            Stretch(document, searcher.passages_of(document, each.start, each.stop - 1))
            for each in numbers_shown(document.passages, hits, whole=whole)
        )

    if document.passages <= WHOLE and _characters(stretches := read(whole=True)) <= room:
        return stretches
    return read(whole=False)


def _characters(stretches: Iterable[Stretch]) -> int:
    return sum(len(passage.text) for each in stretches for passage in each.passages)


class _Drawing:
    """Draws the pages of hits, until there are as many bytes of them as a file takes."""

    def __init__(self, searcher: Searcher) -> None:
        self._pages = self._opened(searcher)
        self._room = MOST_PICTURES

    @staticmethod
    def _opened(searcher: Searcher) -> PdfPages | None:
        """Return what draws pages, if its library is installed."""
        if find_spec("PIL") is None:
            return None
        from query.page.pdf_pages import PdfPages

        return PdfPages.of(searcher)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pages is not None:
            self._pages.close()

    def pictures_of(
        self, document: DocumentRecord, proofs: Mapping[int, Proof]
    ) -> tuple[Mapping[int, Sequence[PagePicture]], int]:
        """Return the pages of a PDF that its hits stand on, each below the first hit that is there.

        By the numbers of the passages; with them how many pages were left out for want of room.
        Nothing is drawn of another document, or if its file is not the one that was indexed.
        """
        if self._pages is None or document.reader.format != "pdf":
            return {}, 0
        sizes = self._pages.pages(document)
        if sizes is None:
            return {}, 0
        boxes, best, first = self._boxes(document, proofs)
        pictures: dict[int, list[PagePicture]] = {}
        undrawn = 0
        for page, number in first.items():
            png = self._picture(document, page) if page <= len(sizes) else None
            if png is None:
                undrawn += 1
                continue
            lit = (tuple(box for box in found if box.page == page) for found in (boxes, best))
            pictures.setdefault(number, []).append(PagePicture(page, sizes[page - 1], png, *lit))
        return pictures, undrawn

    def _boxes(
        self, document: DocumentRecord, proofs: Mapping[int, Proof]
    ) -> tuple[list[PageBox], list[PageBox], dict[int, int]]:
        """Return the boxes of passages and of best sentences, and the first hit on each page."""
        boxes: list[PageBox] = []
        best: list[PageBox] = []
        first: dict[int, int] = {}
        for number in sorted(proofs):
            hit = proofs[number].hit
            own: list[PageBox] = []
            for start, end in hit.passage.pieces_of(hit.passage.start, hit.passage.end):
                own += self._found(document, start, end)
            boxes += own
            for start, end in hit.passage.pieces_of(hit.best.start, hit.best.end):
                best += self._found(document, start, end)
            for page in sorted({box.page for box in own})[:_MOST_PAGES_OF_HIT]:
                first.setdefault(page, number)
        return boxes, best, first

    def _found(self, document: DocumentRecord, start: int, end: int) -> Sequence[PageBox]:
        return (self._pages.boxes(document, start, end) or ()) if self._pages else ()

    def _picture(self, document: DocumentRecord, page: int) -> bytes | None:
        """Return a page, or None if it cannot be drawn or has no room."""
        png = self._pages.image(document, page, _WIDTH) if self._pages else None
        if png is None or len(png) > self._room:
            return None
        self._room -= len(png)
        return png


def _restrictions(search: SearchOptions, corpus: Path) -> tuple[str, ...]:
    """Return what was asked of documents, without the place of a folder on this machine."""
    docs = [_inside(doc, corpus) for doc in (search.docs or ())]
    conditions = (
        replace(condition, value=_inside(condition.value, corpus))
        if condition.name.casefold() == "folder"
        else condition
        for condition in search.conditions
    )
    return (*docs, *map(str, conditions))


def _inside(doc: str, corpus: Path) -> str:
    """Return a name as it was typed, or relative to the corpus if it is a path from elsewhere."""
    path = PurePath(os.path.realpath(Path(doc).expanduser()))
    root = os.path.realpath(corpus)
    if not PurePath(doc).is_absolute() and ".." not in PurePath(doc).parts and doc[:1] != "~":
        return doc
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
