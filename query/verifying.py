"""The option --verify: lines that cite passages, held against the files that are here."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from index import ERROR, FOUND, NOTHING_FOUND, NoIndexError, complain
from query.answering import Color, page_of
from query.citing.citation_line import CitationLine, CitationLineError, find_citation_lines
from query.citing.line_verification import LineVerification, verify_lines, verify_lines_with
from query.named_index import NamedIndex
from query.showing.terminal import verified

_STANDARD_INPUT = "-"

_Found = LineVerification | CitationLineError


def print_verifications(text: str, indexes: Sequence[str], color: Color, *, as_json: bool) -> int:
    """Print what became of the words that lines cite, and return the exit code.

    `text` holds them, or is "-" for standard input. A line that cannot be read is told in its
    place. Raises CitationLineError if there is no line.
    """
    lines = _lines_of(text)
    corpus, found = _verifications(lines, indexes)
    page = page_of(corpus, color)
    between = ""
    for each in found:
        if as_json:
            click.echo(json.dumps(_as_dict(each)))
        elif isinstance(each, CitationLineError):
            sys.stdout.flush()
            complain("query", str(each))
        else:
            click.echo(between + verified(each, page), nl=False, color=True)
            between = "\n"
    errors = [each for each in found if isinstance(each, CitationLineError)]
    all_stand = all(isinstance(each, LineVerification) and each.ok for each in found)
    return ERROR if errors else FOUND if all_stand else NOTHING_FOUND


def _lines_of(text: str) -> list[CitationLine | CitationLineError]:
    """Return what is cited by the lines in an argument, or on standard input."""
    is_from_input = text == _STANDARD_INPUT
    if is_from_input and sys.stdin.isatty():
        complain("query", "paste a text with citations, and then press Ctrl-D on an empty line")
    lines = list(find_citation_lines(sys.stdin.read() if is_from_input else text))
    if not lines and is_from_input:
        raise CitationLineError(
            "no citation on standard input: give a text with a line that begins with passage:v1,"
        )
    return lines or [CitationLine.read(text)]  # which says that there is none


def _verifications(
    lines: Sequence[CitationLine | CitationLineError], indexes: Sequence[str]
) -> tuple[Path, list[_Found]]:
    """Return the folder that was looked in, and what was found for each line, or its error."""
    good = [line for line in lines if isinstance(line, CitationLine)]
    index = _index(indexes)
    if index is not None:
        # What has changed since is not said: the files themselves are read.
        searcher = replace(index, is_current=True).searcher()
        corpus, found = Path(searcher.corpus), iter(verify_lines_with(searcher, good))
    else:
        corpus = Path.cwd()
        complain("query", f"no index here or above, so the files are looked for in {corpus}")
        found = iter(verify_lines(good, corpus))
    return corpus, [next(found) if isinstance(line, CitationLine) else line for line in lines]


def _index(indexes: Sequence[str]) -> NamedIndex | None:
    """Return the index that is named or found; None if none is named and none is there."""
    try:
        return NamedIndex.find(indexes)
    except NoIndexError:
        if indexes or os.environ.get("PASSAGE_INDEX") is not None:
            raise
        return None


def _as_dict(found: _Found) -> dict[str, object]:
    return {"error": str(found)} if isinstance(found, CitationLineError) else found.to_dict()
