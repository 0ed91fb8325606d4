"""The values that an index is made of. They are cheap to import, since every query does."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from index.errors import CorpusError
from index.names import name_words, title_of
from index.words import as_read

if TYPE_CHECKING:
    from pathlib import Path

Mode = Literal["hybrid", "dense", "lexical"]
"""What passages are ranked by: everything, the vectors of passages alone, or the words alone."""

MODES: tuple[Mode, ...] = get_args(Mode)

Verdict = Literal["match", "no_match"]


@dataclass(frozen=True, slots=True)
class HeadSpan:
    """Where the head of a document stands in it: `document.text[start:end]` states `name`."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Head:
    """What stands over a text. A field is "" if the file does not state it.

    `fields` are further ones by name, each with one or more values. `spans` are the offsets at
    which all of it stands, in order.
    """

    title: str = ""
    subtitle: str = ""
    byline: str = ""
    date: str = ""
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False)
    spans: tuple[HeadSpan, ...] = ()

    @property
    def words(self) -> str:
        """All that the head says, as the lexical index reads it."""
        own = (self.title, self.subtitle, self.byline, self.date)
        values = chain.from_iterable(self.fields.values())
        return "\n".join(part for part in (*own, *values) if part)

    @property
    def line(self) -> str:
        """Title, subtitle, byline and date on one line, as a hit is headed."""
        parts = (self.title, self.subtitle, self.byline, self.date)
        return " · ".join(part for part in parts if part)


def _one_line(text: str) -> str:
    """Return a text on one line, without lone surrogates, which no file could hold."""
    return " ".join(text.encode("utf-8", "replace").decode().split())


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document at hand that is to be indexed: its text, or the bytes of its file.

    `format` is the name of a format or a suffix, such as "markdown", "html" or "docx"; "" stands
    for the one that its id tells. `title` and `fields` count for more than what the document itself
    says.

    >>> SourceDocument("# Relays", format="markdown", fields={"team": "ops"}).head.fields
    {'team': ('ops',)}
    """

    content: str | bytes
    format: str = ""
    title: str = ""
    fields: Mapping[str, str | Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise CorpusError unless everything has its type."""
        values = [
            value
            for given in self.fields.values()
            for value in ([given] if isinstance(given, str) else given)
        ]
        if not isinstance(self.content, str | bytes):
            kind = type(self.content).__name__
            raise CorpusError(f"the content of a document is text or bytes, not {kind}")
        if not all(isinstance(text, str) for text in (self.format, self.title, *values)):
            raise CorpusError("the format, the title and the fields of a document are text")

    @property
    def head(self) -> Head | None:
        """What is stated beside the document, or None."""
        fields = {
            _one_line(name): tuple(map(_one_line, [given] if isinstance(given, str) else given))
            for name, given in self.fields.items()
        }
        title = _one_line(self.title)
        return Head(title, fields=fields) if title or fields else None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage: `document.text[start:end]`, what lies in a gap left out."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch inside a passage that does not belong to it: page furniture, another column."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Markup:
    """A stretch in whose place a reader sees something else, or nothing: `**`, `](address)`."""

    start: int
    end: int
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The place in its source of a stretch of extracted text: a page, or a time of a recording.

    `page` counts from 1, and is 0 if there is none; `label` is the number printed on it if that is
    another one, such as "xii", or what is counted if not pages, such as "slide 12" or "row 12".
    `time` and `time_end` are in seconds.
    """

    start: int
    end: int
    page: int = 0
    label: str = ""
    time: float | None = None
    time_end: float | None = None

    def until(self, end: int) -> Anchor:
        """Return the same place for a stretch that ends at `end`."""
        return replace(self, end=end)


@dataclass(frozen=True, slots=True)
class Locator:
    """Where a passage stands in its source, as a person looks it up: pages, a time, or a line.

    A source that has none of them is cited by its headings.

    Pages count from 1; `label` is what is printed on the first, if that is another number, or what
    it is: rows of a sheet and cells of a notebook are counted as pages are. Times are in seconds.
    What a source does not have is None.

    >>> str(Locator(page=12, page_end=13)), Locator(page=12, page_end=13).fragment
    ('p. 12-13', 'page=12')
    >>> str(Locator(time=3723.5, time_end=3727)), str(Locator(line=7))
    ('1:02:03', 'line 7')
    >>> str(Locator(page=4, page_end=5, label="slide 4"))
    'slide 4-5'
    """

    line: int | None = None
    page: int | None = None
    page_end: int | None = None
    label: str = ""
    time: float | None = None
    time_end: float | None = None

    @classmethod
    def of(cls, anchors: Sequence[Anchor], line: int) -> Locator:
        """Return the locator of text that stands at these anchors, or else on a line."""
        pages = [anchor for anchor in anchors if anchor.page]
        if pages:
            first = min(pages, key=_page)
            return cls(page=first.page, page_end=max(map(_page, pages)), label=first.label)
        times = [anchor for anchor in anchors if anchor.time is not None]
        if times:
            return cls(time=times[0].time, time_end=times[-1].time_end)
        return cls(line=line or None)

    def __str__(self) -> str:
        if self.page is not None:
            last = f"-{self.page_end}" if self.page_end != self.page else ""
            if self._is_named:
                return f"{self.label}{last}"
            printed = f" (printed {self.label})" if self.label else ""
            return f"p. {self.page}{last}{printed}"
        if self.time is not None:
            minutes, seconds = divmod(int(self.time), 60)
            hours, minutes = divmod(minutes, 60)
            return f"{hours}:{minutes:02}:{seconds:02}"
        return f"line {self.line}" if self.line else ""

    @property
    def _is_named(self) -> bool:
        """Whether the label says what is counted, and its number."""
        return self.label in {f"{what} {self.page}" for what in ("slide", "row", "cell")}

    def after(self, name: str) -> str:
        """Return the name of a file with this place in it.

        >>> Locator(line=7).after("a.txt"), Locator(page=2, page_end=2).after("b.pdf")
        ('a.txt:7', 'b.pdf p. 2')
        """
        return f"{name}:{self.line}" if self.line else f"{name} {self}".rstrip()

    @property
    def fragment(self) -> str:
        """The part of an address after "#" that opens a file at this place, or "".

        For a page as RFC 8118 has it, for a time as W3C's Media Fragments do.
        """
        if self.page is not None:
            return "" if self._is_named else f"page={self.page}"
        return f"t={self.time:g}" if self.time is not None else ""


def _page(anchor: Anchor) -> int:
    return anchor.page


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, or a part of one that is too long for the model.

    `start` and `end` are code-point offsets: `document.text[start:end] == text`, the `gaps` left
    out. `number` counts the passages of a document from 1. `line` is the line, from 1, on which the
    passage begins, and 0 if its source is not text. `sentences` are in order, do not overlap, and
    hold every character that is not whitespace. `path` are the headings that it stands under, the
    outermost first. `table_header` is the first row of a table of which this is a later part.
    `anchors` say where its text stands in a source that is not text, in order.
    """

    doc_id: str
    number: int
    start: int
    end: int
    line: int
    text: str
    sentences: tuple[Sentence, ...]
    gaps: tuple[Gap, ...] = ()
    markup: tuple[Markup, ...] = ()
    path: tuple[str, ...] = ()
    table_header: str = ""
    anchors: tuple[Anchor, ...] = ()

    @property
    def passage_id(self) -> str:
        """The name that a passage is cited by."""
        return f"{self.doc_id}#{self.number}"

    @property
    def reading(self) -> str:
        """The passage as a reader sees it, on one line. This is what is embedded.

        A later part of a table has the header of the table before it.
        """
        own = self.reading_of(self.start, self.end) or as_read(self.text)
        return f"{self.table_header} {own}" if self.table_header else own

    @property
    def section(self) -> str:
        """The headings that it stands under on one line: those that are not in the passage itself.

        >>> Passage("a.md", 1, 0, 2, 1, "No", (), path=("Chapter 2", "Fees")).section
        'Chapter 2 › Fees'
        """
        opening = self._opening(2 * sum(map(len, self.path)) + 200) if self.path else ""
        return " › ".join(heading for heading in self.path if heading not in opening)

    def _opening(self, length: int) -> str:
        """Return the beginning of the passage as a reader sees it, so many characters at least."""
        left_out = sum(gap.end - gap.start for gap in self.gaps)
        left_out += sum(mark.end - mark.start for mark in self.markup)
        return self.reading_of(self.start, min(self.start + length + left_out, self.end))

    @property
    def locator(self) -> Locator:
        """Where it stands in its source, as a person looks it up."""
        return self.locator_of(self.start, self.end)

    def locator_of(self, start: int, end: int) -> Locator:
        """Return where a stretch of the passage stands in its source."""
        return Locator.of(cut_spans(self.anchors, start, end), self.line)

    @property
    def place_words(self) -> str:
        """What a person is told of its place beside file and page: the headings over it.

        Those that the passage begins with are left out, unless nothing else says the place.
        """
        return self.section if str(self.locator) else " › ".join(self.path)

    def text_of(self, start: int, end: int) -> str:
        """Return the text of a stretch of the passage, given in offsets of the document."""
        return self.text[self.place_of(start) : self.place_of(end)]

    def place_of(self, offset: int) -> int:
        """Return the place in `text` of an offset of the document."""
        left_out = sum(min(gap.end, offset) - gap.start for gap in self.gaps if gap.start < offset)
        return offset - self.start - left_out

    def pieces_of(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the stretches of the document that a part of the passage consists of."""
        return pieces_between(start, end, self.gaps)

    def stands_in(self, text: str) -> bool:
        """Return whether it stands in the text of a document, at its place."""
        pieces = self.pieces_of(self.start, self.end)
        return "".join(text[start:end] for start, end in pieces) == self.text

    def reading_of(self, start: int, end: int) -> str:
        """Return a stretch of the passage as a reader sees it, on one line."""
        return as_read(self.shown_of(start, end))

    def shown_of(self, start: int, end: int) -> str:
        """Return a stretch of the passage without its markup, its lines as they are."""
        if not self.markup:
            return self.text_of(start, end)
        parts: list[str] = []
        position = start
        # Markup is in order and does not overlap, so the ends are in order too.
        for number in range(bisect_right(self.markup, start, key=_end), len(self.markup)):
            mark = self.markup[number]
            if mark.start >= end:
                break
            if mark.start > position:
                parts.append(self.text_of(position, mark.start))
            parts.append(mark.shown)
            position = min(mark.end, end)
        parts.append(self.text_of(position, end))
        return "".join(parts)


_Span = TypeVar("_Span", Anchor, Markup)


def cut_spans(spans: Sequence[_Span], start: int, end: int) -> tuple[_Span, ...]:
    """Return those of some spans, in order, that a stretch overlaps, each cut to it.

    >>> [(a.start, a.page) for a in cut_spans([Anchor(0, 5, 1), Anchor(5, 9, 2)], 3, 7)]
    [(3, 1), (5, 2)]
    """
    found: list[_Span] = []
    for position in range(bisect_left(spans, start + 1, key=_end), len(spans)):
        span = spans[position]
        if span.start >= end:
            break
        found.append(replace(span, start=max(span.start, start), end=min(span.end, end)))
    return tuple(found)


def _end(span: Anchor | Markup) -> int:
    return span.end


def pieces_between(start: int, end: int, gaps: Iterable[Gap]) -> list[tuple[int, int]]:
    """Return the stretches of `start` to `end` that lie in no gap; the gaps are in order.

    >>> pieces_between(0, 10, [Gap(3, 5)])
    [(0, 3), (5, 10)]
    """
    pieces = []
    for gap in gaps:
        if gap.end > start and gap.start < end:
            if gap.start > start:
                pieces.append((start, gap.start))
            start = gap.end
    return [*pieces, (start, end)] if start < end else pieces


@dataclass(frozen=True, slots=True)
class Reader:
    """What a document was read with: the name of its format, and the version of its reader."""

    format: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that cannot be read, and why. It is not read again until it or its reader changes."""

    doc_id: str
    sha256: str
    reader: Reader
    reason: str


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """What the catalog knows of a document: its identity, its head, and its rows.

    `reader` is what it was read with. `replaced`, `encoding` and `notes` are those of `Document`.
    """

    doc_id: str
    sha256: str
    head: Head
    tokens: int
    first_row: int
    passages: int
    reader: Reader = Reader()
    replaced: int = 0
    encoding: str = ""
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The title, or else what the name of the file says."""
        return self.head.title or title_of(self.doc_id)

    @property
    def subtitle(self) -> str:
        """The subtitle, or ""."""
        return self.head.subtitle

    @property
    def byline(self) -> str:
        """The byline, or ""."""
        return self.head.byline

    @property
    def date(self) -> str:
        """The date as the document writes it, or ""."""
        return self.head.date

    @property
    def fields(self) -> Mapping[str, tuple[str, ...]]:
        """The further fields of the head by name, each with its values."""
        return self.head.fields

    @property
    def rows(self) -> range:
        """The rows of its passages."""
        return range(self.first_row, self.first_row + self.passages)

    @property
    def line(self) -> str:
        """Title, subtitle, byline and date on one line, as a hit is headed."""
        return replace(self.head, title=self.title).line

    def words_over(self, passage: Passage, *, first: bool) -> str:
        """Return the title and the headings over a passage that are not in it.

        Over the first one it is all of the head, and the words of the name.
        """
        over = self.head.words if first else embedded_title(self.head, self.doc_id)
        name = name_words(self.doc_id) if first else ""
        return "\n".join([over, name, passage.section])

    def title_at(self, row: int) -> str:
        """Return the title that is embedded with the passage at `row`, or ""."""
        return embedded_title(self.head, self.doc_id) if row == self.first_row else ""


def embedded_title(head: Head, doc_id: str) -> str:
    """Return the title as it is embedded, or else a telling name; "" if there is neither."""
    if head.title:
        return as_read(head.title)
    words = name_words(doc_id) if title_of(doc_id) else ""
    return words if sum(word.isalpha() for word in words.split()) > 1 else ""


@dataclass(frozen=True, slots=True)
class IndexedFolder:
    """A folder that was indexed, and how its files were read.

    `max_bytes` is the limit of the size of its files, None for that of each format, and `encoding`
    that of files which are not in Unicode, "" if it was found for each.
    """

    path: Path
    max_bytes: int | None
    encoding: str


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage at its row, with the document that it stands in.

    `digest` is equal for passages that a reader sees as the same.
    """

    row: int
    document: DocumentRecord
    passage: Passage
    digest: bytes


@dataclass(frozen=True, slots=True)
class Scores:
    """The parts of a hit's score as a person reads them.

    `passage`, `context` and `sentence` are cosines: of the passage, of the mean over its window if
    it is short, else once more of the passage, and of its best sentence. `lexical` is the lexical
    part of the hybrid score as a share of the most that it can be, from 0 to 1. It is not the score
    of the mode "lexical", which is the BM25 share alone.
    """

    passage: float
    context: float
    sentence: float
    lexical: float
