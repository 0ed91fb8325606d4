"""Vector files against FAISS itself and against plain inner products."""

import struct
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.errors import DamagedIndexError
from index.store.vectors import Vectors, VectorWriter

HEADER = 45


def unit_rows(rows: int, dim: int, seed: int = 0) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(rows, dim)).astype(np.float32)
    lengths: NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / lengths


def write(path: Path, *batches: NDArray[np.float32], dim: int) -> Path:
    writer = VectorWriter(path, dim)
    for batch in batches:
        writer.append(batch)
    writer.close()
    return path


@settings(deadline=None, max_examples=40)
@given(rows=st.integers(0, 40), dim=st.integers(1, 20), cut=st.integers(0, 40))
def test_a_file_is_what_faiss_writes_however_it_is_appended(
    tmp_path_factory: pytest.TempPathFactory, rows: int, dim: int, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("vectors")
    vectors = unit_rows(rows, dim)
    index = faiss.IndexFlatIP(dim)
    index.add(vectors)
    faiss.write_index(index, str(folder / "theirs"))
    write(folder / "ours", vectors[:cut], vectors[cut:], dim=dim)
    assert (folder / "ours").read_bytes() == (folder / "theirs").read_bytes()


@settings(deadline=None, max_examples=40)
@given(rows=st.integers(1, 60), dim=st.integers(1, 20), seed=st.integers(0, 99), data=st.data())
def test_scores_are_the_inner_products_of_the_rows_asked_for(
    tmp_path_factory: pytest.TempPathFactory, rows: int, dim: int, seed: int, data: st.DataObject
) -> None:
    vectors, query = unit_rows(rows, dim, seed), unit_rows(1, dim, seed + 1)[0]
    path = write(tmp_path_factory.mktemp("vectors") / "v", vectors, dim=dim)
    opened = Vectors.open(path, rows, dim)
    np.testing.assert_allclose(opened.scores(query), vectors @ query, atol=1e-6)
    chosen = np.array(data.draw(st.lists(st.integers(0, rows - 1))), dtype=np.int64)
    np.testing.assert_array_equal(opened.scores(query, chosen), opened.scores(query)[chosen])


def test_equal_rows_get_equal_scores_wherever_they_stand(tmp_path: Path) -> None:
    one = unit_rows(1, 33)
    opened = Vectors.open(write(tmp_path / "v", np.repeat(one, 70, axis=0), dim=33), 70, 33)
    assert len(set(opened.scores(unit_rows(1, 33, 5)[0]).tolist())) == 1


def test_rows_are_taken_as_they_were_written(tmp_path: Path) -> None:
    vectors = unit_rows(10, 7)
    opened = Vectors.open(write(tmp_path / "v", vectors, dim=7), 10, 7)
    for start, stop in [(0, 10), (3, 4), (4, 4), (9, 10)]:
        np.testing.assert_array_equal(opened.take(start, stop), vectors[start:stop])
    for start, stop in [(-1, 2), (2, 11), (5, 4)]:
        with pytest.raises(IndexError):
            opened.take(start, stop)


def test_rows_and_queries_of_another_shape_are_refused(tmp_path: Path) -> None:
    opened = Vectors.open(write(tmp_path / "v", unit_rows(4, 3), dim=3), 4, 3)
    with pytest.raises(ValueError, match="the query has shape"):
        opened.scores(unit_rows(1, 4)[0])
    for row in (-1, 4):
        with pytest.raises(IndexError):
            opened.scores(unit_rows(1, 3)[0], np.array([0, row]))


@pytest.mark.parametrize(
    "vectors",
    [
        unit_rows(2, 4),
        unit_rows(2, 3).astype(np.float64),
        unit_rows(2, 3)[0],
        unit_rows(2, 3) * np.float32(1.01),
        np.full((2, 3), np.nan, dtype=np.float32),
        np.zeros((1, 3), dtype=np.float32),
    ],
    ids=["dim", "dtype", "rank", "length", "nan", "zero"],
)
def test_only_unit_rows_are_written(tmp_path: Path, vectors: NDArray[np.float32]) -> None:
    writer = VectorWriter(tmp_path / "v", 3)
    with pytest.raises(ValueError, match="rows must"):
        writer.append(vectors)
    writer.abandon()


def faults(good: bytes, rows: int, dim: int) -> dict[str, bytes]:
    """Files that FAISS would read, or crash on, and that are not the flat index they should be."""
    other = struct.pack("<q", 1 << 60)
    return {
        "empty": b"",
        "no header": good[: HEADER - 1],
        "short": good[:-1],
        "long": good + b"\0",
        "euclidean": b"IxF2" + good[4:],
        "another kind": b"IwFl" + good[4:],
        "dimension": good[:4] + struct.pack("<i", dim * 2) + good[8:],
        "rows": good[:8] + struct.pack("<q", rows - 1) + good[16:],
        "many rows": good[:8] + other + good[16:],
        "untrained": good[:32] + b"\0" + good[33:],
        "metric": good[:33] + struct.pack("<i", 1) + good[37:],
        "floats": good[:37] + other + good[45:],
    }


@pytest.mark.parametrize("fault", faults(bytes(100), 4, 3))
def test_a_file_of_another_shape_never_gets_to_faiss(
    tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "v", unit_rows(4, 3), dim=3)
    path.write_bytes(faults(path.read_bytes(), 4, 3)[fault])
    monkeypatch.setattr(faiss, "read_index", lambda *_: pytest.fail("FAISS was called"))
    with pytest.raises(DamagedIndexError, match="v is not a flat index of 4 rows of 3"):
        Vectors.open(path, 4, 3)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38, 2.0])
def test_rows_that_are_no_unit_vectors_give_an_error_not_a_score(
    tmp_path: Path, value: float
) -> None:
    path = write(tmp_path / "v", np.eye(3, dtype=np.float32), dim=3)
    data = path.read_bytes()
    path.write_bytes(data[:HEADER] + struct.pack("<f", value) + data[HEADER + 4 :])
    with pytest.raises(DamagedIndexError, match="not unit vectors"):
        Vectors.open(path, 3, 3).scores(np.array([1, 0, 0], dtype=np.float32))
