"""What a match is worth by chance: the fit, and the verdict it leads to."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.scoring.calibration import Calibration, unrelated_questions


def gumbel(location: float, scale: float, count: int = 20_000) -> list[float]:
    draws = np.random.default_rng(0).gumbel(location, scale, count)
    return [float(draw) for draw in draws]


def test_the_fit_finds_the_distribution_that_the_scores_come_from() -> None:
    chance = Calibration.fit(gumbel(0.3, 0.05), passages=1000)
    assert chance.location == pytest.approx(0.3, abs=0.003)
    assert chance.scale == pytest.approx(0.05, abs=0.003)


def test_questions_on_topic_do_not_spoil_the_fit() -> None:
    scores = gumbel(0.3, 0.05)
    spoilt = [1.5 if row % 20 == 0 else score for row, score in enumerate(scores)]
    clean, dirty = Calibration.fit(scores, 1000), Calibration.fit(spoilt, 1000)
    assert abs(dirty.score_at(0.05) - clean.score_at(0.05)) < 0.02


def test_a_small_corpus_is_judged_as_one_of_250_passages() -> None:
    scores = gumbel(0.3, 0.05)
    small, large = Calibration.fit(scores, 25), Calibration.fit(scores, 250)
    assert small.location - large.location == pytest.approx(large.scale * math.log(10))
    assert Calibration.fit(scores, 2500) == large


@given(st.floats(0.001, 0.999), st.floats(-1, 1), st.floats(1e-3, 1))
def test_p_value_is_the_inverse_of_score_at(p: float, location: float, scale: float) -> None:
    chance = Calibration(location, scale)
    assert chance.p_value(chance.score_at(p)) == pytest.approx(p, rel=1e-6)


def test_p_value_is_one_far_below_and_nothing_far_above() -> None:
    chance = Calibration(0.5, 1e-6)
    assert chance.p_value(-1.0) == 1.0
    assert chance.p_value(2.0) == 0.0


def test_equal_scores_make_no_zero_scale() -> None:
    assert Calibration.fit([0.5] * 10, 1000).scale > 0


def test_the_shipped_questions_are_many_and_different() -> None:
    questions = unrelated_questions()
    assert len(questions) >= 300
    assert len({question.casefold() for question in questions}) == len(questions)
    assert all(question.strip() == question != "" for question in questions)


@given(
    st.floats(0.01, 2),
    st.lists(st.floats(-2, 5), min_size=1, max_size=50),
    st.sampled_from([0.0, 1e-300, 0.01, 0.05, 0.5, 1 - 1e-12, 1.0]) | st.floats(0, 1),
)
def test_at_most_is_told_without_working_out_every_chance(
    scale: float, scores: list[float], most: float
) -> None:
    calibration, values = Calibration(0.5, scale), np.array(scores)
    assert (
        calibration.at_most(values, most).tolist()
        == (calibration.p_values(values) <= most).tolist()
    )
