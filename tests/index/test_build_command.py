"""The command that builds an index again is told whatever state the index is in."""

import json
import os
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from small_index import CORPUS, build, current_folder, publish_manifest, write_corpus

from index.build import EncoderSource, build_index
from index.build_plan import BuildPlan
from index.errors import CorpusError, DamagedIndexError, OtherFolderError
from index.reading.selection import FolderSelection
from index.store.build_command import BuildSettings, build_command, how_to_build_again
from index.store.generation import Generation
from index.store.layout import CURRENT, MANIFEST
from index.store.staleness import staleness_note


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_corpus(tmp_path / "my corpus")
    build(Path("my corpus"), Path("index"), FakeEncoder(name="a model", precision="int8"))
    return tmp_path / "index"


COMMAND = "index build --index index"
IN_FULL = "index build 'my corpus' --index index --model 'a model' --precision int8"


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
        unknown = "index build FOLDER --index index"
        assert build_command(directory) == unknown + (" --replace" if how != "missing" else "")
        return
    # The manifest is believed only as it was published.
    command = IN_FULL if name in {CURRENT, MANIFEST} else COMMAND
    if (name, how) == (CURRENT, "missing"):
        assert build_command(directory) == command
        return
    with pytest.raises(DamagedIndexError) as error:
        Generation.open(directory)
    assert str(error.value).endswith(f"; build it again: {command}")


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


def test_the_command_does_what_it_says_wherever_it_is_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, index in [
        ("-docs", "-i"),
        ("my  docs", "an\u202findex"),
        ("it's $HOME", "new"),
        ("link/../docs", "g-0123456789abcdef"),
    ]:
        root = tmp_path / index
        root.mkdir()
        monkeypatch.chdir(root)
        (root / "elsewhere").mkdir()
        (root / "link").symlink_to("elsewhere")
        corpus = write_corpus(Path(os.path.realpath(folder)))
        directory = Path(os.path.realpath(index))
        source = EncoderSource.of(FakeEncoder(name="fake"))
        build_index(corpus, directory, source, max_bytes=1294538)
        (root / "deep").mkdir()
        for here in (root, root / "deep", tmp_path, corpus):
            monkeypatch.chdir(here)
            short = shlex.split(build_command(directory))
            assert Path(short[short.index("--index") + 1]).resolve() == directory
            assert short[:3] == ["index", "build", "--index"]
            settings = replace(BuildSettings.read(directory), repeats=False)
            words = shlex.split(build_command(directory, settings))
            assert Path(words[2]).resolve() == corpus
            assert not words[2].startswith("-")
            assert Path(words[words.index("--index") + 1]).resolve() == directory
            assert float(words[words.index("--max-file-size") + 1]) * (1 << 20) == 1294538


def test_it_names_the_index_if_the_environment_names_another_one(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(Path("my corpus"), Path(".passage-index"))
    assert "--index" not in build_command(Path(".passage-index"))
    monkeypatch.setenv("PASSAGE_INDEX", str(directory))
    assert "--index .passage-index" in build_command(Path(".passage-index"))
    assert "--index" not in build_command(directory)


def test_a_generation_of_another_folder_is_not_believed(directory: Path) -> None:
    write_corpus(Path("other"))
    build(Path("other"), directory, replace_other=True)
    assert BuildSettings.read(directory).folder == str(directory.parent / "other")
    (directory / CURRENT).write_text("x")
    assert build_command(directory) == "index build FOLDER --index index --replace"


def test_nothing_is_replaced_if_its_folder_cannot_be_told(directory: Path) -> None:
    current_folder(directory).joinpath(MANIFEST).write_text("{}")
    with pytest.raises(OtherFolderError, match="a folder that it does not tell any more"):
        build(Path("my corpus"), directory)
    build(Path("my corpus"), directory, replace_other=True)
    assert Generation.open(directory).manifest.documents == len(CORPUS)


@pytest.mark.parametrize("name", ["odd\nname", "bad\udcff", "\x1b[2J"])
def test_a_folder_with_an_odd_name_is_not_replaced(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    build(write_corpus(tmp_path / name), Path("index"))
    write_corpus(tmp_path / "other")
    with pytest.raises(OtherFolderError):
        build(Path("other"), Path("index"))
    build(Path(name), Path("index"))


def test_a_folder_that_may_not_be_looked_at_is_taken_to_be_there(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.stat

    def refused(path: str, **options: object) -> os.stat_result:
        if str(path).endswith("my corpus"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr("index.store.build_command.os.stat", refused)
    assert build_command(directory) == COMMAND
    assert not Generation.open(directory).corpus_is_gone


def test_a_working_directory_that_is_gone_is_no_error(directory: Path) -> None:
    gone = directory.parent / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    words = shlex.split(build_command(directory))
    assert words[words.index("--index") + 1] == str(directory)
    os.chdir(directory.parent)


def test_a_source_that_is_gone_is_left_out_of_a_command_that_works(directory: Path) -> None:
    corpus = directory.parent / "my corpus"
    source = EncoderSource.of(FakeEncoder())
    some = FolderSelection(("east", "talks.md"))
    build_index(corpus, directory, source, selection=some, replace_other=True)
    (corpus / "talks.md").unlink()
    command = "index build 'my corpus/east' --index index --model fake --replace"
    assert build_command(directory) == command
    told = f"{corpus}/talks.md that was indexed is gone; to go on without, run {command}"
    with pytest.raises(CorpusError) as error:
        BuildPlan.remembered(directory)
    assert str(error.value) == told
    assert staleness_note(Generation.open(directory)) == told
    (corpus / "east").rename(corpus / "west")
    assert build_command(directory) == "index build FOLDER --index index --model fake --replace"
    assert "is gone (and 1 more); if it has moved, run" in how_to_build_again(directory)
