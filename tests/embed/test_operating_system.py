"""Without the names that only POSIX has, an index is built, guarded and asked all the same."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from embed.operating_system import (
    NotPlainFileError,
    interrupts_held,
    kind_of_processor,
    open_file_inside,
    open_plain_file,
)
from embed.same_bits import computed_with

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests" / "support"

POSIX_NAMES_TAKEN_AWAY = """
import os, sys
import filelock, numpy, faiss, pytest  # which know what system they are on
import shutil, tempfile, subprocess, platform
from types import SimpleNamespace

sys.modules["fcntl"] = None
NAMES = (
    "O_NOFOLLOW", "O_DIRECTORY", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC",
    "pread", "uname", "SEEK_HOLE", "SEEK_DATA", "sched_getaffinity",
)
for name in NAMES:
    delattr(os, name)
os.supports_dir_fd.clear()

def without_blocks(call):
    def status(*arguments, **options):
        found = call(*arguments, **options)
        names = {name for name in dir(found) if name.startswith("st_")} - {"st_blocks"}
        return SimpleNamespace(**{name: getattr(found, name) for name in names})
    return status

for name in ("stat", "lstat", "fstat"):
    setattr(os, name, without_blocks(getattr(os, name)))

real_open = os.open
def open_without_folders(path, flags, mode=0o777, *, dir_fd=None):
    assert dir_fd is None, "there are no descriptors of folders"
    assert not os.path.isdir(path), "a folder cannot be opened"
    return real_open(path, flags, mode)
os.open = open_without_folders

sys.path[:0] = [sys.argv[1], sys.argv[2]]
from pathlib import Path
folder = Path(sys.argv[3])
"""

BUILD_AND_ASK = """
from fake_encoder import FakeEncoder
from small_index import build, current_folder, write_corpus
from embed import operating_system
from index.reading.document_reader import read_document
from index.errors import BusyIndexError, DamagedIndexError
from index.store.generation import Generation
from index.store.publishing import locked_for_writing
from query import Retriever

assert not operating_system._OPENS_SAFELY and not operating_system._OPENS_RELATIVE

corpus, directory = write_corpus(folder / "corpus"), folder / "index"
outside = write_corpus(folder / "outside", {"secret.txt": "The secret terms of the ceasefire."})
(corpus / "linked.txt").symlink_to(outside / "secret.txt")
(corpus / "linked").symlink_to(outside)

report = build(corpus, directory)
assert {entry.path for entry in report.left_out} == {"linked.txt", "linked"}, report.left_out
(corpus / "more.txt").write_text("More of it.")
with locked_for_writing(directory), pytest.raises(BusyIndexError, match="is writing"):
    build(corpus, directory)
assert build(corpus, directory).changed

with Retriever.open(directory, encoder=FakeEncoder()) as retriever:
    best = retriever.retrieve("the terms of the ceasefire", k=1)[0]
    assert best.passage.passage_id.startswith("talks.md#"), best

# An index may name any article: what leads out of the folder is not read.
read = {
    doc_id: read_document(corpus, doc_id)
    for doc_id in ("winter.txt", "linked.txt", "linked/secret.txt", "../outside/secret.txt", "east")
}
assert "Winter" in read.pop("winter.txt").text
assert {doc_id: entry.reason for doc_id, entry in read.items()} == {
    "linked.txt": "cannot be read: Too many levels of symbolic links",
    "linked/secret.txt": "cannot be read: Not a directory",
    "../outside/secret.txt": "cannot be read: not a path inside the folder",
    "east": "cannot be read: Is a directory",
}, read

os.mkfifo(corpus / "pipe.txt")
assert read_document(corpus, "pipe.txt").reason == "cannot be read: not a regular file"

# A folder that is swapped for a link between two looks at it leads nowhere.
real_plain = operating_system.open_plain_file
def swap_first(path):
    (corpus / "east").rename(corpus / "moved")
    (corpus / "east").symlink_to(corpus / "moved")
    return real_plain(path)
operating_system.open_plain_file = swap_first
assert read_document(corpus, "east/bread.txt").reason == "cannot be read: Not a directory"
operating_system.open_plain_file = real_plain

catalog = current_folder(directory) / "catalog.sqlite"
catalog.rename(folder / "catalog")
catalog.symlink_to(folder / "catalog")
with pytest.raises(DamagedIndexError, match="catalog.sqlite cannot be read"):
    Generation.open(directory)

lock = directory / ".lock"
lock.unlink()
lock.symlink_to(folder / "elsewhere")
with pytest.raises(OSError, match="symbolic links"):
    locked_for_writing(directory).__enter__()
assert not (folder / "elsewhere").exists()
print("done")
"""


def run(code: str, *arguments: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )


def test_an_index_is_built_guarded_and_asked_without_the_names_of_posix(tmp_path: Path) -> None:
    done = run(POSIX_NAMES_TAKEN_AWAY + BUILD_AND_ASK, ROOT, TESTS, tmp_path)
    assert (done.stdout, done.stderr) == ("done\n", "")


LOCKED_BY = """
from index.store.publishing import locked_for_writing
with locked_for_writing(folder):
    print("held", flush=True)
    sys.stdin.read()
"""
REFUSED = """
from index.errors import BusyIndexError
from index.store.publishing import locked_for_writing
try:
    locked_for_writing(folder).__enter__()
except BusyIndexError as error:
    print(error)
else:
    print("free")
"""


def test_a_lock_without_fcntl_ends_with_its_process(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", POSIX_NAMES_TAKEN_AWAY + LOCKED_BY, ROOT, TESTS, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        refused = run(POSIX_NAMES_TAKEN_AWAY + REFUSED, ROOT, TESTS, tmp_path).stdout
        assert f"process {holder.pid} on " in refused
        assert "is writing" in refused
        holder.kill()
        holder.wait()
        assert run(POSIX_NAMES_TAKEN_AWAY + REFUSED, ROOT, TESTS, tmp_path).stdout == "free\n"


def test_only_a_plain_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")
    with open_plain_file(tmp_path / "file") as file:
        assert file.read() == b"text"
    with pytest.raises(OSError, match="symbolic links"):
        open_plain_file(tmp_path / "link")
    with pytest.raises(NotPlainFileError):
        open_plain_file(tmp_path / "pipe")
    with pytest.raises(IsADirectoryError):
        open_plain_file(tmp_path)


@pytest.mark.parametrize("parts", [[], [""], ["."], [".."], ["a", "..", "b"], ["a/b"]])
def test_a_path_that_leaves_its_folder_is_refused(tmp_path: Path, parts: list[str]) -> None:
    with pytest.raises(ValueError, match="not a path inside the folder"):
        open_file_inside(tmp_path, parts)


def test_the_kind_of_a_processor_is_what_rounding_depends_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "cpuinfo"
    monkeypatch.setattr("embed.operating_system._CPUINFO", info)
    kinds = []
    for text in (
        "processor\t: 0\nmodel name\t: One\nflags\t\t: fpu avx2\ncpu MHz\t\t: 2100.000\n",
        "processor\t: 3\nmodel name\t: One\nflags\t\t: fpu avx2\ncpu MHz\t\t: 3300.000\n\nmore",
        "processor\t: 0\nmodel name\t: One\nflags\t\t: fpu avx2 avx512f\n",
        "processor\t: 0\nmodel name\t: Another\nflags\t\t: fpu avx2\n",
        "processor\t: 0\nFeatures\t: asimd\nCPU part\t: 0xd0c\n",
    ):
        info.write_text(text)
        kinds.append(kind_of_processor())
    assert kinds[0] == kinds[1]
    assert len(set(kinds)) == 4
    info.unlink()
    assert kind_of_processor()


def test_other_versions_compute_other_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    before = computed_with()
    assert computed_with() == before
    monkeypatch.setattr("embed.same_bits.version", lambda name: f"{name} 99")
    assert computed_with() != before


def test_an_interrupt_waits_until_an_import_is_done() -> None:
    done = []
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), interrupts_held():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("imported")
        assert done == ["imported"]
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

        signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in the background of a script
        with interrupts_held():
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, usual)


def test_another_thread_than_the_main_one_imports_without_more_ado() -> None:
    done = []

    def imported() -> None:
        with interrupts_held():
            done.append("imported")

    thread = threading.Thread(target=imported)
    thread.start()
    thread.join()
    assert done == ["imported"]
