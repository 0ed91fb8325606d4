"""A program that has the terminal for a while, such as a pager or an editor."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def interrupts_left_to_it() -> Iterator[None]:
    """Leave Ctrl-C to a program that was started before, as long as this lasts."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
