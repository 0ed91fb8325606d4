"""The passages of an open index, ranked on this machine for a question and its vector."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, takewhile
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from embed import TextEncoder
from index import (
    Calibration,
    Candidates,
    DocumentRecord,
    Passage,
    Scoring,
    Selection,
    Sentence,
    Shortlist,
    StoredPassage,
    descending,
    evidence_of,
    find_candidates,
    hit_rows,
    totals,
)
from query.document_filter import matching_doc_ids, near_names
from query.errors import QueryError
from query.hits import Hit
from query.options import SearchOptions
from query.ranking import Ranking

if TYPE_CHECKING:
    from index import ExactParts, IndexedFolder, JointCalibration, SearchedIndex
    from query.explaining.standing import Standing


# More threads than processors would only take the interpreter from one another.
_TURNS = BoundedSemaphore(os.cpu_count() or 1)


@dataclass(frozen=True, slots=True, eq=False)
class _Scored:
    """Candidates, with what decides which of them are hits; each array of shape (n,).

    `scores` and `evidence` are float64. `possible` are those that may be hits, and `matching` those
    of them that match better than chance; both bool.
    """

    candidates: Candidates
    scores: NDArray[np.float64]
    evidence: NDArray[np.float64]
    possible: NDArray[np.bool_]
    matching: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        candidates: Candidates,
        calibration: Calibration,
        options: SearchOptions,
        without: Sequence[int] = (),
    ) -> _Scored:
        scores = totals(candidates, options.mode)
        evidence = evidence_of(candidates)
        # With a lexical score of 0 a passage shares no word with the question.
        possible = scores > (0.0 if options.mode == "lexical" else -np.inf)
        if options.min_score is not None:
            possible &= scores >= options.min_score
        if without:
            possible &= ~np.isin(candidates.rows, without)
        matching = possible & calibration.at_most(evidence, options.most_chance)
        return cls(candidates, scores, evidence, possible, matching)

    @property
    def best_evidence(self) -> float:
        """The best evidence among those that may be hits; minus infinity if there are none."""
        return float(self.evidence[self.possible].max(initial=-np.inf))


class IndexSearcher:
    """Searches an open index, in files or in Milvus; see `query.searcher.Searcher`.

    What ranks is computed on this machine, wherever the index is. If it is several that are joined,
    `joint` tells what unrelated questions score in them.
    """

    def __init__(self, index: SearchedIndex, joint: JointCalibration | None = None) -> None:
        self.index = index
        self._joint = joint
        # A retriever that moved on leaves this one to the rankings that are under way.
        finalize(self, index.close)

    @property
    def generation(self) -> str:
        """The name of the generation."""
        return self.index.name

    @property
    def corpus(self) -> Path:
        """The folder that was indexed, or the deepest that holds all that were."""
        return self.index.corpus

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that were indexed, relative to `corpus`; "" stands for all of it."""
        return self.index.folders

    @cached_property
    def calibration(self) -> Calibration:
        """What unrelated questions score here."""
        if self.index.chance is not None:
            return Calibration(*self.index.chance)
        if self._joint is None:
            raise TypeError("several indexes need a JointCalibration")
        return self._joint.of(self.index)

    @property
    def passages(self) -> int:
        """How many passages there are."""
        return self.index.passages.rows

    def learn(self) -> None:
        """Learn what unrelated questions score, if that is not known: the first one would wait."""
        _ = self.calibration

    def check_model(self, encoder: TextEncoder) -> None:
        """Raise ModelError unless `encoder` is the model that the index was built with."""
        self.index.check_model(encoder)

    def passages_with(self, word: str) -> int:
        """Return how many passages hold a word of those that `words_of` gives, after stemming."""
        return self.index.catalog.passages_with(word)

    def documents(self) -> list[DocumentRecord]:
        """Return every document, in order of doc_id."""
        return [*self._documents.values()]

    def passages_of(self, document: DocumentRecord, first: int, last: int) -> tuple[Passage, ...]:
        """Return the passages of a document from number `first` to `last`, as far as there are."""
        first, last = max(first, 1), min(last, document.passages)
        # A record of fewer rows, so that no more of a long document is read.
        stretch = replace(
            document, first_row=document.first_row + first - 1, passages=max(last - first + 1, 0)
        )
        return tuple(self.index.catalog.passages_of(stretch))

    def text_of(self, document: DocumentRecord) -> str | None:
        """Return the text that offsets count in, if the index keeps it: if the file is not text."""
        return self.index.catalog.extracted_text(document)

    def parts_at(
        self, question: str, vector: NDArray[np.float32], rows: Sequence[int]
    ) -> list[ExactParts]:
        """Return the parts of the score of the passages at `rows`, taken apart, in that order."""
        from index import exact_parts

        return exact_parts(self.index, question, vector, rows)

    def standing_of(
        self, question: str, vector: NDArray[np.float32], row: int, options: SearchOptions
    ) -> Standing:
        """Return how the passage at `row` stands among all, and what leaves it out, if anything."""
        from index import exact_parts
        from query.explaining.standing import Standing

        [own] = exact_parts(self.index, question, vector, [row])
        selected = np.isin(self._select(options).rows, row).any()
        candidates = find_candidates(self.index, self._everything, question, vector)
        scored = _Scored.of(candidates, self.calibration, options)
        alone = _Scored.of(own.candidate, self.calibration, options)
        score = float(alone.scores[0])
        others = candidates.rows != row
        before = (scored.scores > score) | ((scored.scores == score) & (candidates.rows < row))
        pairs = self.index.shown_under
        stored = self.index.catalog.passage(row)
        places = self.index.catalog.places_saying([stored.digest]).get(stored.digest, [])
        over = pairs[pairs[:, 0] == row, 1].tolist()
        return Standing(
            rank=1 + int(np.count_nonzero(before & others)),
            passages=len(candidates.rows),
            score=score,
            p_chance=self.calibration.p_value(own.evidence),
            fits=bool(selected) or bool(over),
            is_possible=bool(alone.possible[0]),
            matches=bool(alone.matching[0]),
            shown_under=tuple(
                each.passage.passage_id for each in self.index.catalog.passages_at(over)
            )
            if over
            else (),
            same=tuple(passage_id for other, passage_id in places if other != row),
        )

    def folder_of(self, document: DocumentRecord) -> IndexedFolder:
        """Return the folder that a document was found in."""
        return self.index.folder_of(document)

    def newest(self) -> IndexSearcher | None:
        """Open the generation that is in use now; None if this is the one."""
        index = self.index.newest()
        if index is None:
            return None
        newest = IndexSearcher(index, self._joint)
        newest.learn()
        return newest

    def close(self) -> None:
        """Close the index."""
        self.index.close()

    def _select(self, options: SearchOptions) -> Selection:
        """Return the passages of the documents that fit the filters, or of all."""
        wanted = options.docs, options.conditions
        if wanted == (None, ()):
            return self._everything
        # The questions of a batch have one and the same filter; threads may have others meanwhile.
        last = self._last_selection
        if last is not None and last[0] == wanted:
            return last[1]
        fit = self._fitting(options)
        ranges = [
            np.arange(record.first_row, record.rows.stop, dtype=np.int64)
            for doc_id, record in self._documents.items()
            if doc_id in fit
        ]
        selection = Selection.of(self.index, hit_rows(self.index, np.concatenate(ranges)))
        # One document, as for a title in a question, is soon found: it must not drive out the rest.
        if len(fit) > 1:
            self._last_selection = wanted, selection
        return selection

    def _fitting(self, options: SearchOptions) -> set[str]:
        """Return the documents that fit the filters; QueryError if there are none."""
        docs, conditions = options.docs, options.conditions
        fit = {*self._documents}
        if docs is not None:
            fit = matching_doc_ids(self._documents, docs, self.corpus, self.folders)
        names = " or ".join(docs or ()) or "no glob at all"
        if not fit:
            raise QueryError(
                f"no document fits {names}: their names are like "
                f"{', '.join(near_names(self._documents, docs or ()))}"
            )
        if not conditions:
            return fit
        from query.filtering.documents import documents_that_fit

        records = [record for doc_id, record in self._documents.items() if doc_id in fit]
        try:
            return documents_that_fit(records, conditions, self.corpus, self.folders)
        except QueryError as error:
            if docs is None:
                raise
            raise QueryError(f"among what fits {names}, {error}") from error

    _last_selection: tuple[object, Selection] | None = None

    @cached_property
    def _documents(self) -> dict[str, DocumentRecord]:
        return {record.doc_id: record for record in self.index.catalog.documents()}

    @cached_property
    def _everything(self) -> Selection:
        return Selection.everything(self.index)

    def rank(self, question: str, vector: NDArray[np.float32], options: SearchOptions) -> Ranking:
        """Return the exact top k for a question and its unit vector, float32 (dim,)."""
        with _TURNS:
            return self._ranked(question, vector, options)

    def _ranked(
        self, question: str, vector: NDArray[np.float32], options: SearchOptions
    ) -> Ranking:
        scoring = Scoring(self.index, self._select(options), question, vector)
        without = self._rows_of(options.without)
        shortlist = Shortlist.first(scoring, options.k)
        if without:  # what is left out is not one of the rest, which are alike
            left_out = np.flatnonzero(np.isin(scoring.selection.rows, without))
            shortlist = shortlist.including(left_out)
        while True:
            scored = _Scored.of(shortlist.candidates(scoring), self.calibration, options, without)
            ranking = self._ranking(question, scored, vector, options)
            if shortlist.listed.all():
                return ranking
            others = shortlist.others(scoring)
            bounds = _Bounds(
                _Scored.of(others.candidates, self.calibration, options, without),
                others.rest,
                _Scored.of(others.alike, self.calibration, options),
            )
            missing, longer = bounds.may_count(ranking, scored.best_evidence, options)
            positions = others.positions[missing]
            copies = self._copies_of(ranking, scoring.selection.rows)
            copies = copies[~shortlist.listed[copies]]
            also = np.concatenate([positions, copies])
            is_unproven = longer and shortlist.is_longest  # the engine tells no more
            is_full = shortlist.is_full(also)
            if is_full or (not len(also) and (is_unproven or not longer)):
                exact = not (is_unproven or is_full)
                return replace(ranking, left_out=bounds.left_out(ranking, options), exact=exact)
            shortlist = shortlist.with_also(scoring, also, longer=longer and not is_unproven)

    def _ranking(
        self,
        question: str,
        scored: _Scored,
        vector: NDArray[np.float32],
        options: SearchOptions,
    ) -> Ranking:
        """Return the ranking of some candidates."""
        wanted = scored.matching if options.matches_only else scored.possible
        hits = self._hits(scored, wanted, vector, options.k)
        nearest = [] if hits else self._hits(scored, scored.possible, vector, options.k)
        return Ranking(
            hits,
            query=question,
            mode=options.mode,
            verdict="match" if scored.matching.any() else "no_match",
            p_chance=self.calibration.p_value(scored.best_evidence),
            generation=self.generation,
            nearest=nearest,
            left_out=int(scored.possible.sum() - wanted.sum()),
            evidence=scored.best_evidence if scored.possible.any() else None,
        )

    def _rows_of(self, passage_ids: Sequence[str]) -> list[int]:
        """Return the rows of passages, of all that say the same, and of what they are shown under.

        Raises NoSuchPassageError if there is no such passage.
        """
        if not passage_ids:
            return []
        from query.places import locate

        rows: list[int] = []
        for passage_id in passage_ids:
            document, number = locate(self._documents.values(), passage_id)
            own = document.first_row + number - 1
            same = self.index.catalog.rows_saying(self.index.catalog.passage(own).digest)
            pairs = self.index.shown_under
            rows += [*same, *pairs[np.isin(pairs[:, 0], same), 1].tolist()]
        return rows

    def _hits(
        self, scored: _Scored, wanted: NDArray[np.bool_], vector: NDArray[np.float32], k: int
    ) -> list[Hit]:
        """Return the first k wanted passages by score, those that say the same taken together."""
        chosen = self._different(scored, wanted, k)
        positions = [position for position, _ in chosen]
        found = scored.candidates.at(positions).shown()
        places = self.index.catalog.places_saying([stored.digest for _, stored in chosen])
        copies = [self._copies(scored, position, stored, places) for position, stored in chosen]
        return [
            Hit(
                rank=rank,
                score=float(scored.scores[position]),
                passage=stored.passage,
                best=self._best_sentence(stored, vector),
                scores=scores_of_hit,
                document=stored.document,
                p_chance=self.calibration.p_value(float(scored.evidence[same].max())),
                matches=bool(scored.matching[same].any()),
                also_in=(
                    *(
                        passage_id
                        for _, passage_id in places.get(stored.digest, ())
                        if passage_id != stored.passage.passage_id
                    ),
                    *self._shown_under(stored.row),
                ),
            )
            for rank, ((position, stored), scores_of_hit, same) in enumerate(
                zip(chosen, found, copies, strict=True), start=1
            )
        ]

    def _copies(
        self,
        scored: _Scored,
        position: int,
        stored: StoredPassage,
        places: Mapping[bytes, Sequence[tuple[int, str]]],
    ) -> list[int]:
        """Return the positions of the candidates that may be hits and say the same as one.

        They share one hit, but what stands over and beside them differs, and so do their chances.
        `places` are all passages that say so.
        """
        rows = [row for row, _ in places.get(stored.digest, ())]
        if len(rows) < 2:
            return [position]
        same = np.isin(scored.candidates.rows, rows)
        return [position, *map(int, np.flatnonzero(same & scored.possible))]

    def _copies_of(self, ranking: Ranking, selected: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the positions of the selected rows, ascending, that say the same as a hit."""
        rows: list[int] = []
        for hit in (*ranking.hits, *ranking.nearest):
            if hit.also_in:
                own = hit.document.first_row + hit.passage.number - 1
                rows += self.index.catalog.rows_saying(self.index.catalog.passage(own).digest)
        return np.flatnonzero(np.isin(selected, rows)) if rows else np.empty(0, dtype=np.int64)

    def _shown_under(self, row: int) -> list[str]:
        """Return the passage_ids of the passages that are shown under the one at `row`."""
        pairs = self.index.shown_under
        rows = pairs[pairs[:, 1] == row, 0].tolist() if len(pairs) else []
        if not rows:
            return []
        return [stored.passage.passage_id for stored in self.index.catalog.passages_at(rows)]

    def _different(
        self, scored: _Scored, wanted: NDArray[np.bool_], k: int
    ) -> list[tuple[int, StoredPassage]]:
        """Return the first k wanted candidates, by position, of which no two say the same."""
        most = min(k, int(wanted.sum()))
        scores = np.where(wanted, scored.scores, -np.inf)
        positions = takewhile(lambda position: wanted[position], descending(scores, most))
        different: dict[bytes, tuple[int, StoredPassage]] = {}
        while len(different) < most and (some := list(islice(positions, most))):
            rows = scored.candidates.rows[some].tolist()
            for position, stored in zip(some, self.index.catalog.passages_at(rows), strict=True):
                different.setdefault(stored.digest, (position, stored))
        return list(islice(different.values(), most))

    def _best_sentence(self, stored: StoredPassage, vector: NDArray[np.float32]) -> Sentence:
        sentences = stored.passage.sentences
        stop = int(self.index.bounds[stored.row + 1])
        rows = np.arange(stop - len(sentences), stop)
        return sentences[int(self.index.sentences.scores(vector, rows).argmax())]


_WORTH_COUNTING = 512
"""Passages that are scored only so that those which match can be counted."""


@dataclass(frozen=True, slots=True, eq=False)
class _Bounds:
    """What passages that were not scored can have at most.

    `worded` are those in which words are found. `rest` others have the bound of the one in `alike`.
    """

    worded: _Scored
    rest: int
    alike: _Scored

    def may_count(
        self, ranking: Ranking, best_evidence: float, options: SearchOptions
    ) -> tuple[NDArray[np.bool_], bool]:
        """Return which may change a ranking: of those with words, bool (n,), and of the rest."""
        matching = int(np.count_nonzero(self.worded.matching)) + self._rest(self.alike.matching)
        is_few = matching <= _WORTH_COUNTING
        missing, alike = (
            _may_count(ranking, best_evidence, others, options, is_few=is_few)
            for others in (self.worded, self.alike)
        )
        return missing, self._rest(alike) > 0

    def left_out(self, ranking: Ranking, options: SearchOptions) -> int | None:
        """Return how many passages do not match and are left out; None if that is not known."""
        if not options.matches_only:
            return 0
        if self.worded.matching.any() or self._rest(self.alike.matching):
            return None
        possible = int(self.worded.possible.sum()) + self._rest(self.alike.possible)
        if options.min_score is not None and possible:
            return None
        return (ranking.left_out or 0) + possible

    def _rest(self, alike: NDArray[np.bool_]) -> int:
        """Return how many of the rest there are, if what is said of one of them is true."""
        return self.rest if alike[0] else 0


def _may_count(
    ranking: Ranking,
    best_evidence: float,
    others: _Scored,
    options: SearchOptions,
    *,
    is_few: bool,
) -> NDArray[np.bool_]:
    """Return which others may change a ranking, or its count of matches if these `is_few`."""
    wanted = others.matching if options.matches_only else others.possible
    missing = wanted & (others.scores >= _last_score(ranking.hits, options.k))
    missing |= others.possible & (others.evidence > best_evidence)
    if is_few:
        missing |= others.matching
    if not ranking.hits:
        missing |= others.possible & (others.scores >= _last_score(ranking.nearest, options.k))
    return missing


def _last_score(hits: Sequence[Hit], k: int) -> float:
    """Return the score that another passage needs to be a hit."""
    return hits[-1].score if len(hits) >= k else -np.inf
