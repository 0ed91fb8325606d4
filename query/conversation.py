"""Questions and commands that are typed at the prompt of the `query` command."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from embed.errors import PassageSearchError
from index import FOUND, complain
from query.answering import AnswerOptions, open_numbered_hit, page_of, print_ranking
from query.errors import QueryError
from query.prompt import HELP, History, PromptError, command_in, history_path, line_editing
from query.showing.terminal import aside, note

if TYPE_CHECKING:
    from pathlib import Path

    from index import KeptEncoder
    from query.ranking import Ranking
    from query.retriever import Retriever
    from query.searcher import Searcher


_MOST_FOLDERS = 3
"""Folders that the greeting names, at most."""


class Following:
    """Keeps a retriever on the newest generation of its index while questions are typed.

    With `kept`, the model that is open, the index is brought up to date each time.
    """

    def __init__(
        self,
        retriever: Retriever,
        directories: Sequence[Path],
        kept: KeptEncoder | None,
        options: AnswerOptions,
    ) -> None:
        self.retriever = retriever
        self._directories = directories
        self._kept = kept
        self._options = options
        self._told: list[str] = []

    def move_on(self) -> None:
        """Move to the newest generation, and say so; what is in the way of that is said once."""
        before, troubles = self.retriever.generation, self._update()
        try:
            self.retriever.refresh()
        except PassageSearchError as error:  # it stays on what it has
            troubles.append(str(error))
        for trouble in troubles:
            if trouble not in self._told:
                complain("query", trouble)
        self._told = troubles
        if self.retriever.generation != before:
            many = "" if len(self.retriever) == 1 else "s"
            said = f"The index is new: {len(self.retriever):,} passage{many}."
            said = aside(said, page_of(self.retriever.corpus, self._options.color))
            click.echo(said, nl=False, err=self._options.for_programs, color=True)

    def _update(self) -> list[str]:
        """Bring the indexes up to date if that is wanted; return what is in the way."""
        if self._kept is None:
            return []
        from query.updating import bring_up_to_date

        return bring_up_to_date(self._directories, self._kept)


class Conversation:
    """Questions and commands that are typed at a prompt."""

    def __init__(
        self, following: Following, options: AnswerOptions, history: History | None
    ) -> None:
        self._following = following
        self._retriever = following.retriever
        self._options = options
        self._history = history
        self._last: Ranking | None = None
        # What is said to the person must not get between the answers in a pipe.
        self._aside = not sys.stdout.isatty()

    def run(self) -> int:
        """Ask and answer until the end of file; return the exit code of the last answer."""

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
        click.echo(note(said, page_of(corpus, "never")), nl=False, err=self._aside)
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
            open_numbered_hit(self._last, command.number, self._retriever)
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
        return print_ranking(self._retriever, self._last, self._options)


def _folders(searcher: Searcher) -> list[str]:
    """Return the folders that are searched, or the one that holds them if they are many."""
    folders = searcher.folders if len(searcher.folders) <= _MOST_FOLDERS else ("",)
    return [str(searcher.corpus / folder) for folder in folders]


def history_of_prompts(*, wanted: bool) -> History | None:
    """Return the history of what was typed at prompts, if it is wanted."""
    if not wanted:
        return None
    from query.prompt import History

    try:
        return History(history_path())
    except PromptError as error:
        complain("query", str(error))
        return None
