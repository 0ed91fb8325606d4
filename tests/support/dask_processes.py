"""A Dask scheduler and its workers, as processes of their own that the tests may kill."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from distributed import Client

Process = subprocess.Popen[bytes]

# What a worker does beside its work, in files that Dask runs when the worker starts.
DYING = """
import os, signal
from pathlib import Path
from embed.encoder import Encoder

left = [{calls}]
if "real" not in globals():  # Dask runs this twice
    real = Encoder.encode_passages

def encode_passages(*arguments, **options):
    left[0] -= 1
    if left[0] < 0:
        try:
            {allowed}
        except FileNotFoundError:
            pass
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments, **options)

Encoder.encode_passages = encode_passages
"""


def dying(folder: Path, calls: int, *, only_one: bool) -> Path:
    """A file that has workers end after so many calls of the model: all of them, or only one."""
    flag = folder / "one-may-end"
    flag.touch()
    allowed = f"os.unlink({str(flag)!r})" if only_one else "pass"
    path = folder / "dying.py"
    path.write_text(DYING.format(calls=calls, allowed=allowed))
    return path


@contextmanager
def scheduler(folder: Path) -> Iterator[tuple[str, Process]]:
    """A scheduler on the loopback device: its address and its process."""
    file = folder / "scheduler.json"
    with _running(folder, "scheduler", "--scheduler-file", file, "--port", "0") as process:
        yield _address(file), process


def _address(file: Path) -> str:
    for _ in range(600):
        if file.exists() and (text := file.read_text()).endswith("}"):
            return str(json.loads(text)["address"])
        time.sleep(0.05)
    raise AssertionError("the scheduler has not started")


@contextmanager
def workers(
    folder: Path, address: str, count: int = 2, *, preload: Path | None = None
) -> Iterator[list[Process]]:
    """Workers of one thread each, in processes that nobody starts again."""
    options: list[str | Path] = [
        "--nthreads",
        "1",
        "--no-nanny",
        "--local-directory",
        folder / "workers",
    ]
    if preload is not None:
        options += ["--preload", preload]
    with ExitStack() as stack:
        processes = [
            stack.enter_context(_running(folder, "worker", address, *options)) for _ in range(count)
        ]
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=60)
        yield processes


@contextmanager
def _running(folder: Path, *command: str | Path) -> Iterator[Process]:
    quiet = ["--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *command, *quiet],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
