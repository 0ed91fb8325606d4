"""What the page asks of an index: answers, articles in stretches, scores of all their passages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING, Any

from embed.errors import PassageSearchError
from index import DocumentRecord, Passage
from query.citing.citation_line import CitationLine
from query.citing.citations import plain_words
from query.citing.line_verification import LineVerification, verify_lines_with
from query.explaining.explainer import Explainer, explain_verdict
from query.filtering.fields import field_names
from query.page.asked import Asked
from query.page.recent import Recent
from query.page.scores import scores_alone
from query.places import NoSuchPassageError, locate
from query.ranking import Ranking
from query.ranking_values import ranking_values
from query.retriever import Retriever

if TYPE_CHECKING:
    from pathlib import Path

    from index import Sentence
    from query.explaining.explanation import ExplainedVerdict, Explanation
    from query.searcher import Searcher

MOST_IN_STRETCH = 200
"""The most passages that are given at once."""

PART = 60
"""The passages of a part of an article. The page holds the parts around what is read."""

_MOST_ANSWERS = 32
_MOST_SCORED = 8
_MOST_NAMES = 50


class MovedError(PassageSearchError):
    """The index has another generation than the one that was asked about."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A ranking for what was asked, with the evidence of its verdict."""

    asked: Asked
    ranking: Ranking
    verdict: ExplainedVerdict


@dataclass(frozen=True, slots=True)
class Stretch:
    """Passages of an article that follow one another, in order of reading."""

    document: DocumentRecord
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """The part of an article that holds the passage that is open, `marked`, and its neighbours.

    `best` are the best sentences of the passages of the article that were found, by their numbers.
    `before` is the passage before the stretch; None if it begins with the first one.
    """

    stretch: Stretch
    marked: Passage
    best: Mapping[int, Sentence]
    before: Passage | None = None


@dataclass(frozen=True, slots=True)
class PageState:
    """What the whole page shows when it is opened.

    `answered` and `article` are None if nothing is asked, or if `problem` says why there is no
    answer, or no such article. `folders` are the paths of the folders that were indexed, and
    `fields` the names that conditions on documents may have. `changed` says what has changed in the
    folders since: it is "" if nothing has, and None for an index in Milvus, which is not compared
    with them. `token` goes with each POST, in the header `x-page-token`.
    """

    asked: Asked
    token: str
    answered: Answered | None = None
    article: Article | None = None
    problem: str = ""
    generation: str = ""
    folders: tuple[str, ...] = ()
    documents: int = 0
    passages: int = 0
    fields: tuple[str, ...] = ()
    changed: str | None = ""


class _Opened:
    """One generation, with what is asked of it again and again."""

    def __init__(self, retriever: Retriever) -> None:
        # Its own retriever, which does not move on in the middle of an answer.
        self.retriever = Retriever(retriever.searcher, retriever.encoder, retriever.reranker)
        self.searcher = retriever.searcher

    @cached_property
    def documents(self) -> dict[str, DocumentRecord]:
        return {record.doc_id: record for record in self.searcher.documents()}

    @cached_property
    def names(self) -> list[tuple[str, str]]:
        """What each document is looked up by, and its id."""
        return [
            (f"{doc_id} {record.title}".casefold(), doc_id)
            for doc_id, record in self.documents.items()
        ]

    @cached_property
    def fields(self) -> tuple[str, ...]:
        return tuple(field_names(self.documents.values()))

    def document(self, doc_id: str) -> DocumentRecord:
        record = self.documents.get(doc_id)
        if record is None:
            raise NoSuchPassageError(f"no document {doc_id!r}: give the doc_id of one of the index")
        return record

    def passage(self, passage_id: str) -> tuple[DocumentRecord, Passage]:
        record = self.documents.get(passage_id.rpartition("#")[0])
        document, number = locate([record] if record else [], passage_id)
        [passage] = self.searcher.passages_of(document, number, number)
        return document, passage


class PageService:
    """Answers what the page asks, of the generation of the index that is in use now.

    Threads share it. Before each answer it moves to a newer generation if there is one. The last
    answers are kept, so that an article or an explanation does not search again. Methods raise
    what those of `Retriever` raise. `reopen` opens the index once more, after it was damaged.
    """

    def __init__(self, retriever: Retriever, reopen: Callable[[], Searcher] | None = None) -> None:
        self.retriever = retriever
        self._reopen = reopen
        self._doubted = False
        self._lock = Lock()
        self._opened = _Opened(retriever)
        self._answers: Recent[tuple[Asked, str], Answered] = Recent(_MOST_ANSWERS)
        self._scores: Recent[tuple[Asked, str, str], tuple[float | None, ...]] = Recent(
            _MOST_SCORED
        )

    def doubt(self) -> None:
        """Open the index anew before the next answer: it turned out not to be readable."""
        self._doubted = True

    def check_generation(self, name: str) -> None:
        """Raise MovedError unless the generation in use now has this name, or none is given."""
        if name:
            self._of_generation(name)

    def ask(self, asked: Asked) -> Answered:
        """Return the ranking of what is asked, which must not be empty."""
        return self._answered(self._current(), asked)

    def open_article(self, answered: Answered | None, asked: Asked) -> Article | None:
        """Return the article of the passage that is `opened`, or else of the first hit.

        None if there is neither.
        """
        opened = self._current()
        hits = (answered.ranking.hits or answered.ranking.nearest) if answered else ()
        passage_id = asked.opened or (hits[0].passage.passage_id if hits else "")
        if not passage_id:
            return None
        document, marked = opened.passage(passage_id)
        parts_before = (marked.number - 1) // PART
        first, last = PART * (parts_before - 1) + 1, PART * (parts_before + 2)
        stretch, before = _stretch(opened, document, first, last)
        best = best_sentences(answered, document.doc_id)
        return Article(stretch, marked, best, before)

    def passage(self, passage_id: str) -> tuple[DocumentRecord, Passage]:
        """Return a passage by its id, with its document."""
        return self._current().passage(passage_id)

    def document(self, doc_id: str) -> DocumentRecord:
        """Return a document by its id."""
        return self._current().document(doc_id)

    def stretch(self, doc_id: str, first: int, last: int) -> tuple[Stretch, Passage | None]:
        """Return the passages of a document from number `first` to `last`, 200 at most.

        The passage before them comes with them, if there is one.
        """
        opened = self._current()
        return _stretch(opened, opened.document(doc_id), first, last)

    def scores(self, asked: Asked, doc_id: str) -> Sequence[float | None]:
        """Return the score of each passage of a document, in order; None if it has none.

        The document is ranked alone, with the words that were looked for in the whole index. What
        is shown under another passage of it, or says the same, has the score of that one.
        """
        opened = self._current()
        answered = self._answered(opened, asked)
        document = opened.document(doc_id)
        key = _searched(asked), opened.searcher.generation, doc_id
        return self._scores.get(key, lambda: _scores_of(opened, answered, document))

    def explain(self, answered: Answered, passage_id: str) -> Explanation:
        """Return why a passage has its score.

        Raises MovedError if the index has moved on since it was answered.
        """
        opened = self._of_generation(answered.ranking.generation)
        explainer = Explainer.of(opened.searcher, opened.retriever.encoder, answered.ranking)
        [explanation] = explainer.explain([opened.passage(passage_id)])
        return explanation

    def values(self, answered: Answered, *, explained: bool) -> dict[str, Any]:
        """Return a ranking as `query --json` prints it, or `query --json --explain`.

        Raises MovedError if the index has moved on since it was answered.
        """
        opened, options = self._of_generation(answered.ranking.generation), answered.asked.options()
        return ranking_values(
            opened.retriever, answered.ranking, options.most_chance, explained=explained
        )

    def verify(self, line: str) -> LineVerification:
        """Return whether the words that a citation line cites still stand in the files.

        Raises CitationLineError if it is not such a line, and CorpusError if the folder is gone.
        """
        [found] = verify_lines_with(self._current().searcher, [CitationLine.read(line)])
        return found

    def passage_with(self, found: LineVerification) -> str | None:
        """Return the id of the passage that holds cited words, if they were found; else None.

        In the index they may stand at another place than in the file, which may be newer.
        """
        opened = self._current()
        document = opened.documents.get(found.doc_id)
        if document is None or not found.found:
            return None
        [start, _], *_ = found.found
        words = _spaced(found.text)
        passages = opened.searcher.passages_of(document, 1, document.passages)
        nearest_first = sorted(passages, key=lambda each: abs(each.start - start))
        holding = (each.passage_id for each in nearest_first if words in _spaced(each.text))
        return next(holding, None)

    def names_like(self, text: str) -> list[str]:
        """Return ids of documents whose id or title holds each of these words, case aside."""
        words = text.casefold().split()
        names = self._current().names
        return list(
            islice((own for name, own in names if all(w in name for w in words)), _MOST_NAMES)
        )

    def documents(self) -> Sequence[DocumentRecord]:
        """Return every document, in order of its id."""
        return [*self._current().documents.values()]

    def state(self, asked: Asked, token: str, changed: str | None = "") -> PageState:
        """Return what the whole page shows before anything is answered."""
        opened = self._current()
        searcher = opened.searcher
        return PageState(
            asked,
            token,
            generation=searcher.generation,
            folders=tuple(str(searcher.corpus / folder) for folder in searcher.folders),
            documents=len(opened.documents),
            passages=searcher.passages,
            fields=opened.fields,
            changed=changed,
        )

    def folder_of(self, document: DocumentRecord) -> tuple[Path, Path]:
        """Return the folder that ids of documents are relative to, and the one that holds it."""
        searcher = self._current().searcher
        return searcher.corpus, searcher.folder_of(document).path

    def _current(self) -> _Opened:
        """Move to the newest generation, and return it."""
        with self._lock:
            if self._doubted and self._reopen is not None:
                self.retriever.searcher = self._reopen()
                self._doubted = False
            else:
                self.retriever.refresh()
            if self._opened.searcher is not self.retriever.searcher:
                self._opened = _Opened(self.retriever)
            return self._opened

    def _of_generation(self, name: str) -> _Opened:
        """Return the generation in use now, which must have this name."""
        opened = self._current()
        if opened.searcher.generation != name:
            raise MovedError("the index has changed since: ask the question again")
        return opened

    def _answered(self, opened: _Opened, asked: Asked) -> Answered:
        key = _searched(asked), opened.searcher.generation
        return replace(self._answers.get(key, lambda: _answer(opened, asked)), asked=asked)


def _spaced(text: str) -> str:
    """Return the words of a text with a space on each side of each, to find some in others."""
    return f" {' '.join(plain_words(text))} "


def _searched(asked: Asked) -> Asked:
    """Return what is searched: whatever is open, the ranking is the same."""
    return replace(asked, opened="")


def _answer(opened: _Opened, asked: Asked) -> Answered:
    retriever, options = opened.retriever, asked.options()
    if asked.like:
        ranking = retriever.like(asked.like, options)
    else:
        [ranking] = retriever.search([asked.question], options)
    verdict = explain_verdict(opened.searcher, ranking, options.most_chance)
    return Answered(asked, ranking, verdict)


def best_sentences(answered: Answered | None, doc_id: str) -> Mapping[int, Sentence]:
    """Return the best sentence of each passage of a document that was found, by its number."""
    if answered is None:
        return {}
    return {
        hit.passage.number: hit.best
        for hit in (*answered.ranking.hits, *answered.ranking.nearest)
        if hit.passage.doc_id == doc_id
    }


def _stretch(
    opened: _Opened, document: DocumentRecord, first: int, last: int
) -> tuple[Stretch, Passage | None]:
    first = max(first, 1)
    last = min(last, first + MOST_IN_STRETCH - 1)
    found = opened.searcher.passages_of(document, first - 1, last)
    before = found[0] if found and found[0].number < first else None
    return Stretch(document, found[1:] if before else found), before


def _scores_of(
    opened: _Opened, answered: Answered, document: DocumentRecord
) -> tuple[float | None, ...]:
    asked, retriever = answered.asked, opened.retriever
    options = replace(asked.options(), without=(asked.like,) if asked.like else ())
    return scores_alone(opened.searcher, retriever.encoder, answered.ranking, options, document)
