"""Vectors of the same questions, kept beside the exported model: read whole, or made anew."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from embed import Encoder
from embed.cache import export_folder
from embed.query_vectors import kept_vectors

TEXTS = ["how to bake bread", "who crossed the river"]
VECTORS = np.array([[0.6, 0.8], [1.0, 0.0]], dtype=np.float32)


class Made:
    """Counts how often vectors are made."""

    def __init__(self, vectors: NDArray[np.float32] = VECTORS) -> None:
        self.times = 0
        self._vectors = vectors

    def __call__(self) -> NDArray[np.float32]:
        self.times += 1
        return self._vectors


def test_they_are_made_once(tmp_path: Path) -> None:
    made = Made()
    for _ in range(3):
        np.testing.assert_array_equal(kept_vectors(tmp_path, 2, TEXTS, made), VECTORS)
    assert made.times == 1
    assert [path.name for path in tmp_path.iterdir()] == ["questions.bin"]


def test_a_changed_byte_has_them_made_anew(tmp_path: Path) -> None:
    kept_vectors(tmp_path, 2, TEXTS, Made())
    path = tmp_path / "questions.bin"
    whole = path.read_bytes()
    damaged = [bytearray(whole) for _ in whole]
    for at, data in enumerate(damaged):
        data[at] ^= 0x10
    for content in [*map(bytes, damaged), whole[:-1], whole + b"\0", b""]:
        path.write_bytes(content)
        made = Made()
        np.testing.assert_array_equal(kept_vectors(tmp_path, 2, TEXTS, made), VECTORS)
        assert made.times == 1
        assert path.read_bytes() == whole


@pytest.mark.parametrize("other", ["texts", "order", "processor"])
def test_those_of_other_questions_or_processors_are_not_taken(
    tmp_path: Path, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_vectors(tmp_path, 2, TEXTS, Made())
    texts = {"texts": ["another", TEXTS[1]], "order": TEXTS[::-1]}.get(other, TEXTS)
    if other == "processor":
        monkeypatch.setattr("embed.same_bits.kind_of_processor", lambda: "another one")
    made = Made(VECTORS[::-1].copy())
    np.testing.assert_array_equal(kept_vectors(tmp_path, 2, texts, made), VECTORS[::-1])
    assert made.times == 1


def test_where_nothing_can_be_kept_they_are_made_each_time(tmp_path: Path) -> None:
    made = Made()
    for _ in range(2):
        kept_vectors(tmp_path / "missing", 2, TEXTS, made)
    assert made.times == 2
    assert list(tmp_path.iterdir()) == []


def test_the_encoder_gives_the_same_bits_made_or_read(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = export_folder(encoder.fingerprint, encoder.precision)
    monkeypatch.setenv("PASSAGE_CACHE", str(tmp_path))
    shutil.copytree(folder, tmp_path / folder.name)
    (tmp_path / folder.name / "questions.bin").unlink(missing_ok=True)
    expected = encoder.encode_queries(TEXTS)
    for _ in range(2):
        np.testing.assert_array_equal(encoder.encode_fixed_queries(TEXTS), expected)
    assert (tmp_path / folder.name / "questions.bin").exists()
    with monkeypatch.context() as patch:
        patch.setattr(Encoder, "encode_queries", lambda *_: np.zeros((2, encoder.dim)))
        np.testing.assert_array_equal(encoder.encode_fixed_queries(TEXTS), expected)
        one_off = Encoder.open(encoder.fingerprint, one_off=True)
        assert not one_off.encode_fixed_queries(TEXTS).any()
