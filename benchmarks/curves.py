"""Curves over the size of an index, on logarithmic axes, as one SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_WIDTH, _HEIGHT = 300, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 56, 40
_COLOURS = ("#0969da", "#bc4c00", "#1a7f37", "#8250df")
_DASHES = ("", "6 3", "2 3", "8 3 2 3")
"""Colour alone tells no curve from another."""

_STYLE = """<style>
  text { font: 12px system-ui, sans-serif; fill: #24292f; }
  .title { font-size: 14px; font-weight: 600; }
  .grid { stroke: #57606a; stroke-opacity: 0.25; }
  .curve { fill: none; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .grid { stroke: #9198a1; }
  }
</style>"""


@dataclass(frozen=True, slots=True)
class Panel:
    """A title with its unit, and a value of each curve for each size."""

    title: str
    curves: Mapping[str, Sequence[float]]


def draw_curves(sizes: Sequence[int], panels: Sequence[Panel]) -> str:
    """Return an SVG with the panels side by side; every value is above 0.

    >>> draw_curves([10, 100], [Panel("ms", {"a": [1, 2]})]).startswith("<svg")
    True
    """
    width = _WIDTH * len(panels)
    label = ", ".join(panel.title for panel in panels)
    drawn = "\n".join(
        f'<g transform="translate({_WIDTH * number} 0)">\n{_drawn(sizes, panel)}\n</g>'
        for number, panel in enumerate(panels)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_HEIGHT}" '
        f'width="{width}" height="{_HEIGHT}" role="img" aria-label="{label}, against passages">\n'
        f"{_STYLE}\n{drawn}\n</svg>\n"
    )


def _drawn(sizes: Sequence[int], panel: Panel) -> str:
    values = [value for curve in panel.curves.values() for value in curve]
    across = _Axis.over(sizes, _LEFT, _WIDTH - _RIGHT)
    up = _Axis.over(values, _HEIGHT - _BOTTOM, _TOP)
    parts = [f'<text x="8" y="18" class="title">{panel.title}</text>']
    for power in across.powers:
        x = across.place(10**power)
        parts += [
            f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{_HEIGHT - _BOTTOM}" class="grid"/>',
            f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="middle">'
            f"{_short(10**power)}</text>",
        ]
    for power in up.powers:
        y = up.place(10**power)
        parts += [
            f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}" class="grid"/>',
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_short(10**power)}</text>',
        ]
    parts.append(f'<text x="{_LEFT}" y="{_HEIGHT - 6}">passages</text>')
    for number, (name, curve) in enumerate(panel.curves.items()):
        points = " ".join(
            f"{across.place(size):.1f},{up.place(value):.1f}"
            for size, value in zip(sizes, curve, strict=True)
        )
        look = f'stroke="{_COLOURS[number]}" stroke-dasharray="{_DASHES[number]}"'
        x, y = _LEFT + 124 * (number % 2), 34 + 15 * (number // 2)
        parts += [
            f'<polyline points="{points}" class="curve" {look}/>',
            f'<line x1="{x}" y1="{y - 4}" x2="{x + 24}" y2="{y - 4}" class="curve" {look}/>',
            f'<text x="{x + 30}" y="{y}">{name}</text>',
        ]
    return "\n".join(parts)


@dataclass(frozen=True, slots=True)
class _Axis:
    """Powers of ten from `first` to `last`, and where they stand."""

    first: int
    last: int
    start: float
    end: float

    @classmethod
    def over(cls, values: Sequence[float], start: float, end: float) -> _Axis:
        logarithms = [math.log10(value) for value in values]
        first, last = math.floor(min(logarithms)), math.ceil(max(logarithms))
        return cls(first, max(last, first + 1), start, end)

    @property
    def powers(self) -> range:
        return range(self.first, self.last + 1)

    def place(self, value: float) -> float:
        share = (math.log10(value) - self.first) / (self.last - self.first)
        return self.start + share * (self.end - self.start)


def _short(value: float) -> str:
    """Return a power of ten in few characters.

    >>> _short(100_000), _short(0.1)
    ('100 k', '0.1')
    """
    if value >= 1_000_000:
        return f"{value / 1_000_000:g} m"
    return f"{value / 1000:g} k" if value >= 1000 else f"{value:g}"
