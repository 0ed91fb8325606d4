"""The text of a passage on screen: as in its source, but for signs that stand for others.

Marks of emphasis and bars between cells stay, which help to read. What is written as an escape or
an entity is shown as what it means, and so are the signs around the values of JSON and CSV.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from index import Passage


@dataclass(frozen=True, slots=True)
class SeenText:
    """A text on screen. `starts` and `ends` are stretches of the passage's text in it replaced.

    `line_ends` are the places on screen at which a line ends that its format ends there: a row, a
    member of an object, a line of code. Other ends of lines may be those of wrapped prose.
    """

    text: str
    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    shifts: tuple[int, ...] = ()
    line_ends: tuple[int, ...] = ()

    def place_of(self, place: int) -> int:
        """Return the place on screen of a place in the text of the passage."""
        number = bisect_right(self.starts, place) - 1
        if number < 0:
            return place
        if place < self.ends[number]:
            before = self.shifts[number - 1] if number else 0
            return self.starts[number] + before
        return place + self.shifts[number]


def seen_text(passage: Passage) -> SeenText:
    """Return the text of a passage as it is shown on screen."""
    marks = [mark for mark in passage.markup if mark.shown.strip(" ")]
    if not marks:
        return SeenText(passage.text)
    starts = tuple(passage.place_of(mark.start) for mark in marks)
    ends = tuple(passage.place_of(mark.end) for mark in marks)
    parts: list[str] = []
    shifts: list[int] = []
    line_ends: list[int] = []
    position = shift = 0
    for mark, start, end in zip(marks, starts, ends, strict=True):
        parts += [passage.text[position:start], mark.shown]
        if "\n" in mark.shown and not passage.text.startswith("\\", start):
            line_ends.append(start + shift + mark.shown.index("\n"))
        shift += len(mark.shown) - (end - start)
        shifts.append(shift)
        position = end
    text = "".join([*parts, passage.text[position:]])
    return SeenText(text, starts, ends, tuple(shifts), tuple(line_ends))
