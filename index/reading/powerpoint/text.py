"""The text of a shape: its paragraphs with their bullets and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml import etree

from index.reading.office import M
from index.reading.powerpoint.names import MC, A, whole
from index.reading.word.math import linear, raised
from index.reading.word.numbering import numeral
from index.reading.word.symbols import bullet_of, in_unicode

_LEVELS = 9
_NUMBER = re.compile(r"(arabic|alphaLc|alphaUc|romanLc|romanUc)(Period|ParenR|ParenBoth|Plain)")
_FORMS = {
    "arabic": "decimal",
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
}
_AROUND = {"Period": "{}.", "ParenR": "{})", "ParenBoth": "({})", "Plain": "{}"}
_BULLETS = (A + "buNone", A + "buChar", A + "buAutoNum", A + "buBlip")


def lines_of(body: etree._Element | None, styles: Sequence[etree._Element] = ()) -> list[str]:
    """Return the paragraphs of a text body that hold anything.

    `styles` are the lists of levels that it inherits its bullets from, the nearest first.
    """
    if body is None:
        return []
    own = body.find(A + "lstStyle")
    chain = ([] if own is None else [own]) + list(styles)
    counts: dict[int, int] = {}
    found = []
    for paragraph in body.iterchildren(A + "p"):
        text = _text_of(paragraph)
        if not text.strip():
            continue
        label = _label(paragraph, chain, counts)
        found.append(f"{label} {text.lstrip()}" if label else text)
    return found


def plain_text(body: etree._Element | None) -> str:
    """Return the text of a body on one line, with the bullets that it states itself."""
    return " ".join(" ".join(line.split()) for line in lines_of(body))


def _text_of(paragraph: etree._Element) -> str:
    pieces = []
    for element in _inline(paragraph):
        if element.tag == A + "br":
            pieces.append("\n")
        elif element.tag == M + "oMath":
            pieces.append(linear(element))
        else:
            pieces.append(_run(element))
    return "".join(pieces)


def _inline(paragraph: etree._Element) -> Iterator[etree._Element]:
    """Yield runs, line breaks, fields and equations; of variants, the first."""
    events = etree.iterwalk(paragraph, events=("start",))
    for _, element in events:
        if element.tag in {A + "r", A + "br", A + "fld", M + "oMath"}:
            yield element
            events.skip_subtree()
        elif element.tag == MC + "Fallback":
            parent = element.getparent()
            choice = None if parent is None else parent.find(MC + "Choice")
            if choice is not None and next(choice.iter(A + "t", M + "t"), None) is not None:
                events.skip_subtree()


def _run(element: etree._Element) -> str:
    text = "".join(own.text or "" for own in element.iterchildren(A + "t"))
    properties = element.find(A + "rPr")
    if properties is None:
        return text
    fonts = (properties.find(A + name) for name in ("sym", "latin"))
    font = next((own.get("typeface", "") for own in fonts if own is not None), "")
    text = in_unicode(text, font)
    return raised(text) if whole(properties, "baseline") > 0 else text


def _label(
    paragraph: etree._Element, chain: Sequence[etree._Element], counts: dict[int, int]
) -> str:
    """Return the bullet or the number before a paragraph, and count it."""
    properties = paragraph.find(A + "pPr")
    level = min(max(whole(properties, "lvl"), 0), _LEVELS - 1)
    for deeper in range(level + 1, _LEVELS):
        counts.pop(deeper, None)
    name = f"{A}lvl{level + 1}pPr"
    places = [properties, *(style.find(name) for style in chain)]
    found = next(
        (
            bullet
            for place in places
            if place is not None and (bullet := _bullet(place)) is not None
        ),
        None,
    )
    if found is None or found.tag != A + "buAutoNum":
        counts.pop(level, None)
    if found is None or found.tag == A + "buNone":
        return ""
    if found.tag != A + "buAutoNum":
        return bullet_of(found.get("char", ""), _bullet_font(places)) or "•"
    counts[level] = counts.get(level, whole(found, "startAt", 1) - 1) + 1
    match = _NUMBER.fullmatch(found.get("type", ""))
    form, around = match.groups() if match else ("arabic", "Period")
    return _AROUND[around].format(numeral(counts[level], _FORMS[form]))


def _bullet(properties: etree._Element) -> etree._Element | None:
    return next(properties.iterchildren(*_BULLETS), None)


def _bullet_font(places: Sequence[etree._Element | None]) -> str:
    for place in places:
        font = None if place is None else place.find(A + "buFont")
        if font is not None:
            return str(font.get("typeface", ""))
    return ""
