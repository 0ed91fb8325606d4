"""Long text at a terminal, a page at a time."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Self

from embed.errors import PassageSearchError
from query.foreground import interrupts_left_to_it


class PagerError(PassageSearchError):
    """The pager that was named cannot be run."""


@dataclass(frozen=True, slots=True)
class Pager:
    """A program that shows text a page at a time: its path, and its arguments."""

    command: tuple[str, ...]

    @classmethod
    def find(cls, environment: Mapping[str, str]) -> Self | None:
        """Return the program that PAGER names, or else less; None if that is not there.

        An empty PAGER, and `cat`, stand for none. Raises PagerError if PAGER names a program that
        is not there.
        """
        named = environment.get("PAGER")
        try:
            command = shlex.split("less" if named is None else named)
        except ValueError as error:  # a quotation that is not closed
            raise _cannot_run(named, str(error)) from error
        if not command or not command[0]:
            return None
        program = shutil.which(command[0])
        if program is None and named is not None:
            raise _cannot_run(named, "there is no such program")
        if program is None or PurePath(program).stem == "cat":
            return None
        return cls((program, *command[1:]))

    @property
    def keeps_styles(self) -> bool:
        """True if it shows bold and colour, and can begin at a line."""
        return PurePath(self.command[0]).stem == "less"

    def show(self, text: str, line: int) -> None:
        """Show a text from a line on, which counts from 0, and return when the reader leaves.

        Raises PagerError if the program cannot be started.
        """
        import subprocess

        command = list(self.command)
        environment = dict(os.environ)
        if self.keeps_styles:
            # R keeps styles, and F leaves at once if everything fits on the screen.
            environment.setdefault("LESS", "FR")
            command += ["-R", f"+{line + 1}g"]
        try:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
        except OSError as error:
            raise _cannot_run(command[0], error.strerror or str(error)) from error
        with interrupts_left_to_it():
            with contextlib.suppress(BrokenPipeError):  # left before the end
                process.communicate(text.encode("utf-8", "backslashreplace"))
            process.wait()


def _cannot_run(program: str | None, reason: str) -> PagerError:
    return PagerError(f"the pager {program!r} cannot be run: {reason}; PAGER names another one")
