"""The differences between systems: opening files, folders of the user, locks, storing, Ctrl-C.

Some names of `os` and the module `fcntl` are missing on Windows. Each function here then does the
closest safe thing. `index` uses this module too.
"""

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from io import BufferedReader
from pathlib import Path

from embed.errors import PassageSearchError

_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)
_NO_TERMINAL = getattr(os, "O_NOCTTY", 0)
_FOLDER = getattr(os, "O_DIRECTORY", 0)
_BINARY = getattr(os, "O_BINARY", 0)
# Whether the system itself refuses links and returns at once from the opening of a pipe.
_OPENS_SAFELY = bool(_NO_LINK and _NO_WAIT)
# Whether a file can be opened relative to an open folder, which nobody can swap for another one.
_OPENS_RELATIVE = bool(_OPENS_SAFELY and _FOLDER and os.open in os.supports_dir_fd)


class NotPlainFileError(OSError):
    """Raised for a pipe, a device or a socket in place of a plain file."""


# What there is, and opening it


def is_folder(path: str) -> bool:
    """Return whether a folder is there; True if it may not be looked at."""
    mode = _mode(path)
    return mode is None or stat.S_ISDIR(mode)


def is_there(path: str) -> bool:
    """Return whether something is there; True if it may not be looked at."""
    return _mode(path) != 0


def _mode(path: str) -> int | None:
    """Return type and rights of a file; 0 if it is not there, None if it may not be looked at."""
    try:
        return os.stat(path).st_mode  # noqa: PTH116  (a Path for bytes that are not text)
    except PermissionError:
        return None
    except (OSError, ValueError):
        return 0


def open_plain_file(path: Path) -> BufferedReader:
    """Open a plain file to read it.

    The last part of the path is not followed if it is a link, a pipe does not block, and a terminal
    does not become that of this process. Raises NotPlainFileError if the path is that of a pipe or
    a device, and OSError if it is a link (ELOOP), a folder (EISDIR) or cannot be opened.
    """
    flags = os.O_RDONLY | _NO_LINK | _NO_WAIT | _NO_TERMINAL | _BINARY
    return _plain_file(_open_compared(path, flags), path)


def open_file_inside(folder: Path, parts: Sequence[str]) -> BufferedReader:
    """Open a plain file in a folder, given the names that lead to it, as `open_plain_file` does.

    None of the names may be a link. A folder that somebody swaps for a link meanwhile does not lead
    elsewhere. Raises ValueError if a name is not that of an entry of its folder.
    """
    if not parts or not all(map(_is_entry_name, parts)):
        raise ValueError("not a path inside the folder")
    if not _OPENS_RELATIVE:
        return _open_inside_compared(folder, parts)
    # Each part is opened in the folder that was opened before it.
    folder_flags = os.O_RDONLY | _FOLDER
    with contextlib.ExitStack() as opened:
        parent = os.open(folder, folder_flags)
        opened.callback(os.close, parent)
        for part in parts[:-1]:
            parent = os.open(part, folder_flags | _NO_LINK, dir_fd=parent)
            opened.callback(os.close, parent)
        flags = os.O_RDONLY | _NO_LINK | _NO_WAIT | _NO_TERMINAL
        return _plain_file(os.open(parts[-1], flags, dir_fd=parent), folder.joinpath(*parts))


def _is_entry_name(part: str) -> bool:
    """Return whether a name stays in its folder, on this system."""
    # A backslash and a colon lead elsewhere only on Windows; on POSIX they may be part of a name.
    separators = "/" if os.sep == "/" else "/\\:"
    return part not in {"", ".", ".."} and not any(mark in part for mark in separators)


def _open_inside_compared(folder: Path, parts: Sequence[str]) -> BufferedReader:
    """Open a file in a folder, and check that no folder on the way was a link, before and after."""
    folders = [folder]
    for part in parts[:-1]:
        folders.append(folders[-1] / part)
    before = _folder_statuses(folders)
    with contextlib.ExitStack() as opened:
        file = opened.enter_context(open_plain_file(folders[-1] / parts[-1]))
        if not all(map(os.path.samestat, _folder_statuses(folders), before)):
            raise _error(errno.ELOOP, folders[-1])
        opened.pop_all()
    return file


def _folder_statuses(folders: Sequence[Path]) -> list[os.stat_result]:
    """Return the status of each folder; raise OSError if one but the first is a link."""
    statuses = [folders[0].stat(), *(path.lstat() for path in folders[1:])]
    for path, status in zip(folders, statuses, strict=True):
        if _is_link(status) or not stat.S_ISDIR(status.st_mode):
            raise _error(errno.ENOTDIR, path)
    return statuses


def _open_compared(path: Path, flags: int, mode: int = 0o777) -> int:
    """Open a file and return its descriptor; raise OSError if it is a link.

    If the system cannot refuse links, look at the file before and after it is opened.
    """
    if _OPENS_SAFELY:
        return os.open(path, flags, mode)
    try:
        before = path.lstat()
    except FileNotFoundError:
        if not flags & os.O_CREAT:
            raise
        # O_EXCL opens nothing that was put there meanwhile.
        return os.open(path, flags | os.O_EXCL, mode)
    if _is_link(before):
        raise _error(errno.ELOOP, path)
    _check_plain(before, path)
    descriptor = os.open(path, flags, mode)
    if not os.path.samestat(os.fstat(descriptor), before):
        os.close(descriptor)
        raise _error(errno.ELOOP, path)
    return descriptor


def _is_link(status: os.stat_result) -> bool:
    """Return whether a status is that of a symbolic link, or of a junction of Windows."""
    junction = getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", None)
    tag = getattr(status, "st_reparse_tag", 0)
    return stat.S_ISLNK(status.st_mode) or bool(tag and tag == junction)


def _plain_file(descriptor: int, path: Path) -> BufferedReader:
    """Return a file object for a descriptor; raise OSError if it is not that of a plain file."""
    try:
        _check_plain(os.fstat(descriptor), path)
    except OSError:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def _check_plain(status: os.stat_result, path: Path) -> None:
    """Raise OSError unless a status is that of a plain file."""
    if stat.S_ISDIR(status.st_mode):
        raise _error(errno.EISDIR, path)
    if not stat.S_ISREG(status.st_mode):
        raise NotPlainFileError("not a regular file")


def _error(number: int, path: Path) -> OSError:
    return OSError(number, os.strerror(number), str(path))


# Folders of the user


def state_folder() -> Path:
    """Return the folder for what this program remembers from one run to the next.

    Raises PassageSearchError if there is no home folder.
    """
    if sys.platform == "linux":
        # What platformdirs gives there, without its import.
        base = Path(os.environ.get("XDG_STATE_HOME", ""))
        try:
            home = base if base.is_absolute() else Path.home() / ".local" / "state"
        except RuntimeError as error:  # as in a container
            raise PassageSearchError(
                "there is no home folder; XDG_STATE_HOME names another one"
            ) from error
        return home / "passage-search"
    from platformdirs import user_state_dir

    return Path(user_state_dir("passage-search", appauthor=False))


# Locks


def open_lock_file(path: Path) -> int:
    """Open a file that serves as a lock, make it if it is missing, and return its descriptor.

    The lock is given back when the descriptor is closed, at the latest when its process ends.
    Raises OSError if there is a link, or the file cannot be opened.
    """
    return _open_compared(path, os.O_RDWR | os.O_CREAT | _NO_LINK | _NO_WAIT | _BINARY, 0o666)


def take_lock(descriptor: int) -> bool:
    """Take the exclusive lock of a file without waiting; return whether it could be had."""
    return _lock_function()(descriptor)


def _lock_function() -> Callable[[int], bool]:
    """Return what takes a lock on this system."""
    try:
        import fcntl
    except ImportError:
        from filelock import lock_descriptor

        return lambda descriptor: lock_descriptor(descriptor, blocking=False)

    def flock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    return flock


def read_lock_file(descriptor: int, most: int) -> bytes:
    """Return the first bytes of a lock file, at most `most`; none if the system lets none be read.

    Windows does not let anybody but its holder read a file that is locked.
    """
    with contextlib.suppress(OSError):
        if hasattr(os, "pread"):
            return os.pread(descriptor, most, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        return os.read(descriptor, most)
    return b""


def host_name() -> str:
    """Return the name of this machine."""
    if hasattr(os, "uname"):
        return os.uname().nodename
    import platform

    return platform.node()


def is_running(process: int) -> bool:
    """Return whether a process is running on this machine; False if that cannot be known."""
    if os.name == "nt":  # os.kill would end it there
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return process > 0


# The disk and the processor


def sync_file(path: Path) -> None:
    """Wait until the disk holds what is in a file."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_directory(path: Path) -> None:
    """Wait until the disk holds the names in a folder, if the system can open folders."""
    if not _FOLDER:
        return
    descriptor = os.open(path, os.O_RDONLY | _FOLDER)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_CPUINFO = Path("/proc/cpuinfo")
# The lines of a processor that tell its kind: those of x86, and those of ARM.
_KIND = (
    "vendor_id", "cpu family", "model", "model name", "flags",
    "CPU implementer", "CPU architecture", "CPU variant", "CPU part", "Features",
)  # fmt: skip


def kind_of_processor() -> str:
    """Return a text that is equal on processors which round alike, as far as the system tells."""
    import platform

    kind = [platform.machine(), os.environ.get("PROCESSOR_IDENTIFIER", "")]  # which Windows sets
    with contextlib.suppress(OSError):
        first = _CPUINFO.read_text(encoding="utf-8", errors="replace").partition("\n\n")[0]
        lines = (line.partition(":") for line in first.splitlines())
        kind += [
            f"{name.strip()}:{value.strip()}" for name, _, value in lines if name.strip() in _KIND
        ]
    return "\n".join(kind)


# Interrupts


@contextlib.contextmanager
def interrupts_held() -> Iterator[None]:
    """Let Ctrl-C wait until this ends, for imports of modules that are written in C.

    Such a module makes an ImportError of an interrupt, and may print a traceback of its own.
    """
    import signal
    import threading

    before = signal.getsignal(signal.SIGINT)
    if not callable(before) or threading.current_thread() is not threading.main_thread():
        yield
        return
    held = False

    def hold(*_: object) -> None:
        nonlocal held
        held = True

    signal.signal(signal.SIGINT, hold)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if held:
        before(signal.SIGINT, None)
