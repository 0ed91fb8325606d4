"""Bringing indexes up to date before they are asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from embed.errors import PassageSearchError
from index import BusyIndexError, ProgressLine, complain, update_index

if TYPE_CHECKING:
    from pathlib import Path

    from index import KeptEncoder

_LONGEST_WAIT = 5.0
"""Seconds to wait for another build before the index is asked as it is."""

_WAITING = f"waiting up to {_LONGEST_WAIT:g} s until it is done"
_GIVEN_UP = "the index is asked as it is"


def bring_up_to_date(directories: Sequence[Path], encoder: KeptEncoder) -> list[str]:
    """Bring indexes up to date, one after the other; return a message for each that fails.

    If another build is writing an index, that is said on standard error and waited for a little.
    """
    failures = []
    with ProgressLine() as progress:
        for directory in directories:
            try:
                _update(directory, encoder, progress)
            except PassageSearchError as error:
                failures.append(str(error))
    return failures


def _update(directory: Path, encoder: KeptEncoder, progress: ProgressLine) -> None:
    def tell(error: BusyIndexError, what_now: str = _WAITING) -> None:
        progress.say("")
        complain("query", f"{error.what}: {what_now}")

    try:
        update_index(
            directory,
            wait=_LONGEST_WAIT,
            on_progress=progress.show,
            on_export=progress.announce_export,
            encoder=encoder,
            on_busy=tell,
        )
    except BusyIndexError as error:
        tell(error, _GIVEN_UP)
