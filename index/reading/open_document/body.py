"""The text of an OpenDocument, walked through in the order of reading."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lxml import etree

from index.reading.laying_out import (
    Aside,
    Table,
    blocks_of,
    description,
    kind_of,
    only_arranges,
    write_lines,
)
from index.reading.open_document.names import DC, DRAW, MATH, OFFICE, SVG, TABLE, TEXT, XLINK, whole
from index.reading.open_document.styles import Lists, Style, Styles
from index.reading.text_writer import TextWriter
from index.reading.word.math import raised
from index.reading.word.symbols import in_unicode
from index.splitting.line_cues import has_word
from index.splitting.paragraphs import Kind

_NAVIGATION, _FURNITURE, _HIDDEN = "navigation", "page furniture", "hidden"
_INDEXES = (
    *("table-of-content", "illustration-index", "table-index", "object-index", "user-index"),
    "alphabetical-index",
)
_SHAPES = (
    *("frame", "custom-shape", "rect", "ellipse", "circle", "line", "polyline", "polygon", "path"),
    *("regular-polygon", "caption", "connector", "measure", "g"),
)
_PASSED_OVER = (
    *(TEXT + f"{name}-source" for name in (*_INDEXES, "bibliography")),
    *(TEXT + name for name in ("tracked-changes", "script", "sequence-decls", "variable-decls")),
    *(OFFICE + name for name in ("forms", "binary-data", "event-listeners")),
    *(TABLE + name for name in ("covered-table-cell", "title", "desc")),
)
_CAPTIONS = frozenset({"Caption", "Illustration", "Table", "Figure", "Drawing", "Text"})
_TABLE_HEADING = "Table_20_Heading"
_MOST_REPEATED = 100

_Handler = Callable[[etree._Element], bool | None]
"""Handles the start or the end of an element; true if what is inside it is to be passed over."""


@dataclass(slots=True)
class _Open:
    """The paragraph at hand; whether it has words in bold type, and others."""

    style: Style
    level: int = 0
    label: str = ""
    pieces: list[str] = field(default_factory=list)
    has_bold: bool = False
    has_plain: bool = False
    is_hidden: bool = False

    @property
    def all_bold(self) -> bool:
        """Whether all its words are in bold type."""
        return self.has_bold and not self.has_plain

    @property
    def text(self) -> str:
        """What is in it, with its number or bullet."""
        text = "".join(self.pieces).strip()
        return f"{self.label} {text}" if self.label and text else text


@dataclass(slots=True)
class _List:
    """A list that is open: its style, and what stands before the next paragraph of it."""

    style: str
    label: str = ""


class Body:
    """Writes the body of one document, and what belongs to its paragraphs after each.

    `roots` are the parts that hold styles. `formula` gives the root of an object by its reference.
    """

    def __init__(
        self,
        writer: TextWriter,
        roots: Sequence[etree._Element],
        formula: Callable[[str], etree._Element | None],
    ) -> None:
        self.other_files = 0
        self._writer = writer
        self._styles = Styles(roots)
        self._lists = Lists(roots)
        self._formula = formula
        self._open: _Open | None = None
        self._spans: list[Style] = []
        self._open_lists: list[_List] = []
        self._table: Table | None = None
        self._asides: deque[Aside] = deque()
        self._prefix = ""
        self._after_heading = False
        self._reasons: list[tuple[etree._Element | None, str]] = []
        self._has_title = False
        self._starts, self._ends = self._handlers()

    def _handlers(self) -> tuple[dict[str, _Handler], dict[str, _Handler]]:
        starts: dict[str, _Handler] = {
            TEXT + "p": self._start_paragraph,
            TEXT + "h": self._start_paragraph,
            TEXT + "span": self._start_span,
            TEXT + "s": lambda _: self._add(" "),
            TEXT + "tab": lambda _: self._add(" "),
            TEXT + "line-break": self._break_line,
            TEXT + "ruby-text": lambda _: self._add("("),
            TEXT + "number": self._take_number,
            TEXT + "note": self._refer,
            TEXT + "hidden-paragraph": self._hide,
            TEXT + "list": self._start_list,
            TEXT + "list-item": self._start_item,
            TEXT + "list-header": self._start_item,
            TEXT + "numbered-paragraph": self._start_numbered,
            TEXT + "section": self._start_section,
            OFFICE + "annotation": self._comment,
            TABLE + "table": self._start_table,
            TABLE + "table-row": self._start_row,
            TABLE + "table-cell": self._start_cell,
            **{TEXT + name: self._start_index for name in _INDEXES},
            **{DRAW + name: self._set_aside for name in _SHAPES},
            **dict.fromkeys(_PASSED_OVER, lambda _: True),
            **dict.fromkeys((SVG + "title", SVG + "desc"), self._describe),
            **dict.fromkeys((DRAW + "object", DRAW + "object-ole"), self._read_object),
        }
        ends: dict[str, _Handler] = {
            TEXT + "p": self._end_paragraph,
            TEXT + "h": self._end_paragraph,
            TEXT + "span": self._end_span,
            TEXT + "ruby-text": lambda _: self._add(")"),
            TEXT + "list": lambda _: self._end_list(),
            TEXT + "numbered-paragraph": lambda _: self._end_list(),
            TEXT + "section": self._end_omission,
            TABLE + "table": self._end_table,
            TABLE + "table-row": self._end_row,
            TABLE + "table-cell": self._end_cell,
            **{TEXT + name: self._end_omission for name in _INDEXES},
        }
        return starts, ends

    def read(self, root: etree._Element) -> None:
        """Write all that stands in an element."""
        self._walk(root)
        self._read_asides()

    def read_furniture(self, root: etree._Element) -> None:
        """Write a head or a foot of pages, which is in no passage."""
        self._reasons = [(None, _FURNITURE)]
        self.read(root)
        self._reasons = []

    def _walk(self, root: etree._Element) -> None:
        events = etree.iterwalk(root, events=("start", "end"))
        passed_over: etree._Element | None = None
        for event, element in events:
            if element is root:
                continue
            if event == "start":
                handler = self._starts.get(str(element.tag))
                if handler is not None and handler(element):
                    passed_over = element
                    events.skip_subtree()
                elif element.text:
                    self._add(element.text)
                continue
            if element is not passed_over and (handler := self._ends.get(str(element.tag))):
                handler(element)
            passed_over = None
            if element.tail:
                self._add(element.tail)

    # Paragraphs

    def _start_paragraph(self, element: etree._Element) -> None:
        style = self._styles.get("paragraph", element.get(TEXT + "style-name", ""))
        is_heading = element.tag == TEXT + "h"
        level = max(whole(element, TEXT + "outline-level", 1), 1) if is_heading else 0
        label = self._take_label()
        if is_heading and not self._open_lists and not element.get(TEXT + "is-list-header"):
            label = self._lists.heading(level)
        if self._table is None and not (label and not level):
            self._read_asides_after_text()
        self._open = _Open(style, level, label, is_hidden=bool(style.is_hidden))
        self._spans = []

    def _take_label(self) -> str:
        if not self._open_lists:
            return ""
        label, self._open_lists[-1].label = self._open_lists[-1].label, ""
        return label

    def _take_number(self, element: etree._Element) -> bool:
        """Take the number that the program which saved the file put before a paragraph."""
        if text := (element.text or "").strip():
            if self._open is not None:
                self._open.label = text
            elif self._open_lists:
                self._open_lists[-1].label = text
        return True

    def _end_paragraph(self, element: etree._Element) -> None:
        paragraph, self._open = self._open, None
        if paragraph is None:
            return
        if self._table is not None and not paragraph.is_hidden:
            self._add_to_cell(paragraph)
        else:
            self._write(paragraph)

    def _write(self, paragraph: _Open) -> None:
        """Write a paragraph; an empty line in it parts it in two."""
        text = paragraph.text
        if self._prefix and text:
            text, self._prefix = self._prefix + text, ""
        for lines in blocks_of(text):
            self._write_lines(lines, paragraph)

    def _write_lines(self, lines: list[str], paragraph: _Open) -> None:
        reason = _HIDDEN if paragraph.is_hidden else self._reason
        if reason:
            write_lines(self._writer, lines)
            self._writer.omit(reason)
            return
        kind, level = _kind_of(lines, paragraph)
        write_lines(self._writer, [" ".join(lines)] if kind is Kind.HEADING else lines)
        self._take_title(" ".join(lines), paragraph.style)
        self._writer.end_paragraph(kind, level=level)
        self._after_heading = kind is Kind.HEADING

    @property
    def _reason(self) -> str:
        return self._reasons[-1][1] if self._reasons else ""

    def _take_title(self, text: str, style: Style) -> None:
        """Take title and subtitle by their styles: what the page shows goes before properties."""
        if "Title" in style.names and not self._has_title:
            self._writer.head.title, self._has_title = text, True
        elif "Subtitle" in style.names and not self._writer.head.subtitle:
            self._writer.head.subtitle = text

    def _hide(self, element: etree._Element) -> None:
        if self._open is not None and element.get(TEXT + "is-hidden") == "true":
            self._open.is_hidden = True

    # Text

    def _start_span(self, element: etree._Element) -> bool:
        style = self._styles.get("text", element.get(TEXT + "style-name", ""))
        if style.is_hidden:
            return True
        self._spans.append(style)
        return False

    def _end_span(self, element: etree._Element) -> None:
        if self._spans:
            self._spans.pop()

    def _add(self, text: str) -> None:
        if self._open is None:
            return
        styles = [*reversed(self._spans), self._open.style]
        if has_word(text):
            weights = (style.is_bold for style in styles)
            is_bold = next((bold for bold in weights if bold is not None), False)
            self._open.has_bold = self._open.has_bold or is_bold
            self._open.has_plain = self._open.has_plain or not is_bold
        if next((own.is_raised for own in styles if own.is_raised is not None), False):
            text = raised(text)
        text = in_unicode(text, next((own.font for own in styles if own.font), ""))
        # An end of line in the file is white space; one that is shown is an element.
        self._open.pieces.append(text.replace("\n", " "))

    def _break_line(self, element: etree._Element) -> None:
        if self._open is not None:
            self._open.pieces.append("\n")

    # What stands beside the text

    def _refer(self, element: etree._Element) -> bool:
        citation, body = element.find(TEXT + "note-citation"), element.find(TEXT + "note-body")
        if body is None or self._open is None:
            return True
        own = "" if citation is None else _wording(citation)
        mark = raised(own)
        mark = f"[{own}]" if own and mark == own else mark
        self._open.pieces.append(mark)
        self._asides.append(Aside(body, f"{mark} " if mark else ""))
        return True

    def _comment(self, element: etree._Element) -> bool:
        author = " ".join((element.findtext(DC + "creator") or "").split())
        self._asides.append(Aside(element, f"Comment by {author}: " if author else "Comment: "))
        return True

    def _set_aside(self, element: etree._Element) -> bool:
        if self._open is None:
            return False
        if formula := self._formula_of(element):
            self._add(formula)
        else:
            self._asides.append(Aside(element))
        return True

    def _describe(self, element: etree._Element) -> bool:
        """Write what is said of a picture for those who do not see it."""
        text, reason = description(_wording(element))
        self._writer.write(text)
        if reason := self._reason or reason:
            self._writer.omit(reason)
        else:
            self._writer.end_paragraph()
        return True

    def _read_object(self, element: etree._Element) -> bool:
        self.other_files += 1
        return True

    def _formula_of(self, frame: etree._Element) -> str:
        """Return the formula that a frame holds, as its author wrote it, or ""."""
        own = frame.find(DRAW + "object") if frame.tag == DRAW + "frame" else None
        if own is None:
            return ""
        math = own.find(MATH + "math")
        root = math if math is not None else self._formula(own.get(XLINK + "href", ""))
        if root is None or root.tag != MATH + "math":
            return ""
        written = next(root.iter(MATH + "annotation"), root)
        return _wording(written)

    def _read_asides_after_text(self) -> None:
        """Write what stands beside a paragraph, unless that is a heading: its text comes first."""
        if not self._after_heading:
            self._read_asides()

    def _read_asides(self) -> None:
        lists, self._open_lists = self._open_lists, []
        while self._asides:
            asides, self._asides = self._asides, deque()
            for aside in asides:
                self._prefix = aside.prefix
                self._walk(aside.element)
                self._prefix = ""
        self._open_lists = lists

    # Parts that are in no passage

    def _start_index(self, element: etree._Element) -> None:
        self._reasons.append((element, self._reason or _NAVIGATION))

    def _start_section(self, element: etree._Element) -> None:
        hidden = element.get(TEXT + "is-hidden") == "true" or (
            element.get(TEXT + "display") == "none"
        )
        if hidden:
            self._reasons.append((element, self._reason or _HIDDEN))

    def _end_omission(self, element: etree._Element) -> None:
        if self._reasons and self._reasons[-1][0] is element:
            self._reasons.pop()

    # Lists

    def _start_list(self, element: etree._Element) -> None:
        above = self._open_lists[-1].style if self._open_lists else ""
        style = element.get(TEXT + "style-name") or above
        goes_on = element.get(TEXT + "continue-numbering") == "true"
        if not goes_on and element.get(TEXT + "continue-list") is None:
            self._lists.begin(style, len(self._open_lists) + 1)
        self._open_lists.append(_List(style))

    def _start_item(self, element: etree._Element) -> None:
        if not self._open_lists:
            return
        own = self._open_lists[-1]
        is_numbered = element.tag == TEXT + "list-item" and _has_text_first(element)
        start = whole(element, TEXT + "start-value", -1)
        depth = len(self._open_lists)
        own.label = (
            self._lists.label(own.style, depth, start if start >= 0 else None)
            if is_numbered
            else ""
        )

    def _start_numbered(self, element: etree._Element) -> None:
        style, level = element.get(TEXT + "style-name", ""), whole(element, TEXT + "level", 1)
        self._open_lists.append(_List(style, self._lists.label(style, level)))

    def _end_list(self) -> None:
        if self._open_lists:
            self._open_lists.pop()

    # Tables

    def _start_table(self, element: etree._Element) -> None:
        if self._table is None and not _is_layout(element):
            self._read_asides_after_text()
            for own in element.iterchildren(TABLE + "title", TABLE + "desc"):
                self._describe(own)
            self._table = Table()

    def _start_row(self, element: etree._Element) -> None:
        if self._table is not None:
            parent = element.getparent()
            is_header = parent is not None and parent.tag == TABLE + "table-header-rows"
            self._table.start_row(is_header=is_header)

    def _start_cell(self, element: etree._Element) -> None:
        if self._table is not None:
            self._table.start_cell()

    def _add_to_cell(self, paragraph: _Open) -> None:
        text = " ".join(paragraph.text.split())
        if self._table is not None and text:
            is_bold = paragraph.all_bold or _TABLE_HEADING in paragraph.style.names
            self._table.add(text, is_bold=is_bold)

    def _end_cell(self, element: etree._Element) -> None:
        if self._table is not None:
            times = whole(element, TABLE + "number-columns-repeated", 1)
            self._table.end_cell(min(max(times, 1), _MOST_REPEATED))

    def _end_row(self, element: etree._Element) -> None:
        if self._table is not None:
            self._table.end_row()

    def _end_table(self, element: etree._Element) -> None:
        table, self._table = self._table, None
        if table is None or not table.rows:
            return
        table.write(self._writer, self._reason)
        self._after_heading = self._after_heading and bool(self._reason)


def _kind_of(lines: list[str], paragraph: _Open) -> tuple[Kind, int]:
    """Return what a paragraph is made of, and its level if it is a heading."""
    names = paragraph.style.names
    if not has_word(" ".join(lines)):
        return Kind.TEXT, 0
    if paragraph.level or "Title" in names:
        return Kind.HEADING, paragraph.level or 1
    if "Subtitle" in names:
        return Kind.HEADING, 0
    return kind_of(lines, is_bold=paragraph.all_bold and _CAPTIONS.isdisjoint(names))


def _wording(element: etree._Element) -> str:
    return " ".join("".join(map(str, element.itertext())).split())


def _has_text_first(item: etree._Element) -> bool:
    """Return whether an item has a paragraph of its own, and not only a list in it."""
    first = next(item.iterchildren(TEXT + "p", TEXT + "h", TEXT + "list"), None)
    return first is not None and first.tag != TEXT + "list"


def _is_layout(table: etree._Element) -> bool:
    """Return whether a table only arranges what stands in it, such as another table."""
    if next(table.iterdescendants(TABLE + "table"), None) is not None:
        return True
    rows = [
        [
            list(filter(_wording, cell.iter(TEXT + "p", TEXT + "h")))
            for cell in row.iterchildren(TABLE + "table-cell")
        ]
        for row in table.iter(TABLE + "table-row")
    ]
    return only_arranges(rows, lambda part: part.tag == TEXT + "h")
