"""Thin lines, edges of boxes and pictures of a page."""

from __future__ import annotations

import ctypes
from typing import Any

from index.reading.pdf.elements import Rule

_MOST_OBJECTS = 20_000
_THIN = 2.5
_SHORTEST = 8.0
_DEEPEST = 5


def rules_of(
    library: Any,
    page: Any,
    place: tuple[float, float, float, float, float, float],
    *,
    with_rules: bool,
) -> tuple[list[Rule], int]:
    """Return the thin lines of a page and the number of its pictures."""
    rules: list[Rule] = []
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
                rules += _edges([part.value for part in box], place)
    return rules, pictures


def _edges(
    box: list[float], place: tuple[float, float, float, float, float, float]
) -> list[Rule]:
    """Return a thin path as a line, and nothing for others."""
    a, b, c, d, e, f = place
    left, bottom, right, top = box
    xs = sorted((a * left + c * bottom + e, a * right + c * top + e))
    ys = sorted((b * left + d * bottom + f, b * right + d * top + f))
    width, height = xs[1] - xs[0], ys[1] - ys[0]
    if min(width, height) <= _THIN and max(width, height) >= _SHORTEST:
        return [Rule(xs[0], ys[0], xs[1], ys[1])]
    return []
