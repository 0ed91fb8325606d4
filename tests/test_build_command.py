"""The command that builds an index again is told whatever state the index is in."""

import json
import os
import shlex
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from small_index import build, current_folder, publish_manifest, write_corpus

from index.errors import DamagedIndexError
from index.store.build_command import BuildSettings, build_command
from index.store.generation import Generation
from index.store.layout import CURRENT, MANIFEST


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_corpus(tmp_path / "my corpus")
    build(Path("my corpus"), Path("index"), FakeEncoder(name="a model", precision="int8"))
    return tmp_path / "index"


COMMAND = "index build 'my corpus' --index index --model 'a model' --precision int8"


def test_it_is_read_from_the_manifest(directory: Path) -> None:
    assert build_command(Path("index")) == build_command(directory) == COMMAND
    assert Generation.open(directory).build_command == COMMAND


@pytest.mark.parametrize("name", [CURRENT, "catalog.sqlite", "passages.faiss", MANIFEST])
@pytest.mark.parametrize("how", ["other bytes", "missing", "cut", "a link", "a folder"])
def test_a_damaged_index_names_its_own_folder_and_options(
    directory: Path, name: str, how: str
) -> None:
    path = (directory if name == CURRENT else current_folder(directory)) / name
    path.rename(directory.parent / "away")
    if how == "other bytes":
        path.write_bytes((directory.parent / "away").read_bytes()[:-1] + b"\xa5")
    elif how == "cut":
        path.write_bytes(b"x")
    elif how == "a link":
        path.symlink_to(directory.parent / "away")
    elif how == "a folder":
        path.mkdir()
    if name == MANIFEST and how != "other bytes":
        assert build_command(directory) == "index build FOLDER --index index"
        return
    if (name, how) == (CURRENT, "missing"):
        assert build_command(directory) == COMMAND
        return
    with pytest.raises(DamagedIndexError) as error:
        Generation.open(directory)
    assert str(error.value).endswith(f"; build it again: {COMMAND}")


def test_a_folder_that_is_gone_is_replaced_by_another(directory: Path) -> None:
    Path("my corpus").rename("moved")
    assert build_command(directory) == (
        "index build FOLDER --index index --model 'a model' --precision int8 --replace"
    )


def test_what_cannot_be_read_is_left_out(directory: Path) -> None:
    current_folder(directory).joinpath(MANIFEST).unlink()
    assert build_command(directory) == "index build FOLDER --index index"
    assert BuildSettings.read(directory / "nothing") == BuildSettings()


texts = st.one_of(st.text(max_size=20), st.sampled_from(["/", "..", "a\0b", "\n", "\x1b[2J", "-x"]))
values = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts, st.lists(texts))


@settings(max_examples=200, deadline=None)
@given(
    fields=st.dictionaries(st.sampled_from(["folder", "model", "precision", "max_bytes"]), values)
)
def test_a_hostile_manifest_gives_one_line(
    fields: dict[str, object], tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory = tmp_path_factory.getbasetemp() / "hostile"
    if not directory.exists():
        build(write_corpus(directory.parent / "corpus"), directory)
    publish_manifest(directory, json.dumps({"format": 1, **fields}, indent=1).encode())
    command = build_command(directory)
    assert command.isprintable() or "\N{SOFT HYPHEN}" in command or not command.isascii()
    assert "\n" not in command
    assert "\x1b" not in command
    words = shlex.split(command)
    assert words[:2] == ["index", "build"]
    folder = words[2]
    assert folder == "FOLDER" or os.path.isdir(folder)  # noqa: PTH112
