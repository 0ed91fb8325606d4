"""`index show`: how a file is taken apart."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from index.command_line import (
    FOUND,
    Name,
    announce_export,
    terminal_width,
)
from index.commands.output import CONTEXT, encoding_option, json_option, print_text


@click.command(context_settings=CONTEXT, short_help="Show how a file is taken apart.")
@click.argument("file", type=Name())
@encoding_option
@click.option(
    "--furniture",
    is_flag=True,
    help="Show the text that is in no passage too: navigation, running heads, markup.",
)
@json_option
def show(file: str, encoding: str, furniture: bool, as_json: bool) -> int:
    """Show how FILE is taken apart: its head, its passages and their places, what is left out."""
    from embed.encoder import Encoder
    from index.taken_apart import TakenApart, check_article

    check_article(Path(file))  # before a model is made ready for nothing
    encoder = Encoder.load(on_export=announce_export)
    found = TakenApart.read(Path(file), encoder, encoding=encoding)
    print_text(
        json.dumps(found.to_dict())
        if as_json
        else "\n".join(found.lines(_columns(), furniture=furniture))
    )
    return FOUND


def _columns() -> int:
    """Return how many columns there are; endless if the output is not a terminal."""
    return terminal_width(sys.stdout) if sys.stdout.isatty() else sys.maxsize
