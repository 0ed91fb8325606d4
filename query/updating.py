"""Bringing indexes up to date before they are asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from index import BusyIndexError, ProgressLine, complain, update_index

if TYPE_CHECKING:
    from pathlib import Path

    from index import KeptEncoder

_LONGEST_WAIT = 5.0
"""Seconds to wait for another build before the index is asked as it is."""

_WAITING = f"waiting up to {_LONGEST_WAIT:g} s until it is done"
_GIVEN_UP = "the index is asked as it is"


def bring_up_to_date(directories: Sequence[Path], encoder: KeptEncoder) -> None:
    """Bring indexes up to date, one after the other."""
    from index import ProgressLine

    with ProgressLine() as progress:
        for directory in directories:
            _update(directory, encoder, progress)


def _update(directory: Path, encoder: KeptEncoder, progress: ProgressLine) -> None:
    """Bring an index up to date; if another build is doing so, wait a little for it."""

    for wait in (0.0, _LONGEST_WAIT):
        try:
            update_index(
                directory,
                wait=wait,
                on_progress=progress.show,
                on_export=progress.announce_export,
                encoder=encoder,
            )
        except BusyIndexError as error:
            progress.say("")
            holder = str(error).split(":")[0]
            complain("query", f"{holder}: " + (_GIVEN_UP if wait else _WAITING))
        else:
            return
