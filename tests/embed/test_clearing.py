"""Exported models are removed from the cache, and nothing else is."""

import os
import time
from pathlib import Path

import pytest

from embed.cache import FORMAT
from embed.export.clearing import clear_exports

ONE, TWO = "1" * 64, "2" * 64


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cache = tmp_path / "cache"
    monkeypatch.setenv("PASSAGE_CACHE", str(cache))
    for name in (f"{ONE}-fp32-{FORMAT}", f"{ONE}-int8-{FORMAT}", f"{TWO}-fp32-{FORMAT}"):
        (cache / name).mkdir(parents=True)
        (cache / name / "model.onnx").write_bytes(b"x" * 10)
        (cache / name / "manifest.json").write_bytes(b"x" * 4)
        (cache / name / "questions.bin").write_bytes(b"x")
    return cache


def test_exports_go_but_for_those_that_are_needed(cache: Path) -> None:
    assert clear_exports({TWO}) == (2, 30)
    assert [path.name for path in cache.iterdir()] == [f"{TWO}-fp32-{FORMAT}"]
    assert clear_exports(set()) == (1, 15)
    assert clear_exports(set()) == (0, 0)
    assert [*cache.iterdir()] == []


def test_exports_that_nothing_reads_any_more_go_in_any_case(cache: Path) -> None:
    (cache / f"{TWO}-fp32-{FORMAT}").rename(cache / f"{TWO}-fp32-{FORMAT - 1}")
    assert clear_exports({ONE, TWO}) == (1, 15)
    names = {path.name for path in cache.iterdir()}
    assert names == {f"{ONE}-fp32-{FORMAT}", f"{ONE}-int8-{FORMAT}"}


def test_what_is_not_an_export_stays(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "model.onnx").write_text("mine")
    (cache / f"{ONE}-fp32-{FORMAT + 1}").symlink_to(tmp_path / "elsewhere")
    (cache / f"{TWO}-fp32-{FORMAT}" / "thesis.txt").write_text("mine")
    (cache / f"{TWO}-int8-{FORMAT}").write_text("a file")
    (cache / "notes").mkdir()
    (cache / ".export-now").mkdir()  # what another process is making
    kept = {
        f"{ONE}-fp32-{FORMAT + 1}",
        f"{TWO}-fp32-{FORMAT}",
        f"{TWO}-int8-{FORMAT}",
        "notes",
        ".export-now",
    }
    assert clear_exports(set()) == (2, 30)
    assert {path.name for path in cache.iterdir()} == kept
    assert (tmp_path / "elsewhere" / "model.onnx").exists()
    old = time.time() - 3 * 24 * 3600
    os.utime(cache / ".export-now", (old, old))
    clear_exports(set())
    assert {path.name for path in cache.iterdir()} == kept - {".export-now"}


def test_without_a_cache_there_is_nothing_to_remove(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSAGE_CACHE", str(tmp_path / "nowhere"))
    assert clear_exports(set()) == (0, 0)
    assert not (tmp_path / "nowhere").exists()


def test_an_export_leaves_its_place_as_a_whole(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that opens it finds all of its files or none."""
    seen: list[list[str]] = []
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        seen.append(sorted(path.name for path in self.iterdir()))
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    clear_exports({TWO})
    assert seen == [["manifest.json", "model.onnx", "questions.bin"]] * 2
