"""Where the characters of a text stand on the pages.

A reader that is given `Places` reads texts that know their places, as `PlacedText` does. What it
writes is noted here. So a box is that of the very character which was written, however words were
joined, turned about or left out on the way.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from index.reading.pdf.elements import Glyph
from index.reading.pdf.placed_text import NOWHERE, PlacedText, places_of
from index.reading.text_writer import TextWriter, is_lasting
from index.reading.views import PageBox

if TYPE_CHECKING:
    from index.reading.pdf.characters import InkReader, Place

_ABOVE, _BELOW = 1.1, 0.4
"""How far letters reach from their baseline, at most, in parts of the font size."""

_WIDEST_SPACE = 1.5
"""The white in one box, at most, in parts of its height: nothing else stands in so little."""

_SAME_LINE = 0.5
"""The part of the height of two boxes that they share, at least, if they are on one line."""

_Extent = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page, from 1, with the way from the coordinates of the file to it and its size as shown."""

    page: int
    place: Place
    width: float
    height: float


class _Stand(NamedTuple):
    """Where a character stands: left, top, right and bottom in points, and how it is turned."""

    page: int
    angle: int
    box: _Extent


class Places:
    """The places of the characters of one document, which are numbered as they are read."""

    def __init__(self) -> None:
        self._boxes = array("f")
        self._angles = array("b")
        self._sheets: list[Sheet] = []
        self._firsts: list[int] = []
        self._written = array("i")
        self._at = array("i")

    def placed(self, glyphs: Iterator[Glyph], sheet: Sheet, reader: InkReader) -> Iterator[Glyph]:
        """Yield the characters of a page, each with its place; `reader` reads them."""
        self._sheets.append(sheet)
        self._firsts.append(len(self._angles))
        place, box, ink = sheet.place, reader.box, reader.ink
        for number, glyph in enumerate(glyphs, len(self._angles)):
            seen_left, seen_right, seen_bottom, seen_top = ink
            seen = seen_left, seen_bottom, seen_right, seen_top
            whole = box.left, box.bottom, box.right, box.top
            self._boxes.extend(_extent(glyph, place, whole, seen))
            self._angles.append(glyph.style.angle)
            yield Glyph(PlacedText.at(glyph.text, number), *glyph[1:])

    def note(self, text: str) -> None:
        """Take note of what is written next to the text of the document."""
        self._written.extend(
            place for char, place in zip(text, places_of(text), strict=True) if is_lasting(char)
        )

    def close(self, text: str) -> None:
        """Take the text of the document. All of it was noted."""
        written = iter(self._written)
        self._at = array("i", (next(written) if is_lasting(c) else NOWHERE for c in text))
        assert next(written, None) is None
        self._written = array("i")

    def boxes(self, start: int, end: int) -> tuple[PageBox, ...]:
        """Return where the characters from `start` to `end` of the text stand, line by line."""
        lines: list[_Stand] = []
        for number in self._at[max(0, start) : max(0, end)]:
            if number == NOWHERE:
                continue
            stand = self._stand(number)
            whole = _on_one_line(lines[-1], stand) if lines else None
            if whole is None:
                lines.append(stand)
            else:
                lines[-1] = whole
        sheets = {sheet.page: sheet for sheet in self._sheets}
        boxes = (_page_box(line.box, sheets[line.page]) for line in lines)
        return tuple(box for box in boxes if box.left < box.right and box.top < box.bottom)

    def _stand(self, number: int) -> _Stand:
        left, top, right, bottom = self._boxes[4 * number : 4 * number + 4]
        sheet = self._sheets[bisect_right(self._firsts, number) - 1]
        return _Stand(sheet.page, self._angles[number], (left, top, right, bottom))


class PlacedWriter(TextWriter):
    """Writes the text of a document, and notes the places of its characters."""

    def __init__(self, places: Places) -> None:
        super().__init__()
        self._places = places

    def write(self, text: str) -> None:
        """Write running text."""
        self._places.note(text)
        super().write(text)

    def write_verbatim(self, text: str) -> None:
        """Write text whose white space counts."""
        self._places.note(text)
        super().write_verbatim(text)


def _extent(glyph: Glyph, place: Place, box: _Extent, ink: _Extent) -> _Extent:
    """Return left, top, right and bottom of a character on the page as shown.

    They hold the middle of what is seen of it, the `ink`: large signs hang far below their place on
    the line. Both are left, bottom, right and top in the coordinates of the file.
    """
    left, top, right, bottom = _moved(box, place)
    angle = glyph.style.angle
    if angle == 0:
        top, bottom = _heights(glyph, top, bottom)
        left, right = glyph.x0, glyph.x1
    elif angle == 1:
        left, right = _heights(glyph, left, right)
    elif angle == 2:
        top, bottom = (-edge for edge in reversed(_heights(glyph, -bottom, -top)))
    elif angle == 3:
        left, right = (-edge for edge in reversed(_heights(glyph, -right, -left)))
    seen = _moved(ink, place)
    is_inside = (
        left <= (seen[0] + seen[2]) / 2 <= right and top <= (seen[1] + seen[3]) / 2 <= bottom
    )
    return (left, top, right, bottom) if is_inside else seen


def _moved(box: _Extent, place: Place) -> _Extent:
    """Return a rectangle of the file on the page as shown, where y grows downwards."""
    a, b, c, d, e, f = place
    left, low, right, high = box
    if b == 0 and a > 0:
        # By far the most pages are not turned.
        return left + e, f - high, right + e, f - low
    x0, y0 = a * left + c * low + e, b * left + d * low + f
    x1, y1 = a * right + c * high + e, b * right + d * high + f
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _heights(glyph: Glyph, top: float, bottom: float) -> tuple[float, float]:
    """Return how far a character reaches across its line, downwards as the line is read.

    Fonts may name any height for their letters, so that what is far from the line is cut off.
    """
    size = glyph.style.size
    return max(top, glyph.y - _ABOVE * size), min(bottom, glyph.y + _BELOW * size)


def _on_one_line(line: _Stand, after: _Stand) -> _Stand | None:
    """Return both in one box if a character goes on with a line, else None."""
    if line.page != after.page or line.angle != after.angle:
        return None
    is_upright = line.angle in (1, 3)
    along, across = ((1, 3), (0, 2)) if is_upright else ((0, 2), (1, 3))
    (a0, a1), (b0, b1) = ([box[edge] for edge in across] for box in (line.box, after.box))
    height = max(a1 - a0, b1 - b0)
    if min(a1, b1) - max(a0, b0) < _SAME_LINE * height:
        return None
    (a0, a1), (b0, b1) = ([box[edge] for edge in along] for box in (line.box, after.box))
    if max(a0, b0) - min(a1, b1) > _WIDEST_SPACE * height:
        return None
    left, top = map(min, line.box[:2], after.box[:2])
    right, bottom = map(max, line.box[2:], after.box[2:])
    return line._replace(box=(left, top, right, bottom))


def _page_box(box: _Extent, sheet: Sheet) -> PageBox:
    """Return a box in parts of its page, as far as it is on it."""
    left, top, right, bottom = (
        min(max(edge / size, 0.0), 1.0)
        for edge, size in zip(box, 2 * (sheet.width, sheet.height), strict=True)
    )
    return PageBox(sheet.page, left, top, right, bottom)
