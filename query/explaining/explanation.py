"""The score of a passage as a sum: its parts, and what each token and each word adds to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from index import Mode

Kind = Literal["token", "header", "special", "prompt", "bias", "rounding"]
PartName = Literal["passage", "context", "sentence", "words", "complete", "verbatim"]

CONTEXT_NOTE = "A share belongs to a word in its context, not to the word alone."


@dataclass(frozen=True, slots=True)
class TokenShare:
    """What a token adds to a part, in units of the score.

    `start` and `end` are offsets of the document. Tokens that do not stand in the passage have
    none: those of the header of a table or of a title, special ones, those of the model's prompt,
    and two that are no tokens. These are the bias of the model, and the rounding between the vector
    that is stored and the one that is computed now.
    """

    text: str
    share: float
    start: int | None = None
    end: int | None = None
    kind: Kind = "token"

    def to_dict(self) -> dict[str, Any]:
        """Return the token as `query --json` prints it."""
        return {
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "share": self.share,
            "kind": self.kind,
        }


@dataclass(frozen=True, slots=True)
class WordShare:
    """What a word of the question adds by standing in one place, in units of the score.

    `count` is how often it stands there, and `passages` how many passages of the index hold it:
    `rarity` is its IDF. It stands in the passage `passage_id`, which may be one of the window, and
    there in a `field` that stands over the passage, or in its text if that is "". `spans` are
    offsets of the document.
    """

    word: str
    stem: str
    share: float
    count: int
    passages: int
    rarity: float
    passage_id: str
    field: str
    spans: tuple[tuple[int, int], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the word as `query --json` prints it."""
        return {
            "word": self.word,
            "stem": self.stem,
            "share": self.share,
            "count": self.count,
            "passages": self.passages,
            "rarity": self.rarity,
            "passage_id": self.passage_id,
            "field": self.field or None,
            "spans": [list(span) for span in self.spans],
        }


@dataclass(frozen=True, slots=True)
class PassageShare:
    """What another passage of the window adds to a part, in units of the score."""

    passage_id: str
    share: float


@dataclass(frozen=True, slots=True)
class ExplainedPart:
    """A part of a score. Its tokens, words and passages together add up to its share.

    It has none of them if it is not to be divided: `note` says what it stands for then.
    """

    name: PartName
    share: float
    tokens: tuple[TokenShare, ...] = ()
    words: tuple[WordShare, ...] = ()
    passages: tuple[PassageShare, ...] = ()
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the part as `query --json` prints it."""
        return {
            "name": self.name,
            "share": self.share,
            "tokens": [token.to_dict() for token in self.tokens],
            "words": [word.to_dict() for word in self.words],
            "passages": [
                {"passage_id": each.passage_id, "share": each.share} for each in self.passages
            ],
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a passage has its score: the shares of the parts add up to it, not rounded.

    `asked` are the words that were looked for. `no_tokens` says why cosines are not divided among
    tokens, and is "" if they are.
    """

    passage_id: str
    asked: str
    mode: Mode
    score: float
    parts: tuple[ExplainedPart, ...]
    no_tokens: str = ""

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
