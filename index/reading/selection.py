"""Which files of a folder are read: by the sources that were named, and by patterns."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from embed.operating_system import open_file_inside
from index.errors import CorpusError
from index.names import is_plain, leads_inside, printable
from index.reading.patterns import Pattern, last_match, parse_pattern

IGNORE_FILE = ".passageignore"
"""The file with patterns of what is left out of its folder, in the syntax of `.gitignore`."""

_LARGEST = 1 << 20
# A manifest holds 1 MiB at most.
_MOST_CHARACTERS = 1 << 18

_Way = tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class FolderSelection:
    """Which files of a folder are read, beside what its `.passageignore` files say.

    `sources` are POSIX paths of the files and folders in it that are read, "." for the folder
    itself; if there are none, all of it is read. `include` and `exclude` are patterns in the syntax
    of `.gitignore`, relative to the folder: of the files in folders, only those that `include`
    names are read, if there is one, and nothing that `exclude` names.
    """

    sources: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def check(self) -> None:
        """Raise CorpusError if a source does not lie in the folder, or a pattern cannot be read."""
        for source in self.sources:
            if not is_plain(source):
                reason = "its path holds control characters or is not valid UTF-8: rename it"
            elif not source or not leads_inside(source):
                reason = "it does not lie in the folder that holds all sources"
            else:
                continue
            raise CorpusError(f"{printable(repr(source))} cannot be a source: {reason}")
        if sum(map(len, (*self.sources, *self.include, *self.exclude))) > _MOST_CHARACTERS:
            raise CorpusError(
                f"{len(self.sources):,} sources are too many to be remembered: "
                "name the folders that hold them, with --include for some of their files"
            )
        _parsed(self.include, "--include")
        _parsed(self.exclude, "--exclude")

    def covering(self) -> tuple[str, ...]:
        """Return the sources that lie in no other one, in order; "." alone for the whole folder."""
        folders = set(self.sources or (".",))
        if "." in folders:
            return (".",)
        return tuple(sorted(source for source in folders if folders.isdisjoint(_parents(source))))


EVERYTHING = FolderSelection()
"""The whole folder."""


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """A `.passageignore` as it was read: its path in the folder, size, time and digest."""

    path: str
    size: int
    modified: int
    sha256: str


class Selector:
    """Tells which entries of a folder are read; it reads each `.passageignore` once.

    Paths are POSIX paths relative to `root`, "" for the root itself.
    """

    def __init__(self, root: Path, selection: FolderSelection = EVERYTHING) -> None:
        self.root = root
        self.sources = tuple(
            "" if source == "." else source for source in selection.sources or (".",)
        )
        self.ignore_files: list[IgnoreFile] = []
        self._named = frozenset(self.sources)
        self._selection = selection
        # How each folder is reached: the patterns that hold in it, for each source over it.
        self._ways: dict[str, tuple[_Way, ...]] = {}

    # Parsed when they are needed: a query asks for none unless a folder has changed.

    @cached_property
    def _include(self) -> _Way:
        return _parsed(self._selection.include, "--include")

    @cached_property
    def _exclude(self) -> _Way:
        return _parsed(self._selection.exclude, "--exclude")

    def is_named(self, path: str) -> bool:
        """Return whether a file or folder was named as a source."""
        return path in self._named

    def reaches(self, folder: str) -> bool:
        """Return whether files of a folder are read, unless they are left out by themselves."""
        return bool(self._ways_to(folder))

    def left_out_by(self, path: str, *, is_folder: bool) -> str:
        """Return which pattern leaves out an entry of a folder that is reached; "" if none does.

        Raises CorpusError if a `.passageignore` on the way cannot be read.
        """
        if path in self._named:
            is_read = is_folder and self.reaches(path)
            return "" if is_read else _told(self._exclusion(path, is_folder=is_folder))
        decisive = None
        for way in self._ways_to(path.rpartition("/")[0]):
            decisive = self._against(way, path, is_folder=is_folder)
            if decisive is None:
                break
        if decisive is not None:
            return _told(decisive)
        return "" if is_folder or self._is_included(path) else "not named by --include"

    def _against(self, way: _Way, path: str, *, is_folder: bool) -> Pattern | None:
        """Return the pattern that leaves out an entry; those of --exclude come first."""
        found = last_match(self._exclude, path, is_folder=is_folder)
        found = found or last_match(way, path, is_folder=is_folder)
        return None if found is None or found.takes_in else found

    def _is_included(self, path: str) -> bool:
        """Return whether --include names a file or a folder over it; the last pattern decides."""
        if not self._include:
            return True
        folders = _parents(path)
        for pattern in reversed(self._include):
            if pattern.names(path, is_folder=False) or any(
                pattern.names(folder, is_folder=True) for folder in folders
            ):
                # What would take in again what is left out, leaves out what is included.
                return not pattern.takes_in
        return False

    def _exclusion(self, path: str, *, is_folder: bool) -> Pattern | None:
        """Return the pattern of --exclude that leaves out a path, or a folder over it."""
        for part in filter(None, [*_parents(path), path]):
            found = last_match(self._exclude, part, is_folder=is_folder or part != path)
            if found is not None and not found.takes_in:
                return found
        return None

    def _ways_to(self, folder: str) -> tuple[_Way, ...]:
        if folder not in self._ways:
            for path in ["", *_parents(folder)[1:], folder]:  # from the top, and not by recursion
                if path not in self._ways:
                    self._ways[path] = self._ways_from_above(path)
        return self._ways[folder]

    def _ways_from_above(self, folder: str) -> tuple[_Way, ...]:
        above, _, name = folder.rpartition("/")
        ways: list[_Way] = []
        if folder and not name.startswith(".") and is_plain(name):
            ways += [
                way
                for way in self._ways[above]
                if self._against(way, folder, is_folder=True) is None
            ]
        if folder in self._named and not self._exclusion(folder, is_folder=True):
            ways.append(())
        own = self._patterns_in(folder) if ways else ()
        return tuple(dict.fromkeys((*way, *own) for way in ways))

    def _patterns_in(self, folder: str) -> _Way:
        """Return the patterns of the `.passageignore` of a folder, if there is one."""
        path = f"{folder}/{IGNORE_FILE}" if folder else IGNORE_FILE
        full = self.root / path
        status = None
        try:
            status = os.lstat(full)
            if stat.S_ISLNK(status.st_mode):
                raise _unreadable(full, "it is a link, which is not followed: put a file there")
            with open_file_inside(self.root, path.split("/")) as file:
                data = file.read(_LARGEST + 1)
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            if status is None:  # not the file, but the folder is closed
                where = printable(str(full.parent))
                raise CorpusError(f"the folder {where} cannot be looked into: {reason}") from error
            raise _unreadable(full, reason) from error
        if len(data) > _LARGEST:
            raise _unreadable(full, "it is larger than 1 MiB")
        digest = hashlib.sha256(data).hexdigest()
        self.ignore_files.append(IgnoreFile(path, status.st_size, status.st_mtime_ns, digest))
        return tuple(_patterns_of(data, full, path, folder))


def _patterns_of(data: bytes, full: Path, path: str, folder: str) -> list[Pattern]:
    """Return the patterns of a file; CorpusError that names the line that cannot be read."""
    base = f"{folder}/" if folder else ""
    found = []
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        try:
            text = line.removesuffix(b"\r").decode("utf-8")
            pattern = parse_pattern(text, f"{path}, line {number}", base)
        except UnicodeDecodeError:
            raise _invalid(f"{full}, line {number}", "it is not UTF-8") from None
        except ValueError as error:
            raise _invalid(f"{full}, line {number}: {text}", str(error)) from None
        if pattern is not None:
            found.append(pattern)
    return found


def _parsed(texts: tuple[str, ...], option: str) -> _Way:
    """Parse patterns of an option; CorpusError that names the one that cannot be read."""
    found = []
    for text in texts:
        try:
            pattern = parse_pattern(text, option)
        except ValueError as error:
            raise _invalid(f"{option} {text}", str(error)) from None
        if pattern is None:
            raise _invalid(f"{option} {text}", "it is a comment: write \\# for #")
        found.append(pattern)
    return tuple(found)


def _invalid(where: str, reason: str) -> CorpusError:
    return CorpusError(f"a pattern cannot be read: {printable(where)}: {reason}")


def _unreadable(path: Path, reason: str) -> CorpusError:
    return CorpusError(f"{printable(str(path))} cannot be read: {reason}")


def _told(pattern: Pattern | None) -> str:
    return "" if pattern is None else f"left out by {printable(pattern.text)} ({pattern.origin})"


def _parents(path: str) -> list[str]:
    """Return the folders over a path, from the top.

    >>> _parents("a/b/c.txt")
    ['', 'a', 'a/b']
    """
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(len(parts))]
