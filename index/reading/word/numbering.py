"""The numbers and bullets of a Word file's lists, which Word counts and does not store."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from index.reading.word.package import W, is_on, number, setting
from index.reading.word.symbols import bullet_of

_DEEPEST = 9
_PLACE = re.compile(r"%([1-9])")
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_HIGHEST_ROMAN = 3999
_MOST_REPEATED = 20
_LETTERS = 26
_CHINESE = "〇一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class _Level:
    """How a level of a list is numbered: `wording` is as "%1.%2"."""

    start: int
    form: str
    wording: str
    font: str
    style: str
    restarts: bool
    is_legal: bool


class Numbering:
    """The lists of one file, and how far each is counted."""

    def __init__(self, root: etree._Element | None) -> None:
        self._abstract: dict[str, etree._Element] = {}
        self._lists: dict[str, etree._Element] = {}
        self._by_style: dict[str, str] = {}
        self._levels: dict[str, list[_Level]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._begun: set[str] = set()
        if root is None:
            return
        for element in root.findall(W + "abstractNum"):
            self._abstract[element.get(W + "abstractNumId", "")] = element
            if link := setting(element, "styleLink"):
                self._by_style[link] = element.get(W + "abstractNumId", "")
        for element in root.findall(W + "num"):
            self._lists[element.get(W + "numId", "")] = element

    def label(self, list_id: str, depth: int, style_id: str = "") -> str:
        """Count the next paragraph of a list; return what stands before it: "2.1", "a)", "•".

        `depth` is -1 if only its style says how deep it is in the list.
        """
        element = self._lists.get(list_id)
        if element is None:
            return ""
        levels = self._levels_of(list_id, element)
        if depth < 0:
            own = (n for n, level in enumerate(levels) if style_id and level.style == style_id)
            depth = next(own, 0)
        if depth >= len(levels):
            return ""
        counts = self._counts.setdefault(self._abstract_id(element), {})
        if list_id not in self._begun:
            self._begun.add(list_id)
            for override in element.findall(W + "lvlOverride"):
                if override.find(W + "startOverride") is not None:
                    counts.pop(number(override.get(W + "ilvl")), None)
        counts[depth] = counts.get(depth, levels[depth].start - 1) + 1
        for deeper in range(depth + 1, len(levels)):
            if levels[deeper].restarts:
                counts.pop(deeper, None)
        return _wording(levels, depth, counts)

    def _abstract_id(self, element: etree._Element) -> str:
        """Return the definition of a list, through the style that it may be given by."""
        own = setting(element, "abstractNumId") or ""
        link = setting(self._abstract.get(own), "numStyleLink")
        return self._by_style.get(link, own) if link else own

    def _levels_of(self, list_id: str, element: etree._Element) -> list[_Level]:
        if list_id not in self._levels:
            abstract = self._abstract.get(self._abstract_id(element))
            own = {} if abstract is None else _by_depth(abstract.findall(W + "lvl"))
            starts: dict[int, int] = {}
            for override in element.findall(W + "lvlOverride"):
                own |= _by_depth(override.findall(W + "lvl"))
                start = setting(override, "startOverride")
                if start is not None:
                    starts[number(override.get(W + "ilvl"))] = number(start)
            self._levels[list_id] = [
                _level(own.get(depth), starts.get(depth)) for depth in range(_DEEPEST)
            ]
        return self._levels[list_id]


def _by_depth(elements: list[etree._Element]) -> dict[int, etree._Element]:
    return {number(element.get(W + "ilvl")): element for element in elements}


def _level(element: etree._Element | None, start: int | None) -> _Level:
    run = None if element is None else element.find(W + "rPr")
    fonts = None if run is None else run.find(W + "rFonts")
    return _Level(
        number(setting(element, "start")) if start is None else start,
        setting(element, "numFmt") or ("none" if element is None else "decimal"),
        setting(element, "lvlText") or "",
        "" if fonts is None else fonts.get(W + "ascii", fonts.get(W + "hAnsi", "")),
        setting(element, "pStyle") or "",
        setting(element, "lvlRestart") != "0",
        bool(is_on(element, "isLgl")),
    )


def _wording(levels: list[_Level], depth: int, counts: dict[int, int]) -> str:
    level = levels[depth]
    if level.form == "bullet":
        return bullet_of(level.wording, level.font)

    def number_at(match: re.Match[str]) -> str:
        place = int(match[1]) - 1
        if place >= len(levels):
            return ""
        form = "decimal" if level.is_legal and place < depth else levels[place].form
        return numeral(counts.get(place, levels[place].start), form)

    return _PLACE.sub(number_at, level.wording).strip()


def numeral(count: int, form: str) -> str:
    """Return a number as a list writes it.

    >>> [numeral(4, form) for form in ("decimal", "lowerLetter", "upperRoman", "ordinal", "none")]
    ['4', 'd', 'IV', '4th', '']
    """
    return _FORMS.get(form, str)(count)


def _letters(count: int) -> str:
    """Return a, b, ... z, aa, bb, as Word counts."""
    if count < 1:
        return str(count)
    times, letter = divmod(count - 1, _LETTERS)
    return chr(ord("a") + letter) * min(times + 1, _MOST_REPEATED)


def _roman(count: int) -> str:
    if not 0 < count <= _HIGHEST_ROMAN:
        return str(count)
    parts = []
    for value, sign in _ROMAN:
        times, count = divmod(count, value)
        parts.append(sign * times)
    return "".join(parts)


def _ordinal(count: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{count}{'th' if count % 100 in {11, 12, 13} else endings.get(count % 10, 'th')}"


def _chinese(count: int) -> str:
    """Return the number in Chinese numerals, up to 99, as headings have them."""
    if not 0 < count < 100:
        return str(count)
    tens, ones = divmod(count, 10)
    before = "" if not tens else ("" if tens == 1 else _CHINESE[tens]) + "十"
    return before + (_CHINESE[ones] if ones or not tens else "")


_FORMS: dict[str, Callable[[int], str]] = {
    "none": lambda count: "",
    "bullet": lambda count: "•",
    "decimalZero": lambda count: f"{count:02}",
    "lowerLetter": _letters,
    "upperLetter": lambda count: _letters(count).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda count: _roman(count).upper(),
    "ordinal": _ordinal,
    "decimalEnclosedParen": lambda count: f"({count})",
    "numberInDash": lambda count: f"- {count} -",
    "chineseCounting": _chinese,
    "chineseCountingThousand": _chinese,
    "ideographDigital": _chinese,
    "japaneseCounting": _chinese,
    "taiwaneseCountingThousand": _chinese,
}
