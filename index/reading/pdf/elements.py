"""What a page is made of: characters, words, lines, and what stands together.

Coordinates are in points from the upper left corner of the page as it is shown, so that y grows
downwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Style(NamedTuple):
    """How characters look. `angle` counts quarter turns anticlockwise; -1 is any other angle."""

    size: float
    bold: bool = False
    mono: bool = False
    angle: int = 0


class Glyph(NamedTuple):
    """One character: its extent along the line, and `y`, the baseline.

    `spaced` is 2 if a space stands before it in the file, 1 if the library only guesses it, else 0.
    """

    text: str
    x0: float
    x1: float
    y: float
    style: Style
    spaced: int = 0


class Rule(NamedTuple):
    """A thin line or the edge of a box."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def is_horizontal(self) -> bool:
        """Whether it runs along the lines of text."""
        return self.x1 - self.x0 >= self.y1 - self.y0


class Word(NamedTuple):
    """Characters without a space between.

    `y` is the baseline of its line, also for a raised mark. `order` is its place among the words
    as the file has them. `glued` says that no space parts it from the word before.
    """

    text: str
    x0: float
    x1: float
    y: float
    style: Style
    order: int
    glued: bool = False
    raised: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What was read from one page. `turned` are words that do not run from left to right."""

    number: int
    label: str
    width: float
    height: float
    words: list[Word]
    rules: list[Rule] = field(default_factory=list)
    turned: list[list[Word]] = field(default_factory=list)
    is_picture: bool = False
    unmapped: int = 0
    fields: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    """Words that stand on one baseline, from left to right."""

    y: float
    size: float
    words: list[Word]

    @property
    def x0(self) -> float:
        """The left end."""
        return self.words[0].x0

    @property
    def x1(self) -> float:
        """The right end."""
        return max(word.x1 for word in self.words)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of running text, in the order of reading.

    `left` and `right` bound the column it stands in, `column` counts the columns of the document.
    """

    text: str
    x0: float
    x1: float
    y: float
    style: Style
    page: int
    column: int
    left: float
    right: float
    first_width: float
    """The width of its first word."""

    raised_start: bool = False
    """Whether it begins with a raised mark, as a footnote does."""

    cells: tuple[str, ...] = ()
    """The parts of it between which a wide space stands, if there are several."""

    starts_mono: bool = False
    ends_mono: bool = False
    """Whether its first and its last word are in letters of one width, as code is."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, each the lines of a cell."""

    rows: list[tuple[tuple[str, ...], ...]]
    page: int
    has_header: bool
    top: float
    bottom: float
