"""Taking a text apart line by line: what the readers of markup languages have in common."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from index.splitting.line_cues import Lines, has_word, trim
from index.splitting.paragraphs import Kind, Paragraph
from index.splitting.structure import FoundHead, Omission, Structure
from index.types import HeadSpan, Markup

LONGEST_TAKEN_APART = 1_000_000
"""Code points; a longer file of a markup language is data, and is read as plain text."""


class LineReading:
    """A text while it is taken apart. Lines are numbered from 0, and the last one is not included.

    >>> reading = LineReading("One line.\\n\\nAnother one.")
    >>> reading.add(0, 1)
    >>> [(p.start, p.end) for p in reading.structure().paragraphs]
    [(0, 9)]
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.head = FoundHead()
        self.paragraphs: list[Paragraph] = []
        self.markup: list[Markup] = []
        self._omissions: list[Omission] = []
        self._lines = Lines.of(text)

    def __len__(self) -> int:
        """The number of lines."""
        return len(self._lines)

    def line(self, number: int) -> str:
        """Return a line without its end and the space before that; "" if there is no such line."""
        if number >= len(self._lines):
            return ""
        return self.text[self._lines.starts[number] : self._lines.ends[number]].rstrip()

    def is_blank(self, number: int) -> bool:
        """Return whether there is nothing on a line."""
        return not self.line(number)

    def indent(self, number: int) -> int:
        """Return the column at which a line begins."""
        line = self.line(number).expandtabs(8)
        return len(line) - len(line.lstrip())

    def start(self, number: int, column: int = 0) -> int:
        """Return the offset of a place on a line."""
        return self._lines.starts[number] + column

    def span(self, first: int, last: int, column: int = 0) -> tuple[int, int]:
        """Return the offsets of lines, from a place on the first of them."""
        last = min(last, len(self))
        return trim(self.text, self.start(first, column), self._lines.ends[max(last - 1, first)])

    def block_end(self, number: int, indent: int) -> int:
        """Return the line after the block of lines from `number` on that are indented as deep."""
        end = number
        while number < len(self) and (self.is_blank(number) or self.indent(number) >= indent):
            number += 1
            end = end if self.is_blank(number - 1) else number
        return end

    def add(
        self,
        first: int,
        last: int,
        kind: Kind = Kind.TEXT,
        *,
        column: int = 0,
        level: int = 0,
        breaks: Iterable[int] = (),
        header: tuple[int, int] | None = None,
    ) -> None:
        """Add the paragraph of some lines; lines without a word are left out.

        `breaks` are the numbers of lines that begin anew; without any, in a paragraph of lines all
        of them do. `header` are the first line of the header of a table, and the one after it.
        """
        start, end = self.span(first, last, column)
        if not has_word(self.text[start:end]):
            self.omit_span(start, end)
            return
        numbers = breaks or (range(first + 1, last) if kind is Kind.LINES else ())
        points = (self.span(number, number + 1) for number in numbers if number < last)
        own = tuple(point for point, after in points if start < point < after <= end)
        row = self.span(*header) if header else None
        # A blank line ends a sentence in a language that has markup for everything else.
        paragraph = Paragraph(
            start, end, kind, own, len(self.paragraphs), barrier=True, level=level, header=row
        )
        self.paragraphs.append(paragraph)

    def omit(self, first: int, last: int) -> None:
        """Leave lines out that a reader does not see."""
        if first < last:
            self.omit_span(*self.span(first, last))

    def omit_span(self, start: int, end: int) -> None:
        """Leave a stretch out that a reader does not see."""
        if self.text[start:end].strip():
            self._omissions.append(Omission(start, end, "markup"))

    def state(self, name: str, start: int, end: int, own_start: int) -> None:
        """Take a field of the head; its value is `start` to `end`, and `own_start` its name's."""
        value = " ".join(self.text[start:end].split())
        if name in {"title", "subtitle", "byline", "date"}:
            before = getattr(self.head, name)
            setattr(self.head, name, f"{before}, {value}" if before else value)
        else:
            self.head.fields[name] = (*self.head.fields.get(name, ()), value)
        self.head.spans.append(HeadSpan(name, own_start, end))

    def shown(self, start: int, end: int) -> str:
        """Return a stretch as a reader sees it, on one line."""
        parts: list[str] = []
        for mark in _in_order(self.markup):
            if start <= mark.start and mark.end <= end:
                parts += [self.text[start : mark.start], mark.shown]
                start = mark.end
        return " ".join("".join([*parts, self.text[start:end]]).split())

    def structure(self, paragraphs: Sequence[Paragraph] | None = None) -> Structure:
        """Return what was found; `paragraphs` if they are not those that were added."""
        own = self.paragraphs if paragraphs is None else paragraphs
        left_out = [(span.start, span.end) for span in self._omissions]
        left_out += [(span.start, span.end) for span in self.head.spans]
        return Structure(
            self.head,
            around_gaps(own, left_out),
            marks_headings=True,
            markup=list(_in_order(self.markup)),
            omissions=self._omissions,
        )


def around_gaps(
    paragraphs: Sequence[Paragraph], left_out: Iterable[tuple[int, int]]
) -> list[Paragraph]:
    """Return paragraphs that can be joined to those before them, what is left out between them.

    The white space after it stays if it begins where a paragraph ends: words are not joined.
    """
    spans = sorted(left_out)
    starts = [start for start, _ in spans]
    own: list[Paragraph] = []
    before = 0
    for paragraph in paragraphs:
        first, after = bisect_left(starts, before), bisect_left(starts, paragraph.start)
        has_gap = own and first < after and paragraph.gap_before < 0
        gap = starts[first] if has_gap else paragraph.gap_before
        end = spans[after - 1][1] if has_gap and gap == before else paragraph.gap_end
        own.append(replace(paragraph, gap_before=gap, gap_end=end))
        before = paragraph.end
    return own


def _in_order(found: Iterable[Markup]) -> Iterator[Markup]:
    """Yield markup by place; of two that overlap the first, and the longer."""
    position = -1
    for mark in sorted(found, key=lambda mark: (mark.start, -mark.end)):
        if mark.start >= position:
            yield mark
            position = mark.end
