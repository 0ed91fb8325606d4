"""Searcher: the passages of one open index, ranked for a question and its vector."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import islice, takewhile
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from embed import PassageSearchError
from index.scoring.calibration import Chance
from index.scoring.parts import Candidates, Selection, find_candidates
from index.scoring.ranking import descending, parts, totals
from index.store.open_index import OpenIndex
from index.types import Sentence, StoredPassage
from query.confidence import p_chance, verdict
from query.hits import Hit, Mode, Ranking


class QueryError(PassageSearchError):
    """A question, or an option that came with it, cannot be used."""


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """What a caller of ``Retriever.retrieve`` asked for, checked."""

    k: int
    mode: Mode
    min_score: float | None
    most_chance: float
    selection: Selection


def fitting(doc_ids: Collection[str], globs: Collection[str]) -> set[str]:
    """The documents that are named by one of the globs, or fit one that is nobody's name.

    >>> sorted(fitting(["a?b", "a/b", "c"], ["a?b"])), sorted(fitting(["a/b", "c"], ["a?b"]))
    (['a?b'], ['a/b'])
    """
    names = set(globs).intersection(doc_ids)
    patterns = set(globs) - names
    return names.union(d for d in doc_ids if any(fnmatchcase(d, glob) for glob in patterns))


class Searcher:
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
        fit = fitting(self._documents, globs)
        if not fit:
            wanted = " or ".join(globs) or "no glob at all"
            raise QueryError(
                f"no document fits {wanted}: their names are like {next(iter(self._documents))}"
            )
        ranges = [
            np.arange(rows.start, rows.stop, dtype=np.int64)
            for doc_id, rows in self._documents.items()
            if doc_id in fit
        ]
        return Selection.of(self.index, np.concatenate(ranges))

    @cached_property
    def _documents(self) -> dict[str, range]:
        return {record.doc_id: record.rows for record in self.index.catalog.documents()}

    @cached_property
    def _everything(self) -> Selection:
        return Selection.everything(self.index)

    def rank(self, query: str, vector: NDArray[np.float32], request: Request) -> Ranking:
        """The ranking for a question and its unit vector, float32 (dim,)."""
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
        self, candidates: Candidates, vector: NDArray[np.float32], request: Request
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
        self, candidates: Candidates, scores: NDArray[np.float64], request: Request
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
