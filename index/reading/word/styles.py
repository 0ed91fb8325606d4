"""The styles of a Word file: which are headings, bold, hidden, numbered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from index.reading.word.package import W, is_on, number, setting

_HEADING = re.compile(r"heading ?([1-9])")
_NAVIGATION = re.compile(r"toc ?\d|toc heading|contents heading|table of figures|index ?\d")
_BODY_LEVEL = 9
"""The outline level of text that is not a heading; those of headings count from 0."""

_LONGEST_CHAIN = 50


@dataclass(frozen=True, slots=True)
class Style:
    """What a style says, those that it is based on included.

    `names` are its own name and those of the styles that it is based on, in lower case. `level` is
    that of a heading, or 0. `numbering` is its list and the level in it, -1 if it does not say.
    """

    names: tuple[str, ...] = ()
    level: int = 0
    is_bold: bool = False
    is_hidden: bool = False
    numbering: tuple[str, int] | None = None
    marks_first_row: bool = False

    @property
    def is_title(self) -> bool:
        """Whether it is that of the title of the document."""
        return "title" in self.names

    @property
    def is_subtitle(self) -> bool:
        """Whether it is that of the subtitle."""
        return "subtitle" in self.names

    @property
    def is_caption(self) -> bool:
        """Whether it is that of what stands under a picture or over a table."""
        return "caption" in self.names

    @property
    def is_navigation(self) -> bool:
        """Whether it is that of a table of contents or an index."""
        return bool(self.names) and _NAVIGATION.fullmatch(self.names[0]) is not None


class Styles:
    """The styles of one file."""

    def __init__(self, root: etree._Element | None) -> None:
        elements = [] if root is None else root.findall(W + "style")
        self._elements = {element.get(W + "styleId", ""): element for element in elements}
        self._found: dict[str, Style] = {}
        self._default = next(
            (
                element.get(W + "styleId", "")
                for element in elements
                if element.get(W + "type") == "paragraph"
                and element.get(W + "default") in {"1", "true", "on"}
            ),
            "",
        )

    def of_paragraph(self, properties: etree._Element | None) -> tuple[str, Style]:
        """Return the style of a paragraph, with its identifier, by the paragraph's properties."""
        style_id = setting(properties, "pStyle") or self._default
        return style_id, self.get(style_id)

    def get(self, style_id: str) -> Style:
        """Return a style by its identifier; one that says nothing if there is no such style."""
        if style_id not in self._found:
            self._found[style_id] = self._resolve(style_id)
        return self._found[style_id]

    @cached_property
    def _nothing(self) -> Style:
        return Style()

    def _resolve(self, style_id: str) -> Style:
        chain = list(self._chain(style_id))
        if not chain:
            # Some programs write no styles, and rely on the usual identifiers.
            name = style_id.lower()
            return Style((name,), _level_of_name(name)) if name else self._nothing
        names = tuple((setting(element, "name") or "").lower() for element in chain)
        runs = [element.find(W + "rPr") for element in chain]
        return Style(
            names,
            _level(chain, names),
            next((on for run in runs if (on := is_on(run, "b")) is not None), False),
            next((on for run in runs if (on := is_on(run, "vanish")) is not None), False),
            next(filter(None, map(_numbering, chain)), None),
            any(_marks_first_row(element) for element in chain),
        )

    def _chain(self, style_id: str) -> Iterator[etree._Element]:
        """Yield a style and those that it is based on; a circle of them ends somewhere."""
        for _ in range(_LONGEST_CHAIN):
            element = self._elements.get(style_id)
            if element is None:
                return
            yield element
            style_id = setting(element, "basedOn") or ""


def level_of(properties: etree._Element | None) -> int | None:
    """Return the level of a heading that properties of a paragraph state, 0 for body text.

    None if they state nothing.
    """
    value = setting(properties, "outlineLvl")
    if value is None:
        return None
    level = number(value, _BODY_LEVEL)
    return level + 1 if 0 <= level < _BODY_LEVEL else 0


def numbering_of(properties: etree._Element | None) -> tuple[str, int] | None:
    """Return the list, and the level in it or -1, that properties of a paragraph state."""
    own = None if properties is None else properties.find(W + "numPr")
    list_id = setting(own, "numId")
    return None if list_id is None else (list_id, number(setting(own, "ilvl"), -1))


def _level(chain: list[etree._Element], names: tuple[str, ...]) -> int:
    for element, name in zip(chain, names, strict=True):
        stated = level_of(element.find(W + "pPr"))
        if stated is not None:
            return stated
        if level := _level_of_name(name):
            return level
    return 0


def _level_of_name(name: str) -> int:
    match = _HEADING.fullmatch(name)
    return int(match[1]) if match else 0


def _numbering(element: etree._Element) -> tuple[str, int] | None:
    return numbering_of(element.find(W + "pPr"))


def _marks_first_row(element: etree._Element) -> bool:
    """Return whether a style of tables sets the first row off."""
    return any(part.get(W + "type") == "firstRow" for part in element.findall(W + "tblStylePr"))
