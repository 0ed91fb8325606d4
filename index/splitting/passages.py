"""Documents to passages: paragraphs as a reader sees them, exact offsets, within the limit."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, groupby

from embed import TextEncoder
from index.document import Document
from index.splitting.grouping import group_short
from index.splitting.line_cues import (
    Lines,
    ends_open,
    has_word,
    is_drawn,
    is_entry,
    is_heading,
    is_label,
    trim,
)
from index.splitting.paragraphs import LONGEST_CHAIN, Kind, Paragraph, join, join_broken
from index.splitting.repetition import find_repeated
from index.splitting.sections import under_headings
from index.splitting.sentences import find_sentences
from index.splitting.structure import Omission, Structure
from index.splitting.token_limit import split_to_fit
from index.types import (
    Gap,
    Head,
    Passage,
    Sentence,
    cut_spans,
    pieces_between,
)


@dataclass(frozen=True, slots=True)
class Article:
    """A document taken apart; every word of it is in a passage, in the head or in an omission.

    `shown_under` has the numbers of passages that only repeat what another one says, and of those.
    """

    head: Head
    passages: tuple[Passage, ...]
    left_out: tuple[Omission, ...]
    shown_under: Mapping[int, int] = field(default_factory=dict)


def split_passages(document: Document, structure: Structure, tokens: TextEncoder) -> Article:
    """Split a document into its passages, none longer than `tokens.token_limit`."""
    text = document.text
    paragraphs = join_broken(text, structure.paragraphs)
    if not structure.marks_headings:
        paragraphs = _mark_headings(text, paragraphs)
    splitter = _Splitter(document, structure, tokens)
    paragraphs = group_short(paragraphs, splitter.shown)
    passages = tuple(
        passage
        for paragraph, path in under_headings(paragraphs, splitter.shown)
        for passage in splitter.split(paragraph, path)
    )
    omissions = tuple(sorted(structure.omissions, key=lambda span: span.start))
    return Article(structure.head.value, passages, omissions, find_repeated(passages))


def _mark_headings(text: str, paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Mark headings of plain text: up to three short lines before a paragraph, not sentences."""
    marked: list[Paragraph] = []
    chain: list[Paragraph] = []
    for number, paragraph in enumerate(paragraphs):
        if _could_head(text, paragraphs, number):
            chain.append(paragraph)
            continue
        is_list = len(chain) > LONGEST_CHAIN
        marked.extend(_by_block(chain) if is_list else map(_heading, chain))
        marked.append(paragraph)
        chain.clear()
    return marked + _by_block(chain)


def _could_head(text: str, paragraphs: Sequence[Paragraph], number: int) -> bool:
    """Return whether a paragraph is short and open as a heading is, and nothing else by its signs.

    A label is not a heading, nor is what is said after it, nor are entries such as "Present: Ada".
    """
    piece = text[paragraphs[number].start : paragraphs[number].end]
    if paragraphs[number].kind is not Kind.TEXT or not is_heading(piece) or is_drawn(piece):
        return False
    near = [
        text[other.start : other.end]
        for other in (
            *paragraphs[max(number - 1, 0) : number],
            *paragraphs[number + 1 : number + 2],
        )
        if other.block == paragraphs[number].block
    ]
    if is_label(piece) or ends_open(piece) or (is_entry(piece) and any(map(is_entry, near))):
        return False
    before = paragraphs[number - 1] if number else None
    return before is None or not is_label(text[before.start : before.end])


def _by_block(chain: Sequence[Paragraph]) -> list[Paragraph]:
    """Short lines that head nothing, those of one block together: an address, a signature."""
    blocks = [list(block) for _, block in groupby(chain, key=lambda line: line.block)]
    return [join(block) if len(block) > 1 else block[0] for block in blocks]


def _heading(paragraph: Paragraph) -> Paragraph:
    return replace(paragraph, kind=Kind.HEADING, breaks=())


class _Splitter:
    """Splits the paragraphs of one document, in order."""

    def __init__(self, document: Document, structure: Structure, tokens: TextEncoder) -> None:
        self._document = document
        self._markup = structure.markup
        self._anchors = structure.anchors
        self._tokens = tokens
        self._lines = Lines.of(document.text)
        self._headers: dict[tuple[int, int], str] = {}
        self._number = 0

    def shown(self, paragraph: Paragraph) -> str:
        """Return the text of a paragraph without its markup, its lines as they are."""
        whole = self._whole(paragraph, paragraph.start, paragraph.end, ())
        return whole.shown_of(whole.start, whole.end)

    def split(self, paragraph: Paragraph, path: tuple[str, ...]) -> Iterator[Passage]:
        """Yield the passages of a paragraph: one, or as many as the limit asks for."""
        start, end = trim(self._document.text, paragraph.start, paragraph.end)
        whole = self._whole(paragraph, start, end, path)
        offset_of = _Offsets(start, end, whole.gaps)
        header = self._header(paragraph.header)
        is_apart = paragraph.header is not None and paragraph.header[1] <= start
        sentences = find_sentences(
            whole.text, 0, len(whole.text), [whole.place_of(point) for point in paragraph.breaks]
        )

        def read(first: int, last: int) -> str:
            own = whole.reading_of(*offset_of.span(first, last))
            return f"{header} {own}" if header and (first or is_apart) else own

        parts = split_to_fit(
            whole.text,
            sentences,
            self._tokens,
            read,
            self._tokens.count_tokens(header) if header else 0,
            [
                replace(mark, start=whole.place_of(mark.start), end=whole.place_of(mark.end))
                for mark in whole.markup
            ],
        )
        for (first, last), inside in zip(parts, _by_part(sentences, parts), strict=True):
            if not has_word(whole.text[first:last]):
                continue
            self._number += 1
            yield self._part(
                whole,
                offset_of.span(first, last),
                tuple(Sentence(*offset_of.span(*span)) for span in inside),
                header if first or is_apart else "",
            )

    def _whole(self, paragraph: Paragraph, start: int, end: int, path: tuple[str, ...]) -> Passage:
        """Return a paragraph as one passage, which may be too long."""
        gaps = tuple(gap for gap in paragraph.gaps if start < gap.start and gap.end < end)
        pieces = pieces_between(start, end, gaps)
        text = "".join(self._document.text[first:last] for first, last in pieces)
        markup = cut_spans(self._markup, start, end)
        return Passage(self._document.doc_id, 0, start, end, 0, text, (), gaps, markup, path)

    def _part(
        self,
        whole: Passage,
        span: tuple[int, int],
        sentences: tuple[Sentence, ...],
        header: str,
    ) -> Passage:
        start, end = span
        return replace(
            whole,
            number=self._number,
            start=start,
            end=end,
            # Nobody can look up a line of text that was extracted.
            line=0 if self._document.structure else self._lines.number_at(start),
            text=whole.text_of(start, end),
            sentences=sentences,
            gaps=tuple(gap for gap in whole.gaps if start < gap.start and gap.end < end),
            markup=cut_spans(self._markup, start, end),
            table_header=header,
            anchors=cut_spans(self._anchors, start, end),
        )

    def _header(self, span: tuple[int, int] | None) -> str:
        """Return the first row of a table as it is read, or "" if it is not a table or too long."""
        if span is None:
            return ""
        if span not in self._headers:
            self._headers[span] = self._header_at(*span)
        return self._headers[span]

    def _header_at(self, start: int, end: int) -> str:
        row = Passage(
            "",
            0,
            start,
            end,
            0,
            self._document.text[start:end],
            (),
            (),
            cut_spans(self._markup, start, end),
        )
        header = row.reading
        return header if 2 * self._tokens.count_tokens(header) < self._tokens.token_limit else ""


class _Offsets:
    """Places in the text of a paragraph without its gaps, as offsets of the document."""

    def __init__(self, start: int, end: int, gaps: Sequence[Gap]) -> None:
        self._pieces = pieces_between(start, end, gaps)
        lengths = (last - first for first, last in self._pieces)
        self._starts = [0, *accumulate(lengths)]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Return the offsets of a span of at least one character, both ends inside pieces."""
        return self._offset(first), self._offset(last - 1) + 1

    def _offset(self, place: int) -> int:
        piece = max(bisect_left(self._starts, place + 1) - 1, 0)
        return self._pieces[piece][0] + place - self._starts[piece]


def _by_part(
    sentences: Sequence[tuple[int, int]], parts: Sequence[tuple[int, int]]
) -> Iterator[list[tuple[int, int]]]:
    """Yield the sentences of each part; one that a part ends in is cut there."""
    position = 0
    for start, end in parts:
        while position < len(sentences) and sentences[position][1] <= start:
            position += 1
        inside = []
        following = position
        while following < len(sentences) and sentences[following][0] < end:
            first, last = sentences[following]
            inside.append((max(first, start), min(last, end)))
            following += 1
        position = max(position, following - 1)
        yield inside
