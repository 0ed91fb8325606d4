"""What a build tells when it is done."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embed import PassageSearchError
from index.commands.output import NAMED, count_of, path_here
from index.store.build_command import installed_command
from index.store.locating import find_index

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.build import BuildReport


def describe_report(report: BuildReport, example: str) -> str:
    """Return what a build did, as lines; the last is the command that asks `example`."""
    manifest = report.generation.manifest
    directory = path_here(report.generation.path.parent)
    holds = f"{count_of(manifest.documents, 'article')}, {count_of(manifest.passages, 'passage')}"
    lines = []
    if report.changed:
        copied = manifest.passages - report.embedded - report.kept
        lines.append(f"Indexed {holds} in {report.seconds:.1f} s: {directory}")
        lines.append(
            f"Embedded {count_of(report.embedded, 'passage')}"
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
        f"Not text: {count_of(count, 'byte')} of {doc_id}, replaced by U+FFFD"
        for doc_id, count in list(report.replaced.items())[:NAMED]
    ]
    if len(report.replaced) > NAMED:
        lines.append(
            f"Not text: bytes of {len(report.replaced) - NAMED:,} more files; --json names all"
        )
    encodings = list(report.encodings.items())
    lines += [f"Not UTF-8: {doc_id}, read as {name}" for doc_id, name in encodings[:NAMED]]
    if len(encodings) > NAMED:
        lines.append(f"Not UTF-8: {len(encodings) - NAMED:,} more files; --json names all")
    from index.splitting.structure import READ_AS_TEXT

    notes = [f"{doc_id}: {note}" for doc_id, found in report.notes.items() for note in found]
    lines += [
        note if note.endswith(READ_AS_TEXT) else f"Not read: {note}" for note in notes[:NAMED]
    ]
    if len(notes) > NAMED:
        lines.append(f"Not read: parts of {len(notes) - NAMED:,} more files; --json names all")
    lines += [f"Left out {entry.path}: {entry.reason}" for entry in report.left_out[:NAMED]]
    if len(report.left_out) > NAMED:
        lines.append(f"Left out {len(report.left_out) - NAMED:,} more; --json names all")
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


def _query_command(directory: Path, example: str) -> str:
    """Return the command that asks this index, as it is typed in this shell."""
    command = [installed_command("query")]
    if not _is_found(directory):
        command += ["--index", path_here(directory)]
    live = set('"\\$`!') & set(example)  # what a shell would act on between double quotes
    quoted = shlex.quote(example) if live else f'"{example}"'
    return f"{shlex.join(command)} {quoted}"


def _is_found(directory: Path) -> bool:
    """Return whether `query` finds this index without being told."""
    try:
        return find_index().resolve() == directory.resolve()
    except PassageSearchError:
        return False


def report_values(report: BuildReport) -> dict[str, Any]:
    """Return what a build did, by name, for JSON."""
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
