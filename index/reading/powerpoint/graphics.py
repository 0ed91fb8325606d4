"""Diagrams and charts: what stands in them as text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from lxml import etree

from index.reading.powerpoint.names import CX, DGM, A, C, whole
from index.reading.powerpoint.text import plain_text

_FIRST_DAY = date(1899, 12, 30)
_MOST_DAYS = 2_958_465
"""The last day that a spreadsheet knows, at the end of the year 9999."""
_MOST_CELLS = 100_000
_NOT_TEXT = frozenset({"pres", "parTrans", "sibTrans"})


def diagram_lines(model: etree._Element) -> list[str]:
    """Return the texts of a diagram, each part before those under it."""
    points = {
        point.get("modelId", ""): point
        for point in model.iter(DGM + "pt")
        if point.get("type") not in _NOT_TEXT
    }
    below: dict[str, list[tuple[int, str]]] = {}
    for link in model.iter(DGM + "cxn"):
        if link.get("type", "parOf") == "parOf":
            place = (whole(link, "srcOrd"), link.get("destId", ""))
            below.setdefault(link.get("srcId", ""), []).append(place)
    roots = [name for name, point in points.items() if point.get("type") == "doc"]
    # What no part is above of, in a damaged file, comes last.
    waiting = list(reversed([*roots, *(name for name in points if name not in roots)]))
    seen: set[str] = set()
    lines = []
    # A part may wait twice: of the two, the one that is come to first counts.
    while waiting:
        name = waiting.pop()
        if name in seen or name not in points:
            continue
        seen.add(name)
        if text := plain_text(points[name].find(DGM + "t")):
            lines.append(text)
        waiting += [child for _, child in sorted(below.get(name, []), reverse=True)]
    return lines


def chart_titles(chart: etree._Element) -> list[str]:
    """Return the title of a chart, and those of its axes."""
    return [
        text
        for title in chart.iter(C + "title", CX + "title")
        if (text := " ".join(filter(None, map(plain_text, title.iter(*_RICH)))))
    ]


_RICH = (C + "rich", CX + "rich")


def chart_rows(chart: etree._Element) -> list[list[str]]:
    """Return the values of a chart as a table: a row for each category, a column for each series.

    The first row names the series. A chart of which the file keeps no values has no rows.
    """
    series = list(chart.iter(C + "ser"))
    names = [_values(one.find(C + "tx")).get(0, "") for one in series]
    # Points of a scatter chart have an x in place of a category.
    categories: dict[int, str] = {}
    columns = []
    for one in series:
        for name in ("cat", "xVal"):
            for place, value in _values(one.find(C + name)).items():
                categories.setdefault(place, value)
        columns.append(_values(one.find(C + "val")) or _values(one.find(C + "yVal")))
    places = sorted({*categories, *(place for column in columns for place in column)})
    places = places[: _MOST_CELLS // (len(series) + 1)]
    rows = [
        [categories.get(place, ""), *(column.get(place, "") for column in columns)]
        for place in places
    ]
    rows = [["", *names], *rows] if any(names) else rows
    return [row for row in rows if any(row)]


def new_chart_lines(chart: etree._Element) -> list[str]:
    """Return the names in a chart of a later kind, whose parts are tied together otherwise."""
    names = (" ".join((point.text or "").split()) for point in chart.iter(f"{CX}pt", f"{CX}v"))
    return list(dict.fromkeys(name for name in names if name and not _is_number(name)))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _values(element: etree._Element | None) -> dict[int, str]:
    """Return the values that are kept of a part of a chart, by their place."""
    if element is None:
        return {}
    rich = next(element.iter(A + "p"), None)
    if rich is not None and (parent := rich.getparent()) is not None:
        return {0: plain_text(parent)}
    form = element.findtext(f".//{C}formatCode") or ""
    levels: dict[int, list[str]] = {}
    for place, value in _points(element):
        levels.setdefault(place, []).append(_as_shown(value, form))
    if not levels and (own := element.findtext(C + "v")):
        levels[0] = [own]
    # Of categories in several levels, the innermost stands first.
    return {place: " ".join(reversed(parts)) for place, parts in levels.items()}


def _points(element: etree._Element) -> Iterator[tuple[int, str]]:
    for point in element.iter(C + "pt"):
        if value := " ".join((point.findtext(C + "v") or "").split()):
            yield whole(point, "idx"), value


def _as_shown(value: str, form: str) -> str:
    """Return a number without the noise of its last digits, and a day as a date."""
    try:
        number = float(value)
    except ValueError:
        return value
    if "yy" in form.lower() and 0 < number <= _MOST_DAYS:
        return (_FIRST_DAY + timedelta(days=int(number))).isoformat()
    return f"{number:.15g}"
