"""Where the evidence of an answer stands, beside what unrelated questions find: a small drawing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from query.page.views.html import Html, tag

if TYPE_CHECKING:
    from query.explaining.explanation import ExplainedVerdict

_MARGIN = 0.08


def scale(verdict: ExplainedVerdict) -> Html:
    """Return a line with the range of unrelated questions, what a match takes, and this question.

    All of it stands in words below the line.
    """
    stated = [verdict.low, verdict.high, verdict.needed, verdict.evidence]
    values = [value for value in stated if value is not None]
    first, last = min(values), max(values)
    margin = _MARGIN * (last - first) or 0.01

    def at(value: float) -> str:
        share = (value - first + margin) / (last - first + 2 * margin)
        return f"{100 * share:.1f}%"

    width = (verdict.high - verdict.low) / (last - first + 2 * margin)
    parts = [
        tag("rect", x=0, y=11, width="100%", height=2, class_="axis"),
        tag("rect", x=at(verdict.low), y=7, width=f"{100 * width:.1f}%", height=10, class_="usual"),
    ]
    if verdict.needed is not None:
        parts.append(tag("rect", x=at(verdict.needed), y=2, width=2, height=20, class_="needed"))
    if verdict.evidence is not None:
        parts.append(tag("circle", cx=at(verdict.evidence), cy=12, r=5, class_="this"))
    drawing = tag("svg", *parts, width="100%", height=24, aria_hidden="true", focusable="false")
    return tag("figure", drawing, tag("figcaption", *_legend(verdict)), class_="scale")


def _legend(verdict: ExplainedVerdict) -> Iterator[Html]:
    found = "none" if verdict.evidence is None else f"{verdict.evidence:.2f}"
    yield _entry("this", f"this question: {found}")
    if verdict.needed is not None:
        yield _entry("needed", f"a match takes {verdict.needed:.2f}")
    usual = f"nine of ten unrelated questions: {verdict.low:.2f} to {verdict.high:.2f}"
    yield _entry("usual", usual)


def _entry(name: str, said: str) -> Html:
    return tag("span", tag("span", class_=f"sign {name}", aria_hidden="true"), said)
