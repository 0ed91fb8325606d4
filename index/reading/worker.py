"""Reading files in a process of their own, which may crash, hang or take too much memory.

The process is kept for many files. It is started with `subprocess`, not `multiprocessing`: this
would run the script of the user again, and does not work in notebooks.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from typing import Self

from index.reading.content import Content, ReadingFailedError, UnreadableError
from index.reading.messages import (
    MOST_REPLY_BYTES,
    MOST_TEXT_BYTES,
    READ,
    READY,
    SHOW,
    BadMessageError,
    Outcome,
    Reply,
    decode_reply,
    encode_view_request,
    read_frame,
    write_frame,
)
from index.reading.views import View, ViewRequest

_MIB = 1 << 20
_SECONDS = 120.0
"""The time limit of a file."""

_MEMORY = 2048 * _MIB
"""How much address space reading may take."""

_MOST_RESIDENT = 700 * _MIB
"""From how much memory, still held when a file is read, the process is replaced by a new one."""

_MOST_FILES = 1000
"""How many files a process reads before it is replaced by a new one: libraries leak."""

_SECONDS_TO_START = 60.0

_ROOT = str(Path(__file__).parents[2])
_CODE = """
import json, sys
sys.path[:], seconds, memory = json.loads(sys.argv[1])
from index.reading.worker_process import main
main(seconds, memory)
"""


class ReaderError(Exception):
    """A reader failed with an error that is not its own. The message is the traceback."""


class Worker:
    """Reads files in a process of its own, one after the other. Several threads may share it.

    `package` is the one whose modules are the formats.

    >>> with Worker() as worker:
    ...     worker.read("plain_text", b"The river rises.").text
    'The river rises.'
    """

    def __init__(
        self,
        *,
        seconds: float = _SECONDS,
        memory: int = _MEMORY,
        files: int = _MOST_FILES,
        package: str = "index.reading",
    ) -> None:
        self._seconds = seconds
        self._memory = memory
        self._files = files
        self._package = package
        self._process: _Process | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process. A file that is read afterwards starts another one."""
        with self._lock:
            self._stop()

    def read(self, name: str, data: bytes, encoding: str = "") -> Content:
        """Read the bytes of a file of the format `name`.

        Raises UnreadableError if the format does, and ReadingFailedError if it crashes or fails, or
        takes more time or memory than the limits. The error of a reader that failed is caused by a
        ReaderError.
        """
        reply, _ = self._ask(READ, name, encoding.encode(), data)
        if reply.content is None:
            raise UnreadableError(reply.reason)
        return reply.content

    def show(
        self, name: str, request: ViewRequest, data: bytes = b"", *, seconds: float | None = None
    ) -> tuple[View, bytes]:
        """Return a view of a file, and a picture if one is asked for.

        `name` is the module that shows such files. It keeps some open, so that `data` is needed
        only if the view says so. `seconds` is a time limit shorter than that of all files.

        Raises UnreadableError if the file cannot be shown, and ReadingFailedError as `read` does.
        """
        reply, picture = self._ask(SHOW, name, encode_view_request(request), data, seconds=seconds)
        if reply.view is None:
            raise UnreadableError(reply.reason)
        return reply.view, picture

    def _ask(
        self, kind: bytes, name: str, details: bytes, data: bytes, *, seconds: float | None = None
    ) -> tuple[Reply, bytes]:
        """Send a request, and take the reply with what comes beside it.

        Raises ReadingFailedError unless the worker has an answer.
        """
        with self._lock:
            module = f"{self._package}.{name}".encode()
            limit = self._seconds if seconds is None else min(seconds, self._seconds)
            reply, body = self._exchange(limit, kind, module, details, data)
        if reply.outcome is Outcome.FAILED:
            failure = ReaderError(reply.traceback)
            raise ReadingFailedError(f"its reader failed ({reply.reason})") from failure
        if reply.outcome is Outcome.OUT_OF_MEMORY:
            raise ReadingFailedError(
                f"reading it takes more than {self._memory // _MIB:,} MiB of memory"
            )
        return reply, body

    def _exchange(self, seconds: float, *request: bytes) -> tuple[Reply, bytes]:
        """Send a request and take the reply; a process that cannot go on is ended."""
        process = self._running()
        deadline = _Deadline(process, seconds)
        try:
            with deadline:
                reply, body = process.ask(*request)
        except (OSError, EOFError, BadMessageError) as error:
            self._stop()
            if deadline.has_passed:
                raise ReadingFailedError(f"reading it took longer than {seconds:g} s") from error
            raise ReadingFailedError(
                "its reader stopped unexpectedly: the file may be damaged"
            ) from error
        except BaseException:
            # After Ctrl-C nobody takes the rest of the reply.
            self._stop()
            raise
        is_full = reply.outcome is Outcome.OUT_OF_MEMORY or reply.resident > _MOST_RESIDENT
        if is_full or deadline.has_passed or process.files >= self._files:
            self._stop()
        return reply, body

    def _running(self) -> _Process:
        """Return the process, a new one if there is none that lives and is ours."""
        if self._process and not self._process.is_running:
            self._stop()
        if not self._process:
            self._process = _Process(self._seconds, self._memory)
        return self._process

    def _stop(self) -> None:
        if self._process:
            self._process.stop()
            self._process = None


class _Process:
    """A worker process that has started. Raises UnreadableError if it cannot be started."""

    def __init__(self, seconds: float, memory: int) -> None:
        self.files = 0
        if not sys.executable or getattr(sys, "frozen", False):
            raise ReadingFailedError("needs a Python of its own to be read, and there is none here")
        arguments = json.dumps([search_path(), seconds, memory])
        try:
            self._popen = subprocess.Popen(
                [sys.executable, "-P", "-B", "-c", _CODE, arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # Libraries print warnings there about each damaged file.
                stderr=subprocess.DEVNULL,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise ReadingFailedError(f"no process can be started to read it ({error})") from error
        # At the latest at the end of the program, so that nothing is left behind.
        self.stop = weakref.finalize(self, _end, self._popen)
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def _wait_until_ready(self) -> None:
        assert self._popen.stdout
        greeting = b""
        ended = contextlib.suppress(OSError, EOFError, BadMessageError)
        with ended, _Deadline(self, _SECONDS_TO_START):
            greeting = read_frame(self._popen.stdout, len(READY))
        if greeting != READY:
            raise ReadingFailedError("the process that should read it did not start")

    @property
    def is_running(self) -> bool:
        """Whether the process lives, and is a child of this one, which may be a fork."""
        return self._popen.poll() is None

    def kill(self) -> None:
        """End the process at once. Whoever waits for its reply finds the end of the stream."""
        self._popen.kill()

    def ask(self, *request: bytes) -> tuple[Reply, bytes]:
        """Send a request, and wait for the reply with the text or picture that comes beside it.

        Raises OSError or EOFError if the process ends, and BadMessageError for another reply.
        """
        assert self._popen.stdin
        assert self._popen.stdout
        self.files += 1
        for frame in request:
            write_frame(self._popen.stdin, frame)
        self._popen.stdin.flush()
        reply = read_frame(self._popen.stdout, MOST_REPLY_BYTES)
        body = read_frame(self._popen.stdout, MOST_TEXT_BYTES)
        return decode_reply(reply, body), body


def _end(popen: subprocess.Popen[bytes]) -> None:
    """End a process and forget it.

    A fork of the program that started it finds that it is not its child, and leaves it alone.
    """
    popen.kill()
    popen.wait()
    for stream in (popen.stdin, popen.stdout):
        if stream:
            with contextlib.suppress(OSError):
                stream.close()


class _Deadline:
    """Kills a process unless a block of code is done with it in time."""

    def __init__(self, process: _Process, seconds: float) -> None:
        self.has_passed = False
        self._process = process
        self._timer = threading.Timer(seconds, self._pass)
        self._timer.daemon = True

    def _pass(self) -> None:
        self.has_passed = True
        self._process.kill()

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        # From here on nothing is killed any more.
        self._timer.join()


def search_path() -> list[str]:
    """Return where a process finds modules: the same code that is found here.

    The working folder and the one of the user's script come last: a file there may have the name of
    a library.
    """
    entries = [str(Path(entry).absolute()) for entry in sys.path if entry]
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    foreign = {str(Path(script).absolute().parent)} if script else set()
    with contextlib.suppress(OSError):
        foreign.add(str(Path.cwd()))
    foreign.discard(_ROOT)
    entries.sort(key=lambda entry: entry in foreign)
    return entries if _ROOT in entries else [*entries, _ROOT]
