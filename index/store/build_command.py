"""The command that builds an index again as it was built, as far as its manifest can be read.

It stands in messages about indexes that cannot be opened, so it believes nothing and never fails:
what cannot be read is left out of the command.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from embed.errors import PassageSearchError
from embed.operating_system import is_folder, is_there, open_plain_file
from index.names import is_plain
from index.reading.selection import EVERYTHING, FolderSelection
from index.store.layout import (
    CURRENT,
    FORMAT,
    GENERATION,
    LARGEST_MANIFEST,
    MANIFEST,
)
from index.store.locating import index_to_write

# A manifest has one field per line, so that damage to one leaves the others.
_FIELD = re.compile(
    r'^ "(format|folder|model|precision|max_bytes|encoding)": (.*?),?$'
    r'|^ "(sources|include|exclude)": (\[(?:\n  .*)*\n? ?\]),?$',
    re.MULTILINE,
)
_LISTS = ("sources", "include", "exclude")
_FIRST_WITH_LISTS = 6
_MOST_GENERATIONS = 16


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """What an index was built from and how; None for what is not known.

    `folder` is an absolute path, as the disk has it. `holds_index` says that something was built
    in the directory, whether or not its settings can be read, and `repeats` that all of them can
    be, as they were written, so that a build needs to be told nothing.
    """

    folder: str | None = None
    model: str | None = None
    precision: str | None = None
    max_bytes: int | None = None
    encoding: str | None = None
    selection: FolderSelection | None = None
    holds_index: bool = False
    repeats: bool = False

    @property
    def gone(self) -> list[str]:
        """The paths of sources that are not there any more, if the folder over them is."""
        if self.folder is None or self.selection is None or not is_folder(self.folder):
            return []
        paths = [f"{self.folder}/{source}" for source in self.selection.sources]
        return [path for path in paths if not is_there(path)]

    @classmethod
    def read(cls, directory: Path) -> BuildSettings:
        """Read the settings of an index, of whatever format; nothing is checked but the types."""
        generations, digest = _generations(directory)
        found = [cls._of(directory, directory / name / MANIFEST, digest) for name in generations]
        # An earlier generation may be that of another folder.
        if not found or any(
            (settings.folder, settings.selection) != (found[0].folder, found[0].selection)
            for settings in found
        ):
            return cls(holds_index=bool(found))
        return found[0]

    @classmethod
    def _of(cls, directory: Path, manifest: Path, digest: str) -> BuildSettings:
        values, is_as_published = _fields(manifest, digest)
        texts = {
            name: value
            for name in ("folder", "model", "precision", "encoding")
            if isinstance(value := values.get(name), str) and value and "\0" not in value
        }
        folder = None
        with contextlib.suppress(KeyError, OSError, ValueError):  # no path that a disk could hold
            folder = os.path.realpath(directory / texts["folder"])
        max_bytes = values.get("max_bytes")
        known_size = max_bytes if type(max_bytes) is int and 0 <= max_bytes < 1 << 53 else None
        selection = _selection(values)
        return cls(
            folder=folder,
            model=texts.get("model"),
            precision=texts.get("precision"),
            max_bytes=known_size,
            encoding=texts.get("encoding"),
            selection=selection,
            holds_index=True,
            repeats=is_as_published
            and values.get("format") == FORMAT
            and None not in (folder, selection, texts.get("model"), texts.get("precision"))
            and max_bytes == known_size
            and values.get("encoding") == texts.get("encoding", ""),
        )


def build_command(directory: Path, settings: BuildSettings | None = None) -> str:
    """Return the command that builds the index in `directory` again, as typed in this folder.

    `settings` are by default those that the index itself gives. It needs none of them if they can
    all be read. If its folder is not known or is gone, FOLDER stands in its place; sources that are
    gone are left out.
    """
    from embed.model import PACKAGED_NAME

    found = settings or BuildSettings.read(directory)
    gone = found.gone
    repeats = found.repeats and found.folder is not None and is_folder(found.folder) and not gone
    folder = found.folder if _can_be_typed(found.folder) and is_folder(found.folder) else None
    sources = _sources_from_here(folder, found.selection, gone) or ["FOLDER"]
    command = [installed_command("index"), "build", *([] if repeats else sources)]
    if os.path.realpath(directory) != _default_directory():
        command += ["--index", _from_here(os.path.realpath(directory))]
    if repeats:
        return shlex.join(command)
    for option in ("include", "exclude"):
        for pattern in getattr(found.selection or EVERYTHING, option):
            if _can_be_typed(pattern):
                command += [f"--{option}", pattern]
    if found.model != PACKAGED_NAME and _can_be_typed(found.model):
        command += ["--model", found.model]
    if found.precision != "fp32" and _can_be_typed(found.precision):
        command += ["--precision", found.precision]
    if found.max_bytes is not None:
        command += ["--max-file-size", _mebibytes(found.max_bytes)]
    if _can_be_typed(found.encoding):
        command += ["--encoding", found.encoding]
    if found.holds_index and (gone or not folder):
        command.append("--replace")
    return shlex.join(command)


def how_to_build_again(directory: Path, settings: BuildSettings | None = None) -> str:
    """Return what to do about an index that cannot be used, as the end of a message.

    It ends in a command. If the folder that was indexed is gone, or a source, it names its place.
    """
    found = settings or BuildSettings.read(directory)
    command = build_command(directory, found)
    if found.folder is not None and not is_folder(found.folder):
        return f"the folder {found.folder} that was indexed is gone; if it has moved, run {command}"
    if gone := found.gone:
        others = f" (and {len(gone) - 1:,} more)" if len(gone) > 1 else ""
        are_left = found.selection is not None and len(gone) < len(found.selection.sources)
        how = "to go on without" if are_left else "if it has moved"
        return f"{gone[0]} that was indexed is gone{others}; {how}, run {command}"
    return f"build it again: {command}"


def installed_command(name: str) -> str:
    """Return a command of this installation as it is typed in this shell.

    >>> installed_command("no such command").endswith("no such command")
    True
    """
    import shutil

    installed = Path(sys.executable).with_name(name)
    on_path = shutil.which(name)
    if on_path is not None and os.path.realpath(on_path) == os.path.realpath(installed):
        return name
    return _from_here(str(installed)) if installed.exists() else name


def _can_be_typed(text: str | None) -> TypeGuard[str]:
    return text is not None and is_plain(text)


def _default_directory() -> str | None:
    """Return the directory that is built by default; None if the working directory is gone."""
    try:
        return os.path.realpath(index_to_write())
    except (OSError, PassageSearchError):
        return None


def _mebibytes(size: int | None) -> str:
    """Return a size as `--max-file-size` takes it, exactly."""
    number = (size or 0) / (1 << 20)
    return f"{number:g}" if float(f"{number:g}") == number else repr(number)


def _from_here(path: str) -> str:
    """Return the shortest way to type a path here, so that it does not look like an option."""
    with contextlib.suppress(OSError):  # the working directory may be gone
        path = min(os.path.relpath(path), os.path.abspath(path), key=len)  # noqa: PTH100
    return f"./{path}" if path.startswith("-") else path


def _sources_from_here(
    folder: str | None, selection: FolderSelection | None, gone: list[str]
) -> list[str]:
    """Return what is typed for the sources of an index; nothing if they cannot be told or typed."""
    sources = (selection.sources if selection else ()) or (".",)
    if folder is None or not all(map(_can_be_typed, sources)):
        return []
    there = [path for source in sources if (path := f"{folder}/{source}") not in gone]
    return [_from_here(os.path.normpath(path)) for path in there]


def _selection(values: dict[str, object]) -> FolderSelection | None:
    """Return which files were selected, or None if that cannot be told."""
    version = values.get("format")
    if type(version) is int and version < _FIRST_WITH_LISTS:
        return EVERYTHING
    lists = [values.get(name) for name in _LISTS]
    if not all(isinstance(texts, list) and all(map(_is_text, texts)) for texts in lists):
        return None
    return FolderSelection(*(tuple(texts) for texts in lists if isinstance(texts, list)))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value


def _fields(manifest: Path, digest: str) -> tuple[dict[str, object], bool]:
    """Return the fields of a manifest that can be read, and whether it has this SHA-256."""
    values: dict[str, object] = {}
    data = b""
    with contextlib.suppress(OSError):
        data = _read_start(manifest, LARGEST_MANIFEST)
        for line, value, lists, texts in _FIELD.findall(data.decode("utf-8", "replace")):
            with contextlib.suppress(ValueError, RecursionError):
                values[line or lists] = json.loads(value or texts)
    return values, hashlib.sha256(data).hexdigest() == digest


def _generations(directory: Path) -> tuple[list[str], str]:
    """Return the name of the generation in use, and the SHA-256 that its manifest should have.

    If that cannot be told, return the names of all that are there, and "".
    """
    with contextlib.suppress(OSError, ValueError):
        line = _read_start(directory / CURRENT, 200).decode("ascii").rstrip("\n")
        current, _, digest = line.partition(" ")
        if GENERATION.fullmatch(current) and _has_manifest(directory, current):
            return [current], digest
    with contextlib.suppress(OSError), os.scandir(directory) as entries:
        names = sorted(entry.name for entry in entries if GENERATION.fullmatch(entry.name))
        return [name for name in names[:_MOST_GENERATIONS] if _has_manifest(directory, name)], ""
    return [], ""


def _has_manifest(directory: Path, name: str) -> bool:
    return os.path.lexists(directory / name / MANIFEST)


def _read_start(path: Path, most: int) -> bytes:
    """Return the first bytes of a plain file; raise OSError if there is none, or something else."""
    with open_plain_file(path) as file:
        return file.read(most)
