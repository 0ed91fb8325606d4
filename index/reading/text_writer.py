"""Putting the text of a document together, paragraph by paragraph, with where each stands.

A reader of a format whose files are not text writes with it. Offsets count in the text that comes
out of it. Paragraphs are parted by a blank line.
"""

from __future__ import annotations

import re
from dataclasses import replace

from index.reading.content import Content, UnreadableError
from index.splitting.head import take_title
from index.splitting.paragraphs import Kind, Paragraph
from index.splitting.structure import FoundHead, Omission, Structure
from index.types import Anchor, Gap, HeadSpan, Markup

MOST_CHARACTERS = 64 << 20
"""The longest text that a document may have; the longest novels have a twentieth of it."""

_SPACE = re.compile(r"[ \t\r\n\f\v\x1c-\x1f\x85\u2028\u2029]+")
_LINE_END = re.compile(r"\r\n|[\r\n\f\v\x1c-\x1e\x85\u2028\u2029]")
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def is_lasting(char: str) -> bool:
    """Return whether a character that is written is in the text, whatever stands around it."""
    return not (char.isspace() or _UNPRINTABLE.match(char))


class TextWriter:
    """Writes the text of one document.

    `head` and `notes` are for the reader to fill. Text is written to the paragraph at hand, until
    `end_paragraph` says what it was.

    >>> writer = TextWriter()
    >>> writer.at_page(3)
    >>> writer.write("The  fee")
    >>> writer.write(" is five.")
    >>> writer.end_paragraph()
    >>> content = writer.content()
    >>> content.text, content.structure.anchors
    ('The fee is five.', [Anchor(start=0, end=16, page=3, label='', time=None, time_end=None)])
    """

    def __init__(self) -> None:
        self.head = FoundHead()
        self.notes: list[str] = []
        self._parts: list[str] = []
        self._length = 0
        self._start = 0
        self._breaks: list[int] = []
        self._paragraphs: list[Paragraph] = []
        self._omissions: list[Omission] = []
        self._markup: list[Markup] = []
        self._gap = -1
        self._header: tuple[int, int] | None = None
        self._anchors: list[Anchor] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written in the paragraph at hand."""
        return self._length == self._start

    def at_page(self, page: int, label: str = "") -> None:
        """Let what is written from here stand on a page, from 1; `label` is what is printed on it.

        It may be called within a paragraph. Pages need not come in order.
        """
        self._begin(Anchor(self._length, self._length, page=page, label=label))

    def at_time(self, start: float, end: float) -> None:
        """Let what is written from here stand for a time of a recording, in seconds."""
        self._begin(Anchor(self._length, self._length, time=start, time_end=end))

    def _begin(self, anchor: Anchor) -> None:
        self._close_anchor()
        self._anchors.append(anchor)

    def _close_anchor(self) -> None:
        if self._anchors:
            last = self._anchors.pop()
            if self._length > last.start:
                self._anchors.append(last.until(self._length))

    def write(self, text: str) -> None:
        """Write running text: a run of white space becomes one space, and none begins a line."""
        text = _SPACE.sub(" ", text)
        if text.startswith(" ") and (self.is_empty or self._parts[-1][-1] in " \t\n"):
            text = text[1:]
        self._append(text)

    def write_verbatim(self, text: str) -> None:
        """Write text whose white space counts: code. Each of its lines stands for itself."""
        for number, line in enumerate(_LINE_END.split(text)):
            if number:
                self.break_line()
            self._append(line)

    def _append(self, text: str) -> None:
        if text := _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", _UNPRINTABLE.sub("", text)):
            self._parts.append(text)
            self._length += len(text)
            if self._length > MOST_CHARACTERS:
                raise UnreadableError(f"holds more than {MOST_CHARACTERS:,} characters of text")

    def break_line(self) -> None:
        """Begin a new line of the paragraph: the next row of a table, the next line of verse."""
        if not self.is_empty:
            self._append("\n")
            self._breaks.append(self._length)

    def next_cell(self) -> None:
        """Begin the next cell of a row of a table."""
        self._append("\t")

    def end_paragraph(
        self,
        kind: Kind = Kind.TEXT,
        *,
        level: int = 0,
        has_header: bool = False,
        is_row: bool = False,
    ) -> None:
        """End the paragraph at hand, if it holds anything.

        `kind` is TEXT, HEADING (with its `level`, 1 the highest), or LINES. With `has_header` its
        first line is the header of a table. One that `is_row` is never joined with others, and is
        under the header that was written since the last heading.
        """
        start, breaks, end = self._take()
        if end == start:
            return
        if kind is Kind.HEADING:
            self._header = None
        header = (start, breaks[0] - 1) if has_header and breaks else None
        if is_row:
            header = self._header = header or self._header
        own_breaks = tuple(breaks) if kind is Kind.LINES else ()
        self._paragraphs.append(
            Paragraph(
                start,
                end,
                kind,
                own_breaks,
                block=len(self._paragraphs),
                # No sentence goes on from the paragraph before: the reader joins what belongs
                # together.
                barrier=True,
                gap_before=self._gap,
                level=level,
                header=header,
                stands_alone=is_row,
            )
        )
        self._gap = -1

    def omit(self, reason: str) -> None:
        """End the paragraph at hand, which is in no passage; `reason` is as "markup"."""
        start, _, end = self._take()
        if end > start:
            self._omissions.append(Omission(start, end, reason))
            # It parts what is joined around it.
            self._gap = self._gap if self._gap >= 0 else start

    def state(self, name: str, value: str) -> None:
        """End the paragraph at hand, which states a field of the head and is in no passage.

        A field that the head has already stays as it is, but for the title: what stands over the
        text counts for more than what is said of it elsewhere.
        """
        start, _, end = self._take()
        if end > start:
            if name == "title" or not getattr(self.head, name):
                setattr(self.head, name, value)
            self.head.spans.append(HeadSpan(name, start, end))

    def append(self, text: str, structure: Structure, *, under: int = 0) -> None:
        """Write a whole text with its structure: a document within this one.

        `under` is the level of the heading that it stands under: those in it count from there. What
        states its head becomes a paragraph, its title a heading. Where it stands in its own source
        is not kept.
        """
        self.end_paragraph()
        inside = [(own.start, own.end) for own in structure.paragraphs]
        spans = [
            span
            for span in structure.head.spans
            if not any(start < span.end and span.start < end for start, end in inside)
        ]
        titles = [
            Paragraph(
                span.start,
                span.end,
                Kind.HEADING if under and span.name == "title" else Kind.TEXT,
                barrier=True,
                level=under if span.name == "title" else 0,
            )
            for span in spans
        ]
        paragraphs = sorted((*titles, *structure.paragraphs), key=lambda own: own.start)
        covered = [(own.start, own.end) for own in paragraphs]
        covered += [(own.start, own.end) for own in structure.omissions]
        clean = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", _UNPRINTABLE.sub(" ", text))
        at, block = self._length, len(self._paragraphs)
        self._append(clean)
        for own in paragraphs:
            level = own.level + under if own.level else own.level
            self._paragraphs.append(_moved(own, at, block=block + own.block, level=level))
        for omission in (*structure.omissions, *_between(text, covered)):
            start, end = at + omission.start, at + omission.end
            self._omissions.append(Omission(start, end, omission.reason))
        for mark in structure.markup:
            self._markup.append(Markup(at + mark.start, at + mark.end, mark.shown))
        self._parts.append("\n\n")
        self._length += 2
        self._start, self._breaks, self._gap = self._length, [], -1

    def _take(self) -> tuple[int, list[int], int]:
        """Return start, breaks and end of the paragraph at hand without white space at its end."""
        start, breaks = self._start, self._breaks
        length = self._length
        while self._parts and length > start and self._parts[-1][-1].isspace():
            stripped = self._parts[-1].rstrip() if length - len(self._parts[-1]) >= start else ""
            length -= len(self._parts[-1]) - len(stripped)
            if stripped:
                self._parts[-1] = stripped
            else:
                self._parts.pop()
        end = self._length = max(length, start)
        self._cut_anchors()
        if end > start:
            self._parts.append("\n\n")
            self._length += 2
        self._start, self._breaks = self._length, []
        return start, [point for point in breaks if point < end], end

    def _cut_anchors(self) -> None:
        """Cut the anchors to what is written, after white space was taken away."""
        length = self._length
        opened = self._anchors.pop() if self._anchors else None
        while self._anchors and self._anchors[-1].end > length:
            last = self._anchors.pop()
            if last.start < length:
                self._anchors.append(last.until(length))
        if opened:
            self._anchors.append(replace(opened, start=min(opened.start, length)))

    def content(self, *, title_first: bool = True) -> Content:
        """Return the text with its structure. Writing is over.

        A heading that the text begins with is its title, if the head has none or the same; unless
        `title_first` says that the text does not begin with its title.
        """
        self.end_paragraph()
        text = "".join(self._parts).rstrip("\n")
        self._length = len(text)
        self._cut_anchors()
        self._close_anchor()
        paragraphs = self._paragraphs
        if title_first and paragraphs and paragraphs[0].kind is Kind.HEADING:
            title = paragraphs[0]
            wording = " ".join(text[title.start : title.end].split())
            paragraphs = take_title(self.head, text, paragraphs, title, wording)
        structure = Structure(
            self.head,
            paragraphs,
            marks_headings=True,
            markup=self._markup,
            omissions=self._omissions,
            anchors=self._anchors,
        )
        return Content(text, structure=structure, notes=tuple(self.notes))


def _moved(paragraph: Paragraph, by: int, *, block: int, level: int) -> Paragraph:
    """Return a paragraph that stands further on in another text."""
    header = paragraph.header
    return replace(
        paragraph,
        start=paragraph.start + by,
        end=paragraph.end + by,
        breaks=tuple(point + by for point in paragraph.breaks),
        block=block,
        gaps=tuple(Gap(gap.start + by, gap.end + by) for gap in paragraph.gaps),
        gap_before=paragraph.gap_before + by if paragraph.gap_before >= 0 else -1,
        gap_end=paragraph.gap_end + by if paragraph.gap_end >= 0 else -1,
        level=level,
        header=(header[0] + by, header[1] + by) if header else None,
    )


def _between(text: str, covered: list[tuple[int, int]]) -> list[Omission]:
    """Return what stands between spans of a text: marks that belong to no paragraph."""
    found = []
    last = 0
    for start, end in [*sorted(covered), (len(text), len(text))]:
        between = text[last:start]
        if own := between.strip():
            first = last + between.index(own)
            found.append(Omission(first, first + len(own), "markup"))
        last = max(last, end)
    return found
