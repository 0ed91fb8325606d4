"""The shapes of a slide: which there are, where each stands, and in which order they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from index.reading.powerpoint.names import MC, A, C, P, is_true, whole

_TITLES = frozenset({"title", "ctrTitle"})
_FURNITURE = frozenset({"dt", "ftr", "hdr", "sldNum"})
_OF_MASTER = {"ctrTitle": "title", "subTitle": "body", "obj": "body", "": "body"}
"""The kind of placeholder of a master that one of a slide is like, if that is another one."""
_STYLES = {"title": "titleStyle", "body": "bodyStyle"}
_FRAMES = (f"{P}spPr/{A}xfrm", f"{P}xfrm", f"{P}grpSpPr/{A}xfrm")
_SHAPES = frozenset(P + name for name in ("sp", "grpSp", "graphicFrame", "pic", "cxnSp"))
_TEXT_IN_IT = (A + "t", A + "graphicData", C + "chart")

Box = tuple[int, int, int, int]
"""Left, top, width and height, in units of which an inch has 914,400."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape; `role` is the kind of placeholder that it fills, None if it fills none."""

    element: etree._Element
    role: str | None
    box: Box | None

    @property
    def is_title(self) -> bool:
        """Whether it is the place of the title."""
        return self.role in _TITLES

    @property
    def is_furniture(self) -> bool:
        """Whether it is the place of the number of the slide, of the date or of the footer."""
        return self.role in _FURNITURE

    @property
    def properties(self) -> etree._Element | None:
        """What is stated of it beside what it shows: its name, a description."""
        first = next(self.element.iterchildren(), None)
        return None if first is None else first.find(P + "cNvPr")


class Layout:
    """What the placeholders of a slide inherit from its layout and from the master of that."""

    def __init__(self, layout: etree._Element | None, master: etree._Element | None) -> None:
        self._layout, self._master = _placeholders(layout), _placeholders(master)
        self._styles = None if master is None else master.find(P + "txStyles")

    def styles(self, shape: etree._Element) -> list[etree._Element]:
        """Return the lists of levels that a shape inherits, the nearest first."""
        placeholder = _placeholder(shape)
        if placeholder is None:
            return []
        lists = (above.find(f"{P}txBody/{A}lstStyle") for above in self._above(placeholder))
        found = [one for one in lists if one is not None]
        kind = _of_master(placeholder)
        named = None if self._styles is None else self._styles.find(P + _STYLES.get(kind, "other"))
        return found if named is None else [*found, named]

    def box(self, shape: etree._Element) -> Box | None:
        """Return where a shape stands; None if nothing says it."""
        placeholder = _placeholder(shape)
        above = [] if placeholder is None else self._above(placeholder)
        return next((box for one in (shape, *above) if (box := _box(one)) is not None), None)

    def _above(self, placeholder: etree._Element) -> list[etree._Element]:
        """Return the placeholders that one inherits from."""
        number, kind = placeholder.get("idx", "0"), placeholder.get("type", "")
        like = [(other, shape) for other, shape in self._layout if _are_alike(other, placeholder)]
        same = [shape for other, shape in like if other.get("idx", "0") == number]
        named = [shape for other, shape in self._layout if other.get("type", "") == kind]
        own = next(iter((*same, *named)), None)
        of_master = _of_master(placeholder)
        master = next(
            (shape for other, shape in self._master if other.get("type", "body") == of_master), None
        )
        return [shape for shape in (own, master) if shape is not None]


def shapes_of(tree: etree._Element, layout: Layout) -> list[Shape]:
    """Return the shapes of a slide or a group in the order in which they are read.

    The title is first. The others go from top to bottom, those of a row from left to right. What
    fills the placeholder after another one in the file, and stands under it, goes with it.
    """
    shapes = [Shape(element, _role(element), layout.box(element)) for element in _elements(tree)]
    titles = [shape for shape in shapes if shape.is_title]
    columns: list[list[Shape]] = []
    for shape in shapes:
        if shape.is_title:
            continue
        if columns and _stands_under(columns[-1][-1], shape):
            columns[-1].append(shape)
        else:
            columns.append([shape])
    return [*titles, *(shape for column in _by_rows(columns) for shape in column)]


def _by_rows(columns: Sequence[list[Shape]]) -> list[list[Shape]]:
    """Sort by rows: what begins above the middle of the first of a row is in that row."""
    placed = [(column[0].box, column) for column in columns]
    known = sorted(
        ((box, column) for box, column in placed if box is not None),
        key=lambda pair: (pair[0][1], pair[0][0]),
    )
    rows: list[list[tuple[Box, list[Shape]]]] = []
    middle = 0
    for box, column in known:
        if rows and box[1] < middle:
            rows[-1].append((box, column))
        else:
            rows.append([(box, column)])
            middle = box[1] + max(box[3] // 2, 1)
    found = [column for row in rows for _, column in sorted(row, key=lambda pair: pair[0][0])]
    return [*found, *(column for box, column in placed if box is None)]


def _stands_under(before: Shape, shape: Shape) -> bool:
    if before.role is None or shape.role is None or before.box is None or shape.box is None:
        return False
    left, top, width, height = before.box
    middle = shape.box[0] + shape.box[2] // 2
    return left < middle < left + width and shape.box[1] >= top + height // 2


def _elements(tree: etree._Element) -> Iterator[etree._Element]:
    """Yield the shapes in an element; of variants those of one that shows something."""
    waiting = list(reversed(tree))
    while waiting:
        element = waiting.pop()
        if element.tag in _SHAPES:
            yield element
        elif element.tag == MC + "AlternateContent":
            variants = list(element)
            shown = (one for one in variants if next(one.iter(*_TEXT_IN_IT), None) is not None)
            waiting += reversed(next(shown, variants[-1]) if variants else [])


def _placeholders(
    root: etree._Element | None,
) -> list[tuple[etree._Element, etree._Element]]:
    """Return the placeholders of a layout or master, each with its shape."""
    tree = None if root is None else root.find(f"{P}cSld/{P}spTree")
    if tree is None:
        return []
    pairs = ((_placeholder(shape), shape) for shape in _elements(tree))
    return [(placeholder, shape) for placeholder, shape in pairs if placeholder is not None]


def _placeholder(shape: etree._Element) -> etree._Element | None:
    first = next(shape.iterchildren(), None)
    return None if first is None else first.find(f"{P}nvPr/{P}ph")


def _role(shape: etree._Element) -> str | None:
    placeholder = _placeholder(shape)
    return None if placeholder is None else placeholder.get("type", "")


def _of_master(placeholder: etree._Element) -> str:
    kind = str(placeholder.get("type", ""))
    return _OF_MASTER.get(kind, kind)


def _are_alike(one: etree._Element, other: etree._Element) -> bool:
    return _of_master(one) == _of_master(other)


def _box(shape: etree._Element) -> Box | None:
    frame = next((own for path in _FRAMES if (own := shape.find(path)) is not None), None)
    offset = None if frame is None else frame.find(A + "off")
    if frame is None or offset is None:
        return None
    extent = frame.find(A + "ext")
    return (
        whole(offset, "x"),
        whole(offset, "y"),
        max(whole(extent, "cx"), 0),
        max(whole(extent, "cy"), 0),
    )


def is_hidden(shape: Shape) -> bool:
    """Return whether a shape is not shown."""
    properties = shape.properties
    return properties is not None and is_true(properties.get("hidden"))
