"""The `query` command: a question in, the passages on its topic out."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import click
from click.core import ParameterSource

from index import (
    ERROR,
    FOUND,
    MODES,
    Mode,
    Name,
    Number,
    WholeNumber,
    complain,
    exit_at_once,
    run_command,
)
from query.answering import (
    AnswerOptions,
    Color,
    Format,
    answer,
    answer_lines,
    print_ranking,
)
from query.named_index import NamedIndex
from query.option_checks import (
    check_explained,
    check_no_question_needed,
    check_page,
    check_together,
    check_why_not,
)
from query.options import MOST_CHANCE, SearchOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from query.page.asked import Asked
    from query.retriever import Retriever

_HELP = """Print the passages that match a question better than chance.

They are on its topic; whether they answer it is not judged. TEXT is the question, after -- if it
begins with a dash. Without it, questions are read from standard input, one per line. At a terminal
they are read from a prompt.

Exit status: 0 if a passage matches better than chance, 1 if none does, 2 after an error.
"""


def _fields(
    _: click.Context, option: click.Parameter, values: tuple[str, ...]
) -> dict[str, str] | None:
    """Return the values of the `NAME=VALUE` options by name, or None if no option is given."""
    fields: dict[str, str] = {}
    for text in values:
        name, sign, value = text.partition("=")
        if not name or not sign:
            raise click.BadParameter(f"{text!r} is not NAME=VALUE: give tags=ice", param=option)
        fields[name] = value
    return fields or None


@click.command(help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("text", nargs=-1)
@click.option(
    "-k",
    type=WholeNumber(),
    default=5,
    show_default=True,
    metavar="N",
    help="The most passages to print.",
)
@click.option(
    "--index",
    "indexes",
    type=Name(),
    multiple=True,
    metavar="DIR",
    help="The index, or its address in Milvus; may be repeated, to search several folders as one. "
    "[default: .passage-index, here or above]",
)
@click.option("--update", is_flag=True, help="Bring the index up to date with its folder first.")
@click.option(
    "--doc",
    type=Name(),
    multiple=True,
    metavar="NAME",
    help="Search only this document, folder or glob; may be repeated.",
)
@click.option(
    "--field",
    "fields",
    multiple=True,
    callback=_fields,
    metavar="NAME=VALUE",
    help="Search only documents with this value in their front matter; may be repeated.",
)
@click.option(
    "--where",
    multiple=True,
    metavar="CONDITION",
    help="Search only documents for which this holds, such as 'date > 2023-05', author=Luzin, "
    "tag=energy, format=pdf or folder=2023; may be repeated, and then all must hold.",
)
@click.option(
    "--mode",
    type=click.Choice(MODES),
    default="hybrid",
    show_default=True,
    help="Rank by meaning and words, by meaning alone (dense), or by words alone (lexical).",
)
@click.option(
    "--min-score", type=Number(), metavar="SCORE", help="Leave out passages that score lower."
)
@click.option(
    "--p",
    "most_chance",
    type=Number(0, 1),
    default=MOST_CHANCE,
    show_default=True,
    metavar="CHANCE",
    help="Count a passage as a match if an unrelated question finds as good a match with at most "
    "this chance, from 0 to 1.",
)
@click.option(
    "--all",
    "show_all",
    is_flag=True,
    help="Print the nearest passages, also those that match no better than chance.",
)
@click.option(
    "--context",
    type=WholeNumber(),
    metavar="TOKENS",
    help="Print the passages as context for a prompt, in at most this many tokens.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one JSON object per question, or per line of standard input.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(get_args(Format)),
    default="text",
    show_default=True,
    help="Print hits to be read, or path:line:column:text, one line for each, for an editor.",
)
@click.option(
    "--around",
    type=WholeNumber(1),
    metavar="N",
    help="Print each passage among the N paragraphs before it and after it.",
)
@click.option(
    "--explain",
    "explained",
    is_flag=True,
    help="Print why each passage has its score: its parts, and the words that carry them.",
)
@click.option(
    "--why-not",
    type=Name(),
    metavar="PASSAGE",
    help="Print where this passage stands for TEXT, and what put it there: its id, or FILE:LINE. "
    "Scores every passage.",
)
@click.option(
    "--open",
    "opened",
    type=WholeNumber(1),
    metavar="N",
    help="Open hit N: text in $VISUAL or $EDITOR, anything else in its viewer.",
)
@click.option(
    "--like",
    type=Name(),
    metavar="PASSAGE",
    help="Print what says something similar to this passage: its id, such as a.txt#3, or "
    "FILE:LINE. Takes no TEXT.",
)
@click.option(
    "--show",
    type=Name(),
    metavar="PASSAGE",
    help="Print an article with this passage marked: its id, FILE:LINE, or its place as it is "
    "printed, such as 'report.pdf p. 12'. Takes no TEXT.",
)
@click.option(
    "--verify",
    type=Name(),
    metavar="LINE",
    help="Print whether the words that a citation line cites still stand in the files. LINE is the "
    "line, or - for all lines in a text on standard input. Exit status 1 if any do not. Takes no "
    "TEXT.",
)
@click.option(
    "--page",
    "as_page",
    is_flag=True,
    help="Open the answers in the browser, each passage in its article, and go on asking there. "
    "Served to this machine alone, until Ctrl-C.",
)
@click.option(
    "--port",
    type=WholeNumber(),
    metavar="N",
    help="The port of --page. [default: one that stays the same]",
)
@click.option("--no-browser", is_flag=True, help="Print the address of --page, and open nothing.")
@click.option(
    "--html",
    type=Name(),
    metavar="FILE",
    help="Write the answer as one page that needs nothing else, to send or to keep: passages in "
    "their articles, scores explained, citations to copy. FILE may be - for standard output.",
)
@click.option(
    "--color",
    type=click.Choice(get_args(Color)),
    default="auto",
    show_default=True,
    help="Print in bold and colour: at a terminal (auto), into a pipe too (always), or never.",
)
@click.option(
    "--no-history",
    is_flag=True,
    help="Neither read nor keep what is typed at the prompt.",
)
@click.option(
    "--model",
    type=Name(),
    metavar="NAME",
    help="The model, if it has moved since the index was built.",
)
@click.version_option(package_name="passage-search")
@click.pass_context
def query(  # noqa: PLR0911, PLR0913, PLR0917 - an option each, and a way to end for each form
    context_of_command: click.Context,
    text: tuple[str, ...],
    k: int,
    indexes: tuple[str, ...],
    update: bool,
    doc: tuple[str, ...],
    fields: dict[str, str] | None,
    where: tuple[str, ...],
    mode: Mode,
    min_score: float | None,
    most_chance: float,
    show_all: bool,
    context: int | None,
    as_json: bool,
    form: Format,
    around: int | None,
    explained: bool,
    why_not: str | None,
    opened: int | None,
    like: str | None,
    show: str | None,
    verify: str | None,
    as_page: bool,
    port: int | None,
    no_browser: bool,
    html: str | None,
    color: Color,
    no_history: bool,
    model: str | None,
) -> int:
    """Open the index once and search it for every question."""
    check_together(
        {
            "--context": context is not None,
            "--json": as_json,
            f"--format {form}": form != "text",
            "--around": around is not None,
            "--open": opened is not None,
            "--show": show is not None,
            "--page": as_page,
            "--html": html is not None,
            "--verify": verify is not None and not as_json,
        },
        {
            "TEXT": bool(text),
            "--like": like is not None,
            "--show": show is not None,
            "--verify": verify is not None,
        },
    )
    others = {"--context": context, "--open": opened, "--show": show, "--verify": verify}
    others |= {"--html": html}
    named = [name for name, given in others.items() if given is not None]
    if why_not is not None:
        check_why_not(named, around, form, has_text=bool(text) and like is None)
    if explained:
        check_explained([*named, *["--format vimgrep"] * (form == "vimgrep")])
    if not text and like is None:
        check_no_question_needed(
            {
                "--open opens a hit of": opened is not None,
                "--html holds the answer to": html is not None,
            }
        )
    check_page(
        {"--port": port is not None, "--no-browser": no_browser},
        {
            "--explain": explained,
            "--why-not": why_not is not None,
        },
        as_page=as_page,
    )
    if verify is not None:  # which needs no index
        return _verify(verify, indexes, color, as_json=as_json, updated=update)
    index = NamedIndex.find(indexes)
    if update:
        if not _updated(index, model):
            return ERROR
        index = replace(index, is_current=True)
    if as_page:
        from query.page.asked import asked_first

        is_default = context_of_command.get_parameter_source("k") == ParameterSource.DEFAULT
        given = {"doc": doc, "where": where, "mode": [mode], "all": ["1"] * show_all}
        given |= {"q": [" ".join(text)], "k": [] if is_default else [str(k)]}
        given |= {
            "p": [str(most_chance)],
            "min_score": [] if min_score is None else [str(min_score)],
        }
        asked = asked_first(given, fields or {})
        return _serve_page(index, asked, like, port, model, browser=not no_browser)
    if show is not None:
        from query.article import print_article

        return print_article(index, show, color)
    search = SearchOptions(
        max(k, opened or 1),
        doc or None,
        mode,
        min_score,
        most_chance,
        fields,
        matches_only=not show_all,
        where=where or None,
    )
    if html is not None:
        from query.exporting import Export

        export = Export(html)
        with index.retriever(model, one_off=True) as retriever:
            return export.answer(retriever, " ".join(text), like, search)
    options = AnswerOptions(
        search, as_json, context, form == "vimgrep", color, around, opened, explained
    )
    with index.retriever(model, one_off=bool(text or like)) as retriever:
        if text or like is not None:
            return _answer(retriever, " ".join(text), like, why_not, options)
        if sys.stdin.isatty():
            from index import KeptEncoder
            from query.conversation import Conversation, Following, history_of_prompts

            kept = KeptEncoder(retriever.encoder, model=model) if update else None
            following = Following(retriever, index.directories, kept, options)
            history = history_of_prompts(wanted=not no_history)
            return Conversation(following, options, history).run()
        return answer_lines(retriever, sys.stdin, options)


def _answer(
    retriever: Retriever,
    question: str,
    like: str | None,
    why_not: str | None,
    options: AnswerOptions,
) -> int:
    """Print the answer to the one question of the command."""
    if like is not None:
        from query.places import place_named

        _, passage = place_named(retriever.searcher, like)
        found = retriever.like(passage.passage_id, options.search)
        return print_ranking(retriever, found, options)
    if why_not is not None:
        from query.answering import print_why_not

        return print_why_not(retriever, question, why_not, options)
    return answer(retriever, question, options)


def _serve_page(
    index: NamedIndex,
    asked: Asked,
    like: str | None,
    port: int | None,
    model: str | None,
    *,
    browser: bool,
) -> int:
    """Serve the page until Ctrl-C."""
    from query.page.server import serve_page

    # It is never closed: a search may be under way in a thread when the process ends.
    retriever = index.retriever(model)
    if like is not None:
        from query.places import place_named

        _, passage = place_named(retriever.searcher, like)
        asked = replace(asked, like=passage.passage_id)
    serve_page(retriever, index, asked, port=port, browser=browser, model=model)
    return FOUND


def _verify(
    text: str, indexes: Sequence[str], color: Color, *, as_json: bool, updated: bool
) -> int:
    """Print what became of the words that citation lines cite."""
    from query.verifying import print_verifications

    if updated:
        raise click.UsageError("--verify looks into the files themselves: leave out --update.")

    return print_verifications(text, indexes, color, as_json=as_json)


def _updated(index: NamedIndex, model: str | None) -> bool:
    """Bring indexes up to date; tell each that fails, and return whether none does."""
    from index import KeptEncoder
    from query.updating import bring_up_to_date

    if index.address:
        raise click.UsageError("--update is for an index in files: update that, and push it.")
    failures = bring_up_to_date(index.directories, KeptEncoder(model=model))
    for failure in failures:
        complain("query", failure)
    return not failures


def main() -> None:
    """Entry point of the `query` command."""
    exit_at_once(run_command(query, "query"))
