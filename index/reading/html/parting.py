"""Words of a page that only its style sheet keeps apart.

"By A. Luzin" and "3 May" may stand in two elements without white space between them: a browser
lays them out side by side, with a gap. Text that is one word is never parted: `<b>a</b>bc`.
"""

from __future__ import annotations

import re

from index.reading.html.article import hyphened
from index.reading.html.text import UNSEEN, is_block
from index.reading.html.tree import Element

_PARTED = frozenset({"address", "time"})
# Words of classes of what stands in a line for itself: names, dates, labels.
_NAMED = re.compile(
    r"(?:^|[-_\s])(?:author|by-?line|date|time|timestamp|category|credit|kicker|label|tag)s?"
    r"(?:$|[-_\s])"
)
_AS_IT_STANDS = frozenset({"code", "kbd", "math", "pre", "ruby", "samp", "svg", "textarea"})
_LONGEST = 100
"""Characters of a block that is a row of labels, at most; more is prose."""


def part_words(root: Element) -> None:
    """Put a space into a tree between elements that do not hold parts of one word."""
    order: list[Element] = []
    waiting = [root]
    while waiting:
        element = waiting.pop()
        order.append(element)
        if element.tag not in _AS_IT_STANDS:
            waiting += [child for child in element.children if isinstance(child, Element)]
    texts: dict[int, tuple[str, str, int]] = {}
    for element in reversed(order):
        if element.tag not in UNSEEN:
            texts[id(element)] = _part(element, texts)


def _part(element: Element, texts: dict[int, tuple[str, str, int]]) -> tuple[str, str, int]:
    """Part the children of an element; return first two characters, last one, and length."""
    edges = [
        (child[:2], child[-1:], len(child))
        if isinstance(child, str)
        else texts.get(id(child), ("", "", 0))
        for child in element.children
    ]
    length = sum(edge[2] for edge in edges)
    if len(edges) > 1:
        parted: list[Element | str] = []
        for number, child in enumerate(element.children):
            before = edges[number - 1][1] if number else ""
            after = edges[number][0]
            if (
                before.isalnum()
                and after[:1].isalnum()
                and _are_apart(element, number, before, after, length)
            ):
                parted.append(" ")
            parted.append(child)
        element.children = parted
    first = next((edge[0] for edge in edges if edge[2]), "")
    last = next((edge[1] for edge in reversed(edges) if edge[2]), "")
    return first, last, length


def _are_apart(parent: Element, number: int, before: str, after: str, length: int) -> bool:
    """Return whether a child and the one before it hold words of their own."""
    pair = parent.children[number - 1 : number + 1]
    elements = [child for child in pair if isinstance(child, Element)]
    if any(is_block(child) for child in elements):
        return False
    if any(_is_parted(child) for child in elements):
        return True
    is_row = len(elements) == 2 and length <= _LONGEST and is_block(parent) and _is_bare(parent)
    is_row = is_row or (bool(elements) and _is_parted(parent))
    return is_row and _begins_anew(before, after)


def _begins_anew(before: str, after: str) -> bool:
    """Return whether a character and the two after it hardly stand in one word."""
    if before.isdigit():
        return not after[0].islower()
    return after[0].isupper() and (before.islower() or after[1:].islower())


def _is_parted(element: Element) -> bool:
    return element.tag in _PARTED or _NAMED.search(hyphened(element.get("class"))) is not None


def _is_bare(element: Element) -> bool:
    return not any(isinstance(child, str) and child.strip() for child in element.children)
