"""The help of every command: plain words, every option explained, nothing wider than a terminal."""

import re

import click
import pytest

from index.cli import index
from query.cli import query
from query.mcp_server import serve


def commands() -> list[tuple[str, click.Command]]:
    inner = [(f"index {name}", command) for name, command in index.commands.items()]
    return [("query", query), ("query-mcp", serve), ("index", index), *inner]


@pytest.mark.parametrize(("name", "command"), commands())
def test_help_is_in_plain_words(name: str, command: click.Command) -> None:
    """No ranges as click writes them, no names of types, and no sentence that is cut."""
    text = help_of(name, command)
    assert not re.search(r"[<>]=|None|RANGE|INTEGER|FLOAT|\d\.0\b|\d{5}", text), text
    assert "..." not in re.sub(r"\[(?:ARGS|TEXT|FOLDER\|FILE)\]\.\.\.", "", text)
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(("name", "command"), commands())
def test_every_option_is_explained(name: str, command: click.Command) -> None:
    options = [each for each in command.params if isinstance(each, click.Option)]
    unexplained = [option.name for option in options if not option.help]
    assert (unexplained, bool(command.help)) == ([], True), name


def help_of(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name, terminal_width=80, max_content_width=80)
    return command.get_help(context)
