"""The list of indexes: what a build adds, what is told of each, and what can be wrong with it."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import CORPUS, build, write_corpus

from embed import PassageSearchError
from index import listing as module
from index.build_plan import BuildPlan
from index.listing import (
    ListedIndex,
    forget_gone,
    forget_index,
    listed_indexes,
    remember_index,
)
from query import Retriever


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder, which nothing has been written into yet."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "passage-search"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    directory = tmp_path / "corpus" / ".passage-index"
    build(write_corpus(tmp_path / "corpus"), directory)
    return directory


def test_the_list_is_a_file_for_each_index_which_nobody_else_may_read(
    directory: Path, tmp_path: Path, state: Path
) -> None:
    assert listed_indexes() == []
    assert not state.exists()
    (tmp_path / "link").symlink_to(tmp_path / "corpus")
    remember_index(directory)
    remember_index(tmp_path / "link" / ".passage-index")
    remember_index(tmp_path / "an\nother\udcff")
    assert listed_indexes() == sorted([directory, tmp_path / "an\nother\udcff"])
    modes = {stat.S_IMODE(path.stat().st_mode) for path in state.rglob("*.json")}
    assert (modes, len([*state.rglob("*.*")])) == ({0o600}, 2)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (state, state / "indexes")} == {0o700}
    forget_index(directory)
    forget_index(directory)
    assert listed_indexes() == [tmp_path / "an\nother\udcff"]


def test_each_index_is_told_as_it_is_now(directory: Path, tmp_path: Path) -> None:
    remember_index(directory)
    [entry] = map(ListedIndex.look, listed_indexes())
    values = entry.to_dict()
    assert entry.built is not None
    assert values.pop("built") == entry.built.isoformat(timespec="seconds")
    assert values.pop("bytes") > 1000
    assert values == {
        "index": str(directory),
        "state": "up to date",
        "folder": str(tmp_path / "corpus"),
        "sources": [],
        "documents": len(CORPUS),
        "passages": 7,
        "model": "fake",
        "precision": "fp32",
    }
    (tmp_path / "corpus" / "new.txt").write_text("New.")
    assert ListedIndex.look(directory).state == "changed"
    manifest = next(directory.glob("g-*/MANIFEST.json"))
    data = manifest.read_bytes()
    manifest.write_bytes(b"x")
    damaged = ListedIndex.look(directory)
    assert (damaged.state, damaged.generation) == ("unreadable", None)
    assert "the index is damaged" in damaged.to_dict()["problem"]
    manifest.write_bytes(data)
    directory.rename(tmp_path / "moved")
    assert ListedIndex.look(directory).to_dict() == {"index": str(directory), "state": "gone"}
    build(tmp_path / "corpus", tmp_path / "beside")
    (tmp_path / "corpus").rename(tmp_path / "away")
    assert ListedIndex.look(tmp_path / "beside").state == "folder gone"


def test_what_is_gone_is_taken_off_the_list(directory: Path, tmp_path: Path, state: Path) -> None:
    remember_index(directory)
    remember_index(tmp_path / "gone")
    (state / "indexes" / "damaged.json").write_text("x")
    assert forget_gone() == 2
    assert listed_indexes() == [directory]
    assert len([*state.rglob("*.json")]) == 1
    assert forget_gone() == 0


DAMAGE = {
    "bytes": b"\xff\xfe\x00",
    "nothing": b"",
    "cut": b'{"index": "/a',
    "a list": b'["index"]',
    "no path": b'{"index": 7}',
    "a NUL": b'{"index": "/a\\u0000b"}',
    "no name of a file": b'{"index": "/\\ud800"}',
    "another index": b'{"index": "/somewhere/else"}',
    "nested": b"[" * 100_000,
    "large": b" " * (1 << 20) + b"{}",
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_to_the_list_is_passed_over_and_mended(
    directory: Path, state: Path, kind: str
) -> None:
    remember_index(directory)
    [file] = state.rglob("*.json")
    file.write_bytes(DAMAGE[kind])
    assert listed_indexes() == []
    remember_index(directory)
    assert listed_indexes() == [directory]


def test_a_pipe_or_a_link_on_the_list_is_neither_waited_for_nor_followed(
    directory: Path, state: Path, tmp_path: Path
) -> None:
    remember_index(directory)
    [file] = state.rglob("*.json")
    (tmp_path / "elsewhere").write_bytes(file.read_bytes())
    file.unlink()
    file.symlink_to(tmp_path / "elsewhere")
    os.mkfifo(file.with_name("pipe.json"))
    assert listed_indexes() == []
    remember_index(directory)
    assert listed_indexes() == [directory]
    assert not file.is_symlink()


@pytest.mark.parametrize("what", ["a file", "not writable", "full", "homeless"])
def test_a_list_that_cannot_be_written_stops_nothing(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    if what == "a file":
        (tmp_path / "state").write_text("x")
    elif what == "not writable":
        monkeypatch.setattr(Path, "mkdir", refuse)
    elif what == "full":
        monkeypatch.setattr(module, "NamedTemporaryFile", refuse)
    else:
        error = PassageSearchError("there is no home folder")
        monkeypatch.setattr(module, "state_folder", lambda: (_ for _ in ()).throw(error))
    remember_index(directory)
    forget_index(directory)
    assert forget_gone() == 0
    if what != "homeless":
        assert listed_indexes() == []


WRITER = """
import sys
from pathlib import Path
from index.listing import listed_indexes, remember_index
for number in range(40):
    remember_index(Path(f"/i/{sys.argv[1]}/{number}"))
    remember_index(Path("/i/shared"))
    assert Path("/i/shared") in listed_indexes()
"""


def test_several_builds_at_once_lose_nothing(state: Path) -> None:
    root = Path(__file__).parents[2]
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(number)], cwd=root)
        for number in range(3)
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert len(listed_indexes()) == 121
    assert {path.suffix for path in (state / "indexes").iterdir()} == {".json"}


def test_a_temporary_index_is_not_listed(directory: Path) -> None:
    with Retriever.from_folder(directory.parent, encoder=FakeEncoder()):
        assert listed_indexes() == []
    with Retriever.from_texts(["One.", "Two."], encoder=FakeEncoder()):
        assert listed_indexes() == []


def test_a_build_lists_its_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: Path
) -> None:
    def built(directory: Path) -> None:
        monkeypatch.setattr("index.build.build_index", lambda *_, **__: None)
        BuildPlan.for_sources([tmp_path]).build(directory)

    built(tmp_path / "i")
    assert listed_indexes() == [tmp_path / "i"]
    [file] = state.rglob("*.json")
    assert json.loads(file.read_text()) == {"index": str(tmp_path / "i")}
