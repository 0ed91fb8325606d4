"""Nothing leaves the machine: what processes contact and write, as the kernel sees it."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from seed_index import ROOT, SEEDS

from embed.cache import cache_folder
from embed.telemetry import HUB_SWITCH, ONNXRUNTIME_SWITCH

pytestmark = pytest.mark.slow

ALIVE = 15
"""Seconds: the telemetry of ONNX Runtime looks up its host after nine."""

BIN = Path(sys.executable).parent
CALLS = (
    "%network,open,openat,creat,mkdir,mkdirat,mknod,mknodat,rename,renameat,renameat2,unlink,"
    "unlinkat,link,linkat,symlink,symlinkat,truncate,chmod,fchmodat"
)
RETRIEVER = f"""
import sys, time
from query import Retriever
with Retriever.from_folder(sys.argv[1]) as retriever:
    assert retriever.retrieve("ceasefire terms").verdict == "match"
    time.sleep({ALIVE})
"""
HAYSTACK = """
import sys
from query.adapters.haystack import PassageRetriever
from haystack import Pipeline
from haystack.telemetry import _telemetry
assert _telemetry.telemetry is None
pipeline = Pipeline()
pipeline.add_component("passages", PassageRetriever(sys.argv[1]))
assert pipeline.run({"passages": {"query": "ceasefire terms"}})["passages"]["documents"]
"""
LANGCHAIN = """
import sys
from query import Retriever
from query.adapters.langchain import PassageRetriever
with Retriever.open(sys.argv[1]) as retriever:
    assert PassageRetriever(retriever=retriever).invoke("ceasefire terms")
"""
LLAMA_INDEX = """
import sys
from query import Retriever
from query.adapters.llama_index import PassageRetriever
with Retriever.open(sys.argv[1]) as retriever:
    assert PassageRetriever(retriever).retrieve("ceasefire terms")
"""
PROGRAMS = {
    "haystack": HAYSTACK,
    "langchain": LANGCHAIN,
    "llama-index": LLAMA_INDEX,
}
NEW = "build", "retriever"
"""The processes that have an empty cache folder; the others find the model there."""

PROCESSES = (*NEW, "server", "page", "watch", *PROGRAMS)
INITIALIZE = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}
MESSAGES: list[dict[str, Any]] = [
    {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": INITIALIZE},
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
    {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": {"name": "search", "arguments": {"query": "ceasefire terms"}},
    },
]

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")


@dataclass(frozen=True)
class Home:
    """A machine on which nobody has run anything: home, cache and temporary folder are new."""

    root: Path

    @property
    def cache(self) -> Path:
        return self.root / "home" / ".cache" / "passage-search"

    def make(self, *, with_model: bool) -> "Home":
        (self.root / "tmp").mkdir(parents=True)
        self.cache.parent.mkdir(parents=True)
        if with_model:
            shutil.copytree(cache_folder(), self.cache)
        return self

    def start(self, *command: str | Path) -> "subprocess.Popen[str]":
        """The command under strace, which writes what it calls into a log."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("HF_", "ORT_", "HAYSTACK_", "PASSAGE_", "XDG_"))
        }
        return subprocess.Popen(
            [
                *["strace", "-f", "-y", "--seccomp-bpf", "-e"],
                f"trace={CALLS}",
                "-o",
                self.log,
                *command,
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=inherited
            | {"HOME": str(self.root / "home"), "TMPDIR": str(self.root / "tmp")}
            | {"PYTHONDONTWRITEBYTECODE": "1"},
        )

    @property
    def log(self) -> Path:
        return self.root / "strace.log"

    def calls(self) -> list[str]:
        return self.log.read_text(encoding="utf-8", errors="replace").splitlines()

    def contacted(self) -> list[str]:
        """The calls that concern a network, those on the loopback address aside."""
        calls = [call for call in self.calls() if re.search(r"\bAF_(?!UNIX|NETLINK)\w+", call)]
        local = [call for call in calls if re.search(r'"127\.0\.0\.1"|"::1"', call)]
        # A socket names no address when it is made.
        sockets = set(_SOCKET.findall("\n".join(local)))
        return [
            call
            for call in calls
            if call not in local
            and not (" socket(" in call and sockets & set(_SOCKET.findall(call)))
        ]

    def written(self) -> set[Path]:
        """The paths that were made, opened for writing, moved or removed."""
        return {path for call in self.calls() for path in _paths_written(call)}


_SOCKET = re.compile(r"<socket:\[\d+\]>")
_CALL = re.compile(r"\d+ +(?:<\.\.\. )?(\w+)\((.*)\) += (-?\w+)")
_PATH = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')


def _paths_written(call: str) -> list[Path]:
    """The paths of a call that changes something on disk, absolute; none if it failed."""
    match = _CALL.match(call)
    if match is None or match[3].startswith("-1"):
        return []
    name, arguments = match[1], match[2]
    reads = name.startswith("open") and not re.search("O_WRONLY|O_RDWR|O_CREAT", arguments)
    if reads or not re.match("open|creat|mk|rename|unlink|link|sym|trunc|chmod|fchmod", name):
        return []
    return [Path(folder or ROOT, path) for folder, path in _PATH.findall(arguments)]


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Home]:
    """A build and a retriever that export the model, then what reads the index, side by side."""
    root = tmp_path_factory.mktemp("private")
    homes = {name: Home(root / name).make(with_model=name not in NEW) for name in PROCESSES}
    index = root / "index"
    retriever = homes["retriever"].start(sys.executable, "-c", RETRIEVER, SEEDS)
    build = homes["build"].start(BIN / "index", "build", SEEDS, "--index", index)
    assert "Indexed 2 articles" in build.communicate()[0]
    programs = [
        homes[name].start(sys.executable, "-c", code, index) for name, code in PROGRAMS.items()
    ]
    watched = shutil.copytree(SEEDS, root / "articles")
    command: list[str | Path] = [BIN / "index", "build", watched, "--index", root / "watched"]
    subprocess.run(command, check=True, capture_output=True)
    watch = homes["watch"].start(
        *("timeout", "--signal=INT", str(ALIVE)),
        *(BIN / "index", "watch", "--index", root / "watched"),
    )
    assert watch.stdout is not None
    assert watch.stdout.readline().startswith("Watching ")
    (watched / "ferry.txt").write_text("The ferry leaves at noon. It is late.")
    assert " 1 passage embedded, " in watch.stdout.readline()
    server = homes["server"].start(BIN / "query-mcp", "--index", index)
    assert server.stdin is not None
    server.stdin.write("".join(json.dumps(message) + "\n" for message in MESSAGES))
    server.stdin.flush()
    page = homes["page"].start(
        *("timeout", "--signal=INT", str(ALIVE)), *(BIN / "query", "--page", "--index", index)
    )
    assert page.stdout is not None
    address = page.stdout.readline().strip()
    asked = address.replace("/?", "/?q=ceasefire+terms&")
    with build_opener(HTTPCookieProcessor()).open(asked) as reply:
        assert "remorseless" in reply.read().decode()
    time.sleep(ALIVE)
    page.communicate()
    assert watch.communicate()[0].startswith("Stopped.")
    assert '"verdict"' in server.communicate()[0]
    for process in (retriever, *programs):
        process.communicate()
        assert process.returncode == 0
    return homes


@needs_strace
@pytest.mark.parametrize("name", PROCESSES)
def test_no_process_contacts_anything(homes: dict[str, Home], name: str) -> None:
    assert len(homes[name].calls()) > 100
    assert homes[name].contacted() == []


@needs_strace
@pytest.mark.parametrize("name", PROCESSES)
def test_only_what_builds_writes_and_only_where_it_says(homes: dict[str, Home], name: str) -> None:
    home = homes[name]
    places = [Path("/dev")]  # semaphores of libraries are in /dev/shm, which is memory
    if name in NEW:
        places += [home.cache, home.root / "tmp", home.root.parent / "index"]
        if name == "build":  # the list of indexes
            places.append(home.root / "home" / ".local")
        made = {path.name for path in home.written()}
        assert {"CURRENT.new", "MANIFEST.json", "model.onnx"} <= made
    if name == "page":
        places.append(home.root / "home" / ".local")
        assert "page.json" in {path.name for path in home.written()}
    if name == "watch":
        places += [home.root.parent / "watched", home.root / "home" / ".local"]
        assert {"CURRENT.new", "MANIFEST.json"} <= {path.name for path in home.written()}
    elsewhere = [p for p in home.written() if not any(p.is_relative_to(place) for place in places)]
    assert elsewhere == []


def test_onnx_runtime_has_one_door() -> None:
    doors = {
        path.relative_to(ROOT).as_posix()
        for package in ("embed", "index", "query")
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and "onnxruntime" in str([n.name for n in node.names]))
        or (isinstance(node, ast.ImportFrom) and str(node.module).startswith("onnxruntime"))
    }
    assert doors == set()


def run(code: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """A new process without the switches, but with these variables."""
    switches = (HUB_SWITCH, ONNXRUNTIME_SWITCH, "HAYSTACK_TELEMETRY_ENABLED")
    inherited = {name: value for name, value in os.environ.items() if name not in switches}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=inherited | variables,
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.mark.parametrize("function", ["import_onnxruntime", "switch_off_telemetry"])
def test_an_import_before_ours_is_told_once(function: str) -> None:
    calls = (
        f"from embed.telemetry import import_onnxruntime, {function}\n"
        f"{function}()\nimport_onnxruntime()\nimport_onnxruntime()\n"
    )
    assert run(calls).stderr == ""
    before = f"import onnxruntime\n{calls}"
    told = "onnxruntime was imported before passage-search"
    assert run(before).stderr.count(told) == 1
    assert run(before, **{ONNXRUNTIME_SWITCH: "false"}).stderr.count(told) == 1
    assert run(before, **{ONNXRUNTIME_SWITCH: "1"}).stderr == ""


def test_a_haystack_that_was_imported_before_reports_nothing(tmp_path: Path) -> None:
    code = (
        "from haystack import Pipeline\n"
        "from haystack.telemetry import _telemetry\n"
        "assert _telemetry.telemetry is not None\n"
        "import query.adapters.haystack\n"
        "print(_telemetry.telemetry)\n"
    )
    chosen = {"HAYSTACK_TELEMETRY_ENABLED": "True", "HOME": str(tmp_path)}
    assert run(code, HOME=str(tmp_path)).stdout == "None\n"
    assert run(code, **chosen).stdout != "None\n"


def test_the_hub_client_is_told_to_send_no_telemetry() -> None:
    code = (
        "from embed import ModelError\n"
        "from embed.model import find_model\n"
        "try:\n    find_model('nobody/nothing')\n"
        "except ModelError:\n    pass\n"
        "from huggingface_hub import constants\n"
        "print(constants.HF_HUB_DISABLE_TELEMETRY)\n"
    )
    assert run(code, HF_HUB_OFFLINE="1").stdout == "True\n"
