"""The answer to one question with the articles of its hits, as one file that asks nobody anything."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from query.citing.citation_line import copied_text
from query.errors import QueryError
from query.explaining.explainer import explain_verdict
from query.page.asked import MOST_HITS, Asked
from query.page.scores import scores_alone
from query.page.service import Answered, Stretch
from query.ranking_values import explanations_of

if TYPE_CHECKING:
    from index import DocumentRecord, PageBox, PageSize, Passage
    from query.explaining.explanation import Explanation
    from query.hits import Hit
    from query.options import SearchOptions
    from query.page.pdf_pages import PdfPages
    from query.ranking import Ranking
    from query.retriever import Retriever

# A file that is sent must stay small: mail servers take 10 to 25 MB. On the page an article of any
# length is whole; here it is up to some 60 printed pages, and a longer one is what stands around
# its hits. With all hits and pictures that are possible, a file is smaller than 10 MB.
WHOLE = 300
"""The most passages of an article that stands in the file whole."""

MOST_WHOLE = 1200
"""The most passages of all articles that stand in the file whole; those of the best hits do."""

AROUND = 12
"""How many passages stand before and after a hit of an article that is not whole."""

MOST_PICTURES = 3_000_000
"""The most bytes of all pictures of pages."""

_MOST_PAGES_OF_HIT = 3
_MOST_SCORED = 20_000
_WIDTH = 900


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that a hit is one: why it has its score, and the text to copy, with its line."""

    hit: Hit
    explanation: Explanation
    citation: str


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
    pictures: Mapping[int, Sequence[PagePicture]] | None = None
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
    asked = Asked("" if like else ranking.query, like, mode=search.mode, k=search.k)
    verdict = explain_verdict(searcher, ranking, search.most_chance)
    explanations = explanations_of(retriever, ranking) if hits else []
    proofs = [
        Proof(hit, explanation, copied_text(hit.document, hit.passage))
        for hit, explanation in zip(hits, explanations, strict=True)
    ]
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
    without = replace_without(search, like)
    room = MOST_WHOLE
    drawing = _Drawing.of(retriever)
    try:
        for own in by_document.values():
            document = next(iter(own.values())).hit.document
            whole = document.passages <= min(WHOLE, room)
            room -= document.passages if whole else 0
            stretches = tuple(
                Stretch(document, searcher.passages_of(document, each.start, each.stop - 1))
                for each in numbers_shown(document.passages, own, whole=whole)
            )
            scores: Sequence[float | None] = ()
            if document.passages <= _MOST_SCORED:
                scores = scores_alone(searcher, retriever.encoder, ranking, without, document)
            pictures, undrawn = drawing.pictures(document, own)
            yield ExportedArticle(document, stretches, own, scores, pictures, undrawn)
    finally:
        drawing.close()
