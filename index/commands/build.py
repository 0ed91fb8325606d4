"""`index build`: index files and folders, or bring an index up to date."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from index.command_line import (
    FOUND,
    INTERRUPTED,
    Name,
    Number,
)
from index.commands.build_report import describe_report, report_values
from index.commands.output import (
    CONTEXT,
    count_of,
    encoding_option,
    index_option,
    json_option,
    print_text,
)
from index.progress_line import ProgressLine
from index.reading.formats import KINDS
from index.store.generation import current_name
from index.store.locating import index_to_write
from index.store.manifest import LARGEST_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator


_MEBIBYTE = 1 << 20


_BUILD_HELP = f"""
Index the articles in folders, and files; what has not changed is not embedded again.

Without FOLDER or FILE, the index is brought up to date as it was built: from the same sources,
with the same patterns, model and limits, but for the options that are given.

{KINDS[0].upper()}{KINDS[1:]} are read. What a .passageignore in a folder names, in the syntax of
.gitignore, is left out. GLOB has the same syntax.
"""


@click.command(
    context_settings=CONTEXT,
    help=_BUILD_HELP,
    short_help="Index files and folders, or bring an index up to date.",
)
@click.argument("sources", nargs=-1, type=Name(), metavar="[FOLDER|FILE]...")
@index_option
@click.option(
    "--include",
    multiple=True,
    type=Name(),
    metavar="GLOB",
    help="Read only such files of the folders; may be repeated. If this or --exclude is given, "
    "neither is remembered.",
)
@click.option(
    "--exclude",
    multiple=True,
    type=Name(),
    metavar="GLOB",
    help="Leave such files and folders out; may be repeated. If this or --include is given, "
    "neither is remembered.",
)
@click.option(
    "--model",
    type=Name(),
    metavar="NAME",
    help="A sentence-transformers model, by name or folder.",
)
@click.option(
    "--precision",
    type=click.Choice(["fp32", "int8"]),
    help="Compute exactly (fp32), or faster and less exactly (int8). [default: fp32]",
)
@click.option(
    "--max-file-size",
    type=Number(0, LARGEST_SIZE / _MEBIBYTE),
    metavar="MIB",
    help="Leave larger files out. [default: 16 for text and HTML, 256 for the others]",
)
@encoding_option
@click.option(
    "--wait",
    type=Number(0),
    default=0,
    metavar="SECONDS",
    help="Wait as long as this for another build to end. [default: not at all]",
)
@click.option("--replace", is_flag=True, help="Replace an index of other folders or files.")
@click.option(
    "--dask",
    type=Name(),
    metavar="ADDRESS",
    help="Let the workers of a Dask scheduler read and embed, such as tcp://host:8786; with local, "
    "a process for each processor of this machine. Not remembered.",
)
@click.option(
    "--example", default="your question", metavar="TEXT", help="The question in the closing line."
)
@json_option
def build(  # noqa: PLR0913, PLR0917  (an option each)
    sources: tuple[str, ...],
    directory: str | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    model: str | None,
    precision: str | None,
    max_file_size: float | None,
    encoding: str,
    wait: float,
    replace: bool,
    dask: str | None,
    example: str,
    as_json: bool,
) -> int:
    """Index the articles in folders, and files."""
    from dataclasses import replace as changed

    from index.build_plan import BuildPlan

    target = index_to_write(directory)
    if sources:
        plan = BuildPlan.for_sources([Path(source) for source in sources], include, exclude)
    else:
        plan = BuildPlan.remembered(target)
        if include or exclude:
            selection = changed(plan.selection, include=include, exclude=exclude)
            plan = changed(plan, selection=selection)
    plan = changed(
        plan,
        model=model or plan.model,
        precision=precision or plan.precision,
        max_bytes=plan.max_bytes if max_file_size is None else int(max_file_size * _MEBIBYTE),
        encoding=encoding or plan.encoding,
        built=None if model or precision else plan.built,
    )
    before = current_name(target)
    progress = ProgressLine()
    workers = None
    if dask is not None:
        from index.distributing.dask_cluster import DaskCluster

        workers = DaskCluster.of(dask, progress.say)
    with _ended_by_signals():
        try:
            with progress:
                report = plan.build(
                    target,
                    wait=wait,
                    replace_other=replace,
                    on_progress=progress.show,
                    on_open=lambda: progress.say("Opening the model"),
                    on_export=progress.announce_export,
                    workers=workers,
                )
        except KeyboardInterrupt:
            with contextlib.suppress(OSError):  # nobody reads it
                print(_describe_stop(target, before), file=sys.stderr, flush=True)
            return INTERRUPTED
    print_text(json.dumps(report_values(report)) if as_json else describe_report(report, example))
    return FOUND


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Raise KeyboardInterrupt at the first Ctrl-C or SIGTERM, and pass over those that follow.

    What cleans up is not stopped in its turn. A signal that this process ignores stays ignored.
    """
    usual: dict[signal.Signals, Any] = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGTERM: signal.SIG_DFL,
    }
    handled = [number for number, handler in usual.items() if signal.getsignal(number) == handler]

    def stop(*_: object) -> NoReturn:
        for number in handled:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        handled = []
    for number in handled:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, usual[number])


def _describe_stop(directory: Path, before: str | None) -> str:
    """Return a line about a build that was stopped; `before` is the generation of before it."""
    from index.store.kept import kept_in

    kept, now = kept_in(directory), current_name(directory)
    if now != before:
        return "Stopped, when the new index was in use already."
    are = "is" if kept is None or kept.passages == 1 else "are"
    keeps = f"{count_of(kept.passages, 'passage') if kept else 'Nothing'} {are}"
    answers = "the old index still answers" if now else "there is no index yet"
    return f"Stopped. {keeps} kept for the next build; {answers}."
