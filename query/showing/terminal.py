"""Hits as a person reads them in a terminal: wrapped, the best sentence in bold, nothing live."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from index import DocumentRecord, Passage
from query.hits import Hit
from query.ranking import Ranking, share_of_cases
from query.showing.safe_text import columns, pieces, shown
from query.showing.seen_text import seen_text

if TYPE_CHECKING:
    from query.showing.lines import ShownLine

# Lines longer than this are hard to read, however wide the terminal.
_WIDEST = 100
_NARROWEST = 20
_INDENT = 3
_MARK = " > "

# The modules for lists and links are imported late: a query in a pipe does without them.

_BOLD, _DIM, _CYAN, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[36m", "\x1b[0m"

_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Page:
    """The place in which a ranking is shown.

    `width` in columns, or None for lines that are not wrapped; `styled` for bold and dim;
    `corpus` is the folder that doc_ids are relative to. If it is `linked`, files are links. If it
    is `lined`, tables, lists and code keep their lines also if lines are not wrapped.
    """

    width: int | None
    styled: bool
    corpus: Path
    linked: bool = False
    lined: bool = False

    def style(self, text: str, code: str) -> str:
        """Return `text` in a style, if the page has styles."""
        return f"{code}{text}{_RESET}" if self.styled and code else text

    def path(self, doc_id: str) -> str:
        """Return the path of a document as it is best typed here."""
        path = self.corpus / doc_id
        return min(os.path.relpath(path), str(path), key=len)

    def url(self, doc_id: str) -> str:
        """Return the address of a document, or "" if the page has no links."""
        if not (self.linked and self.styled):
            return ""
        from query.showing.links import file_url

        return file_url(self.corpus / doc_id)


def render(
    ranking: Ranking, page: Page, neighbours: Mapping[int, Sequence[Passage]] | None = None
) -> str:
    """Return the hits of a ranking, a blank line between them, ending in a newline.

    `neighbours` are the passages that a hit is shown among, by its rank, itself with them.
    """
    found = neighbours or {}
    return "\n".join(_render_hit(hit, page, found.get(hit.rank)) for hit in ranking)


def article(
    document: DocumentRecord, passages: Sequence[Passage], marked: Passage, page: Page
) -> tuple[str, int]:
    """Return the passages of a document, one of them marked, and the line on which it begins.

    The line counts from 0. The headings of the document stand over the passages.
    """
    page = replace(page, lined=True)
    place = marked.locator.after(page.path(document.doc_id))
    source = f" · paragraph {marked.number} of {document.passages}"
    lines = [
        *_lines(_words(document.line or document.doc_id), page, _CYAN),
        *_lines(_words(place, page.url(document.doc_id)) + _words(source), page, _DIM),
        "",
    ]
    at, section = 0, ""
    for passage in passages:
        if passage.section and passage.section != section:
            lines += [*_lines(_words(passage.section), page, _CYAN), ""]
        section = passage.section
        if passage.number == marked.number:
            at = len(lines)
        lines += _marked([passage], marked, page)
    return "\n".join(lines[:-1]) + "\n", at


def no_match(ranking: Ranking, page: Page) -> str:
    """Return the message if nothing matches: one line, if the page is wide enough."""
    return note(
        "Nothing here is about that: an unrelated question would match as well "
        f"{share_of_cases(ranking.p_chance)} of the time. --all shows the nearest passages.",
        page,
    )


def nothing_else(ranking: Ranking, page: Page) -> str:
    """Return the note below fewer hits than were asked for, if others were left out."""
    if not ranking.left_out:
        return ""
    text = "No other passage is better than chance; --all shows the nearest."
    return f"\n{aside(text, page)}"


def note(text: str, page: Page, style: str = "") -> str:
    """Return a sentence on as many lines as it takes."""
    return "".join(f"{_styled(line, style, page)}\n" for line in _wrap(_words(text), page))


def aside(text: str, page: Page) -> str:
    """Return a sentence as `note` does, dimmed."""
    return note(text, page, _DIM)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word, the spaces before it, and the address that it leads to."""

    text: str
    strong: bool = False
    before: int = 1
    url: str = ""


def _render_hit(hit: Hit, page: Page, neighbours: Sequence[Passage] | None) -> str:
    """Title, passage and source, each line indented under the rank."""
    best = hit.passage.place_of(hit.best.start), hit.passage.place_of(hit.best.end)
    if neighbours is None:
        body = list(_passage(hit.passage, page, best))
    else:
        body = list(_marked(neighbours, hit.passage, page, best, _DIM))
    lines = [
        *_lines(_words(_title(hit)), page, _CYAN),
        *body,
        *_lines(_source(hit, page), page, _DIM),
    ]
    rank = str(hit.rank).ljust(_INDENT - 1) + " "
    return "".join(
        f"{rank}{line[_INDENT:]}\n" if number == 0 else f"{line}\n"
        for number, line in enumerate(lines)
    )


def _lines(words: list[_Word], page: Page, style: str) -> Iterator[str]:
    """Yield words as lines that are indented and in a style."""
    for line in _wrap(words, page):
        yield " " * _INDENT + _styled(line, style, page)


def _marked(
    passages: Iterable[Passage],
    marked: Passage,
    page: Page,
    best: tuple[int, int] = (0, 0),
    style: str = "",
) -> Iterator[str]:
    """Yield the lines of passages, a blank line after each, one of them with a mark before it."""
    for passage in passages:
        if passage.number == marked.number:
            lines = _passage(passage, page, best)
            yield from (f"{page.style(_MARK, _BOLD)}{line[_INDENT:]}" for line in lines)
        else:
            yield from _passage(passage, page, style=style)
        yield ""


def _title(hit: Hit) -> str:
    return hit.document.line or hit.passage.doc_id


def _source(hit: Hit, page: Page) -> list[_Word]:
    """Return the words of the line under a hit; its file and place lead to the file."""
    also = f" · also in {', '.join(hit.also_in)}" if hit.also_in else ""
    section = "".join(f" · {part}" for part in [hit.passage.place_words] if part)
    place = hit.passage.locator.after(page.path(hit.passage.doc_id))
    chance = "" if hit.matches else " · no better than chance"
    rest = f"{section} · paragraph {hit.passage.number} · {hit.score:.2f}{chance}{also}"
    return _words(place, page.url(hit.passage.doc_id)) + _words(rest)


def _words(text: str, url: str = "") -> list[_Word]:
    return [_Word(shown(word), url=url) for word in text.split()]


def _passage(
    passage: Passage, page: Page, best: tuple[int, int] = (0, 0), style: str = ""
) -> Iterator[str]:
    """Yield the lines of a passage, indented; `best` is the stretch of its text in bold."""
    header = _words(passage.table_header)
    seen = seen_text(passage)
    text, best = seen.text, (seen.place_of(best[0]), seen.place_of(best[1]))
    if page.width is None and not page.lined:
        yield from _lines(header + _words_of(text, best), page, style)
        return
    from query.showing.lines import shown_lines

    if header:
        yield from _lines(header, page, style)
    joints = [seen.place_of(passage.place_of(gap.start)) for gap in passage.gaps]
    for line in shown_lines(text, joints, seen.line_ends):
        words = _words_of(text, best, line)
        for part in _wrap(words, page, line.indent, line.hanging):
            yield " " * _INDENT + _styled(part, style, page)


def _words_of(text: str, best: tuple[int, int], line: ShownLine | None = None) -> list[_Word]:
    """Return the words of a passage, or of a line of it, with its spaces if it is spaced."""
    words: list[_Word] = []
    start, stop = (line.start, line.end) if line else (0, len(text))
    end = start
    for match in _WORD.finditer(text, start, stop):
        space = text[end : match.start()].expandtabs(2) if line and line.spaced else ""
        strong = best[0] <= match.start() < best[1]
        words.append(_Word(shown(match[0]), strong, max(len(space), 1)))
        end = match.end()
    return words


def _wrap(
    words: list[_Word], page: Page, indent: int = 0, hanging: int = 0
) -> Iterator[list[_Word]]:
    """Lines of words that fit the page beside the indent; a longer word is broken.

    `indent` columns stand before the first line, and `hanging` before the others.
    """
    if page.width is None:
        yield [replace(word, before=word.before if n else indent) for n, word in enumerate(words)]
        return
    room = max(min(page.width, _WIDEST) - _INDENT, _NARROWEST - _INDENT)
    indent, hanging = min(indent, room // 2), min(hanging, room // 2)
    line: list[_Word] = []
    used = 0
    start = indent
    for word in _all_broken(words, room - max(indent, hanging)):
        width = columns(word.text)
        if line and used + word.before + width > room:
            yield line
            line, start = [], hanging
        before = word.before if line else start
        used = before + width + (used if line else 0)
        line.append(replace(word, before=before))
    yield line


def _all_broken(words: Iterable[_Word], room: int) -> Iterator[_Word]:
    for word in words:
        yield from _broken(word, room)


def _broken(word: _Word, room: int) -> Iterator[_Word]:
    """Yield a word in pieces of at most `room` columns."""
    if columns(word.text) <= room:
        yield word
        return
    for piece in pieces(word.text, room):
        yield replace(word, text=piece)


def _styled(line: list[_Word], style: str, page: Page) -> str:
    """Return a line with its strong words in bold; `style` is that of the whole line."""
    parts: list[str] = []
    for (strong, url), run in groupby(line, key=lambda word: (word.strong, word.url)):
        first, *others = run
        text = first.text + "".join(" " * word.before + word.text for word in others)
        text = page.style(text, _BOLD if strong else style)
        parts.append(" " * first.before + (_linked(text, url) if url else text))
    return "".join(parts)


def _linked(text: str, url: str) -> str:
    from query.showing.links import linked

    return linked(text, url)
