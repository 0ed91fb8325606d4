"""What a question gets back: hits, in a ranking that knows how far it can be trusted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from index.types import DocumentRecord, Passage, Sentence

Mode = Literal["hybrid", "dense", "lexical"]
MODES: tuple[Mode, ...] = get_args(Mode)

Verdict = Literal["match", "no_match"]
MOST_CHANCE = 0.05
"""The verdict is "match" up to this chance that an unrelated question matches as well."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The parts of a hit's score: two cosines, and the lexical part from 0 to 1."""

    passage: float
    sentence: float
    lexical: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage in a ranking.

    ``best`` is the sentence nearest to the question, as a span of the document like those of the
    passage; ``also_in`` holds the ids of passages elsewhere that say the same, word for word.
    """

    rank: int
    score: float
    passage: Passage
    best: Sentence
    scores: Scores
    document: DocumentRecord
    also_in: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The passage's text, as it stands in the source."""
        return self.passage.text

    @property
    def best_text(self) -> str:
        """The text of the best sentence."""
        offset = self.passage.start
        return self.passage.text[self.best.start - offset : self.best.end - offset]

    def to_dict(self) -> dict[str, Any]:
        """The hit as ``query --json`` prints it."""
        passage, best = self.passage, self.best
        return {
            "rank": self.rank,
            "score": round(self.score, 6),
            "passage_id": passage.passage_id,
            "doc_id": passage.doc_id,
            "title": self.document.title,
            "byline": self.document.byline,
            "number": passage.number,
            "line": passage.line,
            "start": passage.start,
            "end": passage.end,
            "text": passage.text,
            "best": {"start": best.start, "end": best.end, "text": self.best_text},
            "scores": {
                "passage": round(self.scores.passage, 6),
                "sentence": round(self.scores.sentence, 6),
                "lexical": round(self.scores.lexical, 6),
            },
            "also_in": list(self.also_in),
        }


class Ranking(list[Hit]):
    """A list of hits, best first, with the question they answer and the verdict on them.

    ``p_chance`` is the chance that a question on something else scores as high in this corpus;
    the verdict is ``match`` where it is small enough.
    """

    def __init__(
        self,
        hits: Iterable[Hit],
        *,
        query: str,
        mode: Mode,
        verdict: Verdict,
        p_chance: float,
        generation: str,
    ) -> None:
        super().__init__(hits)
        self.query = query
        self.mode = mode
        self.verdict = verdict
        self.p_chance = p_chance
        self.generation = generation

    def _repr_html_(self) -> str:
        from query.showing.notebook import ranking_html

        return ranking_html(self)

    def to_dict(self) -> dict[str, Any]:
        """The ranking as ``query --json`` prints it."""
        return {
            "query": self.query,
            "verdict": self.verdict,
            "p_chance": round(self.p_chance, 6),
            "mode": self.mode,
            "generation": self.generation,
            "hits": [hit.to_dict() for hit in self],
        }
