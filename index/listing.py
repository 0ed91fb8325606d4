"""The indexes that were built on this machine: a small file for each, in the user's state folder.

The list is a convenience. What is damaged in it is passed over, and if it cannot be written, an
index is not on it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Literal

from embed import PassageSearchError
from embed.operating_system import open_plain_file, state_folder
from index.store.generation import Generation
from index.store.layout import CURRENT
from index.store.locating import has_current
from index.store.staleness import staleness_note

State = Literal["up to date", "changed", "folder gone", "gone", "unreadable"]

_LARGEST = 1 << 16


@dataclass(frozen=True, slots=True)
class ListedIndex:
    """An index on the list, as it is now.

    `problem` says why it cannot be read. `generation` and `built`, the time of its last change, are
    None if it is gone or cannot be read.
    """

    path: Path
    state: State
    problem: str = ""
    generation: Generation | None = None
    built: datetime | None = None

    @classmethod
    def look(cls, path: Path) -> ListedIndex:
        """Look at an index, and at its sources as a query does."""
        try:
            if not has_current(path):
                return cls(path, "gone")
            generation = Generation.look(path)
            built = datetime.fromtimestamp((path / CURRENT).stat().st_mtime).astimezone()
        except (PassageSearchError, OSError) as error:
            return cls(path, "unreadable", str(error))
        state: State = "up to date"
        if generation.corpus_is_gone:
            state = "folder gone"
        elif staleness_note(generation) is not None:
            state = "changed"
        return cls(path, state, "", generation, built)

    def to_dict(self) -> dict[str, Any]:
        """Return what is known of it, for JSON."""
        values: dict[str, Any] = {"index": str(self.path), "state": self.state}
        if self.problem:
            values["problem"] = self.problem
        if self.generation is not None and self.built is not None:
            manifest = self.generation.manifest
            values |= {
                "folder": str(self.generation.corpus),
                "sources": list(manifest.sources),
                "documents": manifest.documents,
                "passages": manifest.passages,
                "bytes": self.generation.size,
                "model": manifest.model,
                "precision": manifest.precision,
                "built": self.built.isoformat(timespec="seconds"),
            }
        return values


def listed_indexes() -> list[Path]:
    """Return the paths of the indexes on the list, in order, whether or not they are still there.

    Raises PassageSearchError if there is no home folder, or the list cannot be read.
    """
    return sorted(set(_entries().values()))


def remember_index(directory: Path) -> None:
    """Put an index on the list, by its real path; errors are ignored."""
    path = os.path.realpath(directory)
    with contextlib.suppress(PassageSearchError, OSError):
        file = _file_of(path)
        data = (json.dumps({"index": path}) + "\n").encode("ascii")
        with contextlib.suppress(OSError), open_plain_file(file) as before:
            if before.read(_LARGEST) == data:
                return
        for folder in (file.parent.parent, file.parent):  # one by one: parents get another mode
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made so that nobody else may read it, and put in place whole.
        with NamedTemporaryFile(dir=file.parent, prefix=".new-", delete=False) as new:
            new.write(data)
        try:
            Path(new.name).replace(file)
        except OSError:
            Path(new.name).unlink()
            raise


def forget_index(directory: Path) -> None:
    """Take an index off the list, if it is on it; errors are ignored."""
    with contextlib.suppress(PassageSearchError, OSError):
        _file_of(os.path.realpath(directory)).unlink()


def forget_gone() -> int:
    """Take the indexes that are gone off the list, and what is damaged in it; return how many."""
    count = 0
    with contextlib.suppress(PassageSearchError, OSError):
        known = _entries()
        for file in _files():
            path = known.get(file)
            if path is None or ListedIndex.look(path).state == "gone":
                file.unlink(missing_ok=True)
                count += 1
    return count


def _folder() -> Path:
    return state_folder() / "indexes"


def _file_of(path: str) -> Path:
    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:32]
    return _folder() / f"{name}.json"


def _files() -> Iterator[Path]:
    try:
        yield from sorted(_folder().glob("*.json"))
    except OSError as error:
        raise PassageSearchError(
            f"the list of indexes in {_folder()} cannot be read: {error.strerror}"
        ) from error


def _entries() -> dict[Path, Path]:
    """Return the path of each index by the file that names it; damaged files are passed over."""
    found = {}
    for file in _files():
        with (
            contextlib.suppress(OSError, ValueError, RecursionError),
            open_plain_file(file) as read,
        ):
            values = json.loads(read.read(_LARGEST))
            path = values.get("index") if isinstance(values, dict) else None
            if isinstance(path, str) and "\0" not in path and _file_of(path) == file:
                found[file] = Path(path)
    return found
