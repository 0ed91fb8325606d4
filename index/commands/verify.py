"""`index verify`: every byte and every citation of an index."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from embed.operating_system import interrupts_held
from index.command_line import (
    FOUND,
    NOTHING_FOUND,
    Name,
    announce_export,
)
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
from index.commands.status import describe_gone
from index.store.generation import Generation
from index.store.locating import find_index

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.store.verification import IndexVerification


@click.command(
    context_settings=CONTEXT, short_help="Check every byte and every citation of an index."
)
@index_option
@click.option(
    "--model",
    type=Name(),
    metavar="NAME",
    help="The model, if it has moved since the index was built.",
)
@json_option
def verify(directory: str | None, model: str | None, as_json: bool) -> int:
    """Check the whole index: every byte, a sample of the vectors, and every citation.

    Exit status: 0 if all is right, 1 if passages no longer stand where they are cited because their
    articles have changed, 2 if the index is damaged, and after any other error.
    """
    with interrupts_held():
        from index.store.open_index import OpenIndex
        from index.store.verification import verify as verify_index

    opened = OpenIndex.open(find_index(directory))
    found = verify_index(opened, opened.generation.open_encoder(model, on_export=announce_export))
    if as_json:
        values = {"generation": opened.generation.name, "ok": not found.moved, **asdict(found)}
        print_text(json.dumps(values))
    else:
        print_wrapped(_describe_verification(opened.generation, found))
    return NOTHING_FOUND if found.moved else FOUND


def _describe_verification(generation: Generation, found: IndexVerification) -> str:
    lines = [
        f"{generation.name}: all {found.bytes:,} bytes are as they were written",
        f"{count_of(found.vectors, 'vector')} made again, {_difference(found.largest_difference)}",
        f"{count_of(found.passages, 'passage')} of {generation.manifest.passages:,} "
        f"read again in {path_here(generation.corpus)}, where cited",
    ]
    if generation.corpus_is_gone:
        return "\n".join([*lines, *describe_gone(generation)])
    lines += [
        f"Not where cited: {entry.doc_id}#{_ranges(entry.numbers)} ({entry.reason})"
        for entry in found.moved[:NAMED]
    ]
    if len(found.moved) > NAMED:
        lines.append(
            f"Not where cited: passages of {len(found.moved) - NAMED:,} more articles; "
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
