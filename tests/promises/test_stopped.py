"""Real builds that are killed, interrupted or have no room, and the builds that go on with them."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from seed_index import SEEDS, seed_index
from small_index import generation_bytes

from index.store.kept import kept_in
from index.store.layout import KEPT

pytestmark = pytest.mark.slow

# `index build` as it is, but that it keeps every few texts at once, signals itself at a call of the
# model, and cannot write more than so many bytes to a file.
PROGRAM = """
import os, resource, signal, sys
import index.store.embedding, index.store.kept
from embed.encoder import Encoder
from index.cli import main

index.store.kept._EVERY = index.store.embedding._CALL_SECONDS = 0.0
index.store.embedding._FIRST_CALL = 1000
index.store.embedding.Embedding._learn = lambda *_: None
calls, event, room, *sys.argv[1:] = sys.argv[1:]
left = int(calls)
if int(room):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(room), resource.RLIM_INFINITY))
real = Encoder.encode_passages

def encode_passages(*arguments, **options):
    global left
    left -= 1
    if left == 0:
        for name in event.split():
            os.kill(os.getpid(), getattr(signal, name))
    return real(*arguments, **options)

Encoder.encode_passages = encode_passages
sys.argv[0] = "index"
main()
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "index"


def run(
    directory: Path, calls: int, event: str, folder: Path = SEEDS, room: int = 0
) -> "subprocess.CompletedProcess[str]":
    """Build an index of a folder; at the call number `calls` there is a signal.

    A file has room for `room` bytes, if that is not 0.
    """
    # The program sets the limit: `preexec_fn` forks this process, and threads that earlier tests
    # left may end the child before it is the program.
    command = [sys.executable, "-X", "faulthandler", "-c", PROGRAM, str(calls), event, str(room)]
    return subprocess.run(
        [*command, "build", folder, "--index", directory, "--replace", "--json"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def finished(directory: Path) -> dict[str, int]:
    """The report of a build that is let be; the index must be the one that is always built."""
    ended = run(directory, 0, "")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert without_place(directory) == without_place(seed_index())
    assert not (directory / KEPT).exists()
    report: dict[str, int] = json.loads(ended.stdout)
    return report


def without_place(directory: Path) -> dict[str, bytes]:
    """The files of a generation, but those that name the place of the folder."""
    return {
        name: data
        for name, data in generation_bytes(directory).items()
        if name.endswith((".faiss", ".sqlite"))
    }


def passages_kept(directory: Path) -> int:
    kept = kept_in(directory)
    return kept.passages if kept else 0


@pytest.mark.parametrize("calls", [2, 12, 30])
def test_a_build_that_is_killed_is_gone_on_with(directory: Path, calls: int) -> None:
    assert run(directory, calls, "SIGKILL").returncode == -signal.SIGKILL
    kept = passages_kept(directory)
    report = finished(directory)
    assert report["kept"] == kept > 0
    assert report["embedded"] + kept == report["passages"]
    assert report["tokens_embedded"] == report["tokens_read"] == report["tokens"]


def test_a_build_that_is_killed_again_and_again_comes_to_an_end(directory: Path) -> None:
    kept = [0]
    for _ in range(100):
        if run(directory, 10, "SIGKILL").returncode == 0:
            break
        kept.append((directory / KEPT).stat().st_size)
        assert kept[-1] > kept[-2]
    assert len(kept) > 3
    assert finished(directory)["changed"] is False


@pytest.mark.parametrize("signals", ["SIGINT", "SIGTERM", "SIGINT SIGINT SIGTERM SIGINT"])
def test_a_build_that_is_interrupted_says_what_is_kept(directory: Path, signals: str) -> None:
    ended = run(directory, 12, signals)
    kept = passages_kept(directory)
    assert kept > 20
    assert (ended.returncode, ended.stdout) == (130, "")
    assert ended.stderr == (
        f"Stopped. {kept:,} passages are kept for the next build; there is no index yet.\n"
    )
    assert not (directory / "new").exists()
    assert finished(directory)["kept"] == kept
    before = generation_bytes(directory)
    ended = run(directory, 1, signals)
    assert (ended.returncode, ended.stderr) == (0, "")  # nothing was to be embedded
    assert generation_bytes(directory) == before


def test_an_interrupted_build_leaves_the_old_index(directory: Path, tmp_path: Path) -> None:
    finished(directory)
    before = generation_bytes(directory)
    ended = run(directory, 1, "SIGINT")
    assert ended.returncode == 0
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text("Another article stands here.")
    ended = run(directory, 1, "SIGINT", folder)
    assert (ended.returncode, ended.stderr) == (
        130,
        "Stopped. Nothing is kept for the next build; the old index still answers.\n",
    )
    assert generation_bytes(directory) == before


@pytest.mark.parametrize("limit", [30, 60, 120])
def test_a_build_without_room_keeps_what_it_could(directory: Path, limit: int) -> None:
    ended = run(directory, 0, "", room=limit * 1024)
    kept = passages_kept(directory)
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert ended.stderr.startswith(f"index: cannot write the index {directory}: ")
    assert ended.stderr.endswith(f"and {kept:,} passages are kept for the next build\n")
    assert finished(directory)["kept"] == kept > 0
