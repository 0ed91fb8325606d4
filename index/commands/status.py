"""`index status`: what an index holds, and what has changed since."""

from __future__ import annotations

import contextlib
import json
import shlex
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from embed.operating_system import interrupts_held
from index.command_line import FOUND, NOTHING_FOUND
from index.commands.output import (
    CONTEXT,
    NAMED,
    count_of,
    index_option,
    json_option,
    path_here,
    print_text,
    print_wrapped,
)
from index.errors import NoIndexError
from index.store.generation import Generation
from index.store.locating import find_index, index_to_write, milvus_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.store.folder_now import Changes, FolderNow
    from index.store.kept import KeptVectors
    from index.types import DocumentRecord


@click.command(
    context_settings=CONTEXT, short_help="Show what an index holds, and what has changed since."
)
@index_option
@json_option
def status(directory: str | None, as_json: bool) -> int:
    """Show what the index holds, and what has changed in the folder since.

    Exit status: 0 if nothing has changed, 1 if something has, 2 after an error.
    """
    with interrupts_held():
        from index.store.folder_now import FolderNow
        from index.store.kept import kept_in
        from index.store.open_index import OpenIndex

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
        print_text(json.dumps({**values, "kept": asdict(kept) if kept else None}))
    else:
        print_wrapped(_describe_status(opened.generation, folder, changes, kept))
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
        print_text(json.dumps(about))
        return FOUND
    sources = [str(opened.corpus / source) for source in manifest.sources or ("",)]
    lines = [
        f"index    {place} ({opened.name})",
        *(f"articles {source}" for source in sources[:NAMED]),
        f"holds    {count_of(manifest.documents, 'article')}, "
        f"{count_of(manifest.passages, 'passage')}, {count_of(manifest.sentences, 'sentence')}",
        f"model    {manifest.model} ({manifest.precision}, {manifest.fingerprint[:12]})",
    ]
    print_wrapped("\n".join(lines))
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


def describe_gone(generation: Generation) -> list[str]:
    """Return lines about the folder that is gone, or sources in it, and what to do; or none."""
    gone = [str(generation.corpus)] if generation.corpus_is_gone else generation.settings.gone
    if not gone:
        return []
    kind = "folder" if generation.corpus_is_gone else "source"
    lines = [f"This {kind} is not there any more: {path}" for path in gone[:NAMED]]
    if len(gone) > NAMED:
        lines.append(f"Nor are {len(gone) - NAMED:,} more")
    are_left = 0 < len(gone) < len(generation.sources)
    how = "To go on without" if are_left else "If it has moved"
    return [*lines, f"{how}, run: {generation.build_command}"]


def _describe_sources(generation: Generation) -> list[str]:
    """Return lines about what an index was made from: folders and files, and patterns."""
    manifest = generation.manifest
    sources = [generation.corpus / source for source in manifest.sources or (".",)]
    lines = [f"articles {path_here(source)}" for source in sources[:NAMED]]
    if len(sources) > NAMED:
        lines.append(f"articles {len(sources) - NAMED:,} more files or folders; --json names all")
    patterns = {"include": manifest.include, "exclude": manifest.exclude}
    return [*lines, *(f"{name:8} {shlex.join(some)}" for name, some in patterns.items() if some)]


def _kept(kept: KeptVectors) -> str:
    """Return what is kept of a build that was stopped."""
    size = f"{kept.bytes / 1e6:,.0f} MB" if kept.bytes >= 1e6 else count_of(kept.bytes, "byte")
    return f"{count_of(kept.passages, 'passage')} of a build that was stopped, {size}"


def _describe_status(
    generation: Generation, folder: FolderNow, changes: Changes, kept: KeptVectors | None
) -> str:
    from index.reading.folder import describe_ignored, describe_kinds

    manifest = generation.manifest
    holds = (
        f"{count_of(manifest.documents, 'article')}, {count_of(manifest.passages, 'passage')}, "
        f"{count_of(manifest.sentences, 'sentence')}, {count_of(manifest.tokens, 'token')}"
    )
    lines = [
        f"index    {path_here(generation.path.parent)} ({generation.name})",
        *_describe_sources(generation),
        f"holds    {holds}, {count_of(generation.size, 'byte')}",
        f"model    {manifest.model} ({manifest.precision}, {manifest.fingerprint[:12]})",
        *([f"kept     {_kept(kept)}"] if kept else []),
    ]
    if generation.corpus_is_gone:
        return "\n".join([*lines, *describe_gone(generation)])
    if folder.kinds:
        lines.append(f"not read {describe_kinds(folder.kinds)}")
    if folder.ignored:
        lines.append(f"left out {describe_ignored(folder.ignored)}, by patterns")
    lines += [f"left out {entry.path}: {entry.reason}" for entry in folder.refused[:NAMED]]
    if len(folder.refused) > NAMED:
        lines.append(f"left out {len(folder.refused) - NAMED:,} more; --json names all")
    if not changes:
        return "\n".join([*lines, "changes  none: every article is as it was indexed"])
    named = [
        f"{kind:8} {doc_id}" for kind, ids in asdict(changes).items() for doc_id in ids[:NAMED]
    ]
    more = sum(max(len(ids) - NAMED, 0) for ids in asdict(changes).values())
    if more:
        named.append(f"and {more:,} more: --json names all")
    todo = describe_gone(generation) or [f"Bring it up to date: {generation.build_command}"]
    return "\n".join([*lines, *named, *todo])
