"""What the commands print, and options that several of them have."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from index.command_line import Name, fitted
from index.names import printable

CONTEXT = {"help_option_names": ["-h", "--help"]}


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


encoding_option = click.option(
    "--encoding",
    callback=_encoding,
    metavar="NAME",
    help="The encoding of files that are not in Unicode. [default: found for each]",
)
index_option = click.option(
    "--index",
    "directory",
    type=Name(),
    metavar="DIR",
    help="The index. [default: .passage-index]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")

NAMED = 10
"""How many of the files left out are named before the rest is only counted."""

VALUES = 9
"""The column in which values stand below one another."""


def print_text(text: str) -> None:
    """Print lines with control characters written out, since names of files may hold them."""
    click.echo("\n".join(map(printable, text.split("\n"))))


def print_wrapped(text: str, indent: int = VALUES) -> None:
    """Print lines as `print_text` does; at a terminal they are wrapped under their values."""
    lines = (fitted(printable(line), sys.stdout, indent) for line in text.split("\n"))
    click.echo("\n".join(lines))


def count_of(number: int, noun: str) -> str:
    """Return a number with what it counts.

    >>> count_of(1, "passage"), count_of(1200, "passage")
    ('1 passage', '1,200 passages')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def path_here(path: Path) -> str:
    """Return a path as it is best typed here."""
    return min(str(path.absolute()), os.path.relpath(path), key=len)


def megabytes(size: int) -> str:
    """Return a size in words.

    >>> megabytes(1_234_567_890), megabytes(5_000)
    ('1,234.6 MB', '5,000 bytes')
    """
    return count_of(size, "byte") if size < 100_000 else f"{size / 1e6:,.1f} MB"
