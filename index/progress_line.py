"""The progress of a build on one line of the terminal."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

from index.command_line import announce_export, terminal_width

if TYPE_CHECKING:
    from embed.model import Model
    from index.build import Progress


class ProgressLine:
    """A progress line at a terminal, overwritten as the build goes on and erased at its end."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._shown = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.say("")

    def show(self, progress: Progress) -> None:
        """Show the progress of the build, at most ten times per second."""
        now = time.monotonic()
        if now - self._shown > 0.1:
            self._shown = now
            share = progress.done / progress.documents
            self.say(
                f"Reading {progress.done:,} of {progress.documents:,} articles ({share:.0%}), "
                f"{progress.embedded:,} passages and {progress.sentences:,} sentences embedded"
            )

    def announce_export(self, model: Model) -> None:
        """Put a line that stays in place of the progress: the model is made ready."""
        self.say("")
        announce_export(model)

    def say(self, text: str) -> None:
        """Overwrite the line with a text."""
        if self._terminal:
            width = terminal_width(sys.stderr)
            print(f"\r\x1b[K{text[: width - 1]}", end="", file=sys.stderr, flush=True)
