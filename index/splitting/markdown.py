"""Markdown to paragraphs: block structure by markdown-it, offsets by its line numbers."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from index.splitting.head import is_byline, is_date, take_head
from index.splitting.line_cues import LINE_END, Lines, has_word, trim
from index.splitting.paragraphs import Kind, Paragraph, read_paragraphs
from index.splitting.structure import FoundHead, Omission

_LONGEST_PARSED = 1_000_000
"""Code points; a longer file is read as plain text, since parsing takes seconds a megabyte."""

_LONG_LINE = 200
_FIELD = re.compile(r"([A-Za-z_-]+):[ \t]+(\S.*?)[ \t]*")
_FIELDS = {
    "title": "title",
    "subtitle": "subtitle",
    "author": "byline",
    "authors": "byline",
    "byline": "byline",
    "date": "date",
    "published": "date",
}
_MARKUP = re.compile(r"<!--.*?(?:-->|\Z)|<[^<>]*>", re.DOTALL)
_TARGET = r"(?:\([^()]{0,1000}\)|\[[^\[\]]{0,200}\])"
_IMAGE = re.compile(rf"!\[[^\[\]]{{0,500}}\]{_TARGET}|\[\s{{0,9}}\]{_TARGET}")
_BOLD_LINE = re.compile(r"(\*\*|__)(?:(?!\1).)+\1")
_LINK_DEFINITION = re.compile(r"\s*\[(?!\^)[^\]]+\]:\s*\S+(?:\s+[\"'(].*)?\s*")
_QUOTE_MARKS = re.compile(r"[ \t]*(?:>[ \t]*)+")
_HEADING_MARKS = re.compile(r"^#{1,6}\s+|\s+#+$|\s*\n\s*[=-]+$")
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


def read_markdown(text: str) -> tuple[FoundHead, list[Paragraph]]:
    """Return what the head of a Markdown file states, and its paragraphs."""
    if len(text) > _LONGEST_PARSED:
        return take_head(text, read_paragraphs(text))
    head = FoundHead()
    lines = Lines.of(text)
    paragraphs: list[Paragraph] = []
    titles: list[Paragraph] = []
    barrier = False
    for block in _with_gaps(_blocks(text), text, lines):
        start, end = _span(text, lines, block)
        if block.kind == "rule" or not has_word(text[start:end]):
            barrier = True
        elif block.kind == "front_matter":
            _read_fields(head, text, start, end)
        elif _is_markup(block.kind, text[start:end]):
            head.omissions.append(Omission(start, end, "markup"))
            barrier = True
        else:
            for paragraph in _paragraphs(text, lines, block, start, end):
                paragraphs.append(replace(paragraph, block=len(paragraphs), barrier=barrier))
                barrier = False
            if block.level == 1:
                titles.append(paragraphs[-1])
    if titles:
        return head, _take_head(head, text, paragraphs, titles[0])
    if head.title or any(paragraph.kind is Kind.HEADING for paragraph in paragraphs):
        return head, paragraphs
    plain, paragraphs = take_head(text, paragraphs)
    plain.omissions += head.omissions
    return plain, paragraphs


def _blocks(text: str) -> Iterator[_Block]:
    """Yield the leaf blocks, and lists as wholes or, where blank lines part them, by item."""
    parser = MarkdownIt("commonmark").use(front_matter_plugin).enable("table")
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
        return _Block("lines", first, last, tuple(range(first + opening, last)))
    names = {
        "paragraph_open": "text",
        "html_block": "html",
        "hr": "rule",
        "front_matter": "front_matter",
    }
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


def _with_gaps(blocks: Iterator[_Block], text: str, lines: Lines) -> Iterator[_Block]:
    """Yield the blocks, and as text what the parser passed over between them (nested too deep)."""
    line = 0
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


def _is_markup(kind: str, text: str) -> bool:
    """Return whether a block holds nothing to read: comments, tags, images, link definitions."""
    if kind == "html":
        return not has_word(_MARKUP.sub("", text))
    if kind != "text":
        return False
    without_images = _IMAGE.sub("", _IMAGE.sub("", text)) if "![" in text else text
    return not has_word(without_images) or all(map(_LINK_DEFINITION.fullmatch, text.splitlines()))


def _paragraphs(
    text: str, lines: Lines, block: _Block, start: int, end: int
) -> Sequence[Paragraph]:
    """Return the paragraph of a block, or one per line if its lines are very long."""
    if block.kind == "heading" or _BOLD_LINE.fullmatch(text, start, end):
        return [Paragraph(start, end, Kind.HEADING)]
    if block.kind == "text":
        if end - start > _LONG_LINE * (block.last - block.first):
            return read_paragraphs(text, start, end)
        return [Paragraph(start, end)]
    breaks = (lines.starts[part] for part in block.parts)
    return [Paragraph(start, end, Kind.LINES, tuple(b for b in breaks if start < b < end))]


def _read_fields(head: FoundHead, text: str, start: int, end: int) -> None:
    """Take what simple `key: value` lines of the front matter state."""
    for line in LINE_END.split(text[start:end]):
        field = _FIELD.fullmatch(line)
        if field is None:
            continue
        key, value = field[1].lower(), field[2].strip("\"'[] ")
        name = _FIELDS.get(key)
        if name is None:
            head.fields.setdefault(key, value)
        elif not getattr(head, name):
            setattr(head, name, value)
    head.omissions.append(Omission(start, end, "front matter"))


def _take_head(
    head: FoundHead, text: str, paragraphs: Sequence[Paragraph], title: Paragraph
) -> list[Paragraph]:
    """Take the title, and a byline and a date right after it; return the paragraphs left."""
    wording = _HEADING_MARKS.sub("", text[title.start : title.end])
    is_new = not head.title or head.title == wording
    head.title = head.title or wording
    if not is_new or title is not paragraphs[0] or len(paragraphs) == 1:
        return list(paragraphs)
    head.omissions.append(Omission(title.start, title.end, "title"))
    position = 1
    while position < len(paragraphs) - 1:
        piece = text[paragraphs[position].start : paragraphs[position].end]
        if not head.byline and is_byline(piece):
            head.take("byline", text, paragraphs[position])
        elif not head.date and is_date(piece):
            head.take("date", text, paragraphs[position])
        else:
            break
        position += 1
    return list(paragraphs[position:])
