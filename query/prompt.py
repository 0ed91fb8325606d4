"""What can be typed at the prompt beside a question, and the history of what was typed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import ModuleType
from typing import Literal

from embed.errors import PassageSearchError
from embed.operating_system import open_plain_file, state_folder

HELP = """\
A question    prints what matches it
:open 2       opens hit 2
:around 2     adds 2 paragraphs around
              each hit; 0 ends that
:k 10         prints at most 10 hits
              each time
help          prints this
exit, quit    end, as Ctrl-D does
"""

_Verb = Literal["help", "quit", "open", "around", "k"]

_WORDS: dict[str, _Verb] = {"help": "help", "exit": "quit", "quit": "quit"}
_LEAST: dict[str, tuple[_Verb, int]] = {
    ":open": ("open", 1),
    ":around": ("around", 0),
    ":k": ("k", 1),
}
_NUMBER = re.compile(r"[0-9]{1,9}")
_MOST_LINES = 1000
_LONGEST_LINE = 10_000


class PromptError(PassageSearchError):
    """What was typed is not a command, or the history cannot be kept."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the prompt, with its number if it takes one."""

    verb: _Verb
    number: int = 0


def command_in(line: str) -> Command | None:
    """Return the command that a line is, or None for a question.

    A line that begins with a colon is a command. Raises PromptError if there is none of this name,
    or if its number is not one.

    >>> command_in(":k 10"), command_in("who asks for help?")
    (Command(verb='k', number=10), None)
    """
    text = line.strip()
    if text.removeprefix(":") in _WORDS:
        return Command(_WORDS[text.removeprefix(":")])
    if not line.startswith(":"):
        return None
    name, _, rest = text.partition(" ")
    if name not in _LEAST:
        raise PromptError(
            f"no command {name}: help lists them, and a question with a colon begins with a space"
        )
    verb, least = _LEAST[name]
    number = rest.strip()
    if not _NUMBER.fullmatch(number) or int(number) < least:
        raise PromptError(f"{name} takes a number from {least}, such as {name} 2")
    return Command(verb, int(number))


def history_path() -> Path:
    """Return the file that keeps what was typed; PromptError if there is no home folder."""
    try:
        return state_folder() / "history"
    except PassageSearchError as error:
        raise PromptError(f"no history is kept: {error}") from error


class History:
    """The lines that were typed at prompts, in a file that nobody else may read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last = ""

    def lines(self) -> list[str]:
        """Return the last lines that were typed; the file is cut to them if it has many more.

        Raises PromptError if it cannot be read.
        """
        with self._explained():
            try:
                with open_plain_file(self.path) as file:
                    lines = file.read().decode("utf-8", "replace").split("\n")
            except FileNotFoundError:
                return []
            if len(lines) > 2 * _MOST_LINES:
                self._replace(lines[-_MOST_LINES - 1 : -1])
        kept = [line for line in lines if line and line.isprintable()][-_MOST_LINES:]
        self._last = kept[-1] if kept else ""
        return kept

    def add(self, line: str) -> None:
        """Add a line, unless it is the one before again; PromptError if it cannot be written."""
        line = line.strip()
        if line == self._last or not line.isprintable() or len(line) > _LONGEST_LINE:
            return
        self._last = line
        with self._explained():
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | _NO_LINKS
            descriptor = os.open(self.path, flags, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                if hasattr(os, "fchmod"):  # it may have been made by another program
                    os.fchmod(descriptor, 0o600)
                file.write(line.encode("utf-8", "replace") + b"\n")

    def _replace(self, lines: list[str]) -> None:
        """Put a new file with these lines in its place."""
        # Nobody else may read what this module makes.
        with NamedTemporaryFile(dir=self.path.parent, prefix=".history-", delete=False) as file:
            file.write("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
        Path(file.name).replace(self.path)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise PromptError(
                f"the history cannot be kept in {self.path}: {error.strerror or error}; "
                "--no-history does without it"
            ) from error


_NO_LINKS = getattr(os, "O_NOFOLLOW", 0)


def line_editing() -> ModuleType | None:
    """Load what gives `input` its editing and history; None if this Python does not have it."""
    with suppress(ImportError):
        import readline

        return readline
    return None
