"""Retriever: an opened index and an encoder; a question in, the exact top k passages out."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import islice, takewhile
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from embed import PassageSearchError, TextEncoder
from index.chance import Chance
from index.generation import Generation, current_name, find_index
from index.opened import OpenIndex
from index.scoring import Candidates, Selection, find_candidates
from index.types import DocumentRecord, Passage, Sentence, StoredPassage
from query.confidence import p_chance, verdict
from query.hits import MODES, MOST_CHANCE, Hit, Mode, Ranking
from query.ranking import descending, parts, totals

if TYPE_CHECKING:
    from query.answers import AnswerCheck

LONGEST_QUERY = 100_000
"""Characters of a question beyond which it is refused."""


class QueryError(PassageSearchError):
    """A question, or an option that came with it, cannot be used."""


@dataclass(frozen=True, slots=True, eq=False)
class _Request:
    """What a caller of ``retrieve`` asked for, checked."""

    k: int
    mode: Mode
    min_score: float | None
    most_chance: float
    selection: Selection


def fits(doc_id: str, globs: Iterable[str]) -> bool:
    """Whether a document is named by one of the globs, or fits it.

    >>> fits("2023/a [draft].txt", ["2023/a [draft].txt"])
    True
    """
    return any(doc_id == glob or fnmatchcase(doc_id, glob) for glob in globs)


class _Searcher:
    """Ranks the passages of one open index, and never changes."""

    def __init__(self, index: OpenIndex) -> None:
        self.index = index
        self.chance = Chance(*index.generation.manifest.chance)
        # A retriever that moved on leaves this one to the rankings that are under way.
        finalize(self, index.close)

    def select(self, docs: str | Sequence[str] | None) -> Selection:
        """The passages of the documents that fit a glob, or of all."""
        if docs is None:
            return self._everything
        globs = (docs,) if isinstance(docs, str) else tuple(docs)
        ranges = [
            np.arange(rows.start, rows.stop, dtype=np.int64)
            for doc_id, rows in self._documents
            if fits(doc_id, globs)
        ]
        if not ranges:
            wanted = " or ".join(globs) or "no glob at all"
            raise QueryError(
                f"no document fits {wanted}: their names are like {self._documents[0][0]}"
            )
        return Selection.of(self.index, np.concatenate(ranges))

    @cached_property
    def _documents(self) -> list[tuple[str, range]]:
        return [(record.doc_id, record.rows) for record in self.index.catalog.documents()]

    @cached_property
    def _everything(self) -> Selection:
        return Selection.everything(self.index)

    def rank(self, query: str, vector: NDArray[np.float32], request: _Request) -> Ranking:
        candidates = find_candidates(self.index, request.selection, query, vector)
        chance = p_chance(candidates, self.chance)
        hits = self._hits(candidates, vector, request)
        return Ranking(
            hits,
            query=query,
            mode=request.mode,
            verdict=verdict(chance, request.most_chance) if hits else "no_match",
            p_chance=chance,
            generation=self.index.generation.name,
        )

    def _hits(
        self, candidates: Candidates, vector: NDArray[np.float32], request: _Request
    ) -> list[Hit]:
        """The first k passages in order of score, those that say the same taken together."""
        scores = totals(candidates, request.mode)
        chosen = self._different(candidates, scores, request)
        found = parts(candidates.at([position for position, _ in chosen]))
        ids = self.index.catalog.ids_saying([stored.row for _, stored in chosen])
        return [
            Hit(
                rank=rank,
                score=float(scores[position]),
                passage=stored.passage,
                best=self._best_sentence(stored, vector),
                scores=scores_of_hit,
                document=stored.document,
                also_in=tuple(
                    passage_id
                    for passage_id in ids.get(stored.digest, ())
                    if passage_id != stored.passage.passage_id
                ),
            )
            for rank, ((position, stored), scores_of_hit) in enumerate(
                zip(chosen, found, strict=True), start=1
            )
        ]

    def _different(
        self, candidates: Candidates, scores: NDArray[np.float64], request: _Request
    ) -> list[tuple[int, StoredPassage]]:
        """The first k candidates, by position, of which no two say the same."""
        least = -np.inf if request.min_score is None else request.min_score
        # A lexical score of 0 is not a low one: no word is shared.
        above = 0.0 if request.mode == "lexical" else -np.inf
        positions = takewhile(
            lambda position: scores[position] >= least and scores[position] > above,
            descending(scores, request.k),
        )
        different: dict[bytes, tuple[int, StoredPassage]] = {}
        while len(different) < request.k and (some := list(islice(positions, request.k))):
            rows = candidates.rows[some].tolist()
            for position, stored in zip(some, self.index.catalog.passages_at(rows), strict=True):
                different.setdefault(stored.digest, (position, stored))
        return list(islice(different.values(), request.k))

    def _best_sentence(self, stored: StoredPassage, vector: NDArray[np.float32]) -> Sentence:
        sentences = stored.passage.sentences
        stop = int(self.index.bounds[stored.row + 1])
        rows = np.arange(stop - len(sentences), stop)
        return sentences[int(self.index.sentences.scores(vector, rows).argmax())]


class Retriever:
    """Answers questions from one generation of an index; safe to share between threads.

    It stays on that generation, whatever is published meanwhile, until ``refresh`` is called.

    >>> with Retriever.open() as retriever:            # doctest: +SKIP
    ...     for hit in retriever.retrieve("ceasefire terms", k=3):
    ...         print(hit.rank, hit.passage.passage_id, hit.best_text)
    """

    def __init__(self, index: OpenIndex, encoder: TextEncoder) -> None:
        index.generation.check_model(encoder)
        self.encoder = encoder
        # All that a generation has stands behind this one name: one assignment moves to another.
        self._searcher = _Searcher(index)

    @classmethod
    def open(
        cls, path: str | os.PathLike[str] | None = None, *, encoder: TextEncoder | None = None
    ) -> Self:
        """Open the index at ``path``, or the one that the ``query`` command would find from here.

        ``encoder`` is by default the model that the index was built with. Raises NoIndexError,
        DamagedIndexError, FormatError where another version wrote the index, or ModelError where
        the model is another one or cannot be found.
        """
        index = OpenIndex.open(find_index(path))
        try:
            return cls(index, encoder or _encoder_of(index.generation))
        except BaseException:
            index.close()
            raise

    @classmethod
    def from_texts(cls, texts: Mapping[str, str], *, encoder: TextEncoder | None = None) -> Self:
        """Index texts by their ids, in a temporary directory that goes when this is closed.

        The ids become the doc_ids. Raises CorpusError where there is no word to index.
        """
        from query.prototypes import index_texts

        return cls._open_temporary(*index_texts(texts, encoder))

    @classmethod
    def from_folder(
        cls, folder: str | os.PathLike[str], *, encoder: TextEncoder | None = None
    ) -> Self:
        """Index a folder on the spot, in a temporary directory that goes when this is closed.

        Nothing is written into ``folder``. Raises CorpusError where there is nothing to index.
        """
        from query.prototypes import index_folder

        return cls._open_temporary(*index_folder(folder, encoder))

    @classmethod
    def _open_temporary(cls, directory: Path, encoder: TextEncoder) -> Self:
        try:
            retriever = cls.open(directory, encoder=encoder)
        except BaseException:
            shutil.rmtree(directory, ignore_errors=True)
            raise
        # Also where nobody closes it, as in a notebook: when it is collected, or at exit.
        retriever._remove_files = finalize(retriever, shutil.rmtree, directory, ignore_errors=True)
        return retriever

    _remove_files: finalize[..., Self] | None = None

    def __len__(self) -> int:
        """How many passages there are."""
        return self.index.passages.rows

    @property
    def index(self) -> OpenIndex:
        """The index that answers."""
        return self._searcher.index

    @property
    def generation(self) -> Generation:
        """The generation of the index that answers."""
        return self.index.generation

    @property
    def corpus(self) -> Path:
        """The folder that was indexed.

        There is none after ``from_texts``: ``verify_citations`` takes its texts instead.
        """
        return self.generation.corpus

    def refresh(self) -> bool:
        """Move to the generation that is in use now; gives whether that is another one.

        Rankings under way in other threads are finished on the one they began with. On an error,
        as ``open`` raises them, it stays where it is.
        """
        directory = self.generation.path.parent
        if current_name(directory) == self.generation.name:
            return False
        index = OpenIndex.open(directory)
        if index.generation.name == self.generation.name:
            index.close()
            return False
        try:
            index.generation.check_model(self.encoder)
        except BaseException:
            index.close()
            raise
        self._searcher = _Searcher(index)
        return True

    def close(self) -> None:
        """Close the index; the retriever answers no more."""
        self.index.close()
        if self._remove_files is not None:
            self._remove_files()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def retrieve(
        self,
        query: str,
        k: int = 5,
        docs: str | Sequence[str] | None = None,
        mode: Mode = "hybrid",
        *,
        min_score: float | None = None,
        most_chance: float = MOST_CHANCE,
    ) -> Ranking:
        """The ``k`` best passages for a question, best first; fewer where there are no more.

        ``docs`` is a glob of doc_ids, or several, that the passages must come from; ``mode`` is
        "hybrid" (the default), "dense" or "lexical"; hits that score below ``min_score`` are left
        out. The order is exact for the score in use, and equal scores stand in order of passage.
        The ranking's verdict is "match" up to a ``p_chance`` of ``most_chance``.

        Raises QueryError for an empty question, k < 1, an unknown mode, a score or chance that is
        no number, or a glob that fits no document; DamagedIndexError where the index turns out not
        to be readable, and ClosedIndexError after ``close``.
        """
        [ranking] = self.retrieve_batch(
            [query], k, docs, mode, min_score=min_score, most_chance=most_chance
        )
        return ranking

    def retrieve_batch(
        self,
        queries: Sequence[str],
        k: int = 5,
        docs: str | Sequence[str] | None = None,
        mode: Mode = "hybrid",
        *,
        min_score: float | None = None,
        most_chance: float = MOST_CHANCE,
    ) -> list[Ranking]:
        """A ranking a question, each as ``retrieve`` gives it for that question alone."""
        if isinstance(queries, str):
            raise QueryError("a batch is a list of questions: for one alone there is retrieve")
        _check_options(k, mode, min_score, most_chance)
        questions = [_checked(query) for query in queries]
        searcher = self._searcher
        selection = searcher.select(docs)
        request = _Request(min(k, len(selection.rows)), mode, min_score, most_chance, selection)
        vectors = self.encoder.encode_queries(questions)
        return [
            searcher.rank(question, vector, request)
            for question, vector in zip(questions, vectors, strict=True)
        ]

    def documents(self) -> list[DocumentRecord]:
        """Every document, in order of ``doc_id``."""
        return self.index.catalog.documents()

    def expand(self, hit: Hit, before: int = 1, after: int = 1) -> tuple[Passage, ...]:
        """The passage of a hit among its neighbours in the document, in order of reading.

        Raises NoSuchPassageError where the hit is from another generation of the index, or less
        than no neighbours are asked for.
        """
        from query.neighbours import expand

        return expand(self.index.catalog, hit, before, after)

    def read(
        self, passage_id: str, before: int = 0, after: int = 0
    ) -> tuple[DocumentRecord, tuple[Passage, ...]]:
        """A passage by its id, among its neighbours, with the document that they stand in.

        Raises NoSuchPassageError where there is none.
        """
        from query.neighbours import read

        return read(self.index.catalog, passage_id, before, after)

    def check_answer(self, answer: str, hits: Iterable[Hit]) -> AnswerCheck:
        """As ``query.check_answer``, with the model and the chance level of this index."""
        from query.answers import chance_level_of, check_answer

        searcher = self._searcher
        level = chance_level_of(searcher.chance, searcher.index.passages.rows)
        return check_answer(answer, hits, self.encoder, chance_level=level)


def _encoder_of(generation: Generation) -> TextEncoder:
    from embed.encoder import Encoder

    manifest = generation.manifest
    return Encoder.open(manifest.fingerprint, manifest.model, manifest.precision)


def _check_options(k: int, mode: Mode, min_score: float | None, most_chance: float) -> None:
    if not isinstance(k, int | np.integer) or k < 1:
        raise QueryError(f"k is {k}: ask for at least one passage")
    if mode not in MODES:
        raise QueryError(f"no mode {mode!r}: choose one of {', '.join(MODES)}")
    if min_score is not None and math.isnan(min_score):
        raise QueryError("min_score is no number: give one, or None for all passages")
    if not 0 <= most_chance <= 1:
        raise QueryError(f"most_chance is {most_chance}: give a chance from 0 to 1")


def _checked(query: str) -> str:
    """The question as it will be read: no lone surrogates, not empty, not endless."""
    if not isinstance(query, str):
        raise QueryError(f"a question is text, not {type(query).__name__}")
    query = query.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if not query.strip():
        raise QueryError("the question is empty: type some words")
    if len(query) > LONGEST_QUERY:
        raise QueryError(
            f"the question has {len(query):,} characters, more than {LONGEST_QUERY:,}: shorten it"
        )
    return query
