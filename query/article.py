"""The option --show: an article with one of its passages marked, in a pager at a terminal."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from index import FOUND, complain
from query.answering import Color, page_of
from query.places import place_named
from query.showing.pager import Pager, PagerError
from query.showing.terminal import Page, article

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index import DocumentRecord, Passage
    from query.named_index import NamedIndex


def print_article(index: NamedIndex, place: str, color: Color) -> int:
    """Print an article with one of its passages marked: in a pager at a terminal."""
    searcher = index.searcher()
    document, marked = place_named(searcher, place)
    passages = searcher.passages_of(document, 1, document.passages)
    page = page_of(searcher.corpus, color)
    text, _ = article(document, passages, marked, page)
    is_long = text.count("\n") >= shutil.get_terminal_size().lines
    at_terminal = sys.stdout.isatty() and sys.stdin.isatty()
    if not (is_long and at_terminal and _paged(document, passages, marked, page)):
        click.echo(text, nl=False, color=True)
    return FOUND


def _paged(
    document: DocumentRecord, passages: Sequence[Passage], marked: Passage, page: Page
) -> bool:
    """Show an article in the pager; return False if a pager is missing or cannot be run."""
    try:
        pager = Pager.find(os.environ)
        if pager is None:
            return False
        styled = page.styled and pager.keeps_styles
        text, line = article(document, passages, marked, replace(page, styled=styled, linked=False))
        pager.show(text, max(line - 2, 0))
    except PagerError as error:
        complain("query", str(error))
        return False
    return True
