"""The score of a passage as a sum of parts, and a verdict beside what unrelated questions find."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from index import Mode, Passage
from query.explaining.shares import CONTEXT_NOTE, ExplainedPart, PartName
from query.explaining.telling import (
    LEGEND,
    SMALLEST,
    ShownPart,
    levels_of,
    marked_pieces,
    shown_part,
)
from query.showing.safe_text import shown
from query.showing.seen_text import SeenText


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a passage has its score: the shares of the parts add up to it, not rounded.

    `asked` are the words that were looked for. `no_tokens` says why cosines are not divided among
    tokens, and is "" if they are. `str()` of it is a line for each part.
    """

    passage: Passage
    asked: str
    mode: Mode
    score: float
    parts: tuple[ExplainedPart, ...]
    no_tokens: str = ""

    @property
    def passage_id(self) -> str:
        """The name that the passage is cited by."""
        return self.passage.passage_id

    def __str__(self) -> str:
        lines = [f"{part.name:8} {part.share:>6} {part.carried_by}" for part in self.shown_parts()]
        return "\n".join(map(shown, [self.sum_line, *lines, self._remark]))

    def _repr_html_(self) -> str:
        # Imported late: a query at a terminal does without it.
        from query.showing.notebook import explanation_html

        rows = [(part.name, part.share, part.carried_by) for part in self.shown_parts()]
        remarks = [LEGEND, self._remark] if self.no_tokens else [LEGEND]
        pieces = marked_pieces(self.passage, self.spans())
        return explanation_html(self.passage_id, pieces, self.sum_line, rows, remarks)

    @property
    def sum_line(self) -> str:
        """The score as the sum of its parts, rounded, those of nothing left out."""
        parts = [part for part in self.parts if abs(part.share) >= SMALLEST]
        added = " + ".join(f"{part.name} {part.share:.3f}" for part in parts)
        return f"{self.score:.3f} = {added or '0'}"

    def shown_parts(self) -> list[ShownPart]:
        """Return a line for each part, as a person reads it."""
        return [shown_part(self.passage, part) for part in self.parts]

    def levels(self, seen: SeenText) -> Mapping[int, int]:
        """Return how strongly words are marked, from 1 to 3, by their places in `seen`."""
        return levels_of(self.passage, self.spans(), seen)

    @property
    def _remark(self) -> str:
        if self.no_tokens:
            return f"Cosines are not divided among words: {self.no_tokens}."
        return CONTEXT_NOTE

    def part(self, name: PartName) -> ExplainedPart:
        """Return the part of that name, one of no share if the mode has no such part."""
        found = (part for part in self.parts if part.name == name)
        return next(found, ExplainedPart(name, 0.0))

    def spans(self) -> Iterator[tuple[int, int, float]]:
        """Yield what stretches of the document add to the score; they may overlap."""
        for part in self.parts:
            for token in part.tokens:
                if token.start is not None and token.end is not None:
                    yield token.start, token.end, token.share
            for word in part.words:
                for start, end in word.spans:
                    yield start, end, word.share / len(word.spans)

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as `query --json` prints it."""
        return {
            "asked": self.asked,
            "parts": [part.to_dict() for part in self.parts],
            "no_tokens": self.no_tokens or None,
        }


@dataclass(frozen=True, slots=True)
class ExplainedVerdict:
    """The evidence of a ranking beside what unrelated questions find in the same corpus.

    Half of these find evidence of `usual` or more, and nine of ten between `low` and `high`.
    `needed` is what a match takes: they reach it with the chance `most_chance`, None if that is 0
    or 1. `evidence` is that of the best match, None if there is none.
    """

    evidence: float | None
    low: float
    usual: float
    high: float
    needed: float | None
    p_chance: float
    most_chance: float

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as `query --json` prints it."""
        return {
            "evidence": self.evidence,
            "low": self.low,
            "usual": self.usual,
            "high": self.high,
            "needed": self.needed,
            "p_chance": self.p_chance,
            "most_chance": self.most_chance,
        }
