"""Notebooks of Jupyter: Markdown cells, code, and the text that it gave, each with its cell."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from index.reading.content import MAX_PACKED_BYTES, Content, UnreadableError
from index.reading.decoding import decode
from index.reading.text_writer import MOST_CHARACTERS
from index.splitting.line_cues import has_word, trim
from index.splitting.line_reading import around_gaps
from index.splitting.paragraphs import Kind, Paragraph
from index.splitting.structure import FoundHead, Omission, Structure
from index.types import Anchor, Markup

_TOGETHER = 600
"""Characters of code and of what it gave that are one paragraph."""

_BEST_TEXTS = ("text/markdown", "text/latex", "latex")
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/svg+xml", "png", "jpeg", "svg")

_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSHOWN = re.compile(
    # Colours, and what no screen shows.
    "\x1b\\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]"
)
_NEXT_LINE = re.compile(r"\n(?=[^\n])")


class Notebook:
    """Files of Jupyter, in format 3 and later."""

    suffixes = (".ipynb",)
    max_bytes = MAX_PACKED_BYTES
    isolated = True

    @property
    def version(self) -> str:
        """The version of the library that finds the blocks of Markdown."""
        from importlib.metadata import version

        return f"notebook 3, markdown-it-py {version('markdown-it-py')}"

    def read(self, data: bytes, encoding: str = "") -> Content:
        """Put the cells together. Raises UnreadableError if the file is not a notebook."""
        decoded = decode(data, encoding)
        try:
            found = json.loads(decoded.text, strict=False, parse_int=str, parse_float=str)
        except (ValueError, RecursionError) as error:
            raise UnreadableError("is damaged: it is not JSON") from error
        writer = _Writer()
        for number, cell in enumerate(_cells(found), 1):
            writer.add(cell, number)
        content = writer.content(_mapping(_mapping(found).get("metadata")))
        return replace(content, replaced=decoded.replaced, encoding=decoded.encoding)


def _cells(notebook: object) -> Sequence[object]:
    """Return the cells of a notebook; in format 3 they stand in worksheets."""
    if not isinstance(notebook, dict):
        raise UnreadableError("is not a notebook")
    if isinstance(notebook.get("cells"), list):
        return list(notebook["cells"])
    sheets = notebook.get("worksheets")
    if not isinstance(sheets, list):
        raise UnreadableError("is not a notebook: it has no cells")
    return [cell for sheet in sheets for cell in _list(_mapping(sheet).get("cells"))]


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _text(value: object) -> str:
    """Return a text, which may be given as its lines, without what cannot be shown."""
    parts = [value] if isinstance(value, str) else _list(value)
    text = "".join(part for part in parts if isinstance(part, str)).replace("\r\n", "\n")
    return _UNSHOWN.sub("", _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text))


def _printed(value: object) -> str:
    """Return a text as it stands on screen in the end: of a bar of progress its last state."""
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in _text(value).split("\n"))
    return "\n".join(lines)


def _outputs(cell: Mapping[str, object], unread: Counter[str]) -> Iterator[str]:
    """Yield the text of what code gave; the kinds of what is not text are counted."""
    for output in map(_mapping, _list(cell.get("outputs"))):
        kind = output.get("output_type")
        if kind in ("stream", "error", "pyerr"):
            traceback = "\n".join(map(_printed, _list(output.get("traceback"))))
            error = ": ".join(filter(None, map(_text, (output.get("ename"), output.get("evalue")))))
            yield _printed(output.get("text"))
            yield traceback if error in traceback else f"{traceback}\n{error}".strip("\n")
        else:
            yield from _shown(_mapping(output.get("data", output)), unread)


def _shown(data: Mapping[str, object], unread: Counter[str]) -> Iterator[str]:
    """Yield the best text of an output that is given in several ways."""
    for name in _BEST_TEXTS:
        if text := _printed(data.get(name)):
            yield text
            return
    if "application/json" in data:
        yield "\n".join(_said(data["application/json"]))
        return
    if any(name in data for name in _PICTURES):
        # What stands beside it in plain text only names it.
        unread["picture"] += 1
        return
    for name in ("text/plain", "text"):
        if text := _printed(data.get(name)):
            yield text
            return
    if html := _text(data.get("text/html", data.get("html"))):
        yield _without_tags(html)


def _said(value: object) -> Iterator[str]:
    """Yield the keys and values of what is given as JSON, a line for each."""
    waiting: list[tuple[str, object]] = [("", value)]
    while waiting:
        key, own = waiting.pop()
        if isinstance(own, dict | list):
            named = own.items() if isinstance(own, dict) else (("", part) for part in own)
            waiting += reversed(list(named))
            said = ""
        else:
            said = _text(own) if isinstance(own, str) else json.dumps(own)
        if key or said:
            yield f"{_text(key)}: {said}".rstrip() if key else said


def _without_tags(html: str) -> str:
    """Return the text of an output that is HTML alone."""
    from index.reading.html import FORMAT

    try:
        return FORMAT.read(html.encode()).text
    except UnreadableError:
        return ""


class _Writer:
    """Puts the text of a notebook together, with its structure."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._paragraphs: list[Paragraph] = []
        self._markup: list[Markup] = []
        self._omissions: list[Omission] = []
        self._anchors: list[Anchor] = []
        self._unread: Counter[str] = Counter()

    def add(self, value: object, number: int) -> None:
        """Add a cell."""
        cell = _mapping(value)
        start = self._length
        # Format 3 has code under "input", and a kind of its own for headings.
        source = _text(cell.get("source", cell.get("input")))
        kind = cell.get("cell_type")
        if kind == "heading":
            level = str(cell.get("level"))
            marks = "#" * (int(level) if level in set("123456") else 1)
            self._add_markdown(f"{marks} {' '.join(source.split())}")
        elif kind == "markdown":
            self._add_markdown(source)
        elif kind == "code":
            self._add_code(source, list(_outputs(cell, self._unread)))
        else:
            self._add_lines(source)
        self._unread["attachment"] += len(_mapping(cell.get("attachments")))
        if self._length > start:
            self._anchor(start, number)

    def _anchor(self, start: int, number: int) -> None:
        self._anchors.append(Anchor(start, self._length - 2, page=number, label=f"cell {number}"))

    def _write(self, text: str) -> int:
        """Write a text and a blank line after it; return where it begins."""
        start = self._length
        self._parts += [text, "\n\n"]
        self._length += len(text) + 2
        if self._length > MOST_CHARACTERS:
            raise UnreadableError(f"holds more than {MOST_CHARACTERS:,} characters of text")
        return start

    def _add_markdown(self, source: str) -> None:
        from index.splitting.markdown import read_markdown_part

        if not (source := source.strip("\n")).strip():
            return
        found = read_markdown_part(source)
        start = self._write(source)
        position = 0
        for own in found.paragraphs:
            self._omit(source, position, own.start, start)
            # What stands before it is found anew: what is left out may begin in the cell before.
            moved = replace(
                own.moved(start), block=len(self._paragraphs), gap_before=-1, gap_end=-1
            )
            self._paragraphs.append(moved)
            position = own.end
        self._omit(source, position, len(source), start)
        self._markup += [replace(m, start=m.start + start, end=m.end + start) for m in found.markup]

    def _omit(self, source: str, first: int, last: int, start: int) -> None:
        """Leave out what stands between two paragraphs of a cell that begins at `start`."""
        first, last = trim(source, first, last)
        if first < last:
            self._omissions.append(Omission(first + start, last + start, "markup"))

    def _add_code(self, source: str, outputs: Sequence[str]) -> None:
        """Add code and what it gave: together if both are short."""
        given = [text for text in (source, *outputs) if text.strip()]
        if sum(map(len, given)) <= _TOGETHER:
            given = ["\n".join(text.strip("\n") for text in given)]
        for text in given:
            self._add_lines(text)

    def _add_lines(self, text: str) -> None:
        """Add a paragraph, each line of which stands for itself."""
        if not (text := text.strip("\n").rstrip()).strip():
            return
        start = self._write(text)
        end = start + len(text)
        if not has_word(text):
            self._omissions.append(Omission(start, end, "markup"))
            return
        breaks = tuple(start + match.end() for match in _NEXT_LINE.finditer(text))
        # Marked, so that it is told from a line that somebody wrapped.
        self._markup += [Markup(point - 1, point, "\n") for point in breaks]
        number = len(self._paragraphs)
        self._paragraphs.append(
            Paragraph(start, end, Kind.LINES, breaks, number, barrier=True, stands_alone=True)
        )

    def content(self, metadata: Mapping[str, object]) -> Content:
        """Return the whole; the title is that of the metadata, or else the first heading."""
        from index.splitting.markdown import take_first_heading

        text = "".join(self._parts).rstrip("\n")
        head = FoundHead(title=" ".join(_text(metadata.get("title")).split()))
        authors = (_text(_mapping(own).get("name")) for own in _list(metadata.get("authors")))
        head.byline = ", ".join(" ".join(name.split()) for name in authors if name.strip())
        paragraphs = take_first_heading(head, text, self._paragraphs, self._markup)
        left_out = [(own.start, own.end) for own in self._omissions]
        structure = Structure(
            head,
            around_gaps(paragraphs, left_out),
            marks_headings=True,
            markup=self._markup,
            omissions=self._omissions,
            anchors=self._anchors,
        )
        return Content(text, structure=structure, notes=tuple(self._notes()))

    def _notes(self) -> Iterator[str]:
        for kind, count in self._unread.items():
            if count:
                yield f"{count:,} {kind}{'' if count == 1 else 's'}: only text is read"


FORMAT = Notebook()
