"""The `index` command: build an index, show what it holds, verify it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from embed import PassageSearchError
from index.command_line import (
    FOUND,
    INTERRUPTED,
    NOTHING_FOUND,
    Name,
    Number,
    announce_export,
    fitted,
    run_command,
    terminal_width,
)
from index.errors import NoIndexError
from index.names import listed, printable
from index.progress_line import ProgressLine
from index.reading.formats import KINDS
from index.store.build_command import installed_command
from index.store.generation import Generation, current_name
from index.store.locating import find_index, index_to_write, milvus_address
from index.store.manifest import LARGEST_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from index.build import BuildReport
    from index.listing import ListedIndex
    from index.store.kept import KeptVectors
    from index.store.staleness import Changes, FolderNow
    from index.store.verification import IndexVerification
    from index.types import DocumentRecord
    from index.watching import Told, Updated

_CONTEXT = {"help_option_names": ["-h", "--help"]}
_MEBIBYTE = 1 << 20


def _encoding(_: click.Context, option: click.Parameter, value: str | None) -> str:
    """Return the name of an encoding of text as Python has it; "" if none is given."""
    if value is None:
        return ""
    try:
        b"x".decode(value)
    except (LookupError, ValueError):
        raise click.BadParameter(
            f"no encoding is called {value!r}: give a name such as cp1252, latin-2 or shift_jis",
            param=option,
        ) from None
    return value.lower()


_encoding_option = click.option(
    "--encoding",
    callback=_encoding,
    metavar="NAME",
    help="The encoding of files that are not in Unicode. [default: found for each]",
)
_index_option = click.option(
    "--index",
    "directory",
    type=Name(),
    metavar="DIR",
    help="The index. [default: .passage-index]",
)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")

# How many of the files left out are named before the rest is only counted.
_NAMED = 10

# The column in which values stand below one another.
_VALUES = 9
# The same of the sources of an index on the list.
_LISTED = 3


@click.group(context_settings=_CONTEXT)
@click.version_option(package_name="passage-search")
def index() -> None:
    """Index a folder of articles, so that the query command can search it."""


_BUILD_HELP = f"""
Index the articles in folders, and files; what has not changed is not embedded again.

Without FOLDER or FILE, the index is brought up to date as it was built: from the same sources,
with the same patterns, model and limits, but for the options that are given.

{KINDS[0].upper()}{KINDS[1:]} are read. What a .passageignore in a folder names, in the syntax of
.gitignore, is left out. GLOB has the same syntax.
"""


@index.command(
    context_settings=_CONTEXT,
    help=_BUILD_HELP,
    short_help="Index files and folders, or bring an index up to date.",
)
@click.argument("sources", nargs=-1, type=Name(), metavar="[FOLDER|FILE]...")
@_index_option
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
@_encoding_option
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
@_json_option
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
    _print(json.dumps(_report_json(report)) if as_json else _describe(report, example))
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
    keeps = f"{_count(kept.passages, 'passage') if kept else 'Nothing'} {are}"
    answers = "the old index still answers" if now else "there is no index yet"
    return f"Stopped. {keeps} kept for the next build; {answers}."


def _print(text: str) -> None:
    """Print lines with control characters written out, since names of files may hold them."""
    click.echo("\n".join(map(printable, text.split("\n"))))


def _print_wrapped(text: str, indent: int = _VALUES) -> None:
    """Print lines as `_print` does; at a terminal they are wrapped under their values."""
    lines = (fitted(printable(line), sys.stdout, indent) for line in text.split("\n"))
    click.echo("\n".join(lines))


def _describe(report: BuildReport, example: str) -> str:
    manifest = report.generation.manifest
    directory = _path(report.generation.path.parent)
    holds = f"{_count(manifest.documents, 'article')}, {_count(manifest.passages, 'passage')}"
    lines = []
    if report.changed:
        copied = manifest.passages - report.embedded - report.kept
        lines.append(f"Indexed {holds} in {report.seconds:.1f} s: {directory}")
        lines.append(
            f"Embedded {_count(report.embedded, 'passage')}"
            + (f", took over {copied:,} that had not changed" if copied else "")
            + (f", took over {report.kept:,} of a build that was stopped" if report.kept else "")
            + f": {report.tokens_read:,} tokens read, {report.tokens_embedded:,} embedded"
        )
    else:
        lines.append(f"Nothing has changed: {holds}, {manifest.tokens:,} tokens: {directory}")
    lines += _describe_not_read(report)
    lines.append(f"Ask it: {_query_command(report.generation.path.parent, example)}")
    return "\n".join(lines)


def _describe_not_read(report: BuildReport) -> list[str]:
    """Return lines about what is not in the index: bytes, files, and files of other kinds."""
    lines = [
        f"Not text: {_count(count, 'byte')} of {doc_id}, replaced by U+FFFD"
        for doc_id, count in list(report.replaced.items())[:_NAMED]
    ]
    if len(report.replaced) > _NAMED:
        lines.append(
            f"Not text: bytes of {len(report.replaced) - _NAMED:,} more files; --json names all"
        )
    encodings = list(report.encodings.items())
    lines += [f"Not UTF-8: {doc_id}, read as {name}" for doc_id, name in encodings[:_NAMED]]
    if len(encodings) > _NAMED:
        lines.append(f"Not UTF-8: {len(encodings) - _NAMED:,} more files; --json names all")
    from index.splitting.structure import READ_AS_TEXT

    notes = [f"{doc_id}: {note}" for doc_id, found in report.notes.items() for note in found]
    lines += [
        note if note.endswith(READ_AS_TEXT) else f"Not read: {note}" for note in notes[:_NAMED]
    ]
    if len(notes) > _NAMED:
        lines.append(f"Not read: parts of {len(notes) - _NAMED:,} more files; --json names all")
    lines += [f"Left out {entry.path}: {entry.reason}" for entry in report.left_out[:_NAMED]]
    if len(report.left_out) > _NAMED:
        lines.append(f"Left out {len(report.left_out) - _NAMED:,} more; --json names all")
    if report.ignored:
        from index.reading.folder import describe_ignored

        lines.append(f"Left out by patterns: {describe_ignored(report.ignored)}")
    if report.kinds:
        lines += _describe_kinds(report.kinds)
    return lines


def _describe_kinds(kinds: Sequence[tuple[str, int]]) -> list[str]:
    """Return lines about files of other kinds; those that can be made readable are apart."""
    from index.reading.folder import describe_kinds
    from index.reading.formats import CONVERTIBLE

    convertible = [kind for kind in kinds if kind[0] in CONVERTIBLE]
    others = [kind for kind in kinds if kind[0] not in CONVERTIBLE]
    lines = [f"Not read: {describe_kinds(others)}"] if others else []
    if convertible:
        found = describe_kinds(convertible)
        lines.append(f"Not read: {found}: convert them first, to PDF or .docx for instance")
    return lines


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _path(path: Path) -> str:
    """Return a path as it is best typed here."""
    return min(str(path.absolute()), os.path.relpath(path), key=len)


def _query_command(directory: Path, example: str) -> str:
    """Return the command that asks this index, as it is typed in this shell."""
    command = [installed_command("query")]
    if not _is_found(directory):
        command += ["--index", _path(directory)]
    live = set('"\\$`!') & set(example)  # what a shell would act on between double quotes
    quoted = shlex.quote(example) if live else f'"{example}"'
    return f"{shlex.join(command)} {quoted}"


def _is_found(directory: Path) -> bool:
    """Return whether `query` finds this index without being told."""
    try:
        return find_index().resolve() == directory.resolve()
    except PassageSearchError:
        return False


def _report_json(report: BuildReport) -> dict[str, Any]:
    manifest = report.generation.manifest
    return {
        "generation": report.generation.name,
        "changed": report.changed,
        "documents": manifest.documents,
        "passages": manifest.passages,
        "sentences": manifest.sentences,
        "tokens": manifest.tokens,
        "embedded": report.embedded,
        "kept": report.kept,
        "tokens_read": report.tokens_read,
        "tokens_embedded": report.tokens_embedded,
        "replaced": sum(report.replaced.values()),
        "replaced_in": dict(report.replaced),
        "encodings": dict(report.encodings),
        "notes": {doc_id: list(notes) for doc_id, notes in report.notes.items()},
        "other_kinds": dict(report.kinds),
        "left_out": [asdict(entry) for entry in report.left_out],
        "ignored": [asdict(entry) for entry in report.ignored],
        "seconds": round(report.seconds, 3),
        "index": str(report.generation.path.parent.resolve()),
    }


@index.command(
    context_settings=_CONTEXT, short_help="Keep an index up to date while its folder changes."
)
@_index_option
@click.option(
    "--poll",
    type=Number(0.1),
    metavar="SECONDS",
    help="Look at the folder every so many seconds, as a network drive needs. "
    "[default: the system tells of changes]",
)
@_json_option
def watch(directory: str | None, poll: float | None, as_json: bool) -> int:
    """Bring the index up to date, and again whenever its folder changes, until Ctrl-C.

    It is built as it was before: the same folder, model and options.

    Exit status: 130 after Ctrl-C, 2 after an error that watching cannot outlast.
    """
    from index.watching import watch_index

    where = find_index(directory).absolute()
    sources = listed([_path(source) for source in Generation.open(where).sources])
    _say(f"Watching {sources} for {_path(where)}. Ctrl-C ends it.", aside=as_json)
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
        _say(json.dumps(_report_json(happening.report)))
    else:
        if happening.changes != ArticleChanges() or happening.report.embedded:
            _say(f"{_clock()}  {_describe_update(happening)}")
        for entry in happening.not_read[:_NAMED]:
            _say(f"{_clock()}  left out {entry.path}: {entry.reason}")
        if len(happening.not_read) > _NAMED:
            more = len(happening.not_read) - _NAMED
            _say(f"{_clock()}  left out {more:,} more; index build --json names all")


def _describe_update(update: Updated) -> str:
    """Return what changed and what was done, in a line."""
    changes = [(kind, number) for kind, number in asdict(update.changes).items() if number]
    named = [f"{number:,} {kind}" for kind, number in changes]
    if changes:
        kind, number = changes[0]
        named[0] = f"{_count(number, 'article')} {kind}"
    what = ", ".join(named) or "articles read anew"
    embedded = update.report.embedded
    done = f"{_count(embedded, 'passage')} embedded" if embedded else "nothing to embed"
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


@index.command(
    context_settings=_CONTEXT, short_help="Show what an index holds, and what has changed since."
)
@_index_option
@_json_option
def status(directory: str | None, as_json: bool) -> int:
    """Show what the index holds, and what has changed in the folder since.

    Exit status: 0 if nothing has changed, 1 if something has, 2 after an error.
    """
    from index.store.kept import kept_in
    from index.store.open_index import OpenIndex
    from index.store.staleness import FolderNow

    if (address := milvus_address(directory)) is not None:
        return _pushed_status(address, as_json=as_json)
    try:
        opened = OpenIndex.open(find_index(directory))
    except NoIndexError:
        unfinished = index_to_write(directory)
        if kept := kept_in(unfinished):
            raise NoIndexError(
                f"there is no index in {unfinished} yet, only what is kept for the next "
                f"index build: {_kept(kept)}"
            ) from None
        raise
    documents = opened.catalog.documents()
    folder = FolderNow.read(opened.generation, opened.catalog.refusals())
    changes = folder.changes_since(documents)
    kept = kept_in(opened.generation.path.parent)
    if as_json:
        values = _status_json(opened.generation, documents, changes)
        not_read = [asdict(entry) for entry in folder.not_read]
        replaced = {record.doc_id: record.replaced for record in documents if record.replaced}
        values |= {"not_read": not_read, "replaced_in": replaced}
        _print(json.dumps({**values, "kept": asdict(kept) if kept else None}))
    else:
        _print_wrapped(_describe_status(opened.generation, folder, changes, kept))
    return NOTHING_FOUND if changes else FOUND


def _pushed_status(address: str, *, as_json: bool) -> int:
    """Show what an index in Milvus holds. What has changed since, the folder's own index knows."""
    from index.store.opening import open_pushed

    with contextlib.closing(open_pushed(address)) as opened:
        manifest, place = opened.generation.manifest, str(opened.engine.address)
    if as_json:
        values = asdict(manifest)
        del values["chance"], values["files"]
        about = {"generation": opened.name, "index": place, **values, "folder": str(opened.corpus)}
        _print(json.dumps(about))
        return FOUND
    sources = [str(opened.corpus / source) for source in manifest.sources or ("",)]
    lines = [
        f"index    {place} ({opened.name})",
        *(f"articles {source}" for source in sources[:_NAMED]),
        f"holds    {_count(manifest.documents, 'article')}, "
        f"{_count(manifest.passages, 'passage')}, {_count(manifest.sentences, 'sentence')}",
        f"model    {manifest.model} ({manifest.precision}, {manifest.fingerprint[:12]})",
    ]
    _print_wrapped("\n".join(lines))
    return FOUND


def _status_json(
    generation: Generation, documents: Sequence[DocumentRecord], changes: Changes
) -> dict[str, Any]:
    values = asdict(generation.manifest)
    del values["chance"], values["files"]
    return {
        "generation": generation.name,
        "index": str(generation.path.parent.resolve()),
        **values,
        "folder": str(generation.corpus),
        "folder_exists": not generation.corpus_is_gone,
        "documents": [
            {
                "doc_id": record.doc_id,
                "title": record.title,
                "subtitle": record.subtitle,
                "byline": record.byline,
                "date": record.date,
                "passages": record.passages,
            }
            for record in documents
        ],
        "bytes": generation.size,
        **asdict(changes),
    }


def _describe_gone(generation: Generation) -> list[str]:
    """Return lines about the folder that is gone, or sources in it, and what to do; or none."""
    gone = [str(generation.corpus)] if generation.corpus_is_gone else generation.settings.gone
    if not gone:
        return []
    kind = "folder" if generation.corpus_is_gone else "source"
    lines = [f"This {kind} is not there any more: {path}" for path in gone[:_NAMED]]
    if len(gone) > _NAMED:
        lines.append(f"Nor are {len(gone) - _NAMED:,} more")
    are_left = 0 < len(gone) < len(generation.sources)
    how = "To go on without" if are_left else "If it has moved"
    return [*lines, f"{how}, run: {generation.build_command}"]


def _describe_sources(generation: Generation) -> list[str]:
    """Return lines about what an index was made from: folders and files, and patterns."""
    manifest = generation.manifest
    sources = [generation.corpus / source for source in manifest.sources or (".",)]
    lines = [f"articles {_path(source)}" for source in sources[:_NAMED]]
    if len(sources) > _NAMED:
        lines.append(f"articles {len(sources) - _NAMED:,} more files or folders; --json names all")
    patterns = {"include": manifest.include, "exclude": manifest.exclude}
    return [*lines, *(f"{name:8} {shlex.join(some)}" for name, some in patterns.items() if some)]


def _kept(kept: KeptVectors) -> str:
    """Return what is kept of a build that was stopped."""
    size = f"{kept.bytes / 1e6:,.0f} MB" if kept.bytes >= 1e6 else _count(kept.bytes, "byte")
    return f"{_count(kept.passages, 'passage')} of a build that was stopped, {size}"


def _describe_status(
    generation: Generation, folder: FolderNow, changes: Changes, kept: KeptVectors | None
) -> str:
    from index.reading.folder import describe_ignored, describe_kinds

    manifest = generation.manifest
    holds = (
        f"{_count(manifest.documents, 'article')}, {_count(manifest.passages, 'passage')}, "
        f"{_count(manifest.sentences, 'sentence')}, {_count(manifest.tokens, 'token')}"
    )
    lines = [
        f"index    {_path(generation.path.parent)} ({generation.name})",
        *_describe_sources(generation),
        f"holds    {holds}, {_count(generation.size, 'byte')}",
        f"model    {manifest.model} ({manifest.precision}, {manifest.fingerprint[:12]})",
        *([f"kept     {_kept(kept)}"] if kept else []),
    ]
    if generation.corpus_is_gone:
        return "\n".join([*lines, *_describe_gone(generation)])
    if folder.kinds:
        lines.append(f"not read {describe_kinds(folder.kinds)}")
    if folder.ignored:
        lines.append(f"left out {describe_ignored(folder.ignored)}, by patterns")
    lines += [f"left out {entry.path}: {entry.reason}" for entry in folder.refused[:_NAMED]]
    if len(folder.refused) > _NAMED:
        lines.append(f"left out {len(folder.refused) - _NAMED:,} more; --json names all")
    if not changes:
        return "\n".join([*lines, "changes  none: every article is as it was indexed"])
    named = [
        f"{kind:8} {doc_id}" for kind, ids in asdict(changes).items() for doc_id in ids[:_NAMED]
    ]
    more = sum(max(len(ids) - _NAMED, 0) for ids in asdict(changes).values())
    if more:
        named.append(f"and {more:,} more: --json names all")
    todo = _describe_gone(generation) or [f"Bring it up to date: {generation.build_command}"]
    return "\n".join([*lines, *named, *todo])


@index.command(
    context_settings=_CONTEXT, short_help="Check every byte and every citation of an index."
)
@_index_option
@click.option(
    "--model",
    type=Name(),
    metavar="NAME",
    help="The model, if it has moved since the index was built.",
)
@_json_option
def verify(directory: str | None, model: str | None, as_json: bool) -> int:
    """Check the whole index: every byte, a sample of the vectors, and every citation.

    Exit status: 0 if all is right, 1 if passages no longer stand where they are cited because their
    articles have changed, 2 if the index is damaged, and after any other error.
    """
    from index.store.open_index import OpenIndex
    from index.store.verification import verify as verify_index

    opened = OpenIndex.open(find_index(directory))
    found = verify_index(opened, opened.generation.open_encoder(model, on_export=announce_export))
    if as_json:
        values = {"generation": opened.generation.name, "ok": not found.moved, **asdict(found)}
        _print(json.dumps(values))
    else:
        _print_wrapped(_describe_verification(opened.generation, found))
    return NOTHING_FOUND if found.moved else FOUND


@index.command(
    "list", context_settings=_CONTEXT, short_help="List the indexes built on this machine."
)
@_json_option
def list_indexes(as_json: bool) -> int:
    """List the indexes built on this machine: their places, and whether they are up to date.

    Those that are gone are listed until index clean takes them off the list.
    """
    from index.listing import ListedIndex, listed_indexes

    found = [ListedIndex.look(path) for path in listed_indexes()]
    if as_json:
        _print(json.dumps([entry.to_dict() for entry in found]))
    elif found:
        text = "\n\n".join("\n".join(_describe_listed(entry)) for entry in found)
        _print_wrapped(text, _VALUES + 2)
    else:
        _print("No index is on the list yet. Make one: index build FOLDER")
    return FOUND


def _describe_listed(entry: ListedIndex) -> list[str]:
    if entry.generation is None or entry.built is None:
        problem = [f"  problem  {entry.problem}"] if entry.problem else []
        return [str(entry.path), f"  state    {entry.state}", *problem]
    manifest = entry.generation.manifest
    sources = [entry.generation.corpus / source for source in manifest.sources or (".",)]
    more = len(sources) - _LISTED
    return [
        str(entry.path),
        *(f"  articles {source}" for source in sources[:_LISTED]),
        *([f"  articles {more:,} more files or folders; --json names all"] if more > 0 else []),
        f"  holds    {_count(manifest.documents, 'article')}, "
        f"{_count(manifest.passages, 'passage')}, {_megabytes(entry.generation.size)}",
        f"  model    {manifest.model} ({manifest.precision})",
        f"  built    {entry.built:%Y-%m-%d %H:%M}",
        f"  state    {entry.state}",
    ]


def _megabytes(size: int) -> str:
    """Return a size in words.

    >>> _megabytes(1_234_567_890), _megabytes(5_000)
    ('1,234.6 MB', '5,000 bytes')
    """
    return _count(size, "byte") if size < 100_000 else f"{size / 1e6:,.1f} MB"


@index.command(context_settings=_CONTEXT, short_help="Copy an index to Milvus, to be asked there.")
@click.argument("address", type=Name())
@_index_option
@click.option("--again", is_flag=True, help="Upload it though it is there, if it is damaged, say.")
@_json_option
def push(address: str, directory: str | None, again: bool, as_json: bool) -> int:
    """Copy an index to Milvus, to be asked there: query --index ADDRESS.

    ADDRESS is milvus://HOST:PORT/NAME, or milvus:FILE.db/NAME for a file of milvus-lite. A token
    goes into MILVUS_TOKEN. What is asked there meanwhile is answered by the generation before,
    which is kept until the push after this one.
    """
    from index.store.milvus.address import MilvusAddress
    from index.store.milvus.pushing import push as push_to

    place = MilvusAddress.parse(address)
    found = find_index(directory)
    with ProgressLine() as line:
        report = push_to(found, place, lambda done: line.say(done.line), again=again)
    if as_json:
        _print(json.dumps(asdict(report)))
        return FOUND
    what = f"{_count(report.passages, 'passage')} ({report.generation})"
    asked_with = installed_command("query")
    lines = [
        f"{report.address} has {what} already."
        if report.was_there
        else f"Pushed {what} to {report.address}",
        *(f"Removed what was pushed before: {name}" for name in report.removed),
        f'Ask it: {asked_with} --index {shlex.quote(report.address)} "your question"',
    ]
    _print_wrapped("\n".join(lines))
    return FOUND


@index.command(context_settings=_CONTEXT, short_help="Remove an index.")
@_index_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@_json_option
def remove(directory: str | None, yes: bool, as_json: bool) -> int:
    """Remove the index, and nothing else that lies beside it.

    At a terminal it asks first. Exit status: 0 if it was removed, 1 if not, 2 after an error.
    """
    from index.listing import forget_index
    from index.store.publishing import check_is_index, remove_index

    target = index_to_write(directory)
    check_is_index(target)
    if not yes:
        if not sys.stdin.isatty():
            raise PassageSearchError(
                f"to remove {target} without being asked at a terminal, give --yes"
            )
        if not click.confirm(printable(f"Remove the index {_path(target)}?"), err=True):
            click.echo("Nothing was removed.", err=True)
            return NOTHING_FOUND
    where = os.path.realpath(target)
    freed = remove_index(target)
    forget_index(Path(where))
    kept = os.path.lexists(target)
    if as_json:
        _print(json.dumps({"index": where, "freed": freed, "folder_kept": kept}))
    else:
        beside = ", which is kept for what else is in it" if kept else ""
        _print(f"Removed the index {_path(target)}{beside}: {_megabytes(freed)} freed")
    return FOUND


@index.command(context_settings=_CONTEXT, short_help="Remove what no query needs any more.")
@_index_option
@click.option(
    "--cache",
    is_flag=True,
    help="Remove exported models too, and what was learnt of indexes that were searched "
    "together; both are made again if they are needed.",
)
@_json_option
def clean(directory: str | None, cache: bool, as_json: bool) -> int:
    """Remove what no query needs: earlier generations of the index, what stopped builds kept.

    Indexes that are gone are taken off the list. With --cache, exported models are removed too,
    but for those that an index on the list needs and that cannot be made again without you.
    """
    from index.listing import forget_gone
    from index.store.publishing import clean_index

    target = index_to_write(directory)
    freed = clean_index(target) if directory is not None or os.path.lexists(target) else 0
    forgotten = forget_gone()
    models = 0
    if cache:
        from index.scoring.joint_calibration import clear_learnt

        models, cached = _clear_cache(target)
        freed += cached + clear_learnt()
    if as_json:
        _print(json.dumps({"freed": freed, "models": models, "off_the_list": forgotten}))
        return FOUND
    done = [f"{_megabytes(freed)} freed"] if freed else []
    if models:
        done.append(f"{_count(models, 'exported model')} removed")
    if forgotten:
        done.append(f"{forgotten:,} gone and taken off the list of indexes")
    _print(f"Cleaned: {', '.join(done)}" if done else "Nothing to clean.")
    return FOUND


def _clear_cache(directory: Path) -> tuple[int, int]:
    """Remove exported models; return how many, and their bytes.

    A model that is not packaged is opened only if it was exported here before, so that of an index
    is kept.
    """
    from embed.cache import fingerprint_with
    from embed.export.clearing import clear_exports
    from embed.model import announced_model
    from index.listing import ListedIndex, listed_indexes

    packaged = announced_model().fingerprint
    looked_at = map(ListedIndex.look, [*listed_indexes(), directory])
    needed = {found.generation.manifest.fingerprint for found in looked_at if found.generation}
    return clear_exports(needed - {packaged, fingerprint_with(packaged, "int8")})


@index.command(context_settings=_CONTEXT, short_help="Show how a file is taken apart.")
@click.argument("file", type=Name())
@_encoding_option
@click.option(
    "--furniture",
    is_flag=True,
    help="Show the text that is in no passage too: navigation, running heads, markup.",
)
@_json_option
def show(file: str, encoding: str, furniture: bool, as_json: bool) -> int:
    """Show how FILE is taken apart: its head, its passages and their places, what is left out."""
    from embed.encoder import Encoder
    from index.taken_apart import TakenApart

    encoder = Encoder.load(on_export=announce_export)
    found = TakenApart.read(Path(file), encoder, encoding=encoding)
    _print(
        json.dumps(found.to_dict())
        if as_json
        else "\n".join(found.lines(_columns(), furniture=furniture))
    )
    return FOUND


def _columns() -> int:
    """Return how many columns there are; endless if the output is not a terminal."""
    return terminal_width(sys.stdout) if sys.stdout.isatty() else sys.maxsize


def _describe_verification(generation: Generation, found: IndexVerification) -> str:
    lines = [
        f"{generation.name}: all {found.bytes:,} bytes are as they were written",
        f"{_count(found.vectors, 'vector')} made again, {_difference(found.largest_difference)}",
        f"{_count(found.passages, 'passage')} of {generation.manifest.passages:,} "
        f"read again in {_path(generation.corpus)}, where cited",
    ]
    if generation.corpus_is_gone:
        return "\n".join([*lines, *_describe_gone(generation)])
    lines += [
        f"Not where cited: {entry.doc_id}#{_ranges(entry.numbers)} ({entry.reason})"
        for entry in found.moved[:_NAMED]
    ]
    if len(found.moved) > _NAMED:
        lines.append(
            f"Not where cited: passages of {len(found.moved) - _NAMED:,} more articles; "
            "--json names all"
        )
    return "\n".join(lines)


def _difference(largest: float) -> str:
    return f"none differs by more than {largest:.0e}" if largest else "all the same to the last bit"


def _ranges(numbers: Sequence[int]) -> str:
    """Numbers in brief.

    >>> _ranges((1, 2, 3, 7))
    '1-3, 7'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs)


def main() -> None:
    """Entry point of the `index` command."""
    sys.exit(run_command(index, "index"))
