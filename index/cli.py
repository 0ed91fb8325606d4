"""The `index` command: build an index, show what it holds, verify it."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import sys
import threading
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
    run_command,
    terminal_width,
)
from index.errors import NoIndexError
from index.names import printable
from index.store.build_command import installed_command
from index.store.generation import Generation, current_name
from index.store.locating import find_index, index_to_write
from index.store.manifest import LARGEST_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from embed import TextEncoder
    from index.build import BuildReport
    from index.store.kept import KeptVectors
    from index.store.staleness import Changes, FolderNow
    from index.store.verification import IndexVerification
    from index.types import DocumentRecord

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


@click.group(context_settings=_CONTEXT)
@click.version_option(package_name="passage-search")
def index() -> None:
    """Index a folder of articles, so that the query command can search it."""


@index.command(
    context_settings=_CONTEXT,
    short_help="Index the articles in a folder, or what has changed in it.",
)
@click.argument("folder", type=Name())
@_index_option
@click.option(
    "--model",
    type=Name(),
    metavar="NAME",
    help="A sentence-transformers model, by name or folder.",
)
@click.option(
    "--precision",
    type=click.Choice(["fp32", "int8"]),
    default="fp32",
    show_default=True,
    help="Compute exactly (fp32), or faster and less exactly (int8).",
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
@click.option("--replace", is_flag=True, help="Replace an index of another folder.")
@click.option(
    "--example", default="your question", metavar="TEXT", help="The question in the closing line."
)
@_json_option
def build(  # noqa: PLR0913, PLR0917  (an option each)
    folder: str,
    directory: str | None,
    model: str | None,
    precision: str,
    max_file_size: float | None,
    encoding: str,
    wait: float,
    replace: bool,
    example: str,
    as_json: bool,
) -> int:
    """Index the articles in FOLDER; what has not changed is not embedded again.

    Text, Markdown, HTML, PDF, Word (.docx), EPUB and subtitles are read.
    """
    from embed.cache import fingerprint_with
    from embed.model import announced_model
    from index.build import EncoderSource, build_index, check_same_folder
    from index.progress_line import ProgressLine

    corpus, target = Path(folder), index_to_write(directory)
    if model is not None and not replace:  # before a model is looked for, or fetched
        check_same_folder(corpus, target)
    announced = announced_model(model)
    fingerprint = fingerprint_with(announced.fingerprint, precision)
    before = current_name(target)
    progress = ProgressLine()

    def load() -> TextEncoder:
        from embed.encoder import Encoder

        progress.say("Opening the model")
        return Encoder.load(model, precision=precision, on_export=progress.announce_export)

    with _ended_by_signals():
        try:
            with progress:
                report = build_index(
                    corpus,
                    target,
                    EncoderSource(announced.name, fingerprint, precision, load),
                    max_bytes=None if max_file_size is None else int(max_file_size * _MEBIBYTE),
                    encoding=encoding,
                    wait=wait,
                    replace_other=replace,
                    on_progress=progress.show,
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
    notes = [f"{doc_id}: {note}" for doc_id, found in report.notes.items() for note in found]
    lines += [f"Not read: {note}" for note in notes[:_NAMED]]
    if len(notes) > _NAMED:
        lines.append(f"Not read: parts of {len(notes) - _NAMED:,} more files; --json names all")
    lines += [f"Left out {entry.path}: {entry.reason}" for entry in report.left_out[:_NAMED]]
    if len(report.left_out) > _NAMED:
        lines.append(f"Left out {len(report.left_out) - _NAMED:,} more; --json names all")
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
        "seconds": round(report.seconds, 3),
        "index": str(report.generation.path.parent.resolve()),
    }


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
        _print(_describe_status(opened.generation, folder, changes, kept))
    return NOTHING_FOUND if changes else FOUND


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
    """Return two lines: where the folder was that is gone, and what to do."""
    return [
        f"This folder is not there any more: {generation.corpus}",
        f"If it has moved, run: {generation.build_command}",
    ]


def _kept(kept: KeptVectors) -> str:
    """Return what is kept of a build that was stopped."""
    size = f"{kept.bytes / 1e6:,.0f} MB" if kept.bytes >= 1e6 else _count(kept.bytes, "byte")
    return f"{_count(kept.passages, 'passage')} of a build that was stopped, {size}"


def _describe_status(
    generation: Generation, folder: FolderNow, changes: Changes, kept: KeptVectors | None
) -> str:
    from index.reading.folder import describe_kinds

    manifest = generation.manifest
    holds = (
        f"{_count(manifest.documents, 'article')}, {_count(manifest.passages, 'passage')}, "
        f"{_count(manifest.sentences, 'sentence')}, {_count(manifest.tokens, 'token')}"
    )
    lines = [
        f"index    {_path(generation.path.parent)} ({generation.name})",
        f"articles {_path(generation.corpus)}",
        f"holds    {holds}, {_count(generation.size, 'byte')}",
        f"model    {manifest.model} ({manifest.precision}, {manifest.fingerprint[:12]})",
        *([f"kept     {_kept(kept)}"] if kept else []),
    ]
    if generation.corpus_is_gone:
        return "\n".join([*lines, *_describe_gone(generation)])
    if folder.kinds:
        lines.append(f"not read {describe_kinds(folder.kinds)}")
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
    return "\n".join([*lines, *named, f"Bring it up to date: {generation.build_command}"])


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
        _print(_describe_verification(opened.generation, found))
    return NOTHING_FOUND if found.moved else FOUND


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
