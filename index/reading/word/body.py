"""The text of a Word file, walked through in the order of reading."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from index.reading.laying_out import Aside, Table, blocks_of, kind_of, only_arranges, write_lines
from index.reading.office import M, Package
from index.reading.text_writer import TextWriter
from index.reading.word.math import linear, raised
from index.reading.word.numbering import Numbering, numeral
from index.reading.word.package import W, is_on, number, setting
from index.reading.word.styles import Style, Styles, level_of, numbering_of
from index.reading.word.symbols import in_unicode, sign_of
from index.splitting.line_cues import has_word
from index.splitting.paragraphs import Kind

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_NAVIGATION, _FURNITURE = "navigation", "page furniture"
_CONTENTS = "Table of Contents"
_SEPARATORS = frozenset({"separator", "continuationSeparator", "continuationNotice"})
_TEXT_TAGS = (W + "t", M + "t", W + "sym")
_CHECKED, _UNCHECKED = "☒", "☐"

_Handler = Callable[[etree._Element], bool | None]
"""Handles the start or the end of an element; true if what is inside it is to be passed over."""


@dataclass(slots=True)
class _Open:
    """The paragraph at hand; whether it has words in bold type, and others."""

    style: Style = field(default_factory=Style)
    level: int = 0
    label: str = ""
    pieces: list[str] = field(default_factory=list)
    has_bold: bool = False
    has_plain: bool = False
    goes_on: bool = False

    @property
    def all_bold(self) -> bool:
        """Whether all its words are in bold type."""
        return self.has_bold and not self.has_plain


class Body:
    """Writes the body of one document, and what belongs to its paragraphs after each."""

    def __init__(self, package: Package, writer: TextWriter) -> None:
        self._writer = writer
        self._styles = Styles(package.first("styles"))
        self._numbering = Numbering(package.first("numbering"))
        self._notes = {kind: _notes(package, kind) for kind in ("footnote", "endnote")}
        self._comments = _comments(package)
        settings = package.first("settings")
        self._forms = {
            "footnote": _note_form(settings, "footnotePr", "decimal"),
            "endnote": _note_form(settings, "endnotePr", "lowerRoman"),
        }
        self._counted = dict.fromkeys(self._notes, 0)
        self._open: _Open | None = None
        self._carried: list[str] = []
        self._table: Table | None = None
        self._fields: list[bool] = []
        self._asides: deque[Aside] = deque()
        self._prefix = ""
        self._after_heading = False
        self._omitted_as = ""
        self._contents: list[etree._Element] = []
        self._has_title = False
        self._starts, self._ends = self._handlers()

    def _handlers(self) -> tuple[dict[str, _Handler], dict[str, _Handler]]:
        starts: dict[str, _Handler] = {
            "p": self._start_paragraph,
            "r": self._start_run,
            "t": self._add_text,
            "tab": self._add_space,
            "ptab": self._add_space,
            "br": self._break_line,
            "cr": self._break_line,
            "noBreakHyphen": lambda _: self._add("-"),
            "sym": self._add_symbol,
            "ruby": self._add_ruby,
            "fldChar": self._turn_field,
            "footnoteReference": lambda element: self._refer("footnote", element),
            "endnoteReference": lambda element: self._refer("endnote", element),
            "commentReference": self._comment,
            "commentRangeEnd": self._comment,
            "tbl": self._start_table,
            "tr": self._start_row,
            "tc": self._start_cell,
            "sdt": self._start_control,
            "txbxContent": self._set_aside,
            **dict.fromkeys(("del", "moveFrom", "pPr", "rPr", "tblPr", "sectPr"), lambda _: True),
        }
        ends: dict[str, _Handler] = {
            "p": self._end_paragraph,
            "tbl": self._end_table,
            "tr": self._end_row,
            "tc": self._end_cell,
            "sdt": self._end_control,
        }
        return (
            {W + name: handler for name, handler in starts.items()}
            | {
                M + "oMath": self._add_equation,
                _MC + "Choice": self._choose,
                _MC + "Fallback": self._choose,
            },
            {W + name: handler for name, handler in ends.items()},
        )

    def read(self, root: etree._Element) -> None:
        """Write all that stands in an element."""
        self._walk(root)
        self._flush_carried()
        self._read_asides()

    def read_furniture(self, root: etree._Element) -> None:
        """Write a head or a foot of pages, which is in no passage."""
        self._omitted_as = _FURNITURE
        self.read(root)
        self._omitted_as = ""

    def _walk(self, root: etree._Element) -> None:
        events = etree.iterwalk(root, events=("start", "end"))
        for event, element in events:
            if element is root:
                continue
            handlers = self._starts if event == "start" else self._ends
            handler = handlers.get(str(element.tag))
            if handler is not None and handler(element) and event == "start":
                events.skip_subtree()

    # Paragraphs

    def _start_paragraph(self, element: etree._Element) -> None:
        properties = element.find(W + "pPr")
        style_id, style = self._styles.of_paragraph(properties)
        stated = level_of(properties)
        level = style.level if stated is None else stated
        numbering = _numbering_of(properties, style)
        label = ""
        if numbering is not None:
            label = self._numbering.label(*numbering, style_id)
        if self._table is None and not (label and not level):
            self._read_asides_after_text()
        self._open = _Open(style, level, label, self._carried)
        self._carried = []
        mark = None if properties is None else properties.find(W + "rPr")
        frame = None if properties is None else properties.find(W + "framePr")
        is_removed = mark is not None and mark.find(W + "del") is not None
        is_drop_cap = frame is not None and frame.get(W + "dropCap") in {"drop", "margin"}
        self._open.goes_on = is_removed or is_drop_cap

    def _end_paragraph(self, element: etree._Element) -> None:
        paragraph, self._open = self._open, None
        # The instruction of a field that never ends would hide all that follows.
        self._fields = [False for _ in self._fields]
        if paragraph is None:
            return
        if paragraph.goes_on:
            self._carried = paragraph.pieces
        elif self._table is not None:
            self._add_to_cell(paragraph)
        else:
            self._write(paragraph)

    def _flush_carried(self) -> None:
        if self._carried:
            paragraph = _Open(pieces=self._carried)
            self._carried = []
            self._write(paragraph)

    def _write(self, paragraph: _Open) -> None:
        """Write a paragraph; an empty line in it parts it in two."""
        text = "".join(paragraph.pieces)
        if self._prefix and text.strip():
            text, self._prefix = self._prefix + text.lstrip(), ""
        for place, lines in enumerate(blocks_of(text)):
            if not place and paragraph.label:
                lines[0] = f"{paragraph.label} {lines[0]}"
            self._write_lines(lines, paragraph)

    def _write_lines(self, lines: list[str], paragraph: _Open) -> None:
        reason = self._omitted_as
        if self._contents or paragraph.style.is_navigation:
            reason = reason or _NAVIGATION
        if reason:
            write_lines(self._writer, lines)
            self._writer.omit(reason)
            return
        kind, level = _kind_of(lines, paragraph)
        if kind is Kind.HEADING:
            self._writer.write(" ".join(lines))
        else:
            write_lines(self._writer, lines)
        self._take_title(" ".join(lines), paragraph.style)
        self._writer.end_paragraph(kind, level=level)
        self._after_heading = kind is Kind.HEADING

    def _take_title(self, text: str, style: Style) -> None:
        """Take title and subtitle by their styles: what the page shows goes before properties."""
        if style.is_title and not self._has_title:
            self._writer.head.title, self._has_title = text, True
        elif style.is_subtitle and not self._writer.head.subtitle:
            self._writer.head.subtitle = text

    # Runs

    def _start_run(self, element: etree._Element) -> bool:
        properties = element.find(W + "rPr")
        return self._is_hidden(properties)

    def _is_hidden(self, properties: etree._Element | None) -> bool:
        own = is_on(properties, "vanish")
        if own is not None:
            return own
        run_style = self._styles.get(setting(properties, "rStyle") or "")
        return run_style.is_hidden or (self._open is not None and self._open.style.is_hidden)

    def _add(self, text: str) -> None:
        if self._open is not None and not any(self._fields):
            self._open.pieces.append(text)

    def _add_text(self, element: etree._Element) -> None:
        text = element.text or ""
        if self._open is None or not text:
            return
        run = element.getparent()
        properties = None if run is None else run.find(W + "rPr")
        if properties is not None:
            text = in_unicode(text, _font_of(properties))
            if setting(properties, "vertAlign") == "superscript":
                text = raised(text)
        if has_word(text):
            is_bold = self._is_bold(properties)
            self._open.has_bold = self._open.has_bold or is_bold
            self._open.has_plain = self._open.has_plain or not is_bold
        self._add(text.replace("\n", " "))

    def _is_bold(self, properties: etree._Element | None) -> bool:
        own = is_on(properties, "b")
        if own is not None:
            return own
        run_style = self._styles.get(setting(properties, "rStyle") or "")
        return run_style.is_bold or (self._open is not None and self._open.style.is_bold)

    def _add_space(self, element: etree._Element) -> None:
        self._add("\t")

    def _break_line(self, element: etree._Element) -> None:
        self._add("\n")

    def _add_symbol(self, element: etree._Element) -> None:
        self._add(sign_of(element.get(W + "char", ""), element.get(W + "font", "")))

    def _add_ruby(self, element: etree._Element) -> bool:
        """Write the reading of a word in brackets after it."""
        base, reading = (
            "".join(
                text.text or "" for part in element.iter(W + name) for text in part.iter(W + "t")
            )
            for name in ("rubyBase", "rt")
        )
        self._add(f"{base}({reading})" if reading else base)
        return True

    def _add_equation(self, element: etree._Element) -> bool:
        if self._open is None:
            self._open = _Open()
            self._add(linear(element))
            self._end_paragraph(element)
            return True
        self._open.has_plain = True
        pieces = self._open.pieces
        if pieces and pieces[-1][-1:].isalnum():
            self._add(" ")
        self._add(linear(element))
        return True

    def _turn_field(self, element: etree._Element) -> None:
        """Follow a field: its instruction is not seen, its result is."""
        kind = element.get(W + "fldCharType")
        if kind == "begin":
            if (shown := _form_value(element)) is not None:
                self._add(shown)
            self._fields.append(True)
        elif self._fields and kind == "separate":
            self._fields[-1] = False
        elif self._fields and kind == "end":
            self._fields.pop()

    # What stands beside the text

    def _refer(self, kind: str, element: etree._Element) -> None:
        note = self._notes[kind].pop(element.get(W + "id", ""), None)
        if note is None:
            return
        if element.get(W + "customMarkFollows") in {"1", "true", "on"}:
            self._asides.append(Aside(note))
            return
        self._counted[kind] += 1
        own = numeral(self._counted[kind], self._forms[kind])
        mark = own if raised(own) == own else raised(own)
        mark = f"[{own}]" if mark == own else mark
        self._add(mark)
        self._asides.append(Aside(note, f"{mark} "))

    def _comment(self, element: etree._Element) -> None:
        comment = self._comments.pop(element.get(W + "id", ""), None)
        if comment is not None:
            author = " ".join(comment.get(W + "author", "").split())
            prefix = f"Comment by {author}: " if author else "Comment: "
            self._asides.append(Aside(comment, prefix))

    def _set_aside(self, element: etree._Element) -> bool:
        self._asides.append(Aside(element))
        return True

    def _read_asides_after_text(self) -> None:
        """Write what stands beside a paragraph, unless that is a heading: its text comes first."""
        if not self._after_heading:
            self._read_asides()

    def _read_asides(self) -> None:
        while self._asides:
            asides, self._asides = self._asides, deque()
            for aside in asides:
                before, self._fields = self._fields, []
                self._prefix = aside.prefix
                self._walk(aside.element)
                self._flush_carried()
                self._prefix, self._fields = "", before

    def _choose(self, element: etree._Element) -> bool:
        """Pass over the variants of a stretch but for the first that has text."""
        parent = element.getparent()
        variants = [] if parent is None else list(parent)
        taken = next((variant for variant in variants if _has_text(variant)), variants[:1])
        return element is not taken

    # Tables

    def _start_table(self, element: etree._Element) -> None:
        if self._table is not None or _is_layout(element, self._styles):
            return
        self._flush_carried()
        self._read_asides_after_text()
        properties = element.find(W + "tblPr")
        style = self._styles.get(setting(properties, "tblStyle") or "")
        look = None if properties is None else properties.find(W + "tblLook")
        self._table = Table(has_header=style.marks_first_row and _marks_first_row(look))

    def _start_row(self, element: etree._Element) -> bool:
        properties = element.find(W + "trPr")
        if properties is not None and properties.find(W + "del") is not None:
            return True
        if self._table is not None:
            self._table.start_row(is_header=bool(is_on(properties, "tblHeader")))
        return False

    def _start_cell(self, element: etree._Element) -> bool:
        if self._table is not None:
            self._table.start_cell()
        properties = element.find(W + "tcPr")
        return properties is not None and properties.find(W + "cellDel") is not None

    def _add_to_cell(self, paragraph: _Open) -> None:
        text = " ".join("".join(paragraph.pieces).split())
        if self._table is not None and text:
            text = f"{paragraph.label} {text}" if paragraph.label else text
            self._table.add(text, is_bold=paragraph.all_bold)

    def _end_cell(self, element: etree._Element) -> None:
        if self._table is not None:
            if self._carried:
                self._add_to_cell(_Open(pieces=self._carried))
                self._carried = []
            self._table.end_cell()

    def _end_row(self, element: etree._Element) -> None:
        if self._table is not None:
            self._table.end_row()

    def _end_table(self, element: etree._Element) -> None:
        table, self._table = self._table, None
        if table is None:
            return
        reason = self._omitted_as or (_NAVIGATION if self._contents else "")
        table.write(self._writer, reason)
        self._after_heading = self._after_heading and bool(reason)

    # Content controls

    def _start_control(self, element: etree._Element) -> None:
        properties = element.find(W + "sdtPr")
        gallery = (
            None if properties is None else properties.find(f"{W}docPartObj/{W}docPartGallery")
        )
        if gallery is not None and gallery.get(W + "val") == _CONTENTS:
            self._contents.append(element)

    def _end_control(self, element: etree._Element) -> None:
        if self._contents and self._contents[-1] is element:
            self._contents.pop()


def _kind_of(lines: list[str], paragraph: _Open) -> tuple[Kind, int]:
    """Return what a paragraph is made of, and its level if it is a heading."""
    text = " ".join(lines)
    style = paragraph.style
    if not has_word(text):
        return Kind.TEXT, 0
    if paragraph.level or style.is_title:
        return Kind.HEADING, paragraph.level or 1
    if style.is_subtitle:
        return Kind.HEADING, 0
    return kind_of(lines, is_bold=paragraph.all_bold and not style.is_caption)


def _numbering_of(properties: etree._Element | None, style: Style) -> tuple[str, int] | None:
    own = numbering_of(properties)
    if own is None:
        return style.numbering
    return own if own[0] != "0" else None


def _font_of(properties: etree._Element) -> str:
    fonts = properties.find(W + "rFonts")
    return "" if fonts is None else fonts.get(W + "ascii", fonts.get(W + "hAnsi", ""))


def _form_value(element: etree._Element) -> str | None:
    """Return what a field of a form shows that has no result: a box, what was chosen of a list."""
    box = element.find(f"{W}ffData/{W}checkBox")
    if box is not None:
        checked = is_on(box, "checked")
        checked = is_on(box, "default") if checked is None else checked
        return _CHECKED if checked else _UNCHECKED
    choice = element.find(f"{W}ffData/{W}ddList")
    if choice is None:
        return None
    entries = [entry.get(W + "val", "") for entry in choice.findall(W + "listEntry")]
    place = number(setting(choice, "result") or setting(choice, "default"))
    return entries[place] if 0 <= place < len(entries) else ""


def _has_text(element: etree._Element) -> bool:
    return next(element.iter(*_TEXT_TAGS), None) is not None


def _is_layout(table: etree._Element, styles: Styles) -> bool:
    """Return whether a table only arranges what stands in it, such as another table."""
    if next(table.iterdescendants(W + "tbl"), None) is not None:
        return True
    rows = [
        [list(filter(_has_text, cell.iter(W + "p"))) for cell in row.iter(W + "tc")]
        for row in table.iter(W + "tr")
    ]
    return only_arranges(rows, lambda own: styles.of_paragraph(own.find(W + "pPr"))[1].level > 0)


def _marks_first_row(look: etree._Element | None) -> bool:
    if look is None:
        return False
    if (stated := look.get(W + "firstRow")) is not None:
        return stated in {"1", "true", "on"}
    try:
        return bool(int(look.get(W + "val", "0"), 16) & 0x20)
    except ValueError:
        return False


def _notes(package: Package, kind: str) -> dict[str, etree._Element]:
    root = package.first(f"{kind}s")
    elements = [] if root is None else root.findall(W + kind)
    return {
        element.get(W + "id", ""): element
        for element in elements
        if element.get(W + "type") not in _SEPARATORS
    }


def _comments(package: Package) -> dict[str, etree._Element]:
    root = package.first("comments")
    elements = [] if root is None else root.findall(W + "comment")
    return {element.get(W + "id", ""): element for element in elements}


def _note_form(settings: etree._Element | None, name: str, usual: str) -> str:
    properties = None if settings is None else settings.find(W + name)
    return setting(properties, "numFmt") or usual
