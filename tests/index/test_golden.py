"""An index of this format that was made long ago, kept in tests/golden, is still read.

If the format changes on purpose: raise FORMAT, remove tests/golden/index, and make it anew with
`PYTHONPATH=tests/support python tests/index/test_golden.py`. Then add a line to the changelog.
"""

import json
import shutil
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import build, generation_bytes, rehash, write_corpus

from index.cli import main as index
from index.errors import FormatError
from index.store import manifest
from index.store.layout import FORMAT
from index.store.manifest import Manifest
from index.store.open_index import OpenIndex
from index.store.verification import verify
from query import Retriever

GOLDEN = Path(__file__).parents[1] / "golden"
QUESTIONS = ["the river at night", "terms of the ceasefire", "bread and salt"]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    write_corpus(tmp_path / "corpus")
    return Path(shutil.copytree(GOLDEN / "index", tmp_path / "index"))


def answers(directory: Path) -> list[list[object]]:
    with Retriever.open(directory, encoder=FakeEncoder(dim=16)) as retriever:
        return [
            [[hit.passage.passage_id, hit.text, round(hit.scores.passage, 4)] for hit in ranking]
            for ranking in retriever.retrieve_batch(QUESTIONS, k=3, mode="dense")
        ]


def test_an_old_index_is_read_and_gives_the_same_answers(directory: Path) -> None:
    assert answers(directory) == json.loads((GOLDEN / "answers.json").read_text())
    found = verify(OpenIndex.open(directory), FakeEncoder(dim=16))
    assert (found.passages, found.moved) == (7, ())


def test_the_manifest_has_the_fields_of_its_format(directory: Path) -> None:
    build(directory.parent / "corpus", directory.parent / "new", FakeEncoder(dim=16))
    fields = [
        set(json.loads(generation_bytes(path)["MANIFEST.json"]))
        for path in (directory, directory.parent / "new")
    ]
    assert fields[0] == fields[1]
    assert Manifest.from_bytes(generation_bytes(directory)["MANIFEST.json"]).format == FORMAT


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (
            FORMAT - 1,
            f"older format {FORMAT - 1}, this program reads {FORMAT}: build it again: ",
        ),
        (FORMAT + 1, f"newer format {FORMAT + 1}, this program reads {FORMAT}"),
    ],
)
def test_another_format_is_one_line(directory: Path, version: int, message: str) -> None:
    rehash(directory, format=version)
    with pytest.raises(FormatError, match=message):
        Retriever.open(directory, encoder=FakeEncoder(dim=16))


def test_the_program_of_the_next_format_says_how_to_build_it_again(
    directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(manifest, "FORMAT", FORMAT + 1)
    monkeypatch.setattr("index.store.build_command.FORMAT", FORMAT + 1)
    monkeypatch.setattr("sys.argv", ["index", "status", "--index", str(directory)])
    with pytest.raises(SystemExit) as end:
        index()
    assert end.value.code == 2
    assert f"older format {FORMAT}" in (error := capsys.readouterr().err)
    assert "build it again: index build " in error
    assert "/corpus --index " in error
    assert error.count("\n") == 1


if __name__ == "__main__":
    build(write_corpus(GOLDEN / "corpus"), GOLDEN / "index", FakeEncoder(dim=16))
    for name in (".lock", "SOURCES"):
        (GOLDEN / "index" / name).unlink()
    shutil.rmtree(GOLDEN / "corpus")
    (GOLDEN / "answers.json").write_text(json.dumps(answers(GOLDEN / "index"), indent=1) + "\n")
