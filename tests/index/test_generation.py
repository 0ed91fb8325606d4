"""Opening a generation: whatever is changed is found, and the file is named."""

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from small_index import CORPUS, build, current_folder, publish_manifest, rehash, write_corpus

from embed import ModelError, PassageSearchError
from index.errors import DamagedIndexError, FormatError, NoIndexError
from index.store import generation as module
from index.store.generation import Generation
from index.store.layout import CURRENT, FILES, FORMAT, MANIFEST
from index.store.locating import find_index, index_to_write
from index.store.manifest import Manifest
from index.store.open_index import OpenIndex


def test_a_generation_says_what_it_holds(directory: Path) -> None:
    opened = Generation.open(directory)
    manifest = opened.manifest
    assert opened.path == directory / opened.name
    assert (manifest.documents, manifest.passages, manifest.dim) == (len(CORPUS), 7, 64)
    assert opened.size == sum((opened.path / name).stat().st_size for name in FILES)
    assert opened.corpus == (directory.parent / "corpus").resolve()
    assert Manifest.from_bytes(manifest.to_bytes()) == manifest


def test_a_missing_index_is_one(tmp_path: Path) -> None:
    for directory in (tmp_path, tmp_path / "nowhere", Path("\0")):
        with pytest.raises(NoIndexError, match="index build FOLDER"):
            Generation.open(directory)


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_every_changed_byte_and_every_truncation_is_found(directory: Path, name: str) -> None:
    path = current_folder(directory) / name
    good = path.read_bytes()
    step = max(1, len(good) // 60)
    for position in [*range(0, len(good), step), len(good) - 1]:
        for mask in (0x01, 0x80, 0xFF):
            bad = bytearray(good)
            bad[position] ^= mask
            path.write_bytes(bad)
            with pytest.raises(DamagedIndexError, match=name):
                Generation.open(directory)
    for length in [*range(0, len(good), step), len(good) - 1]:
        path.write_bytes(good[:length])
        with pytest.raises(DamagedIndexError, match=name):
            Generation.open(directory)
    path.write_bytes(good + b"\0")
    with pytest.raises(DamagedIndexError, match=name):
        Generation.open(directory)
    path.write_bytes(good)
    Generation.open(directory)


def test_every_byte_and_every_truncation_of_current_is_found(directory: Path) -> None:
    path = directory / CURRENT
    good = path.read_bytes()
    faults = [good[:length] for length in range(len(good))] + [good + b"\n"]
    for position in range(len(good)):
        for mask in (0x01, 0x02, 0x10, 0x20, 0x80, 0xFF):
            bad = bytearray(good)
            bad[position] ^= mask
            faults.append(bytes(bad))
    for fault in faults:
        path.write_bytes(fault)
        with pytest.raises(DamagedIndexError, match=r"CURRENT|MANIFEST\.json"):
            Generation.open(directory)


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_a_file_of_another_generation_is_found(directory: Path, name: str) -> None:
    good = current_folder(directory)
    # The same passages in another order: every file has the size that it had before.
    corpus = directory.parent / "corpus"
    (corpus / "winter.txt").rename(corpus / "before.txt")
    build(corpus, directory)
    folder = current_folder(directory)
    assert folder != good
    (folder / name).write_bytes((good / name).read_bytes())
    with pytest.raises(DamagedIndexError, match=name):
        Generation.open(directory)


def replacements(path: Path) -> dict[str, Callable[[], object]]:
    return {
        "nothing": lambda: None,
        "a link": lambda: path.symlink_to("/dev/zero"),
        "a link to itself": lambda: path.symlink_to(path.name),
        "a link to a copy": lambda: path.symlink_to(path.with_name("copy")),
        "a pipe": lambda: os.mkfifo(path),
        "a folder": path.mkdir,
    }


@pytest.mark.parametrize("kind", replacements(Path()))
@pytest.mark.parametrize("name", [*FILES, MANIFEST, CURRENT])
def test_what_is_no_plain_file_is_found_and_never_waited_for(
    directory: Path, name: str, kind: str
) -> None:
    path = (directory if name == CURRENT else current_folder(directory)) / name
    path.rename(path.with_name("copy"))
    replacements(path)[kind]()
    error = NoIndexError if (name, kind) == (CURRENT, "nothing") else DamagedIndexError
    with pytest.raises(error, match="no index at" if error is NoIndexError else name):
        Generation.open(directory)


def test_a_missing_generation_is_found(directory: Path) -> None:
    current_folder(directory).rename(directory / "elsewhere")
    with pytest.raises(DamagedIndexError, match=r"MANIFEST\.json is missing"):
        Generation.open(directory)


def test_a_file_that_may_not_be_read_is_not_called_damaged(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("os.open", refuse)
    with pytest.raises(PassageSearchError, match=r"cannot read the index: .*Permission denied"):
        Generation.open(directory)


def test_of_a_large_generation_the_smaller_files_are_hashed(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = {name: (current_folder(directory) / name).stat().st_size for name in FILES}
    by_size = sorted(sizes, key=lambda name: sizes[name])
    monkeypatch.setattr(module, "HASHED_AT_OPEN", sizes[by_size[0]] + sizes[by_size[1]])
    largest = current_folder(directory) / by_size[2]
    largest.write_bytes(largest.read_bytes()[:-1] + b"\0")
    opened = Generation.open(directory)  # as the rule has it: this is found by `index verify`
    with pytest.raises(DamagedIndexError, match=by_size[2]):
        opened.verify()
    middle = current_folder(directory) / by_size[1]
    middle.write_bytes(middle.read_bytes()[:-1] + b"\1")
    with pytest.raises(DamagedIndexError, match=by_size[1]):
        Generation.open(directory)


def test_a_generation_that_is_pruned_while_it_is_opened_is_left_for_the_new_one(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = directory.parent / "corpus"
    old = current_folder(directory)
    checks = []
    verify = Generation.verify

    def publish_meanwhile(generation: Generation, *, up_to: int | None = None) -> None:
        checks.append(generation.name)
        if len(checks) == 1:  # two builds, after which the first generation is gone
            monkeypatch.setattr(Generation, "verify", verify)
            for text in ("More.", "Yet more."):
                (corpus / "more.txt").write_text(text)
                build(corpus, directory)
            monkeypatch.setattr(Generation, "verify", publish_meanwhile)
            assert not old.exists()
        verify(generation, up_to=up_to)

    monkeypatch.setattr(Generation, "verify", publish_meanwhile)
    opened = OpenIndex.open(directory)
    assert checks == [old.name, opened.generation.name]
    assert opened.generation.path == current_folder(directory)
    assert opened.generation.manifest.documents == len(CORPUS) + 1


def test_an_open_index_stays_what_it_is_when_it_is_pruned(directory: Path) -> None:
    corpus = directory.parent / "corpus"
    opened = OpenIndex.open(directory)
    before = [opened.catalog.passage(row) for row in range(opened.passages.rows)]
    for text in ("More.", "Yet more."):
        (corpus / "more.txt").write_text(text)
        build(corpus, directory)
    assert not opened.generation.path.exists()
    assert [opened.catalog.passage(row) for row in range(opened.passages.rows)] == before
    opened.passages.take(0, opened.passages.rows)


HOSTILE_MANIFESTS: dict[str, dict[str, Any]] = {
    "dim of 0 rows": {"dim": 0},
    "a large dim": {"dim": 2**31},
    "a negative count": {"passages": -1},
    "a count beyond all bounds": {"passages": 2**63},
    "counts that are true": {"documents": True},
    "a count that is text": {"sentences": "7"},
    "other counts": {"documents": 3},
    "a fingerprint that is a path": {"fingerprint": "../" * 21 + "x"},
    "a short fingerprint": {"fingerprint": "ab"},
    "a precision that is a path": {"precision": "../../tmp/x"},
    "a model that is a number": {"model": 1},
    "a folder with a NUL": {"folder": "\0"},
    "a folder that cannot be written": {"folder": "\ud800"},
    "no files": {"files": {}},
    "another file": {"files": {"../../etc/passwd": {"bytes": 1, "sha256": "0" * 64}}},
    "files of another kind": {"files": []},
    "a stamp of another kind": {"files": dict.fromkeys(FILES, 1)},
    "a stamp more": {"files": {n: {"bytes": 1, "sha256": "0" * 64, "x": 1} for n in FILES}},
    "a hash of another kind": {"files": {n: {"bytes": 1, "sha256": 5} for n in FILES}},
    "chance of another kind": {"chance": "0.1"},
    "chance that is text": {"chance": ["0.1"]},
    "a field more": {"more": 1},
    "a format that is text": {"format": "1"},
    "a format that is true": {"format": True},
    "no format": {"format": None},
}


@pytest.mark.parametrize("name", HOSTILE_MANIFESTS)
def test_a_hostile_manifest_with_a_matching_hash_is_refused(directory: Path, name: str) -> None:
    rehash(directory, **HOSTILE_MANIFESTS[name])
    with pytest.raises(DamagedIndexError, match=r"MANIFEST\.json|catalog\.sqlite|faiss"):
        OpenIndex.open(directory)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"1",
        b"null",
        b'"format"',
        b"{}",
        b'{"format": %d}' % FORMAT,
        b"[" * 100_000,
        b'{"format": 2, "dim": ' + b"9" * 5000 + b"}",
        b'{"format": NaN}',
        b"\xff\xfe",
        b" " * (1 << 20),
    ],
    ids=range(12),
)
def test_a_manifest_that_is_no_manifest_is_refused(directory: Path, data: bytes) -> None:
    publish_manifest(directory, data)
    with pytest.raises(DamagedIndexError, match=r"MANIFEST\.json"):
        Generation.open(directory)


def test_a_manifest_is_only_read_as_it_is_written(directory: Path) -> None:
    folder = current_folder(directory)
    values = json.loads((folder / MANIFEST).read_bytes())
    publish_manifest(directory, json.dumps(values).encode())
    with pytest.raises(DamagedIndexError, match=r"MANIFEST\.json"):
        Generation.open(directory)


def test_another_format_says_which_and_what_to_do(directory: Path) -> None:
    rehash(directory, format=0)
    with pytest.raises(
        FormatError, match=rf"older format 0, .* reads {FORMAT}: build it again: index"
    ):
        Generation.open(directory)
    rehash(directory, format=FORMAT + 1)
    with pytest.raises(FormatError, match=rf"newer format {FORMAT + 1}, .* reads {FORMAT}"):
        Generation.open(directory)


def test_another_model_is_refused_and_both_are_named(directory: Path) -> None:
    opened = Generation.open(directory)
    opened.check_model(FakeEncoder())
    with pytest.raises(ModelError, match=r"built with fake \(.*not with other"):
        opened.check_model(FakeEncoder(name="other", fingerprint="0" * 64))
    with pytest.raises(ModelError, match=r"fake \(fp32.*not with fake \(int8"):
        opened.check_model(FakeEncoder(precision="int8"))
    with pytest.raises(DamagedIndexError, match="vectors of 64, not 32"):
        opened.check_model(FakeEncoder(dim=32))


def test_an_index_is_found_as_git_finds_its_own(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PASSAGE_INDEX", raising=False)
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert find_index().resolve() == directory.resolve()
    assert index_to_write() == Path(".passage-index")
    monkeypatch.setenv("PASSAGE_INDEX", str(tmp_path / "given"))
    with pytest.raises(NoIndexError, match=r"no index at .*given"):
        find_index()
    assert index_to_write() == tmp_path / "given"
    assert find_index(directory) == directory
    monkeypatch.delenv("PASSAGE_INDEX")
    (directory / CURRENT).unlink()
    with pytest.raises(NoIndexError, match=r"no \.passage-index in .* or above it"):
        find_index()


def test_an_index_that_may_not_be_looked_into_is_passed_over_and_told_if_there_is_no_other(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, closed = os.lstat, tmp_path / "a" / ".passage-index" / CURRENT

    def lstat(path: str | Path, *, dir_fd: int | None = None) -> os.stat_result:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, dir_fd=dir_fd)

    monkeypatch.delenv("PASSAGE_INDEX", raising=False)
    monkeypatch.setattr("os.lstat", lstat)
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    assert find_index() == directory
    (directory / CURRENT).unlink()
    with pytest.raises(NoIndexError, match=r"cannot read the index: .*/a/.*Permission denied"):
        find_index()


@pytest.mark.parametrize("find", [find_index, index_to_write])
def test_an_empty_path_is_not_the_working_directory(
    find: Callable[[str], Path], directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(directory)
    with pytest.raises(NoIndexError, match="the path of the index is empty"):
        find("")


def test_a_generation_under_another_name_is_refused(directory: Path) -> None:
    folder = current_folder(directory)
    folder.rename(directory / "g-0123456789abcdef")
    line = (directory / CURRENT).read_text().replace(folder.name, "g-0123456789abcdef")
    (directory / CURRENT).write_text(line)
    with pytest.raises(DamagedIndexError, match=r"MANIFEST\.json is not the one"):
        Generation.open(directory)


def test_an_error_about_a_format_travels_between_processes() -> None:
    error = FormatError(1, 2, "build it again: index build docs")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.version, copy.newer) == (str(error), 1, False)


@pytest.mark.parametrize("name", ["new", "g-0123456789abcdef"])
def test_an_index_named_like_a_part_of_one_is_told_by_its_own_name(
    tmp_path: Path, name: str
) -> None:
    build(write_corpus(tmp_path / "corpus"), tmp_path / name)
    (tmp_path / name / CURRENT).write_text("junk")
    with pytest.raises(DamagedIndexError, match=f"--index .*{name}"):
        Generation.open(tmp_path / name)
