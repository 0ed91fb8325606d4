"""Files are links if the terminal is known to show them, and nothing of a source is in a link."""

import os
import re
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query.showing.links import file_url, linked, shows_links


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "foot"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "vscode"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, True),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "220401"}, True),
        ({"TERM": "xterm", "FORCE_HYPERLINK": "1"}, True),
        ({"TERM": "tmux-256color", "TMUX": "x", "TERM_PROGRAM_VERSION": "3.4"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"TERM": "xterm-256color", "VTE_VERSION": "4601"}, False),
        ({"TERM": "xterm-256color", "VTE_VERSION": "²"}, False),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "9" * 5000}, False),
        # A tmux inside a terminal that shows links inherits what that one has set.
        ({"TERM": "tmux", "TMUX": "x", "VTE_VERSION": "7600"}, False),
        ({"TERM": "tmux", "TMUX": "x", "TERM_PROGRAM_VERSION": "3.3a", "VTE_VERSION": "1"}, False),
        ({"TERM": "screen.xterm-256color", "STY": "x", "VTE_VERSION": "7600"}, False),
        ({"TERM": "xterm-kitty", "FORCE_HYPERLINK": "0"}, False),
        ({"TERM": "dumb", "FORCE_HYPERLINK": "1"}, False),
        ({"TERM": "linux", "VTE_VERSION": "7600"}, False),
        ({"VTE_VERSION": "7600"}, False),
        ({}, False),
    ],
)  # fmt: skip
def test_in_doubt_a_terminal_shows_no_links(environment: dict[str, str], expected: bool) -> None:
    assert shows_links(environment) is expected


@given(st.text(min_size=1, max_size=60))
def test_an_address_is_that_of_the_file_and_nothing_in_it_can_act(name: str) -> None:
    path = Path("/corpus") / name.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    url = file_url(path)
    assert re.fullmatch(r"file://[\w.%~-]*/[\w./%~-]*", url, re.ASCII)
    place = url.removeprefix("file://").partition("/")[2]
    assert unquote_to_bytes(f"/{place}") == os.fsencode(os.path.abspath(path))  # noqa: PTH100


def test_it_names_the_host() -> None:
    assert file_url(Path("/a b.txt")) == f"file://{os.uname().nodename}/a%20b.txt"


def test_an_address_that_is_too_long_is_no_link() -> None:
    assert file_url(Path("/" + "a" * 3000)) == ""


def test_the_pieces_of_one_link_have_one_id() -> None:
    first, second = linked("a", "file://h/a"), linked("b", "file://h/a")
    assert re.fullmatch(r"\x1b]8;id=\w+;file://h/a\x1b\\a\x1b]8;;\x1b\\", first)
    assert first.replace("\\a", "\\b") == second
