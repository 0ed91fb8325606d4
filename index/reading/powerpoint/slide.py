"""A slide: its title, and what stands under it, in the order of reading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from index.reading.laying_out import blocks_of, description, end_table, kind_of, write_lines
from index.reading.office import Package, R, Relation
from index.reading.powerpoint.graphics import (
    chart_rows,
    chart_titles,
    diagram_lines,
    new_chart_lines,
)
from index.reading.powerpoint.names import CX, DGM, A, C, P, is_true
from index.reading.powerpoint.shapes import Layout, Shape, is_hidden, shapes_of
from index.reading.powerpoint.text import lines_of, plain_text
from index.reading.text_writer import TextWriter

FURNITURE = "page furniture"
_HIDDEN = "hidden"
_NO_LAYOUT = Layout(None, None)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A paragraph, or a table; `omitted_as` is the reason if it is in no passage."""

    text: str = ""
    rows: list[list[str]] = field(default_factory=list)
    has_header: bool = False
    omitted_as: str = ""


class Slide:
    """The text of a slide, or of the page with its notes."""

    def __init__(
        self,
        package: Package,
        root: etree._Element,
        relations: dict[str, Relation],
        layout: Layout = _NO_LAYOUT,
    ) -> None:
        self._package = package
        self._relations = relations
        self._layout = layout
        self.title = ""
        self.has_title_of_deck = False
        self.pictures = 0
        self.other_files = 0
        tree = root.find(f"{P}cSld/{P}spTree")
        self._pieces = [] if tree is None else list(self._read(tree))

    @property
    def has_text(self) -> bool:
        """Whether anything stands on it beside the title that is in a passage."""
        return any((piece.text or piece.rows) and not piece.omitted_as for piece in self._pieces)

    def write(self, writer: TextWriter, prefix: str = "") -> None:
        """Write all but the title; `prefix` stands before the first paragraph."""
        for piece in self._pieces:
            if piece.rows:
                end_table(writer, piece.rows, has_header=piece.has_header)
                continue
            for lines in blocks_of(piece.text):
                if prefix and not piece.omitted_as:
                    lines[0], prefix = prefix + lines[0], ""
                write_lines(writer, lines)
                if piece.omitted_as:
                    writer.omit(piece.omitted_as)
                else:
                    kind, level = kind_of(lines)
                    writer.end_paragraph(kind, level=level)

    def write_furniture(self, writer: TextWriter) -> None:
        """Write what stands on a layout or a master itself, and so on each of its slides."""
        for piece in self._pieces:
            text = piece.text or "\n".join("\t".join(row) for row in piece.rows)
            for lines in blocks_of(text):
                write_lines(writer, lines)
                writer.omit(FURNITURE)

    def _read(self, tree: etree._Element) -> Iterator[_Piece]:
        waiting = list(reversed(shapes_of(tree, self._layout)))
        while waiting:
            shape = waiting.pop()
            if is_hidden(shape):
                for body in shape.element.iter(P + "txBody"):
                    yield from (_Piece(line, omitted_as=_HIDDEN) for line in lines_of(body))
                continue
            yield from self._read_shape(shape)
            if shape.element.tag == P + "grpSp":
                waiting += reversed(shapes_of(shape.element, self._layout))

    def _read_shape(self, shape: Shape) -> Iterator[_Piece]:
        element = shape.element
        if element.tag == P + "sp":
            lines = lines_of(element.find(P + "txBody"), self._layout.styles(element))
            if shape.is_title and lines and not self.title:
                self.title = " ".join(" ".join(lines).split())
                self.has_title_of_deck = shape.role == "ctrTitle"
            else:
                reason = FURNITURE if shape.is_furniture else ""
                yield from (_Piece(line, omitted_as=reason) for line in lines)
        elif element.tag == P + "graphicFrame":
            yield from self._read_graphic(element)
        elif element.tag == P + "pic":
            self.pictures += 1
        yield from _description(shape)

    def _read_graphic(self, element: etree._Element) -> Iterator[_Piece]:
        self.other_files += sum(1 for _ in element.iter(P + "oleObj")) > 0
        for part in element.iter(A + "tbl", C + "chart", CX + "chart", DGM + "relIds"):
            if part.tag == A + "tbl":
                yield from _table(part)
                continue
            name = part.get(R + ("dm" if part.tag == DGM + "relIds" else "id"), "")
            relation = self._relations.get(name)
            root = None if relation is None else self._package.xml(relation.target)
            if root is None:
                continue
            if part.tag == DGM + "relIds":
                yield from map(_Piece, diagram_lines(root))
                continue
            yield from map(_Piece, chart_titles(root))
            if part.tag == CX + "chart":
                yield from map(_Piece, new_chart_lines(root))
            elif rows := chart_rows(root):
                yield _Piece(rows=rows, has_header=not rows[0][0])


def _table(table: etree._Element) -> Iterator[_Piece]:
    properties = table.find(A + "tblPr")
    rows = [
        [plain_text(cell.find(A + "txBody")) for cell in row.iterchildren(A + "tc")]
        for row in table.iterchildren(A + "tr")
    ]
    if rows := [row for row in rows if any(row)]:
        has_header = properties is not None and is_true(properties.get("firstRow"))
        yield _Piece(rows=rows, has_header=has_header)


def _description(shape: Shape) -> Iterator[_Piece]:
    """Yield what is said of a shape for those who do not see it."""
    properties = shape.properties
    if properties is not None:
        text, reason = description(properties.get("descr", ""))
        yield _Piece(text, omitted_as=reason)
