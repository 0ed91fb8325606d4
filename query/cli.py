"""The `query` command: a question in, the passages on its topic out."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TextIO, get_args

import click

from embed.errors import PassageSearchError
from index import (
    ERROR,
    FOUND,
    MODES,
    NOTHING_FOUND,
    Mode,
    Name,
    Number,
    WholeNumber,
    announce_export,
    announce_learning,
    complain,
    exit_at_once,
    run_command,
)
from query.errors import QueryError
from query.options import MOST_CHANCE, SearchOptions
from query.ranking import Ranking
from query.showing.safe_text import shown
from query.showing.terminal import Page, aside, no_match, note, nothing_else, render

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from index import DocumentRecord, Generation, KeptEncoder, Passage, ProgressLine
    from query.local_searcher import LocalSearcher
    from query.prompt import History
    from query.retriever import Retriever
    from query.searcher import Searcher

_LONGEST_WAIT = 5.0
"""Seconds to wait for another build before the index is asked as it is."""

_WAITING = f"waiting up to {_LONGEST_WAIT:g} s until it is done"
_GIVEN_UP = "the index is asked as it is"

_HELP = """Print the passages that match a question better than chance.

They are on its topic; whether they answer it is not judged. TEXT is the question. Without it,
questions are read from standard input, one per line. At a terminal they are read from a prompt.

Exit status: 0 if a passage matches better than chance, 1 if none does, 2 after an error.
"""


# Folders that are named one by one.
_MOST_FOLDERS = 3

_Color = Literal["auto", "always", "never"]
_Format = Literal["text", "vimgrep"]


@dataclass(frozen=True, slots=True)
class _Options:
    search: SearchOptions
    as_json: bool
    context: int | None
    vimgrep: bool = False
    color: _Color = "auto"
    around: int | None = None
    opened: int | None = None

    @property
    def for_programs(self) -> bool:
        """True if nothing but the hits is printed, so that a program can read them."""
        return self.as_json or self.vimgrep


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
    help="The index; may be repeated, to search several as one. [default: .passage-index, here or "
    "above]",
)
@click.option("--update", is_flag=True, help="Bring the index up to date with its folder first.")
@click.option(
    "--doc",
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
    type=click.Choice(get_args(_Format)),
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
    "--color",
    type=click.Choice(get_args(_Color)),
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
def query(  # noqa: PLR0913, PLR0917 - an option each
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
    form: _Format,
    around: int | None,
    opened: int | None,
    like: str | None,
    show: str | None,
    color: _Color,
    no_history: bool,
    model: str | None,
) -> int:
    """Open the index once and search it for every question."""
    _check_together(
        {
            "--context": context is not None,
            "--json": as_json,
            f"--format {form}": form != "text",
            "--around": around is not None,
            "--open": opened is not None,
            "--show": show is not None,
        },
        {"TEXT": bool(text), "--like": like is not None, "--show": show is not None},
    )
    if opened is not None and not text and like is None and show is None:
        raise click.UsageError("--open opens a hit of one question: give TEXT, or --like.")
    if update:
        from index import KeptEncoder, find_indexes

        _bring_up_to_date(find_indexes(indexes or None), KeptEncoder(model=model))
    if show is not None:
        return _show(indexes, show, color, updated=update)
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
    options = _Options(search, as_json, context, form == "vimgrep", color, around, opened)
    with _open(indexes, model, one_off=bool(text or like), updated=update) as retriever:
        if like is not None:
            from query.neighbours import place_named

            _, passage = place_named(retriever.searcher, like)
            found = retriever.like(passage.passage_id, search)
            return _print_ranking(retriever, found, options)
        if text:
            return _answer(retriever, " ".join(text), options)
        if sys.stdin.isatty():
            from index import KeptEncoder, find_indexes

            kept = KeptEncoder(retriever.encoder, model=model) if update else None
            following = _Following(retriever, find_indexes(indexes or None), kept, options)
            return _Conversation(following, options, _history(wanted=not no_history)).run()
        return _answer_lines(retriever, sys.stdin, options)


def _check_together(forms: dict[str, bool], questions: dict[str, bool]) -> None:
    """Raise UsageError if the options ask for two forms of output, or two things are asked."""
    for wanted, what in ((forms, "forms of output"), (questions, "things to ask")):
        names = [name for name, given in wanted.items() if given]
        if len(names) > 1:
            raise click.UsageError(f"{names[0]} and {names[1]} are two {what}: choose one.")


def _bring_up_to_date(directories: Sequence[Path], encoder: KeptEncoder) -> None:
    """Bring indexes up to date, one after the other."""
    from index import ProgressLine

    with ProgressLine() as progress:
        for directory in directories:
            _update(directory, encoder, progress)


def _update(directory: Path, encoder: KeptEncoder, progress: ProgressLine) -> None:
    """Bring an index up to date; if another build is doing so, wait a little for it."""
    from index import BusyIndexError, update_index

    for wait in (0.0, _LONGEST_WAIT):
        try:
            update_index(
                directory,
                wait=wait,
                on_progress=progress.show,
                on_export=progress.announce_export,
                encoder=encoder,
            )
        except BusyIndexError as error:
            progress.say("")
            holder = str(error).split(":")[0]
            complain("query", f"{holder}: " + (_GIVEN_UP if wait else _WAITING))
        else:
            return


def _show(indexes: Sequence[str], place: str, color: _Color, *, updated: bool) -> int:
    """Print an article with one of its passages marked: in a pager at a terminal."""
    from index import find_indexes, open_each_current, open_generations
    from query.local_searcher import LocalSearcher
    from query.neighbours import place_named
    from query.showing.terminal import article

    def open_with(generations: Sequence[Generation]) -> LocalSearcher:  # no model is needed
        if not updated:
            _tell_changes(generations)
        return LocalSearcher(open_generations(generations))

    searcher = open_each_current(find_indexes(indexes or None), open_with)
    document, marked = place_named(searcher, place)
    passages = searcher.passages_of(document, 1, document.passages)
    page = _page(searcher.corpus, color)
    text, _ = article(document, passages, marked, page)
    is_long = text.count("\n") >= shutil.get_terminal_size().lines
    at_terminal = sys.stdout.isatty() and sys.stdin.isatty()
    if not (is_long and at_terminal and _paged(document, passages, marked, page)):
        click.echo(text, nl=False, color=True)
    return FOUND


def _paged(
    document: DocumentRecord, passages: Sequence[Passage], marked: Passage, page: Page
) -> bool:
    """Show an article in the pager; return False if there is none, or if it cannot be run."""
    from query.showing.pager import Pager, PagerError
    from query.showing.terminal import article

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


def _tell_changes(generations: Sequence[Generation]) -> None:
    """Say on standard error which of the indexes are older than their articles."""
    from index import staleness_note

    for generation in generations:
        if (note := staleness_note(generation)) is not None:
            complain("query", note)


def _open(indexes: Sequence[str], model: str | None, *, one_off: bool, updated: bool) -> Retriever:
    """Open the indexes and their model; `one_off` for a process that asks a single question.

    If they were just brought `updated`, it is not said what has changed in their folders since.
    """
    from index import find_indexes, open_each_current

    def open_with(generations: Sequence[Generation]) -> Retriever:
        first, *others = generations
        if others:
            from index import check_one_model

            check_one_model(generations)
        # The model comes first, and heavy modules last: while they are imported, a thread of the
        # encoder hashes the model's files.
        encoder = first.open_encoder(model, one_off=one_off, on_export=announce_export)
        from index import open_generations
        from query.local_searcher import LocalSearcher
        from query.retriever import Retriever

        joint = None
        if others:
            from index import JointCalibration

            # Learnt with an encoder that stays, so that it is the same to the bit.
            joint = JointCalibration(lambda: first.open_encoder(model), announce_learning)
        searcher = LocalSearcher(open_generations(generations), joint)
        retriever = Retriever(searcher, encoder)
        searcher.learn()
        if not updated:
            _tell_changes(generations)
        return retriever

    return open_each_current(find_indexes(indexes or None), open_with)


def _answer(retriever: Retriever, question: str, options: _Options) -> int:
    """Print the ranking of one question."""
    [ranking] = retriever.search([question], options.search)
    return _print_ranking(retriever, ranking, options)


def _print_ranking(retriever: Retriever, ranking: Ranking, options: _Options) -> int:
    """Print a ranking in the form that is wanted, or open one of its hits."""
    if options.as_json:
        click.echo(_json(ranking.to_dict()))
    elif options.vimgrep:
        from query.showing.vimgrep import vimgrep_lines

        click.echo(vimgrep_lines(ranking, retriever.searcher), nl=False)
    elif ranking and options.opened is not None:
        _open_hit(ranking, options.opened, retriever)
    elif ranking:
        click.echo(_shown_hits(ranking, retriever, options), nl=False, color=True)
    elif ranking.nearest:
        click.echo(no_match(ranking, _page(retriever.corpus, options.color)), nl=False)
    else:
        click.echo(f"No passage was found{_left_out_by(options.search)}.")
    return _code_of(ranking)


def _left_out_by(search: SearchOptions) -> str:
    """Return what left all passages out, if an option did."""
    if search.min_score is not None:
        return "; --min-score leaves the others out"
    return "; --mode leaves the others out" if search.mode == "lexical" else ""


def _code_of(ranking: Ranking) -> int:
    return FOUND if ranking.verdict == "match" else NOTHING_FOUND


def _open_hit(ranking: Ranking, number: int, retriever: Retriever) -> None:
    """Open a hit in an editor or a viewer; QueryError if there are not so many."""
    from query.opening import open_hit

    if not ranking:
        raise QueryError("there is nothing to open: the last question has no hits")
    if number > len(ranking):
        raise QueryError(f"there is no hit {number}: the last one is {len(ranking)}")
    hit = ranking[number - 1]
    folder = retriever.searcher.folder_of(hit.document).path
    open_hit(hit, retriever.corpus, os.environ, folder)


def _shown_hits(ranking: Ranking, retriever: Retriever, options: _Options) -> str:
    """Return the hits for a person, or as the context of a prompt."""
    if options.context is None:
        page = _page(retriever.corpus, options.color)
        few = len(ranking) < options.search.k and sys.stdout.isatty()
        return render(ranking, page, _neighbours(ranking, retriever, options)) + (
            nothing_else(ranking, page) if few else ""
        )
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
    ranking: Ranking, retriever: Retriever, options: _Options
) -> dict[int, tuple[Passage, ...]]:
    """Return each hit among the passages around it, by its rank, if they are wanted."""
    if options.around is None:
        return {}
    return {hit.rank: retriever.expand(hit, options.around, options.around) for hit in ranking}


def _json(values: dict[str, Any]) -> str:
    import json

    return json.dumps(values)


def _page(corpus: Path, color: _Color) -> Page:
    """Return the form of the output: wrapped and styled at a terminal, plain in a pipe."""
    terminal = sys.stdout.isatty()
    columns = os.environ.get("COLUMNS", "")
    width = shutil.get_terminal_size().columns if terminal or columns.isdigit() else None
    able = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    styled = able if color == "auto" else color == "always"
    return Page(width, styled, corpus, terminal and styled and _shows_links())


def _answer_lines(retriever: Retriever, lines: TextIO, options: _Options) -> int:
    """Answer one question per line; an error is told, and the next question answered.

    Empty lines ask nothing: they count for nothing in the exit code.
    """
    codes = set()
    for number, line in enumerate(lines, start=1):
        question = line.strip()
        if options.as_json:
            code = _answer_as_object(retriever, question, number, options.search)
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
    retriever: Retriever, question: str, number: int, search: SearchOptions
) -> int:
    """Print the one JSON object of an input line, its error too: the two must not come apart."""
    try:
        [ranking] = retriever.search([question], search)
    except PassageSearchError as error:
        click.echo(_json({"line": number, "error": str(error)}))
        return ERROR
    click.echo(_json({"line": number, **ranking.to_dict()}))
    return _code_of(ranking)


def _answer_or_complain(retriever: Retriever, question: str, options: _Options) -> int:
    try:
        return _answer(retriever, question, options)
    except PassageSearchError as error:
        return complain("query", str(error))


def _shows_links() -> bool:
    from query.showing.links import shows_links

    return shows_links(os.environ)


class _Following:
    """Keeps a retriever on the newest generation of its index while questions are typed.

    With `kept`, the model that is open, the index is brought up to date each time.
    """

    def __init__(
        self,
        retriever: Retriever,
        directories: Sequence[Path],
        kept: KeptEncoder | None,
        options: _Options,
    ) -> None:
        self.retriever = retriever
        self._directories = directories
        self._kept = kept
        self._options = options
        self._told: list[str] = []

    def move_on(self) -> None:
        """Move to the newest generation, and say so; what is in the way of that is said once."""
        before, troubles = self.retriever.generation, []
        for step in (self._update, self.retriever.refresh):
            try:
                step()
            except PassageSearchError as error:  # it stays on what it has
                troubles.append(str(error))
        for trouble in troubles:
            if trouble not in self._told:
                complain("query", trouble)
        self._told = troubles
        if self.retriever.generation != before:
            many = "" if len(self.retriever) == 1 else "s"
            said = f"The index is new: {len(self.retriever):,} passage{many}."
            said = aside(said, _page(self.retriever.corpus, self._options.color))
            click.echo(said, nl=False, err=self._options.for_programs, color=True)

    def _update(self) -> None:
        if self._kept is not None:
            _bring_up_to_date(self._directories, self._kept)


class _Conversation:
    """Questions and commands that are typed at a prompt."""

    def __init__(self, following: _Following, options: _Options, history: History | None) -> None:
        self._following = following
        self._retriever = following.retriever
        self._options = options
        self._history = history
        self._last: Ranking | None = None
        # What is said to the person must not get between the answers in a pipe.
        self._aside = not sys.stdout.isatty()

    def run(self) -> int:
        """Ask and answer until the end of file; return the exit code of the last answer."""
        from query.prompt import PromptError, line_editing

        editing = line_editing()
        try:
            earlier = self._history.lines() if self._history else []
        except PromptError as error:
            self._forget(error)
            earlier = []
        if editing is not None:
            for line in earlier:
                editing.add_history(line)
        corpus = self._retriever.corpus
        folders = " and ".join(_folders(self._retriever.searcher))
        said = f"{len(self._retriever):,} passages of {folders}. Type a question, or help."
        click.echo(note(said, _page(corpus, "never")), nl=False, err=self._aside)
        code = FOUND
        while True:
            try:
                line = self._typed()
            except EOFError:
                click.echo(err=self._aside)
                return code
            except KeyboardInterrupt:
                click.echo(err=self._aside)
                continue
            if not line.strip():
                continue
            self._remember(line)
            try:
                answered = self._obey(line)
            except PassageSearchError as error:
                answered = complain("query", str(error))
            if answered is None:
                return code
            code = answered
            click.echo(err=self._aside and self._options.for_programs)

    def _typed(self) -> str:
        """Ask for a line, and return it."""
        if not self._aside:
            return input("? ")
        click.echo("? ", nl=False, err=True)
        return input()

    def _remember(self, line: str) -> None:
        from query.prompt import PromptError

        if self._history is None:
            return
        try:
            self._history.add(line)
        except PromptError as error:
            self._forget(error)

    def _forget(self, error: PassageSearchError) -> None:
        """Say once that there is no history, and go on without it."""
        complain("query", str(error))
        self._history = None

    def _obey(self, line: str) -> int | None:
        """Answer a question or carry out a command; return the exit code, or None to end."""
        from query.prompt import HELP, command_in

        command = command_in(line)
        if command is None:
            return self._ask(line)
        if command.verb == "quit":
            return None
        if command.verb == "help":
            click.echo(HELP, nl=False, err=self._aside)
            return FOUND
        if command.verb == "open":
            if self._last is None:
                raise QueryError("nothing has been asked yet: type a question first")
            _open_hit(self._last, command.number, self._retriever)
            return FOUND
        if command.verb == "around":
            if self._options.for_programs or self._options.context is not None:
                raise QueryError(":around is for hits that are printed to be read")
            self._options = replace(self._options, around=command.number or None)
        else:
            search = replace(self._options.search, k=command.number)
            self._options = replace(self._options, search=search)
        return FOUND if self._last is None else self._ask(self._last.query)

    def _ask(self, question: str) -> int:
        self._following.move_on()
        [self._last] = self._retriever.search([question], self._options.search)
        return _print_ranking(self._retriever, self._last, self._options)


def _folders(searcher: Searcher) -> list[str]:
    """Return the folders that are searched, or the one that holds them if they are many."""
    folders = searcher.folders if len(searcher.folders) <= _MOST_FOLDERS else ("",)
    return [str(searcher.corpus / folder) for folder in folders]


def _history(*, wanted: bool) -> History | None:
    """Return the history of what was typed at prompts, if it is wanted."""
    if not wanted:
        return None
    from query.prompt import History, PromptError, history_path

    try:
        return History(history_path())
    except PromptError as error:
        complain("query", str(error))
        return None


def main() -> None:
    """Entry point of the `query` command."""
    exit_at_once(run_command(query, "query"))
