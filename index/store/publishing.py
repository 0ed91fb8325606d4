"""Writing to an index directory: the lock, the folder of a new generation, publishing, pruning.

Only names that are this program's own are ever removed. The order of the steps is what makes a
build that dies at any point leave the generation before, or the new one, whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embed import PassageSearchError
from embed.operating_system import (
    host_name,
    is_running,
    open_lock_file,
    open_plain_file,
    read_lock_file,
    sync_directory,
    take_lock,
)
from index.errors import BusyIndexError, NoIndexError, system_message
from index.store.generation import Generation, current_name
from index.store.layout import (
    ASIDE,
    CURRENT,
    FILES,
    GENERATION,
    KEPT,
    LOCK,
    MANIFEST,
    ROUNDED,
    SOURCES,
    WORKERS,
)
from index.store.locating import has_current
from index.store.manifest import Manifest, with_stamps

_REPLACED = "replaced"
_BEING_WRITTEN = (CURRENT + ".new", SOURCES + ".new")
_OWN_NAMES = {CURRENT, SOURCES, *_BEING_WRITTEN, KEPT, LOCK, ASIDE, _REPLACED, WORKERS}
_OWN_FILES = {*FILES, *ROUNDED, MANIFEST}
# What Dask makes in the folder that it is given.
_DASK = "dask-scratch-space"

_HOLDS = "process "
_HOLDER = re.compile(_HOLDS + r"(\d{1,10}) on ([\w.-]{1,255})\n")
_LOCK_POLL = 0.02


@contextmanager
def locked_for_writing(directory: Path, *, wait: float = 0.0) -> Iterator[None]:
    """Hold the index directory for writing, waiting up to `wait` seconds for another writer.

    The lock is the kernel's and ends with its holder. Creates the directory; raises BusyIndexError
    if another process holds it, PassageSearchError if the directory is something else.
    """
    _make_directory(directory)
    is_first = not os.path.lexists(directory / LOCK)
    with _locked(directory / LOCK, wait):
        if is_first:  # the lock tells the next build whose directory this is, whatever else is left
            sync_directory(directory)
        for name in (ASIDE, _REPLACED, WORKERS):
            _check_only_ours(directory / name)
        # What a build that died left behind.
        for name in (ASIDE, _REPLACED, WORKERS, *_BEING_WRITTEN):
            _remove(directory / name)
        yield


def _make_directory(directory: Path) -> None:
    """Make the directory, durably, or check that it holds nothing but an index."""
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    if os.path.lexists(directory):
        _check_directory(directory)
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        sync_directory(path.parent)


def _check_directory(directory: Path) -> None:
    if not directory.is_dir():
        raise PassageSearchError(f"{directory} is not a folder: name another one with --index")
    names = {entry.name for entry in directory.iterdir()}
    if names and not _is_index(directory, names):
        raise _holds_other_things(directory, min(names))


def _is_index(directory: Path, names: set[str]) -> bool:
    """Check that a build has been in a directory before; a damaged index is one all the same."""
    if any(GENERATION.fullmatch(name) for name in names):
        return True
    try:
        with open_plain_file(directory / LOCK) as file:
            lock = file.read(300).decode("utf-8", "replace")
    except OSError:
        return False
    # A loss of power may have left a part of what the holder wrote, or zeros in its place.
    begun = lock.rstrip("\0")[: len(_HOLDS)]
    return names <= _OWN_NAMES and _HOLDS.startswith(begun)


def _check_only_ours(folder: Path) -> None:
    """Raise PassageSearchError if a folder that is about to be removed holds somebody's files."""
    if folder.is_dir() and not folder.is_symlink():
        ours = {_DASK} if folder.name == WORKERS else _OWN_FILES
        foreign = {entry.name for entry in folder.iterdir()} - ours
        if foreign:
            raise _holds_other_things(folder, min(foreign))


def _holds_other_things(directory: Path, name: str) -> PassageSearchError:
    return PassageSearchError(
        f"{directory} holds other things than an index ({name}): name another folder with --index"
    )


@contextmanager
def _locked(path: Path, wait: float) -> Iterator[None]:
    descriptor = open_lock_file(path)
    try:
        deadline = time.monotonic() + wait
        while not take_lock(descriptor):
            if time.monotonic() >= deadline:
                raise BusyIndexError(f"{_holder(descriptor)} is writing {path.parent}")
            time.sleep(_LOCK_POLL)
        if not _is_at(descriptor, path):
            raise PassageSearchError(f"the index {path.parent} was removed meanwhile: try again")
        # The holder's name is only for the message. On a full disk the lock holds without it.
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{_HOLDS}{os.getpid()} on {host_name()}\n".encode())
        yield
    finally:
        os.close(descriptor)  # which gives the lock back


def _is_at(descriptor: int, path: Path) -> bool:
    """Return whether an open file still has its name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except OSError:
        return False


def _holder(descriptor: int) -> str:
    """Return who holds the lock; a name left by a process that was killed is not believed."""
    found = _HOLDER.fullmatch(read_lock_file(descriptor, 300).decode("utf-8", "replace"))
    if found and (found[2] != host_name() or is_running(int(found[1]))):
        return found[0].strip()
    return "another process"


@contextmanager
def new_generation_folder(directory: Path) -> Iterator[Path]:
    """Make a folder to write a generation into; it is removed unless it was published."""
    folder = directory / ASIDE
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish_generation(directory: Path, folder: Path, manifest: Manifest) -> Generation:
    """Publish the files in `folder` as the generation in use, durably; then prune old ones.

    `manifest.files` is filled in here, from the files read again. On return the generation is on
    disk; on an OSError the one before is still in use.
    """
    manifest = with_stamps(manifest, folder)
    data = manifest.to_bytes()
    Manifest.from_bytes(data)  # what no reader would take is not published
    digest = hashlib.sha256(data).hexdigest()
    _write_durably(folder / MANIFEST, data)
    sync_directory(folder)
    target = directory / f"g-{digest[:16]}"
    _put_in_place(folder, target, digest)
    previous = current_name(directory)
    _switch(directory, f"{target.name} {digest}\n")
    _prune(directory, keep={target.name, previous})
    return Generation(target, manifest)


def _put_in_place(folder: Path, target: Path, digest: str) -> None:
    """Move the generation to its place, unless an equal and undamaged one is there already."""
    if _is_whole(target, digest):
        return
    if os.path.lexists(target):
        target.rename(target.with_name(_REPLACED))
    folder.rename(target)
    sync_directory(target.parent)


def _is_whole(path: Path, digest: str) -> bool:
    try:
        Generation.read(path, digest).verify()
    except (PassageSearchError, OSError):
        return False
    return True


def _switch(directory: Path, line: str) -> None:
    """Let CURRENT name another generation: the one step that publishes."""
    new = directory / (CURRENT + ".new")
    _write_durably(new, line.encode("ascii"))
    new.replace(directory / CURRENT)
    confirm_durable(directory)


def confirm_durable(directory: Path) -> None:
    """Wait until the disk has stored which generation is in use.

    Raises PassageSearchError if it does not confirm that: what was published is then in use,
    but might not outlast a loss of power.
    """
    try:
        sync_directory(directory)
    except OSError as error:
        raise PassageSearchError(
            f"the new index in {directory} is in use, but the disk did not confirm that it is "
            f"stored ({error.strerror}): check the disk and build again"
        ) from error


def _prune(directory: Path, keep: set[str | None]) -> None:
    """Remove all generations but the new one and the one before, which readers may be opening.

    Errors are ignored: the next build prunes again.
    """
    with contextlib.suppress(OSError):
        for path in directory.iterdir():
            if GENERATION.fullmatch(path.name) and path.name not in keep:
                _remove(path)
    _remove(directory / _REPLACED)


def clean_index(directory: Path) -> int:
    """Remove what no reader needs, and return how many bytes that freed.

    That is every generation before the one in use, and what stopped builds kept or left behind. A
    process that is opening an earlier generation opens the one in use then; one that has opened it
    keeps it. A first build that was stopped has no generation yet. Raises NoIndexError if the
    directory is something else, FormatError or DamagedIndexError if the index cannot be read:
    nothing is removed then. Raises BusyIndexError if another process writes it, and
    PassageSearchError if it cannot be written to.
    """
    from index.store.kept import remove_kept

    check_is_index(directory)
    if has_current(directory):
        Generation.look(directory)
    before = _size(directory)
    with _told_if_refused(directory), locked_for_writing(directory):
        if has_current(directory):
            _prune(directory, keep={Generation.look(directory).name})
        remove_kept(directory)
    return max(before - _size(directory), 0)


def remove_index(directory: Path) -> int:
    """Remove an index, and its directory if nothing else is in it; return the bytes freed.

    Raises NoIndexError if it is not an index, BusyIndexError if another process writes it, and
    PassageSearchError if a part of it holds something else, or cannot be removed.
    """
    check_is_index(directory)
    with _told_if_refused(directory), _locked(directory / LOCK, wait=0.0):
        ours = [
            path
            for path in directory.iterdir()
            if GENERATION.fullmatch(path.name) or path.name in _OWN_NAMES
        ]
        for path in ours:
            _check_only_ours(path)
        freed = sum(map(_size, ours))
        # Readers find no index from the first step on. The lock is held to the last.
        for path in sorted(ours, key=lambda path: (path.name != CURRENT, path.name == LOCK)):
            _remove(path)
    _remove(directory / LOCK)  # Windows removes no file that is open
    left = [path for path in ours if os.path.lexists(path)]
    if left:
        raise PassageSearchError(f"cannot remove {left[0]}: may its folder be written to?")
    with contextlib.suppress(OSError):  # it holds something else
        directory.rmdir()
    return freed


@contextmanager
def _told_if_refused(directory: Path) -> Iterator[None]:
    """Raise PassageSearchError, which names the index, if the disk refuses something."""
    try:
        yield
    except OSError as error:
        raise PassageSearchError(
            f"cannot write the index {directory}: {system_message(error)}"
        ) from error


def check_is_index(directory: Path) -> None:
    """Raise NoIndexError unless a build has been in a directory, even if it is damaged now."""
    try:
        names = {entry.name for entry in directory.iterdir()}
    except OSError as error:
        raise NoIndexError(f"no index at {directory}: {error.strerror}") from error
    if not names or not _is_index(directory, names):
        raise NoIndexError(f"no index at {directory}: nothing there was made by index build")


def _size(path: Path) -> int:
    """Return the bytes of a file, or of all files in a folder; links count for nothing."""
    try:
        if path.is_symlink():
            return 0
        if path.is_dir():
            return sum(map(_size, path.iterdir()))
        return path.stat().st_size
    except OSError:
        return 0


def _remove(path: Path) -> None:
    """Remove a file, a link or a folder; errors are ignored."""
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def _write_durably(path: Path, data: bytes) -> None:
    """Write a file and wait until the disk holds it."""
    with path.open("xb") as file:  # which follows no link
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
