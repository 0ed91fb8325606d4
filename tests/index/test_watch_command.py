"""`index watch` as its user runs it: a new process, the real model, a folder that changes."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest

from index.store.generation import Generation
from index.store.layout import ASIDE
from index.store.open_index import OpenIndex

pytestmark = pytest.mark.slow

BIN = Path(sys.executable).parent
LONGEST = 120


def environment(**values: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in {"PASSAGE_INDEX", "COLUMNS"}}
    return kept | {"HF_HUB_OFFLINE": "1"} | values


def index(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / "index", *arguments], check=True, capture_output=True, text=True, env=environment()
    )


class Watch:
    """A process that watches, and the lines that it prints on standard output and error."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [BIN / "index", "watch", "--index", directory, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
            cwd="/",
        )
        self._lines: Queue[str] = Queue()
        self.aside: list[str] = []
        Thread(target=self._read, daemon=True).start()
        Thread(target=self._read_aside, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put("")

    def _read_aside(self) -> None:
        assert self.process.stderr is not None
        self.aside.extend(self.process.stderr)

    def line(self) -> str:
        return self._lines.get(timeout=LONGEST)

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=LONGEST)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "ferry.txt").write_text("The ferry leaves at noon. It is late.")
    index("build", folder, "--index", tmp_path / "index")
    return folder


@pytest.fixture
def watches() -> Iterator[list[Watch]]:
    started: list[Watch] = []
    yield started
    for watch in started:
        watch.process.kill()
        watch.process.wait()


def test_each_update_is_a_line_until_ctrl_c(folder: Path, watches: list[Watch]) -> None:
    watch = Watch(folder.parent / "index")
    watches.append(watch)
    assert watch.line() == (
        f"Watching {folder} for {folder.parent}/index. Ctrl-C ends it.".replace(" /", " ")
    )
    (folder / "bread.md").write_text("# Bread\n\nIt is baked at four.\n")
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d  1 article added: 1 passage embedded, \d+\.\d s", watch.line()
    )
    (folder / "ferry.txt").write_text("The ferry leaves at one. It is late.\n\nNobody waits.")
    (folder / "bread.md").rename(folder / "loaf.md")
    line = watch.line()
    if "renamed" not in line or "changed" not in line:  # they were two updates
        line += watch.line()
    assert {"changed", "renamed"} <= set(re.findall(r"\w+", line))
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    assert re.fullmatch(r"\d\d:\d\d:\d\d  left out broken\.pdf: \S.*", watch.line())
    (folder / "loaf.md").unlink()
    assert watch.line()[8:].startswith("  1 article deleted: nothing to embed, ")
    code = watch.interrupt()
    assert watch.line() == "Stopped. The index stays as it is."
    assert (code, watch.line(), watch.aside) == (130, "", [])
    built = index("build", folder, "--index", folder.parent / "index", "--json").stdout
    assert not json.loads(built)["changed"]


def test_each_source_that_is_watched_is_named(folder: Path, watches: list[Watch]) -> None:
    (folder / "bread.md").write_text("It is baked at four.")
    sources = [folder / "bread.md", folder / "ferry.txt"]
    index("build", *sources, "--index", folder.parent / "some")
    watch = Watch(folder.parent / "some")
    watches.append(watch)
    assert watch.line().startswith(
        f"Watching {sources[0]} and {sources[1]} for ".replace(" /", " ")
    )


def test_json_is_an_object_per_update_as_that_of_a_build(
    folder: Path, watches: list[Watch]
) -> None:
    build = json.loads(index("build", folder, "--index", folder.parent / "index", "--json").stdout)
    watch = Watch(folder.parent / "index", "--json", "--poll", "0.2")
    watches.append(watch)
    first = json.loads(watch.line())
    assert first | {"seconds": 0} == build | {"seconds": 0}
    (folder / "bread.md").write_text("# Bread\n\nIt is baked at four.\n")
    second = json.loads(watch.line())
    assert (set(second), second["changed"], second["embedded"]) == (set(build), True, 1)
    assert (watch.interrupt(), watch.line()) == (130, "")
    assert [line.split(" ")[0] for line in watch.aside] == ["Watching", "Stopped."]


def test_a_watch_that_is_killed_leaves_a_whole_index(folder: Path, watches: list[Watch]) -> None:
    directory = folder.parent / "index"
    before = Generation.open(directory).name
    watch = Watch(directory)
    watches.append(watch)
    watch.line()
    for number in range(100):
        text = "".join(f"Sentence {number} of {line} is long enough. " for line in range(8))
        (folder / f"{number}.txt").write_text(text)
    deadline = time.monotonic() + LONGEST
    while not (directory / ASIDE / "catalog.sqlite").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    watch.process.kill()
    watch.process.wait()
    opened = OpenIndex.open(directory)
    opened.generation.verify()
    assert (opened.generation.name, (directory / ASIDE).exists()) == (before, True)
    again = Watch(directory)
    watches.append(again)
    again.line()
    assert "  100 articles added: 100 passages embedded, " in again.line()
    assert again.interrupt() == 130
    assert not (directory / ASIDE).exists()
    Generation.open(directory).verify()


@pytest.mark.parametrize("columns", [40, 80])
def test_lines_fit_a_terminal(folder: Path, columns: int) -> None:
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [BIN / "index", "watch", "--index", folder.parent / "index"],
        stdin=child,
        stdout=child,
        stderr=child,
        env=environment(TERM="xterm", COLUMNS=str(columns)),
        cwd=folder.parent,
        start_new_session=True,
    )
    os.close(child)
    shown = b""

    def wait_for(text: bytes) -> None:
        nonlocal shown
        deadline = time.monotonic() + LONGEST
        while text not in shown and time.monotonic() < deadline:
            if select.select([parent], [], [], 0.1)[0]:
                shown += os.read(parent, 1 << 16)
        assert text in shown

    wait_for(b"Ctrl-C")
    (folder / "bread.md").write_text("# Bread\n\nIt is baked at four.\n")
    wait_for(b" s\r\n")
    (folder / "a.docx").write_bytes(b"nothing")
    wait_for(b"archive")
    folder.rename(folder.with_name("moved"))
    wait_for(b"back")
    process.send_signal(signal.SIGINT)
    wait_for(b"Stopped. The index stays as it is.")
    assert process.wait(timeout=LONGEST) == 130
    os.close(parent)
    # What a progress line wrote is overwritten.
    lines = [line.split("\r\x1b[K")[-1] for line in shown.decode().split("\r\n")]
    assert max(map(len, lines)) <= columns
    assert "Reading" not in "".join(lines)
    told = [line for line in lines if re.match(r"\d\d:\d\d:\d\d  ", line)]
    assert len(told) == 3
    if columns == 40:
        assert len([line for line in lines if line.startswith(" " * 10)]) >= 3


def test_what_cannot_be_watched_is_one_line(folder: Path) -> None:
    for arguments, message in (
        (["--index", str(folder)], f"index: no index at {folder}: "),
        (["--poll", "0"], "index: Invalid value for '--poll': 0 is less than 0.1. "),
    ):
        done = subprocess.run(
            [BIN / "index", "watch", *arguments], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert done.stderr.startswith(message)
