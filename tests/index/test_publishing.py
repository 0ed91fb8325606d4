"""The lock, the folder aside, and what is swept away: only what is this program's own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from small_index import CORPUS, build, current_folder, generation_bytes

from embed import PassageSearchError
from embed.operating_system import sync_directory, take_lock
from index.errors import BuildError, BusyIndexError, DamagedIndexError, NoIndexError
from index.store import publishing as module
from index.store.open_index import OpenIndex
from index.store.publishing import clean_index, locked_for_writing, remove_index


def change(corpus: Path, text: str = "More of it.") -> None:
    (corpus / "more.txt").write_text(text)


HOLDER = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from index.store.publishing import locked_for_writing
with locked_for_writing(Path(sys.argv[2])):
    print("held", flush=True)
    time.sleep(float(sys.argv[3]))
"""


@contextmanager
def holder(directory: Path, seconds: float = 60) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, Path(__file__).parents[2], directory, str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_writer_says_who_holds_the_lock(corpus: Path, directory: Path) -> None:
    before = generation_bytes(directory)
    change(corpus)
    with holder(directory) as process:
        with pytest.raises(BusyIndexError, match=rf"process {process.pid} on .* --wait"):
            build(corpus, directory)
        assert generation_bytes(directory) == before
        OpenIndex.open(directory).close()  # readers need no lock
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert build(corpus, directory).changed


def test_a_second_writer_can_wait(directory: Path) -> None:
    with holder(directory, seconds=0.3), locked_for_writing(directory, wait=60):
        pass
    started = time.monotonic()
    with (
        holder(directory),
        pytest.raises(BusyIndexError),
        locked_for_writing(directory, wait=0.2),
    ):
        pass
    assert time.monotonic() - started > 0.2


def test_a_dead_holder_is_not_named(directory: Path) -> None:
    with holder(directory) as process:
        name = (directory / ".lock").read_text()
        assert name.startswith(f"process {process.pid} on ")
        for stale in ("", "process 0 on x\n", name.replace(str(process.pid), "4194999"), "\x1b[2J"):
            (directory / ".lock").write_text(stale)
            host = stale.startswith("process 0")
            with pytest.raises(
                BusyIndexError, match=r"process 0 on x is" if host else "another process is"
            ):
                locked_for_writing(directory).__enter__()


def test_a_directory_that_holds_other_things_is_left_alone(corpus: Path, tmp_path: Path) -> None:
    for name in ("thesis.doc", "new-photos", "g-string", "CURRENT.txt", ".git"):
        other = tmp_path / f"other {name}"
        (other / name).mkdir(parents=True)
        (other / name / "file").write_text("mine")
        with pytest.raises(PassageSearchError, match=f"holds other things .*{name}"):
            build(corpus, other)
        assert [path.name for path in other.iterdir()] == [name]
        assert (other / name / "file").read_text() == "mine"


def test_nothing_of_others_is_ever_removed(corpus: Path, directory: Path) -> None:
    mine = [directory / name for name in ("notes.txt", "new-photos", "g-0123", "g-old", "newer")]
    for path in mine:
        path.write_text("mine")
    for number in range(3):
        change(corpus, f"Number {number}.")
        build(corpus, directory)
    assert [path.read_text() for path in mine] == ["mine"] * len(mine)


def test_links_are_removed_and_not_followed(corpus: Path, directory: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("mine")
    for name in ("new", "replaced", "g-0123456789abcdef"):
        (directory / name).symlink_to(outside)
    change(corpus)
    build(corpus, directory)
    assert (outside / "file").read_text() == "mine"
    assert not [path for path in directory.iterdir() if path.is_symlink()]


@pytest.mark.parametrize("name", ["CURRENT.new", "SOURCES.new"])
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_lies_in_the_way_is_neither_followed_nor_waited_for(
    corpus: Path, directory: Path, tmp_path: Path, name: str, kind: str
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    if kind == "link":
        (directory / name).symlink_to(victim)
    elif kind == "pipe":
        os.mkfifo(directory / name)
    else:
        (directory / name).mkdir()
    (corpus / "new.txt").write_text("A new article.")
    assert build(corpus, directory).changed
    assert victim.read_text() == "mine"
    assert not os.path.lexists(directory / name)


def test_a_damaged_index_is_built_again_whatever_else_is_there(
    corpus: Path, directory: Path
) -> None:
    (directory / ".DS_Store").touch()
    (directory / "CURRENT").write_bytes(b"")
    assert build(corpus, directory).changed
    assert (directory / ".DS_Store").exists()


def test_a_file_in_place_of_the_directory_is_left_alone(corpus: Path, tmp_path: Path) -> None:
    path = tmp_path / "index"
    path.write_text("mine")
    with pytest.raises(PassageSearchError, match="is not a folder"):
        build(corpus, path)
    assert path.read_text() == "mine"
    with pytest.raises((PassageSearchError, BuildError)):
        build(corpus, path / "below")


def test_missing_folders_are_made(corpus: Path, tmp_path: Path) -> None:
    directory = tmp_path / "a" / "b" / "index"
    build(corpus, directory)
    OpenIndex.open(directory)


def test_a_directory_that_cannot_be_written_is_one_error(
    corpus: Path, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = generation_bytes(directory)
    change(corpus)
    real = os.open

    def read_only(path: Path, flags: int, *rest: int, **options: int) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR):
            raise OSError(30, "Read-only file system", str(path))
        return real(path, flags, *rest, **options)

    monkeypatch.setattr("os.open", read_only)
    with pytest.raises(BuildError, match=r"cannot write the index .*Read-only file system"):
        build(corpus, directory)
    monkeypatch.undo()
    assert generation_bytes(directory) == before


def test_what_a_dead_build_left_is_swept_away(corpus: Path, directory: Path) -> None:
    for name in ("new", "replaced"):
        (directory / name).mkdir()
        (directory / name / "catalog.sqlite").write_text("half")
    (directory / "CURRENT.new").write_text("half")
    change(corpus)
    build(corpus, directory)
    names = {path.name for path in directory.iterdir()}
    assert names >= {"CURRENT", ".lock", "SOURCES", current_folder(directory).name}
    assert not names & {"new", "replaced", "CURRENT.new"}


def test_the_generation_before_is_kept_and_older_ones_are_not(
    corpus: Path, directory: Path
) -> None:
    names = [current_folder(directory).name]
    for number in range(4):
        change(corpus, f"Number {number}.")
        build(corpus, directory)
        names.append(current_folder(directory).name)
        kept = {path.name for path in directory.glob("g-*")}
        assert kept == set(names[-2:])


def test_an_equal_generation_that_is_damaged_is_replaced(corpus: Path, directory: Path) -> None:
    first = generation_bytes(directory)
    change(corpus)
    build(corpus, directory)
    [old] = [path for path in directory.glob("g-*") if path != current_folder(directory)]
    (old / "passages.faiss").write_bytes(b"")
    (corpus / "more.txt").unlink()
    build(corpus, directory)
    assert generation_bytes(directory) == first


def test_the_index_is_as_private_as_the_person_who_makes_it(corpus: Path, tmp_path: Path) -> None:
    for mask, mode in ((0o077, 0o700), (0o022, 0o755)):
        directory = tmp_path / f"index {mask}"
        before = os.umask(mask)
        try:
            build(corpus, directory)
        finally:
            os.umask(before)
        for path in (directory, current_folder(directory)):
            assert path.stat().st_mode & 0o777 == mode
        for path in directory.rglob("*.*"):
            if path.is_file():
                assert path.stat().st_mode & 0o777 == mode & 0o666


def test_a_disk_that_does_not_confirm_is_told_of(
    corpus: Path, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(corpus)
    real = sync_directory
    synced: list[Path] = []

    def fail_at_last(path: Path) -> None:
        synced.append(path)
        if len(synced) == 3:  # the folder aside, its new name, and then CURRENT
            raise OSError(5, "Input/output error")
        real(path)

    monkeypatch.setattr(module, "sync_directory", fail_at_last)
    with pytest.raises(PassageSearchError, match="in use, but the disk did not confirm"):
        build(corpus, directory)
    assert synced[1:] == [directory, directory]
    assert OpenIndex.open(directory).generation.manifest.documents == len(CORPUS) + 1


def test_a_build_that_cannot_prune_has_published_all_the_same(
    corpus: Path, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(corpus)
    before = generation_bytes(directory)
    real = Path.iterdir

    def failing(path: Path) -> Iterator[Path]:
        if path == directory and generation_bytes(directory) != before:
            raise OSError(5, "Input/output error")
        return real(path)

    monkeypatch.setattr(Path, "iterdir", failing)
    assert build(corpus, directory).changed


def test_an_unchanged_build_confirms_what_one_that_died_published(
    corpus: Path, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(module, "sync_directory", synced.append)
    assert not build(corpus, directory).changed
    assert synced == [directory]


def test_nothing_is_published_before_the_disk_holds_it(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "deep" / "index"
    events: list[tuple[str, Path]] = []
    real_sync, real_rename, real_replace = os.fsync, Path.rename, Path.replace

    def sync(descriptor: int) -> None:
        events.append(("sync", Path(f"/proc/self/fd/{descriptor}").readlink()))
        real_sync(descriptor)

    def rename(path: Path, target: Path) -> Path:
        events.append(("rename", Path(target)))
        return real_rename(path, target)

    def replace(path: Path, target: Path) -> Path:
        events.append(("replace", Path(target)))
        return real_replace(path, target)

    monkeypatch.setattr("os.fsync", sync)
    monkeypatch.setattr(Path, "rename", rename)
    monkeypatch.setattr(Path, "replace", replace)
    build(corpus, directory)
    generation = current_folder(directory)
    renamed = events.index(("rename", generation))
    published = events.index(("replace", directory / "CURRENT"))
    before = {path for kind, path in events[:renamed] if kind == "sync"}
    aside = directory / "new"
    assert before >= {aside, *(aside / path.name for path in generation.iterdir())}
    assert before >= {tmp_path, tmp_path / "deep"}  # the names of the folders that were made
    assert ("sync", directory) in events[renamed:published]
    assert ("sync", directory / "CURRENT.new") in events[renamed:published]
    assert ("sync", directory) in events[published:]


@pytest.mark.parametrize("name", ["new", "replaced", "CURRENT", ".lock"])
def test_what_only_looks_like_ours_is_let_be(corpus: Path, tmp_path: Path, name: str) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    if name in ("new", "replaced"):
        (mine / name).mkdir()
        (mine / name / "thesis.txt").write_text("precious")
    else:
        (mine / name).write_text("MANIFEST-000001\n")
    before = {path: path.read_bytes() for path in mine.rglob("*") if path.is_file()}
    with pytest.raises(PassageSearchError, match="holds other things than an index"):
        build(corpus, mine)
    assert {path: path.read_bytes() for path in mine.rglob("*") if path.is_file()} == before


def test_a_pipe_called_like_the_lock_is_not_waited_for(corpus: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    os.mkfifo(mine / ".lock")
    with pytest.raises(PassageSearchError, match="holds other things than an index"):
        build(corpus, mine)


def test_files_of_somebody_in_a_folder_of_ours_are_let_be(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "i")
    (tmp_path / "i" / "new").mkdir()
    (tmp_path / "i" / "new" / "thesis.txt").write_text("precious")
    with pytest.raises(PassageSearchError, match=r"new holds other things .*thesis\.txt"):
        build(corpus, tmp_path / "i")
    assert (tmp_path / "i" / "new" / "thesis.txt").read_text() == "precious"


def test_cleaning_leaves_the_generation_in_use_and_nothing_of_dead_builds(
    corpus: Path, directory: Path
) -> None:
    opened = OpenIndex.open(directory)  # a reader of the generation before
    change(corpus)
    build(corpus, directory)
    before = generation_bytes(directory)
    old = [path for path in directory.glob("g-*") if path != current_folder(directory)]
    unneeded = sum(file.stat().st_size for path in old for file in path.iterdir())
    (directory / "new").mkdir()
    (directory / "new" / "catalog.sqlite").write_bytes(b"x" * 1000)
    (directory / "SOURCES.new").write_bytes(b"x" * 10)
    freed = clean_index(directory)
    assert unneeded > 0
    # The name of the holder in the lock may be longer or shorter than the one before.
    assert abs(freed - (unneeded + 1010)) < 100
    assert {path.name for path in directory.iterdir()} == {
        *(current_folder(directory).name, "CURRENT", "SOURCES", ".lock")
    }
    assert generation_bytes(directory) == before
    assert len(opened.catalog.documents()) == len(CORPUS)
    opened.close()
    assert clean_index(directory) == 0


def test_an_index_that_cannot_be_read_is_not_cleaned(corpus: Path, directory: Path) -> None:
    change(corpus)
    build(corpus, directory)
    (current_folder(directory) / "MANIFEST.json").write_text("x")
    (directory / "new").mkdir()
    before = sorted(directory.rglob("*"))
    with pytest.raises(DamagedIndexError):
        clean_index(directory)
    with pytest.raises(NoIndexError):
        clean_index(directory.parent / "nowhere")
    assert sorted(directory.rglob("*")) == before
    assert not (directory.parent / "nowhere").exists()


def test_removing_takes_the_index_and_its_folder(directory: Path) -> None:
    size = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
    assert abs(remove_index(directory) - size) < 100
    assert not directory.exists()
    with pytest.raises(NoIndexError, match="no index at"):
        remove_index(directory)


def test_a_damaged_index_can_be_removed(directory: Path) -> None:
    (directory / "CURRENT").unlink()
    (directory / "g-0123456789abcdef").symlink_to(directory.parent / "corpus")
    remove_index(directory)
    assert not directory.exists()
    assert (directory.parent / "corpus" / "talks.md").exists()


def test_removing_leaves_what_is_not_ours(directory: Path) -> None:
    (directory / "thesis.txt").write_text("mine")
    remove_index(directory)
    assert [path.name for path in directory.iterdir()] == ["thesis.txt"]
    with pytest.raises(NoIndexError, match="nothing there was made by index build"):
        remove_index(directory)


@pytest.mark.parametrize("folder", ["new", "replaced", "g-0123456789abcdef", "SOURCES.new"])
def test_nothing_is_removed_if_a_folder_of_ours_holds_something_else(
    directory: Path, folder: str
) -> None:
    (directory / folder).mkdir()
    (directory / folder / "thesis.txt").write_text("mine")
    before = generation_bytes(directory)
    with pytest.raises(PassageSearchError, match=r"holds other things .*thesis\.txt"):
        remove_index(directory)
    assert generation_bytes(directory) == before


@pytest.mark.parametrize("act", [remove_index, clean_index])
def test_an_index_that_is_written_is_not_removed(
    directory: Path, act: Callable[[Path], int]
) -> None:
    before = generation_bytes(directory)
    with holder(directory) as process:
        with pytest.raises(BusyIndexError):
            act(directory)
        process.kill()
    assert generation_bytes(directory) == before


@pytest.mark.parametrize("name", ["corpus", "empty", "file", "nowhere"])
def test_what_is_no_index_is_not_removed(directory: Path, name: str) -> None:
    place = directory.parent / name
    if name == "empty":
        place.mkdir()
    elif name == "file":
        place.write_text("mine")
    before = sorted(directory.parent.rglob("*"))
    with pytest.raises(NoIndexError):
        remove_index(place)
    assert sorted(directory.parent.rglob("*")) == before


def test_a_writer_that_waited_for_a_removal_says_so(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take(descriptor: int) -> bool:  # as if the index were removed while the lock is waited for
        (directory / ".lock").unlink()
        return take_lock(descriptor)

    monkeypatch.setattr(module, "take_lock", take)
    with (
        pytest.raises(PassageSearchError, match="was removed meanwhile"),
        locked_for_writing(directory),
    ):
        pytest.fail("two writers could hold it")


def test_an_index_that_cannot_be_removed_is_named(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_remove", lambda _: None)
    with pytest.raises(PassageSearchError, match=r"cannot remove .*: may its folder be written to"):
        remove_index(directory)


@pytest.mark.parametrize("change", [clean_index, remove_index])
def test_an_index_that_may_not_be_written_to_is_named(
    corpus: Path, directory: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], int]
) -> None:
    build(corpus, directory)

    def refused(path: Path) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("index.store.publishing.open_lock_file", refused)
    with pytest.raises(PassageSearchError) as error:
        change(directory)
    lock = directory / ".lock"
    assert str(error.value) == f"cannot write the index {directory}: Permission denied ({lock})"
