"""Bringing an index up to date as it was built."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from index.build_plan import BuildPlan

if TYPE_CHECKING:
    from embed.model import Model
    from index.build import BuildReport, Progress


def update_index(
    directory: Path,
    *,
    wait: float = 0.0,
    on_progress: Callable[[Progress], None] | None = None,
    on_export: Callable[[Model], None] | None = None,
) -> BuildReport:
    """Build the index in `directory` again: from its sources, with its model and its settings.

    Waits up to `wait` seconds for another writer. Raises NoIndexError, FormatError or
    DamagedIndexError if it cannot be told how it was built, and else as `build_index` does; the
    index is then untouched.
    """
    plan = BuildPlan.remembered(directory)
    return plan.build(directory, wait=wait, on_progress=on_progress, on_export=on_export)
