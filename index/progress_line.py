"""The progress of a build on standard error: a line that is rewritten, or a line per minute."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
import unicodedata
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Self, TextIO

from index.command_line import announce_export, terminal_width
from index.names import printable

if TYPE_CHECKING:
    from embed.model import Model
    from index.build import Progress

# Seconds between two drawings of the line, whether or not anything has happened; between two lines
# in a pipe; and after which the document that is worked on is named.
_REDRAWN = 0.25
_PIPED = 60.0
_LONG = 2.0
# A rate is that of the last minute, and needs a few seconds to be one.
_RATE_SECONDS = 60.0
_LEAST_SECONDS = 5.0
_SHORTEST_NAME = 12


class ProgressLine:
    """Shows how far a build is, at a terminal or in a pipe; nothing of it stays at a terminal."""

    def __init__(
        self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._terminal = self._stream.isatty()
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._redraw, daemon=True)
        self._shown = 0.0
        self._message = ""
        self._progress: Progress | None = None
        self._document_since = 0.0
        self._samples: deque[tuple[float, int]] = deque()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self.say("")

    def show(self, progress: Progress) -> None:
        """Show the progress of the build; the line is drawn ten times per second at most."""
        now = self._clock()
        with self._lock:
            before, self._progress, self._message = self._progress, progress, ""
            if before is None or before.doc_id != progress.doc_id:
                self._document_since = now
            self._sample(now, progress.bytes_done)
            if self._terminal and (before is None or now - self._shown > 0.1):
                self.draw()

    def say(self, text: str) -> None:
        """Show a text in place of the progress, until there is more of that."""
        with self._lock:
            self._message, self._progress = text, None
            if self._terminal:
                self.draw()

    def announce_export(self, model: Model) -> None:
        """Put a line that stays in place of the progress: the model is made ready."""
        with self._lock:
            self.say("")
            announce_export(model)

    def draw(self) -> None:
        """Overwrite the line at a terminal; write one in a pipe."""
        with self._lock:
            self._shown = self._clock()
            columns = terminal_width(self._stream) - 1 if self._terminal else sys.maxsize
            text = self.line(columns)
            with contextlib.suppress(OSError):  # nobody reads it
                if self._terminal:
                    print(f"\r\x1b[K{text}", end="", file=self._stream, flush=True)
                elif text:
                    print(text, file=self._stream, flush=True)

    def line(self, columns: int) -> str:
        """Return what is to be shown, in at most so many columns."""
        progress = self._progress
        if progress is None:
            return _cut(self._message, columns)
        if progress.questions:
            share = progress.asked / progress.questions
            return _cut(f"Asking unrelated questions, {_percent(share)}", columns)
        begin = f"Embedding {_percent(_share(progress))}"
        amount = f"{_size(progress.bytes_done, progress.bytes)} of {_size(progress.bytes)}"
        rate, left = self._rate_and_time_left(progress)
        name = self._long_document(progress)
        # The parts that matter less give way first; a name is shortened before it does.
        for parts in ([amount, rate, left], [rate, left], [left]):
            text = ", ".join(filter(None, [begin, *parts]))
            room = columns - len(text) - len(", at ")
            if name and room >= min(_columns(name), _SHORTEST_NAME):
                return f"{text}, at {_end_of(name, room)}"
            if not name and len(text) <= columns:
                return text
        return _cut(text, columns)

    def _redraw(self) -> None:
        while not self._ended.wait(_REDRAWN if self._terminal else _PIPED):
            self.draw()

    def _sample(self, now: float, done: int) -> None:
        if not self._samples or now - self._samples[-1][0] >= 1:
            self._samples.append((now, done))
        while now - self._samples[0][0] > _RATE_SECONDS and len(self._samples) > 1:
            self._samples.popleft()

    def _rate_and_time_left(self, progress: Progress) -> tuple[str, str]:
        """Return bytes per second and the time that is left as texts, "" if they are not known."""
        first, done = self._samples[0]
        seconds = self._clock() - first
        if seconds < _LEAST_SECONDS or progress.bytes_done <= done:
            return "", ""
        rate = (progress.bytes_done - done) / seconds
        left = max(progress.bytes - progress.bytes_done, 0) / rate
        return f"{_size(rate)}/s", f"{_time(left)} left"

    def _long_document(self, progress: Progress) -> str:
        """Return the name of the document that is worked on, if that takes long; else ""."""
        is_long = self._clock() - self._document_since > _LONG
        return printable(progress.doc_id) if progress.doc_id and is_long else ""


def _share(progress: Progress) -> float:
    if progress.bytes:
        return progress.bytes_done / progress.bytes
    return progress.done / max(progress.documents, 1)


def _percent(share: float) -> str:
    """Return a share in whole percent, rounded down: nothing is done before it is.

    >>> _percent(0.999), _percent(1.0)
    ('99%', '100%')
    """
    return f"{int(100 * min(share, 1.0))}%"


def _size(size: float, of: float = 0.0) -> str:
    """Return a size as people say it; one that is shown with another one in its unit alone.

    >>> _size(31_000), _size(28_800_000), _size(1_400_000, 28_800_000)
    ('31 KB', '28.8 MB', '1.4')
    """
    for unit, name in ((10**9, "GB"), (10**6, "MB")):
        if max(size, of) >= unit:
            return f"{size / unit:.1f}" if of else f"{size / unit:.1f} {name}"
    return f"{size / 1000:.0f}" if of else f"{size / 1000:.0f} KB"


def _time(seconds: float) -> str:
    """Return a time as people say it.

    >>> _time(20), _time(500), _time(8000), _time(200_000)
    ('less than 1 min', '9 min', '2 h 14 min', '55 h')
    """
    minutes = -int(-seconds // 60)
    if seconds < 60:
        return "less than 1 min"
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours < 24 else f"{hours} h"


def _columns(text: str) -> int:
    """Return the columns that a text takes at a terminal, at most.

    >>> _columns("abc"), _columns("日本")
    (3, 4)
    """
    return sum(1 + (unicodedata.east_asian_width(character) in "WF") for character in text)


def _end_of(name: str, columns: int) -> str:
    """Return the end of a name that has room in so many columns.

    >>> _end_of("reports/annual.pdf", 13)
    '...annual.pdf'
    """
    if _columns(name) <= columns:
        return name
    while name and _columns(name) > columns - 3:
        name = name[1:]
    return f"...{name}"


def _cut(text: str, columns: int) -> str:
    return text[: max(columns, 0)]
