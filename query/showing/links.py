"""Links at a terminal: the name of a file as something that a click opens."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from embed.operating_system import host_name

# Programs that are known to show links, by what they set in the environment.
_PROGRAMS = frozenset(
    {"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio", "WarpTerminal"}
)
_TERMINALS = re.compile(r"xterm-kitty|xterm-ghostty|alacritty|foot|wezterm|contour")
_OWN_VARIABLES = ("KITTY_WINDOW_ID", "WT_SESSION", "DOMTERM")
# The first versions that pass links on: tmux 3.4, VTE 0.50, Konsole 20.12.
_FIRST_TMUX = (3, 4)
_FIRST_VTE = 5000
_FIRST_KONSOLE = 201200
# Terminals drop longer addresses, and some show them as text.
_LONGEST_URL = 2000

_END = "\x1b]8;;\x1b\\"


def shows_links(environment: Mapping[str, str]) -> bool:
    """Check that the terminal which these variables describe is known to show links (OSC 8).

    In doubt it does not: another terminal may print the address into the text. FORCE_HYPERLINK
    says it either way, "0" for no. GNU screen and terminals called dumb or linux never do.

    >>> shows_links({"TERM": "xterm-kitty"}), shows_links({"TERM": "xterm-256color"})
    (True, False)
    """
    term = environment.get("TERM", "")
    if term in ("", "dumb", "linux"):
        return False
    if forced := environment.get("FORCE_HYPERLINK"):
        return forced != "0"
    program = environment.get("TERM_PROGRAM", "")
    # What runs inside another terminal inherits the variables of that one, so these come first.
    if "TMUX" in environment or program == "tmux":
        version = re.match(r"(\d+)\.(\d+)", environment.get("TERM_PROGRAM_VERSION", ""))
        return version is not None and (int(version[1]), int(version[2])) >= _FIRST_TMUX
    if "STY" in environment or term.startswith("screen"):
        return False
    return (
        program in _PROGRAMS
        or _TERMINALS.match(term) is not None
        or any(name in environment for name in _OWN_VARIABLES)
        or _number(environment.get("VTE_VERSION", "")) >= _FIRST_VTE
        or _number(environment.get("KONSOLE_VERSION", "")) >= _FIRST_KONSOLE
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def file_url(path: Path) -> str:
    """Return the address of a file, with the host it lies on; "" if it is too long for a link.

    It is ASCII, and everything but letters, digits and `/-._~` is percent-encoded. A terminal that
    runs on another machine sees by the host that the file is not its own.
    """
    host = quote(host_name(), safe="")
    place = quote(os.fsencode(Path(os.path.abspath(path)).as_posix()), safe="/")  # noqa: PTH100
    url = f"file://{host}{'' if place.startswith('/') else '/'}{place}"
    return url if len(url) <= _LONGEST_URL else ""


def linked(text: str, url: str) -> str:
    """Return `text` as a link to an address that `file_url` gave.

    The pieces of a link that is wrapped have the same id, so that they light up together.
    """
    name = sha256(url.encode()).hexdigest()[:8]
    return f"\x1b]8;id={name};{url}\x1b\\{text}{_END}"
