"""Putting a finished export in place, and sweeping away what unfinished ones left."""

import contextlib
import shutil
import tempfile
import time
from pathlib import Path

from embed.cache import matches_manifest, read_manifest
from embed.operating_system import sync_directory

NEW = "new"
"""The name of a finished export in the folder beside its place."""
ASIDE = ".export-"
"""The beginning of the names of such folders."""

_ABANDONED_SECONDS = 24 * 3600


def publish_export(aside: Path, target: Path, fingerprint: str, precision: str) -> None:
    """Put the finished export `aside/new` in place, unless another process put a sound one there.

    Raises OSError if it cannot be put there.
    """
    for _ in range(10):
        with contextlib.suppress(OSError):
            (aside / NEW).rename(target)
            sync_directory(target.parent)
            return
        if not target.exists():
            break
        manifest = read_manifest(target, fingerprint, precision)
        if manifest is not None and matches_manifest(target, manifest, manifest.files):
            return
        # What is there is damaged: it makes room, and goes with the folder aside.
        with contextlib.suppress(OSError):
            target.rename(Path(tempfile.mkdtemp(prefix="old-", dir=aside)) / "export")
    (aside / NEW).rename(target)


def remove_abandoned(folder: Path) -> None:
    """Delete what exports that never finished left behind."""
    for path in folder.glob(f"{ASIDE}*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                shutil.rmtree(path, ignore_errors=True)
