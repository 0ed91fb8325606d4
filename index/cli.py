"""The `index` command: build an index, show what it holds, verify it."""

from __future__ import annotations

import sys

import click

from index.command_line import run_command
from index.commands.build import build
from index.commands.list import list_indexes
from index.commands.output import CONTEXT
from index.commands.push import push
from index.commands.remove import clean, remove
from index.commands.show import show
from index.commands.status import status
from index.commands.verify import verify
from index.commands.watch import watch


@click.group(
    context_settings=CONTEXT,
    commands=[build, clean, list_indexes, push, remove, show, status, verify, watch],
)
@click.version_option(package_name="passage-search")
def index() -> None:
    """Index a folder of articles, so that the query command can search it."""


def main() -> None:
    """Entry point of the `index` command."""
    sys.exit(run_command(index, "index"))
