"""Workers on this machine for one build, in a session of their own, which ends with the build.

A process of its own holds the scheduler and starts the workers. So Ctrl-C reaches none of them,
nothing that they say reaches the terminal, and they end even if this process is killed. It is
started with `subprocess`, not `multiprocessing`: this would run the script of the user again.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from embed.operating_system import available_cores
from index.errors import WorkersError
from index.reading.worker import search_path

_CODE = """
import json, sys
sys.path[:], folder, processes = json.loads(sys.argv[1])
from index.distributing.local_cluster_process import main
main(folder, processes)
"""

_SECONDS_TO_START = 60.0
_SECONDS_TO_END = 5.0


@dataclass(frozen=True, slots=True)
class LocalCluster:
    """Where the scheduler is, and the certificate and key (PEM) that whoever calls it must have."""

    address: str
    certificate: str
    key: str = field(repr=False)


@contextmanager
def local_cluster(folder: Path) -> Iterator[LocalCluster]:
    """Start a scheduler, and a worker for each processor, which write into `folder` alone.

    They listen on the loopback device only. The folder is removed in the end. Raises WorkersError
    if they cannot be started.
    """
    arguments = json.dumps([search_path(), str(folder.absolute()), available_cores()])
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _CODE, arguments],
            stdin=subprocess.PIPE,  # its end tells the process that this one is gone
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise WorkersError(f"no process can be started ({error})") from error
    try:
        yield _greeting(process)
    finally:
        _end(process)
        shutil.rmtree(folder, ignore_errors=True)


def _greeting(process: subprocess.Popen[bytes]) -> LocalCluster:
    """Wait until the workers are there, and return what the process says of them."""
    assert process.stdout
    timer = threading.Timer(_SECONDS_TO_START, process.kill)
    timer.daemon = True
    timer.start()
    try:
        line = process.stdout.readline()
    finally:
        timer.cancel()
    values = json.loads(line) if line else {"error": "their process ended"}
    if "error" in values:
        raise WorkersError(values["error"])
    return LocalCluster(values["address"], values["certificate"], values["key"])


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and all that it has started, and wait until they are gone.

    What tracks named semaphores for them passes over SIGTERM, removes those, and ends by itself.
    """
    for stream in (process.stdin, process.stdout):
        if stream:
            with contextlib.suppress(OSError):
                stream.close()
    if not hasattr(os, "killpg"):
        process.kill()
        process.wait()
        return
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + _SECONDS_TO_END
    with contextlib.suppress(OSError):
        while time.monotonic() < deadline:
            process.poll()
            os.killpg(process.pid, 0)  # OSError if none is left
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
