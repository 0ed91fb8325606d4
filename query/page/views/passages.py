"""A passage in its article: paragraphs, headings, lists, tables and code, with what is marked."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Literal

from index import Passage, Sentence
from query.page.views.html import Html, joined, tag, text
from query.showing.lines import ShownLine, shown_lines
from query.showing.seen_text import SeenText, seen_text

_WORD = re.compile(r"\S+")
_LAID_OUT = re.compile(r"\n(?: {2}|\t)")
# A command, an import, an assignment, or a call.
_SOURCE = re.compile(
    r"[%!@]\S.*|import [\w.]+(?: as \w+)?|from [\w.]+ import .+"
    r"|[\w.]+(?:\[[^\]]*\])*(?:, ?[\w.]+)* ?(?:[-+*/|&]?=|<-) ?[^\s=].*|[\w.]+[(\[].*[)\]]"
)
_MOST_DEEP = 6
# The headings of an article stand below its title, which is the second level of the page.
_FIRST_LEVEL = 3

_Kind = Literal["heading", "item", "row", "code", "prose"]


@dataclass(frozen=True, slots=True)
class Marks:
    """What is marked in a passage: its best sentence, and words by their places on screen.

    `words` gives for the place of a word the attributes of its element.
    """

    best: Sentence | None = None
    words: Mapping[int, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Block:
    """A line on screen, and as what it is shown; `level` is that of a heading or of an item."""

    kind: _Kind
    start: int
    end: int
    level: int = 0


def headings_over(passage: Passage, before: Passage | None) -> list[tuple[int, str]]:
    """Return the headings that begin with a passage and are not in it, each with its level."""
    above = before.path if before is not None else ()
    same = 0
    while same < min(len(above), len(passage.path)) and above[same] == passage.path[same]:
        same += 1
    missing = set(passage.section.split(" › ")) if passage.section else set()
    return [
        (_level(depth), heading)
        for depth, heading in enumerate(passage.path)
        if depth >= same and (heading in missing or heading in passage.section)
    ]


def heading(level: int, *content: str) -> Html:
    """Return a heading of an article."""
    return tag(f"h{level}", *content, dir="auto")


def body(passage: Passage, marks: Marks | None = None) -> Html:
    """Return a passage as elements, with what is marked in it."""
    return _Body(passage, marks or Marks()).elements()


def _level(depth: int) -> int:
    return min(_FIRST_LEVEL + depth, _MOST_DEEP)


class _Body:
    """The text of a passage on screen, and what is hidden or marked in it."""

    def __init__(self, passage: Passage, marks: Marks) -> None:
        self._passage = passage
        self._seen: SeenText = seen_text(passage)
        self._text = self._seen.text
        self._in_cell = any(anchor.label.startswith("cell ") for anchor in passage.anchors)
        self._words = marks.words
        self._starts = [match.start() for match in _WORD.finditer(self._text)]
        best = marks.best
        self._best = (self._place(best.start), self._place(best.end)) if best else (0, 0)
        # Signs that stand for nothing that a reader sees, such as `**`.
        self._hidden = [
            (self._place(mark.start), self._place(mark.end), mark.shown)
            for mark in passage.markup
            if not mark.shown.strip(" ")
        ]
        self._hidden_starts = [start for start, _, _ in self._hidden]

    def _place(self, offset: int) -> int:
        return self._seen.place_of(self._passage.place_of(offset))

    def elements(self) -> Html:
        """Return all of it."""
        parts: list[str] = []
        caption = self._passage.table_header
        for kind, group in groupby(self._blocks(), key=lambda block: block.kind):
            blocks = list(group)
            if kind == "row":
                parts.append(self._table(blocks, caption))
                caption = ""
            elif kind == "code":
                parts.append(self._code(blocks))
            elif kind == "item":
                parts.append(tag("ul", *(self._item(block) for block in blocks)))
            else:
                parts += [self._paragraph(block) for block in blocks]
        if caption:
            parts.insert(0, tag("p", caption, class_="caption", dir="auto"))
        return joined(parts)

    def _blocks(self) -> Iterator[_Block]:
        joints = [self._place(gap.start) for gap in self._passage.gaps]
        opening = True
        for line in self._lines(shown_lines(self._text, joints, self._seen.line_ends)):
            plain = " ".join(self._plain(line.start, line.end).split())
            if not plain:
                continue  # a fence, or the rule below the header of a table
            if opening and plain in self._passage.path:
                level = _level(self._passage.path.index(plain))
                yield _Block("heading", line.start, line.end, level)
                continue
            opening = False
            yield self._block(line)

    def _lines(self, lines: Sequence[ShownLine]) -> Iterator[ShownLine]:
        """Yield lines, a heading that its text follows at once on a line of its own."""
        for line in lines:
            end = self._text.find("\n", line.start, line.end)
            first = " ".join(self._plain(line.start, max(end, line.start)).split())
            if line is lines[0] and end > 0 and first in self._passage.path:
                yield ShownLine(line.start, end)
                yield ShownLine(end, line.end)
            else:
                yield line

    def _block(self, line: ShownLine) -> _Block:
        written = self._text[line.start : line.end]
        extracted = not self._passage.line
        if line.spaced and ("\t" in written or self._bars(line.start, line.end)):
            return _Block("row", line.start, line.end)
        if self._is_source(written) or (extracted and _LAID_OUT.search(written)):
            return _Block("code", line.start, line.end)
        if self._seen.line_ends:  # those of values, which may be prose
            return _Block("prose", line.start, line.end)
        if line.spaced:
            return _Block("code", line.start, line.end)
        if line.hanging > line.indent:
            return _Block("item", line.start, line.end, min(line.indent // 2, 4))
        return _Block("prose", line.start, line.end)

    def _is_source(self, written: str) -> bool:
        """Return whether a line is code of a notebook, as far as a line alone can tell that."""
        return self._in_cell and bool(self._seen.line_ends or _SOURCE.fullmatch(written.strip()))

    def _paragraph(self, block: _Block) -> Html:
        content = self._inline(block.start, block.end)
        if block.kind == "heading":
            return heading(block.level, content)
        return tag("p", content, dir="auto")

    def _item(self, block: _Block) -> Html:
        level = f"deep-{block.level}" if block.level else None
        return tag("li", self._inline(block.start, block.end), dir="auto", class_=level)

    def _code(self, blocks: Sequence[_Block]) -> Html:
        lines: list[str] = []
        for above, block in zip([None, *blocks], blocks, strict=False):
            if above and "\n" in self._text[above.end : block.start]:
                lines.append("")
            lines.append(self._inline(block.start, block.end).rstrip("\r\n"))
        return tag("pre", Html("\n".join(lines)), tabindex="0")

    def _table(self, blocks: Sequence[_Block], caption: str) -> Html:
        rows = [self._row(block) for block in blocks]
        above = [tag("caption", caption, dir="auto")] if caption else []
        table = tag("table", *above, tag("tbody", *rows))
        return tag("div", table, class_="table", tabindex="0", role="group", aria_label="Table")

    def _row(self, block: _Block) -> Html:
        cells = [
            tag("td", self._inline(start, end), dir="auto")
            for start, end in self._cells(block.start, block.end)
        ]
        return tag("tr", *cells)

    def _cells(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the cells of a row: what stands between bars or tabs."""
        parted = self._bars(start, end) or [
            match.start() for match in re.compile("\t").finditer(self._text, start, end)
        ]
        edges = [start - 1, *parted, end]
        cells = [(one + 1, other) for one, other in pairwise(edges)]
        if self._bars(start, end):  # which may stand before the first cell and after the last
            inner = cells[1:-1]
            first, last = cells[0], cells[-1]
            cells = [
                *([first] if self._text[slice(*first)].strip() else []),
                *inner,
                *([last] if self._text[slice(*last)].strip() else []),
            ]
        return cells

    def _bars(self, start: int, end: int) -> list[int]:
        """Return the places of bars between cells, which are markup."""
        return [
            place
            for place, stop, seen in self._hidden_in(start, end)
            if seen == " " and self._text[place:stop] == "|"
        ]

    def _hidden_in(self, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        first = max(bisect_right(self._hidden_starts, start) - 1, 0)
        for begin, stop, seen in self._hidden[first:]:
            if begin >= end:
                break
            if stop > start:
                yield max(begin, start), min(stop, end), seen

    def _plain(self, start: int, end: int) -> str:
        """Return what a reader sees of a stretch."""
        pieces = self._pieces(start, end)
        return "".join(
            self._text[one:other] if seen is None else seen for one, other, seen in pieces
        )

    def _pieces(self, start: int, end: int) -> Iterator[tuple[int, int, str | None]]:
        """Yield a stretch in pieces, those that are hidden with what is seen in their place."""
        position = start
        for begin, stop, seen in self._hidden_in(start, end):
            if begin > position:
                yield position, begin, None
            yield begin, stop, seen
            position = max(position, stop)
        if position < end:
            yield position, end, None

    def _inline(self, start: int, end: int) -> Html:
        """Return a stretch with the best sentence lit, and words that have a share as elements."""
        parts: list[tuple[bool, Html]] = []
        for begin, stop, seen in self._pieces(start, end):
            if seen is not None:
                parts.append((self._is_best(begin), text(seen)))
                continue
            parts += [
                (self._is_best(one), self._worded(one, other))
                for one, other in _cut(begin, stop, self._best)
            ]
        runs = groupby(parts, key=lambda part: part[0])
        return joined(
            tag("mark", *content, class_="best") if best else joined(content)
            for best, content in ((best, [part for _, part in run]) for best, run in runs)
        )

    def _is_best(self, place: int) -> bool:
        return self._best[0] <= place < self._best[1]

    def _worded(self, start: int, end: int) -> Html:
        if not self._words:
            return text(self._text[start:end])
        parts: list[str] = []
        position = start
        for match in _WORD.finditer(self._text, start, end):
            # Marks inside a word, as those of emphasis, part it into several pieces.
            whole = self._starts[bisect_right(self._starts, match.start()) - 1]
            attributes = self._words.get(whole)
            if attributes is not None:
                parts += [self._text[position : match.start()], tag("span", match[0], **attributes)]
                position = match.end()
        return joined([*parts, self._text[position:end]])


def _cut(start: int, end: int, at: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield a stretch in parts that end at some places."""
    edges = [start, *sorted(place for place in at if start < place < end), end]
    yield from pairwise(edges)
