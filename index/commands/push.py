"""`index push`: copy an index to Milvus."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict

import click

from index.command_line import FOUND, Name
from index.commands.output import (
    CONTEXT,
    count_of,
    index_option,
    json_option,
    print_text,
    print_wrapped,
)
from index.progress_line import ProgressLine
from index.store.build_command import installed_command
from index.store.locating import find_index


@click.command(context_settings=CONTEXT, short_help="Copy an index to Milvus, to be asked there.")
@click.argument("address", type=Name())
@index_option
@click.option("--again", is_flag=True, help="Upload it though it is there, if it is damaged, say.")
@json_option
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
        print_text(json.dumps(asdict(report)))
        return FOUND
    what = f"{count_of(report.passages, 'passage')} ({report.generation})"
    asked_with = installed_command("query")
    lines = [
        f"{report.address} has {what} already."
        if report.was_there
        else f"Pushed {what} to {report.address}",
        *(f"Removed what was pushed before: {name}" for name in report.removed),
        f'Ask it: {asked_with} --index {shlex.quote(report.address)} "your question"',
    ]
    print_wrapped("\n".join(lines))
    return FOUND
