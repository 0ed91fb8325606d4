"""Thin lines, edges of boxes and pictures of a page."""

from __future__ import annotations

import ctypes
from types import ModuleType

from index.reading.pdf.characters import Place
from index.reading.pdf.elements import Rule

_MOST_OBJECTS = 20_000
_THIN = 2.5
_SHORTEST = 8.0
_DEEPEST = 5
_SMALLEST_DOT, _LARGEST_DOT = 1.8, 7.0
_RECTANGLE = (4, 5)
_HIGHEST = 200.0
"""A box that is higher is not a cell of a table."""


def rules_of(
    library: ModuleType,
    page: object,
    place: Place,
    *,
    with_rules: bool,
) -> tuple[list[Rule], list[Rule], int]:
    """Return the thin lines of a page, the boxes of its dots, and the number of its pictures."""
    rules: list[Rule] = []
    dots: list[Rule] = []
    pictures = 0
    box = [ctypes.c_float() for _ in range(4)]
    references = [ctypes.byref(part) for part in box]
    left = _MOST_OBJECTS
    stack = [(page, 0, False)]
    while stack:
        holder, depth, is_form = stack.pop()
        count_of = library.FPDFFormObj_CountObjects if is_form else library.FPDFPage_CountObjects
        object_at = library.FPDFFormObj_GetObject if is_form else library.FPDFPage_GetObject
        for index in range(min(count_of(holder), left)):
            left -= 1
            found = object_at(holder, index)
            kind = library.FPDFPageObj_GetType(found)
            if kind == library.FPDF_PAGEOBJ_IMAGE:
                pictures += 1
            elif kind == library.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
                stack.append((found, depth + 1, True))
            elif (
                with_rules
                and kind == library.FPDF_PAGEOBJ_PATH
                and not is_form
                and library.FPDFPageObj_GetBounds(found, *references)
            ):
                bounds = _shown([part.value for part in box], place)
                segments = library.FPDFPath_CountSegments(found)
                rules += _edges(bounds, segments)
                if _is_dot(bounds, segments):
                    dots.append(Rule(*bounds))
    return rules, dots, pictures


_Box = tuple[float, float, float, float]


def _shown(box: list[float], place: Place) -> _Box:
    """Return a box as left, top, right and bottom of the page as shown."""
    a, b, c, d, e, f = place
    left, bottom, right, top = box
    x0, x1 = sorted((a * left + c * bottom + e, a * right + c * top + e))
    y0, y1 = sorted((b * left + d * bottom + f, b * right + d * top + f))
    return x0, y0, x1, y1


def _is_dot(box: _Box, segments: int) -> bool:
    """Check whether a path may be the round mark of an item."""
    width, height = box[2] - box[0], box[3] - box[1]
    return segments >= 5 and _SMALLEST_DOT <= width <= _LARGEST_DOT and abs(width - height) < 0.3


def _edges(box: _Box, segments: int) -> list[Rule]:
    """Return a thin path as a line, and a rectangle as its four edges."""
    x0, y0, x1, y1 = box
    width, height = x1 - x0, y1 - y0
    if min(width, height) <= _THIN:
        return [Rule(*box)] if max(width, height) >= _SHORTEST else []
    if segments not in _RECTANGLE or height < _SHORTEST or height > _HIGHEST:
        return []
    return [
        Rule(x0, y0, x1, y0),
        Rule(x0, y1, x1, y1),
        Rule(x0, y0, x0, y1),
        Rule(x1, y0, x1, y1),
    ]
