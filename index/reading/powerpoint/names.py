"""What the names of elements of a PowerPoint file begin with."""

from __future__ import annotations

from lxml import etree

_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"

P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
"""Slides and what stands on them."""

A = f"{{{_DRAWING}/main}}"
"""Text, tables, and where shapes stand."""

C = f"{{{_DRAWING}/chart}}"
"""Charts."""

DGM = f"{{{_DRAWING}/diagram}}"
"""Diagrams: SmartArt."""

CX = "{http://schemas.microsoft.com/office/drawing/2014/chartex}"
"""Charts of the kinds that came later: waterfall, tree map."""

MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
"""Variants of which a program shows one."""


def whole(element: etree._Element | None, name: str, otherwise: int = 0) -> int:
    """Return the whole number that an attribute states, or `otherwise`."""
    try:
        return int("" if element is None else element.get(name, ""))
    except ValueError:
        return otherwise


def is_true(value: str | None) -> bool:
    """Return whether an attribute says yes."""
    return value in {"1", "true", "on"}
