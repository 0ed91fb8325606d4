"""What a part of a score is made of: shares of tokens, of words and of other passages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["token", "header", "special", "prompt", "bias", "rounding"]
PartName = Literal["passage", "context", "sentence", "words", "complete", "verbatim"]

CONTEXT_NOTE = "A share belongs to a word in its context, not to the word alone."


@dataclass(frozen=True, slots=True)
class TokenShare:
    """What a token adds to a part, in units of the score.

    `start` and `end` are offsets of the document. Tokens that do not stand in the passage have
    none: those of the header of a table or of a title, special ones, those of the model's prompt,
    and two others: the bias of the model, and the rounding between the vector that is stored and
    the one that is computed now.
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
