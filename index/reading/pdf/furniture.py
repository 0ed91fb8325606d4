"""Running heads, feet and page numbers: what stands outermost at the same height on many pages."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from index.reading.pdf.elements import Page, Row, Word
from index.reading.pdf.tables import segments_of
from index.reading.pdf.words import join_words, rows_of

_FEWEST_PAGES = 3
_ROUNDS = 4
"""The most lines of a head or a foot."""

_BAND = 0.2
"""The part of the height of a page, at its top and its foot, in which furniture stands."""

_SAME_HEIGHT = 3.0
_LARGER = 1.15
_APART = 2.5
"""The distance to the text, in parts of its size, that makes a head of a line printed twice."""

_CLOSE = 1.5
"""The distance of the lines of a paragraph, at most, in parts of the font size."""

_FEWEST_LETTERS = 3
"""The letters from which on a part of a row is a name rather than a sign."""

_PLAIN = re.compile(r"[\W_]+")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
_NUMBER = r"\d{1,5}|[ivxlc]{1,8}|[IVXLC]{1,8}"
_FIRST = re.compile(
    rf"[\W_]*(?:page|seite|p\.|s\.)?\s*({_NUMBER})(?:\s*(?:/|of|von)\s*\d+)?(?=\W|$)", re.I
)
_LAST = re.compile(
    rf"(?:^|(?<=\s)|(?<=[-–—|]))({_NUMBER})(?:\s*(?:/|of|von|de|sur)\s*\d+)?[\W_]*$", re.I
)
_ALONE = re.compile(
    rf"[\W_]*(?:(?:page|seite|p\.|s\.|página|pagina|side|sida)\s*)?(?:{_NUMBER})"
    r"(?:\s*(?:/|of|von|de|sur|di|-)\s*\d{1,5})?[\W_]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Outermost:
    """The first or last row of a page that is not furniture yet. `gap` is the white to the next."""

    page: int
    row: Row
    text: str
    gap: float


def find_furniture(pages: Sequence[Page]) -> dict[int, list[Row]]:
    """Return the rows of each page, by its number, that are furniture."""
    rows = {page.number: rows_of(page.words) for page in pages}
    heights = {page.number: page.height for page in pages}
    labels = {page.number: page.label or str(page.number) for page in pages}
    words = Counter(round(row.size, 1) for own in rows.values() for row in own for _ in row.words)
    body = words.most_common(1)[0][0] if words else 10.0
    found: dict[int, list[Row]] = defaultdict(list)
    for at_top in (True, False):
        for _ in range(_ROUNDS):
            outermost = list(_outermost(rows, heights, at_top=at_top))
            furniture = _furniture_of(outermost, labels, body)
            for item in furniture:
                found[item.page].append(item.row)
                rows[item.page].remove(item.row)
            if not furniture:
                break
        for page, own in found.items():
            _keep_text(own, rows[page], at_top=at_top)
    return found


def _keep_text(found: list[Row], rest: Sequence[Row], *, at_top: bool) -> None:
    """Take back the rows between which and the text there is no white: they are text."""
    if not rest:
        return
    next_row = rest[0] if at_top else rest[-1]
    while found and (found[-1].y < next_row.y) == at_top:
        distance = abs(found[-1].y - next_row.y)
        is_alone = _ALONE.fullmatch(join_words(found[-1].words))
        is_other = abs(found[-1].size - next_row.size) > 0.3
        if is_alone or is_other or distance > _CLOSE * max(found[-1].size, next_row.size):
            return
        next_row = found.pop()


def without_rows(words: Sequence[Word], rows: Iterable[Row]) -> list[Word]:
    """Return the words that do not stand in one of the rows."""
    orders = {word.order for row in rows for word in row.words}
    return [word for word in words if word.order not in orders] if orders else list(words)


def _outermost(
    rows: dict[int, list[Row]], heights: dict[int, float], *, at_top: bool
) -> Iterable[_Outermost]:
    for page, own in rows.items():
        if not own:
            continue
        row = own[0] if at_top else own[-1]
        height = heights[page]
        if (row.y if at_top else height - row.y) > _BAND * height:
            continue
        inner = own[1:4] if at_top else own[-2:-5:-1]
        if inner and _is_table_row(row, inner):
            continue
        gap = abs(inner[0].y - row.y) if inner else 1e6
        yield _Outermost(page, row, join_words(row.words), gap)


def _is_table_row(row: Row, inner: Sequence[Row]) -> bool:
    """Check whether a row stands over or under others with cells at the same places."""
    cells = segments_of(row)
    if len(cells) < 2:
        return False
    starts = [{round(part[0].x0 / 3) for part in segments_of(other)} for other in inner]
    own = {round(part[0].x0 / 3) for part in cells}
    aligned = [len(own & other) >= 2 for other in starts]
    distances = [abs(b.y - a.y) for a, b in pairwise([row, *inner])]
    return aligned[0] and distances[0] <= 1.5 * min(distances)


def _furniture_of(
    outermost: Sequence[_Outermost], labels: dict[int, str], body: float
) -> list[_Outermost]:
    """Return those that are furniture, band by band."""
    found: list[_Outermost] = []
    page_count = len(labels)
    for band in _bands(outermost):
        texts = Counter(_plain(item.text) for item in band)
        parts = Counter(part for item in band for part in _parts(item))
        offsets = _offsets(band)
        evident = [
            item
            for item in band
            if (page_count >= _FEWEST_PAGES and _is_repeated(item, texts[_plain(item.text)], body))
            or any(parts[part] >= _FEWEST_PAGES for part in _parts(item))
            or (_numbers(item) & offsets and item.row.size <= _LARGER * body)
            or (_is_number(item, labels) and item.row.size <= _LARGER * body)
        ]
        if len(evident) < 2 and page_count > 2:
            evident = [item for item in evident if item.text == labels[item.page]]
        if not evident:
            continue
        found += evident
        if 2 * len(evident) >= len(band):
            size = median(item.row.size for item in evident)
            gap = median(item.gap for item in evident)
            found += [
                item
                for item in band
                if item not in evident
                and abs(item.row.size - size) < 0.3
                and (
                    (item.gap >= 0.8 * gap and item.gap > _APART * body)
                    or _ALONE.fullmatch(item.text)
                )
            ]
    return found


def _is_number(item: _Outermost, labels: dict[int, str]) -> bool:
    """Check whether a row is the label of its page, or any number in a document of few pages."""
    if item.text.strip(" -–—") == labels[item.page]:
        return True
    return len(labels) <= 2 and bool(_ALONE.fullmatch(item.text))


def _is_repeated(item: _Outermost, count: int, body: float) -> bool:
    """Check whether a text that stands `count` times at a height is furniture."""
    return count >= _FEWEST_PAGES or (count == 2 and item.gap > _APART * body)


def _parts(item: _Outermost) -> set[str]:
    """Return the texts at the two edges of a row with white to the text, if it has several parts.

    One may be the same on all pages, and the other change with the section.
    """
    segments = segments_of(item.row)
    if len(segments) < 2 or item.gap <= _CLOSE * item.row.size:
        return set()
    texts = {_plain(join_words(segment)) for segment in (segments[0], segments[-1])}
    return {text for text in texts if sum(map(str.isalpha, text)) >= _FEWEST_LETTERS}


def _bands(outermost: Sequence[_Outermost]) -> list[list[_Outermost]]:
    """Return the rows by the height they stand at."""
    bands: list[list[_Outermost]] = []
    for item in sorted(outermost, key=lambda item: item.row.y):
        if bands and item.row.y - bands[-1][-1].row.y <= _SAME_HEIGHT:
            bands[-1].append(item)
        else:
            bands.append([item])
    return bands


def _plain(text: str) -> str:
    return _PLAIN.sub(" ", text).strip().casefold()


def _offsets(band: Sequence[_Outermost]) -> set[tuple[str, int]]:
    """Return by how much the numbers of a band are ahead of the pages, if they count with them."""
    counts = Counter(offset for item in band for offset in _numbers(item))
    return {
        offset for offset, count in counts.items() if count >= min(_FEWEST_PAGES, max(2, len(band)))
    }


def _numbers(item: _Outermost) -> set[tuple[str, int]]:
    """Return how far the numbers at both ends of a row are ahead of its page, by their kind."""
    found: set[tuple[str, int]] = set()
    for match in (_FIRST.match(item.text), _LAST.search(item.text)):
        if match is None:
            continue
        number = match[1]
        if number.isdigit():
            found.add(("1", int(number) - item.page))
        else:
            found.add(("i", _roman(number.lower()) - item.page))
    return found


def _roman(number: str) -> int:
    values = [_ROMAN[letter] for letter in number]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < following else value for value, following in pairs)
