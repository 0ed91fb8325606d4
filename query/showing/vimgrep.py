"""Hits as editors read them: `path:line:column:text`, one line for each."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from index import CorpusError, Passage
from query.document_text import document_text
from query.ranking import Ranking
from query.searcher import Searcher
from query.showing.safe_text import shown
from query.showing.terminal import Page


def vimgrep_lines(ranking: Ranking, searcher: Searcher) -> str:
    """Return a line for each hit, as the option --vimgrep of other programs prints it.

    The column counts bytes of UTF-8 from 1, and is 1 if the file has changed or is gone. A source
    without lines, such as a PDF, has line 1 and column 1, and its place stands before the text.
    """
    page = Page(None, styled=False, corpus=Path(searcher.corpus))

    @cache
    def text_of(doc_id: str) -> str:
        try:
            return document_text(searcher, doc_id)
        except CorpusError:
            return ""

    lines = []
    for hit in ranking:
        passage = hit.passage
        column = _column(text_of(passage.doc_id), passage.start) if passage.line else 1
        path = shown(page.path(passage.doc_id))
        lines.append(f"{path}:{passage.line or 1}:{column}:{_text(passage)}\n")
    return "".join(lines)


def _column(text: str, start: int) -> int:
    """Return the column in bytes of an offset, from 1."""
    return len(text[text.rfind("\n", 0, start) + 1 : start].encode("utf-8", "replace")) + 1


def _text(passage: Passage) -> str:
    """Return the passage on one line, after its place if that is not a line."""
    place = "" if passage.line else str(passage.locator) or passage.place_words
    return shown(f"[{place}] {passage.reading}" if place else passage.reading)
