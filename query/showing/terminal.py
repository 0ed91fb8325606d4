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
from query.options import MOST_CHANCE
from query.ranking import Ranking, share_of_cases
from query.showing.safe_text import columns_in_line, pieces, shown
from query.showing.seen_text import seen_text

if TYPE_CHECKING:
    from query.citing.line_verification import LineVerification
    from query.explaining.explanation import ExplainedVerdict, Explanation
    from query.explaining.why_not import WhyNot
    from query.showing.lines import ShownLine

# Lines longer than this are hard to read, however wide the terminal.
_WIDEST = 100
_NARROWEST = 20
# Narrower, the parts of a score have lines of their own.
_NARROW = 40
_INDENT = 3
_MARK = " > "
# Characters of a quotation that is there to be recognised.
_MOST_QUOTED = 200

# The modules for lists and links are imported late: a query in a pipe does without them.

_BOLD, _DIM, _CYAN, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[36m", "\x1b[0m"

# Black on yellow, the stronger the more a word adds.
_SHADES = ("", "\x1b[30;48;5;230m", "\x1b[30;48;5;222m", "\x1b[30;48;5;214m")

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
    ranking: Ranking,
    page: Page,
    neighbours: Mapping[int, Sequence[Passage]] | None = None,
    explanations: Mapping[int, Explanation] | None = None,
) -> str:
    """Return the hits of a ranking, a blank line between them, ending in a newline.

    `neighbours` are the passages that a hit is shown among, by its rank, itself with them.
    `explanations`, by rank too, say why each hit has its score.
    """
    found, why = neighbours or {}, explanations or {}
    return "\n".join(
        _render_hit(hit, page, found.get(hit.rank), why.get(hit.rank)) for hit in ranking
    )


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


def verified(found: LineVerification, page: Page) -> str:
    """Return what became of the words that a line cites, and below it how they begin."""
    place = f"{found.locator.after(page.path(found.doc_id))}:"
    words = _words(place, page.url(found.doc_id)) + _words(found.reason)
    lines = [_styled(line, "" if found.ok else _BOLD, page) for line in _wrap(words, page, 0, 2)]
    if found.text:
        text = found.text
        if len(text) > _MOST_QUOTED:
            beginning = text[:_MOST_QUOTED]
            text = f"{beginning.rpartition(' ')[0] or beginning} …"
        lines += _lines(_words(f"“{text}”"), page, _DIM)
    return "\n".join(lines) + "\n"


def no_match(ranking: Ranking, page: Page) -> str:
    """Return the message if nothing matches: one line, if the page is wide enough."""
    # Something may well be about it, if only a smaller chance than the usual one was accepted.
    usual = ranking.p_chance > MOST_CHANCE
    said = "Nothing here is about that" if usual else "Nothing here matches as well as --p wants"
    return note(
        f"{said}: an unrelated question would match as well "
        f"{share_of_cases(ranking.p_chance)} of the time. --all shows the nearest passages.",
        page,
    )


def nothing_else(ranking: Ranking, page: Page) -> str:
    """Return the note below fewer hits than were asked for, if others were left out."""
    if not ranking.left_out:
        return ""
    text = "No other passage is better than chance; --all shows the nearest."
    return f"\n{aside(text, page)}"


def explained_below(
    verdict: ExplainedVerdict, explanations: Iterable[Explanation], page: Page
) -> str:
    """Return what is said once, below the hits that are explained, and why there is a verdict."""
    from query.explaining.telling import LEGEND
    from query.showing.explained import DRAWING_LEGEND, drawing, verdict_line

    reasons = dict.fromkeys(each.no_tokens for each in explanations)
    said = [f"Cosines are not divided among words: {reason}." for reason in reasons if reason]
    said += [LEGEND] if reasons else []
    width = min(page.width or _WIDEST, _WIDEST)
    drawn = page.style(drawing(verdict, width), _CYAN)
    return "".join(
        [
            *(aside(text, page) for text in said),
            "\n" if said else "",
            note(verdict_line(verdict), page),
            f"{drawn}\n",
            aside(DRAWING_LEGEND, page),
        ]
    )


def not_shown(found: WhyNot, page: Page) -> str:
    """Return where a passage stands for a question, what put it there, and its parts.

    The parts stand beside those of the last hit that is shown.
    """
    from query.showing.explained import beside

    standing, passage = found.standing, found.passage
    place = _words(passage.locator.after(page.path(passage.doc_id)), page.url(passage.doc_id))
    said = (
        f"number {standing.rank:,} of {standing.passages:,} passages that may be hits, "
        f"score {standing.score:.3f}, chance {share_of_cases(standing.p_chance)}"
    )
    lines = [
        *_lines(_words(found.document.line or passage.doc_id), page, _CYAN),
        *_passage(passage, page, why=found.explanation),
        *_lines(place + _words(f"· paragraph {passage.number}"), page, _DIM),
        "",
        *_lines(_words(f"It stands as {said}."), page, _BOLD),
    ]
    for reason in found.reasons:
        parts = _wrap(_words(reason), page, 2, 2)
        for number, part in enumerate(parts):
            line = _styled(part, "", page)
            lines.append(" " * _INDENT + ("- " + line[2:] if number == 0 else line))
    lines += ["", *_lines(_words("Its parts:"), page, _BOLD)]
    lines += _explained_part_lines(found.explanation, page)
    if found.last is not None and found.last_explanation is not None:
        lines += ["", *_lines(_words(beside(found.last)), page, _BOLD)]
        lines += _explained_part_lines(found.last_explanation, page)
    return "\n".join(lines) + "\n"


def _explained_part_lines(explanation: Explanation, page: Page) -> Iterator[str]:
    """Yield the sum of a score, and a line for each of its parts, indented."""
    yield from _lines(_words(explanation.sum_line), page, "")
    narrow = page.width is not None and page.width < _NARROW
    for part in explanation.shown_parts():
        label, words = f"{part.name:8} {part.share:>6}", _words(part.carried_by)
        hanging = 2 if narrow else len(label) + 1
        lines = [*_wrap(words, page, hanging, hanging)] if words else []
        texts = [" " * _INDENT + _styled(line, _DIM, page) for line in lines]
        if narrow or not texts:
            yield from [" " * _INDENT + label, *texts]
        else:
            first, *others = texts
            yield from [f"{' ' * _INDENT}{label} {first[_INDENT + hanging :]}", *others]


def note(text: str, page: Page, style: str = "") -> str:
    """Return a sentence on as many lines as it takes."""
    return "".join(f"{_styled(line, style, page)}\n" for line in _wrap(_words(text), page))


def aside(text: str, page: Page) -> str:
    """Return a sentence as `note` does, dimmed."""
    return note(text, page, _DIM)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word, the spaces before it, the address that it leads to, and how much it adds."""

    text: str
    strong: bool = False
    before: int = 1
    url: str = ""
    level: int = 0


def _render_hit(
    hit: Hit,
    page: Page,
    neighbours: Sequence[Passage] | None,
    explanation: Explanation | None,
) -> str:
    """Title, passage and source, each line indented under the rank, and why it has its score."""
    best = hit.passage.place_of(hit.best.start), hit.passage.place_of(hit.best.end)
    if neighbours is None:
        body = list(_passage(hit.passage, page, best, why=explanation))
    else:
        body = list(_marked(neighbours, hit.passage, page, best, _DIM, explanation))
    lines = [
        *_lines(_words(_title(hit)), page, _CYAN),
        *body,
        *_lines(_source(hit, page), page, _DIM),
    ]
    if explanation is not None:
        lines += _explained_part_lines(explanation, page)
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
    why: Explanation | None = None,
) -> Iterator[str]:
    """Yield the lines of passages, a blank line after each, one of them with a mark before it."""
    for passage in passages:
        if passage.number == marked.number:
            lines = _passage(passage, page, best, why=why)
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
    passage: Passage,
    page: Page,
    best: tuple[int, int] = (0, 0),
    style: str = "",
    why: Explanation | None = None,
) -> Iterator[str]:
    """Yield the lines of a passage, indented; `best` is the stretch of its text in bold."""
    header = _words(passage.table_header)
    seen = seen_text(passage)
    levels = why.levels(seen) if why is not None else {}
    text, best = seen.text, (seen.place_of(best[0]), seen.place_of(best[1]))
    if page.width is None and not page.lined:
        yield from _lines(header + _words_of(text, best, levels), page, style)
        return
    from query.showing.lines import shown_lines

    if header:
        yield from _lines(header, page, style)
    joints = [seen.place_of(passage.place_of(gap.start)) for gap in passage.gaps]
    for line in shown_lines(text, joints, seen.line_ends):
        words = _words_of(text, best, levels, line)
        for part in _wrap(words, page, line.indent, line.hanging):
            yield " " * _INDENT + _styled(part, style, page)


def _words_of(
    text: str,
    best: tuple[int, int],
    levels: Mapping[int, int],
    line: ShownLine | None = None,
) -> list[_Word]:
    """Return the words of a passage, or of a line of it, with its spaces if it is spaced.

    `levels` says how strongly words are marked, by their places.
    """
    words: list[_Word] = []
    start, stop = (line.start, line.end) if line else (0, len(text))
    end = start
    for match in _WORD.finditer(text, start, stop):
        space = text[end : match.start()].expandtabs(2) if line and line.spaced else ""
        strong = best[0] <= match.start() < best[1]
        level = levels.get(match.start(), 0)
        word = shown(match[0]) + _mark(level)
        words.append(_Word(word, strong, max(len(space), 1), level=level))
        end = match.end()
    return words


def _mark(level: int) -> str:
    if not level:
        return ""
    from query.explaining.telling import MARKS

    return MARKS[level]


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
        width = columns_in_line(word.text)
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
    if columns_in_line(word.text) <= room:
        yield word
        return
    for piece in pieces(word.text, room):
        yield replace(word, text=piece)


def _styled(line: list[_Word], style: str, page: Page) -> str:
    """Return a line with its strong words in bold; `style` is that of the whole line."""
    parts: list[str] = []
    for (strong, url, level), run in groupby(line, key=lambda w: (w.strong, w.url, w.level)):
        first, *others = run
        text = first.text + "".join(" " * word.before + word.text for word in others)
        text = page.style(text, (_BOLD if strong else style) + _SHADES[level])
        parts.append(" " * first.before + (_linked(text, url) if url else text))
    return "".join(parts)


def _linked(text: str, url: str) -> str:
    from query.showing.links import linked

    return linked(text, url)
