"""What has changed in the folder since the build: exactly for a status, cheaply for a query."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from fake_encoder import FakeEncoder
from small_index import CORPUS, FEW, build, current_folder, generation_bytes, write_corpus

from embed.model import PACKAGED_NAME
from index.build import EncoderSource, build_index
from index.errors import CorpusError
from index.reading.document_reader import DocumentReader
from index.reading.selection import FolderSelection
from index.store import staleness as module
from index.store.folder_now import Changes, FolderNow
from index.store.generation import Generation
from index.store.open_index import OpenIndex
from index.store.staleness import staleness_note

RIVER, BREAD = "east/river.txt", "east/bread.txt"


def changes(directory: Path) -> Changes:
    opened = OpenIndex.open(directory)
    return FolderNow.read(opened.generation, ()).changes_since(opened.catalog.documents())


def is_stale(directory: Path) -> str | None:
    return staleness_note(Generation.open(directory))


def touch(path: Path) -> bool:
    later = time.time_ns() + 5 * 10**9
    os.utime(path, ns=(later, later))
    return True


def append(path: Path) -> None:
    path.write_text(path.read_text("utf-8") + "More.", "utf-8")


def same_size(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace("a", "e"), "utf-8")
    touch(path)


ALTERATIONS: dict[str, tuple[Callable[[Path], object], Changes, str]] = {
    "added": (lambda c: (c / "new.txt").write_text("New."), Changes(added=("new.txt",)), "."),
    "added below": (
        lambda c: (c / "east" / "new.md").write_text("N."),
        Changes(added=("east/new.md",)),
        "east",
    ),
    "added in a new folder": (
        lambda c: write_corpus(c, {"west/a.txt": "A."}),
        Changes(added=("west/a.txt",)),
        ".",
    ),
    "changed": (lambda c: append(c / RIVER), Changes(changed=(RIVER,)), RIVER),
    "changed, the same size": (lambda c: same_size(c / RIVER), Changes(changed=(RIVER,)), RIVER),
    "deleted": (lambda c: (c / RIVER).unlink(), Changes(deleted=(RIVER,)), "east"),
    "all deleted": (
        lambda c: [(c / n).rename(c / (n + "~")) for n in CORPUS],
        Changes(deleted=tuple(sorted(CORPUS))),
        ".",
    ),
    "the folder gone": (
        lambda c: c.rename(c.with_name("elsewhere")),
        Changes(deleted=tuple(sorted(CORPUS))),
        ".",
    ),
    "swapped": (
        lambda c: [
            (c / RIVER).rename(c / "x"),
            (c / BREAD).rename(c / RIVER),
            (c / "x").rename(c / BREAD),
        ],
        Changes(changed=(BREAD, RIVER)),
        "",
    ),
    "a file in place of a folder": (
        lambda c: [(c / "east").rename(c.parent / "away"), (c / "east").write_text("x")],
        Changes(deleted=(BREAD, RIVER)),
        ".",
    ),
}


@pytest.mark.parametrize("name", ALTERATIONS)
def test_whatever_changes_is_told(corpus: Path, directory: Path, name: str) -> None:
    assert is_stale(directory) is None
    assert not changes(directory)
    alter, expected, first = ALTERATIONS[name]
    alter(corpus)
    assert changes(directory) == expected
    message = is_stale(directory)
    assert message is not None
    if name == "the folder gone":
        assert f"the folder {corpus} that was indexed is gone; if it has moved, run" in message
        here = min(os.path.relpath(directory), str(directory), key=len)
        assert message.endswith(f"FOLDER --index {here} --model fake --replace")
        return
    where = "" if first == "." else f" ({first}"
    assert f"since they were indexed{where}" in message
    assert ("indexed: run index build" in message) == (first == ".")
    if name != "all deleted":
        build(corpus, directory)
        assert is_stale(directory) is None
        assert not changes(directory)


UNCHANGED: dict[str, Callable[[Path], object]] = {
    "another time": lambda c: [touch(c / name) for name in CORPUS],
    "written again": write_corpus,
    "what is no article": lambda c: (c / "notes.zip").write_text("x"),
    "a hidden file": lambda c: (c / ".notes.txt.swp").write_text("x"),
    "a hidden folder": lambda c: (c / ".git").mkdir(),
    "come and gone": lambda c: [(c / "x.txt").write_text("x"), (c / "x.txt").rename(c / "x")],
    "a folder's time": touch,
}


@pytest.mark.parametrize("name", UNCHANGED)
def test_what_is_no_change_is_not_told(corpus: Path, directory: Path, name: str) -> None:
    UNCHANGED[name](corpus)
    assert is_stale(directory) is None
    assert not changes(directory)


def build_selected(corpus: Path, directory: Path, selection: FolderSelection) -> None:
    with patch("index.scoring.calibration.unrelated_questions", lambda: list(FEW)):
        source = EncoderSource.of(FakeEncoder())
        build_index(corpus, directory, source, selection=selection)


SELECTED: dict[str, tuple[Callable[[Path], object], Changes | None]] = {
    "left out by a file": (lambda c: (c / "draft.txt").write_text("x"), None),
    "left out by an option": (lambda c: (c / "a.log").write_text("x"), None),
    "in a folder that is left out": (lambda c: write_corpus(c, {"old/a.txt": "x"}), None),
    "not included": (lambda c: (c / "a.rst").write_text("x"), None),
    "beside the sources": (lambda c: (c.parent / "b.txt").write_text("x"), None),
    "the time of the patterns": (lambda c: touch(c / ".passageignore"), None),
    "read": (lambda c: (c / "b.txt").write_text("x"), Changes(added=("corpus/b.txt",))),
    "the named file": (lambda c: append(c.parent / "n.log"), Changes(changed=("n.log",))),
    "another pattern": (
        lambda c: (c / ".passageignore").write_text("tal*\n"),
        Changes(added=("corpus/late draft.txt",), deleted=("corpus/talks.md",)),
    ),
    "patterns below": (
        lambda c: (c / "east" / ".passageignore").write_text("*"),
        Changes(deleted=(f"corpus/{BREAD}", f"corpus/{RIVER}")),
    ),
    "patterns for what lies deeper": (
        lambda c: (c / "deep" / ".passageignore").write_text("x.*"),
        Changes(deleted=("corpus/deep/er/x.txt",)),
    ),
    "the patterns gone": (
        lambda c: (c / ".passageignore").unlink(),
        Changes(added=("corpus/late draft.txt",)),
    ),
}


@pytest.mark.parametrize("name", SELECTED)
def test_what_is_read_decides_what_is_told(tmp_path: Path, corpus: Path, name: str) -> None:
    write_corpus(corpus, {".passageignore": "*draft*\nold\n", "late draft.txt": "It."})
    write_corpus(corpus, {"deep/er/x.txt": "Deep."})
    (tmp_path / "n.log").write_text("Named.")
    directory = tmp_path / ".passage-index"
    selection = FolderSelection(("corpus", "n.log"), ("*.txt", "*.md", "*.log"), ("*.log", "!n.*"))
    build_selected(tmp_path, directory, selection)
    assert is_stale(directory) is None
    assert not changes(directory)
    alter, expected = SELECTED[name]
    alter(corpus)
    assert changes(directory) == (expected or Changes())
    assert (is_stale(directory) is None) == (expected is None)
    build_selected(tmp_path, directory, selection)
    assert is_stale(directory) is None
    assert not changes(directory)


def test_patterns_that_cannot_be_read_any_more_are_told(corpus: Path, directory: Path) -> None:
    (corpus / ".passageignore").write_text("[")
    assert is_stale(directory) is not None
    with pytest.raises(CorpusError, match="line 1"):
        changes(directory)
    (corpus / ".passageignore").write_text("x")
    build(corpus, directory)
    (corpus / ".passageignore").write_text("[")
    assert is_stale(directory) is not None


def test_patterns_are_parsed_only_if_a_folder_has_changed(tmp_path: Path, corpus: Path) -> None:
    (corpus / ".passageignore").write_text("*draft*\n")
    directory = tmp_path / ".passage-index"
    build_selected(corpus, directory, FolderSelection(exclude=("*.log",)))
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from index import Generation, staleness_note\n"
        f"note = staleness_note(Generation.open(Path({str(directory)!r})))\n"
        "print(note, 'pathspec' in sys.modules)"
    )

    def asked() -> str:
        command = [sys.executable, "-c", code]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert asked() == "None False\n"
    (corpus / "winter.txt").write_text("Another.")
    assert asked().endswith(" False\n")
    build_selected(corpus, directory, FolderSelection(exclude=("*.log",)))
    (corpus / "a.log").write_text("x")
    assert asked() == "None True\n"


def test_what_came_while_the_build_ran_is_told(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = DocumentReader.open

    def read_then_change(self: DocumentReader, root: Path, doc_id: str) -> object:
        source = real(self, root, doc_id)
        if doc_id == RIVER:
            append(root / RIVER)
            (root / "late.txt").write_text("Late.")
        return source

    monkeypatch.setattr(DocumentReader, "open", read_then_change)
    build(corpus, tmp_path / "i")
    assert is_stale(tmp_path / "i") is not None
    assert changes(tmp_path / "i") == Changes(added=("late.txt",), changed=(RIVER,))


def test_an_unchanged_build_brings_the_note_up_to_date(
    corpus: Path, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in CORPUS:
        touch(corpus / name)
    monkeypatch.setattr(module, "_MOST_BYTES_READ", 0)
    assert is_stale(directory) is not None  # as it cannot look into the files
    before = generation_bytes(directory)
    build(corpus, directory)
    assert is_stale(directory) is None
    assert generation_bytes(directory) == before


def test_a_note_that_still_holds_is_not_written_again(corpus: Path, directory: Path) -> None:
    before = (directory / "SOURCES").stat()
    build(corpus, directory)
    after = (directory / "SOURCES").stat()  # reading it may change the time of access
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("name", ["idx", ".idx"])
def test_an_index_inside_the_folder_is_no_change_of_it(corpus: Path, name: str) -> None:
    directory = corpus / name
    build(corpus, directory)
    assert is_stale(directory) is None
    (corpus / "late.txt").write_text("It came late.")
    assert is_stale(directory) is not None
    build(corpus, directory)
    assert is_stale(directory) is None
    (corpus / "folder").mkdir()
    assert is_stale(directory) is not None


def test_indexes_beside_one_another_in_the_folder_do_not_change_each_other(corpus: Path) -> None:
    first, second = corpus / "one", corpus / "two"
    build(corpus, first)
    build(corpus, second)
    assert is_stale(first) is None
    assert changes(first) == changes(second) == Changes()
    (corpus / "late.txt").write_text("It came late.")
    build(corpus, first)
    assert changes(first) == Changes()
    assert changes(second).added == ("late.txt",)
    build(corpus, second)
    assert (is_stale(first), is_stale(second)) == (None, None)


def test_the_note_is_no_part_of_the_generation(corpus: Path, directory: Path) -> None:
    assert "SOURCES" not in generation_bytes(directory)
    (directory / "SOURCES").unlink()
    assert is_stale(directory) is None
    append(corpus / RIVER)
    assert is_stale(directory) is None
    assert changes(directory) == Changes(changed=(RIVER,))


def hostile_notes(directory: Path) -> dict[str, bytes]:
    name = current_folder(directory).name.encode()
    good = (directory / "SOURCES").read_bytes()
    return {
        "empty": b"",
        "another generation": good.replace(name, b"g-0000000000000000"),
        "cut": good[: len(name) + 9],
        "no numbers": name + b"\nfile x y z a.txt\n",
        "no words": name + b"\n\n\n",
        "bytes": name + b"\n" + bytes(range(256)),
        "out of the folder": name + b"\nfile 1 1 x ../.passage-index/CURRENT\n",
        "at the root": name + b"\nfile 1 1 x /etc/passwd\n",
        "a folder outside": name + b"\nfolder 1 x ../..\n",
        "a NUL": name + b"\nfile 1 1 x a\0b\n",
        "endless": name + b"x" * (1 << 20),
    }


@pytest.mark.parametrize(
    "kind",
    [
        "empty",
        "another generation",
        "cut",
        "no numbers",
        "no words",
        "bytes",
        "out of the folder",
        "at the root",
        "a folder outside",
        "a NUL",
        "endless",
    ],
)
def test_a_note_that_is_none_says_nothing(directory: Path, kind: str) -> None:
    (directory / "SOURCES").write_bytes(hostile_notes(directory)[kind])
    assert is_stale(directory) is None


def test_a_note_that_is_a_pipe_is_not_waited_for(corpus: Path, directory: Path) -> None:
    (directory / "SOURCES").unlink()
    os.mkfifo(directory / "SOURCES")
    assert is_stale(directory) is None
    build(corpus, directory)


def test_what_a_query_looks_at_is_bounded(
    corpus: Path, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, name in enumerate(sorted(CORPUS)):  # bread, river, talks, winter
        os.utime(corpus / name, (number, number))
    build(corpus, directory)
    looked_at: list[str] = []
    real = module._stamp

    def stamp(path: Path | str) -> tuple[int, int] | None:
        looked_at.append(Path(path).name)
        return real(path)

    monkeypatch.setattr(module, "_stamp", stamp)
    monkeypatch.setattr(module, "MOST_CHECKED", 4)
    assert is_stale(directory) is None
    assert looked_at == ["corpus", "east", "winter.txt", "talks.md"]  # the newest files first


def test_the_command_builds_the_index_as_it_was_built(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(corpus.parent)
    build(corpus, Path(".passage-index"), FakeEncoder(name=PACKAGED_NAME))
    generation = Generation.open(Path(".passage-index"))
    assert generation.build_command == "index build"
    source = EncoderSource.of(FakeEncoder(name="/m o", precision="int8"))
    build_index(corpus, Path("other"), source, max_bytes=1 << 20)
    assert Generation.open(Path("other")).build_command == "index build --index other"
    corpus.rename(corpus.with_name("moved"))
    assert Generation.open(Path("other")).build_command == (
        "index build FOLDER --index other --model '/m o' --precision int8 --max-file-size 1 "
        "--replace"
    )
