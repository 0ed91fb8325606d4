"""Markdown to structure: blocks by markdown-it, offsets by line numbers, the text as rendered."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.splitting.front_matter import find_front_matter, take_front_matter
from index.splitting.head import take_head, take_title
from index.splitting.line_cues import Lines, has_word, is_label, trim
from index.splitting.line_reading import around_gaps
from index.splitting.markdown_inline import (
    NOT_SHOWN,
    code_markup,
    find_markup,
    label_of,
    table_markup,
)
from index.splitting.paragraphs import Kind, Paragraph, read_paragraphs
from index.splitting.plain_text import read_plain_text
from index.splitting.structure import FoundHead, Omission, Structure
from index.types import Markup

_LONGEST_PARSED = 1_000_000
"""Code points; a longer file is read as plain text, since parsing takes seconds a megabyte."""

_LONG_LINE = 200
_SHORTEST_RULE = 3
"""Signs under a line that make it a heading, at least."""

_BOLD_LINE = re.compile(r"(\*\*|__)(?:(?!\1).)+\1")
_LINK_DEFINITION = re.compile(r"[ \t>]*\[(?!\^)([^\]]+)\]:\s*\S+(?:\s+[\"'(].*)?\s*")
_QUOTE_MARKS = re.compile(r"[ \t]*(?:>[ \t]*)+")
_WITH_LINES = frozenset({"fence", "code_block", "table_open"})
_LISTS = frozenset({"bullet_list_open", "ordered_list_open"})


@dataclass(frozen=True, slots=True)
class _Block:
    """A block by line numbers, from 0, `last` not included; `parts` are lines that begin anew."""

    kind: str
    first: int
    last: int
    parts: tuple[int, ...] = ()
    level: int = 0


def read_markdown(text: str) -> Structure:
    """Return the head and the paragraphs of a Markdown file, and the markup in them."""
    if len(text) > _LONGEST_PARSED:
        return read_plain_text(text)
    return _Reading(text).structure()


def read_markdown_part(text: str) -> Structure:
    """Return the paragraphs of a part of a text, which has no head of its own."""
    if len(text) > _LONGEST_PARSED:
        return Structure(FoundHead(), read_paragraphs(text), marks_headings=True)
    return _Reading(text).part()


def take_first_heading(
    head: FoundHead, text: str, paragraphs: Sequence[Paragraph], markup: Sequence[Markup]
) -> list[Paragraph]:
    """Take the title if a text begins with a heading; return the paragraphs left.

    It is the title unless `head` has another one.
    """
    if not paragraphs or not paragraphs[0].level:
        return list(paragraphs)
    title = paragraphs[0]
    return take_title(head, text, paragraphs, title, _wording(text, title, markup))


class _Reading:
    """One file while it is read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = Lines.of(text)
        self._head = FoundHead()
        self._paragraphs: list[Paragraph] = []
        self._markup: list[Markup] = []
        self._omissions: list[Omission] = []
        self._labels = {
            label_of(match[1])
            for start, end in zip(self._lines.starts, self._lines.ends, strict=True)
            if (match := _LINK_DEFINITION.fullmatch(text, start, end))
        }

    def structure(self) -> Structure:
        """Read the whole file."""
        front_matter = find_front_matter(self._text)
        stated: list[Paragraph] = []
        if front_matter:
            stated, self._omissions = take_front_matter(self._head, self._text, front_matter)
        barrier = False
        for block in self._blocks(front_matter.end() if front_matter else 0):
            barrier = self._add(block, barrier)
        paragraphs = self._with_head()
        if stated and paragraphs:
            paragraphs[0] = replace(paragraphs[0], barrier=True)
        return self._structure([*stated, *paragraphs])

    def part(self) -> Structure:
        """Read the whole of a part of a file."""
        barrier = True
        for block in self._blocks(0):
            barrier = self._add(block, barrier)
        return self._structure(self._paragraphs)

    def _structure(self, paragraphs: Sequence[Paragraph]) -> Structure:
        left_out = [(span.start, span.end) for span in self._omissions]
        left_out += [(span.start, span.end) for span in self._head.spans]
        return Structure(
            self._head,
            around_gaps(paragraphs, left_out),
            marks_headings=True,
            markup=self._markup,
            omissions=self._omissions,
        )

    def _blocks(self, start: int) -> Iterator[_Block]:
        """Yield the blocks after the front matter, which ends at `start`."""
        # In its place are as many empty lines, so that the numbers of lines stay what they are.
        first = self._lines.number_at(start) - 1 if start else 0
        body = "\n" * first + self._text[self._lines.starts[first] :] if start else self._text
        return _with_gaps(_blocks(body), self._text, self._lines, first)

    def _add(self, block: _Block, barrier: bool) -> bool:
        """Add the paragraphs of a block; return whether no sentence goes on after it."""
        text = self._text
        start, end = _span(text, self._lines, block)
        if block.kind == "rule" or not has_word(text[start:end]):
            return True
        own_lines = text[start:end].splitlines()
        if block.kind == "text" and all(map(_LINK_DEFINITION.fullmatch, own_lines)):
            self._omit(start, end, "link definition")
            return True
        shown = start, end
        if block.kind in {"html", "text"}:
            shown = _without_tags_around(text, start, end)
        if shown[0] >= shown[1]:
            self._omit(start, end, "markup")
            return True
        markup = list(self._markup_of(block, *shown))
        if not has_word(_read(text, *shown, markup)):
            self._omit(start, end, "markup")
            return True
        self._omit(start, shown[0], "markup")
        self._markup += markup
        for paragraph in _paragraphs(text, self._lines, block, *shown):
            number = len(self._paragraphs)
            self._paragraphs.append(replace(paragraph, block=number, barrier=barrier))
            barrier = False
        self._omit(shown[1], end, "markup")
        return barrier

    def _omit(self, start: int, end: int, reason: str) -> None:
        """Leave a stretch out that a reader does not see; white space at its ends stays."""
        if self._text[start:end].strip():
            self._omissions.append(Omission(*trim(self._text, start, end), reason))

    def _markup_of(self, block: _Block, start: int, end: int) -> Iterator[Markup]:
        if block.kind == "code":
            return code_markup(self._text, start, end)
        if block.kind == "table":
            return table_markup(self._text, start, end, self._labels)
        return find_markup(self._text, start, end, self._labels)

    def _with_head(self) -> list[Paragraph]:
        """Fill the head; return the paragraphs that are not part of it."""
        head, paragraphs = self._head, self._paragraphs
        titles = [part for part in paragraphs if part.level == 1]
        if paragraphs and paragraphs[0].level:
            titles = paragraphs[:1]
        if titles:
            return self._take_head(titles[0])
        if head.title or any(paragraph.kind is Kind.HEADING for paragraph in paragraphs):
            return paragraphs
        plain, paragraphs = take_head(self._text, paragraphs)
        for name in ("title", "subtitle", "byline", "date"):
            setattr(head, name, getattr(head, name) or getattr(plain, name))
        head.spans += plain.spans
        return paragraphs

    def _take_head(self, title: Paragraph) -> list[Paragraph]:
        """Take the title, and a byline and a date right after it; return the paragraphs left."""
        wording = _wording(self._text, title, self._markup)
        return take_title(self._head, self._text, self._paragraphs, title, wording)


def _wording(text: str, title: Paragraph, markup: Sequence[Markup]) -> str:
    own = [mark for mark in markup if title.start <= mark.start and mark.end <= title.end]
    return _read(text, title.start, title.end, own)


def _read(text: str, start: int, end: int, markup: Sequence[Markup]) -> str:
    """Return a span as a reader sees it, on one line."""
    parts = []
    for mark in markup:
        parts += [text[start : mark.start], mark.shown]
        start = mark.end
    return " ".join("".join([*parts, text[start:end]]).split())


def _without_tags_around(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a span without the comments and tags at its ends."""
    tags = NOT_SHOWN.finditer(text, start, end)
    # What is raised at the end of a paragraph is the mark of a note, and told by its tags.
    spans = [tag.span() for tag in tags if not tag[0].lower().startswith(("<sup", "</sup"))]
    for first, last in spans:
        if text[start:first].strip():
            break
        start = last
    for first, last in reversed(spans):
        if first < start or text[last:end].strip():
            break
        end = first
    return trim(text, start, end) if start < end else (end, end)


def _blocks(text: str) -> Iterator[_Block]:
    """Yield the leaf blocks, and lists as wholes or, where blank lines part them, by item."""
    parser = MarkdownIt("commonmark").enable("table")
    tokens = parser.disable(["inline", "reference"]).parse(text)
    position = 0
    while position < len(tokens):
        token = tokens[position]
        position += 1
        if token.type in _LISTS:
            inside = _until_close(tokens, position, token.level)
            yield from _list_blocks(token, tokens[position:inside])
            position = inside
        elif token.map is not None and token.type != "inline":
            block = _leaf_block(token)
            if block is not None:
                yield block


def _leaf_block(token: Token) -> _Block | None:
    """Return the block of a token that is not a list; None for one that only holds others."""
    first, last = token.map or (0, 0)
    if token.type == "heading_open":
        return _Block("heading", first, last, level=int(token.tag[1]))
    if token.type in _WITH_LINES:
        opening = 2 if token.type == "fence" else 1
        kind = "table" if token.type == "table_open" else "code"
        return _Block(kind, first, last, tuple(range(first + opening, last)))
    names = {"paragraph_open": "text", "html_block": "html", "hr": "rule"}
    return _Block(names[token.type], first, last) if token.type in names else None


def _until_close(tokens: Sequence[Token], position: int, level: int) -> int:
    """Return the position after the token that closes what was opened at `level`."""
    while position < len(tokens) and tokens[position].level > level:
        position += 1
    return position + 1


def _list_blocks(opening: Token, inside: Sequence[Token]) -> Iterator[_Block]:
    """One block of a list without blank lines between its items, else one of each item."""
    starts = sorted({part for token in inside for part in _starts(token)})
    own = opening.level + 1
    is_loose = any(
        token.type == "paragraph_open" and token.level == own + 1 and not token.hidden
        for token in inside
    )
    items = [token for token in inside if token.type == "list_item_open" and token.level == own]
    position = 0
    for token in items if is_loose else [opening]:
        first, last = token.map or (0, 0)
        parts = []
        while position < len(starts) and starts[position] < last:
            if starts[position] > first:
                parts.append(starts[position])
            position += 1
        yield _Block("lines", first, last, tuple(parts))


def _starts(token: Token) -> Sequence[int]:
    """Return the lines on which the parts of a list begin."""
    if token.map is None or token.type == "inline":
        return ()
    return range(*token.map) if token.type in _WITH_LINES else token.map[:1]


def _with_gaps(blocks: Iterator[_Block], text: str, lines: Lines, line: int) -> Iterator[_Block]:
    """Yield the blocks from a line on, and as text what the parser passed over, nested deep."""
    for block in blocks:
        yield from _gap(text, lines, line, block.first)
        yield block
        line = max(line, block.last)
    yield from _gap(text, lines, line, len(lines))


def _gap(text: str, lines: Lines, first: int, last: int) -> Iterator[_Block]:
    if first < last and has_word(text[lines.starts[first] : lines.ends[last - 1]]):
        yield _Block("text", first, last)


def _span(text: str, lines: Lines, block: _Block) -> tuple[int, int]:
    """Return the offsets of a block, without blank lines and marks of quotation before it."""
    last = min(block.last, len(lines))
    start, end = lines.starts[block.first], lines.ends[last - 1]
    marks = _QUOTE_MARKS.match(text, start, end)
    return trim(text, marks.end() if marks else start, end)


def _paragraphs(
    text: str, lines: Lines, block: _Block, start: int, end: int
) -> Sequence[Paragraph]:
    """Return the paragraph of a block, or one per line if its lines are very long."""
    if block.kind == "heading" and _is_heading(text, start, end):
        return [Paragraph(start, end, Kind.HEADING, level=block.level)]
    if _BOLD_LINE.fullmatch(text, start, end) and not is_label(text[start:end]):
        return [Paragraph(start, end, Kind.HEADING)]
    if block.kind in {"text", "heading", "html"}:
        if end - start > _LONG_LINE * (block.last - block.first):
            return read_paragraphs(text, start, end)
        return [Paragraph(start, end)]
    starts = (lines.starts[part] for part in block.parts)
    breaks = tuple(point for point in starts if start < point < end)
    header = (start, lines.ends[block.first]) if block.kind == "table" else None
    return [Paragraph(start, end, Kind.LINES, breaks, header=header)]


def _is_heading(text: str, start: int, end: int) -> bool:
    """Return whether a heading is one: a stray = or - under a line does not make it a heading."""
    last_line = text[start:end].splitlines()[-1].strip(" \t>")
    return text[start:end].lstrip(" \t>").startswith("#") or len(last_line) >= _SHORTEST_RULE
