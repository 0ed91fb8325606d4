"""What unrelated questions score in several indexes together: learnt once, and kept.

It is kept in the user's cache folder, as the exports of models are, in a small file whose name
tells which generations it is of. What is damaged there is learnt anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from embed import TextEncoder
from embed.cache import cache_folder
from embed.operating_system import open_plain_file
from index.scoring.calibration import Calibration, calibrate, learnt_with

if TYPE_CHECKING:
    from index.store.searched_index import SearchedIndex

_FOLDER = "joined-indexes"
_NAME = re.compile(r"[0-9a-f]{32}\.json")
_LARGEST = 1000
"""Bytes of a file that is read."""


@dataclass(frozen=True, slots=True)
class JointCalibration:
    """Learns what unrelated questions score in an index, unless it is known.

    `open_encoder` opens the model to learn with, and `on_learning` is called before that takes its
    time. A `one_off` encoder would not give the same as a build, to the bit.
    """

    open_encoder: Callable[[], TextEncoder]
    on_learning: Callable[[], None] = lambda: None

    def of(self, index: SearchedIndex) -> Calibration:
        """Return what the build found, or what is kept, or what is learnt now, and keep it."""
        if index.chance is not None:
            return Calibration(*index.chance)
        path = cache_folder() / _FOLDER / f"{_key(index)}.json"
        kept = _read(path)
        if kept is not None:
            return kept
        self.on_learning()
        learnt = calibrate(index, self.open_encoder())
        _keep(path, learnt)
        return learnt


def clear_learnt() -> int:
    """Remove all that is kept for indexes that were searched together; return the bytes freed.

    It is learnt anew if it is needed. Errors are ignored.
    """
    freed = 0
    with contextlib.suppress(OSError):
        for path in (cache_folder() / _FOLDER).iterdir():
            if _NAME.fullmatch(path.name):
                with contextlib.suppress(OSError):
                    size = path.lstat().st_size
                    path.unlink()
                    freed += size
    return freed


def _key(index: SearchedIndex) -> str:
    """Return a digest of all that the calibration depends on."""
    return hashlib.sha256(f"{index.identity} {learnt_with()}".encode()).hexdigest()[:32]


def _read(path: Path) -> Calibration | None:
    """Return what a file keeps; None if it is missing or damaged."""
    try:
        with open_plain_file(path) as file:
            values = json.loads(file.read(_LARGEST))
        location, scale = values["location"], values["scale"]
        if type(location) is type(scale) is float and math.isfinite(location):
            return Calibration(location, scale) if 0 < scale < math.inf else None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        pass
    return None


def _keep(path: Path, calibration: Calibration) -> None:
    """Write a file whole or not at all; if that cannot be, the next search learns anew."""
    import tempfile  # which few searches need

    values = {"location": calibration.location, "scale": calibration.scale}
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(prefix=".new-", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                json.dump(values, file)
            Path(aside).replace(path)
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise
