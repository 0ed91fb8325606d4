"""Running heads, feet and page numbers: what is printed again and again at the same height."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from index.reading.pdf.elements import Page, Row, Word
from index.reading.pdf.words import join_words, rows_of

_FEWEST_PAGES = 3
_OUTERMOST = 4
"""The rows from the top and from the bottom of a page that may be furniture."""

_BAND = 0.17
"""The part of the height of a page, at its top and its foot, in which furniture stands."""

_DIGITS = re.compile(r"\d+")
_NUMBER_LINE = re.compile(
    r"[\W_]*(?:(?:page|seite|p\.|s\.|página|pagina)\s*)?(?:\d{1,5}|[ivxlcdm]{1,8})"
    r"(?:\s*(?:/|of|von|de|sur|di|-)\s*\d{1,5})?[\W_]*",
    re.IGNORECASE,
)


def find_furniture(pages: Sequence[Page]) -> dict[int, list[Row]]:
    """Return the rows of each page, by its number, that are furniture."""
    edges = {page.number: list(_edge_rows(page)) for page in pages}
    repeated = _repeated(edges.values())
    numbers = _number_rows(edges)
    found: dict[int, list[Row]] = defaultdict(list)
    for number, rows in edges.items():
        for row, outermost in rows:
            if _key(row) in repeated or (outermost and (number, id(row)) in numbers):
                found[number].append(row)
    return _without_inner(pages, found)


def without_rows(words: Sequence[Word], rows: Iterable[Row]) -> list[Word]:
    """Return the words that do not stand in one of the rows."""
    orders = {word.order for row in rows for word in row.words}
    return [word for word in words if word.order not in orders] if orders else list(words)


def _edge_rows(page: Page) -> Iterator[tuple[Row, bool]]:
    """Yield the rows in the bands at top and foot; and whether nothing stands farther out."""
    rows = rows_of(page.words)
    top = [row for row in rows[:_OUTERMOST] if row.y < _BAND * page.height]
    foot = [row for row in rows[-_OUTERMOST:] if row.y > (1 - _BAND) * page.height]
    for row in top:
        yield row, row is rows[0]
    for row in foot:
        if row not in top:
            yield row, row is rows[-1]


def _key(row: Row) -> tuple[str, int]:
    return _DIGITS.sub("#", join_words(row.words)), round(row.y / 4)


def _repeated(edges: Iterable[list[tuple[Row, bool]]]) -> set[tuple[str, int]]:
    """Return the keys of rows that stand on several pages at the same height."""
    counts: Counter[tuple[str, int]] = Counter()
    for rows in edges:
        for text, band in {_key(row) for row, _ in rows}:
            counts[text, band] += 1
    found = set()
    for (text, band), count in counts.items():
        near = counts[text, band - 1] + counts[text, band + 1]
        if count + near >= _FEWEST_PAGES:
            found.add((text, band))
    return found


def _number_rows(edges: dict[int, list[tuple[Row, bool]]]) -> set[tuple[int, int]]:
    """Return the rows that hold a page number alone: they count up with the pages."""
    places: dict[int, list[tuple[int, Row]]] = defaultdict(list)
    for number, rows in edges.items():
        for row, outermost in rows:
            if outermost and _NUMBER_LINE.fullmatch(join_words(row.words)):
                places[round(row.y / 12)].append((number, row))
    found = set()
    for rows_here in places.values():
        if len(rows_here) >= 2 or len(edges) == 1 or len(edges) <= 3:
            found |= {(number, id(row)) for number, row in rows_here}
    return found


def _without_inner(
    pages: Sequence[Page], found: dict[int, list[Row]]
) -> dict[int, list[Row]]:
    return found
