"""A text that knows where each of its characters stands, whatever a reader does with it.

A build reads plain texts. To find the boxes of characters again, the same code reads texts of this
class: what joins, cuts or rewrites them on their way to the text of the document keeps the places.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Self, SupportsIndex

NOWHERE = -1
"""The place of what stands in the text and not on the page, such as the space between two lines."""


class PlacedText(str):
    """A text with a place, a number from 0 or NOWHERE, for each of its characters.

    Only what the reader of PDFs does with texts keeps the places. Whatever else is done with one
    gives a plain text, the characters of which are nowhere.

    >>> PlacedText.at("fi", 7).places
    (7, 7)
    >>> ("a" + PlacedText.at("b-", 3))[:2].places
    (-1, 3)
    """

    __slots__ = ("places",)
    places: tuple[int, ...]

    @classmethod
    def of(cls, text: str, places: tuple[int, ...]) -> Self:
        """Return a text with the places of its characters."""
        assert len(text) == len(places)
        placed = cls(text)
        placed.places = places
        return placed

    @classmethod
    def at(cls, text: str, place: int) -> Self:
        """Return a text all of which stands in one place."""
        return cls.of(text, (place,) * len(text))

    def __add__(self, other: str) -> PlacedText:
        return PlacedText.of(str.__add__(self, other), self.places + places_of(other))

    def __radd__(self, other: str) -> PlacedText:
        return PlacedText.of(str.__add__(other, self), places_of(other) + self.places)

    def __getitem__(self, key: SupportsIndex | slice) -> PlacedText:
        index = key if isinstance(key, slice) else slice(key, key.__index__() + 1 or None)
        return PlacedText.of(str.__getitem__(self, key), self.places[index])

    def replace(self, old: str, new: str, count: SupportsIndex = -1, /) -> str:
        """Replace one character by another."""
        replaced = str.replace(self, old, new, count)
        return PlacedText.of(replaced, self.places) if len(old) == len(new) == 1 else replaced

    def translate(self, table: Mapping[int, int | str | None], /) -> str:  # type: ignore[override]
        """Replace characters by others, each by one."""
        translated = str.translate(self, table)
        is_one_to_one = len(translated) == len(self)
        return PlacedText.of(translated, self.places) if is_one_to_one else translated

    def rstrip(self, chars: str | None = None, /) -> PlacedText:
        """Take characters away from the end."""
        stripped = str.rstrip(self, chars)
        return PlacedText.of(stripped, self.places[: len(stripped)])

    def normalized(self) -> PlacedText:
        """Return the text in the normal form NFKC."""
        places: list[int] = []
        for length, place in enumerate(self.places, 1):
            # Characters may become several, and several may become one.
            grown = len(unicodedata.normalize("NFKC", str.__getitem__(self, slice(length))))
            places += [place] * (grown - len(places))
        text = unicodedata.normalize("NFKC", self)
        return PlacedText.of(text, tuple(places[: len(text)]))


def places_of(text: str) -> tuple[int, ...]:
    """Return the places of the characters of a text; those of a plain one are nowhere."""
    return text.places if isinstance(text, PlacedText) else (NOWHERE,) * len(text)


def joined(parts: Sequence[str], separator: str = "") -> str:
    """Return `separator.join(parts)`, with the places of what has any."""
    text = separator.join(parts)
    if not any(isinstance(part, PlacedText) for part in parts):
        return text
    places: list[int] = []
    for number, part in enumerate(parts):
        places += (NOWHERE,) * len(separator) if number else ()
        places += places_of(part)
    return PlacedText.of(text, tuple(places))
