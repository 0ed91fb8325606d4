"""Answering questions of the `query` command in the form that was asked for."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TextIO

import click

from embed.errors import PassageSearchError
from index import ERROR, FOUND, NOTHING_FOUND, complain, terminal_width
from query.errors import QueryError
from query.options import SearchOptions
from query.ranking import UNPROVEN, Ranking
from query.ranking_values import explanations_of, ranking_values
from query.showing.safe_text import shown
from query.showing.terminal import Page, no_match, nothing_else, render

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from index import Passage
    from query.explaining.explanation import Explanation
    from query.retriever import Retriever

Color = Literal["auto", "always", "never"]
Format = Literal["text", "vimgrep"]


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """What is searched for, and the form of the answer.

    `context` is the most tokens of a context for a prompt, `around` the passages on both sides of a
    hit, and `opened` the number of the hit that is opened. Hits and verdict may be `explained`.
    """

    search: SearchOptions
    as_json: bool
    context: int | None
    vimgrep: bool = False
    color: Color = "auto"
    around: int | None = None
    opened: int | None = None
    explained: bool = False

    @property
    def for_programs(self) -> bool:
        """True if nothing but the hits is printed, so that a program can read them."""
        return self.as_json or self.vimgrep


def answer(retriever: Retriever, question: str, options: AnswerOptions) -> int:
    """Print the ranking of one question."""
    [ranking] = retriever.search([question], options.search)
    return print_ranking(retriever, ranking, options)


def print_ranking(retriever: Retriever, ranking: Ranking, options: AnswerOptions) -> int:
    """Print a ranking in the form that is wanted, or open one of its hits."""
    if not ranking.exact:
        complain("query", UNPROVEN)
    if options.as_json:
        click.echo(_json(_values(retriever, ranking, options)))
    elif options.vimgrep:
        from query.showing.vimgrep import vimgrep_lines

        click.echo(vimgrep_lines(ranking, retriever.searcher), nl=False)
    elif ranking and options.opened is not None:
        open_numbered_hit(ranking, options.opened, retriever)
    elif ranking:
        click.echo(_shown_hits(ranking, retriever, options), nl=False, color=True)
    elif ranking.nearest:
        page = page_of(retriever.corpus, options.color)
        click.echo(no_match(ranking, page), nl=False)
        if options.explained:
            click.echo(_explained_below(retriever, ranking, options, []), nl=False, color=True)
    else:
        click.echo(_nothing_found(options.search))
    return _code_of(ranking)


def _values(retriever: Retriever, ranking: Ranking, options: AnswerOptions) -> dict[str, Any]:
    chance = options.search.most_chance
    return ranking_values(retriever, ranking, chance, explained=options.explained)


def _explained_below(
    retriever: Retriever,
    ranking: Ranking,
    options: AnswerOptions,
    explanations: Sequence[Explanation],
) -> str:
    from query.explaining.explainer import explain_verdict
    from query.showing.terminal import explained_below

    verdict = explain_verdict(retriever.searcher, ranking, options.search.most_chance)
    page = page_of(retriever.corpus, options.color)
    return "\n" + explained_below(verdict, explanations, page)


def print_why_not(retriever: Retriever, question: str, place: str, options: AnswerOptions) -> int:
    """Print where a passage stands for a question; the exit code says if it is among the hits."""
    from query.explaining.why_not import LONG_SCAN
    from query.places import place_named
    from query.showing.terminal import not_shown

    _, passage = place_named(retriever.searcher, place)
    if len(retriever) >= LONG_SCAN:
        complain(
            "query", f"every one of {len(retriever):,} passages is scored, which takes a while"
        )
    found = retriever.why_not(question, passage.passage_id, options.search)
    if options.as_json:
        click.echo(_json({"query": question, "why_not": found.to_dict()}))
    else:
        text = not_shown(found, page_of(retriever.corpus, options.color))
        click.echo(text, nl=False, color=True)
    return NOTHING_FOUND if found.hit is None else FOUND


def _nothing_found(search: SearchOptions) -> str:
    """Return a line for an answer without hits, and with nothing near."""
    if search.min_score is not None:
        return "No passage was found; --min-score leaves the others out."
    if search.mode == "lexical":
        return "No passage that was searched has any of these words."
    return "No passage was found."


def _code_of(ranking: Ranking) -> int:
    return FOUND if ranking.verdict == "match" else NOTHING_FOUND


def open_numbered_hit(ranking: Ranking, number: int, retriever: Retriever) -> None:
    """Open a hit in an editor or a viewer; QueryError if there are not so many."""
    from query.opening import open_hit

    if not ranking:
        raise QueryError("there is nothing to open: the last question has no hits")
    if number > len(ranking):
        raise QueryError(f"there is no hit {number}: the last one is {len(ranking)}")
    hit = ranking[number - 1]
    folder = retriever.searcher.folder_of(hit.document).path
    open_hit(hit, retriever.corpus, os.environ, folder)


def _shown_hits(ranking: Ranking, retriever: Retriever, options: AnswerOptions) -> str:
    """Return the hits for a person, or as the context of a prompt."""
    if options.context is None:
        page = page_of(retriever.corpus, options.color)
        few = len(ranking) < options.search.k and sys.stdout.isatty()
        rest = nothing_else(ranking, page) if few else ""
        neighbours = _neighbours(ranking, retriever, options)
        if not options.explained:
            return render(ranking, page, neighbours) + rest
        why = explanations_of(retriever, ranking)
        by_rank = {hit.rank: each for hit, each in zip(ranking, why, strict=True)}
        below = _explained_below(retriever, ranking, options, why)
        return render(ranking, page, neighbours, by_rank) + rest + below
    from query.citing.context import ContextError, build_context

    text = build_context(ranking, options.context).text
    if not text:
        raise ContextError(
            f"no passage fits into {options.context} tokens: ask for more with --context"
        )
    if sys.stdout.isatty():  # a terminal must not act on what a source holds
        text = "\n".join(shown(line.expandtabs()) for line in text.split("\n"))
    return text + "\n"


def _neighbours(
    ranking: Ranking, retriever: Retriever, options: AnswerOptions
) -> dict[int, tuple[Passage, ...]]:
    """Return each hit among the passages around it, by its rank, if they are wanted."""
    if options.around is None:
        return {}
    return {hit.rank: retriever.expand(hit, options.around, options.around) for hit in ranking}


def _json(values: dict[str, Any]) -> str:
    import json

    return json.dumps(values)


def page_of(corpus: Path, color: Color) -> Page:
    """Return the form of the output: wrapped and styled at a terminal, plain in a pipe."""
    terminal = sys.stdout.isatty()
    columns = os.environ.get("COLUMNS", "")
    width = terminal_width(sys.stdout) if terminal or columns.isdigit() else None
    able = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    styled = able if color == "auto" else color == "always"
    return Page(width, styled, corpus, terminal and styled and _shows_links())


def answer_lines(retriever: Retriever, lines: TextIO, options: AnswerOptions) -> int:
    """Answer one question per line; an error is told, and the next question answered.

    Empty lines ask nothing: they count for nothing in the exit code.
    """
    codes = set()
    for number, line in enumerate(lines, start=1):
        question = line.strip()
        if options.as_json:
            code = _answer_as_object(retriever, question, number, options)
        elif question:
            if not options.for_programs:
                click.echo(f"? {shown(question)}")
            code = _answer_or_complain(retriever, question, options)
        if question and not options.for_programs:
            click.echo()
        if question:
            codes.add(code)
        sys.stdout.flush()
    if not codes:
        return complain(
            "query", "no question: type one after the command, or one per line on standard input"
        )
    return next(code for code in (ERROR, FOUND, NOTHING_FOUND) if code in codes)


def _answer_as_object(
    retriever: Retriever, question: str, number: int, options: AnswerOptions
) -> int:
    """Print the one JSON object of an input line, its error too: the two must not come apart."""
    try:
        [ranking] = retriever.search([question], options.search)
        values = _values(retriever, ranking, options)
    except PassageSearchError as error:
        click.echo(_json({"line": number, "error": str(error)}))
        return ERROR
    click.echo(_json({"line": number, **values}))
    return _code_of(ranking)


def _answer_or_complain(retriever: Retriever, question: str, options: AnswerOptions) -> int:
    try:
        return answer(retriever, question, options)
    except PassageSearchError as error:
        return complain("query", str(error))


def _shows_links() -> bool:
    from query.showing.links import shows_links

    return shows_links(os.environ)
