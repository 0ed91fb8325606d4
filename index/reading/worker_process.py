"""The process that reads the files of others. `index.reading.worker` starts it.

It takes requests on its standard input and answers on its standard output until the input ends.
It never writes files nor contacts anything. Readers of documents call C libraries, and a damaged
file may make these crash, go on for ever or take any memory: here it takes down nothing else.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
import traceback
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import IO

from index.names import printable
from index.reading.content import Content, UnreadableError
from index.reading.messages import (
    READY,
    SHOW,
    BadMessageError,
    Outcome,
    Reply,
    decode_view_request,
    encode_reply,
    read_frame,
    write_frame,
)

_GRACE_SECONDS = 2
"""How long after its time the worker ends by itself, if nobody is there to stop it."""

_LOOK_SECONDS = 1
"""How often the worker looks whether the program that started it is still there."""

_MOST_OPEN_FILES = 64
_MOST_BYTES = 1 << 40
_LONGEST_REASON = 200

# What a reader has no business doing, by the names of audit events. It is a second line of
# defence: libraries in C do not ask.
_FORBIDDEN_KINDS = {"socket", "subprocess", "shutil", "ftplib", "smtplib", "urllib", "webbrowser"}
_FORBIDDEN = {
    "os.chmod", "os.chown", "os.exec", "os.fork", "os.forkpty", "os.kill", "os.killpg", "os.link",
    "os.mkdir", "os.posix_spawn", "os.remove", "os.rename", "os.rmdir", "os.spawn",
    "os.startfile", "os.startfile/2", "os.symlink", "os.system", "os.truncate", "os.utime",
    "pty.spawn", "sqlite3.connect", "tempfile.mkdtemp", "tempfile.mkstemp",
}  # fmt: skip
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class _ForbiddenError(PermissionError):
    """A reader tried to write, to start something or to contact something."""


def main(seconds: float, memory: int) -> None:
    """Answer requests; each may take so many seconds, and all so many bytes more than now."""
    # Ctrl-C goes to every process of a terminal; the one that builds ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, replies = _take_streams()
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    _limit(memory)
    sys.addaudithook(_refuse)
    write_frame(replies, READY)
    replies.flush()
    # The build may be gone: then there is nobody to answer.
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            for frame in _answer(requests, seconds):
                write_frame(replies, frame)
            replies.flush()


def _end_with(parent: int) -> None:
    """End this process soon after its parent, in the middle of a file too.

    Windows does not tell who is gone, and a library that does not let other threads run delays it:
    then the time limit is all.
    """
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)


def _take_streams() -> tuple[IO[bytes], IO[bytes]]:
    """Take standard input and output for the messages: what a library prints goes nowhere."""
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    return requests, replies


def _limit(memory: int) -> None:
    """Limit what this process may take, as far as the system can.

    macOS does not heed the limit of memory, and Windows has none: there the time limit is all.
    """
    try:
        import resource
    except ImportError:
        return
    limits = {
        resource.RLIMIT_AS: _memory_in_use()[0] + memory,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: _MOST_OPEN_FILES,
    }
    for kind, most in limits.items():
        with contextlib.suppress(OSError, ValueError):
            _, hard = resource.getrlimit(kind)
            least = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (least, least))


def _memory_in_use() -> tuple[int, int]:
    """Return the bytes of address space and of memory that this process has; 0 if not known.

    The peak that `getrusage` gives is inherited from the process that started this one.
    """
    try:
        sizes = Path("/proc/self/statm").read_bytes().split()
        page = os.sysconf("SC_PAGESIZE")
    except (OSError, ValueError, AttributeError):
        return 0, 0
    return int(sizes[0]) * page, int(sizes[1]) * page


def _set_alarm(seconds: float) -> None:
    """End this process after a time; 0 calls it off. A library in C cannot delay it."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    """Raise an error if a reader does what it has no business doing."""
    if event == "open":
        if _is_written(*arguments):
            raise _ForbiddenError("a reader may not write files")
    elif event in _FORBIDDEN or event.split(".", 1)[0] in _FORBIDDEN_KINDS:
        raise _ForbiddenError(f"a reader may not use {event}")


def _is_written(_: object, mode: object, flags: object) -> bool:
    """Return whether what is opened can be written to."""
    return bool(set(str(mode or "")) & set("wax+") or (isinstance(flags, int) and flags & _WRITES))


def _answer(requests: IO[bytes], seconds: float) -> tuple[bytes, bytes]:
    """Take a request, and return the frames of the reply. Raises EOFError if there are no more."""
    kind = read_frame(requests, _MOST_BYTES)
    module = read_frame(requests, _MOST_BYTES).decode()
    details = read_frame(requests, _MOST_BYTES)
    # The error is gone with all that it holds before the reply is made.
    with contextlib.suppress(MemoryError):
        data = read_frame(requests, _MOST_BYTES)
        _set_alarm(seconds + _GRACE_SECONDS)
        try:
            return _read(kind, module, details, data)
        finally:
            _set_alarm(0)
    return encode_reply(Reply(Outcome.OUT_OF_MEMORY))


def _read(kind: bytes, module: str, details: bytes, data: bytes) -> tuple[bytes, bytes]:
    """Read or show a file, and return the frames of the reply.

    Raises MemoryError for want of memory.
    """
    try:
        if kind == SHOW:
            return _show(module, details, data)
        content: Content = import_module(module).FORMAT.read(data, details.decode())
        reply = Reply(Outcome.READ, resident=_memory_in_use()[1], content=content)
        return encode_reply(reply)
    except MemoryError:
        raise
    except UnreadableError as error:
        reply = Reply(Outcome.UNREADABLE, _one_line(str(error)))
        if _stems_from_want_of_memory(error):
            reply = Reply(Outcome.OUT_OF_MEMORY)
    except RecursionError:
        reply = Reply(Outcome.UNREADABLE, "its parts are nested too deeply")
    except BadMessageError:
        reply = Reply(Outcome.UNREADABLE, "holds too much text")
    except BaseException as error:
        told = traceback.format_exc().encode("ascii", "backslashreplace").decode()
        reply = Reply(Outcome.FAILED, _one_line(type(error).__name__), told)
    return encode_reply(replace(reply, resident=_memory_in_use()[1]))


def _show(module: str, details: bytes, data: bytes) -> tuple[bytes, bytes]:
    view, picture = import_module(module).VIEWER.answer(decode_view_request(details), data)
    reply = Reply(Outcome.READ, resident=_memory_in_use()[1], view=view)
    return encode_reply(reply, picture)


def _stems_from_want_of_memory(error: BaseException | None) -> bool:
    """Return whether a reader took want of memory for damage."""
    while error and not isinstance(error, MemoryError):
        error = error.__context__
    return error is not None


def _one_line(text: str) -> str:
    """Return a message that may quote the file so that it fits into a line of a report."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= _LONGEST_REASON else f"{line[: _LONGEST_REASON - 1]}…"
