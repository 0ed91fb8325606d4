"""Hits as a person reads them in a terminal: wrapped, the best sentence in bold, nothing live."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, groupby
from pathlib import Path

from query.hits import Hit
from query.ranking import Ranking
from query.showing.safe_text import columns, pieces, shown

# Lines longer than this are hard to read, however wide the terminal.
_WIDEST = 100
_NARROWEST = 20
_INDENT = 3

_BOLD, _DIM, _CYAN, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[36m", "\x1b[0m"

_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Page:
    """The place in which a ranking is shown.

    `width` in columns, or None for lines that are not wrapped; `styled` for bold and dim;
    `corpus` is the folder that doc_ids are relative to.
    """

    width: int | None
    styled: bool
    corpus: Path

    def style(self, text: str, code: str) -> str:
        """Return `text` in a style, if the page has styles."""
        return f"{code}{text}{_RESET}" if self.styled and code else text


def render(ranking: Ranking, page: Page) -> str:
    """Return the hits of a ranking, a blank line between them, ending in a newline."""
    return "\n".join(_render_hit(hit, page) for hit in ranking)


def no_match(ranking: Ranking, page: Page) -> str:
    """Return the message if nothing matches: one line, if the page is wide enough."""
    text = (
        "Nothing here is about that: an unrelated question would match as well "
        f"{ranking.p_chance:.0%} of the time. --all shows the nearest passages."
    )
    return "".join(f"{_styled(line, '', page)}\n" for line in _wrap(_words(text), page))


def nothing_else(ranking: Ranking, page: Page) -> str:
    """Return the note below fewer hits than were asked for, if others were left out."""
    if not ranking.left_out:
        return ""
    text = "No other passage is better than chance; --all shows the nearest."
    return "\n" + "".join(f"{_styled(line, _DIM, page)}\n" for line in _wrap(_words(text), page))


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    strong: bool = False


def _render_hit(hit: Hit, page: Page) -> str:
    """Title, passage and source, each line indented under the rank."""
    blocks = [
        (_words(_title(hit)), _CYAN),
        (_passage_words(hit), ""),
        (_words(_source(hit, page)), _DIM),
    ]
    lines = [_styled(line, style, page) for words, style in blocks for line in _wrap(words, page)]
    rank = str(hit.rank).ljust(_INDENT - 1) + " "
    return "".join(
        f"{rank if number == 0 else ' ' * _INDENT}{line}\n" for number, line in enumerate(lines)
    )


def _title(hit: Hit) -> str:
    return hit.document.line or hit.passage.doc_id


def _source(hit: Hit, page: Page) -> str:
    path = page.corpus / hit.passage.doc_id
    place = min(os.path.relpath(path), str(path), key=len)
    also = f" · also in {', '.join(hit.also_in)}" if hit.also_in else ""
    section = "".join(f" · {part}" for part in [hit.passage.place_words] if part)
    source = hit.passage.locator.after(place)
    chance = "" if hit.matches else " · no better than chance"
    return f"{source}{section} · paragraph {hit.passage.number} · {hit.score:.2f}{chance}{also}"


def _words(text: str) -> list[_Word]:
    return [_Word(shown(word)) for word in text.split()]


def _passage_words(hit: Hit) -> list[_Word]:
    passage = hit.passage
    first, last = passage.place_of(hit.best.start), passage.place_of(hit.best.end)
    header = _words(passage.table_header)
    return header + [
        _Word(shown(word[0]), first <= word.start() < last) for word in _WORD.finditer(passage.text)
    ]


def _wrap(words: list[_Word], page: Page) -> Iterator[list[_Word]]:
    """Lines of words that fit the page beside the indent; a longer word is broken."""
    if page.width is None:
        yield words
        return
    room = max(min(page.width, _WIDEST) - _INDENT, _NARROWEST - _INDENT)
    line: list[_Word] = []
    used = 0
    for word in chain.from_iterable(_broken(word, room) for word in words):
        width = columns(word.text)
        if line and used + 1 + width > room:
            yield line
            line, used = [], 0
        used += width + (1 if line else 0)
        line.append(word)
    yield line


def _broken(word: _Word, room: int) -> Iterator[_Word]:
    """Yield a word in pieces of at most `room` columns."""
    if columns(word.text) <= room:
        yield word
        return
    for piece in pieces(word.text, room):
        yield replace(word, text=piece)


def _styled(line: list[_Word], style: str, page: Page) -> str:
    """Return a line with its strong words in bold; `style` is that of the whole line."""
    runs = groupby(line, key=lambda word: word.strong)
    return " ".join(
        page.style(" ".join(word.text for word in run), _BOLD if strong else style)
        for strong, run in runs
    )
