# ruff: noqa: ANN401  (it wraps functions of any kind)
"""Builds that meet a fault at one operation after another, and what they leave behind.

Run as a program, which loads everything once and then forks a process a build:

    python tests/promises/faults.py ROOT SCENARIO FAULT

SCENARIO is ``first``, ``changed``, or ``kept``, which is ``changed`` with a build that keeps every
vector at once. FAULT is ``kill``, ``EIO`` or ``ENOSPC`` at every operation on files that Python
makes, ``fsize`` for a limit of the size of files, rising byte by byte (``fsize:512`` in steps of
512), or ``strace:CALL:FAULT`` for a system call, whoever makes it; strace must then run this
program, as ``strace_command`` says. OMP_NUM_THREADS must be 1: threads do not outlive a fork.
Prints a JSON object: how many points were tried, and the broken states.
"""

import contextlib
import errno
import fcntl
import io
import json
import os
import resource
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

# This is run as a program, which finds only what lies beside it.
sys.path.append(str(Path(__file__).parents[1] / "support"))

import faiss  # noqa: F401  (once, not in every process)
from fake_encoder import FakeEncoder
from small_index import CORPUS, build, generation_bytes, write_corpus
from stopped_builds import keeping_at_once

from embed import PassageSearchError
from index.build import BuildReport
from index.errors import NoIndexError
from index.store.layout import KEPT
from index.store.open_index import OpenIndex
from index.store.verification import verify

OK, ERROR, UNFORESEEN, LEFT_OUT = 0, 2, 3, 4
CALLS = (
    "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "rename", "unlink", "unlinkat",
    "mkdir", "rmdir", "openat", "flock",
)  # fmt: skip


def strace_at(call: str) -> int:
    """Which call of a process fails: so late that neither the parent, which opens many files when
    it starts, nor a check ever gets there, though strace watches them too."""
    return 6000 if call == "openat" else 600


def strace_command(call: str, fault: str, log: Path) -> list[str]:
    """The start of a command that runs a program under strace, to fail at one call of each kind."""
    how = "signal=KILL" if fault == "kill" else f"error={fault}"
    inject = f"inject={call}:{how}:when={strace_at(call)}"
    # Its faster way to watch, --seccomp-bpf, sends no signals.
    options = ["-f", "-qq", "-e", f"trace={call}", "-e", inject, "-o", str(log)]
    return ["strace", *options]


class Trial:
    """A corpus and an index that are as they were before each build."""

    def __init__(self, root: Path, scenario: str) -> None:
        self.root = root
        self.corpus = root / "corpus"
        self.directory = root / ".passage-index"
        self._template = root / "template"
        self._scenario = scenario
        write_corpus(self.corpus)
        if scenario != "first":
            build(self.corpus, self.directory)
            self._change()
        else:
            self.directory.mkdir()
        self.directory.rename(self._template)
        self.reset()
        self.old = self.state()
        build(self.corpus, self.directory)
        self.new = self.state()
        assert self.old != self.new or scenario == "unchanged"
        self.reset()

    def _change(self) -> None:
        if self._scenario in ("changed", "kept"):
            (self.corpus / "new.txt").write_text("A new article. It has a paragraph.\n\nAnd two.")
            (self.corpus / "east/river.txt").write_text(CORPUS["east/river.txt"].upper())

    def build(self) -> BuildReport:
        """The build that meets a fault."""
        with keeping_at_once() if self._scenario == "kept" else contextlib.nullcontext():
            return build(self.corpus, self.directory)

    def reset(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)
        shutil.copytree(self._template, self.directory)

    def state(self) -> dict[str, bytes] | None:
        """The bytes of the generation in use, all of it verified; None where there is no index."""
        try:
            verify(OpenIndex.open(self.directory), FakeEncoder())
        except NoIndexError:
            return None
        return generation_bytes(self.directory)

    def problem(self, code: int, error: str) -> str:
        """What is wrong after a build that ended so; "" where nothing is."""
        return self._problem_now(code, error) or self._problem_next()

    def _problem_now(self, code: int, error: str) -> str:
        if code not in (OK, LEFT_OUT, ERROR, -signal.SIGKILL):
            return f"ended with {code}: {error}"
        try:
            state = self.state()
        except Exception as damage:
            return f"the index is broken: {damage!r}"
        # An article that cannot be read is left out, and named.
        if state not in (self.old, self.new) and code != LEFT_OUT:
            return "the index is neither the old one nor the new one"
        if code == OK and state != self.new:
            return "it said that all was well, and it was not"
        if code == ERROR and state == self.new != self.old and "in use" not in error:
            return f"it said {error!r}, and published"
        return ""

    def _problem_next(self) -> str:
        build(self.corpus, self.directory)
        if self.state() != self.new:
            return "the next build did not put it right"
        left = {path.name for path in self.directory.iterdir()} & {
            "new",
            "replaced",
            "CURRENT.new",
            KEPT,
        }
        return f"the next build left {left}" if left else ""


def run_build(trial: Trial, before: Callable[[], None]) -> tuple[int, str]:
    """Build in a process of its own; how it ended, and the error that it reported."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code, error = UNFORESEEN, ""
        try:
            before()
            report = trial.build()
            code = LEFT_OUT if report.left_out else OK
        except PassageSearchError as reported:
            code, error = ERROR, str(reported)
        except BaseException as unforeseen:
            error = repr(unforeseen)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        for _ in range(2):  # the fault may be this very call
            with contextlib.suppress(OSError):
                REAL_WRITE(writer, error.encode()[:4000])
                break
        os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        error = pipe.read().decode()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), error


def checked(trial: Trial, code: int, error: str) -> str:
    """Check what is left, and put it back, in a process of its own."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            problem = trial.problem(code, error)
            trial.reset()
        except BaseException as unforeseen:
            problem = f"the check failed: {unforeseen!r}"
        os.write(writer, problem.encode()[:4000])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        problem = pipe.read().decode()
    os.waitpid(child, 0)
    return problem


REAL_WRITE = os.write
NAMES = ("open", "write", "fsync", "ftruncate", "replace", "rename", "unlink", "mkdir", "rmdir")


def inject(corpus: Path, fault: str, at: int, done: Callable[[], None]) -> None:
    """Make the operation number ``at`` on files of the index fail, those of the corpus left out."""
    count = 0

    def point() -> None:
        nonlocal count
        count += 1
        if count != at:
            return
        done()
        if fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        number = getattr(errno, fault)
        raise OSError(number, os.strerror(number))

    def failing(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            if not str(arguments[0]).startswith(str(corpus)) and "dir_fd" not in options:
                point()
            return real(*arguments, **options)

        return call

    for name in NAMES:
        setattr(os, name, failing(getattr(os, name)))
    real_open = io.open

    class File(io.FileIO):
        def write(self, data: Any) -> int:
            half = memoryview(data).cast("B")
            if count + 1 == at:  # as a disk does that is full: some of it is there
                super().write(half[: len(half) // 2])
            point()
            return super().write(data)

    def open_file(path: Any, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if mode not in ("wb", "xb", "rb+"):
            return real_open(path, mode, *rest, **options)
        point()
        raw = File(path, mode)
        return io.BufferedRandom(raw) if mode == "rb+" else io.BufferedWriter(raw)

    io.open = open_file  # type: ignore[assignment]
    real_connect = sqlite3.connect

    class Connection(sqlite3.Connection):
        def execute(self, *arguments: Any) -> sqlite3.Cursor:
            try:
                point()
            except OSError as error:
                raise sqlite3.OperationalError(str(error)) from error
            return super().execute(*arguments)

    def connect(path: Any, **options: Any) -> sqlite3.Connection:
        if options.get("uri"):
            connection: sqlite3.Connection = real_connect(path, **options)
            return connection
        point()
        return Connection(path, **options)

    sqlite3.connect = connect  # type: ignore[assignment]


def python_points(trial: Trial, fault: str) -> Iterator[tuple[int, str]]:
    """A build with a fault at each operation, until there are no more."""
    for at in range(1, 100_000):
        reader, writer = os.pipe()
        done = partial(mark, writer)
        result = run_build(trial, partial(inject, trial.corpus, fault, at, done))
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            reached = bool(pipe.read())
        yield result
        if not reached:
            return


def mark(descriptor: int) -> None:
    """Tell the parent that the fault has come."""
    REAL_WRITE(descriptor, b"!")


def size_limits(trial: Trial, step: int) -> Iterator[tuple[int, str]]:
    """A build under every limit of the size of a file, up to that of the largest one."""
    assert trial.new is not None
    for limit in range(0, max(map(len, trial.new.values())) + step, step):
        limits = (limit, resource.RLIM_INFINITY)
        yield run_build(trial, partial(resource.setrlimit, resource.RLIMIT_FSIZE, limits))


def strace_points(trial: Trial, call: str) -> Iterator[tuple[int, str]]:
    """A build with a fault at each system call of a kind, which strace brings about."""
    log = os.open(trial.root / "strace.log", os.O_RDONLY)
    spend = spending(trial.root)[call]
    seen = 0
    for at in range(1, 600):
        result = run_build(trial, partial(repeat, spend, strace_at(call) - at))
        yield result
        text = os.pread(log, 1 << 26, 0).decode("utf-8", "replace")
        hits = text.count("(INJECTED)") + text.count("killed by SIGKILL")
        if hits == seen:
            return
        seen = hits
    raise AssertionError(f"more than 600 calls of {call}")


def repeat(call: Callable[[], object], times: int) -> None:
    for _ in range(times):
        with contextlib.suppress(OSError):
            call()


def spending(root: Path) -> dict[str, Callable[[], object]]:
    """A harmless system call of each kind."""
    scratch = os.open(root / "scratch", os.O_RDWR | os.O_CREAT)
    null = os.open(os.devnull, os.O_WRONLY)
    folder = os.open(root, os.O_RDONLY)
    return {
        "write": lambda: os.write(null, b"x"),
        "pwrite64": lambda: os.pwrite(scratch, b"x", 0),
        "fsync": lambda: os.fsync(folder),
        "fdatasync": lambda: os.fdatasync(folder),
        "ftruncate": lambda: os.ftruncate(scratch, 0),
        "rename": lambda: os.rename(root / "nothing", root / "nothing"),  # noqa: PTH104
        "unlink": lambda: os.unlink(root / "nothing"),  # noqa: PTH108
        "unlinkat": lambda: os.unlink("nothing", dir_fd=folder),
        "mkdir": lambda: os.mkdir(root),  # noqa: PTH102
        "rmdir": lambda: os.rmdir(root / "nothing"),  # noqa: PTH106
        "openat": lambda: os.close(os.open(os.devnull, os.O_RDONLY)),
        "flock": lambda: fcntl.flock(scratch, fcntl.LOCK_UN),
    }


def main(root: Path, scenario: str, fault: str) -> None:
    """Try every point, and print what was found."""
    trial = Trial(root, scenario)
    kind, _, rest = fault.partition(":")
    if kind == "strace":
        results = strace_points(trial, rest)
    elif kind == "fsize":
        results = size_limits(trial, int(rest or 1))
    else:
        results = python_points(trial, kind)
    broken = []
    codes: dict[int, int] = {}
    for number, (code, error) in enumerate(results, start=1):
        codes[code] = codes.get(code, 0) + 1
        if problem := checked(trial, code, error):
            broken.append(f"{number}: {problem}")
    print(json.dumps({"points": sum(codes.values()), "ends": codes, "broken": broken}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
