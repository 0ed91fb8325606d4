"""Where each character of a passage, as a reader sees it, stands in its document."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from index.types import Passage
from index.words import Origin, as_read, read_with_origins


@dataclass(frozen=True, slots=True)
class PlacedReading:
    """A text as a reader sees it, with the place in the document of each of its characters.

    `origins` has the start and the end of the stretch that a character stands for, and None for one
    that stands nowhere: it is of the header of a table.
    """

    text: str
    origins: tuple[Origin | None, ...]

    @classmethod
    def of(cls, passage: Passage) -> Self:
        """Place `passage.reading`."""
        own = cls.of_stretch(passage, passage.start, passage.end)
        header = f"{passage.table_header} " if passage.table_header else ""
        return cls(header + own.text, (*([None] * len(header)), *own.origins))

    @classmethod
    def of_stretch(cls, passage: Passage, start: int, end: int) -> Self:
        """Place `passage.reading_of(start, end)`, or if nothing is seen of it, what is read."""
        shown, origins = _shown_with_origins(passage, start, end)
        text, places = read_with_origins(shown)
        if not text:
            shown, origins = _text_with_origins(passage, start, end)
            whole = as_read(shown) if (start, end) == (passage.start, passage.end) else shown
            text, places = read_with_origins(shown) if whole != shown else _as_it_is(shown)
        return cls(text, tuple((origins[a][0], origins[b - 1][1]) for a, b in places))

    @classmethod
    def of_source(cls, passage: Passage) -> Self:
        """Place `passage.text`, which is as the source has it."""
        text, origins = _text_with_origins(passage, passage.start, passage.end)
        return cls(text, tuple(origins))

    def place_of(self, start: int, end: int) -> Origin | None:
        """Return the stretch of the document that a part of the text stands for, if any."""
        found = [origin for origin in self.origins[start:end] if origin is not None]
        if not found:
            return None
        return min(first for first, _ in found), max(last for _, last in found)


def _as_it_is(text: str) -> tuple[str, list[Origin]]:
    return text, [(place, place + 1) for place in range(len(text))]


def _text_with_origins(passage: Passage, start: int, end: int) -> tuple[str, list[Origin]]:
    """Return `passage.text_of(start, end)`, and the place of each character."""
    places = [
        (place, place + 1)
        for first, last in passage.pieces_of(start, end)
        for place in range(first, last)
    ]
    return passage.text_of(start, end), places


def _shown_with_origins(passage: Passage, start: int, end: int) -> tuple[str, list[Origin]]:
    """Return `passage.shown_of(start, end)`, and the place of what each character stands for."""
    text, origins = "", list[Origin]()
    position = start
    for mark in passage.markup[bisect_right(_ends(passage), start) :]:
        if mark.start >= end:
            break
        if mark.start > position:
            before, places = _text_with_origins(passage, position, mark.start)
            text, origins = text + before, origins + places
        text += mark.shown
        origins += [(mark.start, min(mark.end, end))] * len(mark.shown)
        position = min(mark.end, end)
    rest, places = _text_with_origins(passage, position, end)
    return text + rest, origins + places


def _ends(passage: Passage) -> Sequence[int]:
    return [mark.end for mark in passage.markup]
