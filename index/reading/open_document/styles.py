"""The styles of an OpenDocument: which are bold, hidden, those of titles; and its lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from index.reading.open_document.names import FO, STYLE, TEXT, whole
from index.reading.word.numbering import numeral
from index.reading.word.symbols import bullet_of

_LONGEST_CHAIN = 50
_DEEPEST = 10
_FORMS = {
    "1": "decimal",
    "a": "lowerLetter",
    "A": "upperLetter",
    "i": "lowerRoman",
    "I": "upperRoman",
    "1st": "ordinal",
    "": "none",
}
_PATTERN = "{urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0}num-list-format"
_PLACE = re.compile(r"%(\d\d?)%")
_BOLD = frozenset({"bold", "600", "700", "800", "900"})
_OUTLINE = "*outline*"


@dataclass(frozen=True, slots=True)
class Style:
    """What a style says, those that it is based on included; None is what it does not say.

    `names` are its own name and those of the styles that it is based on.
    """

    names: tuple[str, ...] = ()
    is_bold: bool | None = None
    is_hidden: bool | None = None
    is_raised: bool | None = None
    font: str = ""


class Styles:
    """The styles of one file, by kind ("paragraph" or "text") and name."""

    def __init__(self, roots: Iterable[etree._Element]) -> None:
        self._elements: dict[tuple[str, str], etree._Element] = {}
        self._found: dict[tuple[str, str], Style] = {}
        for root in roots:
            for element in root.iter(STYLE + "style"):
                key = element.get(STYLE + "family", ""), element.get(STYLE + "name", "")
                self._elements[key] = element

    def get(self, kind: str, name: str) -> Style:
        """Return a style; one that says nothing if there is no such style."""
        key = kind, name
        if key not in self._found:
            self._found[key] = self._resolve(kind, name)
        return self._found[key]

    def _resolve(self, kind: str, name: str) -> Style:
        chain = list(self._chain(kind, name))
        texts = [
            properties
            for element in chain
            if (properties := element.find(STYLE + "text-properties")) is not None
        ]
        weight = _first(texts, FO + "font-weight")
        display = _first(texts, TEXT + "display")
        position = _first(texts, STYLE + "text-position")
        return Style(
            tuple(element.get(STYLE + "name", "") for element in chain) or (name,),
            None if weight is None else weight in _BOLD,
            None if display is None else display == "none",
            None if position is None else _is_raised(position),
            _first(texts, STYLE + "font-name") or "",
        )

    def _chain(self, kind: str, name: str) -> Iterator[etree._Element]:
        """Yield a style and those that it is based on; a circle of them ends somewhere."""
        for _ in range(_LONGEST_CHAIN):
            element = self._elements.get((kind, name))
            if element is None:
                return
            yield element
            name = element.get(STYLE + "parent-style-name", "")


def _first(elements: Iterable[etree._Element], name: str) -> str | None:
    return next((value for one in elements if (value := one.get(name)) is not None), None)


def _is_raised(position: str) -> bool:
    height = position.split(maxsplit=1)[0] if position.split() else ""
    return height == "super" or (height.endswith("%") and not height.startswith(("-", "0%")))


class Lists:
    """The lists of one file, and how far each is counted. A list of headings has no name."""

    def __init__(self, roots: Iterable[etree._Element]) -> None:
        self._levels: dict[str, dict[int, etree._Element]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        for root in roots:
            for element in root.iter(TEXT + "list-style", TEXT + "outline-style"):
                is_outline = element.tag == TEXT + "outline-style"
                name = _OUTLINE if is_outline else element.get(STYLE + "name", "")
                self._levels[name] = {whole(level, TEXT + "level"): level for level in element}

    def begin(self, name: str, depth: int) -> None:
        """Begin a list at a depth, from 1: it is counted anew from there."""
        counts = self._counts.setdefault(name, {})
        for deeper in [own for own in counts if own >= depth]:
            del counts[deeper]

    def heading(self, depth: int) -> str:
        """Count the next heading of a level, and return what stands before it."""
        return self.label(_OUTLINE, depth)

    def label(self, name: str, depth: int, start: int | None = None) -> str:
        """Count the next item of a list, and return what stands before it: "2.1", "a)", "•"."""
        levels = self._levels.get(name, {})
        level = levels.get(depth)
        if level is None or depth > _DEEPEST:
            return ""
        counts = self._counts.setdefault(name, {})
        first = whole(level, TEXT + "start-value", 1)
        counts[depth] = counts.get(depth, first - 1) + 1 if start is None else start
        for deeper in [own for own in counts if own > depth]:
            del counts[deeper]
        if (bullet := level.get(TEXT + "bullet-char")) is not None:
            properties = level.find(STYLE + "text-properties")
            font = "" if properties is None else properties.get(STYLE + "font-name", "")
            return bullet_of(bullet, font)
        if level.tag == TEXT + "list-level-style-image":
            return "•"
        return _wording(levels, level, depth, counts)


def _wording(
    levels: dict[int, etree._Element],
    level: etree._Element,
    depth: int,
    counts: dict[int, int],
) -> str:
    if not level.get(STYLE + "num-format"):
        # What is not numbered may still have words around the number.
        return f"{level.get(STYLE + 'num-prefix', '')}{level.get(STYLE + 'num-suffix', '')}".strip()

    def number_at(place: int) -> str:
        own = levels.get(place)
        if own is None:
            return ""
        count = counts.get(place, whole(own, TEXT + "start-value", 1))
        return numeral(count, _FORMS.get(own.get(STYLE + "num-format", ""), "decimal"))

    if pattern := level.get(_PATTERN):
        return _PLACE.sub(lambda match: number_at(int(match[1])), pattern).strip()
    shown = min(max(whole(level, TEXT + "display-levels", 1), 1), depth)
    numbers = [number_at(place) for place in range(depth - shown + 1, depth + 1)]
    around = level.get(STYLE + "num-prefix", ""), level.get(STYLE + "num-suffix", "")
    return f"{around[0]}{'.'.join(filter(None, numbers))}{around[1]}".strip()
