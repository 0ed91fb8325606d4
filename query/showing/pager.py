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

from query.foreground import interrupts_left_to_it


@dataclass(frozen=True, slots=True)
class Pager:
    """A program that shows text a page at a time: its path, and its arguments."""

    command: tuple[str, ...]

    @classmethod
    def find(cls, environment: Mapping[str, str]) -> Self | None:
        """Return the program that PAGER names, or less; None if there is neither.

        An empty PAGER, and `cat`, stand for none.
        """
        try:
            command = shlex.split(environment.get("PAGER", "less"))
        except ValueError:  # a quotation that is not closed
            return None
        program = shutil.which(command[0]) if command else None
        if program is None or PurePath(program).stem == "cat":
            return None
        return cls((program, *command[1:]))

    @property
    def keeps_styles(self) -> bool:
        """True if it shows bold and colour, and can begin at a line."""
        return PurePath(self.command[0]).stem == "less"

    def show(self, text: str, line: int) -> None:
        """Show a text from a line on, which counts from 0, and return when the reader leaves."""
        import subprocess

        command = list(self.command)
        environment = dict(os.environ)
        if self.keeps_styles:
            # R keeps styles, and F leaves at once if everything fits on the screen.
            environment.setdefault("LESS", "FR")
            command += ["-R", f"+{line + 1}g"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
        with interrupts_left_to_it():
            with contextlib.suppress(BrokenPipeError):  # left before the end
                process.communicate(text.encode("utf-8", "backslashreplace"))
            process.wait()
