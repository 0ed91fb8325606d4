"""Bringing the index up to date while the page is open."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from embed.errors import PassageSearchError
from index import BusyIndexError, Generation, ProgressLine, staleness_note, update_index

if TYPE_CHECKING:
    from embed.model import Model
    from index import KeptEncoder

_LONGEST_WAIT = 5.0
"""Seconds to wait for another build."""

_LOOKED = 2.0
"""Seconds for which a look at the folders is good."""


class NoUpdateError(PassageSearchError):
    """The index that is searched is not one that is updated from here."""


@dataclass(frozen=True, slots=True)
class UpdateStatus:
    """How far an update is, as the progress line says it, or what came of the last one.

    `done` counts the updates that have ended, and `problem` says why the last one failed.
    """

    running: bool = False
    progress: str = ""
    problem: str = ""
    done: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name, for JSON."""
        return {
            "running": self.running,
            "progress": self.progress,
            "problem": self.problem or None,
            "done": self.done,
        }


class IndexUpdate:
    """Brings the indexes in `directories` up to date in a thread, one update at a time.

    An index in Milvus has no directory: it is updated by a push. `kept` is the model that is
    open. `on_error` is told of an error that nobody expects.
    """

    def __init__(
        self, directories: Sequence[Path], kept: KeptEncoder, on_error: Callable[[str], None]
    ) -> None:
        self._directories = directories
        self._kept = kept
        self._on_error = on_error
        self._lock = Lock()
        self._line: ProgressLine | None = None
        self._problem = ""
        self._done = 0
        self._changed = ""
        self._looked = -_LOOKED

    def start(self) -> UpdateStatus:
        """Begin an update unless one is running, and return the status.

        Raises NoUpdateError for an index in Milvus.
        """
        if not self._directories:
            raise NoUpdateError("this index is in Milvus: update the one in files, and push it")
        with self._lock:
            if self._line is None:
                # Nothing is drawn: the page asks for the line.
                self._line = ProgressLine(StringIO())
                self._line.say("Looking at the articles")
                Thread(target=self._run, args=(self._line,), daemon=True).start()
        return self.status()

    def status(self) -> UpdateStatus:
        """Return how far the update is."""
        with self._lock:
            line = self._line.line(sys.maxsize) if self._line else ""
            return UpdateStatus(self._line is not None, line, self._problem, self._done)

    def changes(self) -> str | None:
        """Return a line that says what has changed in the folders since, "" if nothing has.

        None for an index in Milvus: the folder may be on another machine. Raises NoIndexError,
        DamagedIndexError or FormatError, as `Generation.look` does.
        """
        if not self._directories:
            return None
        with self._lock:
            if time.monotonic() - self._looked < _LOOKED:
                return self._changed
        notes = (staleness_note(Generation.look(directory)) for directory in self._directories)
        changed = next(filter(None, notes), "")
        with self._lock:
            self._changed, self._looked = changed, time.monotonic()
        return changed

    def _run(self, line: ProgressLine) -> None:
        problems = []
        for directory in self._directories:
            try:
                self._update(directory, line)
            except PassageSearchError as error:
                problems.append(str(error))
            except Exception as error:  # the page must say that it has ended
                problems.append(f"the update failed ({type(error).__name__}: {error})")
                self._on_error(problems[-1])
        with self._lock:
            self._line, self._problem = None, " ".join(problems)
            self._done += 1
            self._looked = -_LOOKED

    def _update(self, directory: Path, line: ProgressLine) -> None:
        def tell(error: BusyIndexError) -> None:
            line.say(f"{error.what}: waiting up to {_LONGEST_WAIT:g} s until it is done")

        def announce(model: Model) -> None:
            line.say(f"Preparing the model {model.name}")

        update_index(
            directory,
            wait=_LONGEST_WAIT,
            on_progress=line.show,
            on_export=announce,
            encoder=self._kept,
            on_busy=tell,
        )
