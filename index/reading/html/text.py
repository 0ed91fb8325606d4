"""The text of a page as a browser lays it out: paragraphs, headings, lists, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from index.reading.html.head import head_value
from index.reading.html.tree import Element
from index.reading.text_writer import TextWriter
from index.splitting.paragraphs import Kind

UNSEEN = frozenset(
    {"base", "head", "iframe", "link", "meta", "param", "script", "source", "style", "template"}
    | {"title", "track", "area", "col", "colgroup", "embed", "rp", "desc", "metadata", "defs"}
)
"""Elements of which a reader sees nothing: their contents are not text of the page."""

_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details"}
    | {"dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form"}
    | {"frameset", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend"}
    | {"li", "listing", "main", "menu", "nav", "ol", "optgroup", "option", "p", "plaintext", "pre"}
    | {"search", "section", "summary", "table", "tbody", "td", "text", "tfoot", "th", "thead"}
    | {"tr", "ul", "xmp"}
)
"""Elements that stand on lines of their own."""

_VERBATIM = frozenset({"listing", "plaintext", "pre", "xmp"})
_NOTHING: Mapping[int, str] = {}
_LISTS = frozenset({"dir", "menu", "ol", "ul"})
_JOINED_TO_TERM = frozenset({"dd", "div", "dt", "p"})
_TABLE_PARTS = frozenset({"caption", "col", "colgroup", "tbody", "tfoot", "thead", "tr"})
_LEFT_OUT_IN_TABLES = frozenset({"caption", "td", "th", "tr"})
_NOT_IN_TABLES = frozenset(
    {"article", "aside", "blockquote", "dl", "form", "h1", "h2", "h3", "h4", "h5", "h6", "main"}
    | {"nav", "pre", "section", "table"}
)
_HEAD_FIELDS = frozenset({"byline", "date", "subtitle", "title"})
"""Reasons to leave out an element that belongs to the head of the document."""

_LONGEST_HEADING = 250
_LONGEST_LINE = 80
"""Characters of a line that stands for itself, at most: of verse, of an address."""
_LONGEST_CELL = 600
"""Characters of a cell of a table without header cells, at most: more is a column of a page."""

_MARK = re.compile(r"\[?[0-9]{1,3}\]?")
"""What stands before a footnote, in place of a term."""
_WHITE = " \t\r\n\f"
_SOFT_HYPHEN = "\N{SOFT HYPHEN}"
_DISPLAYED = re.compile(r"(?:^|;)\s*display\s*:\s*(?:block|flex|grid|list-item|table)\b")
_TEX_STYLE = re.compile(r"^\{\\(?:displaystyle|textstyle)\s+(.*)\}$", re.DOTALL)
_SPOKEN_PICTURE = re.compile(r"emoji|\btex\b|math|latex|equation", re.IGNORECASE)
_ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


def write_text(writer: TextWriter, root: Element, omitted: Mapping[int, str]) -> None:
    """Write the text of a page; `omitted` are reasons by the identity of elements left out."""
    _Layout(writer, omitted).write(root)


def write_unseen(writer: TextWriter, root: Element) -> None:
    """Write how many scripts and style sheets a page has within it, and of what length."""
    counts = []
    for tag, one, many in (
        ("script", "script", "scripts"),
        ("style", "style sheet", "style sheets"),
    ):
        lengths = [len(text) for part in root.all(tag) if (text := part.text().strip())]
        if lengths:
            name = one if len(lengths) == 1 else many
            counts.append(f"{len(lengths):,} {name}, {sum(lengths):,} characters")
    writer.write("; ".join(counts))
    writer.omit("scripts and styles")


def is_block(element: Element) -> bool:
    """Check that an element stands on lines of its own."""
    return element.tag in _BLOCKS or bool(
        (style := element.get("style")) and _DISPLAYED.search(style.lower())
    )


def plain_lines(root: Element, omitted: Mapping[int, str] = _NOTHING) -> list[str]:
    """Return all that a browser could show of an element but `omitted`, a line for each block."""
    lines: list[list[str]] = [[]]
    waiting: list[Element | str | None] = [root]
    while waiting:
        node = waiting.pop()
        if node is None:
            lines.append([])
        elif isinstance(node, str):
            lines[-1].append(node)
        elif node.tag == "br":
            lines.append([])
        elif node.tag not in UNSEEN and id(node) not in omitted:
            block = node.tag in _BLOCKS
            if block:
                lines.append([])
                waiting.append(None)
            waiting += reversed(node.children)
    joined = (" ".join("".join(line).split()) for line in lines)
    return [line for line in joined if line]


def headings_of(root: Element, omitted: Mapping[int, str]) -> list[tuple[int, str]]:
    """Return level and wording of each heading that is not in an omitted part."""
    headings: list[tuple[int, str]] = []
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if id(element) in omitted or element.tag in UNSEEN:
            continue
        if level := heading_level(element):
            if wording := " ".join(plain_lines(element, omitted)):
                headings.append((level, wording))
        else:
            waiting += [child for child in reversed(element.children) if not isinstance(child, str)]
    return headings


@dataclass(slots=True)
class _List:
    """A list that is open: its kind, the number of its next item, and the step to the one after."""

    ordered: bool
    style: str = "1"
    number: int = 1
    step: int = 1

    @classmethod
    def of(cls, element: Element) -> _List:
        if element.tag != "ol":
            return cls(ordered=False)
        items = sum(isinstance(child, Element) and child.tag == "li" for child in element.children)
        is_reversed = "reversed" in element.attributes
        first = _number(element.get("start"))
        if first is None:
            first = items if is_reversed else 1
        return cls(True, element.get("type") or "1", first, -1 if is_reversed else 1)

    def marker(self, item: Element) -> str:
        """Return what stands before an item, and count it."""
        if not self.ordered:
            return "• "
        value = _number(item.get("value"))
        number = self.number if value is None else value
        self.number = number + self.step
        return f"{_numeral(number, self.style)}. "


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?[0-9]{1,9}", text.strip()) else None


def _numeral(number: int, style: str) -> str:
    if style in "aA" and number > 0:
        letters = ""
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(ord(style) + rest) + letters
        return letters
    if style in "iI" and 0 < number < 40:
        numeral = ""
        for value, letters in _ROMAN:
            numeral += letters * (number // value)
            number %= value
        return numeral.upper() if style == "I" else numeral
    return str(number)


class _Layout:
    """Writes elements in the order of the page. Nothing is recursive but the cells of a table."""

    def __init__(self, writer: TextWriter, omitted: Mapping[int, str]) -> None:
        self._writer = writer
        self._omitted = omitted
        self._waiting: list[tuple[str, str]] = []
        self._lists: list[_List] = []
        self._marker = ""
        self._space = False
        self._break = False
        self._lines: list[int] = [0]
        self._verbatim = 0
        self._ends_line = False
        self._heading: tuple[Element, int] | None = None
        self._after_term = False
        self._after_mark = False
        self._has_term = False

    def write(self, root: Element) -> None:
        open_elements: list[tuple[Element, Iterator[Element | str]]] = []
        if self._start(root):
            open_elements.append((root, iter(root.children)))
        while open_elements:
            element, children = open_elements[-1]
            child = next(children, None)
            if child is None:
                open_elements.pop()
                self._end(element)
            elif isinstance(child, str):
                self._text(child)
            elif self._start(child):
                open_elements.append((child, iter(child.children)))
        self._end_paragraph()

    def _text(self, text: str) -> None:
        if _SOFT_HYPHEN in text:
            text = text.replace(_SOFT_HYPHEN, "")
        if self._verbatim:
            if text.strip() or not self._writer.is_empty:
                self._before_text()
                self._writer.write_verbatim(text)
                self._ends_line = text.endswith("\n")
            return
        words = text.strip(_WHITE)
        if not words or (self._break and not words.strip()):
            self._space = self._space or bool(text)
            return
        space = " " if self._space or text[0] in _WHITE else ""
        self._before_text()
        self._writer.write(space + words)
        self._lines[-1] += len(words)
        self._space = text[-1] in _WHITE

    def _before_text(self) -> None:
        if self._after_term or self._break:
            self._has_term = self._has_term or self._after_term
            self._writer.break_line()
            self._lines.append(0)
            self._after_term = self._break = False
        self._after_mark = False
        if self._marker:
            self._writer.write(self._marker)
            self._marker = ""

    def _start(self, element: Element) -> bool:
        """Begin an element. Returns whether its children are to be written."""
        tag = element.tag
        if tag in UNSEEN:
            return False
        if reason := self._omitted.get(id(element)):
            self._omit(element, reason)
            return False
        if tag == "br":
            self._line_break()
            return False
        if tag in _INLINE_STARTS:
            return _INLINE_STARTS[tag](self, element)
        if not is_block(element):
            return not (tag == "img" and self._picture(element))
        return self._start_block(element)

    def _start_block(self, element: Element) -> bool:
        tag = element.tag
        if self._heading is not None and not self._leave_heading():
            self._space = True
            return True
        if tag in _JOINED_TO_TERM and (self._after_term or (self._after_mark and tag != "dt")):
            return True
        if self._verbatim and tag not in _VERBATIM:
            self._begin_line()
            return True
        self._end_paragraph()
        if tag in _VERBATIM:
            self._verbatim += 1
        elif tag in _LISTS:
            self._lists.append(_List.of(element))
        elif tag == "li":
            self._marker = self._lists[-1].marker(element) if self._lists else "• "
        elif tag == "table" and _is_data(element, self._omitted):
            self._table(element)
            return False
        elif level := heading_level(element):
            self._heading = (element, level)
            self._marker = self._marker.replace("• ", "")
        return True

    def _leave_heading(self) -> bool:
        """Leave a heading that was not closed, at the first block in it."""
        assert self._heading is not None
        if not _is_longer(self._heading[0], _LONGEST_HEADING):
            return False
        self._end_paragraph()
        self._heading = None
        return True

    def _end(self, element: Element) -> None:
        tag = element.tag
        if tag == "q":
            self._text("”")
        elif tag == "rt":
            self._text(")")
        if not is_block(element):
            return
        if self._heading is not None:
            if self._heading[0] is not element:
                self._space = True
                return
            self._end_paragraph()
            self._heading = None
            return
        if self._verbatim and tag not in _VERBATIM:
            self._begin_line()
            return
        if tag == "dt" and not self._writer.is_empty:
            is_mark = self._lines[-1] <= 5 and _MARK.fullmatch(element.text().strip())
            self._after_term, self._space = not is_mark, True
            self._after_mark = bool(is_mark)
            return
        self._end_paragraph()
        if tag in _VERBATIM:
            self._verbatim -= 1
        elif tag in _LISTS and self._lists:
            self._lists.pop()
        elif tag == "li":
            self._marker = ""

    def _begin_line(self) -> None:
        """Begin a line of verbatim text, unless one has just begun."""
        if not self._ends_line:
            self._writer.break_line()
            self._ends_line = True

    def _line_break(self) -> None:
        if self._verbatim:
            self._writer.break_line()
        elif self._heading is not None:
            self._space = True
        elif self._break:
            self._end_paragraph()
        elif not self._writer.is_empty:
            self._break = True

    def _end_paragraph(self) -> None:
        if self._heading is not None and sum(self._lines) <= _LONGEST_HEADING:
            self._writer.end_paragraph(Kind.HEADING, level=self._heading[1])
        else:
            is_verse = len(self._lines) > 1 and max(self._lines) <= _LONGEST_LINE
            keeps_lines = self._verbatim or self._has_term or is_verse
            self._writer.end_paragraph(Kind.LINES if keeps_lines else Kind.TEXT)
        self._space = self._break = False
        self._after_term = self._after_mark = self._has_term = False
        self._lines = [0]
        waiting, self._waiting = self._waiting, []
        for text, reason in waiting:
            self._write_omission(text, reason)

    def _omit(self, element: Element, reason: str) -> None:
        """Write an element that is in no passage: at once, or after the paragraph it stands in."""
        text = "\n".join(plain_lines(element))
        if not text:
            return
        if (
            is_block(element)
            and self._heading is None
            and not self._after_term
            and not self._after_mark
        ):
            self._end_paragraph()
        if self._writer.is_empty:
            self._write_omission(text, reason)
        else:
            self._waiting.append((text, reason))

    def _write_omission(self, text: str, reason: str) -> None:
        for line in text.split("\n"):
            self._writer.break_line()
            self._writer.write(line)
        if reason in _HEAD_FIELDS:
            value, day = head_value(reason, text)
            self._writer.state(reason, value)
            self._writer.head.date = self._writer.head.date or day
        else:
            self._writer.omit(reason)

    def _quotation(self, _: Element) -> bool:
        self._text("“")
        return True

    def _reading(self, _: Element) -> bool:
        self._text("(")
        return True

    def _formula(self, element: Element) -> bool:
        self._text(_formula_text(element))
        return False

    def _picture(self, element: Element) -> bool:
        """Write what a picture in running text says, if it stands for a formula or a sign."""
        if _SPOKEN_PICTURE.search(element.get("class")):
            self._text(element.get("alt"))
        return True

    def _table(self, table: Element) -> None:
        rows: list[list[str]] = []
        has_header = False
        for part in table.elements():
            if part.tag == "caption":
                text = self._cell(part)
                self._before_text()
                self._writer.write(text)
                self._end_paragraph()
            elif part.tag == "tr" and id(part) in self._omitted:
                self._cell(part)
            elif part.tag == "tr":
                cells = [child for child in part.children if isinstance(child, Element)]
                row = [self._cell(cell) for cell in cells]
                if any(row):
                    is_header = len(cells) > 1 and all(cell.tag == "th" for cell in cells)
                    has_header = has_header or (not rows and is_header)
                    rows.append(row)
        for row in rows:
            self._before_text()
            self._writer.break_line()
            self._writer.write_verbatim("\t".join(row).rstrip("\t"))
        self._writer.end_paragraph(Kind.LINES, has_header=has_header)
        self._end_paragraph()

    def _cell(self, cell: Element) -> str:
        """Return the text of a cell on one line; what is left out in it follows the table."""
        if id(cell) in self._omitted:
            self._waiting.append(("\n".join(plain_lines(cell)), self._omitted[id(cell)]))
            return ""
        writer = TextWriter()
        _Layout(writer, self._omitted).write(cell)
        content = writer.content()
        assert content.structure is not None
        for omission in content.structure.omissions:
            text = content.text[omission.start : omission.end]
            self._waiting.append((text, omission.reason))
        parts = [content.text[part.start : part.end] for part in content.structure.paragraphs]
        return " ".join(" ".join(parts).split(" ")).replace("\n", " ").replace("\t", " ")


_INLINE_STARTS = {
    "q": _Layout._quotation,
    "rt": _Layout._reading,
    "math": _Layout._formula,
}


def heading_level(element: Element) -> int:
    """Return the level of a heading, 1 the highest; 0 if it is not one."""
    tag = element.tag
    if len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
        return int(tag[1])
    if element.get("role") == "heading":
        level = _number(element.get("aria-level"))
        return level if level is not None and 0 < level < 10 else 2
    return 0


def _is_longer(element: Element, most: int) -> bool:
    length = 0
    for part in element.elements():
        length += sum(len(child) for child in part.children if isinstance(child, str))
        if length > most:
            return True
    return False


def _is_data(table: Element, omitted: Mapping[int, str]) -> bool:
    """Return whether a table has rows of cells, and does not only lay out a page."""
    if table.get("role") in ("presentation", "none"):
        return False
    has_header, widest, longest = False, 0, 0
    waiting: list[Element] = [table]
    while waiting:
        part = waiting.pop()
        if not _is_part(part):
            return False
        for child in part.children:
            if not isinstance(child, Element):
                continue
            if id(child) in omitted or child.tag in UNSEEN:
                if child.tag not in UNSEEN and child.tag not in _LEFT_OUT_IN_TABLES:
                    return False
            elif child.tag in ("td", "th"):
                has_header = has_header or child.tag == "th"
                if any(inner.tag in _NOT_IN_TABLES for inner in child.elements()):
                    return False
                longest = max(longest, len(child.text()))
            elif child.tag != "caption":
                waiting.append(child)
        if part.tag == "tr":
            widest = max(widest, sum(isinstance(child, Element) for child in part.children))
    return widest > 1 and (has_header or longest <= _LONGEST_CELL)


def _is_part(element: Element) -> bool:
    """Return whether an element is a part of a table that holds nothing but its parts."""
    inner = ("td", "th") if element.tag == "tr" else _TABLE_PARTS
    return (element.tag in _TABLE_PARTS or element.tag == "table") and all(
        not child.strip() if isinstance(child, str) else child.tag in inner or child.tag in UNSEEN
        for child in element.children
    )


def _formula_text(math: Element) -> str:
    """Return a formula as text, once: as its author wrote it, or the signs of it."""
    text = math.get("alttext")
    if not text:
        notes = [part for part in math.all("annotation") if "tex" in part.get("encoding")]
        text = notes[0].text() if notes else ""
    if text:
        text = " ".join(text.split())
        style = _TEX_STYLE.match(text)
        return style[1] if style else text
    parts: list[str] = []
    waiting: list[Element | str] = [math]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            parts.append(node.strip())
        elif not node.tag.startswith("annotation"):
            waiting += reversed(node.children)
    return "".join(parts)
