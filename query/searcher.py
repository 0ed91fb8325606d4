"""What a `Retriever` asks of the index that it searches, and of a stage after it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from index import Calibration, DocumentRecord, Passage
from query.options import SearchOptions
from query.ranking import Ranking

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from embed import TextEncoder
    from index import ExactParts, IndexedFolder
    from query.explaining.standing import Standing


class Searcher(Protocol):
    """One generation of an index, wherever it is stored. It never changes, and threads share it.

    Passages have rows, which count from 0 through the documents in order of doc_id. A method raises
    DamagedIndexError if the index turns out not to be readable, and ClosedIndexError after `close`.
    """

    @property
    def generation(self) -> str:
        """The name of the generation: equal means equal contents."""

    @property
    def corpus(self) -> Path:
        """The folder that doc_ids are relative to: the one that was indexed, or one above it."""

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that were indexed, relative to `corpus`; "" stands for all of it."""

    @property
    def passages(self) -> int:
        """How many passages there are."""

    @property
    def calibration(self) -> Calibration:
        """What unrelated questions score here."""

    def check_model(self, encoder: TextEncoder) -> None:
        """Raise ModelError unless `encoder` is the model that the index was built with."""

    def rank(self, question: str, vector: NDArray[np.float32], options: SearchOptions) -> Ranking:
        """Return the exact top k for a question and its unit vector, float32 (dim,).

        Equal scores stand in order of row, and passages that say the same are one hit. With
        `options.matches_only` they are the top k of the passages that match, or else `nearest` is
        the top k of all. Verdict and `p_chance` are those of the best match among the passages that
        may be hits, whatever `k` and `matches_only` are. If it cannot be proven that these are the
        top k, `Ranking.exact` is False. Raises QueryError if no document
        fits `options.docs` and `options.conditions` (`query.filtering.documents` tells which do).
        """

    def passages_with(self, word: str) -> int:
        """Return how many passages hold a word of those that `words_of` gives, after stemming."""

    def documents(self) -> list[DocumentRecord]:
        """Return every document, in order of doc_id."""

    def passages_of(self, document: DocumentRecord, first: int, last: int) -> tuple[Passage, ...]:
        """Return the passages of a document from number `first` to `last`, as far as there are."""

    def text_of(self, document: DocumentRecord) -> str | None:
        """Return the text that offsets count in, if the index keeps it: if the file is not text."""

    def folder_of(self, document: DocumentRecord) -> IndexedFolder:
        """Return the folder that a document was found in, and how files were read there."""

    def parts_at(
        self, question: str, vector: NDArray[np.float32], rows: Sequence[int]
    ) -> list[ExactParts]:
        """Return the parts of the score of the passages at `rows`, taken apart, in that order."""

    def standing_of(
        self, question: str, vector: NDArray[np.float32], row: int, options: SearchOptions
    ) -> Standing:
        """Return how the passage at `row` stands among all, and what leaves it out, if anything.

        Raises QueryError as `rank` does.
        """

    def newest(self) -> Searcher | None:
        """Open the generation that is in use now; None if this is the one."""

    def close(self) -> None:
        """Close the index."""


class Reranker(Protocol):
    """A further stage of ranking, which sees the first hits and puts them in another order.

    If nothing matches and `matches_only` is wanted, it is given the nearest passages as hits.
    """

    @property
    def depth(self) -> int:
        """How many hits it is given, if there are so many."""

    def rerank(self, ranking: Ranking) -> Ranking:
        """Return a ranking of some of these hits, best first (see `Ranking.reordered`)."""
