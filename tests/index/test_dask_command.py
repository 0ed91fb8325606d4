"""`index build --dask`: what it starts, what it leaves behind, and what it says if it cannot."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from small_index import CORPUS, generation_bytes, write_corpus

from embed.cache import cache_folder
from embed.operating_system import is_running
from index.distributing.dask_cluster import DaskCluster
from index.errors import WorkersError
from index.store.layout import LOCK, WORKERS

pytestmark = pytest.mark.slow

# `index build` as it is, but that it asks few questions, and looks at its own processes and their
# ports when the first passage is embedded. Then it may get a signal, as all of a terminal do.
PROGRAM = """
import asyncio, json, os, signal, socket, ssl, sys
import psutil
import index.scoring.calibration
from index.cli import main
from index.progress_line import ProgressLine

index.scoring.calibration.unrelated_questions = lambda: ["how to bake bread", "who crossed it"]
file, event, *sys.argv[1:] = sys.argv[1:]
sys.argv[0] = "index"
real = ProgressLine.show

def answer(port, tls):
    '''What somebody is told who asks for a page there, without a certificate.'''
    with socket.create_connection(("127.0.0.1", port), 2) as connection:
        try:
            if tls:
                anybody = ssl.create_default_context()
                anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
                connection = anybody.wrap_socket(connection)
            connection.sendall(b"GET /health HTTP/1.0\\r\\n\\r\\n")
            return connection.recv(12).decode("latin-1")
        except OSError:
            return ""

async def callers(ports):
    '''How many ports Dask can be spoken to at, with a certificate of somebody else or none.'''
    from distributed import Security
    from distributed.comm import connect
    own = Security.temporary().get_connection_args("client")
    ways = [(f"tcp://127.0.0.1:{port}", {}) for port in ports]
    ways += [(f"tls://127.0.0.1:{port}", own) for port in ports]
    tried = [asyncio.wait_for(connect(address, **arguments), 3) for address, arguments in ways]
    got = await asyncio.gather(*tried, return_exceptions=True)
    return sum(not isinstance(found, Exception) for found in got)

def show(self, progress):
    real(self, progress)
    if progress.embedded and not os.path.exists(file):
        ours = [psutil.Process(), *psutil.Process().children(recursive=True)]
        heard = [c.laddr for p in ours for c in p.net_connections("inet") if c.status == "LISTEN"]
        seen = {
            "processes": [process.pid for process in ours[1:]],
            "addresses": sorted({ip for ip, _ in heard}),
        }
        if not event:
            ports = [port for _, port in heard]
            seen["callers"] = asyncio.run(callers(ports))
            seen["answers"] = sorted({answer(port, tls) for port in ports for tls in (True, False)})
        with open(file, "w") as out:
            json.dump(seen, out)
        if event:
            os.killpg(0, getattr(signal, event))

ProgressLine.show = show
main()
"""


class Machine:
    """A home, a temporary folder and an index that are empty, but for the exported model."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.index = root / "index"
        self.corpus = write_corpus(root / "corpus", CORPUS)
        for name in ("home", "tmp"):
            (root / name).mkdir()
        cache = root / "cache"
        cache.mkdir()
        (cache / "passage-search").symlink_to(cache_folder())

    def build(self, *options: str, event: str = "") -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", PROGRAM, str(self.root / "seen.json"), event]
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DASK_", "XDG_CONFIG", "XDG_DATA"))
        }
        return subprocess.run(
            [*command, "build", self.corpus, "--index", self.index, *options],
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
            env={
                **inherited,
                "HOME": str(self.root / "home"),
                "TMPDIR": str(self.root / "tmp"),
                "XDG_CACHE_HOME": str(self.root / "cache"),
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
        )

    def seen(self) -> dict[str, Any]:
        values: dict[str, Any] = json.loads((self.root / "seen.json").read_text())
        return values

    def left(self) -> list[str]:
        """What lies where nothing should be left, and the processes that still run."""
        folders = [self.root / "home", self.root / "tmp", self.index / WORKERS]
        files = [str(path) for folder in folders for path in folder.rglob("*")]
        return files + [f"process {pid}" for pid in self.seen()["processes"] if is_running(pid)]


def test_workers_of_this_machine_are_reached_by_nobody_and_leave_nothing(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    ended = machine.build("--dask", "local")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert len(machine.seen()["processes"]) > 1
    assert machine.seen()["addresses"] == ["127.0.0.1"]
    assert machine.seen()["callers"] == 0
    assert machine.seen()["answers"] == ["", "HTTP/1.1 404"]
    assert machine.left() == []
    there = generation_bytes(machine.index)
    machine.index.rename(tmp_path / "before")
    assert machine.build().returncode == 0
    assert there == generation_bytes(machine.index)


@pytest.mark.parametrize("event", ["SIGINT", "SIGKILL"])
def test_a_build_that_is_stopped_leaves_no_workers(tmp_path: Path, event: str) -> None:
    machine = Machine(tmp_path)
    ended = machine.build("--dask", "local", event=event)
    if (
        event == "SIGKILL"
    ):  # the workers see that nobody is left; their files go with the next build
        assert (ended.returncode, ended.stderr) == (-signal.SIGKILL, "")
        for _ in range(200):
            if not any(map(is_running, machine.seen()["processes"])):
                break
            time.sleep(0.1)
        assert machine.build().returncode == 0
    else:
        assert (ended.returncode, ended.stdout) == (130, "")
        assert ended.stderr == (
            "Stopped. Nothing is kept for the next build; there is no index yet.\n"
        )
        assert [path.name for path in machine.index.iterdir()] == [LOCK]
    assert machine.left() == []


README = Path(__file__).parents[2] / "README.md"


def test_the_commands_of_the_readme_open_no_port_but_at_the_addresses_given(
    tmp_path: Path,
) -> None:
    import psutil  # type: ignore[import-untyped]
    from distributed import Client

    lines = re.findall(r"^\$ (dask .*)$", README.read_text(encoding="utf-8"), re.MULTILINE)
    here = [re.sub(r"\b10\.0\.0\.\d\b", "127.0.0.1", line) for line in lines]
    assert len(here) == 3
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    here[0] += f" --port {port}"
    address = f"tcp://127.0.0.1:{port}"
    changes = {":8786": f":{port}", ":8787": ":0", "--nworkers 8": "--nworkers 1"}
    for old, new in changes.items():
        here = [command.replace(old, new) for command in here]
    inherited = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    with ExitStack() as stack:
        started = []
        for command in here:
            process = subprocess.Popen(
                [sys.executable, "-m", *shlex.split(command)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=inherited,
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
            started.append(psutil.Process(process.pid))
        with Client(address, set_as_default=False, timeout=60) as client:
            client.wait_for_workers(2, timeout=60)
        every = [each for one in started for each in (one, *one.children(recursive=True))]
        heard = [c for each in every for c in each.net_connections("inet") if c.status == "LISTEN"]
        assert len(heard) > 6  # three servers, and two nannies, some with a port for pages too
        assert {connection.laddr.ip for connection in heard} == {"127.0.0.1"}
        assert Machine(tmp_path).build("--dask", address).returncode == 0


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("tcp://127.0.0.1:1", "tcp://127.0.0.1:1: it does not answer within 8 s"),
        ("tls://127.0.0.1:1", "TLS needs certificates: name them in DASK_DISTRIBUTED__COMM__"),
        ("nobody", "nobody is not the address of a Dask scheduler: give one such as tcp://host"),
    ],
)
def test_a_scheduler_that_cannot_be_reached_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, said: str
) -> None:
    monkeypatch.setenv("PASSAGE_DEBUG", "")
    ended = Machine(tmp_path).build("--dask", address)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert said in ended.stderr


@pytest.mark.parametrize(
    ("missing", "address"), [("distributed", "tcp://host:8786"), ("cryptography", "local")]
)
def test_a_missing_library_is_named(
    monkeypatch: pytest.MonkeyPatch, missing: str, address: str
) -> None:
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name: None if name == missing else object()
    )
    with pytest.raises(WorkersError) as failed:
        DaskCluster.of(address)
    assert str(failed.value) == f"--dask needs {missing}: pip install -e '.[dask]'"
