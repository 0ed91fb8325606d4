"""`index list`: the indexes that were built on this machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from index.command_line import FOUND
from index.commands.output import (
    CONTEXT,
    VALUES,
    count_of,
    json_option,
    megabytes,
    print_text,
    print_wrapped,
)

if TYPE_CHECKING:
    from index.listing import ListedIndex

# The same of the sources of an index on the list.
_LISTED = 3


@click.command(
    "list", context_settings=CONTEXT, short_help="List the indexes built on this machine."
)
@json_option
def list_indexes(as_json: bool) -> int:
    """List the indexes built on this machine: their places, and whether they are up to date.

    Those that are gone are listed until index clean takes them off the list.
    """
    from index.listing import ListedIndex, listed_indexes

    found = [ListedIndex.look(path) for path in listed_indexes()]
    if as_json:
        print_text(json.dumps([entry.to_dict() for entry in found]))
    elif found:
        text = "\n\n".join("\n".join(_describe_listed(entry)) for entry in found)
        print_wrapped(text, VALUES + 2)
    else:
        print_text("No index is on the list yet. Make one: index build FOLDER")
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
        f"  holds    {count_of(manifest.documents, 'article')}, "
        f"{count_of(manifest.passages, 'passage')}, {megabytes(entry.generation.size)}",
        f"  model    {manifest.model} ({manifest.precision})",
        f"  built    {entry.built:%Y-%m-%d %H:%M}",
        f"  state    {entry.state}",
    ]
