"""The option --html: the answer to a question as one page in a file."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from index import FOUND, NOTHING_FOUND, complain
from query.page.exported import exported_answer
from query.page.exported_file import ExportedFile
from query.page.views.exported import exported
from query.showing.safe_text import shown

if TYPE_CHECKING:
    from query.options import SearchOptions
    from query.page.exported import ExportedAnswer
    from query.ranking import Ranking
    from query.retriever import Retriever
    from query.searcher import Searcher

_STANDARD_OUTPUT = "-"


@dataclass(frozen=True, slots=True)
class Export:
    """A page that is to be written to the file `name`, or to standard output if that is "-".

    Raises ExportError if the file cannot be written or must not be replaced.
    """

    name: str
    _file: ExportedFile | None = field(init=False)

    def __post_init__(self) -> None:
        """Look at the file, before a search that may take a while."""
        file = None if self.name == _STANDARD_OUTPUT else ExportedFile(self.name)
        object.__setattr__(self, "_file", file)

    def answer(
        self, retriever: Retriever, question: str, like: str | None, search: SearchOptions
    ) -> int:
        """Write what answers a question, or is like a passage, and return the exit code.

        On standard error it says what was written.
        """
        ranking, passage_id = _asked(retriever, question, like, search)
        answer = exported_answer(retriever, ranking, search, passage_id)
        data = exported(answer).encode("utf-8", "replace")
        if self._file is None:
            click.echo(data, nl=False)
        else:
            self._file.write(data)
        where = "standard output" if self._file is None else self.name
        click.echo(shown(f"wrote {where}, {_size(len(data))}: {_said(answer)}"), err=True)
        if self._file is not None and _is_among(self._file, retriever.searcher):
            complain(
                "query",
                f"{self.name} lies among the articles, and a build takes it for one: "
                "keep it elsewhere",
            )
        return FOUND if ranking.verdict == "match" else NOTHING_FOUND


def _asked(
    retriever: Retriever, question: str, like: str | None, search: SearchOptions
) -> tuple[Ranking, str]:
    """Return the ranking, and the id of the passage that it is like, or ""."""
    if like is None:
        [ranking] = retriever.search([question], search)
        return ranking, ""
    from query.places import place_named

    _, passage = place_named(retriever.searcher, like)
    return retriever.like(passage.passage_id, search), passage.passage_id


def _is_among(file: ExportedFile, searcher: Searcher) -> bool:
    """Return whether a file lies in a folder that was indexed."""
    roots = (os.path.realpath(searcher.corpus / folder) for folder in searcher.folders)
    return any(file.path.is_relative_to(root) for root in roots)


def _said(answer: ExportedAnswer) -> str:
    ranking, least = answer.answered.ranking, answer.answered.asked.min_score
    nothing = "nothing is about that" if ranking.verdict == "no_match" else ""
    count = len(ranking.hits or ranking.nearest)
    if not count and least is not None:
        return f"no passage scores {least:g} or more"
    if not count:
        return nothing or "no passage"
    near = "nearest " if nothing else ""
    articles = len(answer.articles)
    found = f"{count} {near}passage{'' if count == 1 else 's'} of {articles} "
    return ", ".join(filter(None, [nothing, f"{found}article{'' if articles == 1 else 's'}"]))


def _size(size: int) -> str:
    """Return a size as people say it.

    >>> _size(1), _size(31_400), _size(2_840_000)
    ('1 KB', '31 KB', '2.8 MB')
    """
    return f"{size / 1e6:.1f} MB" if size >= 10**6 else f"{max(round(size / 1000), 1)} KB"
