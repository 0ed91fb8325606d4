"""The page without any looks, until its views are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from query.page.service import Answered, PageState, Stretch

if TYPE_CHECKING:
    from index import Passage, Sentence
    from query.explaining.explanation import Explanation


def page(state: PageState) -> str:
    found = hits(state.answered) if state.answered else ""
    opened = state.article
    shown = article(opened.stretch, opened.marked, opened.best, opened.before) if opened else ""
    return f"<!doctype html><title>page</title>{problem(state.problem)}{found}{shown}"


def hits(answered: Answered) -> str:
    found = answered.ranking.hits or answered.ranking.nearest
    items = "".join(f"<li>{escape(hit.passage.passage_id)} {escape(hit.text)}" for hit in found)
    return f"<ol>{items}</ol>"


def article(
    shown: Stretch,
    opened: Passage,
    best: Mapping[int, Sentence],
    before: Passage | None,
) -> str:
    return f"<h1>{escape(shown.document.title)}</h1>{stretch(shown, best, before)}"


def stretch(shown: Stretch, best: Mapping[int, Sentence], before: Passage | None) -> str:
    return "".join(f"<p>{escape(passage.text)}" for passage in shown.passages)


def explanation(found: Explanation, best: Sentence | None) -> str:
    return f"<pre>{escape(str(found))}</pre>"


def documents(names: Sequence[str]) -> str:
    return "".join(f'<option value="{escape(name)}">' for name in names)


def problem(message: str) -> str:
    return f"<p role=alert>{escape(message)}</p>" if message else ""
