"""What is kept in Milvus for a generation: three collections, and what they are called.

`NAME_g_ID_passages` and `NAME_g_ID_sentences` have a row for each vector. `NAME_g_ID_data` has all
else, as files that are cut into pieces, which are compressed and written in base64. The alias
`NAME` stands for the last one.

The file "head" is the only one that is not compressed, and the last one that is written. Versions
to come can read what it says of itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from index.store.layout import GENERATION

SCHEMA = 1
"""Version of all this; raised whenever an older program would misread it."""

LONGEST_TEXT = 65_535
"""Bytes of the longest text that Milvus takes."""

HEAD = "head"
"""The key of the row that holds the head."""

Fields = Mapping[str, Mapping[str, Any]]
"""Fields of a collection by name, the key first: their kinds, and the longest texts."""

PASSAGES: Fields = {
    "row": {"kind": "INT64"},
    "document": {"kind": "INT64"},
    "record": {"kind": "VARCHAR", "max_length": LONGEST_TEXT},
}
SENTENCES: Fields = {"row": {"kind": "INT64"}, "document": {"kind": "INT64"}}
DATA: Fields = {
    "piece": {"kind": "VARCHAR", "max_length": 200},
    "data": {"kind": "VARCHAR", "max_length": LONGEST_TEXT},
}
NO_VECTOR = [1.0, 0.0]
"""What stands in the place of a vector in a collection that needs none: Milvus wants one."""

ARRAYS = ("first_sentences", "shown_under", "windows", "lengths", "digests")
FILES = ("manifest", "documents", *ARRAYS, "postings", "postings_starts", "places", "places_starts")

_LARGEST_FILE = 1 << 36


@dataclass(frozen=True, slots=True)
class Collections:
    """The names of the collections of a generation."""

    passages: str
    sentences: str
    data: str

    @classmethod
    def of(cls, name: str, generation: str) -> Self:
        """Return those of a generation that is pushed under a name."""
        stem = f"{name}_{generation.replace('-', '_')}"
        return cls(f"{stem}_passages", f"{stem}_sentences", f"{stem}_data")

    @property
    def every(self) -> tuple[str, str, str]:
        """All three, the one with the head first."""
        return self.data, self.passages, self.sentences


_COLLECTION = re.compile(r"_(g_[0-9a-f]{16})_(?:passages|sentences|data)")


def generation_of(name: str, collection: str) -> str | None:
    """Return the generation that a collection is of, if it is one of those pushed under a name.

    >>> generation_of("news", "news_g_0123456789abcdef_data")
    'g-0123456789abcdef'
    """
    found = _COLLECTION.fullmatch(collection.removeprefix(name))
    return found[1].replace("_", "-") if found and collection.startswith(name) else None


@dataclass(frozen=True, slots=True)
class PushedHead:
    """What a pushed generation says of itself.

    `corpus` is the folder that was indexed. `pieces` are the rows of the third collection, this one
    left out, and `sizes` the bytes of each file.
    """

    generation: str
    corpus: str
    pieces: int
    sizes: dict[str, int]
    schema: int = SCHEMA

    def to_text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `to_text` wrote.

        Raises OtherSchemaError if it is of another version, and ValueError, TypeError, KeyError or
        RecursionError for anything else.
        """
        values: Any = json.loads(text)
        schema = values["schema"]
        if type(schema) is not int:
            raise ValueError("its schema is not a number")
        if schema != SCHEMA:
            raise OtherSchemaError(schema)
        head = cls(**values)
        texts = (head.generation, head.corpus)
        if not all(isinstance(value, str) for value in texts) or "\0" in head.corpus:
            raise ValueError("texts of the wrong kind")
        if not GENERATION.fullmatch(head.generation):
            raise ValueError("it does not name a generation")
        if not isinstance(head.sizes, dict) or {*head.sizes} != {*FILES}:
            raise ValueError("it does not tell the sizes of its files")
        if not all(type(n) is int and 0 <= n < _LARGEST_FILE for n in head.sizes.values()):
            raise ValueError("sizes of the wrong kind")
        if type(head.pieces) is not int or head.pieces < 0:
            raise ValueError("it does not tell its pieces")
        return head


class OtherSchemaError(Exception):
    """What was pushed is of another version, `schema`."""

    def __init__(self, schema: int) -> None:
        self.schema = schema
        super().__init__(schema)
