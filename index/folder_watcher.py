"""Telling when the articles of some folders have changed.

Events of the system only say when to look: what has changed is told by comparing two looks. So
files of other kinds, temporary files of editors, and events that are lost or doubled do not matter.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from index.reading.formats import is_article
from index.reading.selection import IGNORE_FILE
from index.store.layout import is_index_folder

if TYPE_CHECKING:
    from watchfiles.main import FileChange

_POLL = 2.0
"""Seconds between two looks if the system does not tell."""

_LARGEST_SHARE = 0.1
"""The share of the time that is spent on looking, at most."""

_QUIET = 0.2
"""Seconds without a change after which a burst of changes is over ..."""

_LONGEST_BURST = 5.0
"""... and after which it counts as over all the same."""

_TICK = 0.2
_MOST_TRIES = 10


@dataclass(frozen=True, slots=True)
class Look:
    """What some folders hold at one moment, by path.

    `folders` has device and number of each, since a folder may be removed and made again; `files`
    are the articles and the files of patterns, with size and times in nanoseconds. `missing` are
    the roots that are not there; the nearest folder over each counts as one of `folders`.
    """

    folders: dict[str, tuple[int, int]]
    files: dict[str, tuple[int, int, int]]
    missing: tuple[str, ...]


def _look_at(roots: Iterable[Path], own: Path) -> Look:
    """Look at every article under some folders, or that is one of `roots`; links are not followed.

    `own`, the directory of the index, other indexes, and what is hidden are passed over, but for
    files of patterns, and so is what cannot be looked at: a build says so.
    """
    folders: dict[str, tuple[int, int]] = {}
    files: dict[str, tuple[int, int, int]] = {}
    missing = []
    waiting = []
    for root in map(str, roots):
        try:
            status = os.stat(root)  # noqa: PTH116  (a text, as in the paths of events)
        except OSError:
            missing.append(root)
            folders |= _nearest_folder(root)
            continue
        if stat.S_ISDIR(status.st_mode):
            waiting.append(root)
        else:
            files[root] = _stamp(status)
            folders |= _nearest_folder(root)
    for folder in waiting:
        try:
            status = os.lstat(folder)
            with os.scandir(folder) as entries:
                inside = [entry for entry in entries if _may_matter(entry.name)]
            for entry in inside:
                if entry.name == IGNORE_FILE:
                    files[entry.path] = _stamp(entry.stat(follow_symlinks=False))
                elif entry.is_dir(follow_symlinks=False):
                    is_own = entry.name == own.name and os.path.realpath(entry.path) == str(own)
                    if not is_own and not is_index_folder(entry.path):
                        waiting.append(entry.path)
                elif is_article(entry.name):
                    files[entry.path] = _stamp(entry.stat(follow_symlinks=False))
        except OSError:
            continue
        folders[folder] = _identity(status)
    return Look(folders, files, tuple(missing))


def _may_matter(name: str) -> bool:
    """Return whether an entry of a folder may be one that is read, by its name."""
    return not name.startswith(".") or name == IGNORE_FILE


def _nearest_folder(path: str) -> dict[str, tuple[int, int]]:
    """Return device and number of the nearest folder over a path that is there, by its path."""
    for folder in map(str, Path(path).parents):
        with contextlib.suppress(OSError):
            return {folder: _identity(os.stat(folder))}  # noqa: PTH116
    return {}


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    # The time of the last change of rights or name too: a file that may be read now is to be read.
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


class FolderWatcher:
    """Looks at some folders, and waits until something in them may have changed.

    `own` is the real path of the index directory. `poll` is the number of seconds between two
    looks; None to be told by the system. If that does not tell, `note` says why, and the folders
    are looked at every two seconds. Set `stop` to end a wait.
    """

    def __init__(
        self, roots: Sequence[Path], own: Path, *, poll: float | None, stop: Event
    ) -> None:
        self.note = ""
        self._roots = tuple(roots)
        self._own = own
        self._poll = poll
        self._stop = stop
        self._took = 0.0
        self._last: Look | None = None
        # The folders that the system tells of; None if they are to be named to it anew.
        self._watched: dict[str, tuple[int, int]] | None = {}
        self._events: Generator[set[FileChange]] | None = None

    def close(self) -> None:
        """Stop being told."""
        if self._events is not None:
            self._events.close()
        self._events = None
        self._watched = {}

    def follow(self, roots: Sequence[Path]) -> None:
        """Look at these folders from now on."""
        if self._roots != tuple(roots):
            self._roots = tuple(roots)
            self._watched = None

    def look(self) -> Look:
        """Look at the folders; whatever changes from then on ends a wait."""
        look = self._look()
        for _ in range(_MOST_TRIES):
            if self._poll is not None:
                return self._settled(look)
            if look.folders == self._watched or self._stop.is_set():
                break
            self._watch(look.folders)
            look = self._look()
        return look

    def wait(self, most: float) -> None:
        """Wait until something may have changed, or `most` seconds have passed."""
        if self._watched is None and self._poll is None:
            return
        if self._events is None:
            between = max(self._poll or 1.0, self._took / _LARGEST_SHARE)
            self._stop.wait(min(most, between))
            return
        deadline = time.monotonic() + most
        while time.monotonic() < deadline:
            changes = next(self._events, None)
            if changes is None:  # it was told to stop
                return
            if changes:
                self._forget_replaced(changes)
                return

    def _look(self) -> Look:
        started = time.monotonic()
        look = _look_at(self._roots, self._own)
        self._took = time.monotonic() - started
        return look

    def _settled(self, look: Look) -> Look:
        """Look until nothing changes any more: a file may be half written."""
        deadline = time.monotonic() + _LONGEST_BURST
        while look != self._last and time.monotonic() < deadline:
            self._last = look
            if self._stop.wait(_QUIET):
                break
            look = self._look()
        self._last = look
        return look

    def _watch(self, folders: dict[str, tuple[int, int]]) -> None:
        """Let the system tell of each of these folders, or fall back to looking."""
        self.close()
        if not folders:
            return
        try:
            from watchfiles import watch

            # Each folder for itself: the library would follow links out of them.
            self._events = events = watch(
                *folders,
                recursive=False,
                watch_filter=self._matters,
                step=int(_QUIET * 1000),
                debounce=int(_LONGEST_BURST * 1000),
                rust_timeout=int(_TICK * 1000),
                yield_on_timeout=True,
                stop_event=self._stop,
                force_polling=False,
                ignore_permission_denied=True,
                debug=False,
            )
            self._watched = folders
            self._forget_replaced(next(events, set()))  # it begins when it is first asked
        except FileNotFoundError:  # a folder went meanwhile
            self.close()
        except (ImportError, OSError, RuntimeError) as error:  # its own errors are RuntimeErrors
            self.close()
            self._poll = _POLL
            self.note = _why_polling(error)

    def _matters(self, _: int, path: str) -> bool:
        """Return whether what happened to a path may concern an article."""
        name = os.path.basename(path)  # noqa: PTH119  (for each of thousands of events)
        if path in (self._watched or ()):
            return True
        if name.startswith("."):
            return name == IGNORE_FILE
        return is_article(name) or os.path.isdir(path)  # noqa: PTH112

    def _forget_replaced(self, changes: Iterable[FileChange]) -> None:
        """Have a folder watched anew that may be another one under the same name."""
        if any(path in (self._watched or ()) for _, path in changes):
            self._watched = None


def _why_polling(error: Exception) -> str:
    reason = str(error).split(" about [")[0].rstrip(". ")
    return (
        f"the system does not tell of changes ({reason}): looking every {_POLL:g} s instead. On "
        "Linux, larger limits fs.inotify.max_user_watches and max_user_instances may avoid that"
    )
