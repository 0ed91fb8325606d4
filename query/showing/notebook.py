"""Rankings, contexts and checks as a notebook shows them: HTML, nothing of a source in it live."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from query.showing.safe_text import shown

# Notebooks would set what stands between two dollar signs as a formula.
_NO_FORMULAS = "tex2jax_ignore mathjax_ignore"
_STYLE = "max-width: 50em; line-height: 1.45"
_FAINT = "opacity: .65; font-size: .9em"
# Yellow, the stronger the more a word adds; it can be read on white and on black.
_SHADES = ("", "rgba(230, 170, 0, .2)", "rgba(230, 170, 0, .4)", "rgba(230, 170, 0, .65)")
_CELL = "text-align: left; vertical-align: top; white-space: pre-line"


def ranking_html(query: str, verdict: str, items: Iterable[str]) -> str:
    """Return a question, the verdict on it, and hits as `item_html` gives them."""
    return _block(
        f"<p><b>{_text(query)}</b><br>{_faint(verdict)}</p><ol>{''.join(items)}</ol>",
    )


def list_html(items: Iterable[str]) -> str:
    """Return hits as `item_html` gives them."""
    return _block(f"<ol>{''.join(items)}</ol>")


def item_html(rank: int, title: str, text: str, best: tuple[int, int], place: str) -> str:
    """Return a hit as an item of a list: `text[best[0] : best[1]]` of it stands in bold."""
    first, last = best
    body = f"{_text(text[:first])}<b>{_text(text[first:last])}</b>{_text(text[last:])}"
    return f'<li value="{rank}"><i>{_text(title)}</i><br>{body}<br>{_faint(place)}</li>'


def explanation_html(
    name: str,
    pieces: Iterable[tuple[str, int]],
    total: str,
    rows: Iterable[Sequence[str]],
    remarks: Iterable[str],
) -> str:
    """Return why a passage has its score: its text with marks, the sum, and its parts.

    `pieces` of the text come with how strongly they are marked, from 0 to 3.
    """
    body = "".join(
        f'<span style="background: {_SHADES[level]}">{_text(piece)}</span>'
        if level
        else _text(piece)
        for piece, level in pieces
    )
    table = f"<table>{''.join(_row(row, 'td') for row in rows)}</table>"
    below = "".join(f"<p>{_faint(remark)}</p>" for remark in remarks)
    return _block(
        f"<p><b>{_text(name)}</b><br>{body}</p><p>{_text(total)}</p>{table}{below}",
    )


def text_html(text: str, note: str) -> str:
    """Return a text as it is wrapped, under a note."""
    return _block(f'<p>{_faint(note)}</p><p style="white-space: pre-wrap">{_text(text)}</p>')


def line_html(text: str, note: str) -> str:
    """Return one line: a text, and a note beside it."""
    return _block(f"<p>{_text(text)} {_faint(note)}</p>")


def table_html(header: Sequence[str], rows: Iterable[Sequence[str]], below: Iterable[str]) -> str:
    """Return a table with some lines below it; a cell may have several lines."""
    lines = "".join(f"<p>{_text(line)}</p>" for line in below)
    return _block(
        f"<table>{_row(header, 'th')}{''.join(_row(row, 'td') for row in rows)}</table>{lines}"
    )


def _row(cells: Sequence[str], tag: str) -> str:
    inner = "".join(f'<{tag} style="{_CELL}">{_text(cell)}</{tag}>' for cell in cells)
    return f"<tr>{inner}</tr>"


def _block(content: str) -> str:
    return f'<div class="{_NO_FORMULAS}" style="{_STYLE}">{content}</div>'


def _faint(text: str) -> str:
    return f'<span style="{_FAINT}">{_text(text)}</span>'


def _text(text: str) -> str:
    """Text that no browser takes for markup, nor for a change of direction."""
    return escape("".join(char if char in "\n\t" else shown(char) for char in text))
