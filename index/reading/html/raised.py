"""Raised numbers, such as the marks of notes: they are not a part of the word before them."""

from __future__ import annotations

import re

from index.reading.html.tree import Element

_NUMBER = re.compile(r"\s*\d{1,3}\s*")
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LONGEST_MARK = 12
"""Nodes in a raised number, at most: a link, its mark, and what sets them apart."""


def raise_numbers(root: Element) -> None:
    """Write raised numbers, and the numbers of notes, with the characters for superscripts.

    Words are searched without these, and a reader sees them all the same.
    """
    for element in root.elements():
        is_raised = element.tag == "sup" or (
            element.tag == "a" and "noteref" in f"{element.get('type')} {element.get('role')}"
        )
        if is_raised and len(element.children) <= _LONGEST_MARK:
            inside = list(element.elements())
            if len(inside) <= _LONGEST_MARK and _NUMBER.fullmatch(element.text()):
                for part in inside:
                    part.children[:] = [
                        child.translate(_SUPERSCRIPTS) if isinstance(child, str) else child
                        for child in part.children
                    ]
