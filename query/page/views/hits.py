"""The list of hits, the best sentence of each lit, and what is said if nothing matches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from index import as_read
from query.hits import Hit
from query.page.asked import MOST_HITS, Asked
from query.page.views.html import Html, joined, tag
from query.page.views.links import SERVED, Links
from query.page.views.scale import scale
from query.ranking import share_of_cases

if TYPE_CHECKING:
    from query.page.service import Answered

# Of a passage in the list: some words before its best sentence, that, and some after it.
_BEFORE, _BEST, _AFTER = 90, 420, 140
_LONGEST_LINE = 160
_MORE = 10


def hits(answered: Answered, links: Links = SERVED) -> Html:
    """Return the passages that were found, or that nothing is about what was asked.

    `data-said` is what a screen reader is told.
    """
    ranking = answered.ranking
    said = _said(answered)
    content = _found(answered, links) if ranking.hits else _nothing(answered, links)
    return tag(
        "div",
        tag("h2", said, id="hits-title", class_="count", tabindex="-1"),
        _note(answered, links),
        content,
        class_="answer",
        data_said=said,
        data_verdict=ranking.verdict,
        data_count=len(ranking.hits),
        data_generation=ranking.generation if links.live else None,
    )


def _said(answered: Answered) -> str:
    ranking, least = answered.ranking, answered.asked.min_score
    if least is not None and not ranking.hits and not ranking.nearest:
        return f"No passage scores {least:g} or more"
    if ranking.verdict == "no_match":
        return "Nothing here is about that"
    count = len(ranking.hits)
    more = "best of more" if ranking.left_out is None and count == answered.asked.k else ""
    return f"{count} passage{'' if count == 1 else 's'}{', the ' + more if more else ''}"


def _note(answered: Answered, links: Links) -> Html:
    """Return what was asked if that is not what stands in the box: a passage, or fewer words."""
    asked, ranking = answered.asked, answered.ranking
    if asked.like:
        back = tag("a", "ask a question instead", href=links.page(Asked()))
        return tag(
            "p",
            "More like ",
            tag("b", asked.like),
            *([" · ", back] if links.live else []),
            class_="note",
        )
    if ranking.asked and ranking.asked != ranking.query:
        return tag("p", "Asked as: ", tag("b", ranking.asked), class_="note")
    return Html()


def _found(answered: Answered, links: Links) -> Html:
    ranking, asked = answered.ranking, answered.asked
    below: list[str] = []
    if ranking.verdict == "no_match":
        below.append(_verdict(answered))
    if ranking.left_out:
        below.append("No other passage is better than chance.")
        if links.live:
            below.append(tag("a", "Show the nearest", href=links.page(_all(asked))))
    elif links.live and len(ranking.hits) == asked.k < MOST_HITS:
        more = replace(asked, k=min(asked.k + _MORE, MOST_HITS))
        below.append(tag("a", f"Show {more.k}", href=links.page(more), class_="more"))
    # A file is kept: it says what its hits are worth, whatever stands in them.
    evidence = Html() if links.live or ranking.verdict == "no_match" else _verdict(answered)
    spaced = [part for each in below for part in (each, " ")]
    listed = _list(ranking.hits, asked, links)
    return joined([evidence, listed, tag("div", *spaced, class_="below")])


def _all(asked: Asked) -> Asked:
    return replace(asked, show_all=True, opened="")


def _nothing(answered: Answered, links: Links) -> Html:
    nearest = answered.ranking.nearest
    content = [_verdict(answered)]
    if nearest:
        content.append(
            tag(
                "details",
                tag("summary", f"The {len(nearest)} nearest passages"),
                _list(nearest, answered.asked, links),
                class_="nearest",
            )
        )
    return tag("div", *content, class_="nothing")


def _verdict(answered: Answered) -> Html:
    chance = share_of_cases(answered.ranking.p_chance)
    said = f"An unrelated question would match as well {chance} of the time."
    return tag("div", tag("p", said), scale(answered.verdict), class_="verdict")


def _list(found: Iterable[Hit], asked: Asked, links: Links) -> Html:
    return tag("ol", *(_hit(hit, asked, links) for hit in found), class_="hits")


def _hit(hit: Hit, asked: Asked, links: Links) -> Html:
    passage = hit.passage
    opened = replace(asked, opened=passage.passage_id)
    title = tag("a", _short(hit.document.title or passage.doc_id), href=links.page(opened))
    place = [
        # What has no title is headed by its name.
        passage.locator.after(passage.doc_id) if hit.document.title else str(passage.locator),
        _short(passage.place_words),
        "" if hit.matches else "no better than chance",
        f"also in {_short(', '.join(hit.also_in))}" if hit.also_in else "",
    ]
    return tag(
        "li",
        tag(
            "div",
            tag("h3", title, dir="auto"),
            tag("span", " · ".join(part for part in place if part), class_="place", dir="auto"),
            class_="over",
        ),
        tag("span", f"{hit.score:.2f}", class_="score", title="Score"),
        tag("p", *_snippet(hit), class_="snippet", dir="auto"),
        class_="hit",
        value=hit.rank,
        data_passage=passage.passage_id,
        data_document=passage.doc_id,
        data_number=passage.number,
    )


def _snippet(hit: Hit) -> list[str]:
    """Return the best sentence of a hit between some words of its passage, on one line."""
    passage, best = hit.passage, hit.best
    before = as_read(passage.shown_of(passage.start, best.start))
    after = as_read(passage.shown_of(best.end, passage.end))
    lit = hit.passage.reading_of(best.start, best.end)
    if len(lit) > _BEST:
        lit, after = f"{lit[:_BEST].rstrip()}…", ""
    if len(before) > _BEFORE:
        before = f"…{before[-_BEFORE:].partition(' ')[2] or before[-_BEFORE:]}"
    if len(after) > _AFTER:
        after = f"{after[:_AFTER].rpartition(' ')[0] or after[:_AFTER]}…"
    return [f"{before} " if before else "", tag("mark", lit, class_="best"), f" {after}"]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_LINE else f"{text[:_LONGEST_LINE].rstrip()}…"
