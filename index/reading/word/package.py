"""The parts of a Word file, and the properties of its elements."""

from __future__ import annotations

from lxml import etree

from index.reading.office import Package, Program

_WORD = Program("Word", ".docx", "word/document.xml")

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
"""What the names of elements of a Word file begin with."""


def open_package(data: bytes) -> Package:
    """Open a file; raises UnreadableError if it is not one of Word, or too large unpacked."""
    return Package.of(data, _WORD)


def setting(element: etree._Element | None, name: str) -> str | None:
    """Return the value of a property of Word below an element; None if it is not there."""
    found = None if element is None else element.find(W + name)
    return None if found is None else found.get(W + "val", "")


def is_on(element: etree._Element | None, name: str) -> bool | None:
    """Return whether a property that is on or off is on; None if it is not there."""
    value = setting(element, name)
    return None if value is None else value not in {"0", "false", "off", "none"}


def number(text: str | None, otherwise: int = 0) -> int:
    """Return the whole number that a text states, or `otherwise`."""
    try:
        return int(text or "")
    except ValueError:
        return otherwise
