"""Bringing an index up to date as it was built, from what its manifest says."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from index.build_plan import BuildPlan
from index.errors import BusyIndexError
from index.kept_encoder import KeptEncoder

if TYPE_CHECKING:
    from embed.model import Model
    from index.build import BuildReport, Progress

_LOCK_POLL = 0.1


def update_index(
    directory: Path,
    *,
    wait: float = 0.0,
    on_progress: Callable[[Progress], None] | None = None,
    on_export: Callable[[Model], None] | None = None,
    encoder: KeptEncoder | None = None,
    on_busy: Callable[[BusyIndexError], None] | None = None,
) -> BuildReport:
    """Bring the index in `directory` up to date with its sources, as it was built.

    The model is opened only if something has to be embedded. As an index may come from anybody, it
    is opened as `Generation.open_encoder` does: nothing is fetched that the manifest alone names.
    Waits up to `wait` seconds for another writer; `on_busy` is told once that it begins to wait.

    Raises NoIndexError, DamagedIndexError or FormatError if it cannot be told how it was built,
    CorpusError if its folder is gone, and what `build_index` raises; the index before is then
    untouched.
    """
    deadline = time.monotonic() + wait
    while True:
        # Read anew each time: what another writer builds may have other settings.
        plan = BuildPlan.remembered(directory)
        try:
            return plan.build(
                directory, on_progress=on_progress, on_export=on_export, encoder=encoder
            )
        except BusyIndexError as error:
            if time.monotonic() >= deadline:
                raise
            if on_busy is not None:
                on_busy(error)
                on_busy = None
        time.sleep(_LOCK_POLL)
