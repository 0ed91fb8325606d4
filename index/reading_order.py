"""The text of a document as its paragraphs have it: in order of reading, nothing in between."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Self

from index.document import Document
from index.reading.formats import structure_of
from index.splitting.line_cues import Lines
from index.types import Locator, cut_spans, pieces_between

_BETWEEN = "\n\n"


@dataclass(frozen=True, slots=True)
class ReadingOrder:
    """The paragraphs of a document one after the other, page furniture and omissions left out.

    A stretch of `text` from `places[i]` stands in the document from `offsets[i]`, `lengths[i]`
    characters of it; all three are in order of reading.
    """

    text: str
    places: tuple[int, ...]
    offsets: tuple[int, ...]
    lengths: tuple[int, ...]

    @classmethod
    def of(cls, document: Document) -> Self:
        """Put the paragraphs of a document one after the other."""
        parts: list[str] = []
        stretches: list[tuple[int, int, int]] = []
        place = 0
        for paragraph in structure_of(document).paragraphs:
            for start, end in pieces_between(paragraph.start, paragraph.end, paragraph.gaps):
                stretches.append((place, start, end - start))
                parts.append(document.text[start:end])
                place += end - start
            parts.append(_BETWEEN)
            place += len(_BETWEEN)
        places, offsets, lengths = zip(*stretches, strict=True) if stretches else ((), (), ())
        return cls("".join(parts), places, offsets, lengths)

    def stretches(self, start: int, end: int) -> tuple[tuple[int, int], ...]:
        """Return the stretches of the document that a part of the text consists of."""
        found = []
        first = max(bisect_right(self.places, start) - 1, 0)
        for number in range(first, bisect_left(self.places, end)):
            place, offset = self.places[number], self.offsets[number]
            own_start, own_end = max(start, place), min(end, place + self.lengths[number])
            if own_start < own_end:
                found.append((own_start - place + offset, own_end - place + offset))
        return tuple(found)

    def place_of(self, offset: int) -> int | None:
        """Return the place in the text of a character of the document; None if it is left out."""
        for place, start, length in zip(self.places, self.offsets, self.lengths, strict=True):
            if start <= offset < start + length:
                return place + offset - start
        return None


def locator_in(document: Document, start: int, end: int) -> Locator:
    """Return where a stretch of a document stands, as a person looks it up."""
    if document.structure is None:
        return Locator(line=Lines.of(document.text).number_at(start))
    return Locator.of(cut_spans(document.structure.anchors, start, end), 0)
