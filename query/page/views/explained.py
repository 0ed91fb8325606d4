"""Why a passage has its score: its words with their shares, and bars that add up to the score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING

from index import Sentence
from query.explaining.shares import CONTEXT_NOTE
from query.explaining.telling import SMALLEST, shares_of_words
from query.page.views.html import Html, tag
from query.page.views.passages import Marks, body
from query.showing.seen_text import seen_text

if TYPE_CHECKING:
    from query.explaining.explanation import Explanation

_NAMES = {
    "passage": "meaning",
    "context": "meaning around it",
    "sentence": "best sentence",
    "words": "words",
    "complete": "all words there",
    "verbatim": "word for word",
}


def explanation(found: Explanation, best: Sentence | None = None) -> Html:
    """Return the passage with its words as elements that say what they add, and all parts as bars.

    The first child is the text of the passage, which takes the place of that in the article, and
    the second stands below it.
    """
    text = tag("div", body(found.passage, Marks(best, _words(found))), class_="explained-text")
    return tag("div", text, _parts(found), class_="explanation", data_passage=found.passage_id)


def _words(found: Explanation) -> Mapping[int, Mapping[str, str]]:
    """Return the attributes of each word that adds something, by its place on screen."""
    seen = seen_text(found.passage)
    levels = found.levels(seen)
    by_part = [
        shares_of_words(found.passage, replace(found, parts=(part,)).spans(), seen)
        for part in found.parts
    ]
    words: dict[int, Mapping[str, str]] = {}
    for place in by_part[0] if by_part else ():
        shares = [part[place] for part in by_part]
        if abs(sum(shares)) >= SMALLEST:
            words[place] = {
                "class_": f"word level-{levels.get(place, 0)}",
                "role": "button",
                "tabindex": "-1",
                "data_share": f"{sum(shares):.3f}",
                "data_shares": " ".join(f"{share:.4f}" for share in shares),
            }
    return words


def _parts(found: Explanation) -> Html:
    """Return the parts as bars, each of which begins where the one before it ends."""
    ends = list(accumulate((part.share for part in found.parts), initial=0.0))
    first, last = min(ends), max(ends)
    length = (last - first) or 1.0
    rows = [
        tag(
            "tr",
            tag("th", _NAMES.get(part.name, part.name), scope="row"),
            tag("td", _bar((start - first) / length, part.share / length), class_="bar"),
            tag("td", line.share, class_="share"),
            tag("td", line.carried_by, class_="carried", dir="auto"),
            data_part=number,
        )
        for number, (part, line, start) in enumerate(
            zip(found.parts, found.shown_parts(), ends, strict=False)
        )
        if abs(part.share) >= SMALLEST
    ]
    total = tag(
        "tr",
        tag("th", "score", scope="row"),
        tag("td", _bar(-first / length, found.score / length), class_="bar"),
        tag("td", f"{found.score:.3f}", class_="share"),
        tag("td"),
        class_="total",
    )
    divided = f"Cosines are not divided among words: {found.no_tokens}."
    hint = "Point at a word to see what it adds, or go from word to word with the arrow keys."
    return tag(
        "section",
        tag("p", hint, class_="of-this-word", role="status"),
        tag("table", tag("tbody", *rows, total), class_="parts"),
        tag("p", divided if found.no_tokens else CONTEXT_NOTE, class_="note"),
        class_="why",
        aria_label="Why this passage has its score",
        data_score=f"{found.score:.3f}",
        data_length=f"{length:.6f}",
    )


def _bar(start: float, share: float) -> Html:
    """Return a bar, and over it the part that one word adds, which has no length yet."""
    place, length = 100 * min(start, start + share), 100 * abs(share)
    return tag(
        "svg",
        tag("rect", x=f"{place:.3f}%", y=0, width=f"{length:.3f}%", height=10, class_="whole"),
        tag("rect", x=f"{place:.3f}%", y=0, width="0%", height=10, class_="of-word"),
        width="100%",
        height=10,
        aria_hidden="true",
        focusable="false",
    )
