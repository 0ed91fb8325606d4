"""The command that builds an index again as it was built, as far as its manifest can be read.

It stands in messages about indexes that cannot be opened, so it believes nothing and never fails:
what cannot be read is left out of the command.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from embed.operating_system import open_plain_file
from index.names import is_plain
from index.store.layout import CURRENT, DIRECTORY, GENERATION, LARGEST_MANIFEST, MANIFEST

# A manifest has one field per line, so that damage to one leaves the others.
_FIELD = re.compile(r'^ "(folder|model|precision|max_bytes)": (.*?),?$', re.MULTILINE)
_PLACEHOLDER = "FOLDER"
_MOST_GENERATIONS = 16


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """What an index was built from and how; None for what is not known.

    ``folder`` is an absolute path.
    """

    folder: Path | None = None
    model: str | None = None
    precision: str | None = None
    max_bytes: int | None = None

    @classmethod
    def read(cls, directory: Path) -> BuildSettings:
        """Read the settings of an index, of whatever format; nothing is checked but the types."""
        for name in _generations(directory):
            values = _fields(directory / name / MANIFEST)
            if values:
                return cls._of(directory, values)
        return cls()

    @classmethod
    def _of(cls, directory: Path, values: dict[str, object]) -> BuildSettings:
        texts = {
            name: value
            for name in ("folder", "model", "precision")
            if isinstance(value := values.get(name), str) and value and is_plain(value)
        }
        folder = texts.get("folder")
        max_bytes = values.get("max_bytes")
        return cls(
            folder=None if folder is None else Path(os.path.realpath(directory / folder)),
            model=texts.get("model"),
            precision=texts.get("precision"),
            max_bytes=max_bytes if type(max_bytes) is int and 0 <= max_bytes < 1 << 60 else None,
        )


def build_command(directory: Path, settings: BuildSettings | None = None) -> str:
    """The command that builds the index in ``directory`` again, to be typed in this folder.

    ``settings`` are by default those that the index itself gives. If its folder is not known or is
    gone, FOLDER stands in its place.
    """
    from embed.model import PACKAGED_NAME
    from index.reading.folder import MAX_BYTES

    found = settings or BuildSettings.read(directory)
    folder = found.folder if found.folder and found.folder.is_dir() else None
    command = ["index", "build", _from_here(folder) if folder else _PLACEHOLDER]
    if os.path.realpath(directory) != os.path.realpath(DIRECTORY):
        command += ["--index", _from_here(directory)]
    if found.model not in (None, PACKAGED_NAME):
        command += ["--model", str(found.model)]
    if found.precision not in (None, "fp32"):
        command += ["--precision", str(found.precision)]
    if found.max_bytes not in (None, MAX_BYTES):
        command += ["--max-file-size", f"{found.max_bytes / (1 << 20):g}"]
    if found.folder and not folder:
        command.append("--replace")
    return shlex.join(command)


def _from_here(path: Path) -> str:
    """A path as it is best typed in the working directory."""
    with contextlib.suppress(OSError):  # the working directory may be gone
        return min(os.path.relpath(path), str(path.absolute()), key=len)
    return str(path)


def _fields(manifest: Path) -> dict[str, object]:
    """The fields of a manifest that can be read."""
    values: dict[str, object] = {}
    with contextlib.suppress(OSError):
        text = _read_start(manifest, LARGEST_MANIFEST).decode("utf-8", "replace")
        for name, value in _FIELD.findall(text):
            with contextlib.suppress(ValueError, RecursionError):
                values[name] = json.loads(value)
    return values


def _generations(directory: Path) -> list[str]:
    """The generations that are there: the one in use first, if that is known, the newest next."""
    found: dict[str, None] = {}
    with contextlib.suppress(OSError, ValueError):
        current = _read_start(directory / CURRENT, 200).decode("ascii").split(" ")[0]
        if GENERATION.fullmatch(current):
            found[current] = None
    with contextlib.suppress(OSError), os.scandir(directory) as entries:
        others = [entry for entry in entries if GENERATION.fullmatch(entry.name)]
        newest = sorted(others, key=lambda entry: -entry.stat(follow_symlinks=False).st_mtime)
        found.update(dict.fromkeys(entry.name for entry in newest))
    return list(found)[:_MOST_GENERATIONS]


def _read_start(path: Path, most: int) -> bytes:
    """Return the first bytes of a plain file; raise OSError if there is none, or something else."""
    with open_plain_file(path) as file:
        return file.read(most)
