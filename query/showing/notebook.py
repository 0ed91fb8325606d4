"""A ranking as a notebook shows it: HTML in which no text of a source is live."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from index import Mode
from query.hits import Hit
from query.showing.safe_text import shown

# Notebooks would set what stands between two dollar signs as a formula.
_NO_FORMULAS = "tex2jax_ignore mathjax_ignore"
_STYLE = "max-width: 50em; line-height: 1.45"
_FAINT = "opacity: .65; font-size: .9em"


def ranking_html(query: str, hits: Sequence[Hit], mode: Mode | None, p_chance: float) -> str:
    """Return the hits as an ordered list, the best sentence of each in bold, the verdict above.

    `mode` is None if the verdict is "no_match".
    """
    items = "".join(_item(hit) for hit in hits)
    return (
        f'<div class="{_NO_FORMULAS}" style="{_STYLE}"><p><b>{_text(query)}</b><br>'
        f'<span style="{_FAINT}">{_text(_verdict(hits, mode, p_chance))}</span></p>'
        f"<ol>{items}</ol></div>"
    )


def _verdict(hits: Sequence[Hit], mode: Mode | None, p_chance: float) -> str:
    if mode is not None:
        return f"{len(hits)} passage{'' if len(hits) == 1 else 's'}, {mode}"
    nearest = " The nearest passages:" if hits else ""
    return (
        f"Nothing here is about that: an unrelated question matches as well in "
        f"{p_chance:.0%} of cases.{nearest}"
    )


def _item(hit: Hit) -> str:
    passage, document = hit.passage, hit.document
    first, last = passage.place_of(hit.best.start), passage.place_of(hit.best.end)
    text = passage.text
    body = f"{_text(text[:first])}<b>{_text(text[first:last])}</b>{_text(text[last:])}"
    also = f" · also in {', '.join(hit.also_in)}" if hit.also_in else ""
    source = passage.locator.after(passage.doc_id)
    section = "".join(f" · {part}" for part in [passage.place_words] if part)
    chance = "" if hit.matches else " · no better than chance"
    place = f"{source}{section} · paragraph {passage.number} · {hit.score:.2f}{chance}{also}"
    return (
        f'<li value="{hit.rank}"><i>{_text(document.head.line or passage.doc_id)}</i><br>{body}<br>'
        f'<span style="{_FAINT}">{_text(place)}</span></li>'
    )


def _text(text: str) -> str:
    """Text that no browser takes for markup, nor for a change of direction."""
    return escape("".join(char if char in "\n\t" else shown(char) for char in text))
