"""The 8-bit copy: its bounds hold, its products are exact, and it is what FAISS would write."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.errors import DamagedIndexError
from index.store.manifest import Rounding
from index.store.rounded_vectors import RoundedVectors, check_rounded, write_rounded
from index.store.vectors import Vectors, VectorWriter

DIM = 24


def unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / lengths, dtype=np.float32)


def copy_of(folder: Path, rows: NDArray[np.float32]) -> tuple[Vectors, RoundedVectors, Rounding]:
    writer = VectorWriter(folder / "flat", rows.shape[1])
    writer.append(rows)
    writer.close()
    count, dim = rows.shape
    flat = Vectors.open(folder / "flat", count, dim)
    rounding = write_rounded(flat, folder / "rounded")
    return flat, RoundedVectors.open(folder / "rounded", count, dim, rounding), rounding


def some_rows(chance: np.random.Generator, count: int) -> NDArray[np.float32]:
    """Rows that differ in kind: spread, near one another, equal, and with one large number."""
    rows = chance.standard_normal((count, DIM))
    rows[count // 2 :] = rows[0] + 0.05 * rows[count // 2 :]
    rows[-3:] = rows[1]
    rows[count // 3] = np.eye(DIM)[3]
    return unit(rows)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 1 << 32), st.integers(8, 200), st.integers(1, 250))
def test_no_other_row_is_nearer_than_the_bound(
    tmp_path_factory: pytest.TempPathFactory, seed: int, count: int, most: int
) -> None:
    chance = np.random.default_rng(seed)
    rows = some_rows(chance, count)
    flat, rounded, _ = copy_of(tmp_path_factory.mktemp("vectors"), rows)
    questions = [
        rows[1],
        unit(chance.standard_normal((1, DIM)))[0],
        np.eye(DIM, dtype=np.float32)[3],
    ]
    for question in questions:
        found = rounded.nearest(question, most)
        assert len(set(found.rows.tolist())) == min(most, count)
        others = np.setdiff1d(np.arange(count), found.rows)
        assert (flat.scores(question, others) <= found.bound).all()
        if most >= count:
            assert found.bound == -np.inf


def test_the_bound_is_near_what_it_bounds(tmp_path: Path) -> None:
    """A bound that is never reached by far would still be one, and of no use."""
    rows = unit(np.random.default_rng(0).standard_normal((500, 384)))
    flat, rounded, _ = copy_of(tmp_path, rows)
    question = rows[7]
    found = rounded.nearest(question, 20)
    others = np.setdiff1d(np.arange(500), found.rows)
    assert found.bound - flat.scores(question, others).max() < 0.06


@pytest.fixture
def every_level() -> Iterator[list[int]]:
    before = faiss.SIMDConfig.get_level()
    yield [
        level
        for level in range(int(faiss.SIMDLevel_COUNT))
        if faiss.SIMDConfig.is_simd_level_available(level)
    ]
    faiss.SIMDConfig.set_level(before)


@pytest.mark.parametrize("dim", [1, 7, 24, 384])
def test_products_are_whole_numbers_at_every_level(
    tmp_path: Path, every_level: list[int], dim: int
) -> None:
    """FAISS may cut off a fraction of a question, or add up in 16 bits: it is given neither."""
    chance = np.random.default_rng(1)
    rows = unit(chance.standard_normal((300, dim)))
    _, rounded, rounding = copy_of(tmp_path, rows)
    whole = np.rint(rows.astype(np.float64) / rounding.scale).astype(np.int32)
    assert np.abs(whole).max() == 127
    question = np.full(dim, 127, dtype=np.int32) if dim == 384 else whole[5]
    assert len(every_level) > 1
    for level in every_level:
        faiss.SIMDConfig.set_level(level)
        products, [order] = rounded._index.search(question.astype(np.float32)[np.newaxis], 300)
        assert products[0].tolist() == (whole @ question)[order].tolist(), level


def test_a_question_is_rounded_before_faiss_would_cut_it_off(
    tmp_path: Path, every_level: list[int]
) -> None:
    rows = unit(np.random.default_rng(4).standard_normal((300, 384)))
    _, rounded, rounding = copy_of(tmp_path, rows)
    whole = np.rint(rows.astype(np.float64) / rounding.scale)
    question = unit(np.random.default_rng(5).standard_normal((1, 384)))[0]
    scale = float(np.abs(question).max()) / 127
    products = whole @ np.rint(question.astype(np.float64) / scale)
    expected = sorted(products, reverse=True)[19] * scale * rounding.scale
    slack = rounded._slack(question, scale * np.rint(question.astype(np.float64) / scale))
    for level in every_level:
        faiss.SIMDConfig.set_level(level)
        found = rounded.nearest(question, 20)
        assert set(found.rows.tolist()) == set(np.argsort(-products, kind="stable")[:20].tolist())
        assert found.bound == pytest.approx(expected + slack, abs=1e-12)


def test_the_file_is_what_faiss_writes(tmp_path: Path) -> None:
    rows = some_rows(np.random.default_rng(2), 50)
    _, _, rounding = copy_of(tmp_path, rows)
    index = faiss.IndexScalarQuantizer(
        DIM, faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
    )
    index.add(np.rint(rows.astype(np.float64) / rounding.scale).astype(np.float32))
    faiss.write_index(index, str(tmp_path / "by_faiss"))
    assert (tmp_path / "rounded").read_bytes() == (tmp_path / "by_faiss").read_bytes()


@pytest.mark.parametrize(
    "damage", ["", "IxSQ", "short", "long", "another type", "another dimension", "more rows"]
)
def test_a_damaged_copy_is_refused(tmp_path: Path, damage: str) -> None:
    _, _, rounding = copy_of(tmp_path, some_rows(np.random.default_rng(3), 20))
    path = tmp_path / "rounded"
    data = bytearray(path.read_bytes())
    if damage == "short":
        del data[-1]
    elif damage == "long":
        data += b"x"
    elif damage == "another type":
        data[37] = 0
    elif damage == "another dimension":
        data[4] = 12
    elif damage == "more rows":
        data[8] = 21
    else:
        data = bytearray(damage.encode())
    path.write_bytes(data)
    with pytest.raises(DamagedIndexError, match="8-bit copy"):
        RoundedVectors.open(path, 20, DIM, rounding)


def test_a_rounding_is_known_again_where_sums_are_taken_in_another_order(tmp_path: Path) -> None:
    flat, _, rounding = copy_of(tmp_path, some_rows(np.random.default_rng(6), 40))
    near = replace(rounding, error=rounding.error * (1 + 1e-14))
    check_rounded(flat, tmp_path / "rounded", near)
    with pytest.raises(DamagedIndexError, match="rounded otherwise"):
        check_rounded(flat, tmp_path / "rounded", replace(rounding, error=rounding.error / 2))


@pytest.mark.parametrize(
    "values",
    [
        *((1e308, 0.1, 1.0), (0.0, 0.1, 1.0), (0.002, 0.1, 1.0), (0.002, -1.0, 1.0)),
        *((0.002, 0.01, 2.0), (0.002, float("nan"), 1.0), (float("inf"), 0.01, 1.0)),
        (0.002, 0.0, 0.0),
    ],
)
def test_a_rounding_of_unit_vectors_has_its_limits(values: tuple[float, float, float]) -> None:
    assert Rounding(0.002, 0.01, 1.0).is_plausible(384)
    assert not Rounding(*values).is_plausible(384)
