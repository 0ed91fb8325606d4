"""`index watch`: keep an index up to date while its folder changes."""

from __future__ import annotations

import json
import re
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from embed.wording import listed
from index.command_line import INTERRUPTED, Number, terminal_width
from index.commands.build_report import report_values
from index.commands.output import CONTEXT, NAMED, count_of, index_option, json_option, path_here
from index.names import printable
from index.progress_line import ProgressLine
from index.store.generation import Generation
from index.store.locating import find_index

if TYPE_CHECKING:
    from index.watching import Told, Updated


@click.command(
    context_settings=CONTEXT, short_help="Keep an index up to date while its folder changes."
)
@index_option
@click.option(
    "--poll",
    type=Number(0.1),
    metavar="SECONDS",
    help="Look at the folder every so many seconds, as a network drive needs. "
    "[default: the system tells of changes]",
)
@json_option
def watch(directory: str | None, poll: float | None, as_json: bool) -> int:
    """Bring the index up to date, and again whenever its folder changes, until Ctrl-C.

    It is built as it was before: the same folder, model and options.

    Exit status: 130 after Ctrl-C, 2 after an error that watching cannot outlast.
    """
    from index.watching import watch_index

    where = find_index(directory).absolute()
    sources = listed([path_here(source) for source in Generation.open(where).sources])
    _say(f"Watching {sources} for {path_here(where)}. Ctrl-C ends it.", aside=as_json)
    try:
        with ProgressLine() as progress:
            for happening in watch_index(
                where, poll=poll, on_progress=progress.show, on_export=progress.announce_export
            ):
                progress.say("")
                _tell(happening, as_json=as_json)
    except KeyboardInterrupt:
        _say("Stopped. The index stays as it is.", aside=as_json)
    return INTERRUPTED


def _tell(happening: Updated | Told, *, as_json: bool) -> None:
    """Print what happened while a folder was watched, with the time of day."""
    from index.watching import ArticleChanges, Told

    if isinstance(happening, Told):
        _say(f"{_clock()}  {happening.message}", aside=True)
    elif as_json:
        _say(json.dumps(report_values(happening.report)))
    else:
        if happening.changes != ArticleChanges() or happening.report.embedded:
            _say(f"{_clock()}  {_describe_update(happening)}")
        for entry in happening.not_read[:NAMED]:
            _say(f"{_clock()}  left out {entry.path}: {entry.reason}")
        if len(happening.not_read) > NAMED:
            more = len(happening.not_read) - NAMED
            _say(f"{_clock()}  left out {more:,} more; index build --json names all")


def _describe_update(update: Updated) -> str:
    """Return what changed and what was done, in a line."""
    changes = [(kind, number) for kind, number in asdict(update.changes).items() if number]
    named = [f"{number:,} {kind}" for kind, number in changes]
    if changes:
        kind, number = changes[0]
        named[0] = f"{count_of(number, 'article')} {kind}"
    what = ", ".join(named) or "articles read anew"
    embedded = update.report.embedded
    done = f"{count_of(embedded, 'passage')} embedded" if embedded else "nothing to embed"
    return f"{what}: {done}, {update.report.seconds:.1f} s"


def _clock() -> str:
    return time.strftime("%H:%M:%S")


def _say(text: str, *, aside: bool = False) -> None:
    """Print a line at once, `aside` on standard error; at a terminal, wrapped under its start."""
    stream = sys.stderr if aside else sys.stdout
    line = printable(" ".join(text.splitlines()))
    if stream.isatty():
        import textwrap

        start = re.match(r"\d\d:\d\d:\d\d  |", line)
        width = max(terminal_width(stream), 20)
        indent = " " * (start.end() if start else 0)
        # A ^C before it is overwritten.
        line = "\r\x1b[K" + textwrap.fill(
            line, width, subsequent_indent=indent, break_on_hyphens=False
        )
    print(line, file=stream, flush=True)
