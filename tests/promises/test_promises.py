"""The promises about the index on disk, at a selection of the points that `make torture` tries."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from faults import strace_command
from seed_index import SEEDS, seed_index
from small_index import generation_bytes

from embed import Encoder
from index.build import EncoderSource, build_index

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent


def run(program: str, *arguments: object, under: list[str] | None = None) -> dict[str, Any]:
    """What a program beside this one prints; it must end well."""
    ended = subprocess.run(
        [*(under or []), sys.executable, HERE / program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert ended.returncode == 0, ended.stderr
    result: dict[str, Any] = json.loads(ended.stdout)
    return result


@pytest.mark.parametrize(
    ("scenario", "fault"),
    [("first", "kill"), ("changed", "kill"), ("changed", "EIO"), ("kept", "ENOSPC")],
)
def test_a_build_that_fails_anywhere_leaves_the_old_index_or_the_new_one(
    tmp_path: Path, scenario: str, fault: str
) -> None:
    found = run("faults.py", tmp_path, scenario, fault)
    assert found["broken"] == []
    assert found["points"] > 60
    assert found["ends"].get("-9" if fault == "kill" else "2", 0) > 50


def test_a_full_disk_is_an_error_and_the_old_index_answers_on(tmp_path: Path) -> None:
    found = run("faults.py", tmp_path, "changed", "fsize:1024")
    assert found["broken"] == []
    assert found["ends"]["2"] > 20
    assert found["ends"]["0"] >= 1


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize(
    ("call", "fault"), [("rename", "kill"), ("fsync", "EIO"), ("pwrite64", "ENOSPC")]
)
def test_a_system_call_that_fails_leaves_the_old_index_or_the_new_one(
    tmp_path: Path, call: str, fault: str
) -> None:
    under = strace_command(call, fault, tmp_path / "strace.log")
    found = run("faults.py", tmp_path, "changed", f"strace:{call}", under=under)
    assert found["broken"] == []
    assert found["points"] > 3


@pytest.mark.parametrize(("scenario", "states"), [("first", 4), ("changed", 5), ("resumed", 5)])
def test_a_loss_of_power_leaves_the_old_index_or_the_new_one_and_the_next_build_goes_on(
    tmp_path: Path, scenario: str, states: int
) -> None:
    found = run("power_loss.py", tmp_path, scenario, states)
    assert found["broken"] == []
    assert found["points"] > 250
    assert found["ends"]["went on"] > 100
    assert found["ends"]["old"] > 100
    assert found["ends"]["new"] > 1


def test_every_changed_byte_is_found(tmp_path: Path) -> None:
    found = run("flips.py", tmp_path, 97)
    assert found["broken"] == []
    assert found["points"] > 1000


def test_a_reader_sees_one_generation_while_others_are_published(tmp_path: Path) -> None:
    found = run("readers.py", tmp_path, 3, 25)
    assert found["broken"] == []
    assert found["points"] > 20
    assert found["generations"] > 3


def test_a_hostile_index_is_one_error(tmp_path: Path) -> None:
    found = run("hostile.py", tmp_path, 1000, 0)
    assert found["broken"] == []
    assert found["refused"] > 300


def test_the_number_of_threads_does_not_matter(tmp_path: Path) -> None:
    directories = [tmp_path / str(threads) for threads in (1, 2, 5)]
    for directory in directories:
        build_index(SEEDS, directory, EncoderSource.of(Encoder.load(threads=int(directory.name))))
    first, *others = map(generation_bytes, directories)
    assert all(other == first for other in others)


AUDITED = """
import json, sys

# What runs code, reaches out, or reads what can run code. Python itself compiles the methods of
# its data classes and named tuples: what the standard library does there comes from no file.
STANDARD = sys.modules["os"].__file__.rpartition("/")[0]
ACTS = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork",
    "pickle.find_class", "sqlite3.enable_load_extension", "sqlite3.load_extension", "urllib.",
    "http.", "ftplib.", "smtplib.", "webbrowser.", "shutil.", "os.remove", "os.rename", "os.rmdir",
    "os.mkdir", "os.truncate", "os.chmod", "os.link", "os.symlink", "tempfile.",
)
found = []

def hook(event, arguments):
    if event.startswith(ACTS):
        found.append(f"{event} {arguments}")
    elif event in ("exec", "compile"):
        caller = sys._getframe(1).f_code.co_filename
        if not caller.startswith("<frozen importlib") and not (
            caller.startswith(STANDARD) and "site-packages" not in caller
        ):
            found.append(f"{event} {arguments} by {caller}")
    elif event == "open":
        path, mode, flags = arguments
        if (mode and set(mode) & set("wax+")) or flags & 0o3:
            found.append(f"open {arguments}")

sys.addaudithook(hook)
program, *sys.argv[1:] = sys.argv[1:]
sys.argv[0] = "query"
exec(program) if program else None
from index.command_line import run_command
from query.cli import query
code = run_command(query, "query")
print(json.dumps([code, found]), file=sys.stderr)
"""


def audited(program: str = "") -> tuple[int, list[str], str]:
    """A query in a new process; its exit code, what it did that a query must not, its output."""
    ended = subprocess.run(
        [sys.executable, "-c", AUDITED, program, "--index", seed_index(), "ceasefire terms"],
        capture_output=True,
        text=True,
        check=True,
        cwd=SEEDS.parent,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    code, found = json.loads(ended.stderr.splitlines()[-1])
    return code, found, ended.stdout


def test_a_query_runs_nothing_fetches_nothing_and_writes_nothing() -> None:
    code, found, output = audited()
    assert code == 0
    assert "ceasefire" in output
    assert found == []


@pytest.mark.parametrize(
    ("program", "event"),
    [
        ("import socket; socket.socket()", "socket.__new__"),
        ("import os; os.system('true')", "os.system"),
        ("import subprocess; subprocess.run(['true'])", "subprocess.Popen"),
        ("import pickle; pickle.loads(pickle.dumps(print))", "pickle.find_class"),
        ("eval('1 + 1')", "compile"),
        ("open('/dev/null', 'w')", "open"),
    ],
)
def test_the_audit_sees_what_it_looks_for(program: str, event: str) -> None:
    assert any(entry.startswith(event) for entry in audited(program)[1])
