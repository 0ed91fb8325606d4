"""`index remove` and `index clean`: remove an index, or what no query needs."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click

from embed import PassageSearchError
from index.command_line import FOUND, NOTHING_FOUND
from index.commands.output import (
    CONTEXT,
    count_of,
    index_option,
    json_option,
    megabytes,
    path_here,
    print_text,
)
from index.names import printable
from index.store.locating import index_to_write


@click.command(context_settings=CONTEXT, short_help="Remove an index.")
@index_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
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
        if not click.confirm(printable(f"Remove the index {path_here(target)}?"), err=True):
            click.echo("Nothing was removed.", err=True)
            return NOTHING_FOUND
    where = os.path.realpath(target)
    freed = remove_index(target)
    forget_index(Path(where))
    kept = os.path.lexists(target)
    if as_json:
        print_text(json.dumps({"index": where, "freed": freed, "folder_kept": kept}))
    else:
        beside = ", which is kept for what else is in it" if kept else ""
        print_text(f"Removed the index {path_here(target)}{beside}: {megabytes(freed)} freed")
    return FOUND


@click.command(context_settings=CONTEXT, short_help="Remove what no query needs any more.")
@index_option
@click.option(
    "--cache",
    is_flag=True,
    help="Remove exported models too, and what was learnt of indexes that were searched "
    "together; both are made again if they are needed.",
)
@json_option
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
        print_text(json.dumps({"freed": freed, "models": models, "off_the_list": forgotten}))
        return FOUND
    done = [f"{megabytes(freed)} freed"] if freed else []
    if models:
        done.append(f"{count_of(models, 'exported model')} removed")
    if forgotten:
        done.append(f"{forgotten:,} gone and taken off the list of indexes")
    print_text(f"Cleaned: {', '.join(done)}" if done else "Nothing to clean.")
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
